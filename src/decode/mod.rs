//! One frame's bytes to one segment or datagram; never fails, says what it could not read.
//!
//! In goes a frame; out comes the innermost TCP segment or UDP datagram, what is wrong with the headers above it, and
//! the frames whose fragments had to be put together for it. Link headers stand in `link` and `wlan`, IP in `ip` and
//! `fragment`, what carries packets in packets in `tunnel`, TCP and UDP in `transport`. It never keeps a payload,
//! except the fragments of datagrams that are not whole yet.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checksum;
mod fragment;
mod ip;
mod link;
#[cfg(test)]
mod tests;
mod transport;
mod tunnel;
mod usual;
mod wlan;

use crate::diagnostic::{self, Diagnostic, Note};
use crate::event::Endpoint;
use crate::frame::{Frame, FrameNumber};
use crate::limits::Limits;
use fragment::Pool;

/// What a frame turned out to hold.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The innermost transport header that could be read.
    pub transport: Transport<'a>,
    /// What is wrong with the headers, outermost first.
    pub notes: &'a [Note],
    /// The tunnels that were opened to get there, outermost first: `gre`, `vxlan`, `ipip`, …
    pub tunnels: &'a [&'static str],
    /// Bytes that were put together from the frames of an IP datagram's fragments end here: their numbers, this one
    /// last. Empty where the datagram came whole.
    pub fragments: &'a [FrameNumber],
}

/// A transport header and its payload, or why there is none.
#[derive(Debug)]
pub enum Transport<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// A UDP datagram.
    Udp(Datagram<'a>),
    /// A fragment that waits for the others.
    Fragment,
    /// A transport protocol that is not followed, or a link payload that is not IP: its name, such as `icmp` or `arp`.
    Other(&'static str),
    /// It could not be read; the notes say why.
    Unreadable,
}

/// A TCP segment (RFC 9293 3.1).
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Who sent it.
    pub from: Endpoint,
    /// Who is to get it.
    pub to: Endpoint,
    /// Sequence number of the first payload byte (of the SYN where it has one).
    pub seq: u32,
    /// Acknowledgement number; meaningful with [`flags::ACK`].
    pub ack: u32,
    /// Flags, see [`flags`].
    pub flags: u16,
    /// Window field, unscaled.
    pub window: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Option bytes.
    pub options: &'a [u8],
    /// The captured payload.
    pub payload: &'a [u8],
    /// Payload bytes on the wire; more than `payload.len()` where the capture cut the packet short.
    pub payload_len: u32,
    /// Whether the checksum is wrong and neither offload nor a cut packet explains it.
    pub bad_checksum: bool,
}

/// Flags of a TCP segment.
pub mod flags {
    /// No more data from the sender.
    pub const FIN: u16 = 0x01;
    /// Synchronize sequence numbers.
    pub const SYN: u16 = 0x02;
    /// Reset the connection.
    pub const RST: u16 = 0x04;
    /// Push.
    pub const PSH: u16 = 0x08;
    /// The acknowledgement field is significant.
    pub const ACK: u16 = 0x10;
    /// The urgent pointer is significant.
    pub const URG: u16 = 0x20;
    /// ECN echo (RFC 3168).
    pub const ECE: u16 = 0x40;
    /// Congestion window reduced (RFC 3168).
    pub const CWR: u16 = 0x80;
    /// Accurate ECN (RFC 9768).
    pub const AE: u16 = 0x100;
}

/// A UDP datagram (RFC 768).
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Who sent it.
    pub from: Endpoint,
    /// Who is to get it.
    pub to: Endpoint,
    /// The captured payload.
    pub payload: &'a [u8],
    /// Payload bytes on the wire.
    pub payload_len: u32,
}

/// Reads frames; keeps only the fragments of IP datagrams that are not whole yet.
pub struct Decoder {
    state: State,
    /// Room for the datagrams of one frame that were put together: one in a tunnel of fragments may itself be one.
    wholes: [Vec<u8>; 2],
}

/// What a decoder keeps from frame to frame, and what it says of one, so that a frame costs no allocation.
struct State {
    limits: Limits,
    checksums: bool,
    pool: Pool,
    notes: Vec<Note>,
    tunnels: Vec<&'static str>,
    fragments: Vec<FrameNumber>,
}

/// The ends of the TCP segment in a usual frame, told from its headers alone and without what earlier frames left. Where
/// it says any, [`Decoder::decode`] finds these or, where what follows makes no sense, none.
#[inline]
pub fn ends(frame: &Frame<'_>) -> Option<(Endpoint, Endpoint)> {
    usual::ends(frame)
}

impl Decoder {
    /// A decoder that has seen nothing. It verifies checksums.
    pub fn new(limits: &Limits) -> Decoder {
        Decoder {
            state: State {
                limits: limits.clone(),
                checksums: true,
                pool: Pool::default(),
                notes: Vec::new(),
                tunnels: Vec::new(),
                fragments: Vec::new(),
            },
            wholes: Default::default(),
        }
    }

    /// Whether TCP checksums are to be verified, for which every payload byte has to be looked at. Where not,
    /// [`Segment::bad_checksum`] is never set.
    pub fn with_checksums(mut self, checksums: bool) -> Decoder {
        self.state.checksums = checksums;
        self
    }

    /// Reads one frame.
    pub fn decode<'a>(&'a mut self, frame: &Frame<'a>) -> Decoded<'a> {
        let Decoder { state, wholes } = self;
        state.notes.clear();
        state.tunnels.clear();
        state.fragments.clear();
        if let Some(segment) = usual::segment(frame, state.checksums && state.limits.nesting > 0) {
            return Decoded { transport: Transport::Tcp(segment), notes: &[], tunnels: &[], fragments: &[] };
        }
        let left = state.limits.nesting;
        let mut reading = Reading { frame, state, wholes, left };
        let wire = frame.bytes.len().max(frame.wire_len as usize);
        let piece = Piece { bytes: frame.bytes, wire };
        if piece.is_cut() {
            reading.note(&diagnostic::CAP_TRUNCATED_PACKET);
        }
        let transport = reading.link(frame.link, piece);
        let State { notes, tunnels, fragments, .. } = reading.state;
        Decoded { transport, notes, tunnels, fragments }
    }
}

/// A frame while it is read, from its link header inwards.
struct Reading<'a, 'f> {
    frame: &'f Frame<'a>,
    state: &'a mut State,
    wholes: &'a mut [Vec<u8>],
    /// How many nested headers may still come.
    left: usize,
}

impl<'a> Reading<'a, '_> {
    #[cold]
    fn note(&mut self, note: impl Into<Note>) {
        self.state.notes.push(note.into());
    }

    /// Nothing more can be read, for this reason.
    #[cold]
    fn unreadable(&mut self, note: impl Into<Note>) -> Transport<'a> {
        self.note(note);
        Transport::Unreadable
    }

    /// `piece` holds less than the `need` bytes of a header: that is wrong, unless the capture cut them off, which was
    /// noted.
    #[cold]
    fn short(
        &mut self,
        piece: Piece<'_>,
        need: usize,
        what: &'static Diagnostic,
        of: &'static str,
    ) -> Transport<'a> {
        if piece.wire < need {
            self.note(what.with(format!("{} bytes are no {of}", piece.wire)));
        }
        Transport::Unreadable
    }

    /// Counts a nested header; false where the limit is reached, which is noted.
    fn deeper(&mut self) -> bool {
        if self.left == 0 {
            self.note(&diagnostic::IP_NESTING_LIMIT);
            return false;
        }
        self.left -= 1;
        true
    }
}

/// A part of a packet: the bytes that were captured, and how many there were on the wire (never less).
#[derive(Clone, Copy, Debug)]
struct Piece<'a> {
    bytes: &'a [u8],
    wire: usize,
}

impl<'a> Piece<'a> {
    /// Whether the capture cut it short.
    fn is_cut(self) -> bool {
        self.bytes.len() < self.wire
    }

    /// What follows the first `count` bytes, where those were captured.
    fn after(self, count: usize) -> Option<Piece<'a>> {
        Some(Piece { bytes: self.bytes.get(count..)?, wire: self.wire.saturating_sub(count) })
    }

    /// At most the first `len` bytes.
    fn first(self, len: usize) -> Piece<'a> {
        Piece { bytes: self.bytes.get(..len).unwrap_or(self.bytes), wire: self.wire.min(len) }
    }

    /// The byte at `at`.
    fn byte(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// The two bytes from `at` on, as a number in network byte order.
    fn word(self, at: usize) -> Option<u16> {
        self.bytes.get(at..)?.first_chunk().map(|word| u16::from_be_bytes(*word))
    }

    /// The two bytes from `at` on, as a number in little-endian byte order.
    fn little_word(self, at: usize) -> Option<u16> {
        self.word(at).map(u16::swap_bytes)
    }
}
