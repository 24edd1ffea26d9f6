//! Fragments of IP datagrams (RFC 791 3.2, RFC 8200 4.5) to whole datagrams.
//!
//! In any order; where fragments overlap, the bytes that came first stay (so that nothing that was read once changes).
//! At most [`Limits::datagrams`] wait at a time, each for [`PATIENCE`] of the capture's own clock.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::Piece;
use crate::diagnostic::{IP_BAD_HEADER, IP_FRAGMENT_LIMIT, IP_FRAGMENT_OVERLAP, IP_TOO_LONG, Note};
use crate::frame::{FrameNumber, Timestamp};
use crate::limits::Limits;

/// How long a datagram waits for its missing fragments, in nanoseconds (RFC 8200 4.5: 60 seconds). Later ones belong
/// to another datagram with the same identification.
const PATIENCE: u64 = 60_000_000_000;

/// The longest datagram.
const LONGEST: usize = 65_535;

/// What the fragments of one datagram have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Key {
    /// Source and destination.
    pub(super) ends: [IpAddr; 2],
    pub(super) id: u32,
    /// The protocol (IPv4).
    pub(super) next: u8,
}

/// A fragment.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// Where it begins in the datagram's payload.
    pub(super) offset: usize,
    /// Whether it is not the last one.
    pub(super) more: bool,
    /// The protocol of the datagram's payload, if this is the first fragment.
    pub(super) next: u8,
    /// Bytes of the header that count into the datagram's length.
    pub(super) head: usize,
    pub(super) piece: Piece<'a>,
}

/// The payload of a datagram that was put together.
pub(super) struct Whole {
    /// Its bytes up to the first one that was not captured.
    pub(super) bytes: Vec<u8>,
    /// How many it has.
    pub(super) wire: usize,
    /// Its protocol.
    pub(super) next: u8,
    /// The frames that brought it, as they came.
    pub(super) frames: Vec<FrameNumber>,
}

/// Datagrams that wait for fragments.
#[derive(Default)]
pub(super) struct Pool {
    waiting: FxHashMap<Key, Waiting>,
    /// How many datagrams were begun.
    begun: u64,
}

struct Waiting {
    bytes: Vec<u8>,
    /// What is there: ranges, sorted, never touching each other.
    there: Vec<(usize, usize)>,
    /// Where the first byte is missing that the capture cut off.
    cut: usize,
    /// Where the datagram ends, once its last fragment came.
    end: Option<usize>,
    next: Option<u8>,
    frames: Vec<FrameNumber>,
    since: Timestamp,
    order: u64,
}

impl Pool {
    /// Takes a fragment that `frames` brought; returns its datagram where none is missing any more.
    pub(super) fn put(
        &mut self,
        key: Key,
        part: Part<'_>,
        frames: &[FrameNumber],
        time: Timestamp,
        limits: &Limits,
        notes: &mut Vec<Note>,
    ) -> Option<Whole> {
        let stop = part.offset + part.length();
        if part.head + stop > LONGEST {
            notes.push(IP_TOO_LONG.with(format!("a fragment ends at {}", part.head + stop)));
            self.waiting.remove(&key);
            return None;
        }
        if self.waiting.get(&key).is_some_and(|waiting| time.since(waiting.since).unsigned_abs() > PATIENCE) {
            self.waiting.remove(&key);
        }
        if !self.waiting.contains_key(&key) {
            self.make_room(limits, notes);
        }
        self.begun += 1;
        let order = self.begun;
        let waiting = self.waiting.entry(key).or_insert_with(|| Waiting::new(time, order));
        waiting.put(part, frames, limits, notes);
        if !waiting.is_whole() {
            return None;
        }
        self.waiting.remove(&key).map(Waiting::whole)
    }

    /// How many datagrams wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Gives up the oldest datagram where the limit is reached.
    fn make_room(&mut self, limits: &Limits, notes: &mut Vec<Note>) {
        if self.waiting.len() < limits.datagrams {
            return;
        }
        let oldest = self.waiting.iter().min_by_key(|(_, waiting)| waiting.order).map(|(key, _)| *key);
        if let Some(oldest) = oldest {
            self.waiting.remove(&oldest);
            notes.push((&IP_FRAGMENT_LIMIT).into());
        }
    }
}

impl Part<'_> {
    /// Its length on the wire. All but the last fragment hold a multiple of eight bytes.
    fn length(&self) -> usize {
        if self.more { self.piece.wire & !7 } else { self.piece.wire }
    }
}

impl Waiting {
    fn new(since: Timestamp, order: u64) -> Waiting {
        Waiting {
            bytes: Vec::new(),
            there: Vec::new(),
            cut: usize::MAX,
            end: None,
            next: None,
            frames: Vec::new(),
            since,
            order,
        }
    }

    fn put(&mut self, part: Part<'_>, frames: &[FrameNumber], limits: &Limits, notes: &mut Vec<Note>) {
        let (start, stop) = (part.offset, part.offset + part.length());
        let beyond = self.there.last().is_some_and(|(_, last)| *last > stop);
        if self.end.is_some_and(|end| stop > end || (!part.more && stop != end)) || (!part.more && beyond) {
            return notes
                .push(IP_BAD_HEADER.with(format!("a fragment ends at {stop}, another one elsewhere")));
        }
        if part.more && !part.piece.wire.is_multiple_of(8) {
            notes
                .push(IP_BAD_HEADER.with(format!("a fragment of {} bytes is not the last", part.piece.wire)));
        }
        if !part.more {
            self.end = Some(stop);
        }
        if start == 0 {
            self.next.get_or_insert(part.next);
        }
        let (fresh, differ) = self.fill(start, stop, part.piece.bytes);
        if fresh < stop - start && (fresh > 0 || differ) {
            let how = if differ { "with other bytes" } else { "with the same bytes" };
            notes.push(IP_FRAGMENT_OVERLAP.with(format!("at {start}, {how}; those that came first count")));
        }
        if fresh > 0 || start == stop {
            let room = limits.event_frames.saturating_sub(self.frames.len());
            self.frames.extend(frames.iter().take(room));
        }
        let captured = start + part.piece.bytes.len();
        if captured < stop {
            self.cut = self.cut.min(captured);
        }
    }

    /// Copies what is not there yet of `bytes`, which stand from `start` to `stop` (they may have been cut). Returns
    /// how much was not there, and whether what was there differs.
    fn fill(&mut self, start: usize, stop: usize, bytes: &[u8]) -> (usize, bool) {
        if self.bytes.len() < stop {
            self.bytes.resize(stop, 0);
        }
        let first = self.there.partition_point(|(_, to)| *to < start);
        let after = self.there.partition_point(|(from, _)| *from <= stop);
        let touched = self.there.get(first..after).unwrap_or_default().to_vec();
        let (mut at, mut fresh, mut differ) = (start, 0, false);
        for &(from, to) in &touched {
            if from > at {
                fresh += from - at;
                self.copy(at, from, start, bytes);
            }
            let (left, right) = (from.max(start), to.min(stop));
            let own = self.bytes.get(left..right.min(self.cut)).unwrap_or_default();
            let other = bytes.get(left - start..).unwrap_or_default();
            differ |= own.iter().zip(other).any(|(own, other)| own != other);
            at = at.max(right);
        }
        if stop > at {
            fresh += stop - at;
            self.copy(at, stop, start, bytes);
        }
        if stop > start {
            let from = touched.first().map_or(start, |(from, _)| start.min(*from));
            let to = touched.last().map_or(stop, |(_, to)| stop.max(*to));
            self.there.splice(first..after, [(from, to)]);
        }
        (fresh, differ)
    }

    fn copy(&mut self, from: usize, to: usize, start: usize, bytes: &[u8]) {
        let bytes = bytes.get(from - start..).unwrap_or_default();
        for (own, new) in self.bytes.iter_mut().take(to).skip(from).zip(bytes) {
            *own = *new;
        }
    }

    fn is_whole(&self) -> bool {
        match (self.end, self.there.as_slice()) {
            (Some(end), [(0, to)]) => *to == end && self.next.is_some(),
            _ => false,
        }
    }

    fn whole(mut self) -> Whole {
        let wire = self.bytes.len();
        self.bytes.truncate(self.cut);
        Whole { bytes: self.bytes, wire, next: self.next.unwrap_or_default(), frames: self.frames }
    }
}
