//! Segments of one connection to two ordered byte streams, and what TCP itself had to say.

mod datagram;

pub use datagram::datagram;

use crate::connection::{Close, Open, Struggle};
use crate::decode::Segment;
use crate::event::{Side, Stream};
use crate::frame::{FrameNumber, Timestamp};
use crate::limits::Limits;

/// The frame (or the fragments' frames) that brought a segment.
#[derive(Clone, Copy, Debug)]
pub struct Brought<'a> {
    /// Frame numbers; more than one where IP fragments were put together.
    pub frames: &'a [FrameNumber],
    /// When the last of them was captured.
    pub time: Timestamp,
}

/// Both directions of one TCP connection.
#[derive(Default)]
pub struct Tcp {}

/// What a connection makes of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Belongs {
    /// It belongs to this connection.
    Here,
    /// It opens a new connection on the same four-tuple.
    New,
}

/// What is known of a connection from its segments, for its summary.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// How much of the opening was captured.
    pub open: Open,
    /// How it ended.
    pub close: Close,
    /// Who sent the first FIN or the RST.
    pub closed_by: Option<Side>,
    /// From the SYN to the ACK that completes the handshake, in nanoseconds.
    pub handshake_rtt: Option<i64>,
    /// Payload bytes of each side, each byte once.
    pub payload: [u64; 2],
    /// What each side's sending struggled with.
    pub struggle: [Struggle; 2],
}

impl Tcp {
    /// Whether `segment` of `side` opens a new connection on the same four-tuple: a SYN with another initial
    /// sequence number.
    pub fn belongs(&self, _side: Side, _segment: &Segment<'_>) -> Belongs {
        Belongs::Here
    }

    /// Takes the next segment.
    pub fn feed(
        &mut self,
        _side: Side,
        _segment: &Segment<'_>,
        _brought: Brought<'_>,
        _limits: &Limits,
        _out: &mut dyn Stream,
    ) {
    }

    /// The capture ends: what waits behind a hole is passed on behind a gap, and directions without FIN or RST end.
    pub fn finish(&mut self, _limits: &Limits, _out: &mut dyn Stream) {}

    /// x
    pub fn is_closed(&self) -> bool {
        false
    }
    /// Which directions have ended.
    pub fn ended(&self) -> [bool; 2] {
        [false; 2]
    }
    /// How it went.
    pub fn verdict(&self) -> crate::event::Verdict {
        static NONE: crate::event::Outcome = crate::event::Outcome {
            id: "tcp.open",
            tone: crate::event::Tone::Neutral,
            say: |_, _| String::new(),
        };
        crate::event::Verdict { outcome: &NONE, with: [0; 4] }
    }

    /// Turns client and server round.
    pub fn reverse(&mut self) {}

    /// What is known so far.
    pub fn known(&self) -> Known {
        Known {
            open: Open::Midstream,
            close: Close::Open,
            closed_by: None,
            handshake_rtt: None,
            payload: [0; 2],
            struggle: [Struggle::default(); 2],
        }
    }
}
