//! TLS 1.0 to 1.3, read passively (RFC 8446, RFC 5246): records, handshakes, alerts; and, where a key log has the
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

mod alert;
mod certificate;
mod cipher;
mod extension;
mod facts;
mod guard;
mod handshake;
mod hello;
mod ja;
mod names;
mod probe;
mod reader;
mod reason;
mod record;
mod schedule;
mod session;
mod suite;
mod told;

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::diagnostic::{Note, TLS_ALERT, TLS_BAD_RECORD, TLS_DECRYPT_FAILED, TLS_HEARTBEAT};
use crate::event::{Body, Chunk, Class, End, Origin, Phase, Side, Told, Verdict};
use crate::layer::buffer::{Buffer, Trail};
use crate::layer::protocol::{Hint, Layer, Out, Protocol};
use facts::{Alert, ChangeCipherSpec, Encrypted, Established, Heartbeat, Opened};
use guard::{Guard, Step};
use reason::{How, Reason};
use record::{
    ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, Framer, HANDSHAKE, HEARTBEAT, Header, Hole, Piece,
};
use session::Session;

/// TLS.
pub static PROTOCOL: Protocol =
    Protocol { name: "tls", probe: probe::probe, start: |_, _| Box::new(Tls::default()), judge: None };

/// A protected record of TLS 1.3 that is shorter cannot hold Finished, so before Finished it is an alert.
const SHORTEST_FINISHED: u64 = 40;

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

/// What the record layer says of a direction, in the order in which it is read.
enum Item<'a> {
    Record(Header, Cow<'a, [u8]>),
    /// A record that was not kept: so many bytes are missing, and why it cannot be read, if not for want of a key.
    Passed(Header, u64, Option<Reason>),
    Broken(Header),
    Skipped(u64),
    Gap(u64),
    End(End),
}

/// An item that waits for keys.
struct Held {
    side: Side,
    item: Item<'static>,
    trail: Trail,
}

impl Item<'_> {
    fn len(&self) -> usize {
        match self {
            Item::Record(_, body) => body.len(),
            _ => 0,
        }
    }

    fn into_owned(self) -> Item<'static> {
        match self {
            Item::Record(header, body) => Item::Record(header, Cow::Owned(body.into_owned())),
            Item::Passed(header, missing, reason) => Item::Passed(header, missing, reason),
            Item::Broken(header) => Item::Broken(header),
            Item::Skipped(count) => Item::Skipped(count),
            Item::Gap(count) => Item::Gap(count),
            Item::End(end) => Item::End(end),
        }
    }
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
            return self.let_go(out);
        }
        while let Some(held) = self.held.pop_front() {
            if !self.take(&held.item, &held.trail.origin(held.side), out) {
                self.held.push_front(held);
                return;
            }
            self.held_len = self.held_len.saturating_sub(held.item.len());
        }
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
            self.let_go(out);
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
        !guard.gave_up()
            && (guard.is_loaded() || known())
            && self.session.obstacle(guard.step() == Step::Early).is_none()
    }

    /// Whether a record that lacks its key may wait for it.
    fn waits(&self, out: &Out<'_>) -> bool {
        out.full() && out.keys().expected() && !self.overflowed && !self.letting_go
    }
}

// Between: items in order, or waiting for keys.
impl Tls {
    fn item(&mut self, item: Item<'_>, origin: &Origin<'_>, out: &mut Out<'_>) {
        if self.held.is_empty() && self.take(&item, origin, out) {
            return;
        }
        if self.held_len.saturating_add(item.len()) > out.limits().waiting_ciphertext {
            self.overflowed = true;
            self.let_go(out);
            self.take(&item, origin, out);
            return;
        }
        let mut trail = Trail::default();
        trail.add(origin, most(out));
        self.held_len += item.len();
        self.held.push_back(Held { side: origin.side, item: item.into_owned(), trail });
    }

    /// Tells all that waits, as it is.
    fn let_go(&mut self, out: &mut Out<'_>) {
        self.letting_go = true;
        while let Some(held) = self.held.pop_front() {
            self.take(&held.item, &held.trail.origin(held.side), out);
        }
        self.held_len = 0;
        self.letting_go = false;
    }

    /// Reads an item; `false` where it has to wait for a key.
    fn take(&mut self, item: &Item<'_>, origin: &Origin<'_>, out: &mut Out<'_>) -> bool {
        let side = origin.side;
        match item {
            Item::Record(header, body) => return self.record(*header, body, origin, out),
            Item::Passed(header, missing, reason) => self.passed(*header, (*missing, *reason), origin, out),
            Item::Broken(header) => {
                self.half(side).guard.doubt();
                let what = format!(
                    "type {}, version 0x{:04x}, length {}",
                    header.content, header.version, header.len
                );
                let told = Encrypted {
                    content: Some(header.content),
                    len: header.len as u64,
                    missing: 0,
                    reason: Reason::NoRecord,
                    early: false,
                };
                let notes = vec![TLS_BAD_RECORD.with(what)];
                out.event(origin, notes, || Told::new(Class::Trouble, Phase::Exchange, told));
            }
            Item::Skipped(0) => {}
            Item::Skipped(count) => {
                let reason = self.session.gap.map_or(Reason::NoRecord, Reason::Missing);
                self.tell_sealed((None, *count), 0, reason, origin, out);
                self.carry_gap(*count, origin, out);
            }
            Item::Gap(count) => {
                let half = self.half(side);
                half.guard.doubt();
                half.messages.clear();
                half.skip = 0;
                self.carry_gap(*count, origin, out);
            }
            Item::End(end) => self.carry_end(*end, origin, out),
        }
        true
    }

    fn record(&mut self, header: Header, body: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) -> bool {
        let side = origin.side;
        if !self.is_protected(side, header) {
            self.clear(header, body, origin, out);
            return true;
        }
        // ChangeCipherSpec was lost, or never sent: what follows is protected all the same.
        if self.guard(side).step() == Step::Clear && self.session.is_chosen() && !self.session.is_13() {
            self.half(side).guard = Guard::at(Step::Application);
            self.half(side).guard.doubt();
        }
        let mut plain = std::mem::take(&mut self.plain);
        let early = self.guard(side).step() == Step::Early;
        let opened = if self.may_open(side, out) {
            let [client, server] = &mut self.halves;
            let half = if side == Side::Client { client } else { server };
            half.guard.open(side, (header, body), &self.session, out.keys(), &mut plain)
        } else {
            Err(self.why(early, out))
        };
        let done = match opened {
            Ok(opened) => {
                let text = plain.get(opened.start..opened.end).unwrap_or_default();
                self.open_record(header, opened, text, origin, out);
                true
            }
            Err(Reason::NoKeys | Reason::OtherSessions | Reason::NoSecret) if self.waits(out) => false,
            Err(reason) => {
                self.sealed_record(header, 0, reason, origin, out);
                true
            }
        };
        self.plain = plain;
        done
    }

    /// Why a record that nobody tried to open cannot be opened.
    fn why(&self, early: bool, out: &Out<'_>) -> Reason {
        let reason = self.session.obstacle(early).unwrap_or_else(|| self.session.why_no_key(out.keys()));
        let for_want = matches!(reason, Reason::NoKeys | Reason::OtherSessions | Reason::NoSecret);
        if for_want && self.overflowed { Reason::Limit } else { reason }
    }

    fn passed(
        &mut self,
        header: Header,
        (missing, reason): (u64, Option<Reason>),
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) {
        let side = origin.side;
        if self.is_protected(side, header) {
            let early = self.guard(side).step() == Step::Early;
            let reason = reason.unwrap_or_else(|| self.why(early, out));
            return self.sealed_record(header, missing, reason, origin, out);
        }
        match (header.content, reason) {
            (CHANGE_CIPHER_SPEC..=HEARTBEAT, Some(reason)) => {
                if header.content == HANDSHAKE {
                    self.lose_handshake(side, header.len);
                }
                self.tell_sealed((Some(header.content), header.len as u64), missing, reason, origin, out);
            }
            (content, _) => {
                let told = Encrypted {
                    content: Some(content),
                    len: header.len as u64,
                    missing,
                    reason: Reason::NoRecord,
                    early: false,
                };
                let notes = vec![TLS_BAD_RECORD.with(format!("type {content}"))];
                out.event(origin, notes, || Told::new(Class::Trouble, Phase::Exchange, told));
            }
        }
    }
}

// Out: records that are read, and records that cannot be.
impl Tls {
    /// A record that is not protected.
    fn clear(&mut self, header: Header, body: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        if header.content == HANDSHAKE && self.is_nonsense(origin.side, body) {
            // An encrypted handshake message whose ChangeCipherSpec was not captured.
            self.half(origin.side).guard = Guard::at(Step::Application);
            self.half(origin.side).guard.doubt();
            let reason = self.why(false, out);
            return self.sealed_record(header, 0, reason, origin, out);
        }
        self.content(header.content, body, origin, out);
    }

    /// What is inside a record, whether it was protected or not.
    fn content(&mut self, content: u8, body: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        match content {
            HANDSHAKE => self.handshake(body, origin, out),
            ALERT => self.alerts(body, origin, out),
            CHANGE_CIPHER_SPEC => self.change_cipher_spec(body, origin, out),
            HEARTBEAT => heartbeat(body, origin, out),
            other => {
                let told = Encrypted {
                    content: Some(other),
                    len: body.len() as u64,
                    missing: 0,
                    reason: Reason::NoRecord,
                    early: false,
                };
                let notes = vec![TLS_BAD_RECORD.with(format!("type {other}"))];
                out.event(origin, notes, || Told::new(Class::Trouble, Phase::Exchange, told));
            }
        }
    }

    fn open_record(
        &mut self,
        header: Header,
        opened: cipher::Opened,
        text: &[u8],
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) {
        let origin = Origin { decrypted: true, ..*origin };
        self.opened = true;
        let step = self.guard(origin.side).step();
        if opened.content != APPLICATION_DATA {
            return self.content(opened.content, text, &origin, out);
        }
        if self.session.is_13() && step == Step::Application && !self.session.established {
            // Finished was not readable, or was lost; who sends application data has sent it.
            self.finished(origin.side, None, &origin, out);
        }
        let told = Opened {
            len: header.len as u64,
            plain_len: text.len() as u64,
            padding: opened.padding as u64,
            early: step == Step::Early,
        };
        out.event(&origin, Vec::new(), || Told::new(Class::Part, Phase::Exchange, told));
        if !text.is_empty() {
            self.carry(text, &origin, out);
        }
    }

    /// A protected record that cannot be read.
    fn sealed_record(
        &mut self,
        header: Header,
        missing: u64,
        reason: Reason,
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) {
        let side = origin.side;
        let (is_13, len) = (self.session.is_13(), header.len as u64);
        let tried = reason == Reason::Tag || self.may_open(side, out) && missing == 0;
        if !tried {
            self.half(side).guard.pass(is_13);
        }
        let content = if is_13 { self.inner_content(side, len) } else { header.content };
        self.tell_sealed((Some(content), len), missing, reason, origin, out);
        if content == HANDSHAKE && (is_13 && side == Side::Client || !is_13 && self.session.is_chosen()) {
            if is_13 {
                self.finished(Side::Server, Some(reason), origin, out);
            }
            self.finished(side, Some(reason), origin, out);
        }
        if header.content == APPLICATION_DATA {
            let overhead = self.guard(side).overhead() as u64;
            self.carry_gap(len.saturating_sub(overhead), origin, out);
        }
    }

    /// What a protected record of TLS 1.3 holds, as far as its place in the handshake tells.
    fn inner_content(&mut self, side: Side, len: u64) -> u8 {
        let answered = self.halves.first().is_some_and(|client| client.spoke);
        let early = self.guard(side).step() == Step::Early;
        match side {
            Side::Client if early => APPLICATION_DATA,
            Side::Client if !answered => {
                self.half(side).spoke = true;
                if len < SHORTEST_FINISHED { ALERT } else { HANDSHAKE }
            }
            Side::Server if !answered => HANDSHAKE,
            _ => APPLICATION_DATA,
        }
    }

    fn tell_sealed(
        &mut self,
        (content, len): (Option<u8>, u64),
        missing: u64,
        reason: Reason,
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) {
        if reason != Reason::Cut {
            self.sealed.get_or_insert(reason);
        }
        let mut notes = Vec::new();
        if reason == Reason::Tag && self.guard(origin.side).failures() <= 1 {
            notes.push((&TLS_DECRYPT_FAILED).into());
        }
        let early = self.guard(origin.side).step() == Step::Early;
        let (class, phase) = match content {
            Some(HANDSHAKE | CHANGE_CIPHER_SPEC) => (Class::Handshake, Phase::Secure),
            Some(ALERT) => (Class::Control, Phase::Close),
            _ => (Class::Message, Phase::Exchange),
        };
        let told = Encrypted { content, len, missing, reason, early };
        out.event(origin, notes, || Told::new(class, phase, told));
    }

    fn alerts(&mut self, body: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        if body.is_empty() {
            return self.alert(body, origin, out);
        }
        for alert in body.chunks(2) {
            self.alert(alert, origin, out);
        }
    }

    fn alert(&mut self, wire: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        let mut notes: Vec<Note> = Vec::new();
        let (class, phase) = match *wire {
            [_, alert::CLOSE_NOTIFY] => (Class::Close, Phase::Close),
            [level, code] => {
                notes.push(TLS_ALERT.with(format!("{} {}", alert::level(level), alert::name(code))));
                if level == 2 && !self.session.established {
                    self.refused.get_or_insert((origin.side, code));
                }
                (Class::Trouble, if self.session.established { Phase::Close } else { Phase::Secure })
            }
            _ => {
                notes.push(TLS_ALERT.with(format!("malformed, {} bytes", wire.len())));
                (Class::Trouble, Phase::Exchange)
            }
        };
        out.event(origin, notes, || Told::new(class, phase, Alert { wire: wire.to_vec() }));
        if matches!(*wire, [_, alert::CLOSE_NOTIFY]) {
            self.carry_end(End::Closed, origin, out);
        }
    }

    fn change_cipher_spec(&mut self, body: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        let mut notes: Vec<Note> = Vec::new();
        if body != [1] {
            notes.push(TLS_BAD_RECORD.with("ChangeCipherSpec is not the byte 1"));
        }
        // Before the ServerHello only a client of TLS 1.3 sends one.
        let waiting = !self.session.is_chosen() && self.session.client_random.is_some();
        let for_middleboxes = self.session.is_13() || waiting && self.session.gap.is_none();
        let told = ChangeCipherSpec { for_middleboxes };
        out.event(origin, notes, || Told::new(Class::Handshake, Phase::Secure, told));
        if !for_middleboxes {
            if self.session.is_chosen() && !self.session.hello_done && self.session.gap.is_none() {
                self.session.agreed.resumed = true;
            }
            let half = self.half(origin.side);
            half.guard = Guard::at(Step::Application);
            half.messages.clear();
        }
    }

    /// A side has sent Finished; `reason` where it could not be read. Says what was agreed upon once both have.
    fn finished(&mut self, side: Side, reason: Option<Reason>, origin: &Origin<'_>, out: &mut Out<'_>) {
        let session = &mut self.session;
        if let Some(finished) = session.finished.get_mut(side as usize) {
            *finished = true;
        }
        if session.established || session.finished != [true; 2] {
            return;
        }
        session.established = true;
        session.client = None;
        let told = || Established {
            agreed: session.agreed,
            sni: session.sni.clone(),
            alpn: session.alpn.clone(),
            certificates: session.certificates.clone(),
            reason,
        };
        out.event(origin, Vec::new(), || Told::new(Class::Handshake, Phase::Secure, told()));
    }
}

// Up: what the layer above reads.
impl Tls {
    fn carry(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        if !std::mem::replace(&mut self.hinted, true)
            && let Some(alpn) = self.session.alpn.clone()
        {
            out.above(Hint::Alpn(alpn));
        }
        if !self.half(origin.side).ended {
            out.carry(Chunk { origin: *origin, body: Body::Bytes(text) });
        }
    }

    /// Passes up that about `count` bytes are missing; only where something was passed up before.
    fn carry_gap(&mut self, count: u64, origin: &Origin<'_>, out: &mut Out<'_>) {
        if self.hinted && count > 0 && !self.half(origin.side).ended {
            out.carry(Chunk { origin: Origin { decrypted: true, ..*origin }, body: Body::Gap(count) });
        }
    }

    fn carry_end(&mut self, end: End, origin: &Origin<'_>, out: &mut Out<'_>) {
        let foreign = self.half(origin.side).foreign;
        if (self.hinted || foreign) && !std::mem::replace(&mut self.half(origin.side).ended, true) {
            let origin = Origin { decrypted: !foreign, ..*origin };
            out.carry(Chunk { origin, body: Body::End(end) });
        }
    }
}

fn heartbeat(body: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
    let payload_len = match body {
        [_, high, low, ..] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    };
    let mut notes: Vec<Note> = Vec::new();
    // Type, length and at least 16 bytes of padding stand beside the payload (RFC 6520 4).
    if usize::from(payload_len) + 19 > body.len() {
        notes.push(
            TLS_HEARTBEAT.with(format!("payload of {payload_len} bytes in a record of {}", body.len())),
        );
    }
    let told = Heartbeat { request: body.first() == Some(&1), payload_len, len: body.len() };
    out.event(origin, notes, || Told::new(Class::Control, Phase::Exchange, told));
}
