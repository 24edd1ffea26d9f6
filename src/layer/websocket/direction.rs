//! One direction of a conversation: bytes to frames, frames to messages (RFC 6455 5.2–5.6).

mod seeking;
mod telling;

use crate::diagnostic::{self as rule, Note};
use crate::event::{Class, End, Origin, Phase, Side, Told};
use crate::layer::buffer::Trail;
use crate::layer::protocol::Out;
use crate::layer::websocket::conversation::{Talk, Terms};
use crate::layer::websocket::facts::{Astray, Place};
use crate::layer::websocket::frame::{CONTROL, Header, LONGEST, Opcode, RSV1, mask};
use crate::layer::websocket::held::Held;
use crate::layer::websocket::inflate::{Inflater, Lost};
use crate::layer::websocket::message::{Message, Packing};
use crate::layer::websocket::rules;

/// Payload bytes of a frame that are kept as they came.
const SHOWN: usize = 4096;

/// Payload bytes that are unmasked at a time.
const STEP: usize = 16 * 1024;

/// What a direction needs of what surrounds it.
pub struct Around<'a, 'b> {
    /// What holds for the whole conversation.
    pub terms: &'a Terms,
    /// What both directions share.
    pub talk: &'a mut Talk,
    /// Where events go.
    pub out: &'a mut Out<'b>,
}

/// ```text
///              header whole            payload whole
///   ┌─> Header ────────────> Payload ────────────────┐
///   │     │ gap                │ gap beyond its end  │
///   │     └──────> Seeking <───┘                     │
///   │  plausible frames │                            │
///   └───────────────────┴────────────────────────────┘
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// A header comes next.
    Header,
    /// So many bytes of payload are to come.
    Payload(u64),
    /// It is not known where a frame begins: plausible ones are looked for.
    Seeking,
    /// It is not known where a frame begins, and never will be.
    Unknown,
}

/// What one side sends.
pub struct Direction {
    side: Side,
    state: State,
    /// A header that is not whole yet.
    head: [u8; LONGEST],
    have: usize,
    /// The frame that is being read.
    header: Header,
    missing: u64,
    control: [u8; CONTROL as usize],
    /// Whether the frame belongs to no message although it should.
    orphan: bool,
    trail: Trail,
    wire: Vec<u8>,
    notes: Vec<Note>,
    /// The opcode of the unfinished message, and the message where events are wanted.
    open: Option<Opcode>,
    message: Option<Box<Message>>,
    inflater: Option<Inflater>,
    scratch: Vec<u8>,
    /// Whether the first data frame since frames were recognised is still to come: it may be any fragment.
    fresh: bool,
    closed: bool,
    held: Held,
    /// What is still to be said of losing the place.
    lost: Option<(Astray, u64)>,
    /// Whether finding the place again is to be said.
    astray: bool,
    skipped: u64,
}

impl Direction {
    /// A direction that begins with a frame.
    pub fn new(side: Side) -> Direction {
        let header =
            Header { fin: true, rsv: 0, opcode: Opcode::Continuation, key: None, len: 0, len_size: 1 };
        Direction {
            side,
            state: State::Header,
            head: [0; LONGEST],
            have: 0,
            header,
            missing: 0,
            control: [0; CONTROL as usize],
            orphan: false,
            trail: Trail::default(),
            wire: Vec::new(),
            notes: Vec::new(),
            open: None,
            message: None,
            inflater: None,
            scratch: Vec::new(),
            fresh: false,
            closed: false,
            held: Held::default(),
            lost: None,
            astray: false,
            skipped: 0,
        }
    }

    /// A direction that is joined somewhere.
    pub fn seeking(side: Side) -> Direction {
        Direction { state: State::Seeking, ..Direction::new(side) }
    }

    /// Takes the next bytes.
    pub fn read(&mut self, bytes: &[u8], origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match self.state {
                State::Header => self.head(rest, origin, around),
                State::Payload(left) => self.payload(rest, left, origin, around),
                State::Seeking => return self.seek(rest, origin, around),
                State::Unknown => return self.skip(rest, origin, around),
            };
        }
    }

    /// Says that bytes are missing.
    pub fn gap(&mut self, count: u64, origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        match self.state {
            State::Payload(left) if count <= left => {
                self.missing = self.missing.saturating_add(count);
                if let Some(message) = joined(&mut self.message, self.header.opcode, self.orphan) {
                    message.gap(count, self.inflater.as_mut());
                }
                self.state = State::Payload(left - count);
                if count == left {
                    self.finish(origin, around);
                }
            }
            State::Unknown => {}
            state => {
                if let State::Payload(left) = state {
                    self.cut(left, origin, around);
                }
                self.lose(Astray::Gap, count, around);
            }
        }
    }

    /// Says that no more will come.
    pub fn end(&mut self, end: End, origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        if self.state == State::Seeking {
            self.resume(true, around);
        }
        let detail = |came: u64, of: &str| {
            let what = if end == End::Capture { "the capture ends after" } else { "it ends after" };
            rule::WS_TRUNCATED_FRAME.with(format!("{what} {came} of {of} bytes"))
        };
        match self.state {
            State::Payload(left) => {
                let (came, of) = (self.header.len.saturating_sub(left), self.header.len.to_string());
                self.notes.push(detail(came, &of));
                self.cut(left, origin, around);
            }
            State::Header if self.have > 0 => {
                let (notes, have) = (vec![detail(self.have as u64, "its header's")], self.have as u64);
                let trail = std::mem::take(&mut self.trail);
                let origin = if around.out.full() { trail.origin(self.side) } else { *origin };
                around.out.event(&origin, notes, || {
                    Told::new(Class::Trouble, Phase::Exchange, Place::Header(have))
                });
            }
            State::Seeking | State::Unknown => self.tell_unread(origin, around),
            State::Header => {}
        }
        self.state = State::Unknown;
        around.talk.course.end(self.side, end);
    }

    /// Reads a header, as far as it is there; returns what is behind it.
    fn head<'b>(&mut self, bytes: &'b [u8], origin: &Origin<'_>, around: &mut Around<'_, '_>) -> &'b [u8] {
        if self.have == 0
            && let Some(header) = Header::parse(bytes)
            && let Some((head, rest)) = bytes.split_at_checked(header.size())
        {
            self.begin(header, head, origin, around);
            return rest;
        }
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            if let Some(room) = self.head.get_mut(self.have) {
                *room = byte;
            }
            self.have += 1;
            let head = self.head;
            let head = head.get(..self.have).unwrap_or(&head);
            if let Some(header) = Header::parse(head) {
                self.have = 0;
                self.begin(header, head, origin, around);
                return rest;
            }
        }
        if around.out.full() {
            self.trail.add(origin, around.out.limits().event_frames);
        }
        rest
    }

    /// A header is whole: its rules are checked and the payload comes next.
    fn begin(&mut self, header: Header, head: &[u8], origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        (self.header, self.missing) = (header, 0);
        rules::check(&header, self.side, self.closed, around.terms, &mut self.notes);
        let full = around.out.full();
        if full {
            self.trail.add(origin, around.out.limits().event_frames);
            let room = usize::try_from(header.len).unwrap_or(SHOWN).min(SHOWN);
            self.wire.reserve_exact(head.len() + room);
            self.wire.extend_from_slice(head);
        }
        if !header.opcode.is_control() {
            self.join(around.terms, full);
        }
        if full && let Some(message) = joined(&mut self.message, header.opcode, self.orphan) {
            message.follow(&self.trail.origin(self.side), around.out.limits());
        }
        if header.len >> 63 != 0 {
            self.cut(header.len, origin, around);
            self.lose(Astray::Length, 0, around);
            self.tell_lost(origin, around);
        } else if header.len == 0 {
            self.finish(origin, around);
        } else {
            self.state = State::Payload(header.len);
        }
    }

    /// Finds the message that a data frame belongs to (RFC 6455 5.4).
    fn join(&mut self, terms: &Terms, full: bool) {
        let Header { opcode, rsv, .. } = self.header;
        self.orphan = false;
        let packing = match opcode {
            Opcode::Reserved(_) => {
                self.orphan = true;
                return;
            }
            Opcode::Continuation if self.open.is_some() => return,
            Opcode::Continuation if !std::mem::take(&mut self.fresh) => {
                self.notes.push((&rule::WS_BAD_CONTINUATION).into());
                self.orphan = true;
                return;
            }
            Opcode::Continuation => Packing::Plain,
            _ if rsv == 0 => Packing::Plain,
            _ if rsv == RSV1 && terms.deflate.is_some() => Packing::Deflated,
            _ if terms.foreign => Packing::Foreign,
            _ if rsv == RSV1 && !terms.known => Packing::Perhaps,
            _ => Packing::Unagreed,
        };
        self.fresh = false;
        if self.open.replace(opcode).is_some() {
            self.notes.push((&rule::WS_INTERLEAVED_MESSAGE).into());
        }
        if !full {
            return;
        }
        if let (Some(true), Some(inflater)) =
            (self.message.take().map(|old| old.is_deflated()), &mut self.inflater)
        {
            inflater.lose(Lost::Cut);
        }
        if matches!(packing, Packing::Deflated | Packing::Perhaps) {
            self.inflater_of(terms);
        }
        self.message = Some(Box::new(Message::begin(opcode, packing, self.inflater.as_mut())));
    }

    fn inflater_of(&mut self, terms: &Terms) -> &mut Inflater {
        self.inflater.get_or_insert_with(|| {
            let mut inflater = Inflater::new(terms.takeover(self.side));
            if !terms.known {
                inflater.lose(Lost::Midstream);
            }
            inflater
        })
    }

    /// Takes payload; returns what is behind it.
    fn payload<'b>(
        &mut self,
        bytes: &'b [u8],
        left: u64,
        origin: &Origin<'_>,
        around: &mut Around<'_, '_>,
    ) -> &'b [u8] {
        let count = usize::try_from(left).unwrap_or(usize::MAX);
        let (own, rest) = bytes.split_at_checked(count).unwrap_or((bytes, &[]));
        let at = self.header.len.saturating_sub(left);
        if self.header.opcode.is_control() {
            let room = self.control.get_mut(usize::try_from(at).unwrap_or(usize::MAX)..).unwrap_or_default();
            for (room, byte) in room.iter_mut().zip(own) {
                *room = *byte;
            }
        }
        if around.out.full() {
            self.keep(own, at, origin, around);
        }
        let left = left.saturating_sub(own.len() as u64);
        self.state = State::Payload(left);
        if left == 0 {
            self.finish(origin, around);
        }
        rest
    }

    /// Keeps what events show of payload that begins `at` bytes into it.
    fn keep(&mut self, own: &[u8], at: u64, origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        let limits = around.out.limits();
        self.trail.add(origin, limits.event_frames);
        if self.missing == 0 {
            let room = (SHOWN + self.header.size()).saturating_sub(self.wire.len());
            self.wire.extend_from_slice(own.get(..room).unwrap_or(own));
        }
        let Some(message) = joined(&mut self.message, self.header.opcode, self.orphan) else {
            return;
        };
        message.follow(origin, limits);
        let Some(key) = self.header.key else {
            return message.take(own, self.inflater.as_mut(), limits);
        };
        let mut at = at;
        for block in own.chunks(STEP) {
            self.scratch.clear();
            self.scratch.extend_from_slice(block);
            mask(&mut self.scratch, key, at);
            message.take(&self.scratch, self.inflater.as_mut(), limits);
            at = at.saturating_add(block.len() as u64);
        }
    }
}

/// The message that a frame belongs to.
fn joined(message: &mut Option<Box<Message>>, opcode: Opcode, orphan: bool) -> Option<&mut Message> {
    message.as_deref_mut().filter(|_| !opcode.is_control() && !orphan)
}
