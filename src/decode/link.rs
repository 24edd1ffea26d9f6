//! Link headers: from a frame's first byte to its IP packet.
//!
//! Ethernet II and IEEE 802.3 with LLC/SNAP, VLAN tags in any number, MPLS, PPP and PPPoE, Cisco HDLC, BSD loopback in
//! either byte order, Linux cooked captures, ARCNET, IP over InfiniBand, raw IP. Link types are those of tcpdump.org/linktypes.html.

use super::{Piece, Reading, Transport};
use crate::diagnostic::{CAP_CORRUPT, CAP_UNKNOWN_LINKTYPE, IP_BAD_HEADER};
use crate::frame::LinkType;

/// Further link types.
const FDDI: LinkType = LinkType(10);
const IEEE802_11: LinkType = LinkType(105);
const IEEE802_11_RADIOTAP: LinkType = LinkType(127);
const ARCNET: LinkType = LinkType(7);
const ARCNET_LINUX: LinkType = LinkType(129);
const IPOIB: LinkType = LinkType(242);
const PPI: LinkType = LinkType(192);
const NFLOG: LinkType = LinkType(239);
const PKTAP: LinkType = LinkType(258);

/// EtherType values (IEEE 802 numbers).
mod ethertype {
    pub(super) const IPV4: u16 = 0x0800;
    pub(super) const IPV6: u16 = 0x86dd;
}

/// Lengths of link headers.
const ETHERNET: usize = 14;
const VLAN: usize = 4;
const FAMILY: usize = 4;
const SLL: usize = 16;
const SLL2: usize = 20;
const PPPOE: usize = 6;
const C_HDLC: usize = 4;
const MPLS_LABEL: usize = 4;

/// Linux ARP hardware types whose cooked frames hold no EtherType.
const ARPHRD_NETLINK: u16 = 824;
const ARPHRD_IPGRE: u16 = 778;

impl<'a> Reading<'a, '_> {
    /// Reads a frame of this link type.
    #[inline]
    pub(super) fn link(&mut self, link: LinkType, piece: Piece<'a>) -> Transport<'a> {
        match link {
            LinkType::ETHERNET => self.ethernet(piece),
            _ => self.other_link(link, piece),
        }
    }

    fn other_link(&mut self, link: LinkType, piece: Piece<'a>) -> Transport<'a> {
        match link {
            LinkType::NULL | LinkType::LOOP => self.family(piece),
            LinkType::LINUX_SLL => self.cooked(piece, SLL, 14, 2),
            LinkType::LINUX_SLL2 => self.cooked(piece, SLL2, 0, 8),
            LinkType::RAW | LinkType(12 | 14) => self.raw(piece),
            LinkType::IPV4 => self.ipv4(piece),
            LinkType::IPV6 => self.ipv6(piece),
            LinkType::PPP => self.ppp(piece),
            LinkType::PPP_HDLC => match piece.byte(0) {
                Some(0xff) => self.ppp(piece),
                _ => self.c_hdlc(piece),
            },
            LinkType::PPPOE => self.pppoe(piece),
            LinkType::C_HDLC => self.c_hdlc(piece),
            FDDI => self.fddi(piece),
            IEEE802_11 => self.wlan(piece, false),
            IEEE802_11_RADIOTAP => self.radiotap(piece),
            ARCNET => self.arcnet(piece, 2),
            ARCNET_LINUX => self.arcnet(piece, 4),
            IPOIB => match (piece.word(40), piece.after(44)) {
                (Some(ethertype), Some(rest)) => self.ethertype(ethertype, rest),
                _ => self.short(piece, 44, &CAP_CORRUPT, "IP over InfiniBand header"),
            },
            PPI => self.wrapped(piece, 2, 4),
            PKTAP => self.wrapped(piece, 0, 8),
            NFLOG => self.nflog(piece),
            _ => self.unreadable(CAP_UNKNOWN_LINKTYPE.with(link.name())),
        }
    }

    /// Ethernet (IEEE 802.3): two addresses, then a type or a length.
    #[inline]
    pub(super) fn ethernet(&mut self, piece: Piece<'a>) -> Transport<'a> {
        match (piece.word(12), piece.after(ETHERNET)) {
            (Some(ethertype), Some(rest)) => self.ethertype(ethertype, rest),
            _ => self.short(piece, ETHERNET, &CAP_CORRUPT, "Ethernet frame"),
        }
    }

    /// Reads what an EtherType announces.
    #[inline]
    pub(super) fn ethertype(&mut self, ethertype: u16, piece: Piece<'a>) -> Transport<'a> {
        match ethertype {
            ethertype::IPV4 => self.ipv4(piece),
            ethertype::IPV6 => self.ipv6(piece),
            _ => self.other_ethertype(ethertype, piece),
        }
    }

    fn other_ethertype(&mut self, ethertype: u16, piece: Piece<'a>) -> Transport<'a> {
        match ethertype {
            0..=1500 => self.llc(piece.first(usize::from(ethertype))),
            // IEEE 802.1Q and 802.1ad, and the numbers that were used for stacked tags before it.
            0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => self.vlan(piece),
            0x8847 | 0x8848 => self.mpls(piece),
            0x8864 => self.pppoe(piece),
            0x6558 => self.ethernet(piece),
            0x0806 => Transport::Other("arp"),
            0x8035 => Transport::Other("rarp"),
            0x8863 => Transport::Other("pppoe-discovery"),
            0x888e => Transport::Other("eapol"),
            0x88cc => Transport::Other("lldp"),
            _ => Transport::Other("unknown"),
        }
    }

    fn vlan(&mut self, piece: Piece<'a>) -> Transport<'a> {
        if !self.deeper() {
            return Transport::Unreadable;
        }
        match (piece.word(2), piece.after(VLAN)) {
            (Some(ethertype), Some(rest)) => self.ethertype(ethertype, rest),
            _ => self.short(piece, VLAN, &CAP_CORRUPT, "VLAN tag"),
        }
    }

    /// IEEE 802.2: IP stands behind a SNAP header (RFC 1042).
    pub(super) fn llc(&mut self, piece: Piece<'a>) -> Transport<'a> {
        match piece.bytes.first_chunk() {
            Some([0xaa, 0xaa, 0x03, 0, 0, 0 | 0xf8, high, low]) => match piece.after(8) {
                Some(rest) => self.ethertype(u16::from_be_bytes([*high, *low]), rest),
                None => Transport::Unreadable,
            },
            _ => Transport::Other("llc"),
        }
    }

    /// FDDI: a control byte and two addresses before the LLC header.
    fn fddi(&mut self, piece: Piece<'a>) -> Transport<'a> {
        match piece.after(13) {
            Some(rest) => self.llc(rest),
            None => self.short(piece, 13, &CAP_CORRUPT, "FDDI frame"),
        }
    }

    /// ARCNET: the type at `at`; behind it, for the types of RFC 1201, how the packet was split, and its number.
    fn arcnet(&mut self, piece: Piece<'a>, at: usize) -> Transport<'a> {
        let (Some(kind), Some(plain), Some(split)) =
            (piece.byte(at), piece.after(at + 1), piece.after(at + 4))
        else {
            return self.short(piece, at + 4, &CAP_CORRUPT, "ARCNET frame");
        };
        match kind {
            0xf0 => self.ipv4(plain),
            0xd4 => self.ipv4(split),
            0xc4 => self.ipv6(split),
            0xf1 | 0xd5 => Transport::Other("arp"),
            _ => Transport::Other("unknown"),
        }
    }

    /// MPLS labels (RFC 3032); behind the last one the packet's first bits must tell what it is.
    fn mpls(&mut self, mut piece: Piece<'a>) -> Transport<'a> {
        loop {
            if !self.deeper() {
                return Transport::Unreadable;
            }
            let (Some(last), Some(rest)) = (piece.byte(2), piece.after(MPLS_LABEL)) else {
                return self.short(piece, MPLS_LABEL, &CAP_CORRUPT, "MPLS label");
            };
            piece = rest;
            if last & 1 != 0 {
                break;
            }
        }
        match piece.byte(0).map(|first| first >> 4) {
            Some(4) => self.ipv4(piece),
            Some(6) => self.ipv6(piece),
            _ => Transport::Other("mpls"),
        }
    }

    /// PPP (RFC 1661), its address and control bytes (RFC 1662) and the first protocol byte left out or not.
    pub(super) fn ppp(&mut self, mut piece: Piece<'a>) -> Transport<'a> {
        if piece.word(0) == Some(0xff03) {
            piece = piece.after(2).unwrap_or(piece);
        }
        let (protocol, rest) = match piece.byte(0) {
            Some(short) if short & 1 != 0 => (Some(u16::from(short)), piece.after(1)),
            _ => (piece.word(0), piece.after(2)),
        };
        let (Some(protocol), Some(rest)) = (protocol, rest) else {
            return self.short(piece, 2, &CAP_CORRUPT, "PPP header");
        };
        match protocol {
            0x0021 => self.ipv4(rest),
            0x0057 => self.ipv6(rest),
            0x0281 | 0x0283 => self.mpls(rest),
            _ => Transport::Other("ppp"),
        }
    }

    /// A PPPoE session packet (RFC 2516): six bytes, the last two of them its length.
    fn pppoe(&mut self, piece: Piece<'a>) -> Transport<'a> {
        match (piece.word(4), piece.after(PPPOE)) {
            (Some(length), Some(rest)) => self.ppp(rest.first(usize::from(length))),
            _ => self.short(piece, PPPOE, &CAP_CORRUPT, "PPPoE header"),
        }
    }

    fn c_hdlc(&mut self, piece: Piece<'a>) -> Transport<'a> {
        match (piece.word(2), piece.after(C_HDLC)) {
            (Some(ethertype @ 1501..), Some(rest)) => self.ethertype(ethertype, rest),
            (Some(_), Some(_)) => Transport::Other("chdlc"),
            _ => self.short(piece, C_HDLC, &CAP_CORRUPT, "Cisco HDLC header"),
        }
    }

    /// BSD loopback: an address family in the byte order of who captured, or (LOOP) in network byte order. The small
    /// numbers of families tell which.
    fn family(&mut self, piece: Piece<'a>) -> Transport<'a> {
        let (Some(family), Some(rest)) = (piece.bytes.first_chunk(), piece.after(FAMILY)) else {
            return self.short(piece, FAMILY, &CAP_CORRUPT, "loopback header");
        };
        match u32::from_be_bytes(*family).min(u32::from_le_bytes(*family)) {
            2 => self.ipv4(rest),
            // AF_INET6 of Linux, of Windows, of NetBSD and OpenBSD, of FreeBSD, of Darwin.
            10 | 23 | 24 | 28 | 30 => self.ipv6(rest),
            _ => Transport::Other("unknown"),
        }
    }

    /// A Linux cooked frame: a header of `len` bytes with the protocol at `protocol` and the hardware type at
    /// `hardware`.
    fn cooked(&mut self, piece: Piece<'a>, len: usize, protocol: usize, hardware: usize) -> Transport<'a> {
        let (Some(protocol), Some(hardware), Some(rest)) =
            (piece.word(protocol), piece.word(hardware), piece.after(len))
        else {
            return self.short(piece, len, &CAP_CORRUPT, "cooked header");
        };
        match (hardware, protocol) {
            (ARPHRD_NETLINK, _) => Transport::Other("netlink"),
            (ARPHRD_IPGRE, 0..=1500) => Transport::Other("unknown"),
            (_, 4) => self.llc(rest),
            (_, 0..=1500) => Transport::Other("unknown"),
            _ => self.ethertype(protocol, rest),
        }
    }

    /// A header with its own length at `length` and at `link` the type of the frame behind it, both little-endian.
    fn wrapped(&mut self, piece: Piece<'a>, length: usize, link: usize) -> Transport<'a> {
        let inner = piece.little_word(length).and_then(|length| piece.after(usize::from(length)));
        let (Some(inner), Some(link)) = (inner, piece.little_word(link)) else {
            return self.short(piece, link + 2, &CAP_CORRUPT, "capture header");
        };
        if self.deeper() { self.link(LinkType(u32::from(link)), inner) } else { Transport::Unreadable }
    }

    /// A packet that a Linux firewall logged: its address family in four bytes, then fields in the byte order of who
    /// captured, each with its length and type; the packet is one of them.
    fn nflog(&mut self, piece: Piece<'a>) -> Transport<'a> {
        const PAYLOAD: u16 = 9;
        let mut rest = piece.after(4).filter(|_| matches!(piece.byte(0), Some(2 | 10)));
        while let Some(fields) = rest {
            let (Some(mut length), Some(mut kind)) = (fields.word(0), fields.word(2)) else { break };
            // Types are small numbers: the order in which this one is, is the right one.
            if kind.swap_bytes() < kind {
                (length, kind) = (length.swap_bytes(), kind.swap_bytes());
            }
            let length = usize::from(length);
            match fields.after(4) {
                Some(packet) if kind == PAYLOAD => return self.raw(packet.first(length.saturating_sub(4))),
                _ if length < 4 => break,
                _ => rest = fields.after(length.next_multiple_of(4)),
            }
        }
        Transport::Other("nflog")
    }

    /// An IP packet whose version tells which.
    pub(super) fn raw(&mut self, piece: Piece<'a>) -> Transport<'a> {
        match piece.byte(0).map(|first| first >> 4) {
            Some(4) => self.ipv4(piece),
            Some(6) => self.ipv6(piece),
            Some(version) => self.unreadable(IP_BAD_HEADER.with(format!("version {version}"))),
            None => self.short(piece, 1, &IP_BAD_HEADER, "IP packet"),
        }
    }
}
