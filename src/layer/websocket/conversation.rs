//! Both directions of a WebSocket connection: chunks in; handshake, frames and messages out (RFC 6455 5).
//!
//! A direction is read frame by frame, in place where events are not wanted. What breaks a rule is noted and read
//! on; only a gap across a frame's end or an impossible length loses the place.

use std::collections::VecDeque;
use std::hash::Hasher as _;

use crate::event::{Body, Chunk, Class, Origin, Phase, Side, Told, Verdict};
use crate::frame::Timestamp;
use crate::layer::protocol::{Hint, Layer, Out};
use crate::layer::websocket::direction::{Around, Direction};
use crate::layer::websocket::extension::Deflate;
use crate::layer::websocket::facts::{Answer, Place};
use crate::layer::websocket::handshake::{self, Agreed};
use crate::layer::websocket::shape::Application;
use crate::layer::websocket::verdict::Course;

/// Pings of one side that may wait for their pong; then the oldest counts as unanswered.
const PINGS: usize = 64;

/// What holds for the whole conversation.
#[derive(Debug, Default)]
pub struct Terms {
    /// permessage-deflate, as agreed upon.
    pub deflate: Option<Deflate>,
    /// Whether an extension that is not understood is in use.
    pub foreign: bool,
    /// Whether the handshake was captured.
    pub known: bool,
    /// What the messages are to the application.
    pub application: Option<Application>,
}

impl Terms {
    /// Whether messages of `side` build on those before.
    pub fn takeover(&self, side: Side) -> bool {
        self.deflate.is_none_or(|deflate| match side {
            Side::Client => !deflate.client_no_takeover,
            Side::Server => !deflate.server_no_takeover,
        })
    }
}

/// A ping that waits for its pong.
#[derive(Debug)]
struct Ping {
    digest: u64,
    answer: Answer,
}

/// What both directions share.
#[derive(Debug, Default)]
pub struct Talk {
    /// How it goes.
    pub course: Course,
    /// Pings of each side, oldest first.
    pings: [VecDeque<Ping>; 2],
    forgotten: u32,
}

impl Talk {
    /// Says that `side` sent a ping, as event `n`.
    pub fn ping(&mut self, side: Side, payload: &[u8], n: u64, time: Timestamp) {
        let Some(pings) = self.pings.get_mut(side as usize) else { return };
        if pings.len() >= PINGS {
            pings.pop_front();
            self.forgotten = self.forgotten.saturating_add(1);
        }
        pings.push_back(Ping { digest: digest(payload), answer: Answer { ping: n, since: time } });
    }

    /// What a pong of `side` answers: the latest ping with its payload; those before it need no answer any more
    /// (RFC 6455 5.5.3).
    pub fn pong(&mut self, side: Side, payload: &[u8]) -> Option<Answer> {
        let pings = self.pings.get_mut(side.other() as usize)?;
        let digest = digest(payload);
        let place = pings.iter().rposition(|ping| ping.digest == digest)?;
        pings.drain(..=place).next_back().map(|ping| ping.answer)
    }
}

fn digest(payload: &[u8]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(payload);
    hasher.finish()
}

/// A WebSocket connection.
pub struct Conversation {
    terms: Terms,
    talk: Talk,
    sides: [Direction; 2],
    /// Whether it is still to be said that the handshake was not captured.
    unsaid: bool,
}

impl Conversation {
    /// A conversation after its handshake, or in its middle where there is no hint. Tells the handshake.
    pub fn start(hint: Option<&Hint>, out: &mut Out<'_>) -> Conversation {
        let Some(Hint::Upgrade(upgrade)) = hint else {
            let talk = Talk { course: Course { midstream: true, ..Course::default() }, ..Talk::default() };
            let sides = Side::BOTH.map(Direction::seeking);
            return Conversation { terms: Terms::default(), talk, sides, unsaid: true };
        };
        let (agreed, said, notes) = handshake::read(upgrade);
        let accepted = handshake::is_accepted(upgrade);
        let origin = Origin {
            decrypted: upgrade.decrypted,
            channel: upgrade.channel,
            ..Origin::new(Side::Server, upgrade.time, &upgrade.frames)
        };
        let class = if accepted { Class::Handshake } else { Class::Trouble };
        out.event(&origin, notes, || Told::new(class, Phase::Upgrade, said));
        let refused = (!accepted).then_some(upgrade.status);
        Conversation {
            terms: terms(&agreed),
            talk: Talk { course: Course { refused, ..Course::default() }, ..Talk::default() },
            sides: Side::BOTH.map(Direction::new),
            unsaid: false,
        }
    }
}

fn terms(agreed: &Agreed) -> Terms {
    Terms {
        deflate: agreed.deflate,
        foreign: agreed.foreign,
        known: true,
        application: Application::of(agreed),
    }
}

impl Layer for Conversation {
    fn name(&self) -> &'static str {
        "websocket"
    }

    fn feed(&mut self, chunk: Chunk<'_>, out: &mut Out<'_>) {
        let origin = &chunk.origin;
        if self.unsaid && matches!(chunk.body, Body::Bytes(_)) {
            self.unsaid = false;
            out.event(origin, Vec::new(), || Told::new(Class::Handshake, Phase::Exchange, Place::Midstream));
        }
        let Conversation { terms, talk, sides: [client, server], .. } = self;
        let direction = match origin.side {
            Side::Client => client,
            Side::Server => server,
        };
        let around = &mut Around { terms, talk, out };
        match chunk.body {
            Body::Bytes(bytes) => direction.read(bytes, origin, around),
            Body::Gap(count) => direction.gap(count, origin, around),
            Body::End(end) => direction.end(end, origin, around),
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        let waiting: usize = self.talk.pings.iter().map(VecDeque::len).sum();
        Some(self.talk.course.verdict(self.talk.forgotten.saturating_add(waiting as u32)))
    }

    fn data_kind(&self) -> &'static str {
        "ws.data"
    }
}
