//! Requests and the responses to them: which belongs to which, where each ends, and what an answer decides.

use memchr::memrchr;

use crate::diagnostic;
use crate::event::{Class, Phase, Side, Told};
use crate::frame::Timestamp;
use crate::layer::content::Bounds;
use crate::layer::http::Http;
use crate::layer::http::half::State;
use crate::layer::http::head::{self, Method, Skim, Start, Transfer};
use crate::layer::http::message::{self, Answer, Framing, Kept, Message, Persistence};
use crate::layer::protocol::{Hint, Out, Upgrade};

/// A request whose final response is not complete.
#[derive(Default)]
pub struct Pending {
    method: Method,
    /// Whether it says `Connection: close`.
    close: bool,
    /// The number of its event; not known before it is complete.
    n: Option<u64>,
    /// When it was complete; until then, when it began. Not known where it was not seen.
    asked: Option<Timestamp>,
    /// Whether it is still being read.
    open: bool,
    /// What it asks to switch to: by Upgrade, or a tunnel by CONNECT.
    pub switch: Option<Box<Upgrade>>,
}

/// How much of a head there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// All of it.
    Whole,
    /// As much as the limit lets in.
    Limit,
    /// As much as came.
    Early,
}

impl Http {
    /// Takes a head, or as much of it as there is, which may end inside a line.
    pub fn read_head(&mut self, side: Side, head: &[u8], extent: Extent, out: &mut Out<'_>) {
        let half = self.half(side);
        if let Some(junk) = half.junk.take() {
            junk.tell(side, out);
        }
        let lines = memrchr(b'\n', head).and_then(|end| head.get(..=end)).unwrap_or(head);
        let notes = &mut half.message.notes;
        let skim = Skim::of(lines, extent == Extent::Whole, out.limits(), notes);
        if extent == Extent::Limit {
            head::add(notes, &diagnostic::HTTP_HEADER_TOO_LONG, head);
        }
        half.message.skim = skim;
        if out.full() {
            half.message.kept = Some(Box::new(Kept { head: lines.to_vec(), ..Kept::default() }));
        }
        let framing = match side {
            Side::Client => self.ask(skim, lines, out),
            Side::Server => self.answer(skim, lines, out),
        };
        let told_later = match side {
            Side::Client => Framing::None,
            Side::Server => Framing::Close,
        };
        let framing =
            if extent == Extent::Early && framing == told_later { Framing::Unknown } else { framing };
        self.half(side).message.framing = framing;
    }

    /// Behind a head: its body begins, or the message is complete.
    pub fn open_body(&mut self, side: Side, out: &mut Out<'_>) {
        let half = self.half(side);
        half.state = match half.message.framing {
            Framing::None => return self.complete(side, None, out),
            Framing::Length => match half.message.skim.length {
                None | Some(0) => return self.complete(side, None, out),
                Some(length) => State::Length(length),
            },
            Framing::Chunked => State::Chunked(Default::default()),
            Framing::Close | Framing::Unknown => State::Close,
        };
    }

    /// Takes the head of a request; returns how its end is told (RFC 9112 6.3).
    fn ask(&mut self, skim: Skim, head: &[u8], out: &Out<'_>) -> Framing {
        let asked = Some(self.half(Side::Client).message.began);
        let switch = (skim.upgrade || skim.method == Method::Connect).then(|| Box::new(wish(skim, head)));
        self.tally.requests = self.tally.requests.saturating_add(1);
        // Responses come in order: the oldest requests are those that they answer.
        if self.unpaired > 0 || self.pending.len() >= out.limits().pipelined {
            if self.unpaired == 0 {
                let limit = format!("{} wait already", self.pending.len());
                let note = diagnostic::HTTP_PIPELINE_LIMIT.with(limit);
                self.half(Side::Client).message.notes.push(note);
            }
            self.unpaired = self.unpaired.saturating_add(1);
        } else {
            let (method, close) = (skim.method, skim.close);
            // Most often no other waits, and there are many connections.
            if self.pending.capacity() == 0 {
                self.pending.reserve_exact(1);
            }
            self.pending.push_back(Pending { method, close, n: None, asked, open: true, switch });
        }
        match (skim.transfer, skim.length) {
            (Transfer::Chunked, _) => Framing::Chunked,
            (_, Some(_)) => Framing::Length,
            (_, None) => Framing::None,
        }
    }

    /// Takes the head of a response; returns how its end is told (RFC 9112 6.3).
    fn answer(&mut self, skim: Skim, head: &[u8], out: &Out<'_>) -> Framing {
        let [client, server] = &mut self.halves;
        let lost = std::mem::take(&mut server.gap);
        if lost {
            // Responses may be missing: the last request is the one that is certain to be unanswered.
            self.pending.drain(..self.pending.len().saturating_sub(1));
        }
        let request = self.pending.front();
        let known = !lost
            && self.unpaired == 0
            && client.begun
            && !client.gap
            && !client.is_in_head()
            && !out.roles_inferred();
        if request.is_none() && known {
            server.message.notes.push((&diagnostic::HTTP_UNEXPECTED_RESPONSE).into());
        }
        let method = request.as_ref().map_or(Method::Other, |request| request.method);
        if skim.status == 101 {
            // What the answer grants was asked for, also where that was not seen.
            if self.pending.is_empty() {
                self.pending.push_back(Pending::default());
            }
            if let Some(request) = self.pending.front_mut() {
                request.switch.get_or_insert_default();
            }
        }
        if let Some(switch) = self.pending.front_mut().and_then(|request| request.switch.as_mut())
            && (skim.status >= 200 || skim.status == 101)
        {
            switch.status = skim.status;
            switch.response = message::pairs(head::lines(head));
        }
        let tunnel = method == Method::Connect && (200..300).contains(&skim.status);
        let informational = (100..200).contains(&skim.status);
        let told = skim.transfer != Transfer::Absent || skim.length.is_some_and(|length| length > 0);
        if told && (tunnel || informational || skim.status == 204) {
            head::add(
                &mut server.message.notes,
                &diagnostic::HTTP_BODY_NOT_ALLOWED,
                b"its head says that there is one",
            );
        }
        let framing = match (skim.transfer, skim.length) {
            _ if tunnel || informational || method == Method::Head => Framing::None,
            _ if matches!(skim.status, 204 | 304) => Framing::None,
            (Transfer::Chunked, _) => Framing::Chunked,
            (Transfer::Absent, Some(_)) => Framing::Length,
            _ => Framing::Close,
        };
        server.bodiless = framing == Framing::None;
        server.events = (skim.event_stream && !skim.coded && framing != Framing::None).then(Box::default);
        framing
    }

    /// The message at hand is complete, or, where it is `incomplete`, as much of it as there will be.
    pub fn complete(&mut self, side: Side, incomplete: Option<&'static str>, out: &mut Out<'_>) {
        let half = self.half(side);
        half.state = State::Start;
        half.events = None;
        let message = std::mem::take(&mut half.message);
        match side {
            Side::Client => self.asked(message, incomplete, out),
            Side::Server => self.answered(message, incomplete, out),
        }
    }

    fn asked(&mut self, mut message: Message, incomplete: Option<&'static str>, out: &mut Out<'_>) {
        let request = self.pending.back_mut().filter(|request| request.open);
        let phase = match &request {
            Some(request) if request.switch.is_some() => Phase::Upgrade,
            _ => Phase::Exchange,
        };
        let shown = message.shown(Bounds::of(out.limits()), incomplete, None);
        let origin = message.trail.origin(Side::Client);
        let n = out.event(&origin, message.notes, || Told::new(Class::Request, phase, shown));
        if let Some(request) = request {
            request.open = false;
            request.n = Some(n);
            request.asked = Some(origin.time);
            if let Some(switch) = &mut request.switch {
                switch.request_n = n;
                switch.frames.extend_from_slice(origin.frames);
            }
        }
    }

    fn answered(&mut self, mut message: Message, incomplete: Option<&'static str>, out: &mut Out<'_>) {
        let skim = message.skim;
        let interim = (100..200).contains(&skim.status) && skim.status != 101;
        let tunnel =
            |request: &Pending| request.method == Method::Connect && (200..300).contains(&skim.status);
        let request = self.pending.front();
        let switched = incomplete.is_none() && (skim.status == 101 || request.is_some_and(tunnel));
        let persistence = if interim { None } else { persistence(&message, incomplete, request, switched) };
        let answer = Answer {
            latency: request
                .and_then(|request| Some(message.began.since(request.asked?)))
                .filter(|nanos| *nanos >= 0),
            request_n: request.and_then(|request| request.n),
            persistence,
        };
        let request = if interim { None } else { self.pending.pop_front() };
        if request.is_none() && !interim {
            self.unpaired = self.unpaired.saturating_sub(1);
        }
        let mut switch = request.and_then(|request| request.switch);
        if let Some(switch) = &mut switch {
            let origin = message.trail.origin(Side::Server);
            switch.frames.extend_from_slice(origin.frames);
            (switch.time, switch.decrypted, switch.channel) = (origin.time, origin.decrypted, origin.channel);
            if !switched {
                message.notes.extend(out.judge(switch));
            }
        }
        let phase = if switch.is_some() || skim.status == 101 { Phase::Upgrade } else { Phase::Exchange };
        let shown = message.shown(Bounds::of(out.limits()), incomplete, Some(answer));
        let origin = message.trail.origin(Side::Server);
        out.event(&origin, message.notes, || Told::new(Class::Response, phase, shown));
        if !interim {
            self.tally.answered(skim.status, persistence, switch.is_some(), incomplete);
        }
        match switch {
            Some(switch) if switched => self.switch(switch, out),
            Some(switch) => self.refused = (switch.method != "CONNECT").then_some(switch),
            None => {}
        }
    }

    /// What follows in both directions is another protocol's.
    fn switch(&mut self, mut switch: Box<Upgrade>, out: &mut Out<'_>) {
        self.switched = true;
        if switch.method == "CONNECT" {
            out.above(Hint::Tunnel(switch.target));
            return self.release(Side::Client, out);
        }
        let named = switch.response.iter().find(|(name, _)| name.eq_ignore_ascii_case("upgrade"));
        let named = named.map(|(_, value)| value.to_ascii_lowercase()).unwrap_or_default();
        // Of several that were asked for, the answer names the one; what was not asked for it may not choose.
        if switch.protocol.is_empty() || switch.protocol.split(',').any(|asked| asked.trim() == named) {
            switch.protocol = named;
        }
        out.above(Hint::Upgrade(switch));
        self.release(Side::Client, out);
    }
}

/// What a request asks to switch to.
fn wish(skim: Skim, head: &[u8]) -> Upgrade {
    let (method, target) = match head::start(head) {
        Some(Start::Request(method, target, _)) => (message::text(method), message::text(target)),
        _ => Default::default(),
    };
    let asked: Vec<String> = message::values(head, "upgrade").map(message::text).collect();
    Upgrade {
        protocol: asked.join(", ").to_ascii_lowercase(),
        method,
        target,
        version: skim.version,
        request: message::pairs(head::lines(head)),
        ..Upgrade::default()
    }
}

/// Whether the connection outlives a response (RFC 9112 9.3); `None` where what came of its head does not tell.
fn persistence(
    message: &Message,
    incomplete: Option<&'static str>,
    request: Option<&Pending>,
    switched: bool,
) -> Option<Persistence> {
    let skim = message.skim;
    Some(match () {
        () if switched => Persistence::Switched,
        () if matches!(incomplete, Some("reset" | "closed")) => Persistence::Cut,
        () if skim.close => Persistence::ServerClose,
        () if request.is_some_and(|request| request.close) => Persistence::ClientClose,
        () if message.framing == Framing::Unknown => return None,
        () if message.framing == Framing::Close => Persistence::UntilClose,
        () if skim.version >= 11 => Persistence::Default11,
        () if skim.keep_alive => Persistence::KeepAlive,
        () => Persistence::Default10,
    })
}
