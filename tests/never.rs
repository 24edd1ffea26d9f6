//! Whatever the bytes: no panic, limits kept, and a survey counts the events that a full reading tells.

mod common;
#[path = "fuzz/src/lib.rs"]
mod exercises;

use common::{Owned, captures, read, run, segment};
use proptest::prelude::*;
use proptest::sample::Index;
use seqdump::capture::{self, Next};
use seqdump::frame::LinkType;
use seqdump::keyring::Keyring;
use seqdump::limits::Limits;
use seqdump::locale::Lang;

/// Small limits, so that they are hit.
fn tight() -> Limits {
    Limits {
        connections: 8,
        out_of_order: 2048,
        out_of_order_segments: 8,
        out_of_order_total: 4096,
        compared_total: 4096,
        datagrams: 4,
        nesting: 3,
        opening: 64,
        http_line: 256,
        http_head: 512,
        http_headers: 8,
        pipelined: 2,
        body: 64,
        decoded_body: 256,
        message: 64,
        message_frames: 4,
        inflate: 256,
        handshake_message: 512,
        waiting_ciphertext: 512,
        channels: 2,
        event_frames: 4,
        layers: 3,
        ..Limits::default()
    }
}

/// Reads frames in both modes and looks at everything that is told.
fn both(frames: &[Owned], keys: &Keyring, limits: &Limits) {
    let (counted, survey) = run(frames, keys, limits, false);
    let (told, full) = run(frames, keys, limits, true);
    assert_eq!(counted, told, "events of a survey and of a full reading");
    assert_eq!(told, full.events.len() as u64, "events counted and told");
    assert_eq!(survey.connections.len(), full.connections.len());
    assert!(survey.events.is_empty());
    for (own, other) in survey.connections.iter().zip(&full.connections) {
        assert_eq!((own.id, own.ends, &own.notes), (other.id, other.ends, &other.notes));
        assert_eq!(own.verdict(Lang::En), other.verdict(Lang::En));
        assert_eq!((own.payload, own.packets), (other.payload, other.packets));
    }
    for (id, event) in &full.events {
        assert!(!event.frames.is_empty(), "an event of connection {id} without frames");
        // A handshake of two messages, a message held back in pieces: a few times what one of them may have.
        let most = 4 * limits.event_frames.max(limits.message_frames) + 64;
        assert!(event.frames.len() <= most, "{} of {} frames", event.facts.kind(), event.frames.len());
        event.facts.label(Lang::En);
        event.facts.label(Lang::Ko);
        event.facts.fields();
        if let Some(payload) = event.facts.payload() {
            assert!(payload.bytes.len() <= limits.message.max(limits.body).max(limits.inflate).max(1 << 16));
        }
    }
    let mut last = std::collections::HashMap::new();
    for (id, event) in &full.events {
        let n = last.entry(*id).or_insert(0);
        assert_eq!(event.n, *n, "the events of connection {id} are numbered in order");
        *n += 1;
    }
}

/// What is done to the frames of a capture.
#[derive(Clone, Debug)]
enum Change {
    /// A byte of a frame becomes another.
    Byte(Index, Index, u8),
    /// A bit behind the headers flips.
    Bit(Index, Index, u8),
    /// A frame loses its end.
    Cut(Index, Index),
    Drop(Index),
    Repeat(Index, Index),
    Swap(Index, Index),
    /// The end of a frame is that of another.
    Splice(Index, Index, Index),
    /// The clock jumps.
    Time(Index, i64),
    /// Eight bytes of a frame become a length at its borders.
    Length(Index, Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    use any as a;
    prop_oneof![
        4 => (a::<Index>(), a::<Index>(), a::<u8>()).prop_map(|(f, at, to)| Change::Byte(f, at, to)),
        4 => (a::<Index>(), a::<Index>(), 0..8_u8).prop_map(|(f, at, bit)| Change::Bit(f, at, bit)),
        2 => (a::<Index>(), a::<Index>()).prop_map(|(f, at)| Change::Cut(f, at)),
        2 => a::<Index>().prop_map(Change::Drop),
        1 => (a::<Index>(), a::<Index>()).prop_map(|(f, to)| Change::Repeat(f, to)),
        1 => (a::<Index>(), a::<Index>()).prop_map(|(f, to)| Change::Swap(f, to)),
        1 => (a::<Index>(), a::<Index>(), a::<Index>()).prop_map(|(f, of, at)| Change::Splice(f, of, at)),
        1 => (a::<Index>(), a::<i64>()).prop_map(|(f, to)| Change::Time(f, to)),
        1 => (a::<Index>(), a::<Index>(), a::<u8>()).prop_map(|(f, at, to)| Change::Length(f, at, to)),
    ]
}

/// Where the payload of a TCP segment over IPv4 on Ethernet begins, roughly: changes there reach the layers.
const HEADERS: usize = 66;

fn apply(frames: &mut Vec<Owned>, change: &Change) {
    if frames.is_empty() {
        return;
    }
    let count = frames.len();
    match change {
        Change::Byte(of, at, to) => {
            let bytes = &mut frames[of.index(count)].bytes;
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = *to;
            }
        }
        Change::Bit(of, at, bit) => {
            let bytes = &mut frames[of.index(count)].bytes;
            if bytes.len() > HEADERS {
                let at = HEADERS + at.index(bytes.len() - HEADERS);
                bytes[at] ^= 1 << bit;
            }
        }
        Change::Cut(of, at) => {
            let bytes = &mut frames[of.index(count)].bytes;
            bytes.truncate(at.index(bytes.len() + 1));
        }
        Change::Drop(of) => drop(frames.remove(of.index(count))),
        Change::Repeat(of, to) => {
            let again = frames[of.index(count)].clone();
            frames.insert(to.index(count), again);
        }
        Change::Swap(one, other) => frames.swap(one.index(count), other.index(count)),
        Change::Splice(to, of, at) => {
            let from = frames[of.index(count)].bytes.clone();
            let bytes = &mut frames[to.index(count)].bytes;
            let at = at.index(bytes.len().min(from.len()) + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&from[at..]);
        }
        Change::Time(of, to) => frames[of.index(count)].time = *to,
        Change::Length(of, at, to) => {
            let bytes = &mut frames[of.index(count)].bytes;
            let at = at.index(bytes.len() + 1);
            let value = [0, 0xff, 0x7f, 0x80][usize::from(*to % 4)];
            bytes.iter_mut().skip(at).take(usize::from(*to / 4 % 8) + 1).for_each(|byte| *byte = value);
        }
    }
}

/// The captures that are short enough to be read many times.
fn seeds() -> Vec<(Vec<Owned>, Keyring)> {
    captures().iter().map(|path| read(path)).filter(|(frames, _)| frames.len() < 200).collect()
}

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(600);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn damaged_captures_are_told_the_same_in_both_modes() {
    let seeds = seeds();
    assert!(seeds.len() > 60);
    let case = (any::<Index>(), prop::collection::vec(change(), 0..12), any::<bool>());
    proptest!(config(), |((which, changes, small) in case)| {
        let (mut frames, keys) = seeds[which.index(seeds.len())].clone();
        changes.iter().for_each(|change| apply(&mut frames, change));
        both(&frames, &keys, &if small { tight() } else { Limits::default() });
    });
}

#[test]
fn all_captures_are_told_the_same_in_both_modes() {
    for (frames, keys) in seeds() {
        both(&frames, &keys, &Limits::default());
        both(&frames, &keys, &tight());
    }
}

/// Pieces of the protocols that are read, to be strung together.
const WORDS: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n",
    b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    b"\0\0\x06\x01\x05\0\0\0\x01\x82\x86\x84\x41\x00\x87",
    b"\0\0\x05\0\x01\0\0\0\x01hello",
    b"\x16\x03\x01\x00\x31\x01\x00\x00\x2d\x03\x03",
    b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00\x14\x03\x03\x00\x01\x01",
    b"\x17\x03\x03\x00\x13",
    b"\x15\x03\x03\x00\x02\x02\x28",
    b"\x81\x05hello", b"\x81\x85\0\0\0\0hello", b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", b"\x01\x03hel", b"\x80\x02lo",
    b"\x88\x02\x03\xe8", b"\x89\x00", b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", b"\x82\x7e\x01\x00",
    b"\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x01b\x00\x00\x01\x00\x01",
    b"\0\0\0\0\0\0\0\0\0\0\0\0", b"\xff\xff\xff\xff\xff\xff\xff\xff", b"\r\n", b"0\r\n\r\n", b"7fffffffffffffff\r\n",
];

#[derive(Clone, Debug)]
struct Said {
    client: bool,
    words: Vec<Index>,
    noise: Vec<u8>,
    /// How far the sequence number is off.
    jump: i16,
    flags: u8,
}

fn said() -> impl Strategy<Value = Said> {
    let jump = prop_oneof![8 => Just(0_i16), 1 => -40..40_i16, 1 => any::<i16>()];
    let flags = prop_oneof![8 => Just(0x10_u8), 1 => Just(0x11_u8), 1 => any::<u8>()];
    let words = prop::collection::vec(any::<Index>(), 0..4);
    let noise = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(any::<u8>(), 0..40)];
    (any::<bool>(), words, noise, jump, flags).prop_map(|(client, words, noise, jump, flags)| Said {
        client,
        words,
        noise,
        jump,
        flags,
    })
}

#[test]
fn any_talk_on_one_flow_is_told_the_same_in_both_modes() {
    let ports = [80_u16, 443, 53, 9001];
    let case = (any::<Index>(), any::<bool>(), prop::collection::vec(said(), 1..24), any::<bool>());
    let config = ProptestConfig { cases: config().cases * 4, ..config() };
    proptest!(config, |((port, syn, talk, small) in case)| {
        let port = ports[port.index(ports.len())];
        let mut frames = Vec::new();
        let mut next = [1001_u32, 5001];
        if syn {
            frames.push(segment(true, port, 1000, 0, 0x02, b""));
            frames.push(segment(false, port, 5000, 1001, 0x12, b""));
        }
        for Said { client, words, noise, jump, flags } in &talk {
            let mut payload: Vec<u8> =
                words.iter().flat_map(|word| WORDS[word.index(WORDS.len())].iter().copied()).collect();
            payload.extend(noise);
            let (own, other) = if *client { (0, 1) } else { (1, 0) };
            let seq = next[own].wrapping_add_signed(i32::from(*jump));
            frames.push(segment(*client, port, seq, next[other], *flags, &payload));
            next[own] = seq.wrapping_add(payload.len() as u32);
        }
        both(&frames, &Keyring::default(), &if small { tight() } else { Limits::default() });
    });
}

#[test]
fn any_bytes_are_a_frame_of_any_link_type() {
    let links = [0, 1, 9, 50, 51, 101, 104, 105, 108, 113, 127, 228, 229, 276, 147];
    let frames = prop::collection::vec((any::<Index>(), prop::collection::vec(any::<u8>(), 0..120)), 1..6);
    let config = ProptestConfig { cases: config().cases * 4, ..config() };
    proptest!(config, |(frames in frames)| {
        let frames: Vec<Owned> = frames
            .into_iter()
            .map(|(link, bytes)| Owned { time: 0, link: LinkType(links[link.index(links.len())]), bytes })
            .collect();
        both(&frames, &Keyring::default(), &tight());
    });
}

#[test]
fn any_damage_to_a_file_is_read_to_its_end() {
    let files: Vec<Vec<u8>> = captures()
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .filter(|file| file.len() < 20_000)
        .collect();
    let changes = prop::collection::vec((any::<Index>(), any::<u8>()), 0..16);
    proptest!(config(), |(which in any::<Index>(), changes in changes, cut in any::<Option<Index>>())| {
        let mut bytes = files[which.index(files.len())].clone();
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let Ok(mut input) = capture::open(&[file.path().to_owned()], &capture::Options::default()) else {
            return Ok(());
        };
        let mut steps = 0;
        while !matches!(input.source.next().unwrap(), Next::End { .. }) {
            steps += 1;
            prop_assert!(steps <= 4 * bytes.len() + 100, "it goes on and on");
        }
    });
}

#[test]
fn what_fuzzing_found_is_read_without_a_panic() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for (name, exercise) in exercises::EXERCISES {
        for entry in std::fs::read_dir(corpus.join(name)).into_iter().flatten() {
            exercise(&std::fs::read(entry.unwrap().path()).unwrap());
        }
    }
}
