//! Server-sent events: the body of a `text/event-stream` response, event by event as they arrive
//! (WHATWG HTML 9.2.6).

use crate::event::{Class, Facts, FieldSink, Origin, Payload, Phase, Told};
use crate::layer::buffer::Trail;
use crate::layer::protocol::Out;
use crate::locale::Lang;

/// Reads the lines of an event stream.
#[derive(Debug, Default)]
pub struct Reader {
    line: Vec<u8>,
    /// Whether the last byte was CR: an LF behind it ends no line.
    cr: bool,
    trail: Trail,
    event: Event,
}

/// One event, as far as it was read.
#[derive(Debug, Default)]
struct Event {
    name: String,
    id: String,
    data: String,
    /// Bytes of the data, kept or not.
    len: u64,
    has_data: bool,
}

impl Reader {
    /// Takes the next bytes of the body.
    pub fn take(&mut self, bytes: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        let most = out.limits().message;
        let mut trailed = false;
        for &byte in bytes {
            if byte == b'\n' && std::mem::take(&mut self.cr) {
                continue;
            }
            self.cr = byte == b'\r';
            if out.full() && !trailed {
                self.trail.add(origin, out.limits().event_frames);
                trailed = true;
            }
            match byte {
                b'\r' | b'\n' => {
                    let line = std::mem::take(&mut self.line);
                    if line.is_empty() {
                        self.dispatch(origin, out);
                        trailed = false;
                    } else {
                        self.event.take(&String::from_utf8_lossy(&line), most);
                    }
                    self.line = line;
                    self.line.clear();
                }
                byte if self.line.len() < most => self.line.push(byte),
                _ => {}
            }
        }
    }

    /// Something is missing: the event at hand is not whole.
    pub fn skip(&mut self) {
        *self = Reader::default();
    }

    fn dispatch(&mut self, origin: &Origin<'_>, out: &mut Out<'_>) {
        let event = std::mem::take(&mut self.event);
        if event.has_data {
            let own = self.trail.origin(origin.side);
            let origin = Origin { frames: own.frames, left_out: own.left_out, ..*origin };
            out.event(&origin, Vec::new(), || Told::new(Class::Message, Phase::Exchange, event));
        }
        self.trail.clear();
    }
}

impl Event {
    fn take(&mut self, line: &str, most: usize) {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "id" => value.clone_into(&mut self.id),
            "data" => {
                let value = if self.has_data { format!("\n{value}") } else { value.to_owned() };
                self.has_data = true;
                let whole = self.data.len() as u64 == self.len;
                self.len = self.len.saturating_add(value.len() as u64);
                if whole {
                    let room = most.saturating_sub(self.data.len());
                    let end = (0..=room.min(value.len())).rev().find(|at| value.is_char_boundary(*at));
                    self.data.push_str(end.and_then(|end| value.get(..end)).unwrap_or_default());
                }
            }
            _ => {}
        }
    }
}

impl Facts for Event {
    fn kind(&self) -> &'static str {
        "sse.event"
    }

    fn label(&self, lang: Lang) -> String {
        let name = if self.name.is_empty() { lang.pick("event", "이벤트") } else { &self.name };
        let first: String = self.data.chars().take(60).collect();
        format!("{name}: {first}")
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        let name = if self.name.is_empty() { "message" } else { &self.name };
        fields.say("event", name);
        if !self.id.is_empty() {
            fields.say("id", self.id.as_str());
        }
        fields.say("len", self.len);
        fields.say("data", self.data.as_str());
    }

    fn payload(&self) -> Option<Payload<'_>> {
        let bytes = self.data.as_bytes().into();
        Some(Payload { bytes, text: true, len: self.len })
    }
}
