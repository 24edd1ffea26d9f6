//! Records: opened where a key opens them, told where none does; and what is in them, by its content type.

use super::facts::{Alert, ChangeCipherSpec, Encrypted, Established, Heartbeat, Opened};
use super::guard::{Guard, Step};
use super::reason::Reason;
use super::record::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEARTBEAT, Header, excess};
use super::{Tls, alert, cipher};
use crate::diagnostic::{Note, TLS_ALERT, TLS_BAD_RECORD, TLS_DECRYPT_FAILED, TLS_HEARTBEAT};
use crate::event::{Body, Chunk, Class, End, Origin, Phase, Side, Told};
use crate::layer::protocol::{Hint, Out};

/// A protected record of TLS 1.3 that is shorter cannot hold Finished, so before Finished it is an alert.
const SHORTEST_FINISHED: u64 = 40;

// Records, protected or not.
impl Tls {
    pub(super) fn record(
        &mut self,
        header: Header,
        body: &[u8],
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) -> bool {
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
        let tries = self.may_open(side, out);
        let opened = if tries {
            let [client, server] = &mut self.halves;
            let half = if side == Side::Client { client } else { server };
            half.guard.open(side, (header, body), &self.session, out.keys(), &mut plain)
        } else {
            Err(self.why(side, out))
        };
        let done = match opened {
            Ok(opened) => {
                let text = plain.get(opened.start..opened.end).unwrap_or_default();
                self.open_record(header, opened, text, origin, out);
                true
            }
            Err(Reason::NoKeys | Reason::OtherSessions | Reason::NoSecret) if self.waits(out) => false,
            Err(reason) => {
                self.sealed_record(header, (0, tries), reason, origin, out);
                true
            }
        };
        self.plain = plain;
        done
    }

    /// Why a record that nobody tried to open cannot be opened.
    fn why(&self, side: Side, out: &Out<'_>) -> Reason {
        let guard = self.guard(side);
        if guard.gave_up() {
            return guard.mismatch(self.session.gap);
        }
        let early = guard.step() == Step::Early;
        let reason = self.session.obstacle(early).unwrap_or_else(|| self.session.why_no_key(out.keys()));
        let for_want = matches!(reason, Reason::NoKeys | Reason::OtherSessions | Reason::NoSecret);
        if for_want && self.overflowed { Reason::Limit } else { reason }
    }

    pub(super) fn passed(
        &mut self,
        header: Header,
        (missing, reason): (u64, Option<Reason>),
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) {
        let side = origin.side;
        if self.is_protected(side, header) {
            let reason = reason.unwrap_or_else(|| self.why(side, out));
            return self.sealed_record(header, (missing, false), reason, origin, out);
        }
        match (header.content, reason) {
            (CHANGE_CIPHER_SPEC..=HEARTBEAT, Some(reason)) => {
                if header.content == HANDSHAKE {
                    self.lose_handshake(side, header.len);
                }
                self.tell_sealed((Some(header.content), header.len as u64), missing, reason, origin, out);
            }
            (content, _) => self.tell_no_record(header, format!("type {content}"), origin, out),
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
            let reason = self.why(origin.side, out);
            return self.sealed_record(header, (0, false), reason, origin, out);
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
                let header = Header { content: other, version: 0, len: body.len() };
                self.tell_no_record(header, format!("type {other}"), origin, out);
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
        let excess = excess(header.len, self.session.is_13(), text.len());
        let notes = excess.map(|excess| TLS_BAD_RECORD.with(excess)).into_iter().collect();
        out.event(&origin, notes, || Told::new(Class::Part, Phase::Exchange, told));
        if !text.is_empty() {
            self.carry(text, &origin, out);
        }
    }

    /// A protected record that cannot be read.
    fn sealed_record(
        &mut self,
        header: Header,
        (missing, tried): (u64, bool),
        reason: Reason,
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) {
        let side = origin.side;
        let (is_13, len) = (self.session.is_13(), header.len as u64);
        self.half(side).guard.pass(tried, missing > 0, is_13);
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
        let answered = self.session.established || self.halves.first().is_some_and(|client| client.spoke);
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

    /// What is no record of any known kind.
    pub(super) fn tell_no_record(
        &self,
        header: Header,
        what: String,
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) {
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

    pub(super) fn tell_sealed(
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
        let excess = content.and_then(|_| excess(len as usize, self.session.is_13(), 0));
        notes.extend(excess.map(|excess| TLS_BAD_RECORD.with(excess)));
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
    pub(super) fn finished(
        &mut self,
        side: Side,
        reason: Option<Reason>,
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) {
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
    pub(super) fn carry_gap(&mut self, count: u64, origin: &Origin<'_>, out: &mut Out<'_>) {
        if self.hinted && count > 0 && !self.half(origin.side).ended {
            out.carry(Chunk { origin: Origin { decrypted: true, ..*origin }, body: Body::Gap(count) });
        }
    }

    pub(super) fn carry_end(&mut self, end: End, origin: &Origin<'_>, out: &mut Out<'_>) {
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
