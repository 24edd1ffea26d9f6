//! SSL 3.0 to TLS 1.3, read passively (RFC 8446, RFC 5246, RFC 6101): records, handshakes, alerts; and, where a key log has the
//! secrets, what is inside. In go chunks of a byte stream; out come `tls.*` events and the plaintext for the layer
//! above. Nothing is verified that only an endpoint can verify, and nothing is passed up whose tag does not match.
//!
//! What protects each direction, by whom it is moved on (RFC 8446 A, RFC 5246 7.3):
//!
//! ```text
//!              TLS 1.3, client             TLS 1.3, server          up to TLS 1.2, each side
//!                  Clear                       Clear                       Clear
//!   early_data in    |                           |                           |
//!   ClientHello      v                           | ServerHello               | own
//!                  Early                         |                           | ChangeCipherSpec
//!   EndOfEarlyData   |  (else ServerHello)       v                           v
//!                    +---> Handshake         Handshake                  Application <-+
//!                              |                 |                           |        | the same,
//!                 own Finished v    own Finished v                           +--------+ renegotiated
//!                         Application       Application <-+
//!                              |                 |        | own KeyUpdate
//!                              +-----------------+--------+
//! ```
//!
//! A record that fails under the current key is tried under the following ones: messages that move a direction on
//! may be lost or unreadable. Records wait for keys only while the keyring says that more are expected.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod alert;
mod certificate;
mod cipher;
mod content;
mod extension;
mod facts;
mod guard;
mod handshake;
mod hello;
mod ja;
mod mac;
mod names;
mod probe;
mod queue;
mod reader;
mod reason;
mod record;
mod schedule;
mod session;
mod suite;
mod told;

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::event::{Body, Chunk, End, Origin, Side, Verdict};
use crate::layer::buffer::Buffer;
use crate::layer::protocol::{Layer, Out, Protocol};
use guard::{Guard, Step};
use queue::{Held, Item};
use reason::{How, Reason};
use record::{
    ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, Framer, HANDSHAKE, HEARTBEAT, Header, Hole, Piece,
};
use session::Session;

/// TLS.
pub static PROTOCOL: Protocol =
    Protocol { name: "tls", probe: probe::probe, start: |_, _| Box::new(Tls::default()), judge: None };

/// Both directions of a TLS connection.
#[derive(Default)]
struct Tls {
    halves: [Half; 2],
    session: Session,
    /// Records that wait for keys, and all that came behind them. The first one is a record that no key opens yet.
    held: VecDeque<Held>,
    /// Bytes of the records in `held`.
    held_len: usize,
    /// Whether more than the limit had to wait; nothing waits after that.
    overflowed: bool,
    /// Whether what waits is being told as it is.
    letting_go: bool,
    /// Whether the layer above was told of the application protocol, or has read bytes already.
    hinted: bool,
    /// Whether a protected record was opened.
    opened: bool,
    /// Why the first record that could not be opened could not.
    sealed: Option<Reason>,
    /// The fatal alert that ended the handshake, and whose it is.
    refused: Option<(Side, u8)>,
    /// The plaintext of the record being read.
    plain: Vec<u8>,
}

/// One direction.
#[derive(Default)]
struct Half {
    framer: Framer,
    guard: Guard,
    /// Handshake bytes that wait for the rest of their message.
    messages: Buffer,
    /// Bytes still to come of a handshake message that is not kept.
    skip: usize,
    /// An SSL 2.0 hello that waits for its end.
    old: Buffer,
    /// Whether any byte came.
    begun: bool,
    /// Whether a record was cut off, or none could be.
    cut: bool,
    /// Whether these bytes are no TLS at all.
    foreign: bool,
    /// Whether the frame behind a hole is not known yet.
    gap_unnamed: bool,
    /// Whether a protected record came after the ServerHello.
    spoke: bool,
    /// Whether the end was passed up.
    ended: bool,
}

impl Layer for Tls {
    fn name(&self) -> &'static str {
        "tls"
    }

    fn feed(&mut self, chunk: Chunk<'_>, out: &mut Out<'_>) {
        match chunk.body {
            Body::Bytes(bytes) => self.bytes(bytes, &chunk.origin, out),
            Body::Gap(count) => self.gap(count, &chunk.origin, out),
            Body::End(end) => self.end(end, &chunk.origin, out),
        }
    }

    fn learned(&mut self, out: &mut Out<'_>) {
        for half in &mut self.halves {
            half.guard.try_again();
        }
        if !out.keys().expected() {
            return self.tell_held(out);
        }
        while let Some(held) = self.held.pop_front() {
            if !self.take(&held.item, &held.trail.origin(held.side), out) {
                self.held.push_front(held);
                return;
            }
            self.held_len = self.held_len.saturating_sub(held.item.len());
        }
    }

    fn waits(&self) -> bool {
        !self.held.is_empty()
    }

    fn let_go(&mut self, out: &mut Out<'_>) {
        self.tell_held(out);
    }

    fn verdict(&self) -> Option<Verdict> {
        let how = match (self.refused, self.sealed) {
            (Some((side, code)), _) => How::Refused(side, code),
            (None, Some(reason)) if self.session.established => {
                How::Sealed(self.session.agreed, reason, self.opened)
            }
            (None, None) if self.session.established => How::Read(self.session.agreed),
            (None, Some(reason)) if !self.session.is_chosen() => How::Unknown(reason),
            _ => How::Unfinished,
        };
        Some(how.verdict())
    }

    fn data_kind(&self) -> &'static str {
        "tls.data"
    }
}

/// How many frames are remembered for what is being put together.
fn most(out: &Out<'_>) -> usize {
    if out.full() { out.limits().event_frames } else { 1 }
}

// In: chunks to items.
impl Tls {
    fn half(&mut self, side: Side) -> &mut Half {
        let [client, server] = &mut self.halves;
        match side {
            Side::Client => client,
            Side::Server => server,
        }
    }

    fn guard(&self, side: Side) -> &Guard {
        let [client, server] = &self.halves;
        match side {
            Side::Client => &client.guard,
            Side::Server => &server.guard,
        }
    }

    fn bytes(&mut self, bytes: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        let side = origin.side;
        let half = self.half(side);
        if half.foreign {
            return out.carry(Chunk { origin: *origin, body: Body::Bytes(bytes) });
        }
        let fresh = !std::mem::replace(&mut half.begun, true);
        let old = fresh || !half.old.is_empty();
        if std::mem::take(&mut half.gap_unnamed) {
            self.session.gap = origin.frames.first().copied().or(self.session.gap);
        }
        let mut rest = bytes;
        if old && self.old_hello(&mut rest, origin, out) {
            return;
        }
        let most = most(out);
        let mut framer = std::mem::take(&mut self.half(side).framer);
        while let Some(piece) = framer.next(&mut rest, origin, most, |header| self.keeps(side, header, out)) {
            let first = !std::mem::replace(&mut self.half(side).cut, true);
            match piece {
                Piece::Record(header, body, origin) => {
                    self.item(Item::Record(header, Cow::Borrowed(body)), &origin, out);
                }
                Piece::Passed { header, missing, origin } => {
                    let reason = (missing > 0).then(|| self.missing());
                    self.item(Item::Passed(header, missing, reason), &origin, out);
                }
                Piece::Broken(header, from) => {
                    self.item(Item::Broken(header), &from, out);
                    if first && self.session.gap.is_none() {
                        self.half(side).foreign = true;
                        let bytes = [framer.waiting(), rest].concat();
                        return out.carry(Chunk { origin: *origin, body: Body::Bytes(&bytes) });
                    }
                }
                Piece::Skipped(count, origin) => self.item(Item::Skipped(count), &origin, out),
            }
        }
        self.half(side).framer = framer;
    }

    fn gap(&mut self, count: u64, origin: &Origin<'_>, out: &mut Out<'_>) {
        let side = origin.side;
        let most = most(out);
        let half = self.half(side);
        half.gap_unnamed = origin.frames.is_empty();
        half.old.clear();
        if half.foreign {
            return out.carry(Chunk { origin: *origin, body: Body::Gap(count) });
        }
        (half.begun, half.cut) = (true, true);
        self.session.gap = origin.frames.last().copied().or(self.session.gap).or(Some(0));
        let mut framer = std::mem::take(&mut self.half(side).framer);
        let (hole, piece) = framer.gap(count, side, most);
        if let Some(Piece::Passed { header, missing, origin }) = piece {
            self.item(Item::Passed(header, missing, Some(self.missing())), &origin, out);
        }
        if hole == Hole::Across {
            self.item(Item::Gap(count), origin, out);
        }
        self.half(side).framer = framer;
    }

    fn end(&mut self, end: End, origin: &Origin<'_>, out: &mut Out<'_>) {
        let most = most(out);
        let mut framer = std::mem::take(&mut self.half(origin.side).framer);
        match framer.finish(origin.side, most) {
            Some(Piece::Passed { header, missing, origin }) => {
                self.item(Item::Passed(header, missing, Some(Reason::Cut)), &origin, out);
            }
            Some(Piece::Skipped(count, origin)) => self.item(Item::Skipped(count), &origin, out),
            _ => {}
        }
        if end == End::Capture {
            self.tell_held(out);
        }
        self.item(Item::End(end), origin, out);
    }

    fn missing(&self) -> Reason {
        Reason::Missing(self.session.gap.unwrap_or_default())
    }

    /// Whether the body of a record is wanted: not where nothing can be done with it.
    fn keeps(&self, side: Side, header: Header, out: &Out<'_>) -> bool {
        if !self.held.is_empty() {
            return true;
        }
        if self.is_protected(side, header) {
            return self.may_open(side, out) || (self.waits(out) && self.session.client_random.is_some());
        }
        matches!(header.content, CHANGE_CIPHER_SPEC | ALERT | HANDSHAKE | HEARTBEAT)
    }

    /// Whether a record is encrypted: by its step, and in TLS 1.3 only behind the type of application data.
    fn is_protected(&self, side: Side, header: Header) -> bool {
        match self.guard(side).step() {
            Step::Application if !self.session.is_13() => true,
            _ => header.content == APPLICATION_DATA,
        }
    }

    fn may_open(&self, side: Side, out: &Out<'_>) -> bool {
        let guard = self.guard(side);
        let known = || self.session.client_random.as_ref().is_some_and(|random| out.keys().knows(random));
        // Keys that are in use stay so while a renegotiation agrees upon others.
        let usable = || self.session.obstacle(guard.step() == Step::Early).is_none();
        !guard.gave_up() && (guard.is_loaded() || known() && usable())
    }

    /// Whether a record that lacks its key may wait for it.
    fn waits(&self, out: &Out<'_>) -> bool {
        out.full() && out.keys().expected() && !self.overflowed && !self.letting_go
    }
}
