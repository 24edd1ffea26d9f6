//! Packets in packets: GRE, ERSPAN, VXLAN, GENEVE and GTP-U. IP in IP stands in `ip`.

use super::{Piece, Reading, Transport};
use crate::diagnostic::IP_BAD_HEADER;

/// Flags of a GRE header (RFC 2784, RFC 2890, RFC 2637).
mod gre {
    pub(super) const CHECKSUM: u16 = 0x8000;
    pub(super) const ROUTING: u16 = 0x4000;
    pub(super) const KEY: u16 = 0x2000;
    pub(super) const SEQUENCE: u16 = 0x1000;
    pub(super) const ACKNOWLEDGMENT: u16 = 0x0080;
    pub(super) const VERSION: u16 = 0x0007;
}

impl<'a> Reading<'a, '_> {
    /// Names a tunnel.
    #[cold]
    pub(super) fn tunnel(&mut self, name: &'static str) {
        self.state.tunnels.push(name);
    }

    /// A GRE header and what it carries.
    pub(super) fn gre(&mut self, piece: Piece<'a>) -> Transport<'a> {
        let (Some(flags), Some(protocol)) = (piece.word(0), piece.word(2)) else {
            return self.short(piece, 4, &IP_BAD_HEADER, "GRE header");
        };
        if flags & gre::VERSION > 1 || flags & gre::ROUTING != 0 {
            return Transport::Other("gre");
        }
        let optional = [gre::CHECKSUM, gre::KEY, gre::SEQUENCE, gre::ACKNOWLEDGMENT];
        let fields = optional.iter().filter(|flag| flags & **flag != 0).count();
        let Some(rest) = piece.after(4 + 4 * fields) else {
            return self.short(piece, 4 + 4 * fields, &IP_BAD_HEADER, "GRE header");
        };
        self.tunnel("gre");
        match protocol {
            // PPTP (RFC 2637); a packet without a sequence number carries nothing.
            0x880b if flags & gre::SEQUENCE != 0 => self.ppp(rest),
            0x880b => Transport::Other("gre"),
            // ERSPAN: type I has no header and no sequence number, type II has eight bytes, type III twelve or twenty.
            0x88be if flags & gre::SEQUENCE == 0 => self.mirrored(rest, 0),
            0x88be => self.mirrored(rest, 8),
            0x22eb => {
                let with_platform = rest.byte(11).is_some_and(|last| last & 1 != 0);
                self.mirrored(rest, if with_platform { 20 } else { 12 })
            }
            _ => self.ethertype(protocol, rest),
        }
    }

    fn mirrored(&mut self, piece: Piece<'a>, head: usize) -> Transport<'a> {
        self.tunnel("erspan");
        match piece.after(head) {
            Some(rest) => self.inner_ethernet(rest),
            None => self.short(piece, head, &IP_BAD_HEADER, "ERSPAN header"),
        }
    }

    fn inner_ethernet(&mut self, piece: Piece<'a>) -> Transport<'a> {
        if self.deeper() { self.ethernet(piece) } else { Transport::Unreadable }
    }

    /// What a UDP datagram carries, where its port and first bytes say that it is a tunnel's.
    #[inline]
    pub(super) fn udp_tunnel(&mut self, from: u16, to: u16, piece: Piece<'a>) -> Option<Transport<'a>> {
        match to {
            // The number of RFC 7348, and the one that Linux used before it.
            4789 | 8472 => self.vxlan(piece),
            6081 => self.geneve(piece),
            _ if from == 2152 || to == 2152 => self.gtp(piece),
            _ => None,
        }
    }

    /// VXLAN (RFC 7348): eight bytes with one flag set and the last one zero, then an Ethernet frame.
    fn vxlan(&mut self, piece: Piece<'a>) -> Option<Transport<'a>> {
        let (Some(flags), Some(0), Some(frame)) = (piece.byte(0), piece.byte(7), piece.after(8)) else {
            return None;
        };
        if flags & 0x08 == 0 || frame.wire < 14 {
            return None;
        }
        self.tunnel("vxlan");
        Some(self.inner_ethernet(frame))
    }

    /// GENEVE (RFC 8926): eight bytes, options in units of four, then what the EtherType says.
    fn geneve(&mut self, piece: Piece<'a>) -> Option<Transport<'a>> {
        let (first, protocol) = (piece.byte(0)?, piece.word(2)?);
        let rest = piece.after(8 + 4 * usize::from(first & 0x3f))?;
        if first >> 6 != 0 || protocol <= 1500 {
            return None;
        }
        self.tunnel("geneve");
        Some(if self.deeper() { self.ethertype(protocol, rest) } else { Transport::Unreadable })
    }

    /// GTP-U (3GPP TS 29.281): a user's packet behind eight bytes, four optional ones, and extension headers.
    fn gtp(&mut self, piece: Piece<'a>) -> Option<Transport<'a>> {
        let (flags, kind, length) = (piece.byte(0)?, piece.byte(1)?, piece.word(2)?);
        if flags >> 4 != 3 || kind != 0xff {
            return None;
        }
        let mut rest = piece.after(8)?.first(usize::from(length));
        if flags & 0x07 != 0 {
            let mut next = rest.byte(3)?;
            rest = rest.after(4)?;
            while flags & 0x04 != 0 && next != 0 {
                let units = usize::from(rest.byte(0)?).max(1);
                next = rest.byte(4 * units - 1)?;
                rest = rest.after(4 * units)?;
            }
        }
        if !matches!(rest.byte(0)? >> 4, 4 | 6) {
            return None;
        }
        self.tunnel("gtp");
        Some(self.raw(rest))
    }
}
