//! What the tests of the layers share: a recorder of events, and streams to feed, scripted or out of a capture.

#![allow(dead_code)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use seqdump::diagnostic::{Diagnostic, Note};
use seqdump::event::{Body, Chunk, End, Event, Origin, Packet, Side, Sink, Value};
use seqdump::frame::Timestamp;
use seqdump::keyring::Keyring;
use seqdump::layer::protocol::Protocol;
use seqdump::layer::protocol::World;
use seqdump::layer::stack::Stack;
use seqdump::layer::{PROTOCOLS, http, http2};
use seqdump::limits::Limits;
use seqdump::locale::Lang;

/// HTTP alone: what it carries, nobody reads.
static ALONE: &[&Protocol] = &[&http::PROTOCOL, &http2::PROTOCOL];

/// Keeps what the layers say.
pub struct Recorder {
    pub full: bool,
    pub events: Vec<Event>,
    pub notes: Vec<&'static str>,
    pub count: u64,
    pub protocols: Vec<&'static str>,
}

impl Recorder {
    pub fn new(full: bool) -> Recorder {
        Recorder { full, events: Vec::new(), notes: Vec::new(), count: 0, protocols: Vec::new() }
    }
}

impl Sink for Recorder {
    fn full(&self) -> bool {
        self.full
    }

    fn number(&mut self, notes: &[Note]) -> u64 {
        self.notes.extend(notes.iter().map(|note| note.what.id));
        self.count += 1;
        self.count - 1
    }

    fn keep(&mut self, event: Event) {
        self.events.push(event);
    }

    fn packet(&mut self, _: Packet) {}

    fn note(&mut self, what: &'static Diagnostic) {
        self.notes.push(what.id);
    }

    fn protocol(&mut self, name: &'static str) {
        self.protocols.push(name);
    }
}

/// A piece of a scripted stream: who sent it, in which frame, and what.
pub type Piece<'a> = (Side, u64, Body<'a>);

/// Feeds pieces; frame `n` is stamped with `n` milliseconds.
pub fn play(pieces: &[Piece<'_>], full: bool, inferred: bool) -> (Recorder, Stack) {
    play_among(ALONE, pieces, full, inferred)
}

/// The same, where what is carried is read by these protocols.
pub fn play_among(
    protocols: &'static [&'static Protocol],
    pieces: &[Piece<'_>],
    full: bool,
    inferred: bool,
) -> (Recorder, Stack) {
    let (limits, keys) = (Limits::default(), Keyring::default());
    let world = World {
        limits: &limits,
        keys: &keys,
        server_port: 80,
        roles_inferred: inferred,
        protocols,
        unclaimed: "tcp.data",
    };
    let mut recorder = Recorder::new(full);
    let mut stack = Stack::new(inferred);
    for (side, frame, body) in pieces {
        let time = Timestamp(*frame as i64 * 1_000_000);
        let frames = [*frame];
        let origin = Origin::new(*side, time, &frames);
        stack.feed(Chunk { origin, body: *body }, &mut recorder, world);
    }
    (recorder, stack)
}

/// An event in one line: number, direction, frames, kind, label, notes.
pub fn line(event: &Event) -> String {
    let notes: Vec<_> = event.notes.iter().map(|note| note.what.id).collect();
    let (direction, kind, label) = (event.side.direction(), event.facts.kind(), event.facts.label(Lang::En));
    format!("{} {direction} {:?} {kind} {label} {notes:?}", event.n, event.frames)
}

pub fn lines(recorder: &Recorder) -> Vec<String> {
    recorder.events.iter().map(line).collect()
}

/// The value of a field as text; empty where it is not there.
pub fn field(event: &Event, name: &str) -> String {
    let fields = event.facts.fields();
    let wire = event.facts.wire();
    for field in &fields {
        if let Some(at) = &field.at {
            assert!(at.end <= wire.len(), "{name} {at:?}");
        }
    }
    fields.iter().find(|field| field.name == name).map(|field| say(&field.value)).unwrap_or_default()
}

fn say(value: &Value) -> String {
    match value {
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Hex(bytes) => format!("{bytes:02x?}"),
        Value::List(list) => format!("[{}]", list.iter().map(say).collect::<Vec<_>>().join(", ")),
        Value::Table(fields) => format!("{:?}", fields.iter().map(|field| field.name).collect::<Vec<_>>()),
    }
}

/// The captures of other people, where they are there.
pub fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find_map(|folder| {
        ["shared/corpus", "../shared/corpus"].iter().map(|name| folder.join(name)).find(|path| path.is_dir())
    });
    if folder.is_none() {
        eprintln!("skipped: no corpus beside this project");
    }
    folder
}

/// One TCP segment of a capture.
struct Segment {
    frame: u64,
    time: Timestamp,
    flow: (Vec<u8>, Vec<u8>),
    seq: u32,
    flags: u8,
    payload: Vec<u8>,
}

/// The TCP streams of a capture, numbered in order of their first packet, as pieces in the order of capture.
/// A plain reassembly: later copies of a byte are dropped, holes become gaps at the end.
pub fn streams(path: &Path) -> Vec<Connection> {
    let mut all: Vec<Connection> = Vec::new();
    let mut open: HashMap<(Vec<u8>, Vec<u8>), usize> = HashMap::new();
    for segment in segments(path) {
        let (a, b) = segment.flow.clone();
        let key = if a < b { (a.clone(), b) } else { (b, a.clone()) };
        let syn = segment.flags & 0x12 == 0x02;
        let known = open.get(&key).copied();
        let fresh = match known {
            None => true,
            Some(place) => syn && all[place].isn.is_some_and(|isn| isn != segment.seq),
        };
        let place = if fresh {
            all.push(Connection { client: a.clone(), ..Connection::default() });
            open.insert(key, all.len() - 1);
            all.len() - 1
        } else {
            known.unwrap()
        };
        let connection = &mut all[place];
        if syn {
            connection.isn = Some(segment.seq);
            connection.client = a.clone();
        } else if segment.flags & 0x12 == 0x12 && connection.isn.is_none() && connection.pieces.is_empty() {
            connection.client = segment.flow.1.clone();
        }
        connection.segment(segment);
    }
    for connection in &mut all {
        connection.finish();
    }
    all
}

/// One connection of a capture.
#[derive(Default)]
pub struct Connection {
    pub client: Vec<u8>,
    pub isn: Option<u32>,
    pub pieces: Vec<(Side, u64, Timestamp, Owned)>,
    halves: [Half; 2],
    last: (u64, Timestamp),
}

/// A body, owned.
#[derive(Debug, Clone)]
pub enum Owned {
    Bytes(Vec<u8>),
    Gap(u64),
    End(End),
}

#[derive(Default)]
struct Half {
    next: Option<u32>,
    early: BTreeMap<i64, (u64, Timestamp, Vec<u8>)>,
    position: i64,
    fin: Option<i64>,
    ended: bool,
}

impl Connection {
    fn segment(&mut self, segment: Segment) {
        let side = if segment.flow.0 == self.client { Side::Client } else { Side::Server };
        self.last = (segment.frame, segment.time);
        let half = &mut self.halves[side as usize];
        let syn = segment.flags & 2 != 0;
        let start = segment.seq.wrapping_add(u32::from(syn));
        if segment.payload.is_empty() && !syn && half.next.is_none() && segment.flags & 1 == 0 {
            return;
        }
        let next = *half.next.get_or_insert(start);
        let relative =
            half.position + i64::from(start.wrapping_sub(next.wrapping_add(half.position as u32)) as i32);
        if segment.flags & 4 != 0 {
            for side in Side::BOTH {
                if !std::mem::replace(&mut self.halves[side as usize].ended, true) {
                    self.pieces.push((side, segment.frame, segment.time, Owned::End(End::Reset)));
                }
            }
            return;
        }
        if half.ended {
            return;
        }
        if segment.flags & 1 != 0 {
            half.fin = Some(relative + segment.payload.len() as i64);
        }
        if !segment.payload.is_empty() {
            half.early.entry(relative).or_insert((segment.frame, segment.time, segment.payload));
        }
        self.drain(side, (segment.frame, segment.time));
    }

    fn drain(&mut self, side: Side, at: (u64, Timestamp)) {
        let half = &mut self.halves[side as usize];
        while let Some((&start, _)) = half.early.iter().next() {
            if start > half.position {
                break;
            }
            let (frame, time, bytes) = half.early.remove(&start).unwrap();
            let skip = (half.position - start) as usize;
            if skip < bytes.len() {
                half.position += (bytes.len() - skip) as i64;
                self.pieces.push((side, frame, time, Owned::Bytes(bytes[skip..].to_vec())));
            }
        }
        if half.fin.is_some_and(|fin| fin <= half.position) && !half.ended {
            half.ended = true;
            self.pieces.push((side, at.0, at.1, Owned::End(End::Closed)));
        }
    }

    fn finish(&mut self) {
        for side in Side::BOTH {
            while let Some((&start, _)) = self.halves[side as usize].early.iter().next() {
                let half = &mut self.halves[side as usize];
                if half.ended {
                    break;
                }
                let missing = (start - half.position) as u64;
                half.position = start;
                self.pieces.push((side, self.last.0, self.last.1, Owned::Gap(missing)));
                self.drain(side, self.last);
            }
            if !std::mem::replace(&mut self.halves[side as usize].ended, true) {
                self.pieces.push((side, self.last.0, self.last.1, Owned::End(End::Capture)));
            }
        }
    }

    /// What the layers say of it.
    pub fn read(&self, full: bool) -> (Recorder, bool) {
        let (limits, keys) = (Limits::default(), Keyring::default());
        let roles_inferred = self.isn.is_none();
        let world = World {
            limits: &limits,
            keys: &keys,
            server_port: 80,
            roles_inferred,
            protocols: PROTOCOLS,
            unclaimed: "tcp.data",
        };
        let mut recorder = Recorder::new(full);
        let mut stack = Stack::new(roles_inferred);
        for (side, frame, time, body) in &self.pieces {
            let frames = [*frame];
            let origin = Origin::new(*side, *time, &frames);
            let body = match body {
                Owned::Bytes(bytes) => Body::Bytes(bytes),
                Owned::Gap(missing) => Body::Gap(*missing),
                Owned::End(end) => Body::End(*end),
            };
            stack.feed(Chunk { origin, body }, &mut recorder, world);
        }
        let reversed = stack.take_reversed();
        (recorder, reversed)
    }
}

fn segments(path: &Path) -> Vec<Segment> {
    use pcap_parser::{PcapBlockOwned, PcapError};
    let mut all = Vec::new();
    let Ok(file) = std::fs::File::open(path) else { return all };
    let Ok(mut reader) = pcap_parser::create_reader(1 << 20, file) else { return all };
    let (mut frame, mut link, mut links) = (0, 1, Vec::new());
    loop {
        match reader.next() {
            Ok((used, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(header) => link = header.network.0,
                    PcapBlockOwned::Legacy(packet) => {
                        frame += 1;
                        let time = Timestamp(
                            i64::from(packet.ts_sec) * 1_000_000_000 + i64::from(packet.ts_usec) * 1000,
                        );
                        let captured = &packet.data[..packet.data.len().min(packet.caplen as usize)];
                        all.extend(segment(frame, time, link, captured));
                    }
                    PcapBlockOwned::NG(pcap_parser::Block::SectionHeader(_)) => links.clear(),
                    PcapBlockOwned::NG(pcap_parser::Block::InterfaceDescription(interface)) => {
                        links.push(interface.linktype.0);
                    }
                    PcapBlockOwned::NG(pcap_parser::Block::EnhancedPacket(packet)) => {
                        frame += 1;
                        let ticks = (u64::from(packet.ts_high) << 32) | u64::from(packet.ts_low);
                        let time = Timestamp((ticks as i64).saturating_mul(1000));
                        let link = links.get(packet.if_id as usize).copied().unwrap_or(1);
                        let captured = &packet.data[..packet.data.len().min(packet.caplen as usize)];
                        all.extend(segment(frame, time, link, captured));
                    }
                    PcapBlockOwned::NG(pcap_parser::Block::SimplePacket(packet)) => {
                        frame += 1;
                        let link = links.first().copied().unwrap_or(1);
                        all.extend(segment(frame, Timestamp(0), link, packet.data));
                    }
                    PcapBlockOwned::NG(_) => {}
                }
                reader.consume(used);
            }
            Err(PcapError::Incomplete(_)) => {
                if reader.refill().is_err() {
                    return all;
                }
            }
            Err(_) => return all,
        }
    }
}

fn segment(frame: u64, time: Timestamp, link: i32, bytes: &[u8]) -> Option<Segment> {
    use etherparse::{InternetSlice, SlicedPacket, TransportSlice};
    let packet = match link {
        1 => SlicedPacket::from_ethernet(bytes).ok()?,
        113 => SlicedPacket::from_ip(bytes.get(16..)?).ok()?,
        276 => SlicedPacket::from_ip(bytes.get(20..)?).ok()?,
        0 | 108 => SlicedPacket::from_ip(bytes.get(4..)?).ok()?,
        101 | 228 | 229 | 12 | 14 => SlicedPacket::from_ip(bytes).ok()?,
        _ => return None,
    };
    let (from, to) = match packet.net? {
        InternetSlice::Ipv4(ip) => (ip.header().source().to_vec(), ip.header().destination().to_vec()),
        InternetSlice::Ipv6(ip) => (ip.header().source().to_vec(), ip.header().destination().to_vec()),
        _ => return None,
    };
    let Some(TransportSlice::Tcp(tcp)) = packet.transport else { return None };
    let end = |mut address: Vec<u8>, port: u16| {
        address.extend_from_slice(&port.to_be_bytes());
        address
    };
    let flags =
        u8::from(tcp.fin()) | u8::from(tcp.syn()) << 1 | u8::from(tcp.rst()) << 2 | u8::from(tcp.ack()) << 4;
    Some(Segment {
        frame,
        time,
        flow: (end(from, tcp.source_port()), end(to, tcp.destination_port())),
        seq: tcp.sequence_number(),
        flags,
        payload: tcp.payload().to_vec(),
    })
}
