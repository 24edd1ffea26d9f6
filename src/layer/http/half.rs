//! One direction of an HTTP/1.x connection: where in a message its bytes stand.
//!
//! ```text
//! Start ─▶ Head ─▶ Length | Chunked | Close ─▶ Start      Start ─▶ Carried, behind a switch of protocols
//!    ▲       └─▶ Junk (no start line) ─▶ Start            Head ─▶ Overlong ─▶ as behind Head
//! ```

use std::collections::VecDeque;

use memchr::memchr;

use crate::diagnostic;
use crate::event::{Body, Chunk, End, Origin, Side};
use crate::layer::buffer::Trail;
use crate::layer::http::Http;
use crate::layer::http::chunked::{Chunked, Step};
use crate::layer::http::exchange::Extent;
use crate::layer::http::head;
use crate::layer::http::junk::Junk;
use crate::layer::http::message::Message;
use crate::layer::protocol::{Hint, Match, Out};
use crate::layer::sse;

/// One direction.
#[derive(Default)]
pub struct Half {
    pub state: State,
    /// A head that is not whole yet.
    partial: Vec<u8>,
    /// How much of it was searched for its end.
    searched: usize,
    /// Whether it begins with a whole start line.
    certain: bool,
    /// The message at hand.
    pub message: Message,
    /// Whether the frames of the chunk at hand are in its trail.
    pub trailed: bool,
    /// Lines that are part of no message.
    pub junk: Option<Box<Junk>>,
    /// What reads its body as server-sent events.
    pub events: Option<Box<sse::Reader>>,
    /// Chunks that cannot be understood before the other direction says more.
    pub held: VecDeque<Held>,
    /// How many bytes they are.
    pub held_len: usize,
    /// Whether nothing is held any more.
    pub unheld: bool,
    /// Whether anything came.
    pub begun: bool,
    /// Whether nothing more will.
    pub ended: bool,
    /// Whether something is missing.
    pub gap: bool,
    /// Whether the last message may not have a body.
    pub bodiless: bool,
}

/// Where in a message the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum State {
    /// Between messages.
    #[default]
    Start,
    /// In a head.
    Head,
    /// In the rest of a head that is over the limit; how much of an empty line was seen.
    Overlong(Blank),
    /// In a body of which so much is left.
    Length(u64),
    /// In a chunked body.
    Chunked(Chunked),
    /// In a body that ends with the connection.
    Close,
    /// In a line that is part of no message.
    Junk,
    /// Behind a switch of protocols.
    Carried,
}

/// How much of an empty line the last bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blank {
    /// Nothing.
    No,
    /// The end of the line before it.
    Line,
    /// And CR.
    Cr,
}

/// A chunk, owned.
pub struct Held {
    trail: Trail,
    bytes: Vec<u8>,
    /// What it is where it is not bytes.
    other: Option<Body<'static>>,
}

impl Held {
    /// Who sent it when.
    pub fn origin(&self, side: Side) -> Origin<'_> {
        self.trail.origin(side)
    }

    /// The chunk.
    pub fn chunk(&self, side: Side) -> Chunk<'_> {
        Chunk { origin: self.origin(side), body: self.other.unwrap_or(Body::Bytes(&self.bytes)) }
    }
}

impl Half {
    /// Keeps a chunk for later.
    pub fn hold(&mut self, chunk: Chunk<'_>) {
        let mut trail = Trail::default();
        trail.add(&chunk.origin, usize::MAX);
        let (bytes, other) = match chunk.body {
            Body::Bytes(bytes) => (bytes.to_vec(), None),
            Body::Gap(missing) => (Vec::new(), Some(Body::Gap(missing))),
            Body::End(end) => (Vec::new(), Some(Body::End(end))),
        };
        self.held_len = self.held_len.saturating_add(bytes.len());
        self.held.push_back(Held { trail, bytes, other });
    }

    /// Keeps, behind what is held, what had been held before.
    pub fn hold_again(&mut self, mut held: VecDeque<Held>) {
        self.held_len += held.iter().map(|held| held.bytes.len()).sum::<usize>();
        self.held.append(&mut held);
    }

    /// Whether the end of the direction is held.
    pub fn holds_end(&self) -> bool {
        self.held.back().is_some_and(|held| matches!(held.other, Some(Body::End(_))))
    }

    /// Whether the next byte is the first of a message.
    pub fn is_between(&self) -> bool {
        self.state == State::Start
    }

    /// Whether what comes next is another protocol's, as it is between messages once the protocol was `switched`.
    fn is_carried(&mut self, switched: bool) -> bool {
        if switched && self.is_between() {
            self.state = State::Carried;
        }
        self.state == State::Carried
    }

    /// Whether a head has begun and is not whole.
    pub fn is_in_head(&self) -> bool {
        self.state == State::Head
    }

    /// Adds the frames of the chunk at hand to the message.
    fn trail(&mut self, origin: &Origin<'_>, out: &Out<'_>) {
        if out.full() && !self.trailed {
            self.message.trail.add(origin, out.limits().event_frames);
            self.trailed = true;
        }
    }

    /// Forgets the head that is not whole.
    fn forget_head(&mut self) {
        self.partial.clear();
        self.searched = 0;
        self.certain = false;
    }
}

impl Http {
    /// Takes some of the next bytes, at least one, or changes the state; returns the rest.
    pub fn step<'a>(&mut self, origin: &Origin<'_>, rest: &'a [u8], out: &mut Out<'_>) -> &'a [u8] {
        let half = self.half(origin.side);
        match half.state {
            State::Start => self.begin(origin, rest, out),
            State::Head => self.take_head(origin, rest, out),
            State::Overlong(blank) => {
                half.trail(origin, out);
                let (blank, after) = pass_head(blank, rest);
                match after {
                    Some(after) => {
                        self.open_body(origin.side, out);
                        after
                    }
                    None => {
                        half.state = State::Overlong(blank);
                        &[]
                    }
                }
            }
            State::Length(left) => {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                let (bytes, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
                half.state = State::Length(left - bytes.len() as u64);
                self.take_body(origin, bytes, out);
                if left == bytes.len() as u64 {
                    self.complete(origin.side, None, out);
                }
                after
            }
            State::Chunked(chunked) => self.take_chunked(chunked, origin, rest, out),
            State::Close => {
                self.take_body(origin, rest, out);
                &[]
            }
            State::Junk => {
                let end = memchr(b'\n', rest).map(|at| at + 1);
                let (line, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, &[]));
                half.junk.get_or_insert_default().take(line, origin, out);
                if end.is_some() {
                    half.state = State::Start;
                }
                after
            }
            State::Carried => {
                out.carry(Chunk { origin: *origin, body: Body::Bytes(rest) });
                &[]
            }
        }
    }

    /// Between messages; empty lines there are passed over (RFC 9112 2.2).
    fn begin<'a>(&mut self, origin: &Origin<'_>, rest: &'a [u8], out: &mut Out<'_>) -> &'a [u8] {
        let (switched, held) = (self.switched, self.must_hold(origin.side, out));
        let half = self.half(origin.side);
        if half.is_carried(switched) {
            return rest;
        }
        if held {
            half.hold(Chunk { origin: *origin, body: Body::Bytes(rest) });
            return &[];
        }
        let rest = if half.junk.is_none() { head::without_blank_lines(rest) } else { rest };
        if !rest.is_empty() {
            half.message = Message { began: origin.time, ..Message::default() };
            half.trailed = false;
            half.state = State::Head;
        }
        rest
    }

    fn take_head<'a>(&mut self, origin: &Origin<'_>, rest: &'a [u8], out: &mut Out<'_>) -> &'a [u8] {
        let (side, most) = (origin.side, out.limits().http_head);
        let half = self.half(side);
        if half.partial.is_empty()
            && let Some(end) = head::end(side, rest, 0).filter(|end| *end <= most)
            && let Some((head, after)) = rest.split_at_checked(end)
            && head::is_start(side, head)
        {
            half.trail(origin, out);
            self.read_head(side, head, Extent::Whole, out);
            self.open_body(side, out);
            return after;
        }
        let before = half.partial.len();
        half.partial.extend_from_slice(rest);
        if !half.certain {
            match head::begins(side, &half.partial, half.searched) {
                Match::Yes => half.certain = true,
                Match::Wait if half.partial.len() <= out.limits().http_line => {
                    half.trail(origin, out);
                    half.searched = half.partial.len();
                    return &[];
                }
                _ => return self.take_no_head(origin, before, rest, out),
            }
        }
        half.trail(origin, out);
        let end = head::end(side, &half.partial, half.searched);
        let len = match end {
            Some(end) if end <= most => end,
            _ if half.partial.len() > most => most,
            _ => {
                half.searched = half.partial.len();
                return &[];
            }
        };
        let mut head = std::mem::take(&mut half.partial);
        half.forget_head();
        head.truncate(len);
        self.read_head(side, &head, if end == Some(len) { Extent::Whole } else { Extent::Limit }, out);
        match end {
            Some(end) if end == len => self.open_body(side, out),
            _ => self.half(side).state = State::Overlong(pass_head(Blank::No, &head).0),
        }
        rest.get(len - before..).unwrap_or_default()
    }

    /// What looked like a head is none. Behind an upgrade that was refused the sender went on all the same.
    fn take_no_head<'a>(
        &mut self,
        origin: &Origin<'_>,
        before: usize,
        rest: &'a [u8],
        out: &mut Out<'_>,
    ) -> &'a [u8] {
        let refused = self.refused.take();
        let half = self.half(origin.side);
        let partial = std::mem::take(&mut half.partial);
        let earlier = partial.get(..before).unwrap_or_default();
        half.forget_head();
        let trail = std::mem::take(&mut half.message.trail);
        match refused {
            Some(refused) => {
                half.state = State::Carried;
                self.switched = true;
                out.above(Hint::Upgrade(refused));
                if !earlier.is_empty() {
                    out.carry(Chunk { origin: trail.origin(origin.side), body: Body::Bytes(earlier) });
                }
            }
            None => {
                half.state = State::Junk;
                if std::mem::take(&mut half.bodiless) {
                    let junk = half.junk.get_or_insert_default();
                    junk.notes.push((&diagnostic::HTTP_BODY_NOT_ALLOWED).into());
                }
                if !earlier.is_empty() {
                    half.junk.get_or_insert_default().take(earlier, &trail.origin(origin.side), out);
                }
            }
        }
        rest
    }

    fn take_chunked<'a>(
        &mut self,
        mut chunked: Chunked,
        origin: &Origin<'_>,
        rest: &'a [u8],
        out: &mut Out<'_>,
    ) -> &'a [u8] {
        let half = self.half(origin.side);
        let (step, after) = chunked.next(rest, &mut half.message.notes);
        half.state = State::Chunked(chunked);
        if step != Step::Broken {
            half.trail(origin, out);
        }
        match step {
            Step::Framing => {}
            Step::Data(bytes) => self.take_body(origin, bytes, out),
            Step::Trailer(bytes) => half.message.take_trailer(bytes, out.limits().http_head),
            Step::Done(bytes) => {
                half.message.take_trailer(bytes, out.limits().http_head);
                self.complete(origin.side, None, out);
            }
            Step::Broken => self.complete(origin.side, Some("bad chunk"), out),
        }
        after
    }

    fn take_body(&mut self, origin: &Origin<'_>, bytes: &[u8], out: &mut Out<'_>) {
        let half = self.half(origin.side);
        half.trail(origin, out);
        half.message.content.take(bytes, if out.full() { out.limits().body } else { 0 });
        if let Some(events) = &mut half.events {
            events.take(bytes, origin, out);
        }
    }

    /// Passes over bytes that are missing.
    pub fn skip(&mut self, origin: &Origin<'_>, missing: u64, out: &mut Out<'_>) {
        let (side, switched) = (origin.side, self.switched);
        let half = self.half(side);
        if half.is_carried(switched) {
            return out.carry(Chunk { origin: *origin, body: Body::Gap(missing) });
        }
        let next = match half.state {
            State::Length(left) => left.checked_sub(missing).map(State::Length),
            State::Chunked(chunked) => chunked.behind(missing).map(State::Chunked),
            State::Close => Some(State::Close),
            _ => None,
        };
        match next {
            Some(next) => {
                half.message.content.skip(missing);
                half.state = next;
                if next == State::Length(0) {
                    self.complete(side, None, out);
                }
            }
            None => {
                if let State::Length(left) = half.state {
                    half.message.content.skip(left);
                }
                self.lose_place(side, "gap", out);
            }
        }
        let half = self.half(side);
        half.gap = true;
        if let Some(events) = &mut half.events {
            events.skip();
        }
    }

    /// No more will come in a direction.
    pub fn end(&mut self, origin: &Origin<'_>, end: End, out: &mut Out<'_>) {
        let (side, switched) = (origin.side, self.switched);
        let half = self.half(side);
        half.ended = true;
        if half.is_carried(switched) {
            return out.carry(Chunk { origin: *origin, body: Body::End(end) });
        }
        let why = match end {
            End::Closed => "closed",
            End::Reset => "reset",
            End::Capture => "capture",
        };
        if half.state == State::Close && end == End::Closed {
            half.trailed = false;
            half.trail(origin, out);
            self.complete(side, None, out);
        }
        self.lose_place(side, why, out);
    }

    /// Tells what there is of the message at hand.
    fn lose_place(&mut self, side: Side, why: &'static str, out: &mut Out<'_>) {
        let half = self.half(side);
        match half.state {
            State::Start | State::Junk | State::Carried => {}
            State::Head => {
                let head = std::mem::take(&mut half.partial);
                let certain = half.certain;
                half.forget_head();
                if certain {
                    self.read_head(side, &head, Extent::Early, out);
                    self.complete(side, Some(why), out);
                } else {
                    let trail = std::mem::take(&mut half.message.trail);
                    half.junk.get_or_insert_default().take(&head, &trail.origin(side), out);
                }
            }
            _ => self.complete(side, Some(why), out),
        }
        let half = self.half(side);
        half.state = State::Start;
        if let Some(junk) = half.junk.take() {
            junk.tell(side, out);
        }
    }
}

/// Passes over the rest of a head; returns what stands behind its empty line, where that was found.
fn pass_head(mut blank: Blank, bytes: &[u8]) -> (Blank, Option<&[u8]>) {
    for (at, byte) in bytes.iter().enumerate() {
        blank = match (byte, blank) {
            (b'\n', Blank::Line | Blank::Cr) => return (Blank::No, bytes.get(at + 1..)),
            (b'\n', Blank::No) => Blank::Line,
            (b'\r', Blank::Line) => Blank::Cr,
            _ => Blank::No,
        };
    }
    (blank, None)
}
