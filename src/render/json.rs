//! The event stream: one JSON object a line, after the event schema (`docs/events.md`).
//!
//! Everything dangerous in text from the wire is escaped as `\uXXXX`, so a line shown in a terminal is harmless and
//! yet says exactly what was there.

mod scalar;

use std::borrow::Cow;
use std::io::Write;
use std::ops::Range;

use scalar::{digits, hex, quoted, real, string};

use crate::capture::About;
use crate::connection::{Connection, Roles};
use crate::diagnostic::Note;
use crate::engine::Totals;
use crate::error::Error;
use crate::event::{Event, FieldSink, Said, Side};
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;
use crate::safe;

/// The schema's number.
pub const SCHEMA: u32 = 1;

/// How much of a payload an event shows unless all is asked for.
const PAYLOAD: usize = 4096;

/// Lines are handed on in pieces of at least so many bytes, which `BufWriter` passes on without a copy.
const PIECE: usize = 1 << 16;

/// Writes an event stream.
pub struct Lines<W: Write> {
    out: W,
    /// Whole lines that are to be handed on, and the one that is being written.
    lines: Vec<u8>,
    clock: Clock,
    /// Whether payloads are written whole.
    full: bool,
    warnings: u64,
    events: u64,
}

impl<W: Write> Lines<W> {
    /// A stream into `out`; `full` writes payloads whole.
    pub fn new(out: W, full: bool) -> Lines<W> {
        let lines = Vec::with_capacity(PIECE + PIECE / 4);
        Lines { out, lines, clock: Clock::default(), full, warnings: 0, events: 0 }
    }

    /// The first line.
    pub fn capture(&mut self, about: &About) -> Result<(), Error> {
        let mut object = self.start("capture");
        object.number("schema", SCHEMA);
        object.strings("files", about.names.iter().map(String::as_str));
        object.text("format", about.formats.first().copied().unwrap_or("live"));
        let links: Vec<String> = about.links.iter().map(|link| link.name()).collect();
        object.strings("link_types", links.iter().map(String::as_str));
        self.end()
    }

    /// A connection that has ended.
    pub fn connection(&mut self, connection: &Connection) -> Result<(), Error> {
        let mut object = self.start("connection");
        object.number("conn", connection.id);
        object.text("transport", connection.transport.name());
        object.number("stream", connection.stream);
        object.endpoint("client", connection, Side::Client);
        object.endpoint("server", connection, Side::Server);
        object.text("roles", if connection.roles == Roles::Seen { "seen" } else { "inferred" });
        object.text("open", connection.open.name());
        object.text("close", connection.close.name());
        if let Some(side) = connection.closed_by {
            object.text("closed_by", side.direction());
        }
        object.strings("protocols", connection.protocols.names());
        object.time("start", connection.start);
        object.time("end", connection.end);
        object.number("first_packet", connection.first_packet);
        object.number("last_packet", connection.last_packet);
        object.sides("packet_count", connection.packets);
        object.sides("payload_bytes", connection.payload);
        if connection.transport == crate::connection::Transport::Tcp {
            object.tcp(connection);
        }
        object.text("verdict", &safe::line(&connection.verdict(Lang::En)));
        object.notes(&connection.notes.iter().map(|&what| Note::from(what)).collect::<Vec<_>>());
        self.end()
    }

    /// Something that happened.
    pub fn event(&mut self, connection: &Connection, event: &Event) -> Result<(), Error> {
        self.events += 1;
        let full = self.full;
        let mut object = self.start("event");
        object.number("conn", connection.id);
        object.number("stream", connection.stream);
        object.word("transport", connection.transport.name());
        object.number("n", event.n);
        object.word("kind", event.facts.kind());
        object.word("dir", event.side.direction());
        object.text("label", &event.facts.label(Lang::En));
        object.time("time", event.time);
        object.numbers("packets", &event.frames);
        if event.left_out > 0 {
            object.number("packets_left_out", event.left_out);
        }
        if let Some(channel) = event.channel {
            object.number("h2_stream", channel);
        }
        event.facts.tell(&mut object);
        object.payload(event, full);
        if event.decrypted {
            object.bool("decrypted", true);
        }
        object.notes(&event.notes);
        self.end()
    }

    /// Something about a frame, or about the input as a whole (`frame` 0), that is worth a warning.
    pub fn warning(&mut self, frame: FrameNumber, note: &Note) -> Result<(), Error> {
        self.warnings += 1;
        let mut object = self.start("warning");
        if frame > 0 {
            object.number("packet", frame);
        }
        object.text("id", note.what.id);
        object.text("severity", note.what.severity.name());
        object.text("message", &note.say(Lang::En));
        self.end()
    }

    /// The last line; flushes.
    pub fn finish(&mut self, totals: &Totals, truncated: bool, dropped: Option<u64>) -> Result<(), Error> {
        let (events, warnings) = (self.events, self.warnings);
        let mut object = self.start("end");
        object.number("packets", totals.packets);
        object.number("bytes", totals.bytes);
        object.number("connections", totals.connections);
        object.number("events", events);
        object.number("warnings", warnings);
        object.bool("truncated", truncated);
        if let Some(dropped) = dropped {
            object.number("dropped", dropped);
        }
        if !totals.others.is_empty() {
            object.table("other_packets", |others| {
                totals.others.iter().for_each(|(name, count)| others.number(name, *count));
            });
        }
        self.end()?;
        self.flush()
    }

    /// Hands everything on to the reader.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.hand_on()?;
        self.out.flush().map_err(broken)
    }

    fn start(&mut self, kind: &str) -> Object<'_> {
        self.lines.push(b'{');
        let mut object = Object { line: &mut self.lines, clock: &mut self.clock };
        object.word("type", kind);
        object
    }

    fn end(&mut self) -> Result<(), Error> {
        self.lines.extend_from_slice(b"}\n");
        if self.lines.len() >= PIECE { self.hand_on() } else { Ok(()) }
    }

    fn hand_on(&mut self) -> Result<(), Error> {
        let written = self.out.write_all(&self.lines).map_err(broken);
        self.lines.clear();
        written
    }
}

impl<W: Write> Drop for Lines<W> {
    /// What was said before something failed is not lost.
    fn drop(&mut self) {
        let _ = self.hand_on();
    }
}

fn broken(cause: std::io::Error) -> Error {
    Error::Write { what: "the event stream".to_owned(), cause }
}

/// The last time that was written: most often the next one is in the same second.
#[derive(Default)]
struct Clock {
    second: i64,
    text: Vec<u8>,
}

impl Clock {
    /// A time as RFC 3339.
    fn tell(&mut self, time: Timestamp) -> &[u8] {
        const SECOND: i64 = 1_000_000_000;
        const NANOS: std::ops::Range<usize> = 19..29;
        let second = time.0.div_euclid(SECOND);
        match self.text.get_mut(NANOS) {
            Some(nanos) if self.second == second => {
                // Nine digits behind a one, which is then the point.
                let digits = time.0.rem_euclid(SECOND) + SECOND;
                nanos.copy_from_slice(itoa::Buffer::new().format(digits).as_bytes());
                nanos[0] = b'.';
            }
            _ => {
                // All years that nanoseconds in 64 bits reach have four digits.
                (self.second, self.text) = (second, time.to_string().into_bytes());
            }
        }
        &self.text
    }
}

/// An object that is being written.
struct Object<'a> {
    line: &'a mut Vec<u8>,
    clock: &'a mut Clock,
}

impl FieldSink for Object<'_> {
    fn field(&mut self, name: &'static str, value: Said<'_>, _at: Option<Range<usize>>) {
        self.name(name);
        self.value(value);
    }
}

impl Object<'_> {
    #[inline(always)]
    fn name(&mut self, name: &str) {
        // A name of the schema: nothing in it has to be escaped.
        let before: &[u8] = if self.line.last() == Some(&b'{') { b"\"" } else { b",\"" };
        self.line.extend_from_slice(before);
        self.line.extend_from_slice(name.as_bytes());
        self.line.extend_from_slice(b"\":");
    }

    fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        string(self.line, text);
    }

    /// A text of the schema, in which nothing has to be escaped.
    #[inline(always)]
    fn word(&mut self, name: &str, word: &str) {
        self.name(name);
        quoted(self.line, word.as_bytes());
    }

    #[inline(always)]
    fn number(&mut self, name: &str, number: impl Into<u64>) {
        self.name(name);
        digits(self.line, number.into());
    }

    #[inline(always)]
    fn time(&mut self, name: &str, time: Timestamp) {
        self.name(name);
        quoted(self.line, self.clock.tell(time));
    }

    fn bool(&mut self, name: &str, yes: bool) {
        self.name(name);
        self.value(Said::Bool(yes));
    }

    fn strings<'s>(&mut self, name: &str, texts: impl Iterator<Item = &'s str>) {
        self.name(name);
        list(self.line, texts, string);
    }

    fn numbers(&mut self, name: &str, numbers: &[u64]) {
        self.name(name);
        list(self.line, numbers.iter(), |line, number| digits(line, *number));
    }

    fn table(&mut self, name: &str, tell: impl FnOnce(&mut Object<'_>)) {
        self.name(name);
        self.line.push(b'{');
        tell(self);
        self.line.push(b'}');
    }

    fn endpoint(&mut self, name: &str, connection: &Connection, side: Side) {
        let endpoint = connection.endpoint(side);
        self.table(name, |object| {
            object.name("ip");
            let _ = write!(object.line, "\"{}\"", endpoint.ip);
            object.number("port", endpoint.port);
            if let Some(process) = connection.owner(side) {
                object.text("process", &process.command);
                object.number("pid", process.pid);
            }
        });
    }

    fn sides(&mut self, name: &str, sides: [u64; 2]) {
        self.table(name, |object| {
            object.number("c2s", sides[0]);
            object.number("s2c", sides[1]);
        });
    }

    fn tcp(&mut self, connection: &Connection) {
        self.table("tcp", |object| {
            if let Some(rtt) = connection.handshake_rtt {
                object.name("handshake_rtt_us");
                real(object.line, rtt as f64 / 1000.0);
            }
            for side in Side::BOTH {
                let struggle = connection.struggle[side as usize];
                object.table(side.direction(), |object| {
                    object.number("retransmissions", struggle.retransmissions);
                    object.number("out_of_order", struggle.out_of_order);
                    object.number("duplicate_acks", struggle.duplicate_acks);
                    object.number("zero_windows", struggle.zero_windows);
                    object.number("keep_alives", struggle.keep_alives);
                    object.number("missing_bytes", struggle.missing_bytes);
                });
            }
        });
    }

    fn payload(&mut self, event: &Event, full: bool) {
        let Some(payload) = event.facts.payload() else { return };
        let most = if full { usize::MAX } else { PAYLOAD };
        let mut kept = payload.bytes.get(..most).unwrap_or(&payload.bytes);
        if payload.text {
            let text = match std::str::from_utf8(kept) {
                // A character is not cut in two: what is left of it goes with the rest.
                Err(error) if error.error_len().is_none() && kept.len() < payload.bytes.len() => {
                    kept = kept.get(..error.valid_up_to()).unwrap_or(kept);
                    safe::lossy(kept)
                }
                Ok(text) => Cow::Borrowed(text),
                Err(_) => String::from_utf8_lossy(kept),
            };
            self.text("text", &text);
            if matches!(text, Cow::Owned(_)) {
                self.bool("lossy", true);
            }
        } else {
            self.name("hex");
            hex(self.line, kept);
        }
        if (kept.len() as u64) < payload.len {
            self.bool("truncated", true);
        }
    }

    fn notes(&mut self, notes: &[Note]) {
        if notes.is_empty() {
            return;
        }
        self.name("violations");
        let clock = &mut *self.clock;
        list(self.line, notes.iter(), |line, note| {
            line.push(b'{');
            let mut object = Object { line, clock };
            object.text("id", note.what.id);
            object.text("rule", note.what.rule[0]);
            object.text("source", note.what.source);
            object.text("severity", note.what.severity.name());
            if let Some(detail) = &note.detail {
                object.text("detail", detail);
            }
            object.line.push(b'}');
        });
    }

    fn value(&mut self, value: Said<'_>) {
        let line = &mut *self.line;
        match value {
            Said::Bool(yes) => line.extend_from_slice(if yes { b"true" } else { b"false" }),
            Said::Number(number) => match u64::try_from(number) {
                Ok(number) => digits(line, number),
                Err(_) => line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
            },
            Said::Real(number) => real(line, number),
            Said::Text(text) => string(line, text),
            Said::Hex(bytes) => hex(line, bytes),
            Said::Texts(texts) => list(line, texts.iter(), |line, text| string(line, text)),
            Said::List(tell) => {
                line.push(b'[');
                let mut first = true;
                tell(&mut |value| {
                    if !std::mem::take(&mut first) {
                        self.line.push(b',');
                    }
                    self.value(value);
                });
                self.line.push(b']');
            }
            Said::Table(tell) => {
                line.push(b'{');
                tell(self);
                self.line.push(b'}');
            }
        }
    }
}

fn list<T>(line: &mut Vec<u8>, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut Vec<u8>, T)) {
    line.push(b'[');
    for (place, item) in items.enumerate() {
        if place > 0 {
            line.push(b',');
        }
        write(line, item);
    }
    line.push(b']');
}

/// A value of another format as JSON, its strings escaped as those of the event stream are.
pub fn document(line: &mut Vec<u8>, value: &serde_json::Value) {
    use serde_json::Value as Json;
    match value {
        Json::String(text) => string(line, text),
        Json::Array(items) => {
            line.push(b'[');
            for (place, item) in items.iter().enumerate() {
                line.extend_from_slice(if place > 0 { b"," } else { b"" });
                document(line, item);
            }
            line.push(b']');
        }
        Json::Object(members) => {
            line.push(b'{');
            for (place, (name, member)) in members.iter().enumerate() {
                line.extend_from_slice(if place > 0 { b"," } else { b"" });
                string(line, name);
                line.push(b':');
                document(line, member);
            }
            line.push(b'}');
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => line.extend_from_slice(value.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Value;

    #[test]
    fn any_text_comes_back_from_a_json_reader_and_nothing_dangerous_is_in_the_line() {
        let text: String = ('\0'..='\u{2ff}').chain(['\u{202e}', '\u{e0041}', '한', '\u{10ffff}']).collect();
        let mut line = Vec::new();
        string(&mut line, &text);
        let line = String::from_utf8(line).expect("UTF-8");
        assert!(!line.chars().any(safe::is_dangerous));
        assert_eq!(serde_json::from_str::<String>(&line).expect("JSON"), text);
    }

    #[test]
    fn numbers_and_hex_are_written_out() {
        let mut line = Vec::new();
        let values: [Value; 8] = [
            0_u8.into(),
            u64::MAX.into(),
            (-5_i64).into(),
            1.5.into(),
            18040.0.into(),
            (-0.0).into(),
            f64::NAN.into(),
            Value::Hex(vec![0, 0x9a, 255]),
        ];
        Value::List(values.into()).lend(&mut |value| {
            Object { line: &mut line, clock: &mut Clock::default() }.value(value);
        });
        let shown = r#"[0,18446744073709551615,-5,1.5,18040,-0,null,"009aff"]"#;
        assert_eq!(String::from_utf8_lossy(&line), shown);
    }

    #[test]
    fn times_of_one_second_and_of_others_are_told_alike() {
        let mut clock = Clock::default();
        let second = 1_732_320_000_000_000_000;
        for nanos in
            [second, second + 1, second + 999_999_999, second - 1, 0, -1, i64::MIN, i64::MIN + 1, i64::MAX]
        {
            let time = Timestamp(nanos);
            assert_eq!(String::from_utf8_lossy(clock.tell(time)), time.to_string());
        }
    }
}
