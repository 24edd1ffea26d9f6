//! However TCP cuts, shuffles, repeats and overlaps a stream: the same events above it, each with exactly the frames
//! that brought its bytes.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Owned, capture, run, segment};
use seqdump::decode::{Decoder, Transport};
use seqdump::event::{Event, Side};
use seqdump::keyring::Keyring;
use seqdump::limits::Limits;
use seqdump::locale::Lang;

/// A byte of a stream: whose, and where.
type Byte = (usize, usize);

/// What a connection carried: by turns, who said what. The captures repeat and lose nothing.
struct Talk {
    port: u16,
    turns: Vec<(Side, Vec<u8>)>,
}

/// The connections of a capture that begin with a SYN and carry something.
fn talks(frames: &[Owned]) -> Vec<Talk> {
    let limits = Limits::default();
    let mut decoder = Decoder::new(&limits);
    let mut talks: BTreeMap<_, Talk> = BTreeMap::new();
    for (number, frame) in (1..).zip(frames) {
        let frame = frame.frame(number);
        let Transport::Tcp(segment) = decoder.decode(&frame).transport else { continue };
        if segment.flags & 0x12 == 0x02 {
            talks.insert((segment.from, segment.to), Talk { port: segment.to.port, turns: Vec::new() });
        }
        let ends = [(segment.from, segment.to), (segment.to, segment.from)];
        for (key, side) in ends.into_iter().zip(Side::BOTH) {
            let Some(talk) = talks.get_mut(&key).filter(|_| !segment.payload.is_empty()) else { continue };
            match talk.turns.last_mut() {
                Some((last, bytes)) if *last == side => bytes.extend(segment.payload),
                _ => talk.turns.push((side, segment.payload.to_vec())),
            }
        }
    }
    talks.into_values().filter(|talk| !talk.turns.is_empty()).collect()
}

/// How a stream is cut.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// Bytes of a segment.
    size: usize,
    /// Segments of a turn that may change places.
    window: usize,
    /// Every how manieth segment comes again.
    repeat: usize,
    /// Bytes of the next segment that a segment has too.
    overlap: usize,
}

/// A connection as frames, all at one moment: how long things take depends on the cutting.
struct Made {
    frames: Vec<Owned>,
    /// The frame that brought each byte first.
    brought: BTreeMap<Byte, u64>,
}

fn make(talk: &Talk, cut: Cut) -> Made {
    let mut made = Made { frames: Vec::new(), brought: BTreeMap::new() };
    let isn = [1000_u32, 5000];
    made.frames.push(segment(true, talk.port, isn[0], 0, 0x02, b""));
    made.frames.push(segment(false, talk.port, isn[1], isn[0] + 1, 0x12, b""));
    made.frames.push(segment(true, talk.port, isn[0] + 1, isn[1] + 1, 0x10, b""));
    let mut done = [0_usize; 2];
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize
    };
    for (side, bytes) in &talk.turns {
        let (own, other) = (*side as usize, side.other() as usize);
        let mut ranges: Vec<(usize, usize)> = (0..bytes.len())
            .step_by(cut.size)
            .map(|from| (from, (from + cut.size + cut.overlap).min(bytes.len())))
            .collect();
        for group in ranges.chunks_mut(cut.window) {
            (1..group.len()).rev().for_each(|at| group.swap(at, next() % (at + 1)));
        }
        let again = ranges.clone();
        for (nth, range) in
            again.into_iter().enumerate().filter(|(nth, _)| nth % cut.repeat == cut.repeat - 1)
        {
            let at = (nth + 1 + next() % 4).min(ranges.len());
            ranges.insert(at, range);
        }
        for (from, to) in ranges {
            let seq = isn[own] + 1 + (done[own] + from) as u32;
            let ack = isn[other] + 1 + done[other] as u32;
            made.frames.push(segment(own == 0, talk.port, seq, ack, 0x18, &bytes[from..to]));
            let number = made.frames.len() as u64;
            for at in from..to {
                made.brought.entry((own, done[own] + at)).or_insert(number);
            }
        }
        done[own] += bytes.len();
    }
    let [client, server] = [0, 1].map(|side: usize| isn[side] + 1 + done[side] as u32);
    made.frames.push(segment(true, talk.port, client, server, 0x11, b""));
    made.frames.push(segment(false, talk.port, server, client + 1, 0x11, b""));
    made.frames.push(segment(true, talk.port, client + 1, server + 1, 0x10, b""));
    made
}

/// What an event says that cannot depend on the cutting.
fn said(event: &Event) -> String {
    let timed = |name: &str| {
        name.ends_with("_us") || name.ends_with("_n") || name.contains("segment") || name.contains("frames")
    };
    let fields: Vec<String> = (event.facts.fields().into_iter())
        .filter(|field| !timed(field.name))
        .map(|field| format!("{}={:?}", field.name, field.value))
        .collect();
    let notes: Vec<&str> = event.notes.iter().map(|note| note.what.id).collect();
    let payload = event.facts.payload().map(|payload| payload.bytes.into_owned());
    let (kind, label) = (event.facts.kind(), event.facts.label(Lang::En));
    format!("{:?} {kind} {label} {fields:?} {notes:?} {payload:?} {:?}", event.side, event.channel)
}

/// The events above TCP, each with what it says and its frames.
fn heard(made: &Made, keys: &Keyring) -> Vec<(String, BTreeSet<u64>)> {
    let (_, heard) = run(&made.frames, keys, &Limits::default(), true);
    let above = heard.events.iter().filter(|(_, event)| !event.facts.kind().starts_with("tcp."));
    above.map(|(_, event)| (said(event), event.frames.iter().copied().collect())).collect()
}

fn same_however_cut(name: &str) {
    let (frames, keys) = capture(name);
    let talks = talks(&frames);
    assert!(!talks.is_empty(), "{name}");
    let mut told = 0;
    for talk in talks.iter().filter(|talk| talk.turns.iter().map(|turn| turn.1.len()).sum::<usize>() < 40_000)
    {
        let bytewise = Cut { size: 1, window: 1, repeat: usize::MAX, overlap: 0 };
        let reference = make(talk, bytewise);
        let mut byte_of: BTreeMap<u64, Byte> = BTreeMap::new();
        byte_of.extend(reference.brought.iter().map(|(byte, number)| (*number, *byte)));
        let expected = heard(&reference, &keys);
        told += expected.len();
        for cut in [
            Cut { size: 7, ..bytewise },
            Cut { size: 1460, ..bytewise },
            Cut { size: 60_000, ..bytewise },
            Cut { size: 7, window: 8, ..bytewise },
            Cut { size: 100, window: 4, ..bytewise },
            Cut { size: 7, repeat: 20, ..bytewise },
            Cut { size: 100, overlap: 30, ..bytewise },
            Cut { size: 13, window: 6, repeat: 20, overlap: 5 },
        ] {
            let made = make(talk, cut);
            let found = heard(&made, &keys);
            for (nth, (own, other)) in found.iter().zip(&expected).enumerate() {
                assert_eq!(own.0, other.0, "{name} {cut:?}: event {nth}");
                let frames: BTreeSet<u64> = other
                    .1
                    .iter()
                    .filter_map(|frame| byte_of.get(frame))
                    .map(|byte| made.brought[byte])
                    .collect();
                // A FIN or RST that ended a message is the same frame from the end in each.
                let ends: BTreeSet<u64> = (other.1.iter())
                    .filter(|frame| !byte_of.contains_key(frame))
                    .map(|frame| made.frames.len() as u64 - (reference.frames.len() as u64 - frame))
                    .collect();
                let all: BTreeSet<u64> = frames.union(&ends).copied().collect();
                assert_eq!(own.1, all, "{name} {cut:?}: frames of event {nth}: {}", own.0);
            }
            assert_eq!(found.len(), expected.len(), "{name} {cut:?}");
        }
    }
    assert!(told > 0, "{name}: nothing told");
}

#[test]
fn websocket_is_the_same_however_cut() {
    for name in [
        "chat.pcapng",
        "websocket.pcapng",
        "websocket-deflate-fragmented.pcapng",
        "ws-ping-pong.pcap",
        "ws-deflate-examples.pcap",
        "101-and-frame-in-one-segment.pcap",
        "ws-subprotocol.pcap",
    ] {
        same_however_cut(name);
    }
}

#[test]
fn http_is_the_same_however_cut() {
    for name in [
        "http-keepalive.pcapng",
        "http-chunked.pcap",
        "http-pipelining.pcap",
        "http-smuggling.pcap",
        "http-server-sent-events.pcap",
        "http-1xx.pcap",
        "http-until-close.pcap",
        "http-encodings.pcapng",
    ] {
        same_however_cut(name);
    }
}

#[test]
fn tls_is_the_same_however_cut() {
    for name in [
        "wss-tls12.pcapng",
        "wss-tls13.pcapng",
        "tls13-key-update.pcapng",
        "tls-python-ssl.pcapng",
        "tls-no-keys.pcapng",
        "tls-alerts.pcapng",
    ] {
        same_however_cut(name);
    }
}

#[test]
fn http2_is_the_same_however_cut() {
    for name in ["h2c.pcapng", "h2-websocket.pcapng"] {
        same_however_cut(name);
    }
}
