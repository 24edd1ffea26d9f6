//! The streams of an HTTP/2 connection (RFC 9113 5): what each side sent on each, and what a CONNECT opens there.

use crate::diagnostic::{self, Note};
use crate::event::{Body, Chunk, Class, End, Origin, Phase, Side, Told};
use crate::frame::Timestamp;
use crate::layer::buffer::Trail;
use crate::layer::content::Bounds;
use crate::layer::http2::block::{self, Fields};
use crate::layer::http2::control::Control;
use crate::layer::http2::frame::{self, END_STREAM, Header, Kind, PRIORITY};
use crate::layer::http2::message::{Answer, Message, Opened, Promise};
use crate::layer::http2::window::Window;
use crate::layer::http2::{Http2, on_stream};
use crate::layer::protocol::{Hint, Out, Upgrade};
use crate::layer::sse;

/// Channels that stay open to the layers above when their stream is closed, so that they can say how it went.
const VERDICTS: u32 = 4;

/// A stream.
pub struct Stream {
    /// Its flow-control windows, by the sender.
    pub windows: [Window; 2],
    sent: [Sent; 2],
    /// The number of the request's event, and when the request was complete.
    request: Option<(u64, Option<Timestamp>)>,
    /// What its CONNECT asks for.
    wish: Option<Box<Upgrade>>,
    /// Whether it was granted: data is carried.
    tunnel: bool,
    /// Data that the client sent before the answer.
    early: Vec<(Trail, Vec<u8>)>,
    events: Option<Box<sse::Reader>>,
}

/// What one side sent on a stream.
#[derive(Debug, Default)]
struct Sent {
    message: Message,
    /// Whether the head of the message was there.
    begun: bool,
    /// Whether the message was told, and, in a tunnel, whether its end was carried.
    told: bool,
    ended: bool,
}

/// A field block of a stream: who sent it, in which frames, and whether nothing follows.
struct Head<'a> {
    side: Side,
    fields: &'a Fields,
    trail: &'a Trail,
    over: bool,
}

impl Stream {
    fn new(windows: [Window; 2]) -> Stream {
        let sent = [Sent::default(), Sent::default()];
        Stream { windows, sent, request: None, wish: None, tunnel: false, early: Vec::new(), events: None }
    }

    /// Stream 1 behind an upgrade: its request came before.
    pub fn upgraded(upgrade: &Upgrade) -> Stream {
        let mut stream = Stream::new(super::Windows::default().open());
        let sent = stream.sent(Side::Client);
        (sent.begun, sent.told, sent.ended) = (true, true, true);
        stream.request = Some((upgrade.request_n, None));
        stream
    }

    fn sent(&mut self, side: Side) -> &mut Sent {
        let [client, server] = &mut self.sent;
        match side {
            Side::Client => client,
            Side::Server => server,
        }
    }

    fn is_closed(&self) -> bool {
        self.sent.iter().all(|sent| sent.ended)
    }
}

impl Http2 {
    /// Takes a whole field block, with the frames that brought it.
    pub fn take_block(
        &mut self,
        side: Side,
        header: Header,
        payload: &[u8],
        trail: Trail,
        out: &mut Out<'_>,
    ) {
        let mut notes = Vec::new();
        let unpadded = frame::unpadded(header, payload);
        let before = match header.kind {
            Kind::PushPromise => 4,
            _ if header.has(PRIORITY) => 5,
            _ => 0,
        };
        let half = self.half(side);
        let Some(block) = unpadded.and_then(|unpadded| unpadded.get(before..)) else {
            half.blocks.lose();
            return self.tell_fault(side, header, "it is shorter than its parts", out);
        };
        half.blocks.decode(block, out.limits(), &mut notes);
        let fields = std::mem::take(&mut half.blocks.fields);
        let head = Head { side, fields: &fields, trail: &trail, over: header.has(END_STREAM) };
        match header.kind {
            Kind::PushPromise => {
                let promised = unpadded.map_or(0, |unpadded| frame::number(unpadded, 0) & 0x7fff_ffff);
                self.take_promise(header.stream, promised, &head, notes, out);
            }
            _ => self.take_headers(header.stream, &head, notes, out),
        }
        self.half(side).blocks.fields = fields;
    }

    fn take_headers(&mut self, id: u32, head: &Head<'_>, mut notes: Vec<Note>, out: &mut Out<'_>) {
        let Head { side, fields, trail, over } = *head;
        self.open_stream(id, out);
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let tunnel = stream.tunnel;
        let sent = stream.sent(side);
        let trailers = sent.begun;
        if !fields.is_empty() {
            block::judge(fields, side == Side::Client, trailers, &mut notes);
        }
        let message = &mut sent.message;
        if out.full() {
            message.trail.add(&trail.origin(side), out.limits().event_frames);
        }
        message.notes.append(&mut notes);
        if trailers {
            if out.full() {
                message.trailers = fields.clone();
            }
            if over && !tunnel {
                self.complete(side, id, None, out);
            }
            return self.close_side(&on_stream(trail.origin(side), id), id, over, out);
        }
        message.began = trail.origin(side).time;
        message.announced =
            fields.value("content-length").and_then(|len| std::str::from_utf8(len).ok()?.parse().ok());
        if out.full() {
            message.fields = fields.clone();
        }
        sent.begun = true;
        match side {
            Side::Client => self.take_request(id, head, out),
            Side::Server => self.take_response(id, head, out),
        }
    }

    /// Makes sure that a stream is there; the oldest one leaves where there are too many.
    fn open_stream(&mut self, id: u32, out: &mut Out<'_>) {
        if self.streams.contains_key(&id) {
            return;
        }
        if self.streams.len() >= out.limits().channels
            && let Some(oldest) = self.streams.keys().next().copied()
        {
            for side in Side::BOTH {
                self.complete(side, oldest, Some("limit"), out);
            }
            self.streams.remove(&oldest);
            out.close_channel(oldest);
        }
        let windows = self.windows.open();
        self.streams.insert(id, Stream::new(windows));
    }

    fn take_request(&mut self, id: u32, head: &Head<'_>, out: &mut Out<'_>) {
        let Head { fields, trail, over, .. } = *head;
        self.tally.requests = self.tally.requests.saturating_add(1);
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if fields.value(":method") == Some(b"CONNECT") {
            stream.wish = Some(Box::new(wish(fields, trail)));
            // A tunnel has no end of its request: it is told with its head.
            self.complete(Side::Client, id, None, out);
        } else if over {
            self.complete(Side::Client, id, None, out);
        } else {
            tell_opened(id, head, out);
        }
        self.close_side(&on_stream(trail.origin(Side::Client), id), id, over, out);
    }

    fn take_response(&mut self, id: u32, head: &Head<'_>, out: &mut Out<'_>) {
        let Head { fields, trail, over, .. } = *head;
        let status = fields.status();
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if (100..200).contains(&status) {
            self.complete(Side::Server, id, None, out);
            if let Some(stream) = self.streams.get_mut(&id) {
                *stream.sent(Side::Server) = Sent::default();
            }
            return;
        }
        self.tally.responses = self.tally.responses.saturating_add(1);
        let granted = (200..300).contains(&status) && stream.wish.is_some();
        if let Some(wish) = &mut stream.wish {
            wish.status = status;
            wish.response = fields.pairs();
            wish.frames.extend_from_slice(trail.frames());
            let origin = trail.origin(Side::Server);
            (wish.time, wish.decrypted, wish.channel) = (origin.time, origin.decrypted, origin.channel);
            if !granted && !wish.protocol.is_empty() {
                let notes = out.judge(wish);
                stream.sent(Side::Server).message.notes.extend(notes);
            }
        }
        let event_stream =
            fields.value("content-type").is_some_and(|value| value.starts_with(b"text/event-stream"));
        if event_stream && fields.value("content-encoding").is_none() {
            stream.events = Some(Box::default());
        }
        if granted {
            self.complete(Side::Server, id, None, out);
            self.open_tunnel(id, out);
        } else if over {
            self.complete(Side::Server, id, None, out);
        } else {
            tell_opened(id, head, out);
        }
        self.close_side(&on_stream(trail.origin(Side::Server), id), id, over, out);
    }

    /// What follows on a stream is another protocol's.
    fn open_tunnel(&mut self, id: u32, out: &mut Out<'_>) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let Some(wish) = stream.wish.take() else { return };
        let early = std::mem::take(&mut stream.early);
        stream.tunnel = true;
        self.tally.tunnels = self.tally.tunnels.saturating_add(1);
        match wish.protocol.is_empty() {
            true => out.above_on(id, Hint::Tunnel(wish.target)),
            false => out.above_on(id, Hint::Upgrade(wish)),
        }
        for (trail, bytes) in early {
            let origin = on_stream(trail.origin(Side::Client), id);
            out.carry_on(id, Chunk { origin, body: Body::Bytes(&bytes) });
        }
    }

    fn take_promise(
        &mut self,
        id: u32,
        promised: u32,
        head: &Head<'_>,
        mut notes: Vec<Note>,
        out: &mut Out<'_>,
    ) {
        let Head { side, fields, trail, .. } = *head;
        if side == Side::Client || frame::may_open(Side::Client, promised) {
            notes.push(diagnostic::H2_BAD_FRAME.with("it promises what it may not"));
        }
        let origin = on_stream(trail.origin(side), id);
        let n = out.event(&origin, notes, || {
            Told::new(Class::Control, Phase::Exchange, Promise { promised, fields: fields.clone() })
        });
        self.open_stream(promised, out);
        if let Some(stream) = self.streams.get_mut(&promised) {
            let sent = stream.sent(Side::Client);
            (sent.begun, sent.told, sent.ended) = (true, true, true);
            stream.request = Some((n, Some(origin.time)));
        }
    }

    /// Takes bytes of a DATA frame.
    pub fn take_data(&mut self, origin: &Origin<'_>, id: u32, bytes: &[u8], out: &mut Out<'_>) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if stream.tunnel {
            return out.carry_on(id, Chunk { origin: on_stream(*origin, id), body: Body::Bytes(bytes) });
        }
        if stream.wish.is_some() && origin.side == Side::Client {
            let held: usize = stream.early.iter().map(|(_, bytes)| bytes.len()).sum();
            if held <= out.limits().message {
                let mut trail = Trail::default();
                trail.add(origin, out.limits().event_frames);
                stream.early.push((trail, bytes.to_vec()));
            }
            return;
        }
        if origin.side == Side::Server
            && let Some(events) = &mut stream.events
        {
            events.take(bytes, &on_stream(*origin, id), out);
        }
        let most = if out.full() { out.limits().body } else { 0 };
        stream.sent(origin.side).message.content.take(bytes, most);
    }

    /// Passes over bytes of a DATA frame that are missing.
    pub fn skip_data(&mut self, origin: &Origin<'_>, id: u32, missing: u64, out: &mut Out<'_>) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if stream.tunnel {
            return out.carry_on(id, Chunk { origin: on_stream(*origin, id), body: Body::Gap(missing) });
        }
        stream.sent(origin.side).message.content.skip(missing);
        if let Some(events) = &mut stream.events {
            events.skip();
        }
    }

    /// A DATA frame is complete.
    pub fn took_data(&mut self, side: Side, header: Header, trail: &Trail, out: &mut Out<'_>) {
        let (id, over) = (header.stream, header.has(END_STREAM));
        let origin = on_stream(trail.origin(side), id);
        let mut notes = Vec::new();
        let mut tunnel = false;
        let windows = self.streams.get_mut(&id).map(|stream| {
            tunnel = stream.tunnel;
            &mut stream.windows
        });
        if let Some(used_up) = self.windows.send(side, windows, header.len, origin.time)
            && !over
        {
            notes.push(diagnostic::H2_STALLED.with(used_up));
        }
        out.event(&origin, notes, || Told::new(Class::Part, Phase::Exchange, Control::of(header, &[])));
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if !tunnel {
            if out.full() {
                stream.sent(side).message.trail.add(&origin, out.limits().event_frames);
            }
            if over {
                self.complete(side, id, None, out);
            }
        }
        self.close_side(&origin, id, over, out);
    }

    /// Tells the message of a side of a stream, once.
    fn complete(&mut self, side: Side, id: u32, incomplete: Option<&'static str>, out: &mut Out<'_>) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let request = stream.request;
        let switches = stream.wish.is_some();
        let sent = stream.sent(side);
        if std::mem::replace(&mut sent.told, true) || !sent.begun {
            return;
        }
        let mut message = std::mem::take(&mut sent.message);
        let len = message.content.len;
        // The answer to a HEAD announces what it does not have.
        let empty = side == Side::Server && len == 0;
        if let Some(announced) = message.announced.filter(|announced| *announced != len && !empty)
            && incomplete.is_none()
        {
            let detail = format!("content-length {announced}, but {len} bytes came");
            message.notes.push(diagnostic::H2_BAD_HEADERS.with(detail));
        }
        let (class, answer) = match side {
            Side::Client => (Class::Request, None),
            Side::Server => {
                let asked = request.and_then(|(_, at)| at);
                let latency = asked.map(|at| message.began.since(at)).filter(|nanos| *nanos >= 0);
                (Class::Response, Some(Answer { latency, request_n: request.map(|(n, _)| n) }))
            }
        };
        let phase = if switches { Phase::Upgrade } else { Phase::Exchange };
        let shown = message.shown(id, Bounds::of(out.limits()), incomplete, answer);
        let origin = on_stream(message.trail.origin(side), id);
        let n = out.event(&origin, message.notes, || Told::new(class, phase, shown));
        if side == Side::Client {
            stream.request = Some((n, Some(origin.time)));
            if let Some(wish) = &mut stream.wish {
                wish.request_n = n;
            }
        }
    }

    /// Where a side has ended a stream, its tunnel ends, and a stream that both have ended is forgotten.
    fn close_side(&mut self, origin: &Origin<'_>, id: u32, over: bool, out: &mut Out<'_>) {
        let Some(stream) = self.streams.get_mut(&id).filter(|_| over) else { return };
        let tunnel = stream.tunnel;
        if std::mem::replace(&mut stream.sent(origin.side).ended, true) {
            return;
        }
        if tunnel {
            out.carry_on(id, Chunk { origin: *origin, body: Body::End(End::Closed) });
        }
        self.forget_closed(id, out);
    }

    fn forget_closed(&mut self, id: u32, out: &mut Out<'_>) {
        let Some(stream) = self.streams.get(&id).filter(|stream| stream.is_closed()) else { return };
        if stream.tunnel && self.tally.tunnels > VERDICTS {
            out.close_channel(id);
        }
        self.streams.remove(&id);
    }

    /// RST_STREAM: what both sides sent until then is told.
    pub fn reset_messages(&mut self, origin: &Origin<'_>, id: u32, out: &mut Out<'_>) {
        for side in [origin.side.other(), origin.side] {
            self.complete(side, id, Some("reset"), out);
        }
    }

    /// RST_STREAM: the tunnel of the stream ends in both directions.
    pub fn reset_tunnel(&mut self, origin: &Origin<'_>, id: u32, out: &mut Out<'_>) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let tunnel = stream.tunnel;
        for side in [origin.side, origin.side.other()] {
            let Some(stream) = self.streams.get_mut(&id) else { return };
            if !std::mem::replace(&mut stream.sent(side).ended, true) && tunnel {
                let origin = Origin { side, ..*origin };
                out.carry_on(id, Chunk { origin, body: Body::End(End::Reset) });
            }
        }
        self.forget_closed(id, out);
    }

    /// Bytes are missing that may be of any stream.
    pub fn lose_streams(&mut self, origin: &Origin<'_>, missing: u64, out: &mut Out<'_>) {
        let open: Vec<u32> = self.streams.keys().copied().collect();
        for id in open {
            let Some(stream) = self.streams.get_mut(&id) else { continue };
            let (tunnel, ended) = (stream.tunnel, stream.sent(origin.side).ended);
            if tunnel && !ended {
                out.carry_on(id, Chunk { origin: on_stream(*origin, id), body: Body::Gap(missing) });
            }
            self.complete(origin.side, id, Some("gap"), out);
        }
    }

    /// No more will come from a side.
    pub fn end_streams(&mut self, origin: &Origin<'_>, end: End, out: &mut Out<'_>) {
        let why = match end {
            End::Closed => "closed",
            End::Reset => "reset",
            End::Capture => "capture",
        };
        let open: Vec<u32> = self.streams.keys().copied().collect();
        for id in open {
            self.complete(origin.side, id, Some(why), out);
            let Some(stream) = self.streams.get_mut(&id) else { continue };
            let tunnel = stream.tunnel;
            if !std::mem::replace(&mut stream.sent(origin.side).ended, true) && tunnel {
                out.carry_on(id, Chunk { origin: on_stream(*origin, id), body: Body::End(end) });
            }
            self.forget_closed(id, out);
        }
    }
}

fn tell_opened(id: u32, head: &Head<'_>, out: &mut Out<'_>) {
    let origin = on_stream(head.trail.origin(head.side), id);
    out.event(&origin, Vec::new(), || {
        Told::new(Class::Part, Phase::Exchange, Opened { fields: head.fields.clone(), stream: id })
    });
}

/// What a CONNECT asks for: another protocol (RFC 8441 4), or a tunnel.
fn wish(fields: &Fields, trail: &Trail) -> Upgrade {
    let protocol = fields.text(":protocol").to_ascii_lowercase();
    let target = if protocol.is_empty() { ":authority" } else { ":path" };
    let mut request = fields.pairs();
    if let Some(authority) = fields.value(":authority") {
        request.insert(0, ("host".to_owned(), block::text(authority)));
    }
    Upgrade {
        protocol,
        method: "CONNECT".to_owned(),
        target: fields.text(target),
        version: 20,
        request,
        frames: trail.frames().to_vec(),
        ..Upgrade::default()
    }
}
