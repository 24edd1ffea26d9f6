//! HTTP/2 (RFC 9113), read passively, with WebSocket and other protocols over it (RFC 8441).
//!
//! Both directions of a byte stream go in; what is told are requests and responses (each when it is complete), the
//! frames that steer the connection, and each frame of data as a part. What a CONNECT opens is carried to the layer
//! above on a channel of its own, the stream. Behind missing bytes reading goes on where a frame surely begins; field
//! blocks are not decoded there, as their table is not known any more.

mod block;
mod control;
mod frame;
mod message;
mod stream;
mod window;

use std::collections::BTreeMap;

use crate::diagnostic;
use crate::event::{Body, Chunk, Class, End, Origin, Outcome, Phase, Side, Told, Tone, Verdict};
use crate::frame::Timestamp;
use crate::layer::buffer::Trail;
use crate::layer::protocol::{Hint, Layer, Match, Opening, Out, Protocol, Upgrade};
use crate::locale::Lang;
use block::Blocks;
use control::Control;
use frame::{END_HEADERS, HEADER, Header, Kind, PADDED, PREFACE};
use stream::Stream;
use window::Windows;

/// HTTP/2.
pub static PROTOCOL: Protocol = Protocol { name: "h2", probe, start, judge: None };

/// A byte stream is HTTP/2 where TLS agreed upon it, where an upgrade to it was accepted, or by its preface.
fn probe(opening: &Opening<'_>) -> Match {
    match opening.hint {
        Some(Hint::Alpn(name)) if name == "h2" => return Match::Yes,
        Some(Hint::Upgrade(upgrade)) if is_h2c(upgrade) => return Match::Yes,
        Some(Hint::Alpn(_) | Hint::Upgrade(_)) => return Match::No,
        Some(Hint::Tunnel(_)) | None => {}
    }
    let [client, server] = opening.bytes;
    let begins = |bytes: &[u8]| match bytes.len() {
        0 => Match::No,
        len if len >= PREFACE.len() && bytes.starts_with(PREFACE) => Match::Yes,
        _ if PREFACE.starts_with(bytes) && !opening.last => Match::Wait,
        _ => Match::No,
    };
    match (begins(client), begins(server)) {
        (Match::Yes, _) => Match::Yes,
        (_, Match::Yes) => Match::Reversed,
        (Match::Wait, _) | (_, Match::Wait) => Match::Wait,
        // The server need not wait for the preface.
        _ if client.is_empty() && frame::is_settings(server) && !opening.last => Match::Wait,
        _ if server.is_empty() && frame::is_settings(client) && !opening.last => Match::Wait,
        _ if opening.midstream && frame::is_sure(client) && frame::is_sure(server) => Match::Yes,
        _ => Match::No,
    }
}

fn is_h2c(upgrade: &Upgrade) -> bool {
    upgrade.protocol == "h2c" && upgrade.status == 101
}

fn start(hint: Option<&Hint>, out: &mut Out<'_>) -> Box<dyn Layer> {
    let mut http2 = Http2 {
        halves: Side::BOTH.map(|_| Half::new(out)),
        streams: BTreeMap::new(),
        windows: Windows::default(),
        pings: Vec::new(),
        tally: Tally::default(),
    };
    if let Some(Hint::Upgrade(upgrade)) = hint {
        // The request that asked for the upgrade is the one of stream 1 (RFC 7540 3.2).
        http2.streams.insert(1, Stream::upgraded(upgrade));
        http2.tally.requests = 1;
    }
    Box::new(http2)
}

/// HTTP/2 on one byte stream.
struct Http2 {
    halves: [Half; 2],
    streams: BTreeMap<u32, Stream>,
    windows: Windows,
    /// Pings that wait for their answer: who sent it, what, and when.
    pings: Vec<(Side, u64, Timestamp)>,
    tally: Tally,
}

/// What the verdict is made of.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    requests: u32,
    responses: u32,
    tunnels: u32,
    /// The error of a GOAWAY, plus one.
    goaway: u32,
}

/// One direction.
struct Half {
    state: State,
    /// The bytes of a frame header or payload that is not whole yet.
    partial: Vec<u8>,
    /// The frames that brought the frame at hand.
    trail: Trail,
    /// Whether those of the chunk at hand are among them.
    trailed: bool,
    blocks: Blocks,
    /// A field block that goes on in CONTINUATION frames.
    open: Option<OpenBlock>,
    /// Bytes that could not be read, and the frames that brought them.
    unread: u64,
    unread_trail: Trail,
    /// Whether this direction has sent its SETTINGS.
    settled: bool,
}

/// Where in a frame the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
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
struct OpenBlock {
    header: Header,
    bytes: Vec<u8>,
    trail: Trail,
}

impl Half {
    fn new(out: &Out<'_>) -> Half {
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
    fn next(&mut self) {
        self.state = State::Header;
        self.trail.clear();
        self.trailed = false;
        self.partial.clear();
    }
}

impl Layer for Http2 {
    fn name(&self) -> &'static str {
        PROTOCOL.name
    }

    fn feed(&mut self, chunk: Chunk<'_>, out: &mut Out<'_>) {
        let Chunk { origin, body } = chunk;
        match body {
            Body::Bytes(bytes) => {
                let half = self.half(origin.side);
                half.trailed = false;
                if half.state == State::Lost && frame::is_sure(bytes) {
                    self.tell_unread(origin.side, out);
                    self.half(origin.side).next();
                }
                let mut rest = bytes;
                while !rest.is_empty() {
                    rest = self.step(&origin, rest, out);
                }
            }
            Body::Gap(missing) => self.skip(&origin, missing, out),
            Body::End(end) => self.end(&origin, end, out),
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        let Tally { requests, responses, tunnels, goaway } = self.tally;
        let outcome = match goaway {
            0 | 1 if requests > responses => &UNANSWERED,
            0 | 1 => &ANSWERED,
            _ => &FAILED,
        };
        (requests + responses + goaway > 0)
            .then_some(Verdict { outcome, with: [requests, responses, tunnels, goaway] })
    }

    fn data_kind(&self) -> &'static str {
        "h2.data"
    }
}

impl Http2 {
    fn half(&mut self, side: Side) -> &mut Half {
        let [client, server] = &mut self.halves;
        match side {
            Side::Client => client,
            Side::Server => server,
        }
    }

    /// Takes some of the next bytes, at least one, or changes the state; returns the rest.
    fn step<'a>(&mut self, origin: &Origin<'_>, rest: &'a [u8], out: &mut Out<'_>) -> &'a [u8] {
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

    fn tell_fault(&mut self, side: Side, header: Header, what: &str, out: &mut Out<'_>) {
        let trail = self.half(side).trail.clone();
        let notes = vec![diagnostic::H2_BAD_FRAME.with(what)];
        let facts = Control::of(header, &[]);
        out.event(&on_stream(trail.origin(side), header.stream), notes, || {
            Told::new(Class::Trouble, Phase::Exchange, facts)
        });
    }

    /// Passes over bytes that are missing.
    fn skip(&mut self, origin: &Origin<'_>, missing: u64, out: &mut Out<'_>) {
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
    fn end(&mut self, origin: &Origin<'_>, end: End, out: &mut Out<'_>) {
        self.tell_unread(origin.side, out);
        self.end_streams(origin, end, out);
    }

    fn tell_unread(&mut self, side: Side, out: &mut Out<'_>) {
        let half = self.half(side);
        let (len, trail) = (std::mem::take(&mut half.unread), std::mem::take(&mut half.unread_trail));
        if len > 0 {
            out.event(&trail.origin(side), Vec::new(), || {
                Told::new(Class::Message, Phase::Exchange, Control::unread(len))
            });
        }
    }
}

/// The same origin on the channel of a stream.
fn on_stream(origin: Origin<'_>, stream: u32) -> Origin<'_> {
    Origin { channel: (stream > 0).then_some(stream), ..origin }
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

static ANSWERED: Outcome = Outcome {
    id: "h2.answered",
    tone: Tone::Good,
    say: |lang, [requests, _, tunnels, _]| format!("{}{}", asked(lang, requests), opened(lang, tunnels)),
};

static UNANSWERED: Outcome = Outcome {
    id: "h2.unanswered",
    tone: Tone::Doubtful,
    say: |lang, [requests, responses, tunnels, _]| {
        let left = requests.saturating_sub(responses);
        let unanswered = match lang {
            Lang::En => format!("{left} without a response"),
            Lang::Ko => format!("그중 {left}개는 응답 없음"),
        };
        format!("{}, {unanswered}{}", asked(lang, requests), opened(lang, tunnels))
    },
};

static FAILED: Outcome = Outcome {
    id: "h2.failed",
    tone: Tone::Bad,
    say: |lang, [requests, _, tunnels, goaway]| {
        let error = frame::error_name(goaway.saturating_sub(1));
        let ended = match lang {
            Lang::En => format!("ended by GOAWAY with {error}"),
            Lang::Ko => format!("GOAWAY {error}로 종료"),
        };
        format!("{}, {ended}{}", asked(lang, requests), opened(lang, tunnels))
    },
};

fn asked(lang: Lang, requests: u32) -> String {
    match lang {
        Lang::En if requests == 1 => "1 request over HTTP/2".to_owned(),
        Lang::En => format!("{requests} requests over one HTTP/2 connection"),
        Lang::Ko => format!("HTTP/2 연결 하나로 요청 {requests}개"),
    }
}

fn opened(lang: Lang, tunnels: u32) -> String {
    match lang {
        _ if tunnels == 0 => String::new(),
        Lang::En if tunnels == 1 => ", 1 stream switched to another protocol".to_owned(),
        Lang::En => format!(", {tunnels} streams switched to another protocol"),
        Lang::Ko => format!(", 스트림 {tunnels}개는 다른 프로토콜로 전환"),
    }
}
