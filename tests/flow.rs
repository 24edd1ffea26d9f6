//! TCP as an observer sees it: what is told of a conversation, segment by segment.

use proptest::prelude::*;
use seqdump::connection::{Close, Open};
use seqdump::decode::{Segment, flags::*};
use seqdump::diagnostic::{Diagnostic, Note};
use seqdump::event::{Body, Chunk, End, Endpoint, Event, Packet, Phase, Side, Sink, Stream, Value};
use seqdump::flow::{Belongs, Brought, Tcp};
use seqdump::frame::{FrameNumber, Timestamp};
use seqdump::limits::Limits;
use seqdump::locale::Lang;

/// Keeps all that is told.
#[derive(Default)]
struct Heard {
    survey: bool,
    numbered: u64,
    events: Vec<Event>,
    packets: Vec<Packet>,
    /// The bytes of each side, each with the frame that brought it; `None` for a missing one.
    bytes: [Vec<Option<(u8, FrameNumber)>>; 2],
    ends: [Vec<End>; 2],
    noted: Vec<&'static str>,
}

impl Sink for Heard {
    fn full(&self) -> bool {
        !self.survey
    }
    fn number(&mut self, notes: &[Note]) -> u64 {
        self.noted.extend(notes.iter().map(|note| note.what.id));
        self.numbered += 1;
        self.numbered - 1
    }
    fn keep(&mut self, event: Event) {
        assert!(!event.frames.is_empty());
        self.events.push(event);
    }
    fn packet(&mut self, packet: Packet) {
        self.packets.push(packet);
    }
    fn note(&mut self, what: &'static Diagnostic) {
        self.noted.push(what.id);
    }
    fn protocol(&mut self, _: &'static str) {}
}

impl Stream for Heard {
    fn chunk(&mut self, chunk: Chunk<'_>) {
        let side = chunk.origin.side as usize;
        let frame = *chunk.origin.frames.last().unwrap();
        assert!(self.ends[side].is_empty(), "something after the end");
        match chunk.body {
            Body::Bytes(bytes) => self.bytes[side].extend(bytes.iter().map(|&byte| Some((byte, frame)))),
            Body::Gap(len) => self.bytes[side].extend(std::iter::repeat_n(None, len.min(1000) as usize)),
            Body::End(end) => self.ends[side].push(end),
        }
    }
}

impl Heard {
    fn kinds(&self) -> Vec<&'static str> {
        self.events.iter().map(|event| event.facts.kind()).collect()
    }

    fn text(&self, side: Side) -> String {
        let byte = |byte: &Option<(u8, FrameNumber)>| byte.map_or('_', |(byte, _)| char::from(byte));
        self.bytes[side as usize].iter().map(byte).collect()
    }

    fn frames(&self, side: Side) -> Vec<FrameNumber> {
        let mut frames: Vec<_> =
            self.bytes[side as usize].iter().flatten().map(|(_, frame)| *frame).collect();
        frames.dedup();
        frames
    }
}

/// A conversation that is being made: sequence numbers count from each side's initial one.
struct Talk {
    tcp: Tcp,
    heard: Heard,
    isn: [u32; 2],
    frame: FrameNumber,
    time: i64,
    window: u16,
    limits: Limits,
}

const C: Side = Side::Client;
const S: Side = Side::Server;
const MILLI: i64 = 1_000_000;

impl Talk {
    fn new() -> Talk {
        Talk {
            tcp: Tcp::default(),
            heard: Heard::default(),
            isn: [0xffff_fff0, 7],
            frame: 0,
            time: 0,
            window: 0xff00,
            limits: Limits::default(),
        }
    }

    /// One whose handshake is over.
    fn open() -> Talk {
        let mut talk = Talk::new();
        talk.say(C, SYN, 0, 0, "").say(S, SYN | ACK, 0, 1, "").say(C, ACK, 1, 1, "");
        talk
    }

    fn segment<'a>(&self, side: Side, flags: u16, seq: u32, ack: u32, payload: &'a [u8]) -> Segment<'a> {
        let end = |port| Endpoint { ip: [127, 0, 0, 1].into(), port };
        let (from, to) = if side == C { (end(40000), end(80)) } else { (end(80), end(40000)) };
        let ack_isn = self.isn[side.other() as usize];
        Segment {
            from,
            to,
            seq: self.isn[side as usize].wrapping_add(seq),
            ack: if flags & ACK != 0 { ack_isn.wrapping_add(ack) } else { 0 },
            flags,
            window: self.window,
            urgent: 0,
            options: &[],
            payload,
            payload_len: payload.len() as u32,
            bad_checksum: false,
        }
    }

    fn put(&mut self, side: Side, segment: &Segment<'_>) -> &mut Talk {
        self.frame += 1;
        self.time += MILLI;
        let brought = Brought { frames: &[self.frame], time: Timestamp(self.time) };
        self.tcp.feed(side, segment, brought, &self.limits, &mut self.heard);
        self
    }

    fn say(&mut self, side: Side, flags: u16, seq: u32, ack: u32, payload: &str) -> &mut Talk {
        let segment = self.segment(side, flags, seq, ack, payload.as_bytes());
        self.put(side, &segment)
    }

    fn end(&mut self) -> &mut Talk {
        self.tcp.finish(&self.limits, &mut self.heard);
        self
    }

    fn states(&self) -> Vec<[Option<&'static str>; 2]> {
        self.heard.packets.iter().map(|packet| packet.states).collect()
    }
}

#[test]
fn a_whole_conversation_is_told_in_order() {
    let mut talk = Talk::open();
    talk.say(C, PSH | ACK, 1, 1, "hello").say(S, ACK, 1, 6, "").say(S, PSH | ACK, 1, 6, "world");
    talk.say(C, FIN | ACK, 6, 6, "").say(S, FIN | ACK, 6, 7, "").say(C, ACK, 7, 7, "").end();
    let kinds = ["tcp.syn", "tcp.syn_ack", "tcp.handshake_ack", "tcp.ack", "tcp.fin", "tcp.fin", "tcp.ack"];
    assert_eq!(talk.heard.kinds(), kinds);
    assert_eq!((talk.heard.text(C), talk.heard.text(S)), ("hello".into(), "world".into()));
    assert_eq!(talk.heard.ends, [[End::Closed], [End::Closed]]);
    let known = talk.tcp.known();
    assert_eq!((known.open, known.close, known.closed_by), (Open::Handshake, Close::Fin, Some(C)));
    assert_eq!((known.handshake_rtt, known.payload), (Some(2 * MILLI), [5, 5]));
    assert!(talk.tcp.is_over() && talk.tcp.ended() == [true, true] && talk.heard.noted.is_empty());
    let some = |client, server| [Some(client), Some(server)];
    let states = [
        some("SYN-SENT", "SYN-RECEIVED"),
        some("ESTABLISHED", "SYN-RECEIVED"),
        some("ESTABLISHED", "ESTABLISHED"),
        some("ESTABLISHED", "ESTABLISHED"),
        some("ESTABLISHED", "ESTABLISHED"),
        some("ESTABLISHED", "ESTABLISHED"),
        some("FIN-WAIT-1", "CLOSE-WAIT"),
        some("TIME-WAIT", "LAST-ACK"),
        some("TIME-WAIT", "CLOSED"),
    ];
    assert_eq!(talk.states(), states);
    let phases: Vec<_> = talk.heard.events.iter().map(|event| event.phase).collect();
    let (connect, exchange, close) = (Phase::Connect, Phase::Exchange, Phase::Close);
    assert_eq!(phases, [connect, connect, exchange, exchange, close, close, close]);
    let labels: Vec<_> = talk.heard.packets.iter().map(|packet| packet.facts.label(Lang::En)).collect();
    assert_eq!(labels[..4], ["SYN", "SYN, ACK", "ACK", "PSH, ACK  len 5"]);
    assert_eq!(talk.tcp.verdict().say(Lang::En), "Closed by both sides, the client first (FIN)");
}

#[test]
fn fins_that_cross_lead_through_closing() {
    let mut talk = Talk::open();
    talk.say(C, FIN | ACK, 1, 1, "").say(S, FIN | ACK, 1, 1, "").say(S, ACK, 2, 2, "");
    assert!(!talk.tcp.is_over());
    talk.say(C, ACK, 2, 2, "");
    assert!(talk.tcp.is_over());
    let states = talk.states();
    assert_eq!(states[4], [Some("CLOSING"), Some("CLOSING")]);
    assert_eq!(states[6], [Some("TIME-WAIT"), Some("TIME-WAIT")]);
}

#[test]
fn bytes_that_come_late_keep_their_own_frames() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "ab").say(C, ACK, 7, 1, "gh").say(C, ACK, 5, 1, "ef").say(C, ACK, 3, 1, "cd");
    assert_eq!(talk.heard.text(C), "abcdefgh");
    assert_eq!(talk.heard.frames(C), [4, 7, 6, 5]);
    assert_eq!(talk.tcp.known().struggle[0].out_of_order, 2);
    assert_eq!(talk.tcp.waiting(), 0);
    assert!(talk.heard.noted.iter().all(|id| *id == "tcp.out-of-order"));
}

#[test]
fn the_first_copy_wins_and_another_reading_is_said() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "GET /one").say(C, ACK, 5, 1, "/twoX");
    assert_eq!(talk.heard.text(C), "GET /oneX");
    let note = &talk.heard.events.last().unwrap().notes[1];
    assert_eq!(note.what.id, "tcp.overlap-conflict");
    assert_eq!(note.detail.as_deref(), Some("from offset 5 on, first 6f6e65, then 74776f"));
    // Also among bytes that wait.
    talk.say(C, ACK, 30, 1, "wait").say(C, ACK, 28, 1, "..WA");
    assert_eq!(talk.heard.noted.iter().filter(|id| **id == "tcp.overlap-conflict").count(), 2);
    talk.end();
    assert_eq!(talk.heard.text(C), "GET /oneX__________________..wait");
    assert_eq!(talk.tcp.known().payload, [15, 0]);
}

#[test]
fn an_exact_copy_is_a_retransmission_and_passed_on_once() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "same").say(C, ACK, 1, 1, "same");
    assert_eq!((talk.heard.text(C), talk.heard.noted.clone()), ("same".into(), vec!["tcp.retransmission"]));
    assert_eq!((talk.tcp.known().payload, talk.tcp.known().struggle[0].retransmissions), ([4, 0], 1));
}

#[test]
fn a_hole_that_the_receiver_is_past_becomes_a_gap_after_some_patience() {
    let mut talk = Talk::open();
    talk.say(S, ACK, 1, 1, "head").say(S, ACK, 11, 1, "tail").say(C, ACK, 1, 15, "");
    assert_eq!(talk.heard.text(S), "head", "the missing bytes may only be captured late");
    let mut patience = 0;
    while talk.heard.text(S) == "head" {
        talk.say(S, ACK, 15 + patience, 1, "x");
        patience += 1;
    }
    // The acknowledgement is the first segment that counts.
    assert_eq!(patience, 32);
    assert!(talk.heard.text(S).starts_with("head______tailx"));
    assert_eq!(talk.tcp.known().struggle[1].missing_bytes, 6);
    let gap = talk.heard.events.iter().find(|event| event.facts.kind() == "tcp.gap").unwrap();
    assert_eq!(
        (gap.frames.as_slice(), gap.side, gap.facts.fields()[0].value.clone()),
        (&[5][..], S, 6_u64.into())
    );
}

#[test]
fn patience_begins_with_the_acknowledgement() {
    let mut talk = Talk::open();
    talk.say(S, ACK, 1, 1, "head").say(S, ACK, 11, 1, "tail");
    for _ in 0..60 {
        talk.say(C, ACK, 1, 5, "");
    }
    talk.say(C, ACK, 1, 15, "");
    assert_eq!(talk.heard.text(S), "head", "that the receiver got it has only just been seen");
    talk.say(S, ACK, 5, 1, "middle");
    assert_eq!(talk.heard.text(S), "headmiddletail");
}

#[test]
fn a_copy_is_compared_with_what_came_long_before() {
    let mut talk = Talk::open();
    let text = "0123456789".repeat(100);
    for at in 0..8 {
        talk.say(C, ACK, 1 + at * 1000, 1, &text);
    }
    assert_eq!(talk.tcp.remembered(), 8000);
    talk.say(C, ACK, 11, 1, "something");
    assert_eq!(talk.heard.noted, ["tcp.retransmission", "tcp.overlap-conflict"]);
    talk.tcp.forget();
    assert_eq!(talk.tcp.remembered(), 0);
    talk.say(C, ACK, 11, 1, "whatever");
    assert_eq!(talk.heard.noted[2..], ["tcp.retransmission"]);
}

#[test]
fn data_that_is_captured_after_its_acknowledgement_is_no_gap() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 5, "").say(S, ACK, 1, 1, "late").end();
    assert_eq!((talk.heard.text(S), talk.tcp.known().struggle[1].missing_bytes), ("late".into(), 0));
}

#[test]
fn a_hole_is_given_up_only_as_far_as_it_was_acknowledged() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "ab").say(C, ACK, 11, 1, "kl").say(S, ACK, 1, 6, "");
    talk.time += 2_000 * MILLI;
    talk.say(S, ACK, 1, 6, "").say(C, ACK, 6, 1, "fghij");
    assert_eq!(talk.heard.text(C), "ab___fghijkl");
}

#[test]
fn what_waits_is_bounded() {
    let mut talk = Talk::open();
    talk.limits.out_of_order = 100;
    for at in 0..60 {
        talk.say(C, ACK, 3 + 2 * at, 1, "zz");
        assert!(talk.tcp.waiting() <= 102);
    }
    let gap = talk.heard.events.iter().find(|event| event.facts.kind() == "tcp.gap").unwrap();
    assert!(gap.notes[0].detail.as_ref().unwrap().contains("100 bytes"));
    talk = Talk::open();
    talk.limits.out_of_order_segments = 8;
    for at in 0..60 {
        talk.say(C, ACK, 3 + 2 * at, 1, "z");
        assert!(talk.tcp.waiting() <= 9);
    }
    talk.end();
    assert_eq!(talk.tcp.known().struggle[0].missing_bytes, 61);
}

#[test]
fn a_cut_packet_leaves_a_gap_to_the_layers_and_counts_whole() {
    let mut talk = Talk::open();
    let segment = Segment { payload_len: 9, ..talk.segment(C, ACK, 1, 1, b"abc") };
    talk.put(C, &segment).say(C, ACK, 10, 1, "z");
    assert_eq!((talk.heard.text(C), talk.tcp.known().payload[0]), ("abc______z".into(), 10));
    assert_eq!(talk.tcp.known().struggle[0].missing_bytes, 0);
    talk.say(C, ACK, 1, 1, "abcdefghiz");
    assert_eq!(talk.heard.noted, ["tcp.retransmission"], "what was cut is compared with nothing");
}

#[test]
fn what_its_receiver_drops_changes_nothing() {
    let mut talk = Talk::open();
    let bad = Segment { bad_checksum: true, ..talk.segment(C, PSH | ACK, 1, 1, b"GET /evil") };
    talk.put(C, &bad).say(C, PSH, 1, 0, "GET /evil").say(C, PSH | ACK, 900_001, 1, "GET /evil");
    talk.say(C, SYN | FIN, 1, 0, "").say(C, FIN | ACK, 900_001, 1, "");
    talk.say(C, PSH | ACK, 1, 1, "GET /true").end();
    assert_eq!((talk.heard.text(C), talk.heard.ends[0].len()), ("GET /true".into(), 0));
    let noted = [
        "tcp.bad-checksum",
        "tcp.bad-flags",
        "tcp.out-of-window",
        "tcp.bad-flags",
        "tcp.out-of-window",
        "tcp.overlap-conflict",
    ];
    assert_eq!(talk.heard.noted, noted);
    assert_eq!((talk.tcp.known().close, talk.tcp.known().payload), (Close::Open, [9, 0]));
}

#[test]
fn bytes_with_a_wrong_checksum_count_once_they_are_acknowledged() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "a");
    let bad = Segment { bad_checksum: true, ..talk.segment(C, ACK, 2, 1, b"bc") };
    talk.put(C, &bad);
    assert_eq!((talk.heard.text(C), talk.tcp.known().payload[0]), ("a".into(), 1));
    talk.say(S, ACK, 1, 3, "");
    assert_eq!(talk.heard.text(C), "a", "not all of it is acknowledged");
    talk.say(S, ACK, 1, 4, "").say(C, ACK, 4, 1, "d").end();
    assert_eq!((talk.heard.text(C), talk.tcp.known().payload[0]), ("abcd".into(), 4));
    assert_eq!(talk.tcp.known().struggle[0].missing_bytes, 0);
    assert_eq!(talk.heard.noted, ["tcp.bad-checksum"]);
    // One with SYN, FIN or RST never does.
    for flags in [FIN, SYN, RST] {
        let odd = Segment { bad_checksum: true, ..talk.segment(C, flags | ACK, 5, 1, b"xy") };
        talk.put(C, &odd).say(S, ACK, 1, 8, "");
        assert_eq!((talk.tcp.known().close, talk.tcp.known().payload[0]), (Close::Open, 4));
    }
}

#[test]
fn doubts_are_bounded_and_end_with_the_stream() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "a");
    for at in 2..67 {
        let bad = Segment { bad_checksum: true, ..talk.segment(C, ACK, at, 1, b"b") };
        talk.put(C, &bad);
    }
    talk.say(S, ACK, 1, 67, "").end();
    assert_eq!(talk.heard.text(C), format!("a_{}", "b".repeat(64)), "the oldest is forgotten");
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "a");
    let large = Segment { bad_checksum: true, ..talk.segment(C, ACK, 2, 1, &[b'b'; 5000]) };
    talk.put(C, &large).say(S, ACK, 1, 5002, "");
    assert_eq!(talk.tcp.known().payload[0], 5001);
    let mut talk = Talk::open();
    talk.say(C, FIN | ACK, 1, 1, "");
    let bad = Segment { bad_checksum: true, ..talk.segment(C, ACK, 2, 1, b"late") };
    talk.put(C, &bad).say(S, ACK, 1, 6, "");
    assert_eq!((talk.heard.text(C), talk.tcp.known().payload[0]), (String::new(), 0));
}

#[test]
fn a_scan_with_all_flags_opens_nothing() {
    for flags in [FIN | PSH | URG, 0, SYN | FIN, SYN | RST] {
        let mut talk = Talk::new();
        talk.say(C, flags, 1, 0, "");
        assert_eq!(
            (talk.heard.kinds(), talk.heard.noted.clone()),
            (vec!["tcp.discarded"], vec!["tcp.bad-flags"])
        );
        assert_eq!((talk.tcp.known().close, talk.tcp.states()), (Close::Open, [None; 2]));
    }
    for flags in [FIN | PSH, FIN | URG, PSH | URG] {
        let mut talk = Talk::new();
        talk.say(C, flags, 1, 0, "x");
        assert!(!talk.heard.noted.contains(&"tcp.bad-flags"), "{flags:x}");
    }
}

#[test]
fn an_acknowledgement_from_far_beyond_the_window_moves_nothing() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "one").say(C, ACK, 10_000_000, 1, "").say(C, ACK, 4, 1, "two");
    assert_eq!((talk.heard.text(C), talk.heard.noted.len()), ("onetwo".into(), 0));
    assert_eq!(talk.tcp.known().struggle[0].out_of_order, 0);
}

#[test]
fn a_reset_passes_on_what_waits_on_both_sides() {
    let mut talk = Talk::open();
    talk.say(C, FIN | ACK, 5, 1, "").say(S, ACK, 3, 1, "late").say(C, RST | ACK, 6, 7, "").end();
    assert_eq!((talk.heard.text(C), talk.heard.text(S)), ("____".into(), "__late".into()));
    assert_eq!(talk.tcp.known().struggle.map(|struggle| struggle.missing_bytes), [4, 2]);
}

#[test]
fn a_segment_beyond_the_window_counts_once_it_is_acknowledged() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "a").say(C, ACK, 500_001, 1, "after a loss").say(S, ACK, 1, 500_013, "").end();
    assert_eq!(talk.heard.frames(C), [4, 5]);
    assert_eq!(talk.tcp.known().struggle[0].missing_bytes, 499_999);
}

#[test]
fn a_reset_counts_where_its_receiver_would_take_it() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "GET").say(S, RST, 500_001, 0, "").say(C, RST, 40_000, 0, "");
    assert_eq!(talk.tcp.known().close, Close::Rst, "nothing has followed yet");
    talk.say(S, ACK, 1, 4, "200").say(C, ACK, 4, 4, "");
    assert_eq!((talk.tcp.known().close, talk.heard.text(S)), (Close::Open, "200".into()));
    assert_eq!(talk.heard.noted, ["tcp.rst-suspect"; 2]);
    talk.say(S, RST, 4, 0, "");
    assert_eq!((talk.tcp.known().close, talk.tcp.known().closed_by), (Close::Rst, Some(S)));
    assert_eq!(talk.heard.ends, [[End::Reset], [End::Reset]]);
    assert_eq!(talk.states().last(), Some(&[Some("CLOSED"), Some("CLOSED")]));
    talk.say(C, PSH | ACK, 4, 4, "more");
    assert_eq!(talk.heard.noted.last(), Some(&"tcp.data-after-close"));
    assert_eq!((talk.heard.text(C), talk.tcp.known().payload[0]), ("GET".into(), 7));
}

#[test]
fn a_reset_without_acknowledgement_counts_behind_the_handshake() {
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "").say(S, ACK, 1, 1, "x").say(S, RST, 2, 0, "");
    assert_eq!((talk.tcp.known().close, talk.heard.noted.len()), (Close::Rst, 0), "its SYN was not captured");
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "").say(C, ACK, 1, 1, "").say(S, RST, 1, 0, "");
    assert_eq!(talk.heard.noted, [""; 0], "the client has acknowledged the other's SYN");
}

#[test]
fn a_refusal_and_silence_are_told_apart() {
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "").say(S, RST | ACK, 0, 1, "").end();
    assert_eq!((talk.tcp.known().close, talk.tcp.known().closed_by), (Close::Refused, Some(S)));
    assert_eq!(talk.tcp.verdict().say(Lang::Ko), "연결이 거부됨: SYN에 RST로 응답함");
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "").say(C, SYN, 0, 0, "").say(C, SYN, 0, 0, "").end();
    assert_eq!((talk.tcp.known().close, talk.tcp.known().open), (Close::Unanswered, Open::Partial));
    assert_eq!(talk.tcp.verdict().say(Lang::En), "No answer to the SYN (3 tries)");
    assert_eq!(talk.heard.noted.last(), Some(&"tcp.half-open"));
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "").say(S, RST | ACK, 0, 77, "");
    assert_eq!(talk.heard.noted, ["tcp.rst-suspect"], "it acknowledges what was not sent");
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "").say(S, RST, 0, 0, "");
    let details: Vec<_> = talk.heard.events[1].notes.iter().map(|note| note.detail.as_deref()).collect();
    assert_eq!(details, [Some("it does not acknowledge the SYN")]);
    assert_eq!(talk.tcp.known().close, Close::Refused, "nothing has followed yet");
    talk.say(S, SYN | ACK, 0, 1, "").say(C, ACK, 1, 1, "").say(C, ACK, 1, 1, "GET");
    assert_eq!((talk.heard.text(C), talk.tcp.known().close), ("GET".into(), Close::Open));
}

#[test]
fn data_after_a_fin_is_shown_and_not_read() {
    let mut talk = Talk::open();
    talk.say(S, FIN | ACK, 1, 1, "").say(S, PSH | ACK, 1, 1, "late").say(C, ACK, 1, 2, "");
    assert_eq!((talk.heard.text(S), talk.tcp.known().close), (String::new(), Close::Half));
    assert_eq!(talk.heard.noted, ["tcp.data-after-close"]);
    assert_eq!(talk.tcp.verdict().say(Lang::En), "Half-closed: only the server sent FIN");
}

#[test]
fn bytes_missing_before_a_fin_are_a_gap() {
    let mut talk = Talk::open();
    talk.say(S, ACK, 1, 1, "head").say(S, FIN | ACK, 9, 1, "");
    assert!(talk.heard.ends[1].is_empty());
    talk.end();
    assert_eq!((talk.heard.text(S), talk.heard.ends[1].clone()), ("head____".into(), vec![End::Closed]));
}

#[test]
fn keep_alives_are_counted_and_their_byte_is_not_read() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "hi").say(S, ACK, 1, 3, "");
    talk.say(C, ACK, 2, 1, "\0").say(S, ACK, 1, 3, "").say(C, ACK, 2, 1, "").say(S, ACK, 1, 3, "");
    let struggle = talk.tcp.known().struggle;
    assert_eq!((struggle[0].keep_alives, struggle[1].duplicate_acks), (2, 0));
    assert_eq!((talk.heard.text(C), talk.heard.noted.clone()), ("hi".into(), vec!["tcp.keep-alive"; 2]));
    talk.say(C, ACK, 3, 1, "").say(S, ACK, 1, 3, "").say(S, ACK, 1, 3, "");
    assert_eq!(talk.tcp.known().struggle[1].duplicate_acks, 2);
    // A side that has ended its direction probes with the number of its FIN.
    talk.say(C, FIN | ACK, 3, 1, "").say(S, ACK, 1, 4, "").say(C, ACK, 3, 1, "\0");
    assert_eq!(
        (talk.tcp.known().struggle[0].keep_alives, talk.heard.noted.last()),
        (3, Some(&"tcp.keep-alive"))
    );
}

#[test]
fn windows_are_seen_to_close_and_open() {
    let mut talk = Talk::open();
    talk.say(C, ACK, 1, 1, "hi");
    talk.window = 0;
    talk.say(S, ACK, 1, 3, "");
    talk.window = 500;
    talk.say(S, ACK, 1, 3, "");
    assert_eq!(talk.heard.kinds()[3..], ["tcp.ack", "tcp.zero_window", "tcp.window_update"]);
    assert_eq!(talk.tcp.known().struggle[1].zero_windows, 1);
    // What opens or ends a direction says nothing of a window.
    talk.window = 0;
    talk.say(C, SYN, 0, 0, "").say(C, FIN | ACK, 3, 1, "").say(C, RST | ACK, 4, 1, "");
    assert_eq!(talk.tcp.known().struggle[0].zero_windows, 0);
    assert!(!talk.heard.kinds()[6..].contains(&"tcp.zero_window"));
}

#[test]
fn the_client_decides_between_two_answers() {
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "");
    let forged = Segment { seq: 777, ..talk.segment(S, SYN | ACK, 0, 1, b"") };
    talk.put(S, &forged).say(S, SYN | ACK, 0, 1, "").say(C, ACK, 1, 1, "").say(S, PSH | ACK, 1, 1, "real");
    assert_eq!((talk.heard.text(S), talk.tcp.known().open), ("real".into(), Open::Handshake));
    assert!(talk.heard.noted.contains(&"tcp.synack-conflict"));
}

#[test]
fn an_answer_to_another_syn_is_dropped() {
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "").say(S, SYN | ACK, 0, 78, "").say(S, SYN | ACK, 0, 0, "");
    assert_eq!(talk.heard.noted, ["tcp.out-of-window"; 2]);
    assert_eq!(talk.heard.kinds(), ["tcp.syn", "tcp.discarded", "tcp.discarded"]);
    assert_eq!(talk.tcp.states(), [Some("SYN-SENT"), Some("SYN-RECEIVED")]);
    assert_eq!(talk.tcp.known().close, Close::Open, "the other side was heard");
    talk.say(S, SYN | ACK, 50, 1, "").say(C, ACK, 1, 51, "").say(S, ACK, 51, 1, "hello");
    assert_eq!((talk.heard.text(S), talk.tcp.known().open), ("hello".into(), Open::Handshake));
}

#[test]
fn an_answer_that_nobody_took_makes_nothing_late() {
    let mut talk = Talk::open();
    let forged = Segment { seq: 90_000_000, ..talk.segment(S, SYN | ACK, 0, 1, b"") };
    talk.put(S, &forged).put(S, &forged).say(C, ACK, 1, 1, "hi").say(S, PSH | ACK, 1, 3, "real");
    assert_eq!(talk.heard.text(S), "real");
    assert!(talk.heard.noted.contains(&"tcp.synack-conflict"));
    let struggle = talk.tcp.known().struggle[1];
    assert_eq!((struggle.out_of_order, struggle.retransmissions), (0, 1));
}

#[test]
fn an_answer_from_elsewhere_moves_no_stream_that_has_begun() {
    let mut talk = Talk::open();
    talk.say(S, ACK, 1, 1, "abc");
    let forged = Segment { seq: 90_000_000, ..talk.segment(S, SYN | ACK, 0, 1, b"") };
    let taken = Segment { ack: 90_000_001, ..talk.segment(C, ACK, 1, 1, b"") };
    talk.put(S, &forged).put(C, &taken).say(S, ACK, 4, 1, "def");
    assert_eq!(talk.heard.text(S), "abcdef");
}

#[test]
fn a_handshake_in_four_steps_and_a_simultaneous_one_are_said() {
    let mut talk = Talk::new();
    let first = Segment { seq: 1, ..talk.segment(S, ACK, 0, 1, b"") };
    talk.say(C, SYN, 0, 0, "").put(S, &first);
    let syn = talk.segment(S, SYN, 0, 0, b"");
    assert_eq!(talk.tcp.belongs(S, &syn), Belongs::Here);
    talk.put(S, &syn).say(C, SYN | ACK, 0, 1, "").say(S, ACK, 1, 1, "").say(C, PSH | ACK, 1, 1, "GET");
    assert_eq!((talk.heard.text(C), talk.tcp.known().open), ("GET".into(), Open::Handshake));
    assert_eq!(talk.heard.noted, ["tcp.split-handshake"]);
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "").say(S, SYN, 0, 0, "").say(C, SYN | ACK, 0, 1, "").say(S, SYN | ACK, 0, 1, "");
    assert_eq!(talk.heard.noted.first(), Some(&"tcp.split-handshake"));
    assert_eq!(talk.states().last(), Some(&[Some("ESTABLISHED"), Some("ESTABLISHED")]));
}

#[test]
fn a_syn_with_another_number_is_another_connection() {
    let talk = Talk::open();
    let again = talk.segment(C, SYN, 0, 0, b"");
    assert_eq!(talk.tcp.belongs(C, &again), Belongs::Here);
    let other = Segment { seq: 99, ..again };
    assert_eq!(talk.tcp.belongs(C, &other), Belongs::New);
    for flags in [SYN | ACK, SYN | FIN, SYN | RST, ACK] {
        assert_eq!(talk.tcp.belongs(C, &Segment { flags, ..other }), Belongs::Here);
    }
    for (old, id) in [
        (&talk.tcp, "tcp.port-reuse"),
        (&Talk::new().say(C, SYN, 0, 0, "").tcp, "tcp.syn-isn-change"),
        (&Talk::new().say(C, SYN, 0, 0, "").say(S, RST | ACK, 0, 1, "").tcp, "tcp.port-reuse"),
        (&Talk::new().say(C, ACK, 1, 1, "midway").tcp, "tcp.port-reuse"),
    ] {
        let (mut tcp, mut heard) = (Tcp::following(Some(old.left())), Heard::default());
        let brought = Brought { frames: &[9], time: Timestamp(0) };
        tcp.feed(C, &other, brought, &Limits::default(), &mut heard);
        assert_eq!(heard.noted, [id]);
    }
}

#[test]
fn a_syn_that_is_captured_late_belongs_to_what_came_before_it() {
    let mut talk = Talk::new();
    talk.say(S, ACK, 1, 1, "");
    let syn = talk.segment(C, SYN, 0, 0, b"");
    assert_eq!(talk.tcp.belongs(C, &syn), Belongs::Here, "nothing of the client was seen yet");
    talk.say(C, ACK, 1, 1, "early");
    assert_eq!(talk.tcp.belongs(C, &syn), Belongs::Here, "it stands right before the first byte");
    assert_eq!(talk.tcp.belongs(C, &Segment { seq: syn.seq.wrapping_add(9), ..syn }), Belongs::New);
    // What is no SYN of four steps is another connection's: the other side has sent none, or data went before.
    let mut forgotten = Talk::new();
    forgotten.say(S, ACK, 1, 1, "");
    let other = forgotten.segment(S, SYN, 50, 0, b"");
    assert_eq!(forgotten.tcp.belongs(S, &other), Belongs::New);
    let mut begun = Talk::new();
    begun.say(C, SYN, 0, 0, "").say(S, ACK, 1, 1, "data").say(C, ACK, 1, 5, "");
    assert_eq!(begun.tcp.belongs(S, &other), Belongs::New);
    talk.put(C, &syn);
    let struggle = talk.tcp.known().struggle[0];
    assert_eq!((struggle.out_of_order, struggle.retransmissions, talk.heard.text(C)), (1, 0, "early".into()));
    let mut bare = Talk::new();
    bare.say(C, ACK, 1, 1, "").say(C, SYN, 0, 0, "");
    assert_eq!(bare.tcp.known().struggle[0].out_of_order, 1);
}

#[test]
fn a_handshake_without_its_last_acknowledgement_is_partial() {
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "").say(S, SYN | ACK, 0, 1, "");
    assert_eq!(talk.tcp.known().open, Open::Partial);
    let mut talk = Talk::new();
    talk.say(S, SYN | ACK, 0, 1, "").say(C, ACK, 1, 1, "");
    assert_eq!(talk.tcp.known().open, Open::Partial, "the first SYN is missing");
}

#[test]
fn a_connection_is_joined_where_the_capture_begins() {
    let mut talk = Talk::new();
    talk.say(C, PSH | ACK, 500, 300, "GET")
        .say(S, ACK, 300, 503, "")
        .say(S, PSH | ACK, 300, 503, "200")
        .end();
    assert_eq!((talk.heard.text(C), talk.heard.text(S)), ("GET".into(), "200".into()));
    assert_eq!((talk.tcp.known().open, talk.heard.noted.clone()), (Open::Midstream, vec!["tcp.midstream"]));
    assert_eq!(talk.states()[0], [Some("ESTABLISHED"), Some("ESTABLISHED")]);
    assert_eq!(talk.heard.events[0].phase, Phase::Exchange);
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "").say(C, ACK, 1, 1, "").say(C, PSH | ACK, 1, 1, "GET").end();
    assert_eq!((talk.heard.text(C), talk.heard.noted.clone()), ("GET".into(), vec!["tcp.one-sided"]));
}

#[test]
fn a_connection_joined_midway_begins_at_its_lowest_byte() {
    let mut talk = Talk::new();
    talk.say(S, ACK, 20, 1, "second").say(S, ACK, 15, 1, "first").say(C, ACK, 1, 15, "ask");
    assert_eq!((talk.heard.text(S), talk.heard.frames(S)), ("firstsecond".into(), vec![2, 1]));
    talk.end();
    assert_eq!((talk.heard.text(C), talk.tcp.known().payload), ("ask".into(), [3, 11]));
    let mut talk = Talk::new();
    for at in [40, 45, 50, 55, 60, 65] {
        talk.say(S, ACK, at, 1, "alone");
    }
    assert!(talk.heard.text(S).starts_with("alonealone"), "nobody acknowledges, and it begins all the same");
    let mut short = Talk::new();
    short.say(S, ACK, 40, 1, "alone").end();
    assert_eq!((short.heard.text(S), short.tcp.known().payload[1]), ("alone".into(), 5));
    talk.say(S, ACK, 30, 1, "earlier").end();
    assert_eq!((talk.heard.text(S), talk.tcp.known().payload[1]), ("alone".repeat(6), 37));
}

#[test]
fn what_is_said_of_a_segment_is_where_it_stands() {
    let mut talk = Talk::new();
    let options = [2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2];
    let syn = Segment { options: &options, ..talk.segment(C, SYN, 0, 0, b"") };
    talk.put(C, &syn);
    let fields = talk.heard.events[0].facts.fields();
    let field = |name: &str| fields.iter().find(|field| field.name == name).unwrap().clone();
    assert_eq!((field("mss").value, field("mss").at), (1460_u16.into(), Some(0..4)));
    assert_eq!((field("window_scale").value, field("window_scale").at), (7_u8.into(), Some(5..8)));
    assert_eq!(talk.heard.events[0].facts.wire(), options);
    assert_eq!(talk.heard.packets[0].facts.wire(), options);
    assert!(matches!(field("options").value, Value::List(list) if list.len() == 3));
    assert_eq!((field("sack_permitted").value, field("sack_permitted").at), (true.into(), Some(8..10)));
    assert_eq!((field("seq").value, field("seq_relative").value), (0xffff_fff0_u32.into(), 0_i64.into()));
    assert!(!fields.iter().any(|field| ["ack", "urgent_pointer", "window_bytes"].contains(&field.name)));
    let bad = Segment { options: &[3, 1, 0, 0], ..talk.segment(C, ACK, 1, 1, b"x") };
    talk.put(C, &bad);
    assert_eq!(talk.heard.noted, ["tcp.bad-option"]);
    assert_eq!(talk.heard.packets[1].notes[0].detail.as_deref(), Some("kind 3"));
    let behind = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 3, 0, 0];
    let bad = Segment { options: &behind, ..talk.segment(C, ACK, 2, 1, b"y") };
    talk.put(C, &bad);
    assert_eq!(talk.heard.noted, ["tcp.bad-option"; 2], "also behind timestamps");
}

#[test]
fn each_option_is_told_as_what_it_is() {
    let number = |name: &str, value: i64| format!("{name} {:?}", Value::Number(value.into()));
    let hex = |name: &str, value: &[u8]| format!("{name} {:?}", Value::Hex(value.to_vec()));
    for (option, told) in [
        (&[2, 4, 5, 0xb4][..], number("mss", 1460)),
        (&[3, 3, 7], number("window_scale", 7)),
        (&[4, 2], format!("sack_permitted {:?}", Value::Bool(true))),
        (&[28, 4, 0x80, 9], number("user_timeout", 0x8009)),
        (&[30, 4, 0x21, 0], number("mptcp", 2)),
        (&[34, 2], hex("fast_open", &[])),
        (&[34, 6, 1, 2, 3, 4], hex("fast_open", &[1, 2, 3, 4])),
        // A cookie has an even number of bytes, 4 to 16.
        (&[34, 4, 1, 2], number("bad", 34)),
        (&[34, 7, 1, 2, 3, 4, 5], number("bad", 34)),
        (&[5, 2], number("bad", 5)),
        (&[5, 9, 0, 0, 0, 1, 0, 0, 0], number("bad", 5)),
        (&[3, 4, 7, 7], number("bad", 3)),
        (&[2, 3, 5], number("bad", 2)),
    ] {
        let mut talk = Talk::new();
        let syn = Segment { options: option, ..talk.segment(C, SYN, 0, 0, b"") };
        talk.put(C, &syn);
        let fields = talk.heard.packets[0].facts.fields();
        let list = fields.iter().find(|field| field.name == "options").map(|field| &field.value);
        let Some(Value::List(list)) = list else { panic!("{option:?} is not listed") };
        let [Value::Table(fields)] = &list[..] else { panic!("{list:?}") };
        assert_eq!((format!("{} {:?}", fields[0].name, fields[0].value), fields.len()), (told, 1));
        assert_eq!(fields[0].at, Some(0..option.len()));
    }
}

#[test]
fn numbers_are_counted_from_the_handshake_and_windows_scaled() {
    let mut talk = Talk::new();
    let scaled = |segment| Segment { options: &[3, 3, 4], ..segment };
    let (syn, answer) = (talk.segment(C, SYN, 0, 0, b""), talk.segment(S, SYN | ACK, 0, 1, b""));
    talk.put(C, &scaled(syn)).put(S, &scaled(answer)).say(C, ACK, 1, 1, "");
    let urgent = Segment { urgent: 2, window: 100, ..talk.segment(C, ACK | URG, 1, 1, b"hello") };
    talk.put(C, &urgent);
    assert_eq!(talk.heard.kinds().last(), Some(&"tcp.urgent"));
    for facts in [&talk.heard.events.last().unwrap().facts, &talk.heard.packets.last().unwrap().facts] {
        let fields = facts.fields();
        let field =
            |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.value.clone());
        let number = |value: i64| Some(value.into());
        assert_eq!([field("seq_relative"), field("ack_relative")], [number(1), number(1)]);
        assert_eq!([field("ack"), field("len"), field("urgent_pointer")], [number(8), number(5), number(2)]);
        assert_eq!([field("window"), field("window_bytes")], [number(100), number(1600)]);
    }
    // That of the SYN/ACK is not scaled.
    talk.say(C, ACK, 200_000, 1, "far");
    assert_eq!(talk.heard.noted.last(), Some(&"tcp.out-of-window"));
    let mut talk = Talk::new();
    let segment = scaled(talk.segment(C, SYN, 0, 0, b""));
    talk.put(C, &segment).say(C, ACK, 1, 1, "");
    let told = &talk.heard.packets[1].facts;
    assert!(told.fields().iter().all(|field| field.name != "window_bytes"), "the other's scale was not seen");
}

#[test]
fn a_datagram_is_told_as_a_packet_where_packets_are_wanted() {
    use seqdump::decode::Datagram;
    use seqdump::event::Origin;
    let end = |port| Endpoint { ip: [127, 0, 0, 1].into(), port };
    let datagram = Datagram { from: end(40000), to: end(53), payload: b"ask", payload_len: 9 };
    let origin = Origin::new(C, Timestamp(5), &[3, 4]);
    let mut heard = Heard::default();
    seqdump::flow::datagram(&origin, &datagram, &mut heard);
    assert_eq!(heard.packets.iter().map(|packet| packet.number).collect::<Vec<_>>(), [3, 4]);
    let packet = &heard.packets[0];
    assert_eq!((packet.facts.kind(), packet.facts.label(Lang::En)), ("udp.packet", "UDP  len 9".to_owned()));
    assert_eq!((packet.len, packet.side, packet.time, packet.bare_ack), (9, C, Timestamp(5), false));
    let fields: Vec<_> = packet.facts.fields().into_iter().map(|field| (field.name, field.value)).collect();
    let expected = [("source_port", 40000), ("destination_port", 53), ("len", 9)];
    assert_eq!(fields, expected.map(|(name, value)| (name, Value::from(value as i64))));
    let mut survey = Heard { survey: true, ..Heard::default() };
    seqdump::flow::datagram(&origin, &datagram, &mut survey);
    assert!(survey.packets.is_empty());
}

#[test]
fn roles_can_be_turned_round() {
    let mut talk = Talk::new();
    talk.say(S, PSH | ACK, 1, 1, "GET").say(S, FIN | ACK, 4, 1, "").say(C, ACK, 1, 5, "");
    talk.tcp.reverse();
    let known = talk.tcp.known();
    assert_eq!((known.payload, known.closed_by, talk.tcp.ended()), ([3, 0], Some(C), [true, false]));
    assert_eq!(talk.tcp.states(), [Some("FIN-WAIT-2"), Some("CLOSE-WAIT")]);
}

#[test]
fn data_on_a_syn_is_read() {
    let mut talk = Talk::new();
    talk.say(C, SYN, 0, 0, "early").say(S, SYN | ACK, 0, 6, "").say(C, ACK, 6, 1, "late");
    assert_eq!((talk.heard.text(C), talk.heard.noted.clone()), ("earlylate".into(), vec!["tcp.syn-data"]));
    assert_eq!(talk.tcp.known().open, Open::Handshake);
}

/// A piece of the client's stream as a segment: where it starts, and how long it is.
fn pieces() -> impl Strategy<Value = (Vec<u8>, Vec<(usize, usize)>, u32)> {
    let stream = proptest::collection::vec(any::<u8>(), 1..400);
    (stream, proptest::collection::vec((0_usize..400, 1_usize..60), 0..60), any::<u32>(), any::<bool>())
        .prop_map(|(stream, pieces, isn, top)| {
            let len = stream.len();
            let cut = |(at, long): (usize, usize)| {
                let at = at % len;
                (at, long.min(len - at))
            };
            (stream, pieces.into_iter().map(cut).collect(), if top { u32::MAX - isn % 500 } else { isn })
        })
}

proptest! {
    /// However the stream is cut, shuffled, repeated and overlapped: the same bytes, each once, each with the frame
    /// that brought it first.
    #[test]
    fn any_cutting_gives_the_same_bytes((stream, mut pieces, isn) in pieces(), whole in any::<prop::sample::Index>()) {
        // Cut the whole once more, so that nothing is missing.
        let step = 1 + whole.index(50);
        pieces.extend((0..stream.len()).step_by(step).map(|at| (at, step.min(stream.len() - at))));
        let mut talk = Talk::new();
        talk.isn[0] = isn;
        talk.say(C, SYN, 0, 0, "").say(S, SYN | ACK, 0, 1, "").say(C, ACK, 1, 1, "");
        let mut first = vec![None; stream.len()];
        for (at, long) in pieces {
            let segment = talk.segment(C, ACK, 1 + at as u32, 1, &stream[at..at + long]);
            talk.put(C, &segment);
            // A byte that stands right before the end of all that was sent is taken for a keep-alive probe.
            let sent = first.iter().rposition(Option::is_some);
            if long > 1 || sent != Some(at) {
                first[at..at + long].iter_mut().for_each(|frame| { frame.get_or_insert(talk.frame); });
            }
        }
        talk.say(C, FIN | ACK, 1 + stream.len() as u32, 1, "").end();
        let expected: Vec<_> = stream.iter().copied().zip(first).map(|(byte, frame)| Some((byte, frame.unwrap()))).collect();
        prop_assert_eq!(&talk.heard.bytes[0], &expected);
        prop_assert_eq!(&talk.heard.ends[0], &[End::Closed]);
        prop_assert_eq!(talk.tcp.known().payload[0], stream.len() as u64);
        prop_assert_eq!((talk.tcp.known().struggle[0].missing_bytes, talk.tcp.waiting()), (0, 0));
        prop_assert!(!talk.heard.noted.contains(&"tcp.overlap-conflict"));
    }

    /// Segments of any kind: no panic, nothing after an end, and a survey counts what the full reading tells.
    #[test]
    fn anything_may_come(
        segments in proptest::collection::vec(
            (any::<bool>(), any::<u16>(), 0_u32..6, any::<u32>(), 0_u32..6, any::<u32>(), any::<u16>(),
             proptest::collection::vec(any::<u8>(), 0..30), 0_u32..3, proptest::collection::vec(any::<u8>(), 0..12)),
            0..80,
        ),
        isn in any::<u32>(),
    ) {
        let mut talks = [Talk::new(), Talk::new()];
        talks[1].heard.survey = true;
        for talk in &mut talks {
            talk.isn = [isn, isn.wrapping_mul(7)];
            talk.limits.out_of_order = 64;
            for (server, flags, near, seq, near_ack, ack, window, payload, cut, options) in &segments {
                let side = if *server { S } else { C };
                let flags = if flags & 0x3000 != 0 { flags & !(SYN | RST | FIN) | ACK } else { *flags };
                let place = |near: &u32, far: u32| if *near < 5 { far % 120 } else { far };
                let segment = talk.segment(side, flags & 0x1ff, place(near, *seq), place(near_ack, *ack), payload);
                let payload_len = segment.payload_len + if *cut == 2 { 5 } else { 0 };
                let segment = Segment { payload_len, window: *window, options, ..segment };
                if talk.tcp.belongs(side, &segment) == Belongs::New {
                    talk.tcp.finish(&talk.limits, &mut talk.heard);
                    talk.tcp = Tcp::following(Some(talk.tcp.left()));
                    talk.heard.ends = Default::default();
                }
                talk.put(side, &segment);
                // In each direction: the limit and the segment that hit it, and at most 64 doubted segments.
                prop_assert!(talk.tcp.waiting() <= 2 * (64 + 30 + 64 * 30));
            }
            talk.end();
        }
        let [full, survey] = talks;
        prop_assert_eq!(full.heard.numbered, survey.heard.numbered);
        prop_assert_eq!(full.tcp.known().struggle, survey.tcp.known().struggle);
        prop_assert_eq!(full.heard.bytes, survey.heard.bytes);
        prop_assert_eq!(full.heard.events.len() as u64, full.heard.numbered);
        prop_assert!(survey.heard.events.is_empty() && survey.heard.packets.is_empty());
    }
}
