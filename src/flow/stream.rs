//! One direction: segments in any order to bytes in order.
//!
//! Goes in: where a segment's payload stands, and the payload. Comes out: chunks in order, one for each contributing
//! run of bytes, each with the frames that brought just these. Bytes that arrive first win; bytes behind a hole wait
//! until it is filled or given up. Never are bytes passed on twice. Offsets count from the first byte of the
//! direction, in 64 bits; those before it are negative.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use super::{Brought, seq};
use crate::diagnostic::Diagnostic;
use crate::event::{Body, Chunk, Origin, Side, Stream};
use crate::frame::{FrameNumber, Timestamp};
use crate::limits::Limits;

/// Bytes that were passed on and are kept for comparison with later copies, at most; a window without scaling.
const RECENT: usize = 64 * 1024;
/// Doubted bytes that wait for an acknowledgement, at most.
const DOUBTED: usize = 64 * 1024;
/// Doubted segments that wait for an acknowledgement, at most.
const DOUBTED_SEGMENTS: usize = 64;
/// Differing bytes that a note shows of each reading.
const SHOWN: usize = 16;

/// A frame list, owned.
#[derive(Clone, Debug)]
pub(super) enum Frames {
    One(FrameNumber),
    Many(Box<[FrameNumber]>),
}

impl Frames {
    pub(super) fn of(frames: &[FrameNumber]) -> Frames {
        match *frames {
            [one] => Frames::One(one),
            _ => Frames::Many(frames.into()),
        }
    }

    pub(super) fn as_slice(&self) -> &[FrameNumber] {
        match self {
            Frames::One(one) => std::slice::from_ref(one),
            Frames::Many(many) => many,
        }
    }
}

/// The payload of a segment, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Span<'a> {
    /// The offset of its first byte.
    pub(super) at: i64,
    /// What was captured of it.
    pub(super) bytes: &'a [u8],
    /// How long it was on the wire; `bytes` is at most that long.
    pub(super) len: u32,
}

impl<'a> Span<'a> {
    fn end(&self) -> i64 {
        self.at.saturating_add(i64::from(self.len))
    }

    /// The part between two offsets within it.
    fn part(&self, from: i64, to: i64) -> Span<'a> {
        let skip = usize::try_from(from - self.at).unwrap_or(0).min(self.bytes.len());
        let len = u32::try_from(to - from).unwrap_or(0);
        let rest = self.bytes.get(skip..).unwrap_or_default();
        Span { at: from, bytes: rest.get(..len as usize).unwrap_or(rest), len }
    }
}

/// What a payload is compared with what came before.
#[derive(Default)]
pub(super) struct Compared {
    /// Bytes that had not been there.
    pub(super) new: u64,
    /// Bytes that had been there.
    pub(super) again: u64,
    /// Both readings of the first bytes that differ.
    pub(super) conflict: Option<String>,
}

/// A run of bytes that waits.
struct Piece {
    bytes: Box<[u8]>,
    len: u32,
    frames: Frames,
    time: Timestamp,
}

impl Piece {
    fn new(span: Span<'_>, brought: Brought<'_>) -> Piece {
        let frames = Frames::of(brought.frames);
        Piece { bytes: span.bytes.into(), len: span.len, frames, time: brought.time }
    }

    fn span(&self, at: i64) -> Span<'_> {
        Span { at, bytes: &self.bytes, len: self.len }
    }
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
    /// Since when, and for how many segments, the receiver has been known to be past the hole.
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
pub(super) struct Ordered {
    /// The sequence number of offset 0, once it is known.
    base: Option<u32>,
    /// How far bytes reach that came before offset 0, of a connection whose start was not captured; at most 0.
    low: i32,
    /// The offset of the next byte to be passed on.
    next: i64,
    held: Option<Box<Held>>,
    recent: Option<Box<VecDeque<u8>>>,
}

impl Ordered {
    /// Whether any sequence number of the direction is known.
    pub(super) fn is_based(&self) -> bool {
        self.base.is_some()
    }

    /// The sequence number of the first byte.
    pub(super) fn base(&self) -> Option<u32> {
        self.base
    }

    /// Says that the stream begins at sequence number `base`. Only while nothing was passed on.
    pub(super) fn rebase(&mut self, base: u32) {
        debug_assert!(self.is_fresh());
        self.base = Some(base);
    }

    /// Whether nothing has been passed on or kept.
    pub(super) fn is_fresh(&self) -> bool {
        self.next == 0 && self.held.is_none()
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

    /// Whether something waits.
    pub(super) fn is_waiting(&self) -> bool {
        self.held.is_some()
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.held.as_ref().map_or(0, |held| held.bytes)
    }

    /// Whether `at` is the next byte and nothing waits: then [`Ordered::pass`] is all there is to do.
    #[inline]
    pub(super) fn is_next(&self, at: i64) -> bool {
        at == self.next && self.held.is_none()
    }

    /// Holds a payload against what came before it. `early`: whether bytes before offset 0 can be real.
    pub(super) fn compare(&self, span: Span<'_>, early: bool) -> Compared {
        let mut found = Compared::default();
        let end = span.end();
        let passed = end.min(self.next) - span.at.min(self.next);
        let before = if early { (end.min(i64::from(self.low)) - span.at).max(0) } else { 0 };
        found.again = u64::try_from(passed - before).unwrap_or(0);
        if let Some(recent) = &self.recent {
            let from = self.next - recent.len() as i64;
            let skip = usize::try_from(span.at - from).unwrap_or(0).min(recent.len());
            let kept: Vec<u8> = recent.range(skip..).take(span.bytes.len()).copied().collect();
            differ(&mut found.conflict, span, span.at.max(from), &kept);
        }
        if let Some(held) = &self.held {
            for (at, piece) in held.over(span) {
                let both = end.min(at + i64::from(piece.len)) - span.at.max(at).max(self.next);
                found.again += u64::try_from(both).unwrap_or(0);
                differ(&mut found.conflict, span, at, &piece.bytes);
            }
            for doubted in &held.doubted {
                differ(&mut found.conflict, span, doubted.at, &doubted.piece.bytes);
            }
        }
        found.new = u64::from(span.len).saturating_sub(found.again);
        found
    }

    /// Passes on bytes that are next.
    #[inline]
    pub(super) fn pass(&mut self, side: Side, span: Span<'_>, brought: Brought<'_>, out: &mut dyn Stream) {
        let origin =
            Origin { side, time: brought.time, frames: brought.frames, decrypted: false, channel: None };
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
        let recent = self.recent.get_or_insert_default();
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
    /// there before is left. Returns how many bytes had not been there; `early` as in [`Ordered::compare`].
    pub(super) fn take(
        &mut self,
        side: Side,
        span: Span<'_>,
        brought: Brought<'_>,
        early: bool,
        out: &mut dyn Stream,
    ) -> u64 {
        if self.is_next(span.at) {
            self.pass(side, span, brought, out);
            return span.len.into();
        }
        let (mut new, end) = (0, span.end());
        if early && span.at < i64::from(self.low) {
            new += u64::try_from(end.min(i64::from(self.low)) - span.at).unwrap_or(0);
            self.low = i32::try_from(span.at).unwrap_or(i32::MIN);
        }
        let mut at = span.at.max(self.next);
        while at < end {
            let blocking = self.held.as_ref().and_then(|held| held.from(at));
            let (from, to) = blocking.unwrap_or((end, end));
            if from > at {
                let part = span.part(at, from.min(end));
                new += u64::from(part.len);
                if at == self.next {
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
        while let Some(held) = self.held.as_mut() {
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
        Some(self.take(side, piece.span(at), brought, false, out))
    }

    /// Keeps where a FIN came from that bytes before it are missing of.
    pub(super) fn keep_fin(&mut self, brought: Brought<'_>) {
        self.held.get_or_insert_default().fin = Some((Frames::of(brought.frames), brought.time));
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
        /// Nanoseconds after which it is.
        const TIME: i64 = 1_000_000_000;
        let past = self.is_passed(acked);
        let Some(held) = self.held.as_mut().filter(|held| past && held.has_hole()) else { return false };
        let (since, segments) = held.passed.get_or_insert((time, 0));
        *segments += 1;
        *segments > SEGMENTS || time.since(*since) > TIME
    }

    /// Whether the receiver is past the hole.
    pub(super) fn is_passed(&self, acked: Option<i64>) -> bool {
        acked.is_some_and(|acked| acked > self.next)
    }

    /// Whether more waits than the limits allow.
    pub(super) fn is_over(&self, limits: &Limits) -> bool {
        self.held.as_ref().is_some_and(|held| {
            held.bytes > limits.out_of_order || held.pieces.len() > limits.out_of_order_segments
        })
    }

    /// The hole that bytes, or a FIN at offset `fin`, wait for; no further than to offset `most`.
    pub(super) fn hole(&self, fin: Option<i64>, most: i64) -> Option<Hole> {
        let held = self.held.as_ref()?;
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
        let origin =
            Origin { side, time: hole.time, frames: hole.frames.as_slice(), decrypted: false, channel: None };
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
    fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.doubted.is_empty() && self.fin.is_none()
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

/// Says in `conflict` how `span` differs from `bytes` at offset `at`, unless it says something already.
fn differ(conflict: &mut Option<String>, span: Span<'_>, at: i64, bytes: &[u8]) {
    if conflict.is_some() {
        return;
    }
    let from = span.at.max(at);
    let part = |start: i64, bytes: &'_ [u8]| -> Option<std::ops::Range<usize>> {
        let skip = usize::try_from(from - start).ok()?;
        (skip < bytes.len()).then_some(skip..bytes.len())
    };
    let (Some(new), Some(old)) = (part(span.at, span.bytes), part(at, bytes)) else { return };
    let (new, old) = (span.bytes.get(new).unwrap_or_default(), bytes.get(old).unwrap_or_default());
    let both = new.len().min(old.len());
    let Some(place) = new.iter().zip(old).position(|(new, old)| new != old) else { return };
    let hex = |bytes: &[u8]| {
        let mut text = String::new();
        for byte in bytes.get(place..both).unwrap_or_default().iter().take(SHOWN) {
            let _ = write!(text, "{byte:02x}");
        }
        if both - place > SHOWN {
            text.push('…');
        }
        text
    };
    *conflict =
        Some(format!("from offset {} on, first {}, then {}", from + place as i64, hex(old), hex(new)));
}

/// A note of a limit that made a hole be given up.
pub(super) fn limit_hit(what: &'static Diagnostic, limits: &Limits) -> crate::diagnostic::Note {
    what.with(format!(
        "more than {} bytes or {} segments waited behind it",
        limits.out_of_order, limits.out_of_order_segments
    ))
}
