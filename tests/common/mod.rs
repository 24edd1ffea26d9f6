//! Frames in memory: read from the captures beside the project, made of segments, and fed to the engine.

#![allow(dead_code)]

pub mod hostile;
pub mod markup;

use std::path::{Path, PathBuf};

use seqdump::capture::{self, Next};
use seqdump::connection::Connection;
use seqdump::engine::{Engine, Observer};
use seqdump::event::{Event, Packet};
use seqdump::frame::{Frame, LinkType, Place, Timestamp};
use seqdump::keyring::Keyring;
use seqdump::limits::Limits;
use seqdump::locale::Lang;

/// A frame that owns its bytes.
#[derive(Clone, Debug)]
pub struct Owned {
    pub time: i64,
    pub link: LinkType,
    pub bytes: Vec<u8>,
}

impl Owned {
    pub fn frame(&self, number: u64) -> Frame<'_> {
        Frame {
            number,
            time: Timestamp(self.time),
            link: self.link,
            wire_len: self.bytes.len() as u32,
            bytes: &self.bytes,
            place: Place::default(),
            comment: None,
        }
    }
}

/// All captures beside the project, sorted.
pub fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".pcap"))
        .collect();
    found.sort();
    found
}

/// The frames of a capture, and the secrets in it.
pub fn read(path: &Path) -> (Vec<Owned>, Keyring) {
    let input = capture::open(&[path.to_owned()], &capture::Options::default()).unwrap();
    let (mut source, mut frames, mut keys) = (input.source, Vec::new(), Keyring::default());
    loop {
        match source.next().unwrap() {
            Next::Frame(frame) => {
                frames.push(Owned { time: frame.time.0, link: frame.link, bytes: frame.bytes.to_vec() });
            }
            Next::Secrets(lines) => {
                for line in lines.split(|byte| *byte == b'\n') {
                    keys.learn(line, &Limits::default());
                }
            }
            Next::End { .. } => return (frames, keys),
            _ => {}
        }
    }
}

/// The captures by the ends of their names.
pub fn capture(name: &str) -> (Vec<Owned>, Keyring) {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(name))
}

/// Keeps what an engine says; with `full` everything, else as a survey does.
#[derive(Default)]
pub struct Heard {
    pub full: bool,
    pub connections: Vec<Connection>,
    pub events: Vec<(u32, Event)>,
    pub packets: u64,
    pub warnings: u64,
    /// What was warned of.
    pub warned: Vec<&'static str>,
}

impl Observer for Heard {
    fn wants(&mut self, _: &Connection) -> bool {
        self.full
    }
    fn packet(&mut self, _: &Connection, packet: Packet) {
        self.packets += 1;
        packet.facts.label(Lang::En);
    }
    fn event(&mut self, connection: &Connection, event: Event) {
        self.events.push((connection.id, event));
    }
    fn ended(&mut self, connection: Connection) {
        self.connections.push(connection);
    }
    fn warning(&mut self, _: u64, note: seqdump::diagnostic::Note) {
        self.warnings += 1;
        self.warned.push(note.what.id);
    }
}

/// Feeds frames to an engine, to the end; how many events it counted, and what it said.
pub fn run(frames: &[Owned], keys: &Keyring, limits: &Limits, full: bool) -> (u64, Heard) {
    let mut heard = Heard { full, ..Heard::default() };
    let mut engine = Engine::new(limits);
    for (number, frame) in (1..).zip(frames) {
        engine.feed(&frame.frame(number), keys, &mut heard);
    }
    engine.finish(keys, &mut heard);
    heard.connections.sort_by_key(|connection| connection.id);
    (engine.totals().events, heard)
}

/// A segment between two endpoints as an IPv4 packet.
pub fn segment(from_client: bool, port: u16, seq: u32, ack: u32, flags: u8, payload: &[u8]) -> Owned {
    let mut bytes = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0];
    let ends = [([10, 0, 0, 1], 40_000_u16), ([10, 0, 0, 2], port)];
    let [from, to] = if from_client { ends } else { [ends[1], ends[0]] };
    bytes.extend([from.0, to.0].concat());
    bytes.extend([from.1.to_be_bytes(), to.1.to_be_bytes()].concat());
    bytes.extend([seq.to_be_bytes(), ack.to_be_bytes()].concat());
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    let len = bytes.len() as u16;
    bytes[2..4].copy_from_slice(&len.to_be_bytes());
    Owned { time: 0, link: LinkType::IPV4, bytes }
}
