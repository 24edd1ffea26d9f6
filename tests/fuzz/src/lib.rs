//! What fuzzing does with arbitrary bytes: one exercise for each way in. Each reads everything, in a survey and in
//! full, and holds that both count the same.

use std::io::Write;

use seqdump::capture::{self, Next};
use seqdump::connection::Connection;
use seqdump::decode::Decoder;
use seqdump::diagnostic::{Diagnostic, Note};
use seqdump::engine::{Engine, Observer};
use seqdump::event::{Body, Chunk, Event, Origin, Packet, Side, Sink};
use seqdump::frame::{Frame, LinkType, Place, Timestamp};
use seqdump::keyring::Keyring;
use seqdump::layer::protocol::{Protocol, World};
use seqdump::layer::stack::Stack;
use seqdump::limits::Limits;
use seqdump::locale::Lang;
use seqdump::model::filter::Filter;

/// What a target does with the bytes that it is given.
pub type Exercise = fn(&[u8]);

/// All exercises by name.
pub const EXERCISES: &[(&str, Exercise)] = &[
    ("files", files),
    ("decode", decode),
    ("engine", engine),
    ("tcp", tcp),
    ("stack", stack),
    ("http", http),
    ("http2", http2),
    ("websocket", websocket),
    ("tls", tls),
    ("dns", dns),
    ("keylog", keylog),
    ("filter", filter),
    ("config", config),
];

/// Limits that short inputs hit.
fn tight() -> Limits {
    let text = "connections=4,out_of_order=512,out_of_order_segments=4,out_of_order_total=1024,compared_total=1024,\
                datagrams=4,nesting=3,opening=64,http_line=128,http_head=256,http_headers=8,pipelined=2,body=64,\
                decoded_body=256,message=64,message_frames=4,inflate=256,handshake_message=512,\
                waiting_ciphertext=256,channels=3,event_frames=8,layers=4";
    Limits::parse(text).unwrap_or_default()
}

/// A capture file.
pub fn files(data: &[u8]) {
    let Ok(file) = tempfile::NamedTempFile::new() else { return };
    if file.as_file().write_all(data).is_err() {
        return;
    }
    let options = capture::Options { rereadable: true, ..capture::Options::default() };
    let Ok(mut input) = capture::open(&[file.path().to_owned()], &options) else { return };
    let mut frames = 0;
    for step in 0.. {
        assert!(step <= 4 * data.len() + 100, "it goes on and on");
        match input.source.next() {
            Ok(Next::Frame(frame)) => frames = frame.number,
            Ok(Next::End { .. }) | Err(_) => break,
            Ok(_) => {}
        }
    }
    let mut again = 0;
    if let Some(handle) = input.frames {
        let _ = handle.read(1..=frames, |frame| again = frame.number);
        assert_eq!(again, frames);
    }
}

const LINKS: [u32; 16] = [1, 0, 9, 50, 51, 101, 104, 105, 108, 113, 127, 147, 228, 229, 276, 12];

/// Frames: a byte for the link type and the clock, two for the length, the bytes.
fn frames(mut data: &[u8]) -> Vec<(LinkType, i64, &[u8])> {
    let mut frames = Vec::new();
    let mut time = 0_i64;
    while let [head, high, low, rest @ ..] = data {
        let len = (usize::from(*high) << 8 | usize::from(*low)).min(rest.len());
        time = time.wrapping_add([1000, 1_000_000, 2_000_000_000, -5_000_000][usize::from(head >> 4 & 3)]);
        frames.push((LinkType(LINKS[usize::from(head & 15)]), time, &rest[..len]));
        data = &rest[len..];
    }
    frames
}

fn frame(number: u64, (link, time, bytes): (LinkType, i64, &[u8])) -> Frame<'_> {
    let (time, wire_len) = (Timestamp(time), bytes.len() as u32);
    Frame { number, time, link, wire_len, bytes, place: Place::default(), comment: None }
}

/// Frames, one by one.
pub fn decode(data: &[u8]) {
    let limits = tight();
    let mut decoder = Decoder::new(&limits);
    for (number, found) in (1..).zip(frames(data)) {
        decoder.decode(&frame(number, found));
    }
}

#[derive(Default)]
struct Heard {
    full: bool,
    events: u64,
    verdicts: Vec<String>,
}

impl Heard {
    fn look(&mut self, event: &Event) {
        assert!(!event.frames.is_empty());
        self.events += 1;
        for lang in [Lang::En, Lang::Ko] {
            event.facts.label(lang);
            event.notes.iter().for_each(|note| drop(note.say(lang)));
        }
        event.facts.fields();
        event.facts.payload();
    }
}

impl Observer for Heard {
    fn wants(&mut self, _: &Connection) -> bool {
        self.full
    }
    fn packet(&mut self, _: &Connection, packet: Packet) {
        packet.facts.label(Lang::En);
        packet.facts.fields();
    }
    fn event(&mut self, _: &Connection, event: Event) {
        self.look(&event);
    }
    fn ended(&mut self, connection: Connection) {
        self.verdicts.push(format!("{} {}", connection.id, connection.verdict(Lang::En)));
    }
}

/// Frames, through the whole engine.
pub fn engine(data: &[u8]) {
    let (small, data) = data.split_first().map_or((false, data), |(first, rest)| (first & 1 == 1, rest));
    read_twice(small, &frames(data));
}

/// Reads frames in a survey and in full, and holds that both say the same.
fn read_twice(small: bool, frames: &[(LinkType, i64, &[u8])]) {
    let limits = if small { tight() } else { Limits::default() };
    let keys = Keyring::default();
    let run = |full| {
        let mut heard = Heard { full, ..Heard::default() };
        let mut engine = Engine::new(&limits);
        for (number, found) in (1..).zip(frames) {
            engine.feed(&frame(number, *found), &keys, &mut heard);
        }
        engine.finish(&keys, &mut heard);
        (engine.totals().events, heard)
    };
    let ((surveyed, survey), (told, full)) = (run(false), run(true));
    assert_eq!((surveyed, survey.events), (told, 0));
    assert_eq!(told, full.events);
    assert_eq!(survey.verdicts, full.verdicts);
}

/// Segments of one connection, whose headers are well-formed: seven bytes say who sends, which flags, how far the
/// sequence number and the acknowledgement are off, the window, and how long the payload is that follows.
pub fn tcp(data: &[u8]) {
    let Some((&first, mut data)) = data.split_first() else { return };
    let mut next = if first & 2 == 2 { [u32::MAX - 99, 5000] } else { [1000, u32::MAX - 9] };
    let port = [80_u16, 443, 53, 9001][usize::from(first >> 2 & 3)];
    let (mut packets, mut time) = (Vec::new(), 0_i64);
    while let [head, flags, jump, back, ack, window, len, rest @ ..] = data {
        let (own, other) = (usize::from(head & 1), usize::from(!head & 1));
        let payload = &rest[..(usize::from(*len) << (head >> 1 & 3)).min(rest.len())];
        let seq = next[own].wrapping_add_signed(i32::from(*jump as i8)).wrapping_sub(u32::from(*back) << 3);
        let ack = next[other].wrapping_add_signed(i32::from(*ack as i8));
        packets.push((time, segment(own, port, seq, ack, *flags, *window, payload)));
        let len =
            (payload.len() as u32).wrapping_add(u32::from(flags & 1)).wrapping_add(u32::from(flags >> 1 & 1));
        if head & 0x80 == 0 {
            next[own] = seq.wrapping_add(len);
        }
        time = time.wrapping_add([1000, 50_000_000, 2_000_000_000, -5_000_000][usize::from(head >> 4 & 3)]);
        data = &rest[payload.len()..];
    }
    let frames: Vec<_> =
        packets.iter().map(|(time, bytes)| (LinkType(101), *time, bytes.as_slice())).collect();
    read_twice(first & 1 == 1, &frames);
}

/// An IPv4 packet with a TCP segment from end 0 or 1 whose checksum was left to the interface.
fn segment(own: usize, port: u16, seq: u32, ack: u32, flags: u8, window: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0];
    bytes.extend([[10, 0, 0, own as u8], [10, 0, 0, 1 - own as u8]].concat());
    let ports = if own == 0 { [40_000, port] } else { [port, 40_000] };
    bytes.extend(ports.map(u16::to_be_bytes).concat());
    bytes.extend([seq.to_be_bytes(), ack.to_be_bytes()].concat());
    bytes.extend([0x50, flags, window, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    let len = (bytes.len() as u16).to_be_bytes();
    bytes[2..4].copy_from_slice(&len);
    bytes
}

struct Voice {
    full: bool,
    numbered: u64,
    heard: Heard,
}

impl Sink for Voice {
    fn full(&self) -> bool {
        self.full
    }
    fn number(&mut self, _: &[Note]) -> u64 {
        self.numbered += 1;
        self.numbered - 1
    }
    fn keep(&mut self, event: Event) {
        self.heard.look(&event);
    }
    fn packet(&mut self, _: Packet) {}
    fn note(&mut self, _: &'static Diagnostic) {}
    fn protocol(&mut self, _: &'static str) {}
}

/// Pieces of a byte stream in both directions: a byte that says whose it is and what, one for the length, the bytes.
fn stream(protocols: &'static [&'static Protocol], data: &[u8]) {
    let Some((&first, data)) = data.split_first() else { return };
    let (midstream, small) = (first & 1 == 1, first & 2 == 2);
    let limits = if small { tight() } else { Limits::default() };
    let keys = Keyring::default();
    let ports = [80, 443, 53, 9001];
    let world = World {
        limits: &limits,
        keys: &keys,
        server_port: ports[usize::from(first >> 2 & 3)],
        roles_inferred: first & 16 == 16,
        protocols,
        unclaimed: "tcp.data",
    };
    let counts = [false, true].map(|full| {
        let mut voice = Voice { full, numbered: 0, heard: Heard::default() };
        let mut stack = Stack::new(midstream);
        let (mut data, mut number) = (data, 0_u64);
        while let [head, len, rest @ ..] = data {
            number += 1;
            let frames = [number];
            let side = if head & 1 == 0 { Side::Client } else { Side::Server };
            let time = Timestamp(number as i64 * 1000);
            let origin = Origin::new(side, time, &frames);
            let len = (usize::from(*len) << (head >> 4 & 3)).min(rest.len());
            let body = match head >> 1 & 7 {
                7 => Body::Gap(len as u64 + 1),
                _ => Body::Bytes(&rest[..len]),
            };
            data = if matches!(body, Body::Gap(_)) { rest } else { &rest[len..] };
            stack.feed(Chunk { origin, body }, &mut voice, world);
            stack.take_reversed();
        }
        let frames = [number + 1];
        let time = Timestamp(number as i64 * 1000 + 1);
        let origin = Origin::new(Side::Client, time, &frames);
        stack.end([false; 2], origin, &mut voice, world);
        stack.verdicts().iter().for_each(|verdict| drop(verdict.say(Lang::En)));
        (voice.numbered, voice.heard.events)
    });
    assert_eq!(counts[0].0, counts[1].0, "events of a survey and of a full reading");
    assert_eq!(counts[1].0, counts[1].1);
}

/// Whatever a byte stream turns out to be, with what it carries.
pub fn stack(data: &[u8]) {
    stream(seqdump::layer::PROTOCOLS, data);
}

/// HTTP/1.1, and WebSocket above it.
pub fn http(data: &[u8]) {
    static PROTOCOLS: &[&Protocol] = &[&seqdump::layer::http::PROTOCOL, &seqdump::layer::websocket::PROTOCOL];
    stream(PROTOCOLS, data);
}

/// HTTP/2, and WebSocket above it.
pub fn http2(data: &[u8]) {
    static PROTOCOLS: &[&Protocol] =
        &[&seqdump::layer::http2::PROTOCOL, &seqdump::layer::websocket::PROTOCOL];
    stream(PROTOCOLS, data);
}

/// WebSocket whose handshake was not captured.
pub fn websocket(data: &[u8]) {
    static PROTOCOLS: &[&Protocol] = &[&seqdump::layer::websocket::PROTOCOL];
    stream(PROTOCOLS, data);
}

/// TLS.
pub fn tls(data: &[u8]) {
    static PROTOCOLS: &[&Protocol] = &[&seqdump::layer::tls::PROTOCOL];
    stream(PROTOCOLS, data);
}

/// DNS over TCP.
pub fn dns(data: &[u8]) {
    static PROTOCOLS: &[&Protocol] = &[&seqdump::layer::dns::PROTOCOL];
    stream(PROTOCOLS, data);
}

/// A key log.
pub fn keylog(data: &[u8]) {
    let mut keys = Keyring::default();
    for line in data.split(|byte| *byte == b'\n') {
        keys.learn(line, &Limits::default());
    }
}

/// A filter.
pub fn filter(data: &[u8]) {
    let _ = std::str::from_utf8(data).map(Filter::parse);
}

/// A configuration, and the limits.
pub fn config(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = seqdump::tui::Config::parse(text);
        let _ = Limits::parse(text);
    }
}
