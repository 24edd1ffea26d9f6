//! Segments of one connection to two ordered byte streams, and what TCP itself had to say.

use crate::connection::{Close, Open, Struggle};
use crate::decode::Segment;
use crate::event::{Outcome, Side, Stream, Tone, Verdict};
use crate::frame::{FrameNumber, Timestamp};
use crate::limits::Limits;

static OPEN: Outcome = Outcome {
    id: "tcp.open",
    tone: Tone::Neutral,
    say: |lang, _| lang.pick("still open", "아직 열려 있음").to_owned(),
};

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

    /// Turns client and server round.
    pub fn reverse(&mut self) {}

    /// The connection that follows this one on the same four-tuple ([`Belongs::New`]): it will say so.
    pub fn successor(&self) -> Tcp {
        Tcp::default()
    }

    /// Which directions have been ended by FIN or RST, as the layers were told; the others end with the capture.
    pub fn ended(&self) -> [bool; 2] {
        [false; 2]
    }

    /// Whether nothing more is expected: both directions ended and acknowledged, or reset.
    pub fn over(&self) -> bool {
        false
    }

    /// The state that each end must be in, by [`Side`], such as `SYN-SENT`; `None` where unknown.
    pub fn states(&self) -> [Option<&'static str>; 2] {
        [None; 2]
    }

    /// Bytes that wait behind a hole.
    pub fn waiting(&self) -> usize {
        0
    }

    /// Gives up the holes: what waits behind them is passed on behind gaps. For when all connections together wait
    /// for too much ([`Limits::out_of_order_total`]).
    pub fn give_up(&mut self, _limits: &Limits, _out: &mut dyn Stream) {}

    /// How it went, so far.
    pub fn verdict(&self) -> Verdict {
        Verdict { outcome: &OPEN, with: [0; 4] }
    }

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
