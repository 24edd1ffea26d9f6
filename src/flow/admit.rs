//! Which segments count: those that their receiver takes, as far as an observer can tell.
//!
//! What a receiver drops must not change what is read (RFC 9293 3.10.7.4, RFC 5961): else whoever sends such segments
//! shows the observer another conversation than the receiver sees.

use super::way::Way;
use super::{Tcp, health, seq};
use crate::decode::{Segment, flags};
use crate::diagnostic::{self, Note};
use crate::event::Side;

/// How far beyond the window a segment may stand and still count, for acknowledgements that were not captured.
const SLACK: i64 = 64 * 1024;

/// What becomes of a segment.
pub(super) enum Admission {
    /// It counts.
    Taken,
    /// The receiver drops it.
    Refused(Note),
    /// The receiver drops it, unless an acknowledgement shows that it did not.
    Doubted(Note),
}

use Admission::{Doubted, Refused, Taken};

/// Judges a segment of `side`.
pub(super) fn admit(tcp: &Tcp, side: Side, segment: &Segment<'_>) -> Admission {
    // Where nothing of this side had a right checksum, it was the capture that was altered, not the segment.
    let has = |flag: u16| segment.flags & flag != 0;
    let (own, peer) = tcp.ways_of(side);
    if segment.bad_checksum && own.right_checksum {
        let note = (&diagnostic::TCP_BAD_CHECKSUM).into();
        let bytes_only = !has(flags::SYN | flags::RST | flags::FIN) && segment.payload_len > 0;
        return if bytes_only && own.stream.is_based() { Doubted(note) } else { Refused(note) };
    }
    let six = segment.flags & 0x3f;
    let odd = six == 0
        || (has(flags::SYN) && has(flags::FIN | flags::RST))
        || (!has(flags::ACK)
            && six & (flags::FIN | flags::PSH | flags::URG) == flags::FIN | flags::PSH | flags::URG);
    match () {
        () if odd => Refused((&diagnostic::TCP_BAD_FLAGS).into()),
        () if has(flags::SYN) => admit_syn(peer, segment),
        () if has(flags::RST) => admit_rst(own, peer, segment),
        () if segment.payload_len == 0 && !has(flags::FIN) => Taken,
        () if !own.stream.is_based() => Taken,
        () => admit_bytes(tcp, own, segment),
    }
}

/// Judges a SYN: with an acknowledgement, that must be of the other side's SYN (RFC 9293 3.10.7.3).
fn admit_syn(peer: &Way, segment: &Segment<'_>) -> Admission {
    match peer.isn.filter(|_| segment.flags & flags::ACK != 0) {
        Some(isn) if !acknowledges(isn, peer, segment) => {
            Refused(diagnostic::TCP_OUT_OF_WINDOW.with("it acknowledges another SYN"))
        }
        _ => Taken,
    }
}

/// Whether a segment acknowledges the SYN of `peer`, and no more than was sent.
fn acknowledges(isn: u32, peer: &Way, segment: &Segment<'_>) -> bool {
    let sent = peer.health.sent;
    seq::distance(isn, segment.ack) > 0 && sent.is_none_or(|sent| !seq::is_after(segment.ack, sent))
}

/// Judges a segment with payload or FIN.
fn admit_bytes(tcp: &Tcp, own: &Way, segment: &Segment<'_>) -> Admission {
    let at = own.stream.offset(segment.seq);
    let lead = own.health.sent.map_or(0, |sent| seq::distance(sent, segment.seq));
    if lead == -1 && segment.payload_len <= 1 && segment.flags & flags::FIN == 0 {
        return Taken;
    }
    let end = at.saturating_add(i64::from(segment.payload_len));
    if segment.payload_len > 0 {
        if let Some(first) = own.first_offset().filter(|first| end <= *first) {
            let note =
                diagnostic::TCP_OUT_OF_WINDOW.with(format!("{} bytes before the first one", first - at));
            return Refused(note);
        }
        if tcp.reset.is_some() || own.fin_offset().is_some_and(|fin| at >= fin) {
            return Refused((&diagnostic::TCP_DATA_AFTER_CLOSE).into());
        }
    }
    if segment.flags & flags::ACK == 0 && own.acks {
        return Doubted(diagnostic::TCP_BAD_FLAGS.with("no ACK on an open connection"));
    }
    let beyond = own.edge.map_or(0, |edge| at - own.stream.offset(edge));
    // Who goes on exactly where it was may well have been given a window that was not captured.
    if beyond > SLACK && lead != 0 {
        return Doubted(diagnostic::TCP_OUT_OF_WINDOW.with(format!("{beyond} bytes beyond the window")));
    }
    Taken
}

/// Judges a RST: its receiver takes it only exactly where it expects the next byte (RFC 5961 3.2), or as the answer to
/// its SYN (RFC 9293 3.10.7.3). Where that is lies between what the receiver has acknowledged and what was sent.
fn admit_rst(own: &Way, peer: &Way, segment: &Segment<'_>) -> Admission {
    if let Some(isn) = peer.isn.filter(|_| own.isn.is_none() && !own.acks) {
        match segment.flags & flags::ACK != 0 {
            true if acknowledges(isn, peer, segment) => return Taken,
            true => return suspect("it acknowledges what was not sent"),
            // Who waits for an answer to its SYN drops a RST that acknowledges nothing.
            false if !peer.acks => return suspect("it does not acknowledge the SYN"),
            false => {}
        }
    }
    let Some(sent) = own.health.sent else { return Taken };
    let first = own.acked.unwrap_or(segment.seq);
    let last = own.acked.filter(|acked| seq::is_after(*acked, sent)).unwrap_or(sent);
    match (seq::distance(first, segment.seq), seq::distance(last, segment.seq)) {
        (-1.., ..=0) => Taken,
        (_, ahead @ 1..) => suspect(&format!("{ahead} bytes beyond the expected sequence number")),
        (behind, _) => suspect(&format!("{} bytes behind what is acknowledged", behind.unsigned_abs())),
    }
}

fn suspect(why: &str) -> Admission {
    Refused(diagnostic::TCP_RST_SUSPECT.with(why))
}

/// Whether a segment without news keeps its place: a bare acknowledgement far beyond the window must not move what
/// is expected next.
pub(super) fn is_far(own: &Way, segment: &Segment<'_>) -> bool {
    health::end(segment) == segment.seq
        && own.stream.is_based()
        && own.edge.is_some_and(|edge| i64::from(seq::distance(edge, segment.seq)) > SLACK)
}
