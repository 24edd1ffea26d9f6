//! The segments that nearly all are: of an open connection, where the next byte is expected, and nothing to say of
//! them. Where packets are not listened to, what [`super::accept`] would do with such a one is done here at once; where anything is unusual,
//! it is left to `accept`.

use super::facts::What;
use super::tell::{Arrival, Heard, say};
use super::way::Way;
use super::{Brought, Tcp, options, seq};
use crate::decode::{Segment, flags};
use crate::event::{Side, Stream};

/// Takes a usual segment; false where it is not, and nothing was done.
#[inline]
pub(super) fn take(
    tcp: &mut Tcp,
    side: Side,
    segment: &Segment<'_>,
    brought: Brought<'_>,
    out: &mut dyn Stream,
) -> bool {
    let plain = segment.flags & !flags::PSH == flags::ACK
        && !segment.bad_checksum
        && segment.window != 0
        && options::are_usual(segment.options);
    if !plain || !tcp.usual || out.packets() {
        return false;
    }
    let (own, peer) = tcp.ways_mut(side);
    if own.health.sent != Some(segment.seq) || !own.stream.is_at(segment.seq) || peer.health.window == 0 {
        return false;
    }
    let bare = segment.payload_len == 0;
    if bare && (own.health.ack == Some(segment.ack) || super::admit::is_far(own, segment)) {
        return false;
    }
    own.health.go_on(segment);
    let shift = own.scale.filter(|_| peer.scale.is_some()).unwrap_or(0);
    seq::advance(&mut peer.acked, segment.ack);
    seq::advance(&mut peer.edge, segment.ack.wrapping_add(u32::from(segment.window) << shift));
    match (bare, out.full()) {
        (true, true) => {
            let mut heard = Heard::default();
            heard.add(What::Ack);
            say(tcp, Arrival { side, segment, brought }, &mut heard, |_| true, out);
        }
        (true, false) => {
            out.number(&[]);
        }
        (false, _) => {
            own.payload += u64::from(segment.payload_len);
            own.stream.pass(side, own.span(segment, false), brought, out);
        }
    }
    true
}

/// Whether a connection is open and nothing waits, so that a segment may be a usual one: what only unusual ones change.
pub(super) fn may_come(tcp: &Tcp) -> bool {
    let settled = |way: &Way| {
        way.seen
            && way.acks
            && way.right_checksum
            && way.fin.is_none()
            && !way.ended
            && way.other_isn.is_none()
            && way.isn.is_some_and(|isn| way.stream.base() == Some(isn.wrapping_add(1)))
            && way.stream.is_anchored()
            && !way.stream.is_waiting()
    };
    tcp.established && tcp.reset.is_none() && tcp.suspect.is_none() && tcp.ways.iter().all(settled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Diagnostic, Note};
    use crate::event::{Body, Chunk, Endpoint, Event, Packet, Sink};
    use crate::frame::Timestamp;
    use crate::limits::Limits;
    use proptest::prelude::*;

    /// What is heard of a connection, without its packets.
    #[derive(Default, Debug, PartialEq)]
    struct Listener {
        full: bool,
        kept: Vec<String>,
        events: u64,
        noted: Vec<&'static str>,
        chunks: Vec<(Side, u64, String)>,
    }

    impl Sink for Listener {
        fn full(&self) -> bool {
            self.full
        }
        fn packets(&self) -> bool {
            false
        }
        fn number(&mut self, notes: &[Note]) -> u64 {
            self.noted.extend(notes.iter().map(|note| note.what.id));
            self.events += 1;
            self.events - 1
        }
        fn keep(&mut self, event: Event) {
            self.kept.push(format!("{event:?}"));
        }
        fn packet(&mut self, _: Packet) {}
        fn note(&mut self, what: &'static Diagnostic) {
            self.noted.push(what.id);
        }
        fn protocol(&mut self, _: &'static str) {}
    }

    impl Stream for Listener {
        fn chunk(&mut self, Chunk { origin, body }: Chunk<'_>) {
            let what =
                if let Body::Bytes(bytes) = body { format!("{}", bytes.len()) } else { format!("{body:?}") };
            self.chunks.push((origin.side, origin.frames.iter().sum(), what));
        }
    }

    fn segment(flags: u16, seq: u32, ack: u32, window: u16, payload: &[u8], payload_len: u32) -> Segment<'_> {
        let end = Endpoint { ip: [127, 0, 0, 1].into(), port: 1 };
        let options = &[];
        let (from, to) = (end, end);
        Segment {
            from,
            to,
            seq,
            ack,
            flags,
            window,
            urgent: 0,
            options,
            payload,
            payload_len,
            bad_checksum: false,
        }
    }

    /// Feeds segments; `at_once`: whether usual ones may be taken at once.
    fn hear<'a>(
        segments: impl Iterator<Item = (Side, Segment<'a>)>,
        at_once: bool,
        full: bool,
    ) -> (String, Listener) {
        let (mut tcp, mut heard, limits) =
            (Tcp::default(), Listener { full, ..Listener::default() }, Limits::default());
        for (number, (side, segment)) in (1..).zip(segments) {
            tcp.usual &= at_once;
            let brought = Brought { frames: &[number], time: Timestamp(number as i64) };
            tcp.feed(side, &segment, brought, &limits, &mut heard);
        }
        tcp.finish(&limits, &mut heard);
        (format!("{:?} {:?}", tcp.known(), tcp.states()), heard)
    }

    use Side::{Client, Server};
    use flags::{ACK, FIN, PSH, RST, SYN};

    const OPENING: [(Side, u16, u32, u32); 3] =
        [(Client, SYN, 99, 0), (Server, SYN | ACK, 499, 100), (Client, ACK, 100, 500)];

    fn opening() -> impl Iterator<Item = (Side, Segment<'static>)> {
        OPENING.into_iter().map(|(side, flags, seq, ack)| (side, segment(flags, seq, ack, 500, &[], 0)))
    }

    #[test]
    fn a_stream_may_be_longer_than_sequence_numbers_reach() {
        const GIB: u32 = 1 << 30;
        for at_once in [true, false] {
            let data = (0..9_u32).map(|n| {
                (Client, segment(ACK, 100_u32.wrapping_add(n.wrapping_mul(GIB)), 500, 500, &[], GIB))
            });
            let (known, heard) = hear(opening().chain(data), at_once, false);
            assert!(known.contains("payload: [9663676416, 0]"), "{known}");
            assert_eq!((heard.chunks.len(), heard.noted), (9, vec![]));
        }
    }

    #[test]
    fn what_is_usual_is_taken_at_once_and_nothing_else_is() {
        let data = segment(ACK | PSH, 100, 500, 500, b"abc", 3);
        let timestamps = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
        let longer = [&timestamps[..], &[1, 1, 1, 1]].concat();
        for (segment, usual) in [
            (data, true),
            (Segment { flags: ACK, ..data }, true),
            (Segment { options: &timestamps, ..data }, true),
            (segment(ACK, 100, 501, 500, &[], 0), true),
            (segment(ACK, 100, 500, 500, &[], 0), false),
            (Segment { options: &longer, ..data }, false),
            (Segment { options: &[4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], ..data }, false),
            (Segment { flags: ACK | FIN, ..data }, false),
            (Segment { flags: PSH, ..data }, false),
            (Segment { window: 0, ..data }, false),
            (Segment { bad_checksum: true, ..data }, false),
            (Segment { seq: 99, ..data }, false),
            (Segment { seq: 101, ..data }, false),
        ] {
            let (mut tcp, mut heard, limits) = (Tcp::default(), Listener::default(), Limits::default());
            let brought = Brought { frames: &[1], time: Timestamp(1) };
            for (side, segment) in opening() {
                assert!(!tcp.is_usual() && !take(&mut tcp, side, &segment, brought, &mut heard));
                tcp.feed(side, &segment, brought, &limits, &mut heard);
            }
            assert!(tcp.is_usual());
            assert_eq!(take(&mut tcp, Client, &segment, brought, &mut heard), usual, "{segment:?}");
        }
    }

    #[test]
    fn nothing_is_usual_while_something_waits_or_is_over() {
        for (side, segment) in [
            (Client, segment(ACK, 110, 500, 500, b"behind a hole", 13)),
            (Client, segment(ACK | FIN, 100, 500, 500, &[], 0)),
            (Client, segment(ACK | RST, 100, 500, 500, &[], 0)),
            (Client, segment(RST, 90_000_000, 0, 500, &[], 0)),
            (Server, segment(SYN | ACK, 77, 100, 500, &[], 0)),
        ] {
            let (mut tcp, mut heard, limits) = (Tcp::default(), Listener::default(), Limits::default());
            let brought = Brought { frames: &[1], time: Timestamp(1) };
            for (side, segment) in opening().chain([(side, segment)]) {
                tcp.feed(side, &segment, brought, &limits, &mut heard);
            }
            assert!(!tcp.is_usual(), "{segment:?}");
        }
    }

    #[test]
    fn a_window_that_is_taken_at_once_is_scaled() {
        const FAR: u32 = 1 << 20;
        for at_once in [true, false] {
            let opening =
                opening().map(|(side, segment)| (side, Segment { options: &[3, 3, 12], ..segment }));
            // The window of 500 << 12 reaches there.
            let data = [
                (Server, segment(ACK, 500, 100, 500, b"hello", 5)),
                (Client, segment(ACK, 100 + FAR, 505, 500, b"far", 3)),
            ];
            let (known, heard) = hear(opening.chain(data), at_once, false);
            assert!(known.contains("payload: [3, 5]"), "{known}");
            assert_eq!(heard.noted, ["tcp.gap"]);
        }
    }

    #[test]
    fn a_window_probe_that_is_sent_again_is_passed_on_once() {
        let data = [
            (Server, segment(ACK, 500, 100, 0, &[], 0)),
            (Client, segment(ACK, 100, 500, 500, b"a", 1)),
            (Server, segment(ACK, 500, 101, 500, &[], 0)),
            (Client, segment(ACK, 100, 500, 500, b"abc", 3)),
        ];
        for at_once in [true, false] {
            let (known, heard) = hear(opening().chain(data), at_once, false);
            assert!(known.contains("payload: [3, 0]"), "{known}");
            assert_eq!(heard.chunks[..2], [(Client, 5, "1".to_owned()), (Client, 7, "2".to_owned())]);
        }
    }

    proptest! {
        #[test]
        fn a_usual_segment_taken_at_once_leaves_what_any_other_way_would(
            steps in proptest::collection::vec(
                (any::<bool>(), 0..12_u8, -3..3_i32, 0..3_usize, -2..3_i32, 0..6_u16), 1..40)
        ) {
            let mut next = [100_u32, 500];
            let mut segments = Vec::new();
            for (server, flags, shift, len, ack, window) in steps {
                let (own, peer) = (usize::from(server), usize::from(!server));
                let flags = match flags { 0 => ACK | FIN, 1 => ACK | RST, 2 => SYN, 3 => 0, 4 => ACK | PSH, _ => ACK };
                // Most go on where they should.
                let shift = if shift > 0 { 0 } else { shift };
                let ack = if ack > 0 { 0 } else { ack };
                let seq = next[own].wrapping_add_signed(shift);
                let side = if server { Server } else { Client };
                segments.push((side, segment(flags, seq, next[peer].wrapping_add_signed(ack), window, &b"abc"[..len], len as u32)));
                if shift == 0 {
                    next[own] += len as u32;
                }
            }
            let all = || opening().chain(segments.iter().copied());
            for full in [false, true] {
                prop_assert_eq!(hear(all(), true, full), hear(all(), false, full));
            }
        }
    }
}
