//! TCP (RFC 9293) and UDP (RFC 768) headers.

use etherparse::{TcpHeaderSlice, UdpHeaderSlice};

use super::ip::Ends;
use super::{Datagram, Piece, Reading, Segment, Transport, checksum, flags};
use crate::diagnostic::{CAP_TRUNCATED_PACKET, TCP_BAD_HEADER, TCP_BAD_OPTION, UDP_BAD_HEADER};
use crate::event::Endpoint;

/// The TCP header without options.
const TCP: usize = 20;
/// The part of it up to the window.
const TCP_TO_WINDOW: usize = 16;
const UDP: usize = 8;

/// How the options begin that nearly every segment of an established connection has, 12 bytes: two of padding, and
/// time stamps.
pub(super) const USUAL: [u8; 4] = [1, 1, 8, 10];

impl<'a> Reading<'a, '_> {
    #[inline]
    pub(super) fn tcp(&mut self, ends: Ends, piece: Piece<'a>) -> Transport<'a> {
        let Ok(header) = TcpHeaderSlice::from_slice(piece.bytes) else { return self.odd_tcp(ends, piece) };
        let mut segment = segment(ends, &header);
        let header = header.slice();
        let (Some(options), Some(payload)) = (header.get(TCP..), piece.after(header.len())) else {
            return Transport::Unreadable;
        };
        let usual = options.is_empty() || (options.len() == 12 && options.starts_with(&USUAL));
        if !usual && let Some(fault) = fault(options) {
            self.note(TCP_BAD_OPTION.with(fault));
        }
        segment.options = options;
        segment.payload = payload.bytes;
        segment.payload_len = payload.wire as u32;
        segment.bad_checksum =
            self.state.checksums && ends.checkable && !piece.is_cut() && checksum::is_bad(&ends, piece.bytes);
        Transport::Tcp(segment)
    }

    /// A TCP header that is impossible or was cut by the capture. What is known of the latter is told where nothing
    /// has to be made up for it.
    #[cold]
    fn odd_tcp(&mut self, ends: Ends, piece: Piece<'a>) -> Transport<'a> {
        if piece.wire < TCP {
            return self.short(piece, TCP, &TCP_BAD_HEADER, "TCP header");
        }
        let head = piece.byte(12).map_or(TCP, |offset| usize::from(offset >> 4) * 4);
        if head < TCP || head > piece.wire {
            let detail = format!("data offset {head} in a segment of {} bytes", piece.wire);
            return self.unreadable(TCP_BAD_HEADER.with(detail));
        }
        let mut fixed = [0; TCP];
        for (to, from) in fixed.iter_mut().zip(piece.bytes) {
            *to = *from;
        }
        // As if there were no options: what of them was captured is added below.
        fixed[12] = 5 << 4 | fixed[12] & 0x0f;
        let Ok(header) = TcpHeaderSlice::from_slice(&fixed) else { return Transport::Unreadable };
        let mut segment = segment(ends, &header);
        let whole = if segment.flags & flags::URG == 0 { TCP_TO_WINDOW } else { TCP };
        if piece.bytes.len() < whole {
            if piece.bytes.len() >= 4 {
                let detail = format!("its TCP header, {} to {}, is not whole", segment.from, segment.to);
                self.state.notes.retain(|note| *note.what != CAP_TRUNCATED_PACKET);
                self.note(CAP_TRUNCATED_PACKET.with(detail));
            }
            return Transport::Unreadable;
        }
        segment.options = piece.bytes.get(TCP..).unwrap_or_default();
        segment.payload_len = piece.wire.saturating_sub(head) as u32;
        Transport::Tcp(segment)
    }

    #[inline]
    pub(super) fn udp(&mut self, ends: Ends, piece: Piece<'a>) -> Transport<'a> {
        let (Ok(header), Some(rest)) = (UdpHeaderSlice::from_slice(piece.bytes), piece.after(UDP)) else {
            return self.short(piece, UDP, &UDP_BAD_HEADER, "UDP header");
        };
        let length = usize::from(header.length());
        let (from, to) = (
            Endpoint { ip: ends.from, port: header.source_port() },
            Endpoint { ip: ends.to, port: header.destination_port() },
        );
        if length != 0 && !(UDP..=piece.wire).contains(&length) {
            let detail = format!("length {length} in a packet of {} bytes", piece.wire);
            self.note(UDP_BAD_HEADER.with(detail));
        }
        // A datagram that the sender's interface is to cut up, or a jumbogram, has no length.
        let payload = if length < UDP { rest } else { rest.first(length - UDP) };
        if let Some(inner) = self.udp_tunnel(from.port, to.port, payload) {
            return inner;
        }
        Transport::Udp(Datagram { from, to, payload: payload.bytes, payload_len: payload.wire as u32 })
    }
}

/// A segment with all that its fixed header says.
#[inline]
fn segment<'a>(ends: Ends, header: &TcpHeaderSlice<'_>) -> Segment<'a> {
    let flags = header.slice().get(12..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    Segment {
        from: Endpoint { ip: ends.from, port: header.source_port() },
        to: Endpoint { ip: ends.to, port: header.destination_port() },
        seq: header.sequence_number(),
        ack: header.acknowledgment_number(),
        flags: u16::from_be_bytes(flags) & 0x1ff,
        window: header.window_size(),
        urgent: header.urgent_pointer(),
        options: &[],
        payload: &[],
        payload_len: 0,
        bad_checksum: false,
    }
}

/// What is impossible about TCP options: one that does not fit, or whose length its kind does not allow.
fn fault(mut options: &[u8]) -> Option<String> {
    loop {
        let (kind, length) = match options {
            [] | [0, ..] => return None,
            [1, rest @ ..] => {
                options = rest;
                continue;
            }
            [kind] => return Some(format!("option {kind} has no length")),
            [kind, length, ..] => (*kind, usize::from(*length)),
        };
        let right = match kind {
            // Maximum segment size; window scale, time stamps (RFC 7323); SACK (RFC 2018); MD5 (RFC 2385).
            2 => length == 4,
            3 => length == 3,
            4 => length == 2,
            5 => length >= 10 && length % 8 == 2,
            8 => length == 10,
            19 => length == 18,
            _ => length >= 2,
        };
        match options.get(length..) {
            Some(rest) if right => options = rest,
            Some(_) => return Some(format!("option {kind} of length {length}")),
            None => return Some(format!("option {kind} of length {length} in the last {}", options.len())),
        }
    }
}
