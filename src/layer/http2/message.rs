//! A request or response over HTTP/2 (RFC 9113 8.1): as it is read, and as it is told.

use crate::diagnostic::Note;
use crate::event::{Facts, Field, FieldSink, Payload};
use crate::frame::Timestamp;
use crate::layer::buffer::Trail;
use crate::layer::content::{Bounds, Content};
use crate::layer::http2::block::{Fields, text};
use crate::layer::status;
use crate::locale::Lang;
use crate::safe::lossy;

/// A message while it is being read.
#[derive(Debug, Default)]
pub struct Message {
    /// Its fields; none in a survey.
    pub fields: Fields,
    /// Its trailer section.
    pub trailers: Fields,
    /// Its content.
    pub content: Content,
    /// The length that it announces.
    pub announced: Option<u64>,
    /// What is wrong with it.
    pub notes: Vec<Note>,
    /// The frames that brought it; empty in a survey.
    pub trail: Trail,
    /// When its first byte was there.
    pub began: Timestamp,
}

/// What a response says of its exchange.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer {
    /// From the end of the request to the beginning of the response, in nanoseconds.
    pub latency: Option<i64>,
    /// The number of the request's event.
    pub request_n: Option<u64>,
}

/// A message that was read, for whoever looks.
#[derive(Debug)]
pub struct Shown {
    stream: u32,
    fields: Fields,
    trailers: Fields,
    content: Content,
    incomplete: Option<&'static str>,
    decoded_len: Option<usize>,
    bounds: Bounds,
    answer: Option<Answer>,
}

impl Message {
    /// What is told of it; what is wrong with its content codings is added to its notes.
    pub fn shown(
        &mut self,
        stream: u32,
        bounds: Bounds,
        incomplete: Option<&'static str>,
        answer: Option<Answer>,
    ) -> Shown {
        let mut shown = Shown {
            stream,
            fields: std::mem::take(&mut self.fields),
            trailers: std::mem::take(&mut self.trailers),
            content: std::mem::take(&mut self.content),
            incomplete,
            decoded_len: None,
            bounds,
            answer,
        };
        let codings = shown.codings();
        if !codings.is_empty() && !shown.content.is_empty() {
            let decoded = shown.content.decode(&codings, incomplete.is_none(), bounds);
            self.notes.extend(decoded.fault);
            let len = decoded.whole.then_some(decoded.bytes.len());
            shown.decoded_len = len;
        }
        shown
    }
}

impl Shown {
    /// The content codings, in the order in which they were applied.
    fn codings(&self) -> Vec<&[u8]> {
        let values = self.fields.iter().filter(|(name, _)| *name == b"content-encoding");
        let names = values.flat_map(|(_, value)| value.split(|byte| *byte == b','));
        names.map(<[u8]>::trim_ascii).filter(|name| !name.is_empty()).collect()
    }
}

impl Facts for Shown {
    fn kind(&self) -> &'static str {
        if self.answer.is_some() { "h2.response" } else { "h2.request" }
    }

    fn label(&self, lang: Lang) -> String {
        let stream = format!("({} {})", lang.pick("stream", "스트림"), self.stream);
        if self.fields.is_empty() {
            return match self.answer.is_some() {
                true => format!(
                    "{} {stream}",
                    lang.pick("response with unreadable fields", "헤더를 읽을 수 없는 응답")
                ),
                false => format!(
                    "{} {stream}",
                    lang.pick("request with unreadable fields", "헤더를 읽을 수 없는 요청")
                ),
            };
        }
        match self.answer {
            Some(_) => {
                let status = self.fields.status();
                format!("{} {stream}", format!("{status} {}", status::phrase(status)).trim_end())
            }
            None => {
                let (method, path) = (self.fields.text(":method"), self.fields.text(":path"));
                let target = if path.is_empty() { self.fields.text(":authority") } else { path };
                match self.fields.value(":protocol") {
                    Some(protocol) => format!("{method} {target} :protocol {} {stream}", text(protocol)),
                    None => format!("{method} {target} {stream}"),
                }
            }
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        let pseudo = [
            (":method", "method"),
            (":path", "target"),
            (":scheme", "scheme"),
            (":authority", "authority"),
            (":protocol", "protocol"),
        ];
        for (wire, name) in pseudo {
            fields.extend(self.fields.value(wire).map(|value| Field::new(name, text(value))));
        }
        if self.fields.status() > 0 {
            fields.push(Field::new("status", self.fields.status()));
        }
        fields.push(Field::new("version", "HTTP/2"));
        if !self.fields.is_empty() {
            fields.push(Field::new("headers", self.fields.table()));
        }
        fields.push(Field::new("body_len", self.content.len));
        fields.extend(self.decoded_len.map(|len| Field::new("decoded_len", len)));
        if !self.trailers.is_empty() {
            fields.push(Field::new("trailers", self.trailers.table()));
        }
        if let Some(answer) = self.answer {
            fields.extend(answer.latency.map(|nanos| Field::new("latency_us", nanos as f64 / 1000.0)));
            fields.extend(answer.request_n.map(|n| Field::new("request_n", n)));
        }
        fields.extend(self.incomplete.map(|why| Field::new("incomplete", why)));
        if self.content.missing > 0 {
            fields.push(Field::new("missing", self.content.missing));
        }
    }

    fn payload(&self) -> Option<Payload<'_>> {
        let media_type = self.fields.value("content-type").map(lossy);
        self.content.payload(&self.codings(), self.incomplete.is_none(), media_type.as_deref(), self.bounds)
    }
}

/// What is told of a HEADERS frame behind which its message goes on.
#[derive(Debug)]
pub struct Opened {
    /// Its fields.
    pub fields: Fields,
    /// Its stream.
    pub stream: u32,
}

impl Facts for Opened {
    fn kind(&self) -> &'static str {
        "h2.headers"
    }

    fn label(&self, lang: Lang) -> String {
        let status = self.fields.status();
        let what = match status {
            0 => format!("{} {}", self.fields.text(":method"), self.fields.text(":path")),
            status => format!("{status} {}", status::phrase(status)),
        };
        let what = what.trim().to_owned();
        format!("HEADERS {what} ({} {})", lang.pick("stream", "스트림"), self.stream)
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.push(Field::new("headers", self.fields.table()));
    }
}

/// What is told of a PUSH_PROMISE.
#[derive(Debug)]
pub struct Promise {
    /// The stream that the response will come on.
    pub promised: u32,
    /// The fields of the request that it answers.
    pub fields: Fields,
}

impl Facts for Promise {
    fn kind(&self) -> &'static str {
        "h2.push_promise"
    }

    fn label(&self, lang: Lang) -> String {
        let (method, path) = (self.fields.text(":method"), self.fields.text(":path"));
        format!("PUSH_PROMISE {method} {path} ({} {})", lang.pick("stream", "스트림"), self.promised)
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.extend([
            Field::new("promised_stream", self.promised),
            Field::new("method", self.fields.text(":method")),
            Field::new("target", self.fields.text(":path")),
            Field::new("headers", self.fields.table()),
        ]);
    }
}
