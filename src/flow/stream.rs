//! One direction: segments in any order to bytes in order.
//!
//! Goes in: where a segment's payload stands, and the payload. Comes out: chunks in order, one for each contributing
//! run of bytes, each with the frames that brought just these. Bytes that arrive first win; bytes behind a hole wait
//! until it is filled or given up. Never are bytes passed on twice. Offsets count from the first byte of the
//! direction, in 64 bits; those before it are negative.

use std::collections::{BTreeMap, VecDeque};

use super::piece::{Piece, Span, differ};
use super::{Brought, seq};
use crate::diagnostic::Diagnostic;
use crate::event::{Body, Chunk, Origin, Side, Stream};
use crate::frame::{Frames, Timestamp};
use crate::limits::Limits;

/// Bytes that were passed on and are kept for comparison with later copies, at most; a window without scaling.
const RECENT: usize = 64 * 1024;
/// Doubted bytes that wait for an acknowledgement, at most.
const DOUBTED: usize = 64 * 1024;
/// Doubted segments that wait for an acknowledgement, at most.
const DOUBTED_SEGMENTS: usize = 64;
/// What a payload is compared with what came before.
#[derive(Default)]
pub(super) struct Compared {
    /// Whether any of its bytes had been there.
    pub(super) again: bool,
    /// Both readings of the first bytes that differ.
    pub(super) conflict: Option<String>,
}

/// A segment that its receiver should not have taken; it counts once the receiver acknowledges it.
struct Doubted {
    at: i64,
    piece: Piece,
}

/// What a direction keeps beside its place; freed when empty.
#[derive(Default)]
struct Held {
    pieces: BTreeMap<i64, Piece>,
    bytes: usize,
    doubted: VecDeque<Doubted>,
    /// The frames and time of a FIN that bytes before it are missing of.
    fin: Option<(Frames, Timestamp)>,
    /// Since when, and for how many segments, it has been known that the hole need not be waited for.
    passed: Option<(Timestamp, u32)>,
}

/// A hole that is given up.
pub(super) struct Hole {
    pub(super) len: u64,
    /// What stands behind it.
    pub(super) frames: Frames,
    pub(super) time: Timestamp,
}

/// One direction of the byte stream.
#[derive(Default)]
#[repr(C)]
pub(super) struct Ordered {
    /// The lowest offset of a byte that was seen, where the SYN was not.
    low: i64,
    recent: Option<Box<Recent>>,
    held: Option<Box<Held>>,
    /// The offset of the next byte to be passed on.
    next: i64,
    /// The sequence number of offset 0: of the first byte where the SYN was seen, else the first number seen.
    base: Option<u32>,
    /// Whether it is known which byte is the first one to be passed on.
    anchored: bool,
}

/// The last bytes that were passed on, for comparison with later copies.
#[derive(Default)]
struct Recent(VecDeque<u8>);

impl Ordered {
    /// Whether any sequence number of the direction is known.
    pub(super) fn is_based(&self) -> bool {
        self.base.is_some()
    }

    /// The sequence number of offset 0.
    pub(super) fn base(&self) -> Option<u32> {
        self.base
    }

    /// Takes the first sequence number seen as that of offset 0. Where the stream begins is not known by it.
    pub(super) fn begin(&mut self, seq: u32) {
        self.base.get_or_insert(seq);
    }

    /// Says that the stream begins at sequence number `base`. Only while nothing was passed on or waits.
    pub(super) fn rebase(&mut self, base: u32) {
        self.base = Some(base);
        self.anchored = true;
    }

    /// Whether nothing has been passed on or waits.
    pub(super) fn is_fresh(&self) -> bool {
        self.next == 0 && self.held.is_none()
    }

    /// Whether it is known which byte is the first one to be passed on.
    pub(super) fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// Says which byte is the first one to be passed on.
    pub(super) fn anchor(&mut self, at: i64, side: Side, out: &mut dyn Stream) {
        (self.anchored, self.next, self.low) = (true, at, at);
        if let Some(held) = &mut self.held {
            let kept = held.pieces.split_off(&at);
            let before = std::mem::replace(&mut held.pieces, kept);
            held.bytes -= before.values().map(|piece| piece.bytes.len()).sum::<usize>();
            held.passed = None;
        }
        self.drain(side, out);
    }

    /// Where a stream begins whose SYN was not captured: at its lowest byte, once the receiver has acknowledged what
    /// is before that, or enough has come; segments may be captured in another order.
    /// `now` is given once a segment, for the patience.
    pub(super) fn start(&mut self, acked: Option<i64>, now: Option<Timestamp>) -> Option<i64> {
        /// Segments after which it begins at the lowest byte that was seen.
        const SEGMENTS: u32 = 4;
        let held = self.held.as_mut().filter(|_| !self.anchored)?;
        let lowest = held.lowest()?;
        let enough = acked.is_some_and(|acked| acked >= lowest)
            || now.is_some_and(|now| held.has_waited(now, SEGMENTS));
        enough.then_some(lowest)
    }

    /// The lowest offset that bytes, or else a FIN at offset `fin`, wait at while it is not known where the stream begins.
    pub(super) fn unanchored(&self, fin: Option<i64>) -> Option<i64> {
        let held = self.held.as_ref().filter(|_| !self.anchored)?;
        held.lowest().or(fin)
    }

    /// The offset of the next byte to be passed on.
    pub(super) fn next(&self) -> i64 {
        self.next
    }

    /// The offset of sequence number `seq`.
    pub(super) fn offset(&self, seq: u32) -> i64 {
        let near = self.base.unwrap_or(0).wrapping_add(self.next as u32);
        seq::widen(self.next, near, seq)
    }

    /// The offset of sequence number `seq`, which stands near the beginning of the stream.
    pub(super) fn offset_at_start(&self, seq: u32) -> i64 {
        seq::widen(0, self.base.unwrap_or(0), seq)
    }

    /// Whether the next byte to be passed on has sequence number `seq`.
    #[inline]
    pub(super) fn is_at(&self, seq: u32) -> bool {
        self.base.is_some_and(|base| base.wrapping_add(self.next as u32) == seq)
    }

    /// Whether something waits.
    #[inline]
    pub(super) fn is_waiting(&self) -> bool {
        self.held.is_some()
    }

    /// Bytes that wait.
    #[inline]
    pub(super) fn waiting(&self) -> usize {
        self.held.as_ref().map_or(0, |held| held.waiting())
    }

    /// Bytes that were passed on and are kept for comparison.
    #[inline]
    pub(super) fn remembered(&self) -> usize {
        self.recent.as_ref().map_or(0, |recent| recent.0.len())
    }

    /// Forgets what was kept for comparison.
    pub(super) fn forget(&mut self) {
        self.recent = None;
    }

    /// Whether `at` is the next byte and nothing waits: then [`Ordered::pass`] is all there is to do.
    #[inline]
    pub(super) fn is_next(&self, at: i64) -> bool {
        at == self.next && self.anchored && self.held.is_none()
    }

    /// Holds a payload against what came before it.
    pub(super) fn compare(&self, span: Span<'_>) -> Compared {
        let again = self.anchored && span.end().min(self.next) > span.at.max(self.low);
        let mut found = Compared { again, conflict: None };
        if let Some(Recent(recent)) = self.recent.as_deref() {
            let from = self.next - recent.len() as i64;
            let skip = usize::try_from(span.at - from).unwrap_or(0).min(recent.len());
            let kept: Vec<u8> = recent.range(skip..).take(span.bytes.len()).copied().collect();
            differ(&mut found.conflict, span, span.at.max(from), &kept);
        }
        if let Some(held) = &self.held {
            for (at, piece) in held.over(span) {
                found.again = true;
                differ(&mut found.conflict, span, at, &piece.bytes);
            }
            for doubted in &held.doubted {
                differ(&mut found.conflict, span, doubted.at, &doubted.piece.bytes);
            }
        }
        found
    }

    /// Passes on bytes that are next.
    #[inline]
    pub(super) fn pass(&mut self, side: Side, span: Span<'_>, brought: Brought<'_>, out: &mut dyn Stream) {
        let origin = Origin::new(side, brought.time, brought.frames);
        self.next += i64::from(span.len);
        if out.full() {
            self.remember(span.bytes, span.len as usize - span.bytes.len().min(span.len as usize));
        }
        if !span.bytes.is_empty() {
            out.chunk(Chunk { origin, body: Body::Bytes(span.bytes) });
        }
        if let Some(cut @ 1..) = u64::from(span.len).checked_sub(span.bytes.len() as u64) {
            out.chunk(Chunk { origin, body: Body::Gap(cut) });
        }
    }

    fn remember(&mut self, bytes: &[u8], missing: usize) {
        let Recent(recent) = &mut **self.recent.get_or_insert_default();
        if missing > 0 {
            recent.clear();
            return;
        }
        let bytes = bytes.get(bytes.len().saturating_sub(RECENT)..).unwrap_or_default();
        let over = (recent.len() + bytes.len()).saturating_sub(RECENT);
        recent.drain(..over.min(recent.len()));
        recent.extend(bytes);
    }

    /// Takes a payload that may stand anywhere: what is next is passed on, what lies behind a hole waits, what was
    /// there before is left. Returns how many bytes had not been there.
    pub(super) fn take(
        &mut self,
        side: Side,
        span: Span<'_>,
        brought: Brought<'_>,
        out: &mut dyn Stream,
    ) -> u64 {
        if self.is_next(span.at) {
            self.pass(side, span, brought, out);
            return span.len.into();
        }
        let (mut new, end) = (0, span.end());
        if self.anchored && span.at < self.low {
            new += u64::try_from(end.min(self.low) - span.at).unwrap_or(0);
            self.low = span.at;
        }
        let mut at = if self.anchored { span.at.max(self.next) } else { span.at };
        while at < end {
            let blocking = self.held.as_ref().and_then(|held| held.from(at));
            let (from, to) = blocking.unwrap_or((end, end));
            if from > at {
                let part = span.part(at, from.min(end));
                new += u64::from(part.len);
                if self.anchored && at == self.next {
                    self.pass(side, part, brought, out);
                } else {
                    let held = self.held.get_or_insert_default();
                    held.bytes += part.bytes.len();
                    held.pieces.insert(at, Piece::new(part, brought));
                }
            }
            at = to;
        }
        self.drain(side, out);
        new
    }

    /// Passes on what waits no longer.
    fn drain(&mut self, side: Side, out: &mut dyn Stream) {
        while let Some(held) = self.held.as_mut().filter(|_| self.anchored) {
            match held.pieces.first_key_value() {
                Some((&at, _)) if at == self.next => {}
                _ => break,
            }
            let Some((at, piece)) = held.pieces.pop_first() else { break };
            held.bytes -= piece.bytes.len();
            held.passed = None;
            let brought = Brought { frames: piece.frames.as_slice(), time: piece.time };
            self.pass(side, piece.span(at), brought, out);
        }
        self.tidy();
    }

    fn tidy(&mut self) {
        if self.held.as_ref().is_some_and(|held| held.is_empty()) {
            self.held = None;
        }
    }

    /// Keeps a segment that is not believed yet.
    pub(super) fn doubt(&mut self, span: Span<'_>, brought: Brought<'_>) {
        let held = self.held.get_or_insert_default();
        held.doubted.push_back(Doubted { at: span.at, piece: Piece::new(span, brought) });
        let mut bytes: usize = held.doubted.iter().map(|doubted| doubted.piece.bytes.len()).sum();
        while bytes > DOUBTED || held.doubted.len() > DOUBTED_SEGMENTS {
            let Some(oldest) = held.doubted.pop_front() else { break };
            bytes -= oldest.piece.bytes.len();
        }
        self.tidy();
    }

    /// Takes a doubted segment that the receiver has acknowledged to its end, if there is one; returns how many bytes
    /// had not been there.
    pub(super) fn believe(&mut self, acked: i64, side: Side, out: &mut dyn Stream) -> Option<u64> {
        let held = self.held.as_mut()?;
        let is_acked = |doubted: &Doubted| doubted.at + i64::from(doubted.piece.len) <= acked;
        let place = held.doubted.iter().position(is_acked)?;
        let Doubted { at, piece } = held.doubted.remove(place)?;
        let brought = Brought { frames: piece.frames.as_slice(), time: piece.time };
        Some(self.take(side, piece.span(at), brought, out))
    }

    /// Keeps where a FIN came from that bytes before it are missing of.
    pub(super) fn keep_fin(&mut self, brought: Brought<'_>) {
        self.held.get_or_insert_default().fin = Some((brought.frames.into(), brought.time));
    }

    /// Forgets what waits, as the direction has ended; where its FIN came from, if that was kept.
    pub(super) fn end(&mut self) -> Option<(Frames, Timestamp)> {
        self.held.take().and_then(|held| held.fin)
    }

    /// Counts a segment, of either side, while something waits; whether the hole is to be given up. The receiver
    /// must have acknowledged `acked`, and then some patience is needed: captures show segments after their
    /// acknowledgement where several queues or interfaces were put together.
    pub(super) fn is_lost(&mut self, acked: Option<i64>, time: Timestamp) -> bool {
        /// Segments after which a hole that the receiver is past is given up.
        const SEGMENTS: u32 = 32;
        let past = self.anchored && acked.is_some_and(|acked| acked > self.next);
        let held = self.held.as_mut().filter(|held| past && held.has_hole());
        held.is_some_and(|held| held.has_waited(time, SEGMENTS))
    }

    /// Whether more waits than the limits allow.
    pub(super) fn is_over(&self, limits: &Limits) -> bool {
        self.held.as_ref().is_some_and(|held| {
            held.bytes > limits.out_of_order || held.pieces.len() > limits.out_of_order_segments
        })
    }

    /// The hole that bytes, or a FIN at offset `fin`, wait for; no further than to offset `most`.
    pub(super) fn hole(&self, fin: Option<i64>, most: i64) -> Option<Hole> {
        let held = self.held.as_ref().filter(|_| self.anchored)?;
        let (at, frames, time) = match (held.pieces.first_key_value(), fin, &held.fin) {
            (Some((&at, piece)), _, _) => (at, piece.frames.clone(), piece.time),
            (None, Some(fin), Some((frames, time))) => (fin, frames.clone(), *time),
            _ => return None,
        };
        let len = u64::try_from(at.min(most) - self.next).ok().filter(|&len| len > 0)?;
        Some(Hole { len, frames, time })
    }

    /// Passes on a gap, and what stands behind it.
    pub(super) fn skip(&mut self, side: Side, hole: &Hole, out: &mut dyn Stream) {
        let origin = Origin::new(side, hole.time, hole.frames.as_slice());
        self.next = self.next.saturating_add(i64::try_from(hole.len).unwrap_or(0));
        self.recent = None;
        out.chunk(Chunk { origin, body: Body::Gap(hole.len) });
        self.drain(side, out);
    }

    /// Forgets what waits and what was kept.
    pub(super) fn close(&mut self) {
        self.held = None;
        self.recent = None;
    }
}

impl Held {
    fn waiting(&self) -> usize {
        self.bytes + self.doubted.iter().map(|doubted| doubted.piece.bytes.len()).sum::<usize>()
    }

    fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.doubted.is_empty() && self.fin.is_none()
    }

    /// The lowest offset that bytes wait at.
    fn lowest(&self) -> Option<i64> {
        self.pieces.first_key_value().map(|(&at, _)| at)
    }

    /// Counts a segment; whether the patience for so many segments, or for a second, is over.
    fn has_waited(&mut self, time: Timestamp, most: u32) -> bool {
        const SECOND: i64 = 1_000_000_000;
        let (since, segments) = self.passed.get_or_insert((time, 0));
        *segments += 1;
        *segments > most || time.since(*since) > SECOND
    }

    fn has_hole(&self) -> bool {
        !self.pieces.is_empty() || self.fin.is_some()
    }

    /// The first piece that ends behind `at`: where it starts and ends.
    fn from(&self, at: i64) -> Option<(i64, i64)> {
        let covering = self.pieces.range(..=at).next_back();
        let covering = covering.filter(|(start, piece)| **start + i64::from(piece.len) > at);
        let (&start, piece) = covering.or_else(|| self.pieces.range(at..).next())?;
        Some((start, start + i64::from(piece.len)))
    }

    /// The pieces that share offsets with `span`.
    fn over(&self, span: Span<'_>) -> impl Iterator<Item = (i64, &Piece)> {
        let first = self.from(span.at).map_or(i64::MAX, |(start, _)| start);
        self.pieces.range(first..).map(|(&at, piece)| (at, piece)).take_while(move |(at, _)| *at < span.end())
    }
}

/// A note of a limit that made a hole be given up.
pub(super) fn limit_hit(what: &'static Diagnostic, limits: &Limits) -> crate::diagnostic::Note {
    what.with(format!(
        "more than {} bytes or {} segments waited behind it",
        limits.out_of_order, limits.out_of_order_segments
    ))
}
