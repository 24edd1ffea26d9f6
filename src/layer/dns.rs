//! DNS (RFC 1035): queries and responses, in UDP datagrams or, each behind its length, in a TCP or TLS stream.
//!
//! In go chunks: with [`DATAGRAM`] one whole message each, with [`PROTOCOL`] any pieces of the stream. Out come
//! `dns.query` and `dns.response`, told apart by the QR bit. A message is walked in place; names and records become
//! text only when somebody looks.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod message;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use crate::diagnostic::{DNS_MALFORMED, Note};
use crate::event::{
    Body, Chunk, Class, Facts, Field, FieldSink, Origin, Outcome, Phase, Side, Told, Tone, Value, Verdict,
};
use crate::frame::Timestamp;
use crate::layer::buffer::{Buffer, Trail};
use crate::layer::protocol::{Hint, Layer, Match, Opening, Out, Protocol, bytes};
use crate::locale::Lang;
use message::{Entry, HEADER, Message, code_name, kind_name, operation_name};

/// DNS over a byte stream: two bytes of length before each message (RFC 1035 4.2.2, RFC 7858).
pub static PROTOCOL: Protocol =
    Protocol { name: "dns", probe: probe_stream, start: start_stream, judge: None };

/// DNS over datagrams, each chunk a message. For the protocols of UDP.
pub static DATAGRAM: Protocol =
    Protocol { name: "dns", probe: probe_datagram, start: start_datagrams, judge: None };

/// All queries were answered.
pub static ANSWERED: Outcome =
    Outcome { id: "dns.answered", tone: Tone::Good, say: |lang, with| say(lang, with).0 };
/// Some responses say that it did not work.
pub static FAILED: Outcome =
    Outcome { id: "dns.failed", tone: Tone::Doubtful, say: |lang, with| say(lang, with).1 };
/// Some queries were not answered.
pub static UNANSWERED: Outcome =
    Outcome { id: "dns.unanswered", tone: Tone::Doubtful, say: |lang, with| say(lang, with).2 };

/// Ports of DNS, multicast DNS (RFC 6762), link-local name resolution (RFC 4795) and DNS over TLS (RFC 7858).
mod port {
    pub(super) const DNS: u16 = 53;
    pub(super) const MULTICAST: u16 = 5353;
    pub(super) const LINK_LOCAL: u16 = 5355;
    pub(super) const TLS: u16 = 853;
    /// The NetBIOS name service, whose messages look the same and mean something else (RFC 1002).
    pub(super) const NETBIOS: u16 = 137;
}

/// The length before each message of a stream.
const PREFIX: usize = 2;
/// Queries that wait for their response; when one more comes the oldest is forgotten.
const PENDING: usize = 16;

fn probe_datagram(opening: &Opening<'_>) -> Match {
    let [client, server] = opening.bytes;
    let first = if client.is_empty() { server } else { client };
    let known = matches!(opening.server_port, port::DNS | port::MULTICAST | port::LINK_LOCAL);
    let is_dns = match Message::new(first) {
        Some(message) => known || (opening.server_port != port::NETBIOS && message.is_strict()),
        None => false,
    };
    if is_dns { Match::Yes } else { Match::No }
}

fn probe_stream(opening: &Opening<'_>) -> Match {
    if let Some(Hint::Alpn(alpn)) = opening.hint {
        return if alpn == "dot" { Match::Yes } else { Match::No };
    }
    let [client, server] = opening.bytes;
    let first = if client.is_empty() { server } else { client };
    let known = matches!(opening.server_port, port::DNS | port::TLS);
    let Some((length, rest)) = prefixed(first) else {
        let short = first.first().is_none_or(|high| *high <= 4);
        return if (known || short) && !opening.last { Match::Wait } else { Match::No };
    };
    // A first message is short. Elsewhere than on its port only a whole one, in every detail right, is believed.
    if length < HEADER || (!known && length > 1024) {
        return Match::No;
    }
    match (rest.get(..length), Message::new(rest)) {
        (Some(whole), Some(message)) => {
            let strict = Message::new(whole).is_some_and(|whole| whole.is_strict());
            let plausible = known && !opening.midstream && message.is_plausible();
            if strict || plausible { Match::Yes } else { Match::No }
        }
        (None, Some(message)) if !message.is_plausible() => Match::No,
        (None, Some(_)) if known && !opening.midstream => Match::Yes,
        _ if opening.last => Match::No,
        _ => Match::Wait,
    }
}

fn start_stream(_: Option<&Hint>, out: &mut Out<'_>) -> Box<dyn Layer> {
    Box::new(Dns::new(Some(Framing::default()), out))
}

fn start_datagrams(_: Option<&Hint>, out: &mut Out<'_>) -> Box<dyn Layer> {
    Box::new(Dns::new(None, out))
}

/// A conversation.
struct Dns {
    /// What a stream needs; `None` where each chunk is a message.
    framing: Option<Framing>,
    /// Queries without a response: their ids, who asked and when.
    pending: [Option<(u16, Side, Timestamp)>; PENDING],
    /// Where the next query goes in `pending`.
    next: usize,
    queries: u32,
    responses: u32,
    /// Responses with a response code other than 0, and the last such code.
    failures: (u32, u8),
    /// Whether queries go to everyone and need no response.
    multicast: bool,
}

/// The messages of a stream while they come in.
#[derive(Default)]
struct Framing {
    buffers: [Buffer; 2],
    /// After a gap nobody knows where a message begins, until one is right in every detail.
    lost: [bool; 2],
    trail: Trail,
    /// Room for one message.
    message: Vec<u8>,
}

impl Layer for Dns {
    fn name(&self) -> &'static str {
        PROTOCOL.name
    }

    fn feed(&mut self, chunk: Chunk<'_>, out: &mut Out<'_>) {
        if let Some(mut framing) = self.framing.take() {
            self.feed_stream(&mut framing, chunk, out);
            self.framing = Some(framing);
            return;
        }
        match chunk.body {
            Body::Bytes(bytes) if bytes.len() >= HEADER => self.message(bytes, &chunk.origin, out),
            Body::Bytes(_) => out.carry(chunk),
            Body::Gap(_) | Body::End(_) => {}
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        let unanswered = self.pending.iter().flatten().count() as u32;
        let outcome = match (self.multicast, unanswered, self.failures.0) {
            (true, ..) => return None,
            (_, 1.., _) => &UNANSWERED,
            (_, _, 1..) => &FAILED,
            _ => &ANSWERED,
        };
        let (failures, code) = self.failures;
        let with = [self.queries, self.responses, unanswered, failures.min(0xff_ffff) << 8 | u32::from(code)];
        Some(Verdict { outcome, with })
    }

    fn data_kind(&self) -> &'static str {
        "dns.data"
    }
}

impl Dns {
    fn new(framing: Option<Framing>, out: &Out<'_>) -> Dns {
        let multicast = matches!(out.server_port(), port::MULTICAST | port::LINK_LOCAL);
        Dns {
            framing,
            pending: [None; PENDING],
            next: 0,
            queries: 0,
            responses: 0,
            failures: (0, 0),
            multicast,
        }
    }

    fn feed_stream(&mut self, framing: &mut Framing, chunk: Chunk<'_>, out: &mut Out<'_>) {
        let Framing { buffers, lost, trail, message } = framing;
        let side = chunk.origin.side;
        let (Some(buffer), Some(lost)) = (buffers.get_mut(side as usize), lost.get_mut(side as usize)) else {
            return;
        };
        match chunk.body {
            Body::Bytes(piece) if *lost && !begins_message(piece) => return out.carry(chunk),
            Body::Bytes(piece) => {
                *lost = false;
                buffer.push(piece, &chunk.origin);
            }
            Body::Gap(_) => *lost = true,
            Body::End(_) => {}
        }
        while let Some((length, rest)) = prefixed(buffer.bytes()) {
            let Some(whole) = rest.get(..length) else { break };
            if length < HEADER {
                *lost = true;
                break;
            }
            message.clear();
            message.extend_from_slice(whole);
            trail.clear();
            buffer.take(PREFIX + length, trail, out.limits().event_frames);
            self.message(message, &trail.origin(side), out);
        }
        let over = *lost || matches!(chunk.body, Body::End(_));
        if over && !buffer.is_empty() {
            self.rest(buffer, side, trail, out);
        }
    }

    /// What is left of a direction that ends, or whose place is lost: a part of a message, or what is none.
    fn rest(&mut self, buffer: &mut Buffer, side: Side, trail: &mut Trail, out: &mut Out<'_>) {
        let rest = buffer.bytes().to_vec();
        trail.clear();
        buffer.take(rest.len(), trail, out.limits().event_frames);
        match prefixed(&rest) {
            Some((length, message)) if length >= HEADER && message.len() >= HEADER => {
                self.message(message, &trail.origin(side), out);
            }
            _ => out.carry(bytes(trail.origin(side), &rest)),
        }
    }

    /// Tells of a message of at least [`HEADER`] bytes.
    fn message(&mut self, wire: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        let Some(message) = Message::new(wire) else { return };
        let waited = self.count(&message, origin);
        let notes: Vec<Note> = match message.end() {
            Ok(_) => Vec::new(),
            Err(fault) => vec![DNS_MALFORMED.with(fault)],
        };
        let class = if message.is_response() { Class::Response } else { Class::Request };
        out.event(origin, notes, || Told::new(class, Phase::Exchange, Seen { wire: wire.to_vec(), waited }));
    }

    /// Counts a message; returns how many nanoseconds after its query a response came.
    fn count(&mut self, message: &Message<'_>, origin: &Origin<'_>) -> Option<i64> {
        let of = |asker: Side| {
            move |slot: &&mut Option<(u16, Side, Timestamp)>| {
                slot.is_some_and(|(id, side, _)| id == message.id() && side == asker)
            }
        };
        if message.is_response() {
            self.responses = self.responses.saturating_add(1);
            if message.code() != 0 {
                self.failures = (self.failures.0.saturating_add(1), message.code());
            }
            let slot = self.pending.iter_mut().find(of(origin.side.other()))?;
            return slot.take().map(|(_, _, asked)| origin.time.since(asked));
        }
        // A query that is sent again keeps its id and the time when it was first asked.
        if self.pending.iter_mut().find(of(origin.side)).is_none() {
            self.queries = self.queries.saturating_add(1);
            if let Some(slot) = self.pending.get_mut(self.next % PENDING) {
                *slot = Some((message.id(), origin.side, origin.time));
            }
            self.next = self.next.wrapping_add(1);
        }
        None
    }
}

/// The length before a message, and what follows it.
fn prefixed(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (prefix, rest) = bytes.split_first_chunk::<PREFIX>()?;
    Some((usize::from(u16::from_be_bytes(*prefix)), rest))
}

fn begins_message(piece: &[u8]) -> bool {
    prefixed(piece)
        .and_then(|(length, rest)| Message::new(rest.get(..length)?))
        .is_some_and(|message| message.is_strict())
}

/// The three verdicts: answered, failed, unanswered.
fn say(lang: Lang, [queries, responses, unanswered, failures]: [u32; 4]) -> (String, String, String) {
    let (failed, code) = (failures >> 8, code_name(failures as u8));
    match lang {
        Lang::En => (
            format!("DNS: {queries} asked, {responses} answered"),
            format!("DNS: {failed} of {responses} responses failed, the last with {code}"),
            format!("DNS: {unanswered} of {queries} queries unanswered"),
        ),
        Lang::Ko => (
            format!("DNS: 질의 {queries}개, 응답 {responses}개"),
            format!("DNS: 응답 {responses}개 가운데 {failed}개가 실패, 마지막은 {code}"),
            format!("DNS: 질의 {queries}개 가운데 {unanswered}개가 응답을 받지 못함"),
        ),
    }
}

/// A message that was seen.
#[derive(Debug)]
struct Seen {
    /// It, whole. At least [`HEADER`] bytes.
    wire: Vec<u8>,
    /// How long after its query it came, in nanoseconds.
    waited: Option<i64>,
}

impl Facts for Seen {
    fn kind(&self) -> &'static str {
        match Message::new(&self.wire) {
            Some(message) if message.is_response() => "dns.response",
            _ => "dns.query",
        }
    }

    fn label(&self, lang: Lang) -> String {
        let Some(message) = Message::new(&self.wire) else { return String::new() };
        let (name, kind) = match message.question() {
            Some(question) => (shown(message.name(question.name)), kind_name(question.kind)),
            None => (String::new(), operation_name(message.operation())),
        };
        if !message.is_response() {
            return match message.operation() {
                0 => format!("{kind}? {name}").trim_end().to_owned(),
                other => format!("{} {name}", operation_name(other)).trim_end().to_owned(),
            };
        }
        let mut label = format!("{name} {kind} {}", outcome(&message, lang)).trim_start().to_owned();
        if let Some(waited) = self.waited {
            let _ = write!(label, " ({:.1} ms)", waited as f64 / 1e6);
        }
        label
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        let Some(message) = Message::new(&self.wire) else { return };
        fields.push(Field::new("id", message.id()).at(0..2));
        if let Some(question) = message.question() {
            let (name, end) = (question.name, question.data.end);
            fields.push(Field::new("name", message.name(name)).at(name..end - 4));
            fields.push(Field::new("qtype", kind_name(question.kind)).at(end - 4..end - 2));
        }
        if message.operation() != 0 {
            fields.push(Field::new("opcode", operation_name(message.operation())).at(2..3));
        }
        if message.is_response() {
            fields.push(Field::new("rcode", code_name(message.code())).at(3..4));
            let answers = message.answers().iter().map(|answer| record(&message, answer)).collect::<Vec<_>>();
            fields.push(Field::new("answers", answers).at(6..8));
            fields.push(Field::new("authoritative", message.flags() & 0x0400 != 0).at(2..3));
        }
        if message.flags() & 0x0200 != 0 {
            fields.push(Field::new("truncated", true).at(2..3));
        }
        if let Some(waited) = self.waited {
            fields.push(Field::new("response_us", waited as f64 / 1e3));
        }
    }

    fn wire(&self) -> &[u8] {
        &self.wire
    }
}

fn record(message: &Message<'_>, entry: &Entry) -> Value {
    Value::Table(vec![
        Field::new("name", message.name(entry.name)),
        Field::new("type", kind_name(entry.kind)),
        Field::new("ttl", entry.ttl),
        Field::new("data", message.data(entry)).at(entry.data.clone()),
    ])
}

/// What a response says, in short: its code, or the first answer to the question and how many more there are.
fn outcome(message: &Message<'_>, lang: Lang) -> String {
    if message.code() != 0 {
        return code_name(message.code());
    }
    let (answers, asked) = (message.answers(), message.question().map(|question| question.kind));
    let first = answers.iter().find(|answer| Some(answer.kind) == asked).or(answers.first());
    match (first, answers.len()) {
        (None, _) if message.has_answers() => lang.pick("unreadable answer", "읽을 수 없는 답").to_owned(),
        (None, _) => lang.pick("no answer", "답 없음").to_owned(),
        (Some(first), 1) => message.data(first),
        (Some(first), count) => format!("{} +{}", message.data(first), count - 1),
    }
}

/// A name for people: the root is a dot.
fn shown(name: String) -> String {
    if name.is_empty() { ".".to_owned() } else { name }
}
