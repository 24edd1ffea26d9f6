//! What a row of a page unfolds to: fields, payload and bytes of its event or packet, as HTML.

use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use crate::event::{Event, Facts, Field, Packet, Value};
use crate::frame::FrameNumber;
use crate::locale::Lang;
use crate::model::diagram::{Key, Row};
use crate::model::trace::Trace;
use crate::render::svg::pen::escape;
use crate::safe;

/// How many bytes of a payload, or of the wire, a row unfolds to.
const SHOWN: usize = 4096;
/// How many frame numbers it lists.
const FRAMES: usize = 32;

/// The events and packets of a trace, to be found by what rows are of.
pub struct Shelf<'t> {
    events: FxHashMap<(u32, u64), &'t Event>,
    packets: FxHashMap<(u32, FrameNumber), &'t Packet>,
    completed: FxHashMap<(u32, FrameNumber), Vec<&'t Event>>,
    lang: Lang,
}

impl<'t> Shelf<'t> {
    /// Those of `trace`, to be told in this language.
    pub fn new(trace: &'t Trace, lang: Lang) -> Shelf<'t> {
        let mut completed: FxHashMap<(u32, FrameNumber), Vec<&'t Event>> = FxHashMap::default();
        for traced in trace.events.iter() {
            if let Some(&last) = traced.event.frames.last() {
                completed.entry((traced.connection, last)).or_default().push(&traced.event);
            }
        }
        let events = trace.events.iter().map(|of| ((of.connection, of.event.n), &of.event)).collect();
        let packets =
            trace.packets.iter().map(|of| ((of.connection, of.packet.number), &of.packet)).collect();
        Shelf { events, packets, completed, lang }
    }

    /// What `row` unfolds to; empty where there is nothing more to say.
    pub fn details(&self, row: &Row) -> String {
        match row.key {
            Key::Event(id, n) => self.events.get(&(id, n)).map(|event| self.event(event)).unwrap_or_default(),
            Key::Packet(id, frame) => self.packet(id, frame),
            _ => String::new(),
        }
    }

    fn event(&self, event: &Event) -> String {
        let mut out = String::new();
        heading(&mut out, event.facts.kind());
        let frames: Vec<String> = event.frames.iter().take(FRAMES).map(|frame| format!("#{frame}")).collect();
        let more = if event.frames.len() > FRAMES || event.left_out > 0 { " …" } else { "" };
        let mut fields = vec![
            Field::new("time", event.time.to_string()),
            Field::new("packets", format!("{}{more}", frames.join(" "))),
        ];
        fields.extend(event.facts.fields());
        table(&mut out, &fields);
        for note in &event.notes {
            let _ = write!(out, "<p class=\"note\">{}</p>", escape(&safe::line(&note.say(self.lang))));
        }
        payload(&mut out, &*event.facts, self.lang);
        wire(&mut out, &*event.facts, self.lang);
        out
    }

    fn packet(&self, id: u32, frame: FrameNumber) -> String {
        let mut out = String::new();
        let Some(packet) = self.packets.get(&(id, frame)) else { return out };
        heading(&mut out, packet.facts.kind());
        let mut fields =
            vec![Field::new("time", packet.time.to_string()), Field::new("packet", packet.number)];
        fields.extend(packet.facts.fields());
        table(&mut out, &fields);
        wire(&mut out, &*packet.facts, self.lang);
        for event in self.completed.get(&(id, frame)).into_iter().flatten() {
            heading(&mut out, event.facts.kind());
            table(&mut out, &event.facts.fields());
            payload(&mut out, &*event.facts, self.lang);
        }
        out
    }
}

fn heading(out: &mut String, text: &str) {
    let _ = write!(out, "<h3>{}</h3>", escape(text));
}

fn table(out: &mut String, fields: &[Field]) {
    out.push_str("<table>");
    for field in fields {
        let _ = write!(out, "<tr><th>{}<td>", escape(field.name));
        value(out, &field.value);
    }
    out.push_str("</table>");
}

fn value(out: &mut String, value_of: &Value) {
    match value_of {
        Value::Table(fields) => table(out, fields),
        Value::List(values) if values.iter().any(|one| matches!(one, Value::List(_) | Value::Table(_))) => {
            for (nth, one) in values.iter().enumerate() {
                out.push_str(if nth > 0 { "<br>" } else { "" });
                match one {
                    Value::List(pair) => {
                        out.push_str(
                            &pair.iter().map(|part| escape(&plain(part))).collect::<Vec<_>>().join(": "),
                        );
                    }
                    other => value(out, other),
                }
            }
        }
        other => out.push_str(&escape(&plain(other))),
    }
}

/// A value as one line of text.
fn plain(value: &Value) -> String {
    match value {
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => cut(&safe::line(text)),
        Value::Hex(bytes) => {
            let shown: String = bytes.iter().take(SHOWN / 8).map(|byte| format!("{byte:02x}")).collect();
            if bytes.len() > SHOWN / 8 { shown + "…" } else { shown }
        }
        Value::List(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Table(fields) => {
            let parts: Vec<String> =
                fields.iter().map(|field| format!("{}: {}", field.name, plain(&field.value))).collect();
            parts.join(", ")
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn payload(out: &mut String, facts: &dyn Facts, lang: Lang) {
    let Some(payload) = facts.payload().filter(|payload| payload.len > 0) else { return };
    let shown = &payload.bytes[..payload.bytes.len().min(SHOWN)];
    heading(out, &format!("{} · {} B", lang.pick("payload", "내용"), payload.len));
    let readable = payload.text || std::str::from_utf8(shown).is_ok_and(|text| !text.contains('\0'));
    let text = if readable { safe::lines(&String::from_utf8_lossy(shown)) } else { dump(shown) };
    let _ = write!(out, "<pre>{}{}</pre>", escape(&text), left(payload.len, shown.len(), lang));
}

fn wire(out: &mut String, facts: &dyn Facts, lang: Lang) {
    let bytes = facts.wire();
    if bytes.is_empty() {
        return;
    }
    let shown = &bytes[..bytes.len().min(SHOWN / 4)];
    heading(out, &format!("{} · {} B", lang.pick("on the wire", "전송된 바이트"), bytes.len()));
    let _ = write!(out, "<pre>{}{}</pre>", escape(&dump(shown)), left(bytes.len() as u64, shown.len(), lang));
}

/// How much is not shown, in words.
fn left(all: u64, shown: usize, lang: Lang) -> String {
    match all.saturating_sub(shown as u64) {
        0 => String::new(),
        rest => lang.pick(format!("\n… {rest} more bytes"), format!("\n… {rest}바이트 더 있음")),
    }
}

/// Bytes as lines of offset, hex and ASCII.
fn dump(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (nth, line) in bytes.chunks(16).enumerate() {
        let hex: String = line
            .iter()
            .enumerate()
            .map(|(at, byte)| format!("{}{byte:02x} ", if at == 8 { " " } else { "" }))
            .collect();
        let ascii: String =
            line.iter().map(|&byte| if (0x20..0x7f).contains(&byte) { byte as char } else { '.' }).collect();
        let _ = writeln!(out, "{:04x}  {hex:<50} {ascii}", nth * 16);
    }
    out.truncate(out.trim_end_matches('\n').len());
    out
}
