//! One frame's bytes to one segment or datagram; never fails, says what it could not read.

use std::net::IpAddr;

use crate::diagnostic::Note;
use crate::event::Endpoint;
use crate::frame::Frame;
use crate::limits::Limits;

/// What a frame turned out to hold.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The innermost transport header that could be read.
    pub transport: Transport<'a>,
    /// What is wrong with the headers, outermost first.
    pub notes: Vec<Note>,
    /// The tunnels that were opened to get there, outermost first: `gre`, `vxlan`, `ipip`, …
    pub tunnels: Tunnels,
    /// Bytes that were put together from the frames of an IP datagram's fragments end here: their numbers, this one
    /// last. Empty where the datagram came whole.
    pub fragments: Vec<crate::frame::FrameNumber>,
}

/// Names of tunnels, outermost first; at most four are named.
pub type Tunnels = [&'static str; 4];

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
    #[allow(dead_code)]
    limits: Limits,
}

impl Decoder {
    /// A decoder that has seen nothing.
    pub fn new(limits: &Limits) -> Decoder {
        Decoder { limits: limits.clone() }
    }

    /// Reads one frame.
    pub fn decode<'a>(&'a mut self, frame: &Frame<'a>) -> Decoded<'a> {
        let _ = (frame, IpAddr::from([0, 0, 0, 0]));
        Decoded {
            transport: Transport::Unreadable,
            notes: Vec::new(),
            tunnels: [""; 4],
            fragments: Vec::new(),
        }
    }
}
