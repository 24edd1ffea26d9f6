//! What the detail pane shows of a row: its fields as a tree, its bytes, and the message that it carries.
//!
//! Everything from the wire that comes in leaves harmless (`crate::safe`).

use std::ops::Range;

use crate::connection::Connection;
use crate::event::{Event, Field, Packet, Side, Value};
use crate::frame::FrameNumber;
use crate::locale::Lang;
use crate::model::diagram::{Key, Row};
use crate::model::units::{duration, size};
use crate::safe;
use crate::tui::ladder::{Subject, text_of};

/// What of a row is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// Its fields, with the message below them.
    #[default]
    Fields,
    /// The message: JSON set out, other text as it is.
    Text,
    /// The message's bytes.
    Bytes,
}

/// A line of the tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub depth: usize,
    /// The field's name; empty for lines of the message.
    pub name: String,
    pub value: String,
    /// Which of the bytes say so.
    pub at: Option<Range<usize>>,
    /// The kind of what the field is of, and its own name.
    pub field: Option<(&'static str, &'static str)>,
}

/// The detail of a row.
#[derive(Debug, Default)]
pub struct Detail {
    /// Of which row; in which language.
    pub key: Option<Key>,
    pub lang: Lang,
    pub format: Format,
    /// The kind of the event or packet.
    pub kind: &'static str,
    /// What stands above the fields.
    pub title: String,
    pub lines: Vec<Line>,
    /// The line under the cursor, and the one at the top.
    pub cursor: usize,
    pub top: usize,
    /// The bytes that lines point into; the byte under the cursor, and the line of bytes at the top.
    pub bytes: Vec<u8>,
    pub byte: usize,
    pub byte_top: usize,
    /// The frame whose bytes are wanted, and the one whose bytes are shown.
    pub wanted: Option<FrameNumber>,
    pub frame: Option<FrameNumber>,
    /// The message; its decoded text in lines; how long it is.
    pub payload: Vec<u8>,
    pub text: Vec<String>,
    pub payload_len: u64,
}

/// So many bytes of a message are set out as text; more are saved but not shown.
const SHOWN: usize = 256 << 10;
/// So many lines of a message stand below the fields; all of them in a view of their own.
const BELOW: usize = 60;
/// A line of text is cut after so many characters.
const LONG: usize = 2000;
/// So many values of a list are shown, so deep.
const VALUES: usize = 500;
const DEEP: usize = 12;

impl Detail {
    /// Shows a row.
    pub fn show(&mut self, row: &Row, subject: &Subject<'_>, lang: Lang) {
        *self = Detail {
            key: Some(row.key),
            lang,
            format: self.format,
            title: safe::line(&text_of(row)),
            ..Detail::default()
        };
        match subject {
            Subject::Event(connection, event, parts) => self.event(connection, event, parts),
            Subject::Packet(connection, packet) => self.packet(connection, packet),
            Subject::Connection(connection) => self.connection(connection),
            Subject::Row => self.line(lang.pick("time", "시각"), row.time.to_string()),
        }
    }

    fn line(&mut self, name: &str, value: impl Into<String>) {
        self.lines.push(Line { depth: 0, name: name.to_owned(), value: value.into(), at: None, field: None });
    }

    fn event(&mut self, connection: &Connection, event: &Event, parts: &[&Event]) {
        let lang = self.lang;
        self.kind = event.facts.kind();
        self.line(lang.pick("kind", "종류"), self.kind);
        self.line(lang.pick("from", "보낸 쪽"), from(connection, event.side, lang));
        self.line(lang.pick("time", "시각"), event.time.to_string());
        self.line(lang.pick("packets", "패킷"), numbers(&event.frames, event.left_out));
        if event.decrypted {
            self.line(lang.pick("decrypted", "복호"), lang.pick("yes, with session keys", "예, 세션 키로"));
        }
        for note in &event.notes {
            self.line(
                note.what.severity.name(),
                format!("{} [{}]", safe::line(&note.say(lang)), note.what.id),
            );
        }
        self.bytes = event.facts.wire().to_vec();
        let fields = event.facts.fields();
        fields.iter().for_each(|field| self.field(field, 0));
        if let Some(payload) = event.facts.payload() {
            self.payload_len = payload.len;
            self.text = text(&payload.bytes, payload.text, lang);
            self.payload = payload.bytes.into_owned();
            self.message();
        }
        if self.bytes.is_empty() {
            self.lines.iter_mut().for_each(|line| line.at = None);
            parts.iter().for_each(|part| self.part(part));
        }
        if self.bytes.is_empty() {
            self.wanted = event.frames.last().copied();
        }
    }

    /// Adds a part of a message: its fields below those of the whole, its bytes behind those of the parts before it.
    fn part(&mut self, part: &Event) {
        let wire = part.facts.wire();
        if wire.is_empty() || self.bytes.len() + wire.len() > SHOWN {
            return;
        }
        let (start, first) = (self.bytes.len(), self.lines.len());
        let (name, value) = (part.facts.kind().to_owned(), safe::line(&part.facts.label(self.lang)));
        self.lines.push(Line { depth: 0, name, value, at: Some(0..wire.len()), field: None });
        let whole = std::mem::replace(&mut self.kind, part.facts.kind());
        part.facts.fields().iter().for_each(|field| self.field(field, 1));
        self.kind = whole;
        for line in &mut self.lines[first..] {
            line.at = line.at.take().map(|at| at.start + start..at.end + start);
        }
        self.bytes.extend_from_slice(wire);
    }

    /// Adds the message below the fields.
    fn message(&mut self) {
        let heading = format!("── {} · {} ──", self.lang.pick("message", "메시지"), size(self.payload_len));
        self.line("", "");
        self.line("", heading);
        for text in self.text.iter().take(BELOW).cloned().collect::<Vec<_>>() {
            self.line("", text);
        }
        if let Some(more) = self.text.len().checked_sub(BELOW).filter(|more| *more > 0) {
            let lang = self.lang;
            self.line("", lang.pick(format!("… {more} more lines: v"), format!("… {more}줄 더: v")));
        }
        self.line("", "");
    }

    fn packet(&mut self, connection: &Connection, packet: &Packet) {
        let lang = self.lang;
        self.kind = packet.facts.kind();
        self.line(lang.pick("kind", "종류"), self.kind);
        self.line(lang.pick("from", "보낸 쪽"), from(connection, packet.side, lang));
        self.line(lang.pick("time", "시각"), packet.time.to_string());
        self.line(lang.pick("packet", "패킷"), packet.number.to_string());
        for note in &packet.notes {
            self.line(
                note.what.severity.name(),
                format!("{} [{}]", safe::line(&note.say(lang)), note.what.id),
            );
        }
        for (side, state) in Side::BOTH.into_iter().zip(packet.states) {
            if let Some(state) = state {
                self.line(&format!("{} →", side.name(lang)), state);
            }
        }
        packet.facts.fields().iter().for_each(|field| self.field(field, 0));
        self.bytes = packet.facts.wire().to_vec();
        self.wanted = Some(packet.number);
    }

    fn connection(&mut self, connection: &Connection) {
        let lang = self.lang;
        self.line(lang.pick("client", "클라이언트"), connection.endpoint(Side::Client).to_string());
        self.line(lang.pick("server", "서버"), connection.endpoint(Side::Server).to_string());
        self.line(lang.pick("protocols", "프로토콜"), connection.protocols.written());
        self.line(lang.pick("verdict", "판정"), safe::line(&connection.verdict(lang)));
        self.line(lang.pick("start", "시작"), connection.start.to_string());
        self.line(lang.pick("duration", "걸린 시간"), duration(connection.end.since(connection.start)));
        if let Some(rtt) = connection.handshake_rtt {
            self.line(lang.pick("handshake RTT", "핸드셰이크 RTT"), duration(rtt));
        }
        let pair = |values: [u64; 2]| format!("→ {}  ← {}", values[0], values[1]);
        self.line(lang.pick("packets", "패킷"), pair(connection.packets));
        self.line(lang.pick("payload bytes", "내용 바이트"), pair(connection.payload));
        let count = |of: fn(&crate::connection::Struggle) -> u64| connection.struggle.each_ref().map(of);
        for (name, values) in [
            (lang.pick("retransmissions", "재전송"), count(|s| s.retransmissions.into())),
            (lang.pick("out of order", "순서 어긋남"), count(|s| s.out_of_order.into())),
            (lang.pick("duplicate ACKs", "중복 ACK"), count(|s| s.duplicate_acks.into())),
            (lang.pick("zero windows", "윈도 0"), count(|s| s.zero_windows.into())),
            (lang.pick("keep-alive probes", "연결 유지 탐침"), count(|s| s.keep_alives.into())),
            (lang.pick("missing bytes", "빠진 바이트"), count(|s| s.missing_bytes)),
        ] {
            if values != [0, 0] {
                self.line(name, pair(values));
            }
        }
        for what in connection.noted.iter() {
            self.line(what.severity.name(), format!("{} [{}]", lang.of(what.rule), what.id));
        }
    }

    fn field(&mut self, field: &Field, depth: usize) {
        let at = field.at.clone().filter(|range| range.start < range.end);
        let mut line = Line {
            depth,
            name: safe::line(field.name),
            value: String::new(),
            at,
            field: Some((self.kind, field.name)),
        };
        if let Some(value) = plain(&field.value) {
            line.value = value;
            self.lines.push(line);
            return;
        }
        self.lines.push(line);
        if depth < DEEP {
            self.inner(&field.value, depth + 1);
        }
    }

    fn inner(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Table(fields) => fields.iter().take(VALUES).for_each(|field| self.field(field, depth)),
            Value::List(items) => {
                for (number, item) in items.iter().take(VALUES).enumerate() {
                    // A pair of texts is a name and its value, as in a header.
                    if let Value::List(pair) = item
                        && let [Value::Text(name), Value::Text(value)] = &pair[..]
                    {
                        let (name, value) = (shortened(&safe::shown(name)), shortened(&safe::shown(value)));
                        self.lines.push(Line { depth, name, value, at: None, field: None });
                        continue;
                    }
                    let value = plain(item).unwrap_or_default();
                    let name = format!("[{number}]");
                    self.lines.push(Line { depth, name, value, at: None, field: None });
                    if plain(item).is_none() && depth < DEEP {
                        self.inner(item, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// The names by which a filter asks for the fields that are shown.
    pub fn fields(&self) -> impl Iterator<Item = String> + '_ {
        let named = self.lines.iter().filter(|line| line.depth <= 1).filter_map(|line| line.field);
        named.map(|(kind, name)| format!("{}.{name}", kind.split('.').next().unwrap_or(kind)))
    }

    /// Takes the bytes of the frame that was wanted.
    pub fn take(&mut self, number: FrameNumber, bytes: Vec<u8>) {
        if self.wanted != Some(number) {
            return;
        }
        self.wanted = None;
        // One that was let go has none: what the row kept stays.
        if bytes.is_empty() {
            return;
        }
        self.frame = Some(number);
        // What the row kept is a part of the frame: the fields point there now.
        let kept = std::mem::replace(&mut self.bytes, bytes);
        let place = if kept.is_empty() { None } else { memchr::memmem::find(&self.bytes, &kept) };
        for line in &mut self.lines {
            line.at = line.at.take().zip(place).map(|(at, by)| at.start + by..at.end + by);
        }
    }

    /// The bytes that are shown: of the message, or of the row.
    pub fn shown(&self) -> &[u8] {
        if self.format == Format::Bytes { &self.payload } else { &self.bytes }
    }

    /// The bytes that the line under the cursor speaks of.
    pub fn lit(&self) -> Option<Range<usize>> {
        let line = self.lines.get(self.cursor).filter(|_| self.format == Format::Fields)?;
        line.at.clone().filter(|range| range.end <= self.bytes.len())
    }

    /// Moves the cursor in the tree; the bytes follow.
    pub fn go_to(&mut self, line: usize) {
        self.cursor = line.min(self.count().saturating_sub(1));
        if let Some(range) = self.lit() {
            self.byte = range.start;
        }
    }

    /// How many lines the format has.
    pub fn count(&self) -> usize {
        if self.format == Format::Text { self.text.len() } else { self.lines.len() }
    }

    /// Moves the cursor in the bytes; the smallest field that holds the byte is selected.
    pub fn go_to_byte(&mut self, byte: usize) {
        self.byte = byte.min(self.shown().len().saturating_sub(1));
        let holds = |line: &&(usize, &Line)| line.1.at.as_ref().is_some_and(|at| at.contains(&self.byte));
        let lines: Vec<(usize, &Line)> = self.lines.iter().enumerate().collect();
        let smallest = lines
            .iter()
            .filter(holds)
            .min_by_key(|(_, line)| line.at.as_ref().map_or(usize::MAX, Range::len));
        if let Some(place) = smallest.map(|(place, _)| *place) {
            self.cursor = place;
        }
    }

    /// The next format.
    pub fn next_format(&mut self) {
        self.format = match self.format {
            Format::Fields => Format::Text,
            Format::Text => Format::Bytes,
            Format::Bytes => Format::Fields,
        };
        (self.cursor, self.top, self.byte, self.byte_top) = (0, 0, 0, 0);
    }

    /// What copying takes: the message, or the field under the cursor, or the row.
    pub fn copied(&self, focused: bool) -> String {
        let line = self.lines.get(self.cursor).filter(|line| focused && !line.name.is_empty());
        match line {
            Some(line) => format!("{}: {}", line.name, line.value),
            None if !self.text.is_empty() => self.text.join("\n"),
            None => self.title.clone(),
        }
    }

    /// Keeps the cursors on the screen, which has room for so many lines of fields and of bytes.
    pub fn settle(&mut self, lines: usize, byte_lines: usize, per_line: usize) {
        self.cursor = self.cursor.min(self.count().saturating_sub(1));
        let lowest = (self.cursor + 1).saturating_sub(lines.max(1));
        self.top = self.top.clamp(lowest, self.cursor.max(lowest));
        let line = self.byte / per_line.max(1);
        let lowest = (line + 1).saturating_sub(byte_lines.max(1));
        self.byte_top = self.byte_top.clamp(lowest, line.max(lowest));
    }
}

fn from(connection: &Connection, side: Side, lang: Lang) -> String {
    format!("{} {}", side.name(lang), connection.endpoint(side))
}

fn numbers(frames: &[FrameNumber], left_out: u64) -> String {
    let shown: Vec<String> = frames.iter().take(20).map(u64::to_string).collect();
    let all = (frames.len() as u64).saturating_add(left_out);
    let more = if all > shown.len() as u64 { format!(" … ({all})") } else { String::new() };
    format!("{}{more}", shown.join(" "))
}

/// A value on one line; `None` where it has parts.
fn plain(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => shortened(&safe::shown(text)),
        Value::Hex(bytes) => {
            let hex: String = bytes.iter().take(64).map(|byte| format!("{byte:02x}")).collect();
            if bytes.len() > 64 { format!("{hex}… ({} B)", bytes.len()) } else { hex }
        }
        Value::List(items) if items.is_empty() => "[]".to_owned(),
        Value::List(items) if items.len() <= 8 => {
            let parts: Option<Vec<String>> = items.iter().map(plain).collect();
            parts.map(|parts| parts.join(", ")).filter(|text| text.chars().count() <= 60)?
        }
        Value::List(_) | Value::Table(_) => return None,
    })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONG) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A message in lines: JSON set out, other text as it is, and for anything else what it is.
fn text(bytes: &[u8], is_text: bool, lang: Lang) -> Vec<String> {
    let part = &bytes[..bytes.len().min(SHOWN)];
    let readable = match std::str::from_utf8(part) {
        Ok(text) => Some(text),
        Err(error) if error.valid_up_to() + 4 > part.len() => {
            std::str::from_utf8(&part[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    let Some(text) =
        readable.filter(|text| is_text || !text.chars().any(|c| c.is_control() && !"\r\n\t".contains(c)))
    else {
        if is_text {
            return vec![shortened(&safe::bytes(part))];
        }
        return vec![
            lang.pick("binary: press v for its bytes", "바이너리: v를 누르면 바이트를 봅니다").to_owned(),
        ];
    };
    let pretty = (part.len() == bytes.len() && text.trim_start().starts_with(['{', '[']))
        .then(|| serde_json::from_str::<serde_json::Value>(text).ok())
        .flatten()
        .and_then(|value| serde_json::to_string_pretty(&value).ok());
    let mut lines: Vec<String> =
        safe::lines(pretty.as_deref().unwrap_or(text)).split('\n').map(shortened).collect();
    if part.len() < bytes.len() {
        let rest = size((bytes.len() - part.len()) as u64);
        lines.push(
            lang.pick(format!("… {rest} more: S saves all"), format!("… {rest} 더 있음: S로 모두 저장")),
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_set_out_and_controls_are_pictures() {
        let lines = text(br#"{"a":[1,"\u001b[2J"]}"#, true, Lang::En);
        assert_eq!(lines, ["{", "  \"a\": [", "    1,", "    \"\\u001b[2J\"", "  ]", "}"]);
        assert_eq!(text(b"a\x1b[2J\nb", true, Lang::En), ["a␛[2J", "b"]);
        assert_eq!(text(b"\x00\x01", false, Lang::En).len(), 1);
    }
}
