//! A message put together from its frames: unmasked payload in; text or bytes, inflated where need be, out.
//!
//! Content is kept up to a limit and counted beyond it. Text is checked as it comes (RFC 6455 8.1).

use std::fmt::Write as _;

use smallvec::SmallVec;

use crate::diagnostic::{self as rule, Note};
use crate::event::{Class, Facts, FieldSink, Origin, Payload, Phase, Said, Told};
use crate::layer::buffer::Trail;
use crate::layer::data::is_text;
use crate::layer::websocket::frame::Opcode;
use crate::layer::websocket::inflate::{Failure, Inflater, Lost};
use crate::layer::websocket::shape::Application;
use crate::limits::Limits;
use crate::locale::{Lang, Words};
use crate::safe::lossy;

/// Characters of a text, or half as many bytes, on an arrow.
const PREVIEW: usize = 60;

/// How a message's payload is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Packing {
    /// As it is.
    Plain,
    /// With permessage-deflate.
    Deflated,
    /// RSV1 is set and the negotiation was not captured: perhaps with permessage-deflate.
    Perhaps,
    /// RSV1 is set although nothing was agreed upon.
    Unagreed,
    /// By an extension that is not understood.
    Foreign,
}

/// Why a message is not there in full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Short {
    /// Bytes of it were not captured.
    Missing,
    /// Its first frames were not captured.
    Headless,
    /// It builds on messages that are missing.
    History(Lost),
    /// It does not inflate.
    Broken,
    /// Inflating it stopped at a limit.
    Limit,
    /// It is compressed and the negotiation was not captured.
    Perhaps,
    /// An extension that is not understood wrote it.
    Foreign,
}

impl Short {
    fn words(self) -> Words {
        match self {
            Short::Missing => ["bytes of it were not captured", "일부 바이트가 캡처되지 않음"],
            Short::Headless => ["its start was not captured", "앞부분이 캡처되지 않음"],
            Short::History(Lost::Gap) => [
                "it builds on an earlier message that was not captured",
                "캡처되지 않은 앞 메시지에 기대어 압축됨",
            ],
            Short::History(Lost::Midstream) => {
                ["it builds on messages from before the capture", "캡처 이전의 메시지에 기대어 압축됨"]
            }
            Short::History(Lost::Broken) => [
                "it builds on an earlier message that does not inflate",
                "압축이 풀리지 않는 앞 메시지에 기대어 압축됨",
            ],
            Short::History(Lost::Limit) => [
                "it builds on an earlier message that was over the limit",
                "한도를 넘은 앞 메시지에 기대어 압축됨",
            ],
            Short::History(Lost::Cut) => {
                ["it builds on a message that was broken off", "중단된 메시지에 기대어 압축됨"]
            }
            Short::Broken => ["it does not inflate", "압축이 풀리지 않음"],
            Short::Limit => ["inflating it stopped at the limit", "한도에서 압축 풀기를 멈춤"],
            Short::Perhaps => {
                ["it is compressed and the negotiation was not captured", "압축되었으나 협상이 캡처되지 않음"]
            }
            Short::Foreign => ["an extension that is not understood wrote it", "알 수 없는 확장으로 쓰임"],
        }
    }
}

/// A message on its way.
#[derive(Debug)]
pub struct Message {
    opcode: Opcode,
    packing: Packing,
    trail: Trail,
    frames: SmallVec<[u64; 2]>,
    frame_count: u64,
    wire_len: u64,
    len: u64,
    missing: u64,
    content: Vec<u8>,
    /// `None` where the content is no text, or is known to be none, or is not to be judged.
    text: Option<super::utf8::Utf8>,
    short: Option<Short>,
    /// What was found wrong since the last frame ended.
    notes: Vec<Note>,
}

impl Message {
    /// A message whose first frame has this opcode; a continuation where its start was not captured.
    pub fn begin(opcode: Opcode, packing: Packing, inflater: Option<&mut Inflater>) -> Message {
        if let (Packing::Deflated | Packing::Perhaps, Some(inflater)) = (packing, inflater) {
            inflater.begin();
        }
        let judged = opcode == Opcode::Text && packing != Packing::Unagreed;
        Message {
            opcode,
            packing,
            trail: Trail::default(),
            frames: SmallVec::new(),
            frame_count: 0,
            wire_len: 0,
            len: 0,
            missing: 0,
            content: Vec::new(),
            text: judged.then(super::utf8::Utf8::default),
            short: match (opcode, packing) {
                (Opcode::Continuation, _) => Some(Short::Headless),
                (_, Packing::Foreign) => Some(Short::Foreign),
                _ => None,
            },
            notes: Vec::new(),
        }
    }

    /// Whether leaving it unfinished loses what later messages build on.
    pub fn is_deflated(&self) -> bool {
        matches!(self.packing, Packing::Deflated | Packing::Perhaps)
    }

    /// Adds the frames of a piece.
    pub fn follow(&mut self, origin: &Origin<'_>, limits: &Limits) {
        self.trail.add(origin, limits.event_frames);
    }

    /// Takes the next unmasked bytes.
    pub fn take(&mut self, bytes: &[u8], inflater: Option<&mut Inflater>, limits: &Limits) {
        if !self.is_deflated() {
            self.plain(bytes, limits);
        } else if let (None, Some(inflater)) = (self.short, inflater) {
            let done = inflater.feed(bytes, limits, |plain| self.plain(plain, limits));
            self.inflated(done);
        }
    }

    /// Says that bytes of it are missing.
    pub fn gap(&mut self, count: u64, inflater: Option<&mut Inflater>) {
        if let (true, Some(inflater)) = (self.is_deflated(), inflater) {
            inflater.lose(Lost::Gap);
        }
        self.missing = self.missing.saturating_add(count);
        self.len = self.len.saturating_add(count);
        self.short.get_or_insert(Short::Missing);
        self.text = None;
    }

    /// Ends a frame of `len` bytes, which is event `n`.
    pub fn frame(&mut self, n: u64, len: u64, limits: &Limits) {
        if self.frames.len() < limits.message_frames {
            self.frames.push(n);
        }
        self.frame_count += 1;
        self.wire_len = self.wire_len.saturating_add(len);
    }

    /// What was found wrong since the last call.
    pub fn notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Ends the message: what was found wrong at its end is in its notes.
    pub fn finish(&mut self, inflater: Option<&mut Inflater>, limits: &Limits) {
        if let (true, None, Some(inflater)) = (self.is_deflated(), self.short, inflater) {
            let done = inflater.end(limits, |plain| self.plain(plain, limits));
            self.inflated(done);
        }
        if self.short.is_none() && self.text.is_some_and(|text| !text.is_whole()) {
            self.not_text();
        }
        if self.missing > 0 {
            self.notes.push(rule::TCP_GAP.with(format!("{} bytes of this message", self.missing)));
        }
    }

    /// Which frames brought it.
    pub fn trail(&mut self) -> Trail {
        std::mem::take(&mut self.trail)
    }

    /// The whole message, for its event.
    pub fn told(self, application: Option<Application>) -> Told {
        let plain = !self.is_deflated() && self.packing != Packing::Foreign;
        let is_text = match self.opcode {
            Opcode::Text => self.packing != Packing::Unagreed || is_text(&self.content),
            Opcode::Continuation => is_text(&self.content),
            _ => false,
        };
        let whole = Whole {
            opcode: self.opcode,
            packing: self.packing,
            frames: self.frames,
            frame_count: self.frame_count,
            wire_len: self.wire_len,
            len: (plain || self.short.is_none()).then_some(self.len),
            missing: self.missing,
            is_text,
            short: self.short,
            content: self.content,
            application,
        };
        Told::new(Class::Message, Phase::Exchange, whole)
    }

    /// Takes plain bytes.
    fn plain(&mut self, bytes: &[u8], limits: &Limits) {
        let before = self.len;
        self.len = self.len.saturating_add(bytes.len() as u64);
        if self.missing == 0 && self.packing != Packing::Foreign {
            let room = limits.message.saturating_sub(self.content.len());
            self.content.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        }
        let most = limits.message as u64;
        if before <= most && self.len > most {
            self.notes.push((&rule::WS_MESSAGE_TOO_BIG).into());
        }
        if self.short.is_none() && self.text.as_mut().is_some_and(|text| !text.feed(bytes)) {
            self.not_text();
        }
    }

    fn not_text(&mut self) {
        self.text = None;
        if self.packing == Packing::Perhaps {
            // Not what was sent, then: what inflated by chance is not shown.
            self.short = Some(Short::Perhaps);
            self.content.clear();
        } else {
            self.notes.push((&rule::WS_BAD_UTF8).into());
        }
    }

    fn inflated(&mut self, done: Result<(), Failure>) {
        let Err(failure) = done else { return };
        self.text = None;
        self.short = Some(match failure {
            Failure::Limit => {
                self.notes.push(rule::WS_DEFLATE_LIMIT.with(format!("after {} bytes", self.len)));
                Short::Limit
            }
            Failure::Data(_) | Failure::History(_) if self.packing == Packing::Perhaps => {
                self.content.clear();
                Short::Perhaps
            }
            Failure::History(lost) => {
                self.content.clear();
                Short::History(lost)
            }
            Failure::Data(why) => {
                self.notes.push(rule::WS_DEFLATE_ERROR.with(why));
                Short::Broken
            }
        });
    }
}

/// A whole message; the `ws.message` event.
#[derive(Debug)]
pub struct Whole {
    opcode: Opcode,
    packing: Packing,
    frames: SmallVec<[u64; 2]>,
    frame_count: u64,
    wire_len: u64,
    len: Option<u64>,
    missing: u64,
    is_text: bool,
    short: Option<Short>,
    content: Vec<u8>,
    application: Option<Application>,
}

impl Whole {
    fn shape(&self) -> Option<String> {
        self.application?.shape(self.is_text, &self.content)
    }
}

impl Facts for Whole {
    fn kind(&self) -> &'static str {
        "ws.message"
    }

    fn label(&self, lang: Lang) -> String {
        let mut label = String::with_capacity(128);
        label.push_str(match self.opcode {
            Opcode::Continuation => lang.pick("End of a message", "메시지의 끝부분"),
            opcode => lang.of(opcode.words()),
        });
        if let Some(shape) = self.shape() {
            label.push(' ');
            label.push_str(&shape);
        }
        label.push(' ');
        match self.short {
            Some(_) if self.content.is_empty() => {
                let _ = write!(label, "{} {}", self.wire_len, lang.pick("bytes", "바이트"));
            }
            _ => {
                let len = self.len.unwrap_or(self.wire_len);
                preview(&self.content, self.is_text, len, lang, &mut label);
            }
        }
        if let Some(short) = self.short {
            let _ = write!(label, " ({})", lang.of(short.words()));
        }
        label
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.say("opcode", self.opcode.name().unwrap_or_default());
        fields.say("frames", Said::List(&|each| self.frames.iter().for_each(|&n| each(n.into()))));
        if self.frame_count > self.frames.len() as u64 {
            fields.say("frame_count", self.frame_count);
        }
        fields.say("wire_len", self.wire_len);
        if let Some(len) = self.len {
            fields.say("len", len);
        }
        if matches!(self.packing, Packing::Deflated | Packing::Perhaps) {
            fields.say("compressed", true);
            if let Some(len) = self.len.filter(|_| self.wire_len > 0) {
                let ratio = len as f64 / self.wire_len as f64;
                fields.say("ratio", (ratio * 100.0).round() / 100.0);
            }
        }
        if self.packing == Packing::Perhaps {
            fields.say("negotiation", "not captured; inflating was tried");
        }
        if self.missing > 0 {
            fields.say("missing", self.missing);
        }
        if let Some(short) = self.short {
            fields.say("incomplete", Lang::En.of(short.words()));
        }
        if let Some(shape) = self.shape() {
            fields.say("application", shape.as_str());
        }
    }

    fn payload(&self) -> Option<Payload<'_>> {
        if self.content.is_empty() && self.short.is_some() {
            return None;
        }
        Some(Payload {
            bytes: self.content.as_slice().into(),
            text: self.is_text,
            len: self.len.unwrap_or(self.content.len() as u64),
        })
    }
}

/// Adds the beginning of content to what stands on an arrow: a quoted text, or the count and the first bytes. `len` is
/// the whole's.
pub fn preview(bytes: &[u8], text: bool, len: u64, lang: Lang, label: &mut String) {
    if text {
        let start = lossy(bytes.get(..PREVIEW * 4).unwrap_or(bytes));
        // What has no more bytes than that has no more characters.
        let more = if start.len() > PREVIEW { start.char_indices().nth(PREVIEW) } else { None };
        let end = more.map_or(start.len(), |(end, _)| end);
        label.push('"');
        label.push_str(start.get(..end).unwrap_or_default());
        label.push_str(if more.is_some() || (bytes.len() as u64) < len { "…\"" } else { "\"" });
        return;
    }
    let _ = write!(label, "{len} {}", lang.pick("bytes", "바이트"));
    let shown = bytes.get(..PREVIEW / 5).unwrap_or(bytes);
    for (place, byte) in shown.iter().enumerate() {
        let _ = write!(label, "{}{byte:02x}", if place > 0 { " " } else { "  " });
    }
    if !shown.is_empty() && (shown.len() as u64) < len {
        label.push_str(" …");
    }
}
