//! The options of a TCP header (RFC 9293 3.2): read in place, in order, with where each stands.
//!
//! Goes in: the bytes between the fixed header and the payload. Comes out: one [`Choice`] an option. An impossible
//! length ends the reading; what stood before it counts.

use std::ops::Range;

/// What an option says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice<'a> {
    /// The largest segment that the sender will take (RFC 9293 3.7.1).
    Mss(u16),
    /// By how many bits windows are shifted; at most 14 counts (RFC 7323 2).
    WindowScale(u8),
    /// Selective acknowledgement may be used (RFC 2018 2).
    SackPermitted,
    /// Blocks that arrived beyond a hole: first byte, and the one after the last; pairs of big-endian numbers
    /// (RFC 2018 3).
    Sack(&'a [u8]),
    /// Timestamp value and echo (RFC 7323 3).
    Timestamps(u32, u32),
    /// A Fast Open cookie, empty where one is asked for (RFC 7413 4.1.1).
    FastOpen(&'a [u8]),
    /// Multipath TCP (RFC 8684): the subtype.
    Multipath(u8),
    /// How long unacknowledged data may stay (RFC 5482): the value as it stands, granularity bit first.
    UserTimeout(u16),
    /// Anything else: kind and value.
    Other(u8, &'a [u8]),
    /// A length that cannot be: the kind.
    Bad(u8),
}

/// The options of a header, one after the other.
pub(super) struct Options<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Options<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Options<'a> {
        Options { bytes, at: 0 }
    }

    fn end(&mut self) -> Option<(Choice<'a>, Range<usize>)> {
        self.at = self.bytes.len();
        None
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (Choice<'a>, Range<usize>);

    fn next(&mut self) -> Option<(Choice<'a>, Range<usize>)> {
        loop {
            match self.bytes.get(self.at) {
                None | Some(0) => return self.end(),
                Some(1) => self.at += 1,
                Some(&kind) => {
                    let start = self.at;
                    let len = usize::from(self.bytes.get(start + 1).copied().unwrap_or(0));
                    let value = start.checked_add(2).zip(start.checked_add(len));
                    let value = value.and_then(|(from, to)| self.bytes.get(from..to));
                    let Some(value) = value else {
                        self.at = self.bytes.len();
                        return Some((Choice::Bad(kind), start..self.at));
                    };
                    self.at = start + len;
                    return Some((read(kind, value), start..self.at));
                }
            }
        }
    }
}

fn read(kind: u8, value: &[u8]) -> Choice<'_> {
    match (kind, value) {
        (2, &[a, b]) => Choice::Mss(u16::from_be_bytes([a, b])),
        (3, &[shift]) => Choice::WindowScale(shift),
        (4, []) => Choice::SackPermitted,
        (5, blocks) if !blocks.is_empty() && blocks.len() % 8 == 0 => Choice::Sack(blocks),
        (8, &[a, b, c, d, e, f, g, h]) => {
            Choice::Timestamps(u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
        }
        (28, &[a, b]) => Choice::UserTimeout(u16::from_be_bytes([a, b])),
        (30, &[first, ..]) => Choice::Multipath(first >> 4),
        (34, cookie) if cookie.is_empty() || (cookie.len() % 2 == 0 && (4..=16).contains(&cookie.len())) => {
            Choice::FastOpen(cookie)
        }
        (2..=5 | 8 | 28 | 30 | 34, _) => Choice::Bad(kind),
        _ => Choice::Other(kind, value),
    }
}

/// The pairs of a SACK option.
pub(super) fn blocks(bytes: &[u8]) -> impl Iterator<Item = (u32, u32)> + '_ {
    bytes.chunks_exact(8).filter_map(|pair| match *pair {
        [a, b, c, d, e, f, g, h] => {
            Some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])))
        }
        _ => None,
    })
}

/// Whether these are none, or those that nearly every segment has: two no-operations and timestamps.
#[inline]
pub(super) fn are_usual(bytes: &[u8]) -> bool {
    bytes.is_empty() || (bytes.len() == 12 && bytes.starts_with(&[1, 1, 8, 10]))
}

/// The kind of the first option with an impossible length. The usual layout costs a comparison.
pub(super) fn bad(bytes: &[u8]) -> Option<u8> {
    if are_usual(bytes) {
        return None;
    }
    Options::new(bytes).find_map(|(choice, _)| match choice {
        Choice::Bad(kind) => Some(kind),
        _ => None,
    })
}

/// The window scale, where the option stands; a shift above 14 counts as 14 (RFC 7323 2.3).
pub(super) fn window_scale(bytes: &[u8]) -> Option<u8> {
    Options::new(bytes).find_map(|(choice, _)| match choice {
        Choice::WindowScale(shift) => Some(shift.min(14)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_option_is_read_where_it_stands() {
        let bytes = [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7, 34, 2, 0, 9, 9];
        let read: Vec<_> = Options::new(&bytes).collect();
        assert_eq!(
            read,
            [
                (Choice::Mss(1460), 0..4),
                (Choice::SackPermitted, 4..6),
                (Choice::Timestamps(1, 2), 6..16),
                (Choice::WindowScale(7), 17..20),
                (Choice::FastOpen(&[]), 20..22),
            ]
        );
        assert_eq!((bad(&bytes), window_scale(&bytes)), (None, Some(7)));
    }

    #[test]
    fn an_impossible_length_is_said_and_ends_the_reading() {
        for bytes in
            [&[3, 1, 3, 3][..], &[8, 6, 0, 0, 0, 1], &[5, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[2], &[9, 200, 1]]
        {
            assert_eq!(bad(bytes), bytes.first().copied());
        }
        let twice = [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4];
        assert_eq!(blocks(&twice).collect::<Vec<_>>(), [(1, 2), (3, 4)]);
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut last = 0;
            for (_, at) in Options::new(&bytes) {
                prop_assert!(at.start >= last && at.end > at.start && at.end <= bytes.len());
                last = at.end;
            }
        }
    }
}
