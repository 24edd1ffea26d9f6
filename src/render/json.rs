//! The event stream: one JSON object a line, after the event schema (`docs/events.md`).
//!
//! Everything dangerous in text from the wire is escaped as `\uXXXX`, so a line shown in a terminal is harmless and
//! yet says exactly what was there.

use std::borrow::Cow;
use std::io::Write;
use std::ops::Range;

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

#[inline]
fn quoted(line: &mut Vec<u8>, text: &[u8]) {
    line.push(b'"');
    line.extend_from_slice(text);
    line.push(b'"');
}

#[inline]
fn digits(line: &mut Vec<u8>, number: u64) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn real(line: &mut Vec<u8>, number: f64) {
    let whole = number as u64;
    if whole as f64 == number && number.is_sign_positive() && whole < 1 << 53 {
        digits(line, whole);
    } else if number.is_finite() {
        let _ = write!(line, "{number}");
    } else {
        line.extend_from_slice(b"null");
    }
}

fn hex(line: &mut Vec<u8>, bytes: &[u8]) {
    // By arithmetic, which the compiler does for many bytes at once.
    let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
    line.push(b'"');
    let start = line.len();
    line.resize(start + 2 * bytes.len(), 0);
    for (pair, byte) in line[start..].chunks_exact_mut(2).zip(bytes) {
        pair[0] = digit(byte >> 4);
        pair[1] = digit(byte & 15);
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

/// How many bytes at the start stand in a string as they are: ASCII without controls, quotation marks and backslashes.
fn plain(bytes: &[u8]) -> usize {
    let odd = |byte: u8| (byte < 0x20) | (byte >= 0x7f) | (byte == b'"') | (byte == b'\\');
    // Without a branch inside, so that the compiler looks at all of a block at once.
    let is_plain = |block: &&[u8]| !block.iter().fold(false, |found, &byte| found | odd(byte));
    let blocks = bytes.chunks_exact(16).take_while(is_plain).count() * 16;
    let rest = &bytes[blocks..];
    blocks + rest.iter().position(|&byte| odd(byte)).unwrap_or(rest.len())
}

fn string(line: &mut Vec<u8>, text: &str) {
    line.push(b'"');
    let (mut rest, mut marks) = (text, 0);
    loop {
        let (run, after) = rest.split_at(plain(rest.as_bytes()));
        line.extend_from_slice(run.as_bytes());
        if let Some(after) = after.strip_prefix('"') {
            // By far the most frequent of all, and no mark.
            line.extend_from_slice(b"\\\"");
            (rest, marks) = (after, 0);
            continue;
        }
        let mut chars = after.chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_str();
        marks = match safe::is_mark(c) {
            true if run.is_empty() => marks + 1,
            true => 1,
            false => 0,
        };
        match c {
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

    #[test]
    fn an_odd_byte_is_found_wherever_it_stands() {
        for length in 0..50 {
            assert_eq!(plain(&vec![b'a'; length]), length);
            for place in 0..length {
                for odd in [0, 0x1f, b'"', b'\\', 0x7f, 0x80, 0xff] {
                    let mut bytes = vec![b'~'; length];
                    bytes[place] = odd;
                    assert_eq!(plain(&bytes), place);
                }
            }
        }
    }
}
