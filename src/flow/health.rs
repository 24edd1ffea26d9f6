//! What TCP struggled with: segments sent again, segments out of order, duplicate acknowledgements, closed windows,
//! keep-alive probes. `docs/tcp-analysis.md` defines each.
//!
//! Only what the sequence numbers, acknowledgement numbers and windows show is used, never the time.

use super::seq;
use crate::connection::Struggle;
use crate::decode::{Segment, flags};

/// What one side has sent, as far as later segments are judged by it.
#[derive(Default)]
#[repr(C)]
pub(super) struct Health {
    /// The sequence number that is expected next: behind the furthest byte, SYN or FIN seen.
    pub(super) sent: Option<u32>,
    /// The acknowledgement number of its last segment.
    pub(super) ack: Option<u32>,
    /// The window field of its last segment.
    pub(super) window: u16,
    /// Whether its last segment was a keep-alive probe.
    probing: bool,
    /// The counts.
    pub(super) struggle: Struggle,
}

/// What a segment without news turned out to be, or where one with bytes stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Finding {
    /// Nothing remarkable.
    Plain,
    /// It begins before the expected sequence number, with bytes, SYN or FIN: sent again, or late.
    Behind,
    /// A keep-alive probe.
    KeepAlive,
    /// The answer to one.
    KeepAliveAck,
    /// A byte sent into a closed window.
    WindowProbe,
    /// An acknowledgement that repeats the one before it.
    DuplicateAck,
    /// An acknowledgement that opens the window further, or closes it in part, and acknowledges nothing new.
    WindowUpdate,
}

/// Behind the last byte of a segment; SYN and FIN count as a byte each (RFC 9293 3.4).
pub(super) fn end(segment: &Segment<'_>) -> u32 {
    let controls = u32::from(segment.flags & flags::SYN != 0) + u32::from(segment.flags & flags::FIN != 0);
    segment.seq.wrapping_add(segment.payload_len).wrapping_add(controls)
}

/// Whether a segment says that its sender's window is closed.
pub(super) fn closes_window(segment: &Segment<'_>) -> bool {
    segment.window == 0 && segment.flags & (flags::SYN | flags::FIN | flags::RST) == 0
}

/// Judges a segment of the side with `own` history, sent to the one with `peer`'s. Changes nothing.
pub(super) fn judge(own: &Health, peer: &Health, segment: &Segment<'_>) -> Finding {
    let Some(expected) = own.sent else { return Finding::Plain };
    let lead = seq::distance(expected, segment.seq);
    let control = segment.flags & (flags::SYN | flags::FIN | flags::RST) != 0;
    match (control, segment.payload_len) {
        (false, 0 | 1) if lead == -1 => Finding::KeepAlive,
        (false, 0) if lead == 0 => judge_ack(own, peer, segment),
        (false, 1) if lead == 0 && peer.ack.is_some() && peer.window == 0 => Finding::WindowProbe,
        (_, len) if lead < 0 && segment.flags & flags::RST == 0 && (len > 0 || control) => Finding::Behind,
        _ => Finding::Plain,
    }
}

/// Judges a segment that carries nothing and stands where the next byte is expected.
fn judge_ack(own: &Health, peer: &Health, segment: &Segment<'_>) -> Finding {
    let repeats = segment.flags & flags::ACK != 0 && own.ack == Some(segment.ack);
    match (repeats && segment.window != 0, segment.window == own.window) {
        (true, true) if peer.probing => Finding::KeepAliveAck,
        (true, true) => Finding::DuplicateAck,
        (true, false) => Finding::WindowUpdate,
        (false, _) => Finding::Plain,
    }
}

impl Health {
    /// Takes a segment that was judged.
    pub(super) fn note(&mut self, segment: &Segment<'_>, finding: Finding) {
        if finding != Finding::WindowProbe && segment.flags & flags::RST == 0 {
            seq::advance(&mut self.sent, end(segment));
        }
        if segment.flags & flags::ACK != 0 {
            self.ack = Some(segment.ack);
        }
        self.window = segment.window;
        self.probing = finding == Finding::KeepAlive;
        let count = match finding {
            Finding::KeepAlive => &mut self.struggle.keep_alives,
            Finding::DuplicateAck => &mut self.struggle.duplicate_acks,
            _ => return self.note_window(segment),
        };
        *count = count.saturating_add(1);
        self.note_window(segment);
    }

    /// Takes a plain segment that acknowledges, opens its window and stands exactly where the next byte is expected.
    #[inline]
    pub(super) fn go_on(&mut self, segment: &Segment<'_>) {
        self.sent = Some(segment.seq.wrapping_add(segment.payload_len));
        self.ack = Some(segment.ack);
        self.window = segment.window;
        self.probing = false;
    }

    /// How many bytes of a segment lie beyond all that was sent; it is noted.
    pub(super) fn news(&mut self, segment: &Segment<'_>) -> u64 {
        let end = segment.seq.wrapping_add(segment.payload_len);
        let lead = self.sent.map_or(i32::MAX, |sent| seq::distance(sent, end).max(0));
        seq::advance(&mut self.sent, end);
        u64::from(segment.payload_len).min(u64::from(lead.unsigned_abs()))
    }

    fn note_window(&mut self, segment: &Segment<'_>) {
        if closes_window(segment) {
            self.struggle.zero_windows = self.struggle.zero_windows.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Endpoint;

    fn segment(flags: u16, seq: u32, window: u16, payload_len: u32) -> Segment<'static> {
        let end = Endpoint { ip: [127, 0, 0, 1].into(), port: 1 };
        Segment {
            from: end,
            to: end,
            seq,
            ack: 50,
            flags,
            window,
            urgent: 0,
            options: &[],
            payload: &[],
            payload_len,
            bad_checksum: false,
        }
    }

    #[test]
    fn each_finding_follows_from_the_numbers() {
        use flags::{ACK, FIN, RST, SYN};
        let history = |window, probing| Health {
            sent: Some(100),
            ack: Some(50),
            window,
            probing,
            struggle: Struggle::default(),
        };
        for (flags, seq, window, len, peer, finding) in [
            (ACK, 100, 9, 0, history(9, false), Finding::DuplicateAck),
            (ACK, 100, 9, 0, history(9, true), Finding::KeepAliveAck),
            (ACK, 100, 8, 0, history(9, false), Finding::WindowUpdate),
            (ACK, 100, 0, 0, history(9, false), Finding::Plain),
            (ACK, 100, 9, 1, history(0, false), Finding::WindowProbe),
            (ACK, 100, 9, 1, history(9, false), Finding::Plain),
            (ACK, 99, 9, 0, history(9, false), Finding::KeepAlive),
            (ACK, 99, 9, 1, history(9, false), Finding::KeepAlive),
            (ACK, 99, 9, 2, history(9, false), Finding::Behind),
            (FIN | ACK, 99, 9, 0, history(9, false), Finding::Behind),
            (SYN, 99, 9, 0, history(9, false), Finding::Behind),
            (RST, 99, 9, 0, history(9, false), Finding::Plain),
            (ACK, 98, 9, 0, history(9, false), Finding::Plain),
            (ACK, 101, 9, 5, history(9, false), Finding::Plain),
        ] {
            let segment = segment(flags, seq, window, len);
            assert_eq!(judge(&history(9, false), &peer, &segment), finding, "{segment:?}");
        }
    }
}
