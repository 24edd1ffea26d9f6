//! Runs of bytes of one direction: where they stand, which frames brought them, and how two copies differ.

use std::fmt::Write as _;

use super::Brought;
use crate::frame::{Frames, Timestamp};

/// Differing bytes that a note shows of each reading.
const SHOWN: usize = 16;

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
    /// The offset behind it.
    pub(super) fn end(&self) -> i64 {
        self.at.saturating_add(i64::from(self.len))
    }

    /// The part between two offsets within it.
    pub(super) fn part(&self, from: i64, to: i64) -> Span<'a> {
        let skip = usize::try_from(from - self.at).unwrap_or(0).min(self.bytes.len());
        let len = u32::try_from(to - from).unwrap_or(0);
        let rest = self.bytes.get(skip..).unwrap_or_default();
        Span { at: from, bytes: rest.get(..len as usize).unwrap_or(rest), len }
    }
}

/// A run of bytes that waits.
pub(super) struct Piece {
    pub(super) bytes: Box<[u8]>,
    pub(super) len: u32,
    pub(super) frames: Frames,
    pub(super) time: Timestamp,
}

impl Piece {
    pub(super) fn new(span: Span<'_>, brought: Brought<'_>) -> Piece {
        Piece { bytes: span.bytes.into(), len: span.len, frames: brought.frames.into(), time: brought.time }
    }

    /// Its bytes, standing at `at`.
    pub(super) fn span(&self, at: i64) -> Span<'_> {
        Span { at, bytes: &self.bytes, len: self.len }
    }
}

/// Says in `conflict` how `span` differs from `bytes` at offset `at`, unless it says something already.
pub(super) fn differ(conflict: &mut Option<String>, span: Span<'_>, at: i64, bytes: &[u8]) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(at: i64, bytes: &[u8], before: i64, then: &[u8]) -> Option<String> {
        let mut conflict = None;
        differ(&mut conflict, Span { at, bytes, len: bytes.len() as u32 }, before, then);
        conflict
    }

    #[test]
    fn only_what_both_hold_is_compared() {
        assert_eq!(said(0, b"abc", 3, b"xyz"), None);
        assert_eq!(said(5, b"cdx", 3, b"abcd"), None);
        assert_eq!(said(2, b"zzab", 4, b"ac").as_deref(), Some("from offset 5 on, first 63, then 62"));
        let long = said(0, &[0; 40], 0, &[1; 40]).unwrap();
        assert_eq!(long.matches('…').count(), 2);
        assert!(!said(0, &[0; SHOWN], 0, &[1; SHOWN]).unwrap().contains('…'));
    }

    #[test]
    fn a_part_of_a_cut_span_holds_what_was_captured() {
        let span = Span { at: 10, bytes: b"abc", len: 8 };
        let part = span.part(11, 15);
        assert_eq!((part.at, part.bytes, part.len, part.end()), (11, &b"bc"[..], 4, 15));
        assert!(span.part(14, 18).bytes.is_empty());
    }
}
