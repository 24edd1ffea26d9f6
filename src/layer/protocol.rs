//! The contract of a protocol: chunks in; events, carried bytes and hints out, in order.
//!
//! A layer reads both directions of one byte stream. It has no clock, no socket, and no failure: what breaks a rule
//! is a note on an event, and a layer that has lost its place says so once and reads no further (or finds its place
//! again, and says that). It names no other layer: what it carries, whoever stands above it reads.

use crate::diagnostic::{self, Diagnostic, Note};
use crate::event::{Body, Chunk, Origin, Sink, Told, Verdict};
use crate::keyring::Keyring;
use crate::layer::stack::Slot;
use crate::limits::Limits;

/// A protocol that can be recognised and read.
pub struct Protocol {
    /// Its name in `protocols` of the event schema, such as `websocket`.
    pub name: &'static str,
    /// Whether a byte stream is this protocol.
    pub probe: fn(&Opening<'_>) -> Match,
    /// A layer at the start of its stream. What the hint says may be told through `out` at once.
    pub start: fn(Option<&Hint>, &mut Out<'_>) -> Box<dyn Layer>,
    /// What this protocol has to say of an upgrade to it that was answered, for the row of the answer: broken
    /// rules of a refused or malformed attempt. `None` where it is not to this protocol or nothing is wrong.
    pub judge: Option<fn(&Upgrade) -> Vec<Note>>,
}

/// One protocol on one byte stream.
pub trait Layer: Send {
    /// Its name in `protocols`; may become more precise as the stream goes on.
    fn name(&self) -> &'static str;

    /// Takes the next piece of one direction.
    fn feed(&mut self, chunk: Chunk<'_>, out: &mut Out<'_>);

    /// Whether all that comes from now on, of either side, is carried just as it is: then this layer is passed by.
    fn is_through(&self) -> bool {
        false
    }

    /// Called when new secrets became known, or none are expected any more ([`Keyring::expected`]), for a layer that
    /// waits for some.
    fn learned(&mut self, _out: &mut Out<'_>) {}

    /// Whether it keeps something back until secrets are known.
    fn waits(&self) -> bool {
        false
    }

    /// Called where nothing more will come, secrets neither: what is kept back is told as it is.
    fn let_go(&mut self, _out: &mut Out<'_>) {}

    /// How it went so far.
    fn verdict(&self) -> Option<Verdict> {
        None
    }

    /// The event kind of bytes that it carries and nobody reads, such as `tls.data`.
    fn data_kind(&self) -> &'static str;
}

/// The first bytes of a byte stream, as far as they are there.
#[derive(Debug)]
pub struct Opening<'a> {
    /// What each side sent first, by [`crate::event::Side`]; may be empty.
    pub bytes: [&'a [u8]; 2],
    /// What is known from below.
    pub hint: Option<&'a Hint>,
    /// The server's port.
    pub server_port: u16,
    /// Whether these are not the first bytes of the stream: its start was not captured, or a gap came before.
    pub midstream: bool,
    /// Whether no more can be waited for: say `No` rather than `Wait`.
    pub last: bool,
}

/// Whether a byte stream is a protocol's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Match {
    /// No.
    No,
    /// It may be; more bytes will tell.
    Wait,
    /// Yes.
    Yes,
    /// Yes, and who is called the client is the server. Believed only where the roles were inferred.
    Reversed,
}

/// What a layer knows of the one above it.
#[derive(Clone, Debug)]
pub enum Hint {
    /// The name agreed upon in TLS (RFC 7301).
    Alpn(String),
    /// An HTTP upgrade that was accepted, or was refused and yet followed by other bytes.
    Upgrade(Box<Upgrade>),
    /// A tunnel to this authority (CONNECT).
    Tunnel(String),
}

/// An HTTP request to switch the protocol, and its answer (RFC 9110 7.8, RFC 8441).
#[derive(Clone, Debug, Default)]
pub struct Upgrade {
    /// The protocol's name: the Upgrade header's, or `:protocol`; lower case.
    pub protocol: String,
    /// The request's method.
    pub method: String,
    /// The request's target.
    pub target: String,
    /// The request's version: 10, 11 or 20.
    pub version: u8,
    /// The request's header lines: name as it came, value trimmed.
    pub request: Vec<(String, String)>,
    /// The status of the answer.
    pub status: u16,
    /// The answer's header lines.
    pub response: Vec<(String, String)>,
    /// The frames of the request and of the answer, in order.
    pub frames: Vec<crate::frame::FrameNumber>,
    /// When the answer was complete.
    pub time: crate::frame::Timestamp,
    /// Whether both were read out of an encrypted channel.
    pub decrypted: bool,
    /// The channel of a multiplexing layer that carried them.
    pub channel: Option<u32>,
    /// The number of the request's event within the connection.
    pub request_n: u64,
}

/// What is the same for all layers of a connection.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The limits of what may be kept.
    pub limits: &'a Limits,
    /// The secrets known so far.
    pub keys: &'a Keyring,
    /// The server's port.
    pub server_port: u16,
    /// Whether the roles of client and server may be wrong.
    pub roles_inferred: bool,
    /// The protocols to choose from.
    pub protocols: &'static [&'static Protocol],
    /// The event kind of bytes at the bottom that nobody claims: `tcp.data` or `udp.datagram`.
    pub unclaimed: &'static str,
}

/// What a layer speaks through: events to the trace, bytes and hints to the layer above.
pub struct Out<'a> {
    pub(super) above: &'a mut Vec<Slot>,
    pub(super) height: usize,
    pub(super) kind: &'static str,
    pub(super) sink: &'a mut dyn Sink,
    pub(super) world: World<'a>,
}

impl Out<'_> {
    /// Whether events are wanted; where not, keep no text and no bytes for them.
    pub fn full(&self) -> bool {
        self.sink.full()
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        self.world.limits
    }

    /// The secrets known so far.
    pub fn keys(&self) -> &Keyring {
        self.world.keys
    }

    /// The server's port.
    pub fn server_port(&self) -> u16 {
        self.world.server_port
    }

    /// Whether the roles of client and server may be wrong: no SYN was captured.
    pub fn roles_inferred(&self) -> bool {
        self.world.roles_inferred
    }

    /// Says that something happened; `told` is called only where events are wanted. Returns the event's number
    /// within the connection.
    pub fn event(&mut self, origin: &Origin<'_>, notes: Vec<Note>, told: impl FnOnce() -> Told) -> u64 {
        self.sink.event(origin, notes, told)
    }

    /// Notes a diagnostic of the connection as a whole.
    pub fn note(&mut self, what: &'static Diagnostic) {
        self.sink.note(what);
    }

    /// Says that a further protocol was recognised, such as the precise version of this one.
    pub fn protocol(&mut self, name: &'static str) {
        self.sink.protocol(name);
    }

    /// Passes a piece to the layer above.
    pub fn carry(&mut self, chunk: Chunk<'_>) {
        self.carry_on(0, chunk);
    }

    /// Passes a piece to the layer above on one of several channels.
    pub fn carry_on(&mut self, channel: u32, chunk: Chunk<'_>) {
        let (height, world) = (self.height, self.world);
        if let Some(slot) = self.slot(channel) {
            let (slot, sink) = slot;
            slot.feed(chunk, height, sink, world);
        }
    }

    /// Tells the layer above, on channel 0, what is known of it. Said before its first bytes.
    pub fn above(&mut self, hint: Hint) {
        self.above_on(0, hint);
    }

    /// [`Out::above`] on one of several channels.
    pub fn above_on(&mut self, channel: u32, hint: Hint) {
        let (height, world) = (self.height, self.world);
        if let Some((slot, sink)) = self.slot(channel) {
            slot.expect(hint, height, sink, world);
        }
    }

    /// Forgets a channel that is closed.
    pub fn close_channel(&mut self, channel: u32) {
        self.above.retain(|slot| slot.channel() != channel);
    }

    /// What the protocol that an upgrade asked for has to say of its answer, for the row of the answer.
    pub fn judge(&self, upgrade: &Upgrade) -> Vec<Note> {
        self.world
            .protocols
            .iter()
            .filter_map(|protocol| protocol.judge)
            .flat_map(|judge| judge(upgrade))
            .collect()
    }

    fn slot(&mut self, channel: u32) -> Option<(&mut Slot, &mut dyn Sink)> {
        let place = match self.above.iter().position(|slot| slot.channel() == channel) {
            Some(place) => place,
            None if self.height < self.world.limits.layers
                && self.above.len() < self.world.limits.channels =>
            {
                self.above.push(Slot::new(channel, self.kind));
                self.above.len() - 1
            }
            None => {
                self.sink.note(&diagnostic::CONN_LAYER_LIMIT);
                return None;
            }
        };
        Some((self.above.get_mut(place)?, &mut *self.sink))
    }
}

/// A whole piece of bytes of `origin`.
pub fn bytes<'a>(origin: Origin<'a>, bytes: &'a [u8]) -> Chunk<'a> {
    Chunk { origin, body: Body::Bytes(bytes) }
}
