//! The record layer: one direction of a byte stream cut into records (RFC 8446 5.1, RFC 5246 6.2.1).
//!
//! In go pieces of the stream; out come records, in place where they lie in one piece. A record that nobody wants
//! to open passes by without being kept. Behind a hole the place is found again: exactly where the hole lies inside
//! one record, else by a chain of record headers.

use crate::event::{Origin, Side};
use crate::layer::buffer::{Buffer, Trail};

/// `change_cipher_spec`.
pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
/// `alert`.
pub(super) const ALERT: u8 = 21;
/// `handshake`.
pub(super) const HANDSHAKE: u8 = 22;
/// `application_data`.
pub(super) const APPLICATION_DATA: u8 = 23;
/// `heartbeat` (RFC 6520).
pub(super) const HEARTBEAT: u8 = 24;

/// Bytes of a record header.
pub(super) const HEADER: usize = 5;

/// The longest plaintext (RFC 8446 5.1, RFC 5246 6.2.1).
const LONGEST_PLAIN: usize = 1 << 14;

/// The longest protected record up to TLS 1.2 (RFC 5246 6.2.3).
pub(super) const LONGEST: usize = LONGEST_PLAIN + 2048;

/// The longest protected record of TLS 1.3 (RFC 8446 5.2).
const LONGEST_13: usize = LONGEST_PLAIN + 256;

/// What is too long about a protected record of `len` bytes; `plain` is the length of what was in it, where it was opened.
pub(super) fn excess(len: usize, is_13: bool, plain: usize) -> Option<String> {
    if is_13 && len > LONGEST_13 {
        return Some(format!("{len} bytes; in TLS 1.3 at most {LONGEST_13}"));
    }
    (plain > LONGEST_PLAIN).then(|| format!("{plain} bytes of plaintext; at most {LONGEST_PLAIN}"))
}

/// A record header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Header {
    /// The content type.
    pub(super) content: u8,
    /// `legacy_record_version`.
    pub(super) version: u16,
    /// The length of what follows.
    pub(super) len: usize,
}

impl Header {
    /// The header that `bytes` begin with.
    pub(super) fn read(bytes: &[u8]) -> Option<Header> {
        let [content, major, minor, high, low] = *bytes.first_chunk::<HEADER>()?;
        let len = u16::from_be_bytes([high, low]).into();
        Some(Header { content, version: u16::from_be_bytes([major, minor]), len })
    }

    /// The header as it was.
    pub(super) fn bytes(self) -> [u8; HEADER] {
        let ([major, minor], [high, low]) = (self.version.to_be_bytes(), (self.len as u16).to_be_bytes());
        [self.content, major, minor, high, low]
    }

    /// Whether this can be a header at all; the content type may be an unknown one.
    pub(super) fn is_possible(self) -> bool {
        self.version >> 8 == 3 && self.len <= LONGEST
    }

    /// Whether this is most likely a header: what is searched for where the place was lost.
    pub(super) fn is_likely(self) -> bool {
        matches!(self.content, CHANGE_CIPHER_SPEC..=HEARTBEAT)
            && matches!(self.version, 0x0300..=0x0303)
            && (1..=LONGEST).contains(&self.len)
    }
}

/// What comes next in a direction.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// A whole record.
    Record(Header, &'a [u8], Origin<'a>),
    /// A record that was not kept; `missing` bytes of it were never captured.
    Passed {
        /// Its header.
        header: Header,
        /// How many of its bytes are missing.
        missing: u64,
        /// The frames that brought the rest.
        origin: Origin<'a>,
    },
    /// No record can begin here. The place is lost; what follows is searched for the next record.
    Broken(Header, Origin<'a>),
    /// That many bytes were skipped until the place was found again, or the stream ended.
    Skipped(u64, Origin<'a>),
}

/// A record that passes by.
#[derive(Debug, Default)]
struct Passing {
    header: Header,
    left: usize,
    missing: u64,
}

/// Cuts one direction into records.
///
/// Invariant: `waiting` holds less than one record, unless `lost`, or a search has just ended.
#[derive(Debug, Default)]
pub(super) struct Framer {
    waiting: Buffer,
    passing: Option<Passing>,
    lost: bool,
    skipped: u64,
    record: Vec<u8>,
    trail: Trail,
}

/// What a hole did to the record that it lies in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hole {
    /// It lies inside one record, whose end is known.
    Inside,
    /// Records may have vanished in it.
    Across,
}

impl Framer {
    /// The next piece out of what waits and `rest`, whose consumed part is cut off; `None` when more is needed.
    /// `keep` says whether the body of a record is wanted, `most` bounds the frames that are remembered.
    pub(super) fn next<'s, 'b: 's>(
        &'s mut self,
        rest: &mut &'b [u8],
        origin: &Origin<'b>,
        most: usize,
        keep: impl Fn(Header) -> bool,
    ) -> Option<Piece<'s>> {
        if self.passing.is_some() {
            return self.pass(rest, origin, most);
        }
        if self.lost {
            return self.search(rest, origin, most);
        }
        if self.waiting.is_empty() {
            let bytes = *rest;
            let Some(header) = Header::read(bytes) else {
                self.waiting.push(bytes, origin);
                *rest = &[];
                return None;
            };
            if !header.is_possible() {
                self.lost = true;
                return Some(Piece::Broken(header, *origin));
            }
            if let Some(body) = bytes.get(HEADER..HEADER + header.len).filter(|_| keep(header)) {
                *rest = bytes.get(HEADER + header.len..).unwrap_or_default();
                return Some(Piece::Record(header, body, *origin));
            }
            self.trail.clear();
            if !keep(header) {
                self.passing = Some(Passing { header, left: header.len, missing: 0 });
                self.trail.add(origin, most);
                *rest = bytes.get(HEADER..).unwrap_or_default();
                return self.pass(rest, origin, most);
            }
        }
        self.complete(rest, origin, most, keep)
    }

    /// Continues a record of which a part waits.
    fn complete<'s, 'b: 's>(
        &'s mut self,
        rest: &mut &'b [u8],
        origin: &Origin<'b>,
        most: usize,
        keep: impl Fn(Header) -> bool,
    ) -> Option<Piece<'s>> {
        if !self.fill(HEADER, rest, origin) {
            return None;
        }
        let header = Header::read(self.waiting.bytes())?;
        self.trail.clear();
        if !header.is_possible() {
            self.lost = true;
            // What waits is searched with the rest; it names its own frames then.
            return Some(Piece::Broken(header, *origin));
        }
        if !keep(header) {
            let there = self.waiting.len().min(HEADER + header.len);
            self.waiting.take(there, &mut self.trail, most);
            let left = (HEADER + header.len).saturating_sub(there);
            self.passing = Some(Passing { header, left, missing: 0 });
            return self.pass(rest, origin, most);
        }
        if !self.fill(HEADER + header.len, rest, origin) {
            return None;
        }
        self.record.clear();
        self.record.extend_from_slice(self.waiting.bytes().get(HEADER..HEADER + header.len)?);
        self.waiting.take(HEADER + header.len, &mut self.trail, most);
        Some(Piece::Record(header, &self.record, self.trail.origin(origin.side)))
    }

    /// Whether `need` bytes wait, once what lacks was taken off `rest`.
    fn fill(&mut self, need: usize, rest: &mut &[u8], origin: &Origin<'_>) -> bool {
        let lacking = need.saturating_sub(self.waiting.len()).min(rest.len());
        let (taken, after) = rest.split_at_checked(lacking).unwrap_or((rest, &[]));
        self.waiting.push(taken, origin);
        *rest = after;
        self.waiting.len() >= need
    }

    fn pass(&mut self, rest: &mut &[u8], origin: &Origin<'_>, most: usize) -> Option<Piece<'_>> {
        let passing = self.passing.as_mut()?;
        let here = passing.left.min(rest.len());
        if here > 0 {
            self.trail.add(origin, most);
            passing.left -= here;
            *rest = rest.get(here..).unwrap_or_default();
        }
        if passing.left > 0 {
            return None;
        }
        let Passing { header, missing, .. } = self.passing.take()?;
        Some(Piece::Passed { header, missing, origin: self.trail.origin(origin.side) })
    }

    /// Looks for a header that another one, or the end of what is there, follows at its distance.
    fn search(&mut self, rest: &mut &[u8], origin: &Origin<'_>, most: usize) -> Option<Piece<'_>> {
        self.waiting.push(rest, origin);
        *rest = &[];
        let search = chain(self.waiting.bytes());
        // Bytes that no record can begin in are let go of, whether or not a record was found behind them.
        let (Search::Here(useless) | Search::Perhaps(useless)) = search;
        self.waiting.take(useless, &mut self.trail, most);
        self.skipped = self.skipped.saturating_add(useless as u64);
        if matches!(search, Search::Perhaps(_)) {
            return None;
        }
        self.lost = false;
        let skipped = std::mem::take(&mut self.skipped);
        if self.trail.is_empty() {
            self.trail.add(origin, most);
        }
        Some(Piece::Skipped(skipped, self.trail.origin(origin.side)))
    }

    /// `count` bytes are missing here. A record that ends in the hole, or with it, comes back.
    pub(super) fn gap(&mut self, count: u64, side: Side, most: usize) -> (Hole, Option<Piece<'_>>) {
        self.set_passing(most);
        let Some(passing) = &mut self.passing else {
            self.lose(most);
            return (Hole::Across, None);
        };
        let within = (passing.left as u64).min(count);
        passing.left -= within as usize;
        passing.missing += within;
        let hole = if within == count { Hole::Inside } else { Hole::Across };
        self.lost |= hole == Hole::Across;
        if passing.left > 0 {
            return (hole, None);
        }
        let Some(Passing { header, missing, .. }) = self.passing.take() else { return (hole, None) };
        (hole, Some(Piece::Passed { header, missing, origin: self.trail.origin(side) }))
    }

    /// The stream ends: what waits will not become whole.
    pub(super) fn finish(&mut self, side: Side, most: usize) -> Option<Piece<'_>> {
        self.set_passing(most);
        if let Some(Passing { header, left, missing }) = self.passing.take() {
            let missing = missing + left as u64;
            return Some(Piece::Passed { header, missing, origin: self.trail.origin(side) });
        }
        self.lose(most);
        let skipped = std::mem::take(&mut self.skipped);
        (skipped > 0).then(|| Piece::Skipped(skipped, self.trail.origin(side)))
    }

    /// Gives up keeping the record that waits, if its header is there.
    fn set_passing(&mut self, most: usize) {
        if self.passing.is_some() || self.lost {
            return;
        }
        self.trail.clear();
        if let Some(header) = Header::read(self.waiting.bytes()) {
            let left = (HEADER + header.len).saturating_sub(self.waiting.len());
            self.waiting.take(usize::MAX, &mut self.trail, most);
            self.passing = Some(Passing { header, left, missing: 0 });
        }
    }

    /// Skips what waits; the place is lost.
    fn lose(&mut self, most: usize) {
        self.skipped = self.skipped.saturating_add(self.waiting.len() as u64);
        self.waiting.take(usize::MAX, &mut self.trail, most);
        self.lost = true;
    }

    /// What waits.
    pub(super) fn waiting(&self) -> &[u8] {
        self.waiting.bytes()
    }
}

/// What became of a search for the place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Search {
    /// A record begins here.
    Here(usize),
    /// None begins before here; more bytes will tell.
    Perhaps(usize),
}

/// Where records begin in `bytes`: at a likely header that another one, or the end, follows at its distance.
pub(super) fn chain(bytes: &[u8]) -> Search {
    let mut first = None;
    let last = bytes.len().saturating_sub(HEADER - 1);
    for at in 0..last {
        let here = bytes.get(at..).unwrap_or_default();
        let Some(header) = Header::read(here).filter(|header| header.is_likely()) else { continue };
        match here.get(HEADER + header.len..) {
            Some([]) => return Search::Here(at),
            Some(after) => match Header::read(after) {
                Some(next) if next.is_likely() => return Search::Here(at),
                Some(_) => {}
                None => first = first.or(Some(at)),
            },
            None => first = first.or(Some(at)),
        }
    }
    Search::Perhaps(first.unwrap_or(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{FrameNumber, Timestamp};

    fn origin(frames: &[FrameNumber]) -> Origin<'_> {
        Origin::new(Side::Client, Timestamp(0), frames)
    }

    /// Feeds `bytes` in pieces of `size`, each a frame, and tells what came out.
    fn cut(bytes: &[u8], size: usize, keep: bool) -> Vec<String> {
        let mut framer = Framer::default();
        let mut told = Vec::new();
        for (index, piece) in bytes.chunks(size).enumerate() {
            let frame = [index as u64];
            let mut rest = piece;
            while let Some(piece) = framer.next(&mut rest, &origin(&frame), 9, |_| keep) {
                told.push(match piece {
                    Piece::Record(header, body, from) => {
                        format!("{} {:?} {}", header.content, body, from.frames.len())
                    }
                    Piece::Passed { header, missing, origin } => {
                        format!("{} -{missing} {}", header.content, origin.frames.len())
                    }
                    Piece::Broken(..) => "broken".to_owned(),
                    Piece::Skipped(count, _) => format!("skipped {count}"),
                });
            }
        }
        told
    }

    #[test]
    fn records_are_whole_however_the_stream_is_cut() {
        let bytes = [22, 3, 1, 0, 2, 7, 8, 23, 3, 3, 0, 0, 21, 3, 3, 0, 2, 1, 0];
        for size in 1..bytes.len() {
            let texts: Vec<String> = cut(&bytes, size, true)
                .iter()
                .map(|text| text.rsplit_once(' ').unwrap().0.to_owned())
                .collect();
            assert_eq!(texts, ["22 [7, 8]", "23 []", "21 [1, 0]"], "{size}");
            assert_eq!(cut(&bytes, size, false).len(), 3);
        }
        assert_eq!(cut(&bytes, 3, true), ["22 [7, 8] 3", "23 [] 2", "21 [1, 0] 3"]);
    }

    #[test]
    fn each_version_has_its_longest_record() {
        assert_eq!((excess(16_640, true, 16_384), excess(18_432, false, 16_384)), (None, None));
        assert_eq!(excess(16_641, true, 0).unwrap(), "16641 bytes; in TLS 1.3 at most 16640");
        assert_eq!(excess(17_000, false, 16_385).unwrap(), "16385 bytes of plaintext; at most 16384");
    }

    #[test]
    fn the_place_is_found_again_behind_nonsense() {
        let bytes = [22, 9, 9, 0, 0, 23, 3, 3, 0, 1, 5, 23, 3, 3, 0, 1, 6];
        assert_eq!(cut(&bytes, 99, true), ["broken", "skipped 5", "23 [5] 1", "23 [6] 1"]);
        assert_eq!(cut(&bytes, 2, true).last().map(String::as_str), Some("23 [6] 4"));
    }

    #[test]
    fn a_hole_inside_a_record_loses_nothing_behind_it() {
        let mut framer = Framer::default();
        let mut rest: &[u8] = &[23, 3, 3, 0, 10, 1, 2];
        assert!(framer.next(&mut rest, &origin(&[1]), 9, |_| true).is_none());
        assert_eq!(framer.gap(5, Side::Client, 9).0, Hole::Inside);
        let mut rest: &[u8] = &[8, 9, 10, 23, 3, 3, 0, 1, 7];
        let Some(Piece::Passed { missing: 5, origin: from, .. }) =
            framer.next(&mut rest, &origin(&[3]), 9, |_| true)
        else {
            panic!("the record with the hole")
        };
        assert_eq!(from.frames, [1, 3]);
        assert!(matches!(framer.next(&mut rest, &origin(&[3]), 9, |_| true), Some(Piece::Record(_, [7], _))));
        assert_eq!(framer.gap(1, Side::Client, 9).0, Hole::Across);
        assert!(framer.lost);
    }
}
