//! The words that every room shares: what a room may say, which bytes it passes on, and of which frames it speaks.
//!
//! An event is neutral and lazy. Who reads it learns who spoke, when, in which frames, and of what class it is;
//! labels and field trees are made from its [`Facts`] when somebody looks.

mod field;

use std::{borrow::Cow, fmt, net::IpAddr};

pub use field::{Field, FieldSink, Said, Several, Value};

use crate::diagnostic::{Diagnostic, Note};
use crate::frame::{FrameNumber, Frames, Timestamp};
use crate::locale::Lang;

/// One end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Who opened the connection (sent the first SYN), or is inferred to have.
    Client = 0,
    /// Who accepted it.
    Server = 1,
}

impl Side {
    /// Both, client first.
    pub const BOTH: [Side; 2] = [Side::Client, Side::Server];

    /// The other end.
    pub fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }

    /// The direction of what this side sends, as the event schema writes it: `c2s` or `s2c`.
    pub fn direction(self) -> &'static str {
        match self {
            Side::Client => "c2s",
            Side::Server => "s2c",
        }
    }

    /// This side's word: Client or Server.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Side::Client => lang.pick("client", "클라이언트"),
            Side::Server => lang.pick("server", "서버"),
        }
    }
}

/// An address and a port.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    /// The IP address.
    pub ip: IpAddr,
    /// The TCP or UDP port.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    /// `127.0.0.1:80`, `[::1]:80`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::net::SocketAddr::new(self.ip, self.port).fmt(f)
    }
}

/// Who spoke, when, and which frames brought it.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Who spoke.
    pub side: Side,
    /// When the last of the frames was captured.
    pub time: Timestamp,
    /// The frames in the order of the byte stream, each once; the last one completed it.
    pub frames: &'a [FrameNumber],
    /// Whether it was read out of an encrypted channel.
    pub decrypted: bool,
    /// The channel of a multiplexing layer that carried it (the HTTP/2 stream).
    pub channel: Option<u32>,
    /// How many frames more brought it than are listed: the list is bounded ([`crate::limits::Limits::event_frames`]).
    pub left_out: u64,
}

impl<'a> Origin<'a> {
    /// What `side` sent in the open in these frames.
    pub fn new(side: Side, time: Timestamp, frames: &'a [FrameNumber]) -> Origin<'a> {
        Origin { side, time, frames, decrypted: false, channel: None, left_out: 0 }
    }
}

/// A piece of one direction of a byte stream, in order.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// Where it came from.
    pub origin: Origin<'a>,
    /// What it is.
    pub body: Body<'a>,
}

/// What can come next in a direction of a byte stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// The next bytes, at least one.
    Bytes(&'a [u8]),
    /// That many bytes are missing: they were never captured, or nobody could read them.
    Gap(u64),
    /// No more will come. Said once for each direction.
    End(End),
}

/// Why a direction of a byte stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The sender closed it: FIN, or what the layer below has in its place.
    Closed,
    /// The connection was reset.
    Reset,
    /// The capture ends here; more may have come.
    Capture,
}

/// What an event is, whatever its protocol: a reader's colour and symbol for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Class {
    /// A connection is being opened.
    Open,
    /// Something is being agreed upon.
    Handshake,
    /// Somebody asks.
    Request,
    /// Somebody answers.
    Response,
    /// A message of a two-way protocol, or bytes that nobody could name.
    Message,
    /// A part of a message; it is folded into it from level 3 up.
    Part,
    /// Keeps things going: pings, acknowledgements, window updates, settings.
    Control,
    /// Something is being closed.
    Close,
    /// Something went wrong.
    Trouble,
}

/// The step of a connection that an event belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The transport is set up (the TCP handshake).
    Connect,
    /// A secure channel is agreed upon (the TLS handshake).
    Secure,
    /// The protocol is switched (HTTP Upgrade, CONNECT).
    Upgrade,
    /// What the connection is for.
    Exchange,
    /// The connection, or the protocol on it, is closed.
    Close,
}

/// One thing that happened on a connection.
#[derive(Debug)]
pub struct Event {
    /// Its number within its connection, from 0.
    pub n: u64,
    /// Who spoke.
    pub side: Side,
    /// When it was complete.
    pub time: Timestamp,
    /// The frames that brought it, in the order of the byte stream; the last one completed it. Never empty.
    pub frames: Frames,
    /// How many frames more brought it than are listed.
    pub left_out: u64,
    /// What it is to a reader.
    pub class: Class,
    /// The step that it belongs to.
    pub phase: Phase,
    /// Whether it was read out of an encrypted channel.
    pub decrypted: bool,
    /// The channel of a multiplexing layer that carried it (the HTTP/2 stream).
    pub channel: Option<u32>,
    /// What is remarkable or wrong about it.
    pub notes: Vec<Note>,
    /// What it says; a value of the layer's own type.
    pub facts: Box<dyn Facts>,
}

/// What a layer says about an event before the stack adds the rest.
pub struct Told {
    /// What it is to a reader.
    pub class: Class,
    /// The step that it belongs to.
    pub phase: Phase,
    /// What it says.
    pub facts: Box<dyn Facts>,
}

impl Told {
    /// Boxes `facts`.
    pub fn new(class: Class, phase: Phase, facts: impl Facts + 'static) -> Told {
        Told { class, phase, facts: Box::new(facts) }
    }
}

impl Event {
    /// An event of `origin`.
    pub fn new(origin: &Origin<'_>, notes: Vec<Note>, told: Told) -> Event {
        Event {
            n: 0,
            side: origin.side,
            time: origin.time,
            frames: origin.frames.into(),
            left_out: origin.left_out,
            class: told.class,
            phase: told.phase,
            decrypted: origin.decrypted,
            channel: origin.channel,
            notes,
            facts: told.facts,
        }
    }
}

/// What an event says, made visible on demand. A type of the layer that saw it.
pub trait Facts: fmt::Debug + Send + Sync {
    /// The kind of the event schema, such as `ws.frame`: protocol, dot, what.
    fn kind(&self) -> &'static str;

    /// What stands on the arrow: short, at most one line, in the protocol's own words. Text from the wire may be
    /// in it as it came: who shows it makes it safe (`crate::safe`).
    fn label(&self, lang: Lang) -> String;

    /// Whether nobody sent it: it is what the events before it amount to, such as that a handshake is over. It is told
    /// between the lanes rather than by an arrow.
    fn is_milestone(&self) -> bool {
        false
    }

    /// Tells the fields of the event schema in its order (`docs/events.md`), and any further ones.
    fn tell(&self, fields: &mut dyn FieldSink);

    /// What [`Facts::tell`] tells, to be looked at in any order.
    fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        self.tell(&mut fields);
        fields
    }

    /// The bytes that [`Field::at`] points into, as they were on the wire of this layer; empty where not kept.
    fn wire(&self) -> &[u8] {
        &[]
    }

    /// What it carries for the user, decoded: a message, a body, unclaimed bytes.
    fn payload(&self) -> Option<Payload<'_>> {
        None
    }
}

/// What an event carries for the user.
#[derive(Debug, Clone)]
pub struct Payload<'a> {
    /// The bytes that were kept, decoded.
    pub bytes: Cow<'a, [u8]>,
    /// Whether the protocol says that they are text.
    pub text: bool,
    /// How long the whole is, decoded; more than `bytes.len()` where a limit cut it.
    pub len: u64,
}

/// How a connection, or a protocol on it, went: one sentence. Copyable and small, because a survey keeps some for
/// each of millions of connections: its variables are numbers, and the sentence is made when somebody looks.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// Which sentence.
    pub outcome: &'static Outcome,
    /// Its variables; what they mean is the outcome's own affair.
    pub with: [u32; 4],
}

/// A sentence that a verdict may be.
#[derive(Debug)]
pub struct Outcome {
    /// Its name for filters and tests, such as `ws.closed`.
    pub id: &'static str,
    /// How bad it is.
    pub tone: Tone,
    /// The sentence, without a full stop, beginning with a capital or the protocol's name.
    pub say: fn(Lang, [u32; 4]) -> String,
}

/// How bad something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither.
    Neutral,
    /// Suspicious.
    Doubtful,
    /// It failed.
    Bad,
}

impl Verdict {
    /// The sentence.
    pub fn say(&self, lang: Lang) -> String {
        (self.outcome.say)(lang, self.with)
    }
}

/// One packet of a connection, for readers who want to see each.
#[derive(Debug)]
pub struct Packet {
    /// Its frame number.
    pub number: FrameNumber,
    /// When it was captured.
    pub time: Timestamp,
    /// Who sent it.
    pub side: Side,
    /// What it is to a reader.
    pub class: Class,
    /// Payload bytes on the wire.
    pub len: u64,
    /// Whether it says nothing but that it acknowledges: it is folded at level 3.
    pub bare_ack: bool,
    /// The transport state that each end must be in after it, by [`Side`], such as `SYN-SENT`; `None` where unknown.
    pub states: [Option<&'static str>; 2],
    /// What is remarkable or wrong about it.
    pub notes: Vec<Note>,
    /// Its header: kind such as `tcp.segment`, label such as `PSH, ACK  len 88`, fields.
    pub facts: Box<dyn Facts>,
}

/// Where the rooms below the model say what they saw of one connection.
pub trait Sink {
    /// Whether events are wanted. Where not (a survey), they are only numbered, and nothing need be kept for them:
    /// no frames, no text, no bytes.
    fn full(&self) -> bool;

    /// Numbers an event with these notes and returns its number within the connection.
    fn number(&mut self, notes: &[Note]) -> u64;

    /// Takes an event that [`Sink::number`] numbered. Called only where [`Sink::full`].
    fn keep(&mut self, event: Event);

    /// Whether packets are wanted too. Where not, only such are told as carry notes that no event has.
    fn packets(&self) -> bool {
        self.full()
    }

    /// Takes a packet, before the events that it completes. Called only where [`Sink::full`].
    fn packet(&mut self, packet: Packet);

    /// Notes a diagnostic of the connection as a whole.
    fn note(&mut self, what: &'static Diagnostic);

    /// Says that a protocol was recognised on the connection.
    fn protocol(&mut self, name: &'static str);
}

impl dyn Sink + '_ {
    /// Says that something happened; `told` is called only where events are wanted. Returns the event's number.
    pub fn event(&mut self, origin: &Origin<'_>, notes: Vec<Note>, told: impl FnOnce() -> Told) -> u64 {
        let n = self.number(&notes);
        if self.full() {
            let mut event = Event::new(origin, notes, told());
            event.n = n;
            self.keep(event);
        }
        n
    }
}

/// What TCP passes on: events of its own, and the bytes of both directions in order.
pub trait Stream: Sink {
    /// The next piece of a direction.
    fn chunk(&mut self, chunk: Chunk<'_>);
}
