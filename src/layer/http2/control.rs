//! The frames that steer an HTTP/2 connection (RFC 9113 6.3 to 6.9), and the event of any single frame.

use crate::diagnostic;
use crate::event::{Class, Facts, Field, FieldSink, Phase, Side, Told, Value};
use crate::layer::http2::frame::{self, ACK, Header, Kind};
use crate::layer::http2::{Http2, on_stream};
use crate::layer::protocol::Out;
use crate::locale::Lang;

/// Pings of one connection that wait for their answer.
const PINGS: usize = 64;

/// Bytes of a payload that are kept.
const KEPT: usize = 1024;

impl Http2 {
    /// Takes a frame that is about the connection, or ends or grants a stream something.
    pub fn take_control(&mut self, side: Side, header: Header, payload: &[u8], out: &mut Out<'_>) {
        let trail = std::mem::take(&mut self.half(side).trail);
        let origin = on_stream(trail.origin(side), header.stream);
        let mut notes = Vec::new();
        let mut waited = None;
        let (mut class, mut phase) = (Class::Control, Phase::Exchange);
        match header.kind {
            Kind::Settings if !header.has(ACK) => {
                if !std::mem::replace(&mut self.half(side).settled, true) {
                    class = Class::Handshake;
                }
                for (id, value) in frame::settings(payload) {
                    if id == 4 {
                        let streams = self.streams.values_mut().map(|stream| &mut stream.windows);
                        self.windows.begin_with(side.other(), value, streams);
                    }
                }
            }
            Kind::WindowUpdate => {
                let increment = frame::number(payload, 0) & 0x7fff_ffff;
                if increment == 0 {
                    notes.push(diagnostic::H2_BAD_FRAME.with("it grants nothing"));
                }
                let stream = match header.stream {
                    0 => None,
                    id => self.streams.get_mut(&id).map(|stream| &mut stream.windows),
                };
                if header.stream == 0 || stream.is_some() {
                    waited = self.windows.grant(side.other(), stream, increment, origin.time);
                }
            }
            Kind::Ping => waited = self.take_ping(side, header, payload, &origin),
            Kind::Goaway => {
                let error = frame::number(payload, 4);
                self.tally.goaway = self.tally.goaway.max(Some(error));
                (class, phase) = (Class::Close, Phase::Close);
                if error != 0 {
                    notes.push(diagnostic::H2_ERROR.with(frame::error_name(error)));
                }
            }
            Kind::RstStream => {
                let error = frame::number(payload, 0);
                class = Class::Close;
                if error != 0 {
                    notes.push(diagnostic::H2_ERROR.with(frame::error_name(error)));
                }
            }
            _ => {}
        }
        let reset = header.kind == Kind::RstStream;
        if reset {
            self.reset_messages(&origin, header.stream, out);
        }
        out.event(&origin, notes, || {
            let mut facts = Control::of(header, payload.get(..KEPT).unwrap_or(payload));
            facts.waited = waited;
            Told::new(class, phase, facts)
        });
        if reset {
            self.reset_tunnel(&origin, header.stream, out);
        }
        self.half(side).trail = trail;
    }

    /// Takes a ping; the time since the one that it answers, in nanoseconds.
    fn take_ping(
        &mut self,
        side: Side,
        header: Header,
        payload: &[u8],
        origin: &crate::event::Origin<'_>,
    ) -> Option<i64> {
        let what = payload.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        if !header.has(ACK) {
            if self.pings.len() < PINGS {
                self.pings.push((side, what, origin.time));
            }
            return None;
        }
        let place =
            self.pings.iter().position(|(asker, asked, _)| (*asker, *asked) == (side.other(), what))?;
        let (_, _, at) = self.pings.remove(place);
        Some(origin.time.since(at))
    }
}

/// What is told of a single frame.
#[derive(Debug)]
pub struct Control {
    what: What,
    payload: Vec<u8>,
    /// How long a sender had to wait for it, or a ping for its answer; in nanoseconds.
    waited: Option<i64>,
}

#[derive(Debug)]
enum What {
    Preface,
    Frame(Header),
    Unread(u64),
}

impl Control {
    /// The preface of the client.
    pub fn preface() -> Control {
        Control { what: What::Preface, payload: frame::PREFACE.to_vec(), waited: None }
    }

    /// A frame.
    pub fn of(header: Header, payload: &[u8]) -> Control {
        Control { what: What::Frame(header), payload: payload.to_vec(), waited: None }
    }

    /// Bytes that could not be read.
    pub fn unread(len: u64) -> Control {
        Control { what: What::Unread(len), payload: Vec::new(), waited: None }
    }

    fn settings(&self) -> Vec<(String, u32)> {
        let name = |id| frame::setting_name(id).map_or_else(|| format!("{id:#06x}"), str::to_owned);
        frame::settings(&self.payload).map(|(id, value)| (name(id), value)).collect()
    }

    fn frame_label(&self, header: &Header, lang: Lang) -> String {
        let name = name(header.kind);
        let ack = if header.has(ACK) { " ACK" } else { "" };
        let stream = match header.stream {
            0 => String::new(),
            id => format!(" ({} {id})", lang.pick("stream", "스트림")),
        };
        let text = match header.kind {
            Kind::Settings => {
                let settings: Vec<String> =
                    self.settings().iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{name}{ack} {}", settings.join(" "))
            }
            Kind::Ping => format!("{name}{ack}"),
            Kind::WindowUpdate => format!("{name} +{}", frame::number(&self.payload, 0) & 0x7fff_ffff),
            Kind::RstStream => format!("{name} {}", frame::error_name(frame::number(&self.payload, 0))),
            Kind::Goaway => format!("{name} {}", frame::error_name(frame::number(&self.payload, 4))),
            Kind::Data => format!("{name} {} {}", header.len, lang.pick("bytes", "바이트")),
            Kind::Other(kind) => format!("{name} {kind:#04x}"),
            _ => name.to_owned(),
        };
        format!("{}{stream}", text.trim_end())
    }

    fn tell_frame(&self, header: &Header, fields: &mut dyn FieldSink) {
        fields.say("len", header.len);
        fields.say("flags", header.flags);
        let number = |at| frame::number(&self.payload, at);
        let error = |at| Field::new("error", frame::error_name(number(at)));
        match header.kind {
            Kind::Settings => {
                fields.push(Field::new("ack", header.has(ACK)));
                let pair = |(name, value): (String, u32)| Value::List(vec![name.into(), value.into()]);
                fields.push(Field::new(
                    "settings",
                    Value::List(self.settings().into_iter().map(pair).collect()),
                ));
            }
            Kind::Ping => {
                fields.push(Field::new("ack", header.has(ACK)));
                fields.push(Field::new("opaque", Value::Hex(self.payload.clone())).at(0..self.payload.len()));
            }
            Kind::WindowUpdate => fields.push(Field::new("increment", number(0) & 0x7fff_ffff)),
            Kind::RstStream => fields.push(error(0)),
            Kind::Goaway => {
                fields.push(Field::new("last_stream", number(0) & 0x7fff_ffff));
                fields.push(error(4));
                let debug = self.payload.get(8..).unwrap_or_default();
                if !debug.is_empty() {
                    fields.push(Field::new("debug", String::from_utf8_lossy(debug).into_owned()));
                }
            }
            Kind::Data => fields.push(Field::new("end_stream", header.has(frame::END_STREAM))),
            _ => {}
        }
        if let Some(waited) = self.waited {
            let name = if header.kind == Kind::Ping { "rtt_us" } else { "stalled_us" };
            fields.say(name, waited as f64 / 1000.0);
        }
    }
}

impl Facts for Control {
    fn kind(&self) -> &'static str {
        match &self.what {
            What::Preface => "h2.preface",
            What::Unread(_) => "h2.unread",
            What::Frame(header) => match header.kind {
                Kind::Data => "h2.data",
                Kind::Headers => "h2.headers",
                Kind::Priority => "h2.priority",
                Kind::RstStream => "h2.rst_stream",
                Kind::Settings => "h2.settings",
                Kind::PushPromise => "h2.push_promise",
                Kind::Ping => "h2.ping",
                Kind::Goaway => "h2.goaway",
                Kind::WindowUpdate => "h2.window_update",
                Kind::Continuation => "h2.continuation",
                Kind::Other(_) => "h2.frame",
            },
        }
    }

    fn label(&self, lang: Lang) -> String {
        match &self.what {
            What::Preface => lang.pick("HTTP/2 connection preface", "HTTP/2 연결 서문").to_owned(),
            What::Frame(header) => self.frame_label(header, lang),
            What::Unread(len) => match lang {
                Lang::En => {
                    format!("{len} bytes of HTTP/2 that cannot be read: bytes before them are missing")
                }
                Lang::Ko => format!("읽을 수 없는 HTTP/2 {len}바이트: 앞의 바이트가 빠져 있음"),
            },
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        match &self.what {
            What::Preface => {}
            What::Frame(header) => self.tell_frame(header, fields),
            What::Unread(len) => fields.say("len", *len),
        }
    }

    fn wire(&self) -> &[u8] {
        &self.payload
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Data => "DATA",
        Kind::Headers => "HEADERS",
        Kind::Priority => "PRIORITY",
        Kind::RstStream => "RST_STREAM",
        Kind::Settings => "SETTINGS",
        Kind::PushPromise => "PUSH_PROMISE",
        Kind::Ping => "PING",
        Kind::Goaway => "GOAWAY",
        Kind::WindowUpdate => "WINDOW_UPDATE",
        Kind::Continuation => "CONTINUATION",
        Kind::Other(_) => "frame",
    }
}
