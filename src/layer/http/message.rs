//! One HTTP/1.x message: as it is read, and as it is told.

use std::borrow::Cow;
use std::ops::Range;

use crate::diagnostic::Note;
use crate::event::{Facts, FieldSink, Payload, Said};
use crate::frame::Timestamp;
use crate::layer::buffer::Trail;
use crate::layer::content::{Bounds, Content};
use crate::layer::http::head::{self, Line, Skim, Start};
use crate::layer::status;
use crate::locale::Lang;
use crate::safe::lossy;

/// How the end of a message is told (RFC 9112 6.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Framing {
    /// It ends with its head.
    #[default]
    None,
    /// By Content-Length.
    Length,
    /// By the chunked coding.
    Chunked,
    /// It ends with the connection.
    Close,
    /// Its head, which would tell, did not come whole.
    Unknown,
}

impl Framing {
    /// As the event schema writes it.
    pub fn name(self) -> &'static str {
        match self {
            Framing::Unknown => "unknown",
            Framing::None => "none",
            Framing::Length => "content-length",
            Framing::Chunked => "chunked",
            Framing::Close => "close",
        }
    }
}

/// A message while it is being read.
#[derive(Debug, Default)]
pub struct Message {
    /// What its head says.
    pub skim: Skim,
    /// How its end is told.
    pub framing: Framing,
    /// What is wrong with it.
    pub notes: Vec<Note>,
    /// The frames that brought it; empty in a survey.
    pub trail: Trail,
    /// When its first byte came.
    pub began: Timestamp,
    /// Its body, chunked coding undone.
    pub content: Content,
    /// What is kept to be shown; nothing in a survey.
    pub kept: Option<Box<Kept>>,
}

/// What is kept of a message to be shown.
#[derive(Debug, Default)]
pub struct Kept {
    /// The head as it came.
    pub head: Vec<u8>,
    /// The trailer section as it came.
    pub trailers: Vec<u8>,
}

/// What a response says of its exchange.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// From the end of the request to the beginning of the response, in nanoseconds.
    pub latency: Option<i64>,
    /// The number of the request's event.
    pub request_n: Option<u64>,
    /// Whether the connection is kept, and why; not for interim responses, nor where the part of the head that would
    /// tell did not come.
    pub persistence: Option<Persistence>,
}

/// Whether a connection outlives a response, by what decides it (RFC 9112 9.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Persistence {
    /// Kept: nothing says otherwise in HTTP/1.1.
    Default11 = 1,
    /// Kept: the response says `Connection: keep-alive`.
    KeepAlive,
    /// Closed: the request says `Connection: close`.
    ClientClose,
    /// Closed: the response says `Connection: close`.
    ServerClose,
    /// Closed: nothing says otherwise in HTTP/1.0.
    Default10,
    /// Closed: that is how the body ends.
    UntilClose,
    /// Kept, for another protocol.
    Switched,
    /// Closed: it ended inside the response.
    Cut,
}

impl Persistence {
    /// All, in the order of their numbers.
    pub const ALL: [Persistence; 8] = [
        Persistence::Default11,
        Persistence::KeepAlive,
        Persistence::ClientClose,
        Persistence::ServerClose,
        Persistence::Default10,
        Persistence::UntilClose,
        Persistence::Switched,
        Persistence::Cut,
    ];

    /// Whether the connection is kept.
    pub fn is_kept(self) -> bool {
        matches!(self, Persistence::Default11 | Persistence::KeepAlive | Persistence::Switched)
    }

    /// Why.
    pub fn reason(self, lang: Lang) -> &'static str {
        match self {
            Persistence::Default11 => lang.pick("HTTP/1.1 default", "HTTP/1.1 기본값"),
            Persistence::KeepAlive => {
                lang.pick("Connection: keep-alive from the server", "서버의 Connection: keep-alive")
            }
            Persistence::ClientClose => {
                lang.pick("Connection: close from the client", "클라이언트의 Connection: close")
            }
            Persistence::ServerClose => {
                lang.pick("Connection: close from the server", "서버의 Connection: close")
            }
            Persistence::Default10 => lang.pick("HTTP/1.0 default", "HTTP/1.0 기본값"),
            Persistence::UntilClose => {
                lang.pick("the body ends with the connection", "본문이 연결 종료로 끝남")
            }
            Persistence::Switched => lang.pick("the protocol is switched", "프로토콜이 전환됨"),
            Persistence::Cut => lang.pick("it ended inside the response", "응답 도중에 연결이 끊김"),
        }
    }
}

/// A message that was read, for whoever looks.
#[derive(Debug)]
pub struct Shown {
    kept: Kept,
    framing: Framing,
    content: Content,
    /// Why it ends before its end, where it does.
    incomplete: Option<&'static str>,
    /// Whether its body has a content coding.
    coded: bool,
    decoded_len: Option<usize>,
    bounds: Bounds,
    answer: Option<Answer>,
}

impl Message {
    /// Adds to the trailer section.
    pub fn take_trailer(&mut self, bytes: &[u8], most: usize) {
        if let Some(kept) = &mut self.kept
            && kept.trailers.len() + bytes.len() <= most
        {
            kept.trailers.extend_from_slice(bytes);
        }
    }

    /// What is told of it; what is wrong with its content codings is added to its notes.
    pub fn shown(
        &mut self,
        bounds: Bounds,
        incomplete: Option<&'static str>,
        answer: Option<Answer>,
    ) -> Shown {
        let kept = self.kept.take().map(|kept| *kept).unwrap_or_default();
        let mut shown = Shown {
            kept,
            framing: self.framing,
            content: std::mem::take(&mut self.content),
            incomplete,
            coded: self.skim.coded,
            decoded_len: None,
            bounds,
            answer,
        };
        if shown.coded && !shown.content.is_empty() {
            let decoded = shown.content.decode(&shown.codings(), incomplete.is_none(), bounds);
            shown.decoded_len = decoded.whole.then_some(decoded.bytes.len());
            self.notes.extend(decoded.fault);
        }
        shown
    }
}

impl Shown {
    /// The content codings, in the order in which they were applied.
    fn codings(&self) -> Vec<&[u8]> {
        match self.coded {
            true => values(&self.kept.head, "content-encoding").flat_map(head::elements).collect(),
            false => Vec::new(),
        }
    }

    fn tell_start(&self, fields: &mut dyn FieldSink) {
        let head = &self.kept.head;
        let mut tell = |name, part| fields.field(name, Said::Text(&lossy(part)), place(head, part));
        match head::start(head) {
            Some(Start::Request(method, target, version)) => {
                tell("method", method);
                tell("target", target);
                match version {
                    b"" => fields.say("version", "HTTP/0.9"),
                    version => tell("version", version),
                }
            }
            Some(Start::Response(version, status, reason)) => {
                match lossy(status).parse::<u16>() {
                    Ok(number) => fields.field("status", number.into(), place(head, status)),
                    Err(_) => tell("status_text", status),
                }
                let mut tell = |name, part| fields.field(name, Said::Text(&lossy(part)), place(head, part));
                tell("reason", reason);
                tell("version", version);
            }
            None => {}
        }
    }
}

impl Facts for Shown {
    fn kind(&self) -> &'static str {
        if self.answer.is_some() { "http.response" } else { "http.request" }
    }

    fn label(&self, lang: Lang) -> String {
        let mut label = match head::start(&self.kept.head) {
            Some(Start::Request(method, target, b"")) => words(&[method, target]),
            Some(Start::Request(method, target, version)) => words(&[method, target, version]),
            Some(Start::Response(_, status, b"")) => {
                format!("{} {}", lossy(status), status::phrase(lossy(status).parse().unwrap_or(0)))
                    .trim_end()
                    .to_owned()
            }
            Some(Start::Response(_, status, reason)) => words(&[status, reason]),
            None => text(&self.kept.head),
        };
        if self.incomplete.is_some() {
            label.push_str(lang.pick(", incomplete", ", 불완전"));
        }
        label
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        let head = &self.kept.head;
        self.tell_start(fields);
        let headers = |each: &mut dyn FnMut(Said<'_>)| tell_lines(head::lines(head), each);
        fields.say_at("headers", Said::List(&headers), lines_place(head));
        if std::str::from_utf8(head).is_err() {
            fields.say("lossy", true);
        }
        fields.say("body_len", self.content.len);
        if let Some(len) = self.decoded_len {
            fields.say("decoded_len", len);
        }
        fields.say("framing", self.framing.name());
        let trailers = &self.kept.trailers;
        if head::trailer_lines(trailers).next().is_some() {
            fields.say("trailers", Said::List(&|each| tell_lines(head::trailer_lines(trailers), each)));
        }
        if let Some(answer) = self.answer {
            if let Some(nanos) = answer.latency {
                fields.say("latency_us", nanos as f64 / 1000.0);
            }
            if let Some(n) = answer.request_n {
                fields.say("request_n", n);
            }
            if let Some(persistence) = answer.persistence {
                fields.say("persistent", persistence.is_kept());
                fields.say("persistence_reason", persistence.reason(Lang::En));
            }
        }
        if let Some(why) = self.incomplete {
            fields.say("incomplete", why);
        }
        if self.content.missing > 0 {
            fields.say("missing", self.content.missing);
        }
    }

    fn wire(&self) -> &[u8] {
        &self.kept.head
    }

    fn payload(&self) -> Option<Payload<'_>> {
        if self.content.is_empty() {
            return None;
        }
        let media_type = values(&self.kept.head, "content-type").next().map(lossy);
        self.content.payload(&self.codings(), self.incomplete.is_none(), media_type.as_deref(), self.bounds)
    }
}

/// Header lines as owned pairs: name as it came, value trimmed and unfolded.
pub fn pairs<'a>(lines: impl Iterator<Item = Line<'a>>) -> Vec<(String, String)> {
    lines.map(|line| (text(line.name), unfolded(line.value).into_owned())).collect()
}

/// The values of the header lines of this name.
pub fn values<'a>(head: &'a [u8], name: &'static str) -> impl Iterator<Item = &'a [u8]> {
    head::lines(head)
        .filter(move |line| line.name.eq_ignore_ascii_case(name.as_bytes()))
        .map(|line| line.value)
}

/// Tells header lines as pairs.
fn tell_lines<'a>(lines: impl Iterator<Item = Line<'a>>, each: &mut dyn FnMut(Said<'_>)) {
    for line in lines {
        each(Said::Texts(&[&lossy(line.name), &unfolded(line.value)]));
    }
}

/// Text of the wire as it came.
pub fn text(bytes: &[u8]) -> String {
    lossy(bytes).into_owned()
}

/// Texts of the wire with a blank between them.
fn words(parts: &[&[u8]]) -> String {
    let mut words = String::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for (place, part) in parts.iter().enumerate() {
        words.push_str(if place > 0 { " " } else { "" });
        words.push_str(&lossy(part));
    }
    words
}

/// A value with each fold as one blank (RFC 9112 5.2).
fn unfolded(value: &[u8]) -> Cow<'_, str> {
    match memchr::memchr(b'\n', value) {
        None => lossy(value),
        Some(_) => text(value).split('\n').map(str::trim).collect::<Vec<_>>().join(" ").into(),
    }
}

/// Where in `head` its part `part` lies.
fn place(head: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).wrapping_sub(head.as_ptr() as usize);
    let end = start.checked_add(part.len())?;
    (end <= head.len() && start < end).then_some(start..end)
}

/// Where in `head` its header lines lie.
fn lines_place(head: &[u8]) -> Range<usize> {
    let start = memchr::memchr(b'\n', head).map_or(head.len(), |end| end + 1);
    start..head.len()
}
