//! One direction of an HTTP/2 connection: where in a frame its bytes stand.
//!
//! ```text
//! Preface ─▶ Header ─▶ Payload | [PadLength ─▶] Data | Skip ─▶ Header      Lost: behind missing bytes, until sure
//! ```

use crate::diagnostic;
use crate::event::{Class, End, Origin, Phase, Side, Told};
use crate::layer::buffer::Trail;
use crate::layer::http2::block::Blocks;
use crate::layer::http2::control::Control;
use crate::layer::http2::frame::{self, END_HEADERS, HEADER, Header, Kind, PADDED, PREFACE};
use crate::layer::http2::{Http2, on_stream};
use crate::layer::protocol::Out;

/// One direction.
pub struct Half {
    /// Where in a frame the next byte stands.
    pub state: State,
    /// The bytes of a frame header or payload that is not whole yet.
    partial: Vec<u8>,
    /// The frames that brought the frame at hand.
    pub trail: Trail,
    /// Whether those of the chunk at hand are among them.
    pub trailed: bool,
    /// Decodes its field blocks.
    pub blocks: Blocks,
    /// A field block that goes on in CONTINUATION frames.
    open: Option<OpenBlock>,
    /// Bytes that could not be read, and the frames that brought them.
    unread: u64,
    unread_trail: Trail,
    /// Whether this direction has sent its SETTINGS.
    pub settled: bool,
}

/// Where in a frame the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// In the preface; so much of it was seen.
    Preface,
    /// In a frame header.
    Header,
    /// In a payload that is read when it is whole.
    Payload(Header),
    /// Before the length of a DATA frame's padding.
    PadLength(Header),
    /// In a DATA frame: bytes of data left, and bytes of padding behind it.
    Data(Header, u32, u32),
    /// In a payload that is passed over.
    Skip(Header, u32),
    /// Nobody knows.
    Lost,
}

/// A field block that is not whole yet.
pub struct OpenBlock {
    header: Header,
    bytes: Vec<u8>,
    trail: Trail,
}

impl Half {
    /// A direction of which nothing was read.
    pub fn new(out: &Out<'_>) -> Half {
        Half {
            state: State::Preface,
            partial: Vec::new(),
            trail: Trail::default(),
            trailed: false,
            blocks: Blocks::new(out.limits()),
            open: None,
            unread: 0,
            unread_trail: Trail::default(),
            settled: false,
        }
    }

    /// Adds the frames of the chunk at hand to those of the frame at hand.
    fn trail(&mut self, origin: &Origin<'_>, out: &Out<'_>) {
        if out.full() && !self.trailed {
            self.trail.add(origin, out.limits().event_frames);
            self.trailed = true;
        }
    }

    /// The next byte begins a frame.
    pub fn next(&mut self) {
        self.state = State::Header;
        self.trail.clear();
        self.trailed = false;
        self.partial.clear();
    }
}

impl Http2 {
    /// Takes some of the next bytes, at least one, or changes the state; returns the rest.
    pub fn step<'a>(&mut self, origin: &Origin<'_>, rest: &'a [u8], out: &mut Out<'_>) -> &'a [u8] {
        let side = origin.side;
        let half = self.half(side);
        match half.state {
            State::Preface if side == Side::Server => {
                half.next();
                rest
            }
            State::Preface => self.take_preface(origin, rest, out),
            State::Header => {
                half.trail(origin, out);
                let (head, after) = gather(&mut half.partial, rest, HEADER);
                if let Some(header) = head.and_then(|head| head.first_chunk().map(Header::read)) {
                    half.partial.clear();
                    self.open_frame(side, header, out);
                }
                after
            }
            State::Payload(header) => {
                half.trail(origin, out);
                let mut partial = std::mem::take(&mut half.partial);
                let (payload, after) = gather(&mut partial, rest, header.len as usize);
                let whole = payload.is_some();
                if let Some(payload) = payload {
                    self.take_frame(side, header, payload, out);
                }
                let half = self.half(side);
                half.partial = partial;
                if whole {
                    half.next();
                }
                after
            }
            State::PadLength(header) => {
                half.trail(origin, out);
                let (&padding, after) = rest.split_first().unwrap_or((&0, rest));
                match header.len.checked_sub(1).and_then(|len| len.checked_sub(u32::from(padding))) {
                    Some(len) => half.state = State::Data(header, len, u32::from(padding)),
                    None => {
                        half.state = State::Skip(header, header.len.saturating_sub(1));
                        self.tell_fault(side, header, "more padding than payload", out);
                    }
                }
                self.close_data(side, out);
                after
            }
            State::Data(header, len, padding) => {
                half.trail(origin, out);
                let (bytes, after) = split(rest, if len > 0 { len } else { padding });
                let count = bytes.len() as u32;
                half.state = match len {
                    0 => State::Data(header, 0, padding.saturating_sub(count)),
                    len => State::Data(header, len - count, padding),
                };
                if len > 0 {
                    self.take_data(origin, header.stream, bytes, out);
                }
                self.close_data(side, out);
                after
            }
            State::Skip(header, left) => {
                half.trail(origin, out);
                let (bytes, after) = split(rest, left);
                half.state = State::Skip(header, left - bytes.len() as u32);
                if bytes.len() as u32 == left {
                    half.next();
                }
                after
            }
            State::Lost => {
                half.unread = half.unread.saturating_add(rest.len() as u64);
                if out.full() {
                    half.unread_trail.add(origin, out.limits().event_frames);
                }
                &[]
            }
        }
    }

    fn take_preface<'a>(&mut self, origin: &Origin<'_>, rest: &'a [u8], out: &mut Out<'_>) -> &'a [u8] {
        let half = self.half(origin.side);
        half.trail(origin, out);
        let seen = half.partial.len();
        let (preface, after) = gather(&mut half.partial, rest, PREFACE.len());
        let so_far = preface.unwrap_or(rest.get(..PREFACE.len() - seen).unwrap_or(rest));
        let expected = if preface.is_some() { 0 } else { seen };
        if PREFACE.get(expected..).is_some_and(|expected| expected.starts_with(so_far)) {
            if preface.is_some() {
                let trail = std::mem::take(&mut half.trail);
                half.next();
                let origin = trail.origin(origin.side);
                out.event(&origin, Vec::new(), || {
                    Told::new(Class::Handshake, Phase::Exchange, Control::preface())
                });
            }
            return after;
        }
        // Mid-stream, the first bytes are frames.
        half.next();
        half.blocks.lose();
        self.windows.lose();
        if !frame::is_sure(rest) {
            self.half(origin.side).state = State::Lost;
        }
        rest
    }

    /// Behind a frame header.
    fn open_frame(&mut self, side: Side, header: Header, out: &mut Out<'_>) {
        let most = out.limits().http_head;
        let half = self.half(side);
        let continues = half
            .open
            .as_ref()
            .is_some_and(|open| header.kind == Kind::Continuation && open.header.stream == header.stream);
        half.state = match header.kind {
            Kind::Data if header.has(PADDED) => State::PadLength(header),
            Kind::Data => State::Data(header, header.len, 0),
            _ if header.len as usize > most => State::Skip(header, header.len),
            _ => State::Payload(header),
        };
        let fault = match header.fault() {
            Some(fault) => Some(fault),
            None if half.open.is_some() && !continues => Some("a field block is not ended"),
            None if header.kind == Kind::Continuation && !continues => Some("a continuation of nothing"),
            None if matches!(half.state, State::Skip(..)) => Some("it is over the limit"),
            None => None,
        };
        if half.open.is_some() && !continues {
            half.open = None;
            half.blocks.lose();
        }
        if let Some(fault) = fault {
            half.state = State::Skip(header, header.len);
            if matches!(header.kind, Kind::Headers | Kind::PushPromise | Kind::Continuation) {
                half.blocks.lose();
            }
            self.tell_fault(side, header, fault, out);
        }
        if header.len == 0 {
            self.take_empty(side, header, out);
        }
    }

    /// A frame without a payload is complete with its header.
    fn take_empty(&mut self, side: Side, header: Header, out: &mut Out<'_>) {
        match self.half(side).state {
            State::Payload(_) => {
                self.take_frame(side, header, &[], out);
                self.half(side).next();
            }
            State::Data(..) => self.close_data(side, out),
            State::PadLength(_) => {
                self.tell_fault(side, header, "more padding than payload", out);
                self.half(side).next();
            }
            _ => self.half(side).next(),
        }
    }

    /// Takes a whole frame that is not DATA.
    fn take_frame(&mut self, side: Side, header: Header, payload: &[u8], out: &mut Out<'_>) {
        match header.kind {
            Kind::Headers | Kind::PushPromise if header.has(END_HEADERS) => {
                let trail = self.half(side).trail.clone();
                self.take_block(side, header, payload, trail, out);
            }
            Kind::Headers | Kind::PushPromise => {
                let half = self.half(side);
                let trail = half.trail.clone();
                half.open = Some(OpenBlock { header, bytes: payload.to_vec(), trail });
            }
            Kind::Continuation => {
                let half = self.half(side);
                let Some(mut open) = half.open.take() else { return };
                open.trail.add(&half.trail.origin(side), out.limits().event_frames);
                if open.bytes.len() + payload.len() > out.limits().http_head {
                    half.blocks.lose();
                    return self.tell_fault(side, header, "a field block over the limit", out);
                }
                open.bytes.extend_from_slice(payload);
                match header.has(END_HEADERS) {
                    true => {
                        let header = Header { flags: open.header.flags | END_HEADERS, ..open.header };
                        self.take_block(side, header, &open.bytes, open.trail, out);
                    }
                    false => half.open = Some(open),
                }
            }
            _ => self.take_control(side, header, payload, out),
        }
    }

    /// Where a DATA frame is complete, tells of it.
    fn close_data(&mut self, side: Side, out: &mut Out<'_>) {
        let half = self.half(side);
        if let State::Data(header, 0, 0) = half.state {
            let trail = std::mem::take(&mut half.trail);
            half.next();
            self.took_data(side, header, &trail, out);
        }
    }

    /// Tells what is wrong with a frame.
    pub fn tell_fault(&mut self, side: Side, header: Header, what: &str, out: &mut Out<'_>) {
        let trail = self.half(side).trail.clone();
        let notes = vec![diagnostic::H2_BAD_FRAME.with(what)];
        let facts = Control::of(header, &[]);
        out.event(&on_stream(trail.origin(side), header.stream), notes, || {
            Told::new(Class::Trouble, Phase::Exchange, facts)
        });
    }

    /// Passes over bytes that are missing.
    pub fn skip(&mut self, origin: &Origin<'_>, missing: u64, out: &mut Out<'_>) {
        let side = origin.side;
        self.windows.lose();
        let half = self.half(side);
        if let State::Data(header, len, padding) = half.state
            && let Some(left) = u32::try_from(missing).ok().and_then(|missing| len.checked_sub(missing))
        {
            half.state = State::Data(header, left, padding);
            self.skip_data(origin, header.stream, missing, out);
            return self.close_data(side, out);
        }
        half.next();
        half.state = State::Lost;
        half.open = None;
        half.blocks.lose();
        self.lose_streams(origin, missing, out);
    }

    /// No more will come in a direction.
    pub fn end(&mut self, origin: &Origin<'_>, end: End, out: &mut Out<'_>) {
        self.tell_unread(origin.side, out);
        self.end_streams(origin, end, out);
    }

    /// Tells of bytes that could not be read.
    pub fn tell_unread(&mut self, side: Side, out: &mut Out<'_>) {
        let half = self.half(side);
        let (len, trail) = (std::mem::take(&mut half.unread), std::mem::take(&mut half.unread_trail));
        if len > 0 {
            out.event(&trail.origin(side), Vec::new(), || {
                Told::new(Class::Message, Phase::Exchange, Control::unread(len))
            });
        }
    }
}

/// The first `count` bytes, or all, and the rest.
fn split(bytes: &[u8], count: u32) -> (&[u8], &[u8]) {
    bytes.split_at_checked(count as usize).unwrap_or((bytes, &[]))
}

/// `len` bytes out of those in `partial` and the first of `bytes`, where there are as many (in place where all are in
/// `bytes`), and the rest of `bytes`.
fn gather<'a, 'b: 'a>(partial: &'a mut Vec<u8>, bytes: &'b [u8], len: usize) -> (Option<&'a [u8]>, &'b [u8]) {
    let needed = len.saturating_sub(partial.len());
    match bytes.split_at_checked(needed) {
        Some((whole, rest)) if partial.is_empty() => (Some(whole), rest),
        Some((last, rest)) => {
            partial.extend_from_slice(last);
            (Some(partial), rest)
        }
        None => {
            partial.extend_from_slice(bytes);
            (None, &[])
        }
    }
}
