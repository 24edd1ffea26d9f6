//! What a direction tells: frames that are whole or broken off, and the messages that they complete.

use super::{Around, Direction, State};
use crate::diagnostic as rule;
use crate::event::{Class, Origin, Phase, Told};
use crate::layer::websocket::close;
use crate::layer::websocket::facts::{Answer, Closing, FrameFacts};
use crate::layer::websocket::frame::{CONTROL, Header, Opcode, mask};
use crate::layer::websocket::message::{Message, Packing};

impl Direction {
    /// The payload is whole.
    pub(super) fn finish(&mut self, origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        self.state = State::Header;
        let whole = if self.header.opcode.is_control() { Self::finish_control } else { Self::finish_data };
        if !around.out.full() {
            return whole(self, origin, around);
        }
        let mut trail = std::mem::take(&mut self.trail);
        whole(self, &trail.origin(self.side), around);
        trail.clear();
        self.trail = trail;
    }

    fn finish_control(&mut self, from: &Origin<'_>, around: &mut Around<'_, '_>) {
        let Header { opcode, key, len, .. } = self.header;
        let mut body = self.control;
        let body = body.get_mut(..len.min(CONTROL) as usize).unwrap_or_default();
        if let Some(key) = key {
            mask(body, key, 0);
        }
        match opcode {
            Opcode::Close => {
                let closing = self.closing(body, around.out.full());
                self.closed = true;
                around.talk.course.close(self.side, closing.code.unwrap_or(close::NO_STATUS));
                self.tell((Class::Close, Phase::Close), Some(closing), None, from, around);
            }
            Opcode::Pong => {
                let whole = self.missing == 0 && len <= CONTROL;
                let answer = if whole { around.talk.pong(self.side, body) } else { None };
                self.tell((Class::Control, Phase::Exchange), None, answer, from, around);
            }
            Opcode::Ping => {
                let n = self.tell((Class::Control, Phase::Exchange), None, None, from, around);
                if self.missing == 0 && len <= CONTROL {
                    around.talk.ping(self.side, body, n, from.time);
                }
            }
            _ => {
                self.tell((Class::Trouble, Phase::Exchange), None, None, from, around);
            }
        }
    }

    /// What a Close frame says (RFC 6455 5.5.1, 7.4).
    fn closing(&mut self, body: &[u8], full: bool) -> Closing {
        let none = Closing { code: None, reason: String::new() };
        if self.missing > 0 {
            return none;
        }
        let Some((code, reason)) = body.split_first_chunk::<2>() else {
            if self.header.len == 1 {
                self.notes.push((&rule::WS_BAD_CLOSE_LENGTH).into());
            }
            return none;
        };
        let code = u16::from_be_bytes(*code);
        if !close::may_be_sent(code) {
            self.notes.push(rule::WS_BAD_CLOSE_CODE.with(code.to_string()));
        }
        if self.header.len <= CONTROL && std::str::from_utf8(reason).is_err() {
            self.notes.push(rule::WS_BAD_UTF8.with("the close reason"));
        }
        let reason = if full { String::from_utf8_lossy(reason).into_owned() } else { String::new() };
        Closing { code: Some(code), reason }
    }

    fn finish_data(&mut self, from: &Origin<'_>, around: &mut Around<'_, '_>) {
        let Some(of) = self.open.filter(|_| !self.orphan) else {
            self.tell((Class::Trouble, Phase::Exchange), None, None, from, around);
            return;
        };
        let mut message = self.message.take();
        let last = self.header.fin;
        if let (false, Some(message)) = (last, &mut message) {
            self.notes.append(&mut message.notes());
        }
        let n = self.tell_of(of, (Class::Part, Phase::Exchange), None, None, from, around);
        if last {
            self.open = None;
            let counts = &mut around.talk.course.messages;
            if let Some(count) = counts.get_mut(self.side as usize) {
                *count = count.saturating_add(1);
            }
        }
        let limits = around.out.limits();
        if let Some(message) = &mut message {
            message.frame(n, self.header.len, limits);
        }
        match message {
            Some(message) if !last => self.message = Some(message),
            Some(mut message) => {
                message.finish(self.inflater.as_mut(), limits);
                let (notes, trail) = (message.notes(), message.trail());
                let application = around.terms.application;
                around.out.event(&trail.origin(self.side), notes, || message.told(application));
            }
            // A survey counts messages and keeps none.
            None if last => {
                around.out.event(from, Vec::new(), || Message::begin(of, Packing::Plain, None).told(None));
            }
            None => {}
        }
    }

    /// Tells the frame that was read; returns the event's number.
    fn tell(
        &mut self,
        what: (Class, Phase),
        closing: Option<Closing>,
        answer: Option<Answer>,
        from: &Origin<'_>,
        around: &mut Around<'_, '_>,
    ) -> u64 {
        self.tell_of(self.header.opcode, what, closing, answer, from, around)
    }

    fn tell_of(
        &mut self,
        of: Opcode,
        (class, phase): (Class, Phase),
        closing: Option<Closing>,
        answer: Option<Answer>,
        from: &Origin<'_>,
        around: &mut Around<'_, '_>,
    ) -> u64 {
        let notes = std::mem::take(&mut self.notes);
        around.out.event(from, notes, || {
            let facts = FrameFacts {
                header: self.header,
                of,
                wire: std::mem::take(&mut self.wire),
                came: self.header.len.saturating_sub(self.missing),
                missing: self.missing,
                cut: false,
                closing,
                answer: answer.map(|answer| (answer, from.time.since(answer.since))),
            };
            Told::new(class, phase, facts)
        })
    }

    /// Tells of a frame that is broken off with `left` bytes of payload to come.
    pub(super) fn cut(&mut self, left: u64, origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        let mut trail = std::mem::take(&mut self.trail);
        let from = if around.out.full() { trail.origin(self.side) } else { *origin };
        let notes = std::mem::take(&mut self.notes);
        let of = self.open.unwrap_or(self.header.opcode);
        around.out.event(&from, notes, || {
            let facts = FrameFacts {
                header: self.header,
                of,
                wire: std::mem::take(&mut self.wire),
                came: self.header.len.saturating_sub(left).saturating_sub(self.missing),
                missing: self.missing,
                cut: true,
                closing: None,
                answer: None,
            };
            Told::new(Class::Trouble, Phase::Exchange, facts)
        });
        trail.clear();
        self.trail = trail;
    }
}
