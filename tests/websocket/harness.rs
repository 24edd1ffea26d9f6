//! A scripted connection: chunks of both sides in, the events that the tower of layers tells out. A small stand-in
//! for HTTP splits off the heads and hands on what follows them.

use seqdump::diagnostic::{Diagnostic, Note};
use seqdump::event::{Body, Chunk, End, Event, Facts, Origin, Packet, Side, Sink, Value, Verdict};
use seqdump::frame::{FrameNumber, Timestamp};
use seqdump::keyring::Keyring;
use seqdump::layer::protocol::{Hint, Layer, Match, Out, Protocol, Upgrade, World, bytes};
use seqdump::layer::stack::Stack;
use seqdump::layer::websocket::PROTOCOL;
use seqdump::limits::Limits;
use seqdump::locale::Lang;

static CARRIER: Protocol = Protocol {
    name: "carrier",
    // It begins where the stream does, and not later.
    probe: |opening| match opening.hint.is_none() && !opening.midstream && !opening.last {
        true => Match::Yes,
        false => Match::No,
    },
    start: |_, _| Box::new(Carrier::default()),
    judge: None,
};

/// The protocols that a script runs through.
pub static PROTOCOLS: &[&Protocol] = &[&CARRIER, &PROTOCOL];

/// Splits one request's and one answer's head off, upgrades, and carries the rest.
#[derive(Default)]
struct Carrier {
    heads: [Vec<u8>; 2],
    frames: Vec<FrameNumber>,
    waiting: Vec<(Side, Vec<FrameNumber>, Timestamp, Vec<u8>)>,
    switched: bool,
}

impl Carrier {
    /// Adds to a head; returns what is behind it.
    fn head(&mut self, side: Side, piece: &[u8], frames: &[FrameNumber]) -> Vec<u8> {
        let head = &mut self.heads[side as usize];
        if head.ends_with(b"\r\n\r\n") {
            return piece.to_vec();
        }
        self.frames.extend(frames.iter().filter(|frame| !self.frames.contains(frame)).collect::<Vec<_>>());
        for (place, byte) in piece.iter().enumerate() {
            head.push(*byte);
            if head.ends_with(b"\r\n\r\n") {
                return piece[place + 1..].to_vec();
            }
        }
        Vec::new()
    }

    fn upgrade(&self, time: Timestamp) -> Upgrade {
        let [request, response] = &self.heads;
        let (line, request) = split_head(request);
        let (status, response) = split_head(response);
        let words: Vec<&str> = line.split(' ').collect();
        Upgrade {
            protocol: "websocket".to_owned(),
            method: words[0].to_owned(),
            target: words[1].to_owned(),
            version: match words[2] {
                "HTTP/1.0" => 10,
                "HTTP/2" => 20,
                _ => 11,
            },
            request,
            status: status.split(' ').nth(1).unwrap().parse().unwrap(),
            response,
            frames: self.frames.clone(),
            time,
            ..Upgrade::default()
        }
    }
}

fn split_head(head: &[u8]) -> (String, Vec<(String, String)>) {
    let text = String::from_utf8_lossy(head).into_owned();
    let mut lines = text.trim_end().split("\r\n");
    let first = lines.next().unwrap().to_owned();
    let fields = lines.filter_map(|line| line.split_once(':'));
    (first, fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
}

impl Layer for Carrier {
    fn name(&self) -> &'static str {
        "carrier"
    }

    fn feed(&mut self, chunk: Chunk<'_>, out: &mut Out<'_>) {
        let Body::Bytes(piece) = chunk.body else { return out.carry(chunk) };
        if self.switched {
            return out.carry(chunk);
        }
        let rest = self.head(chunk.origin.side, piece, chunk.origin.frames);
        if !rest.is_empty() {
            self.waiting.push((chunk.origin.side, chunk.origin.frames.to_vec(), chunk.origin.time, rest));
        }
        if self.heads.iter().all(|head| head.ends_with(b"\r\n\r\n")) {
            self.switched = true;
            out.above(Hint::Upgrade(Box::new(self.upgrade(chunk.origin.time))));
            for (side, frames, time, rest) in std::mem::take(&mut self.waiting) {
                out.carry(bytes(Origin { side, time, frames: &frames, ..chunk.origin }, &rest));
            }
        }
    }

    fn data_kind(&self) -> &'static str {
        "carrier.data"
    }
}

/// What a connection told.
#[derive(Default)]
pub struct Trace {
    pub events: Vec<Event>,
    pub numbered: u64,
    pub noted: Vec<&'static str>,
    pub protocols: Vec<&'static str>,
    pub verdicts: Vec<Verdict>,
    pub survey: bool,
}

impl Sink for Trace {
    fn full(&self) -> bool {
        !self.survey
    }
    fn number(&mut self, notes: &[Note]) -> u64 {
        self.noted.extend(notes.iter().map(|note| note.what.id));
        self.numbered += 1;
        self.numbered - 1
    }
    fn keep(&mut self, event: Event) {
        assert!(!event.frames.is_empty(), "{event:?} names no frames");
        for lang in [Lang::En, Lang::Ko] {
            assert!(!event.facts.label(lang).is_empty());
        }
        for field in event.facts.fields() {
            if let Some(at) = field.at {
                assert!(event.facts.wire().get(at).is_some(), "{} points outside of the wire", field.name);
            }
        }
        self.events.push(event);
    }
    fn packet(&mut self, _: Packet) {}
    fn note(&mut self, what: &'static Diagnostic) {
        self.noted.push(what.id);
    }
    fn protocol(&mut self, name: &'static str) {
        self.protocols.push(name);
    }
}

/// The value of a field.
pub fn field(facts: &dyn Facts, name: &str) -> Option<Value> {
    facts.fields().into_iter().find(|field| field.name == name).map(|field| field.value)
}

/// The value of a field as text: `1000`, `true`, `text`.
pub fn shown(event: &Event, name: &str) -> String {
    match field(&*event.facts, name) {
        None => String::new(),
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Number(value)) => value.to_string(),
        Some(Value::Real(value)) => value.to_string(),
        Some(Value::Text(value)) => value,
        Some(other) => format!("{other:?}"),
    }
}

impl Trace {
    pub fn of(&self, kind: &str) -> Vec<&Event> {
        self.events.iter().filter(|event| event.facts.kind() == kind).collect()
    }

    pub fn labels(&self, kind: &str) -> Vec<String> {
        self.of(kind).into_iter().map(|event| event.facts.label(Lang::En)).collect()
    }

    /// The contents of whole messages.
    pub fn messages(&self) -> Vec<Vec<u8>> {
        let payload = |event: &&Event| event.facts.payload().map(|payload| payload.bytes.into_owned());
        self.of("ws.message").iter().map(|event| payload(event).unwrap_or_default()).collect()
    }

    pub fn verdict(&self) -> String {
        self.verdicts.last().map(|verdict| verdict.say(Lang::En)).unwrap_or_default()
    }
}

/// A piece of a script.
#[derive(Clone, Debug)]
pub enum Step {
    Bytes(Side, Vec<FrameNumber>, Vec<u8>),
    Gap(Side, u64),
    End(Side, End),
}

/// A connection to be played.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub steps: Vec<Step>,
    pub midstream: bool,
    pub next: FrameNumber,
}

pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

impl Script {
    /// A connection whose start was not captured.
    pub fn midstream() -> Script {
        Script { midstream: true, ..Script::default() }
    }

    /// A connection after a right handshake with these extensions offered and chosen.
    pub fn upgraded(offered: &str, chosen: &str) -> Script {
        let line = |value: &str| match value {
            "" => String::new(),
            value => format!("Sec-WebSocket-Extensions: {value}\r\n"),
        };
        Script::heads(
            &format!(
                "GET /chat HTTP/1.1\r\nHost: server\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n{}\r\n",
                line(offered)
            ),
            &format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {ACCEPT}\r\n{}\r\n",
                line(chosen)
            ),
        )
    }

    /// A connection with permessage-deflate as it is.
    pub fn deflated() -> Script {
        Script::upgraded("permessage-deflate", "permessage-deflate")
    }

    pub fn heads(request: &str, response: &str) -> Script {
        Script::default().client(request.as_bytes()).server(response.as_bytes())
    }

    fn bytes(mut self, side: Side, bytes: &[u8]) -> Script {
        self.next += 1;
        self.steps.push(Step::Bytes(side, vec![self.next], bytes.to_vec()));
        self
    }

    pub fn client(self, bytes: &[u8]) -> Script {
        self.bytes(Side::Client, bytes)
    }

    pub fn server(self, bytes: &[u8]) -> Script {
        self.bytes(Side::Server, bytes)
    }

    pub fn gap(mut self, side: Side, count: u64) -> Script {
        self.steps.push(Step::Gap(side, count));
        self
    }

    pub fn end(mut self, side: Side, end: End) -> Script {
        self.steps.push(Step::End(side, end));
        self
    }

    pub fn play(&self) -> Trace {
        self.play_with(Trace::default(), &Limits::default())
    }

    pub fn survey(&self) -> Trace {
        self.play_with(Trace { survey: true, ..Trace::default() }, &Limits::default())
    }

    pub fn play_with(&self, mut trace: Trace, limits: &Limits) -> Trace {
        let keys = Keyring::default();
        let world = World {
            limits,
            keys: &keys,
            server_port: 80,
            roles_inferred: self.midstream,
            protocols: PROTOCOLS,
            unclaimed: "tcp.data",
        };
        let mut stack = Stack::new(self.midstream);
        let mut last = 1;
        for step in &self.steps {
            let (side, frames, body) = match step {
                Step::Bytes(side, frames, bytes) => (*side, frames.clone(), Body::Bytes(bytes)),
                Step::Gap(side, count) => (*side, vec![last], Body::Gap(*count)),
                Step::End(side, end) => (*side, vec![last], Body::End(*end)),
            };
            last = frames.last().copied().unwrap_or(last);
            let time = Timestamp(1_000_000 * last as i64);
            let origin = Origin::new(side, time, &frames);
            stack.feed(Chunk { origin, body }, &mut trace, world);
        }
        trace.verdicts = stack.verdicts();
        trace
    }
}

/// A frame: its first byte, and its payload with the shortest length, masked or not.
pub fn frame(first: u8, masked: bool, payload: &[u8]) -> Vec<u8> {
    let mask = if masked { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        len @ ..126 => frame.push(mask | len as u8),
        len @ ..65_536 => {
            frame.push(mask | 126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(mask | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    let key = [0x37, 0xfa, 0x21, 0x3d];
    if masked {
        frame.extend(key);
        frame.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    } else {
        frame.extend(payload);
    }
    frame
}
