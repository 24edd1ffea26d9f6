//! What is counted over a whole input and said once, at its end: packets cut short, and clocks that went backwards.

use crate::diagnostic::{CAP_TIME_BACKWARDS, CAP_TRUNCATED_PACKET, Note};
use crate::frame::{Frame, FrameNumber, Timestamp};

/// The counts, each with the first frame that it was seen on.
#[derive(Default)]
pub(super) struct Tally {
    cut: (u64, FrameNumber),
    backwards: (u64, FrameNumber),
    last: Timestamp,
}

impl Tally {
    /// Looks at a frame, in the order of the input.
    #[inline]
    pub(super) fn count(&mut self, frame: &Frame<'_>) {
        if frame.bytes.len() < frame.wire_len as usize {
            note(&mut self.cut, frame.number);
        }
        // A time of zero is none (pcapng Simple Packet Blocks).
        if frame.time < self.last && frame.time.0 != 0 {
            note(&mut self.backwards, frame.number);
        }
        self.last = if frame.time.0 == 0 { self.last } else { frame.time };
    }

    /// What has not been said yet, one at a time.
    pub(super) fn say(&mut self) -> Option<Note> {
        let (what, (count, first)) = if self.cut.0 > 0 {
            (&CAP_TRUNCATED_PACKET, std::mem::take(&mut self.cut))
        } else if self.backwards.0 > 0 {
            (&CAP_TIME_BACKWARDS, std::mem::take(&mut self.backwards))
        } else {
            return None;
        };
        Some(match count {
            1 => what.with(format!("packet {first}")),
            _ => what.with(format!("{count} packets, first packet {first}")),
        })
    }
}

#[cold]
fn note((count, first): &mut (u64, FrameNumber), number: FrameNumber) {
    if *count == 0 {
        *first = number;
    }
    *count += 1;
}
