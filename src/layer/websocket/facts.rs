//! What the events other than the handshake and whole messages say: frames, and losing and finding one's place.

use crate::event::{Facts, FieldSink, Payload, Said};
use crate::frame::Timestamp;
use crate::layer::websocket::close;
use crate::layer::websocket::frame::{Header, Opcode, mask};
use crate::layer::websocket::message::preview;
use crate::locale::Lang;

/// A Close frame's body.
#[derive(Debug, Clone)]
pub struct Closing {
    /// Its code, where it has one.
    pub code: Option<u16>,
    /// Its reason, as it came.
    pub reason: String,
}

/// What a pong answers.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The event of the ping.
    pub ping: u64,
    /// When the ping was complete.
    pub since: Timestamp,
}

/// What a frame says of itself; the `ws.frame` and `ws.incomplete` events.
#[derive(Debug)]
pub struct FrameFacts {
    /// Its header.
    pub header: Header,
    /// The opcode of the message that it belongs to.
    pub of: Opcode,
    /// The header and the first bytes of the payload, as they came.
    pub wire: Vec<u8>,
    /// Payload bytes that came.
    pub came: u64,
    /// Payload bytes that were not captured.
    pub missing: u64,
    /// Whether it ends before its payload does.
    pub cut: bool,
    /// What a Close frame says.
    pub closing: Option<Closing>,
    /// What a pong answers, and how long after.
    pub answer: Option<(Answer, i64)>,
}

impl FrameFacts {
    fn body(&self) -> Vec<u8> {
        let mut body = self.wire.get(self.header.size()..).unwrap_or_default().to_vec();
        if let Some(key) = self.header.key {
            mask(&mut body, key, 0);
        }
        body
    }

    /// Whether the payload is no more than a part of a message, or no message at all.
    fn stands_alone(&self) -> bool {
        self.header.opcode.is_control() || !self.header.fin || self.header.opcode == Opcode::Continuation
    }

    fn is_text(&self) -> bool {
        match self.header.opcode {
            Opcode::Ping | Opcode::Pong => crate::layer::data::is_text(&self.body()),
            _ => self.of == Opcode::Text && self.header.rsv == 0,
        }
    }

    fn control_label(&self, lang: Lang) -> String {
        let name = lang.of(self.header.opcode.words());
        if let Some(closing) = &self.closing {
            let code =
                closing.code.map_or_else(|| close::none(lang).to_owned(), |code| close::say(code, lang));
            let mut label = format!("{name} {code}");
            if !closing.reason.is_empty() {
                label.push_str(&format!(" \"{}\"", closing.reason));
            }
            return label;
        }
        let mut label = name.to_owned();
        if self.header.len > 0 {
            label.push(' ');
            preview(&self.body(), self.is_text(), self.header.len, lang, &mut label);
        }
        if self.answer.is_none() && self.header.opcode == Opcode::Pong && self.missing == 0 {
            label.push_str(lang.pick(" (unsolicited)", " (요청 없음)"));
        }
        label
    }
}

impl Facts for FrameFacts {
    fn kind(&self) -> &'static str {
        if self.cut { "ws.incomplete" } else { "ws.frame" }
    }

    fn label(&self, lang: Lang) -> String {
        let bytes = lang.pick("bytes", "바이트");
        let name = lang.of(self.header.opcode.words());
        if self.cut {
            let (of, came) = (self.header.len, self.came);
            let en = format!("{name} frame broken off, {came} of {of} {bytes}");
            return lang.pick(en, format!("{name} 프레임 중단, {of}{bytes} 중 {came}{bytes}"));
        }
        match self.header.opcode {
            Opcode::Reserved(number) => format!("{name} {number}, {} {bytes}", self.header.len),
            opcode if opcode.is_control() => self.control_label(lang),
            _ => {
                let mut label = String::with_capacity(64);
                label.push_str(name);
                label.push_str(lang.pick(" frame", " 프레임"));
                for (is, flag) in [
                    (self.header.fin, ", FIN"),
                    (self.header.rsv & 4 != 0, ", RSV1"),
                    (self.header.rsv & 2 != 0, ", RSV2"),
                    (self.header.rsv & 1 != 0, ", RSV3"),
                    (self.header.key.is_some(), lang.pick(", masked", ", 마스킹")),
                ] {
                    if is {
                        label.push_str(flag);
                    }
                }
                for part in [", ", itoa::Buffer::new().format(self.header.len), " ", bytes] {
                    label.push_str(part);
                }
                label
            }
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        let header = &self.header;
        let (len_end, size) = (1 + usize::from(header.len_size), header.size());
        fields.say_at("fin", header.fin, 0..1);
        fields.say_at("rsv1", header.rsv & 4 != 0, 0..1);
        fields.say_at("rsv2", header.rsv & 2 != 0, 0..1);
        fields.say_at("rsv3", header.rsv & 1 != 0, 0..1);
        match header.opcode {
            Opcode::Reserved(number) => fields.say_at("opcode", number, 0..1),
            opcode => fields.say_at("opcode", opcode.name().unwrap_or_default(), 0..1),
        }
        fields.say_at("masked", header.key.is_some(), 1..2);
        fields.say_at("len", header.len, 1..len_end);
        if let Some(key) = header.key {
            fields.say_at("masking_key", Said::Hex(&key), len_end..size);
        }
        let kept = self.wire.len();
        if let Some(closing) = &self.closing {
            if let Some(code) = closing.code {
                fields.say_at("close_code", code, size.min(kept)..(size + 2).min(kept));
                fields.say("close_name", Lang::En.of(close::name(code)));
            }
            if !closing.reason.is_empty() {
                fields.say_at("close_reason", closing.reason.as_str(), (size + 2).min(kept)..kept);
            }
        }
        if let Some((answer, nanos)) = self.answer {
            fields.say("rtt_us", nanos as f64 / 1e3);
            fields.say("ping_n", answer.ping);
        }
        if self.missing > 0 {
            fields.say("missing", self.missing);
        }
        if self.cut {
            fields.say("came", self.came);
        }
    }

    fn wire(&self) -> &[u8] {
        &self.wire
    }

    fn payload(&self) -> Option<Payload<'_>> {
        let shown = self.stands_alone() && self.header.opcode != Opcode::Close && self.header.len > 0;
        shown.then(|| Payload { bytes: self.body().into(), text: self.is_text(), len: self.header.len })
    }
}

/// Why it is not known where frames begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Astray {
    /// Bytes were not captured.
    Gap,
    /// A length that cannot be.
    Length,
}

/// Where reading frames stops or goes on; the `ws.midstream`, `ws.incomplete`, `ws.lost`,
/// `ws.resync` and `ws.unread` events.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// The connection was joined after its handshake.
    Midstream,
    /// The stream ends inside a header, of which so many bytes came.
    Header(u64),
    /// It is not known any more where frames begin; so many bytes were not captured.
    Lost(Astray, u64),
    /// Frames were recognised again, after so many bytes that could not be read.
    Found(u64),
    /// So many bytes could not be read to the end.
    Unread(u64),
}

impl Facts for Place {
    fn kind(&self) -> &'static str {
        match self {
            Place::Midstream => "ws.midstream",
            Place::Header(_) => "ws.incomplete",
            Place::Lost(..) => "ws.lost",
            Place::Found(_) => "ws.resync",
            Place::Unread(_) => "ws.unread",
        }
    }

    fn is_milestone(&self) -> bool {
        matches!(self, Place::Midstream)
    }

    fn label(&self, lang: Lang) -> String {
        match self {
            Place::Midstream => {
                lang.pick("WebSocket (handshake not seen)", "WebSocket (핸드셰이크가 보이지 않음)").to_owned()
            }
            Place::Header(came) => lang.pick(
                format!("Frame header broken off after {came} bytes"),
                format!("프레임 헤더가 {came}바이트에서 중단됨"),
            ),
            Place::Lost(Astray::Gap, missing) => lang.pick(
                format!("Frames lost: {missing} bytes not captured"),
                format!("프레임 경계를 잃음: {missing}바이트가 캡처되지 않음"),
            ),
            Place::Lost(Astray::Length, _) => lang
                .pick("Frames lost: the rest cannot be read", "프레임 경계를 잃음: 나머지는 읽을 수 없음")
                .to_owned(),
            Place::Unread(unread) => lang.pick(
                format!("{unread} bytes in which no frames were recognised"),
                format!("프레임으로 알아볼 수 없는 {unread}바이트"),
            ),
            Place::Found(skipped) => lang.pick(
                format!("Frames found again, {skipped} bytes passed over"),
                format!("프레임 경계를 다시 찾음, {skipped}바이트를 건너뜀"),
            ),
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        match *self {
            Place::Midstream => {}
            Place::Header(came) => fields.say("came", came),
            Place::Lost(Astray::Gap, missing) => {
                fields.say("reason", "gap");
                fields.say("missing", missing);
            }
            Place::Lost(Astray::Length, _) => fields.say("reason", "length"),
            Place::Found(skipped) => fields.say("skipped", skipped),
            Place::Unread(unread) => fields.say("len", unread),
        }
    }
}
