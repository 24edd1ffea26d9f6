//! IEEE 802.11 frames as monitors capture them: behind a radiotap header (radiotap.org) or bare.

use super::{Piece, Reading, Transport};
use crate::diagnostic::CAP_CORRUPT;

/// The radiotap flag of a frame whose header is padded to a multiple of four bytes.
const PADDED: u8 = 0x20;

/// Bits of the frame control field (IEEE 802.11 9.2.4.1), its second byte in the upper half.
mod control {
    pub(super) const KIND: u16 = 0x000f;
    pub(super) const DATA: u16 = 0x0008;
    pub(super) const NO_DATA: u16 = 0x0040;
    pub(super) const QOS: u16 = 0x0080;
    pub(super) const BOTH_SYSTEMS: u16 = 0x0300;
    pub(super) const MORE_FRAGMENTS: u16 = 0x0400;
    pub(super) const PROTECTED: u16 = 0x4000;
    pub(super) const ORDER: u16 = 0x8000;
}

impl<'a> Reading<'a, '_> {
    /// A radiotap header: version, padding, length, then words that say which fields follow.
    pub(super) fn radiotap(&mut self, piece: Piece<'a>) -> Transport<'a> {
        let length = piece.little_word(2).map(usize::from);
        match length.and_then(|length| piece.after(length.max(8))) {
            Some(frame) => self.wlan(frame, radiotap_flags(piece) & PADDED != 0),
            None => self.short(piece, length.unwrap_or(8), &CAP_CORRUPT, "radiotap header"),
        }
    }

    /// A frame; only data that are neither encrypted nor in pieces are read.
    pub(super) fn wlan(&mut self, piece: Piece<'a>, padded: bool) -> Transport<'a> {
        let Some(control) = piece.little_word(0) else {
            return self.short(piece, 2, &CAP_CORRUPT, "802.11 frame");
        };
        let closed = control::NO_DATA | control::PROTECTED | control::MORE_FRAGMENTS;
        let mut head = 24;
        if control & control::BOTH_SYSTEMS == control::BOTH_SYSTEMS {
            head += 6;
        }
        // The lower four bits of the sequence control number the pieces of a frame.
        let later = piece.byte(22).is_some_and(|sequence| sequence & 0x0f != 0);
        if control & control::KIND != control::DATA || control & closed != 0 || later {
            return Transport::Other("wlan");
        }
        if control & control::QOS != 0 {
            // Several frames in one (A-MSDU) are not told apart.
            if piece.byte(head).is_some_and(|qos| qos & 0x80 != 0) {
                return Transport::Other("wlan");
            }
            head += if control & control::ORDER != 0 { 6 } else { 2 };
        }
        if padded {
            head = head.next_multiple_of(4);
        }
        match piece.after(head) {
            Some(rest) => self.llc(rest),
            None => self.short(piece, head, &CAP_CORRUPT, "802.11 header"),
        }
    }
}

/// The flags field of a radiotap header, which the time stamp may precede; none where it is absent.
fn radiotap_flags(piece: Piece<'_>) -> u8 {
    let mut fields = 4;
    while piece.byte(fields + 3).is_some_and(|last| last & 0x80 != 0) {
        fields += 4;
    }
    let (Some(present), start) = (piece.byte(4), fields + 4) else { return 0 };
    match present & 0x03 {
        2 => piece.byte(start).unwrap_or_default(),
        3 => piece.byte(start.next_multiple_of(8) + 8).unwrap_or_default(),
        _ => 0,
    }
}
