//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers, extension headers, and fragments, down to the transport.

use std::net::IpAddr;

use etherparse::{IpAuthHeaderSlice, Ipv4HeaderSlice, Ipv6FragmentHeaderSlice, Ipv6HeaderSlice};

use super::fragment::{Key, Part};
use super::{Piece, Reading, State, Transport};
use crate::diagnostic::{IP_BAD_HEADER, IP_NESTING_LIMIT};

/// Who sends an IP packet to whom.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) from: IpAddr,
    pub(super) to: IpAddr,
    /// Whether a transport checksum over these addresses and the whole payload can be verified: not where options
    /// may replace an address, nor where the length is not known for certain.
    pub(super) checkable: bool,
}

/// Numbers of protocols and extension headers (IANA protocol numbers).
mod number {
    pub(super) const HOP_BY_HOP: u8 = 0;
    pub(super) const IPV4: u8 = 4;
    pub(super) const TCP: u8 = 6;
    pub(super) const UDP: u8 = 17;
    pub(super) const IPV6: u8 = 41;
    pub(super) const ROUTING: u8 = 43;
    pub(super) const FRAGMENT: u8 = 44;
    pub(super) const GRE: u8 = 47;
    pub(super) const AUTHENTICATION: u8 = 51;
    pub(super) const DESTINATION: u8 = 60;
    pub(super) const MOBILITY: u8 = 135;
    pub(super) const HIP: u8 = 139;
    pub(super) const SHIM6: u8 = 140;
}

impl<'a> Reading<'a, '_> {
    #[inline]
    pub(super) fn ipv4(&mut self, piece: Piece<'a>) -> Transport<'a> {
        let Ok(header) = Ipv4HeaderSlice::from_slice(piece.bytes) else { return self.odd_ipv4(piece) };
        let (head, total) = (header.slice().len(), usize::from(header.total_len()));
        if !self.deeper() {
            return Transport::Unreadable;
        }
        let mut ends = Ends {
            from: IpAddr::V4(header.source_addr()),
            to: IpAddr::V4(header.destination_addr()),
            // A source route replaces the destination (RFC 791 3.1).
            checkable: head == 20 && total != 0,
        };
        if total != 0 && total < head {
            return self.bad_length("total length", total, head);
        }
        let Some(rest) = piece.after(head) else { return Transport::Unreadable };
        // The sender's own capture of a segment that its interface is to cut up has no total length.
        let length = if total == 0 { rest.wire } else { total - head };
        if length > rest.wire {
            self.note(
                IP_BAD_HEADER.with(format!("total length {total}, but {} bytes are there", piece.wire)),
            );
            ends.checkable = false;
        }
        let rest = rest.first(length);
        let next = header.protocol().0;
        if header.is_fragmenting_payload() {
            let key = Key { ends: [ends.from, ends.to], id: u32::from(header.identification()), next };
            let (offset, more) =
                (usize::from(header.fragments_offset().byte_offset()), header.more_fragments());
            return match self.fragment(key, Part { offset, more, next, head, piece: rest }) {
                Ok((next, whole)) => self.payload(next, ends, whole),
                Err(transport) => transport,
            };
        }
        self.payload(next, ends, rest)
    }

    #[inline]
    pub(super) fn ipv6(&mut self, piece: Piece<'a>) -> Transport<'a> {
        let (Ok(header), Some(rest)) = (Ipv6HeaderSlice::from_slice(piece.bytes), piece.after(40)) else {
            return self.odd_ipv6(piece);
        };
        if !self.deeper() {
            return Transport::Unreadable;
        }
        let mut ends = Ends {
            from: IpAddr::V6(header.source_addr()),
            to: IpAddr::V6(header.destination_addr()),
            checkable: true,
        };
        let length = match usize::from(header.payload_length()) {
            // A jumbogram (RFC 2675), or a segment that the sender's interface is to cut up.
            0 => {
                ends.checkable = false;
                rest.wire
            }
            length => length,
        };
        if length > rest.wire {
            self.note(
                IP_BAD_HEADER.with(format!("payload length {length}, but {} bytes are there", rest.wire)),
            );
            ends.checkable = false;
        }
        self.payload(header.next_header().0, ends, rest.first(length))
    }

    /// Reads what the protocol number `next` announces, through all extension headers.
    #[inline]
    fn payload(&mut self, next: u8, ends: Ends, piece: Piece<'a>) -> Transport<'a> {
        match next {
            number::TCP => self.tcp(ends, piece),
            number::UDP => self.udp(ends, piece),
            _ => self.other_payload(next, ends, piece),
        }
    }

    fn other_payload(&mut self, next: u8, ends: Ends, piece: Piece<'a>) -> Transport<'a> {
        if is_extension(next, ends) && !self.deeper() {
            return Transport::Unreadable;
        }
        match next {
            number::AUTHENTICATION => self.authentication(ends, piece),
            number::FRAGMENT if ends.from.is_ipv6() => self.ipv6_fragment(ends, piece),
            next if is_extension(next, ends) => self.extension(next, ends, piece),
            number::IPV4 => {
                self.tunnel(if ends.from.is_ipv6() { "4in6" } else { "ipip" });
                self.ipv4(piece)
            }
            number::IPV6 => {
                self.tunnel(if ends.from.is_ipv6() { "6in6" } else { "6in4" });
                self.ipv6(piece)
            }
            number::GRE => self.gre(piece),
            other => Transport::Other(name(other)),
        }
    }

    /// An extension header that begins with the next header's number and its own length in units of eight bytes
    /// beyond the first eight (RFC 8200 4.2).
    fn extension(&mut self, kind: u8, mut ends: Ends, piece: Piece<'a>) -> Transport<'a> {
        let (Some(next), Some(units)) = (piece.byte(0), piece.byte(1)) else {
            return self.short(piece, 8, &IP_BAD_HEADER, "extension header");
        };
        let length = 8 + 8 * usize::from(units);
        let Some(rest) = piece.after(length) else {
            return self.short(piece, length, &IP_BAD_HEADER, "extension header");
        };
        // The checksum is over the last address of a route (8.1), or the home address of a mobile node.
        ends.checkable &= !matches!(kind, number::ROUTING | number::DESTINATION);
        self.payload(next, ends, rest)
    }

    /// An authentication header (RFC 4302), in either version.
    fn authentication(&mut self, ends: Ends, piece: Piece<'a>) -> Transport<'a> {
        match IpAuthHeaderSlice::from_slice(piece.bytes) {
            Ok(header) => match piece.after(header.slice().len()) {
                Some(rest) => self.payload(header.next_header().0, ends, rest),
                None => Transport::Unreadable,
            },
            Err(_) => match piece.byte(1).map(|units| (usize::from(units) + 2) * 4) {
                Some(length @ ..12) => self.bad_length("authentication header length", length, 12),
                length => self.short(piece, length.unwrap_or(12), &IP_BAD_HEADER, "authentication header"),
            },
        }
    }

    fn ipv6_fragment(&mut self, ends: Ends, piece: Piece<'a>) -> Transport<'a> {
        let (Ok(header), Some(rest)) = (Ipv6FragmentHeaderSlice::from_slice(piece.bytes), piece.after(8))
        else {
            return self.short(piece, 8, &IP_BAD_HEADER, "fragment header");
        };
        let next = header.next_header().0;
        if !header.is_fragmenting_payload() {
            return self.payload(next, ends, rest);
        }
        // The first fragment tells what comes next (RFC 8200 4.5); it is no part of the key.
        let key = Key { ends: [ends.from, ends.to], id: header.identification(), next: number::FRAGMENT };
        let (offset, more) = (usize::from(header.fragment_offset().byte_offset()), header.more_fragments());
        match self.fragment(key, Part { offset, more, next, head: 0, piece: rest }) {
            Ok((next, whole)) => self.payload(next, ends, whole),
            Err(transport) => transport,
        }
    }

    /// Puts a fragment to the others; answers with the whole datagram's payload where it was the last missing one.
    fn fragment(&mut self, key: Key, part: Part<'_>) -> Result<(u8, Piece<'a>), Transport<'a>> {
        let State { pool, limits, notes, fragments, .. } = &mut *self.state;
        if fragments.is_empty() {
            fragments.push(self.frame.number);
        }
        let put = pool.put(key, part, fragments, self.frame.time, limits, notes);
        fragments.clear();
        let Some(whole) = put else { return Err(Transport::Fragment) };
        // Each datagram that is put together has a room of its own for as long as this frame is read.
        let Some((room, others)) = std::mem::take(&mut self.wholes).split_first_mut() else {
            return Err(self.unreadable(&IP_NESTING_LIMIT));
        };
        self.wholes = others;
        *room = whole.bytes;
        self.state.fragments.extend_from_slice(&whole.frames);
        Ok((whole.next, Piece { bytes: room, wire: whole.wire }))
    }

    #[cold]
    fn odd_ipv4(&mut self, piece: Piece<'a>) -> Transport<'a> {
        match piece.byte(0) {
            Some(first) if first >> 4 != 4 => self.bad_version(first >> 4),
            Some(first) if first & 15 < 5 => {
                self.bad_length("header length", usize::from(first & 15) * 4, 20)
            }
            Some(first) => self.short(piece, usize::from(first & 15) * 4, &IP_BAD_HEADER, "IPv4 header"),
            None => self.short(piece, 20, &IP_BAD_HEADER, "IPv4 header"),
        }
    }

    #[cold]
    fn odd_ipv6(&mut self, piece: Piece<'a>) -> Transport<'a> {
        match piece.byte(0) {
            Some(first) if first >> 4 != 6 => self.bad_version(first >> 4),
            _ => self.short(piece, 40, &IP_BAD_HEADER, "IPv6 header"),
        }
    }

    fn bad_version(&mut self, version: u8) -> Transport<'a> {
        self.unreadable(IP_BAD_HEADER.with(format!("version {version}")))
    }

    #[cold]
    fn bad_length(&mut self, what: &str, found: usize, least: usize) -> Transport<'a> {
        self.unreadable(IP_BAD_HEADER.with(format!("{what} {found}, at least {least} is needed")))
    }
}

fn is_extension(next: u8, ends: Ends) -> bool {
    match next {
        number::AUTHENTICATION => true,
        number::HOP_BY_HOP | number::ROUTING | number::FRAGMENT | number::DESTINATION => ends.from.is_ipv6(),
        number::MOBILITY | number::HIP | number::SHIM6 => ends.from.is_ipv6(),
        _ => false,
    }
}

/// The name of a protocol that is not followed.
fn name(next: u8) -> &'static str {
    match next {
        1 => "icmp",
        2 => "igmp",
        33 => "dccp",
        50 => "esp",
        58 => "icmpv6",
        59 => "no-next-header",
        88 => "eigrp",
        89 => "ospf",
        103 => "pim",
        112 => "vrrp",
        115 => "l2tp",
        132 => "sctp",
        136 => "udplite",
        _ => "ip",
    }
}
