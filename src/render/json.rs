//! The event stream: one JSON object a line, after the event schema (`docs/events.md`).
//!
//! Everything dangerous in text from the wire is escaped as `\uXXXX`, so a line shown in a terminal is harmless and
//! yet says exactly what was there.

use std::io::Write;

use crate::capture::About;
use crate::connection::{Connection, Roles};
use crate::diagnostic::Note;
use crate::engine::Totals;
use crate::error::Error;
use crate::event::{Event, Field, Side, Value};
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;
use crate::safe;

/// The schema's number.
pub const SCHEMA: u32 = 1;

/// How much of a payload an event shows unless all is asked for.
const PAYLOAD: usize = 4096;

/// Writes an event stream.
pub struct Lines<W: Write> {
    out: W,
    line: Vec<u8>,
    /// Whether payloads are written whole.
    full: bool,
    warnings: u64,
    events: u64,
}

impl<W: Write> Lines<W> {
    /// A stream into `out`, which should be buffered; `full` writes payloads whole.
    pub fn new(out: W, full: bool) -> Lines<W> {
        Lines { out, line: Vec::with_capacity(4096), full, warnings: 0, events: 0 }
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
        object.text("transport", connection.transport.name());
        object.number("n", event.n);
        object.text("kind", event.facts.kind());
        object.text("dir", event.side.direction());
        object.text("label", &event.facts.label(Lang::En));
        object.time("time", event.time);
        object.numbers("packets", &event.frames);
        if event.left_out > 0 {
            object.number("packets_left_out", event.left_out);
        }
        if let Some(channel) = event.channel {
            object.number("h2_stream", channel);
        }
        for field in event.facts.fields() {
            // The channel is told above for every event that has one.
            if !(event.channel.is_some() && field.name == "h2_stream") {
                object.field(&field);
            }
        }
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
            let others = totals.others.iter().map(|(name, count)| Field::new(name, *count)).collect();
            object.field(&Field::new("other_packets", Value::Table(others)));
        }
        self.end()?;
        self.flush()
    }

    /// Hands everything on to the reader.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.out.flush().map_err(broken)
    }

    fn start(&mut self, kind: &str) -> Object<'_> {
        self.line.clear();
        self.line.push(b'{');
        let mut object = Object { line: &mut self.line };
        object.text("type", kind);
        object
    }

    fn end(&mut self) -> Result<(), Error> {
        self.line.extend_from_slice(b"}\n");
        self.out.write_all(&self.line).map_err(broken)
    }
}

fn broken(cause: std::io::Error) -> Error {
    Error::Write { what: "the event stream".to_owned(), cause }
}

/// An object that is being written.
struct Object<'a> {
    line: &'a mut Vec<u8>,
}

impl Object<'_> {
    fn name(&mut self, name: &str) {
        if !self.line.ends_with(b"{") {
            self.line.push(b',');
        }
        // A name of the schema: nothing in it has to be escaped.
        self.line.push(b'"');
        self.line.extend_from_slice(name.as_bytes());
        self.line.extend_from_slice(b"\":");
    }

    fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        string(self.line, text);
    }

    fn number(&mut self, name: &str, number: impl Into<u64>) {
        self.name(name);
        digits(self.line, number.into());
    }

    fn time(&mut self, name: &str, time: Timestamp) {
        self.name(name);
        let _ = write!(self.line, "\"{time}\"");
    }

    fn bool(&mut self, name: &str, yes: bool) {
        self.name(name);
        value(self.line, &Value::Bool(yes));
    }

    fn field(&mut self, field: &Field) {
        self.name(field.name);
        value(self.line, &field.value);
    }

    fn strings<'s>(&mut self, name: &str, texts: impl Iterator<Item = &'s str>) {
        self.name(name);
        list(self.line, texts, string);
    }

    fn numbers(&mut self, name: &str, numbers: &[u64]) {
        self.name(name);
        list(self.line, numbers.iter(), |line, number| digits(line, *number));
    }

    fn endpoint(&mut self, name: &'static str, connection: &Connection, side: Side) {
        let endpoint = connection.endpoint(side);
        let mut fields = vec![Field::new("ip", endpoint.ip.to_string()), Field::new("port", endpoint.port)];
        if let Some(process) = connection.owner(side) {
            fields.extend([Field::new("process", process.command.clone()), Field::new("pid", process.pid)]);
        }
        self.field(&Field::new(name, fields));
    }

    fn sides(&mut self, name: &'static str, sides: [u64; 2]) {
        self.field(&Field::new(name, vec![Field::new("c2s", sides[0]), Field::new("s2c", sides[1])]));
    }

    fn tcp(&mut self, connection: &Connection) {
        let mut fields = Vec::new();
        if let Some(rtt) = connection.handshake_rtt {
            fields.push(Field::new("handshake_rtt_us", rtt as f64 / 1000.0));
        }
        for side in Side::BOTH {
            let struggle = connection.struggle[side as usize];
            let counts = vec![
                Field::new("retransmissions", struggle.retransmissions),
                Field::new("out_of_order", struggle.out_of_order),
                Field::new("duplicate_acks", struggle.duplicate_acks),
                Field::new("zero_windows", struggle.zero_windows),
                Field::new("keep_alives", struggle.keep_alives),
                Field::new("missing_bytes", struggle.missing_bytes),
            ];
            fields.push(Field::new(side.direction(), counts));
        }
        self.field(&Field::new("tcp", fields));
    }

    fn payload(&mut self, event: &Event, full: bool) {
        let Some(payload) = event.facts.payload() else { return };
        let most = if full { usize::MAX } else { PAYLOAD };
        let mut kept = payload.bytes.get(..most).unwrap_or(&payload.bytes);
        if payload.text {
            // A character is not cut in two: what is left of it goes with the rest.
            if let Err(error) = std::str::from_utf8(kept)
                && error.error_len().is_none()
                && kept.len() < payload.bytes.len()
            {
                kept = kept.get(..error.valid_up_to()).unwrap_or(kept);
            }
            let text = String::from_utf8_lossy(kept);
            self.text("text", &text);
            if matches!(text, std::borrow::Cow::Owned(_)) {
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
        list(self.line, notes.iter(), |line, note| {
            let mut fields = vec![
                Field::new("id", note.what.id),
                Field::new("rule", note.what.rule[0]),
                Field::new("source", note.what.source),
                Field::new("severity", note.what.severity.name()),
            ];
            if let Some(detail) = &note.detail {
                fields.push(Field::new("detail", &**detail));
            }
            value(line, &Value::Table(fields));
        });
    }
}

fn list<T>(line: &mut Vec<u8>, items: impl Iterator<Item = T>, write: impl Fn(&mut Vec<u8>, T)) {
    line.push(b'[');
    for (place, item) in items.enumerate() {
        if place > 0 {
            line.push(b',');
        }
        write(line, item);
    }
    line.push(b']');
}

fn value(line: &mut Vec<u8>, what: &Value) {
    match what {
        Value::Bool(yes) => line.extend_from_slice(if *yes { b"true" } else { b"false" }),
        Value::Number(number) => match u64::try_from(*number) {
            Ok(number) => digits(line, number),
            Err(_) => line.extend_from_slice(number.to_string().as_bytes()),
        },
        Value::Real(number) if number.is_finite() => {
            let _ = write!(line, "{number}");
        }
        Value::Real(_) => line.extend_from_slice(b"null"),
        Value::Text(text) => string(line, text),
        Value::Hex(bytes) => hex(line, bytes),
        Value::List(values) => list(line, values.iter(), value),
        Value::Table(fields) => {
            line.push(b'{');
            let mut object = Object { line };
            for field in fields {
                object.field(field);
            }
            line.push(b'}');
        }
    }
}

fn digits(line: &mut Vec<u8>, number: u64) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn hex(line: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    line.push(b'"');
    line.reserve(2 * bytes.len() + 1);
    for byte in bytes {
        line.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    line.push(b'"');
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
/// The bytes that stand in a string as they are: ASCII without controls, quotation marks and backslashes.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0x20;
    while byte < 0x7f {
        plain[byte] = byte != b'"' as usize && byte != b'\\' as usize;
        byte += 1;
    }
    plain
};

fn string(line: &mut Vec<u8>, text: &str) {
    line.push(b'"');
    let (mut rest, mut marks) = (text, 0);
    loop {
        let plain = rest.bytes().position(|byte| !PLAIN[usize::from(byte)]).unwrap_or(rest.len());
        let (run, after) = rest.split_at(plain);
        line.extend_from_slice(run.as_bytes());
        let mut chars = after.chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_str();
        marks = match safe::is_mark(c) {
            true if run.is_empty() => marks + 1,
            true => 1,
            false => 0,
        };
        match c {
            '"' => line.extend_from_slice(b"\\\""),
            '\\' => line.extend_from_slice(b"\\\\"),
            '\n' => line.extend_from_slice(b"\\n"),
            '\r' => line.extend_from_slice(b"\\r"),
            '\t' => line.extend_from_slice(b"\\t"),
            c if safe::is_dangerous(c) || marks > safe::MARKS => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(line, "\\u{unit:04x}");
                }
            }
            c => line.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

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
        value(
            &mut line,
            &Value::List(vec![
                0_u8.into(),
                u64::MAX.into(),
                (-5_i64).into(),
                1.5.into(),
                Value::Hex(vec![0, 255]),
            ]),
        );
        assert_eq!(String::from_utf8_lossy(&line), "[0,18446744073709551615,-5,1.5,\"00ff\"]");
    }
}
