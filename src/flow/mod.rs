//! Segments of one connection to two ordered byte streams, and what TCP itself had to say (RFC 9293).
//!
//! Goes in: the segments of both sides in the order of the capture. Comes out, through [`Stream`]: each packet, TCP's
//! own events, and the bytes of each side in order, with gaps where bytes were never captured. A segment that its
//! receiver drops is shown and changes nothing. `docs/tcp-analysis.md` defines every number.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod accept;
mod admit;
mod facts;
mod health;
mod options;
mod piece;
mod seq;
mod state;
mod stream;
mod tell;
mod usual;
mod verdict;
mod way;

mod datagram;

pub use datagram::datagram;

use crate::connection::{Close, Open, Struggle};
use crate::decode::{Segment, flags};
use crate::diagnostic::{self, Diagnostic};
use crate::event::{Side, Stream, Verdict};
use crate::frame::{FrameNumber, Timestamp};
use crate::limits::Limits;
use state::State;
use way::Way;

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
#[repr(C)]
pub struct Tcp {
    /// Whether a usual segment may come ([`usual::may_come`]).
    usual: bool,
    /// Whether the SYN/ACK was acknowledged.
    established: bool,
    /// Whether a simultaneous open or a handshake in four steps was noted.
    split: bool,
    /// Who sent the first FIN, or the RST.
    closed_by: Option<Side>,
    /// Who sent the RST.
    reset: Option<Side>,
    /// Who sent a RST that its receiver should not take. It is believed if nothing follows.
    suspect: Option<Side>,
    states: [Option<State>; 2],
    ways: [Way; 2],
    /// When the first SYN was captured.
    opened: Option<Timestamp>,
    handshake_rtt: Option<i64>,
    /// What is worth noting of the connection before it on the same four-tuple, until the SYN says so.
    follows: Option<&'static Diagnostic>,
}

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
    pub fn belongs(&self, side: Side, segment: &Segment<'_>) -> Belongs {
        let opens = segment.flags & (flags::SYN | flags::ACK | flags::FIN | flags::RST) == flags::SYN;
        let (own, peer) = self.ways_of(side);
        if !opens || (segment.bad_checksum && own.right_checksum) {
            return Belongs::Here;
        }
        // The second SYN of a handshake in four steps comes from a side that has only acknowledged so far.
        let split = peer.isn.is_some() && !self.established && own.is_fresh();
        let same = match own.isn {
            Some(isn) => isn == segment.seq,
            None => !own.seen || split || own.stream.base() == Some(segment.seq.wrapping_add(1)),
        };
        if same { Belongs::Here } else { Belongs::New }
    }

    /// What a connection that follows this one on the same four-tuple ([`Belongs::New`]) has to say of that.
    pub fn left(&self) -> &'static Diagnostic {
        let opening = !self.established && self.reset.is_none() && self.open() == Open::Partial;
        if opening { &diagnostic::TCP_SYN_ISN_CHANGE } else { &diagnostic::TCP_PORT_REUSE }
    }

    /// A connection that follows another on the same four-tuple, and says `what` of it.
    pub fn following(what: Option<&'static Diagnostic>) -> Tcp {
        Tcp { follows: what, ..Tcp::default() }
    }

    /// Takes the next segment.
    pub fn feed(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        brought: Brought<'_>,
        limits: &Limits,
        out: &mut dyn Stream,
    ) {
        if usual::take(self, side, segment, brought, out) {
            return;
        }
        accept::feed(self, side, segment, brought, out);
        if self.ways.iter().any(|way| way.stream.is_waiting()) {
            accept::lose_patience(self, brought.time, limits, out);
        }
        self.usual = usual::may_come(self);
    }

    /// The capture ends, or the connection is put away: what waits behind a hole is passed on behind a gap.
    pub fn finish(&mut self, limits: &Limits, out: &mut dyn Stream) {
        self.give_up(limits, out);
        let [client, server] = &self.ways;
        if self.close() == Close::Unanswered {
            out.note(&diagnostic::TCP_HALF_OPEN);
        } else if client.seen != server.seen {
            out.note(&diagnostic::TCP_ONE_SIDED);
        }
        if self.open() == Open::Midstream {
            out.note(&diagnostic::TCP_MIDSTREAM);
        }
    }

    /// Gives up the holes: what waits behind them is passed on behind gaps. For when all connections together wait
    /// for too much ([`Limits::out_of_order_total`]).
    pub fn give_up(&mut self, _limits: &Limits, out: &mut dyn Stream) {
        for side in Side::BOTH {
            while accept::give_up_hole(self, side, i64::MAX, (&diagnostic::TCP_GAP).into(), out) {}
        }
        self.usual = usual::may_come(self);
    }

    /// Turns client and server round.
    pub fn reverse(&mut self) {
        self.ways.reverse();
        self.states.reverse();
        for side in [&mut self.closed_by, &mut self.reset, &mut self.suspect] {
            *side = side.map(Side::other);
        }
    }

    /// Which directions have been ended by FIN or RST, as the layers were told; the others end with the capture.
    pub fn ended(&self) -> [bool; 2] {
        let [client, server] = &self.ways;
        [client.ended, server.ended]
    }

    /// Whether it is open, nothing waits, and its next segment may well be a usual one.
    #[inline]
    pub fn is_usual(&self) -> bool {
        self.usual
    }

    /// Whether nothing more is expected: both FINs acknowledged, or reset.
    pub fn is_over(&self) -> bool {
        self.reset.is_some() || self.ways.iter().all(Way::is_fin_acked)
    }

    /// The state that each end must be in, by [`Side`], such as `SYN-SENT`; `None` where unknown.
    pub fn states(&self) -> [Option<&'static str>; 2] {
        self.states.map(|state| state.map(State::name))
    }

    /// Bytes that wait behind a hole.
    #[inline]
    pub fn waiting(&self) -> usize {
        self.ways.iter().map(|way| way.stream.waiting()).sum()
    }

    /// Bytes that were passed on and are kept for comparison with later copies.
    #[inline]
    pub fn remembered(&self) -> usize {
        self.ways.iter().map(|way| way.stream.remembered()).sum()
    }

    /// Forgets what was kept for comparison: a later copy that differs is then not found out.
    pub fn forget(&mut self) {
        self.ways.iter_mut().for_each(|way| way.stream.forget());
    }

    /// What is known so far.
    pub fn known(&self) -> Known {
        let [client, server] = &self.ways;
        Known {
            open: self.open(),
            close: self.close(),
            closed_by: self.closed_by.or(self.suspect),
            handshake_rtt: self.handshake_rtt,
            payload: [client.payload, server.payload],
            struggle: [client.health.struggle, server.health.struggle],
        }
    }

    /// How it went, so far.
    pub fn verdict(&self) -> Verdict {
        let tries: u32 = self.ways.iter().map(|way| way.health.struggle.retransmissions).sum();
        let Known { open, close, closed_by, .. } = self.known();
        let (reset_by, midstream) = (self.reset.or(self.suspect), open == Open::Midstream);
        verdict::Course { close, closed_by, reset_by, tries: tries + 1, midstream }.verdict()
    }

    fn open(&self) -> Open {
        let [client, server] = &self.ways;
        let both = client.isn.is_some() && server.isn.is_some();
        match (client.isn.or(server.isn), both && self.established) {
            (None, _) => Open::Midstream,
            (Some(_), true) => Open::Handshake,
            (Some(_), false) => Open::Partial,
        }
    }

    fn close(&self) -> Close {
        let fins = self.ways.iter().filter(|way| way.fin.is_some()).count();
        match (self.reset.or(self.suspect), fins) {
            (_, 2) => Close::Fin,
            (Some(by), _) if self.is_refusal(by) => Close::Refused,
            (Some(_), _) => Close::Rst,
            (None, 1) => Close::Half,
            (None, _) if self.is_unanswered() => Close::Unanswered,
            (None, _) => Close::Open,
        }
    }

    /// Whether the RST of `by` answers a SYN.
    fn is_refusal(&self, by: Side) -> bool {
        let (own, peer) = self.ways_of(by);
        peer.isn.is_some() && !peer.synack && own.isn.is_none() && !own.acks
    }

    fn is_unanswered(&self) -> bool {
        self.ways.iter().any(|way| way.isn.is_some() && !way.synack && !way.acks)
            && self.ways.iter().any(|way| !way.seen)
    }

    /// What `side` sends, and what the other one does.
    fn ways_of(&self, side: Side) -> (&Way, &Way) {
        let [client, server] = &self.ways;
        match side {
            Side::Client => (client, server),
            Side::Server => (server, client),
        }
    }

    fn ways_mut(&mut self, side: Side) -> (&mut Way, &mut Way) {
        let [client, server] = &mut self.ways;
        match side {
            Side::Client => (client, server),
            Side::Server => (server, client),
        }
    }
}
