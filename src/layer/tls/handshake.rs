//! Handshake messages: put together from records (RFC 8446 5.1), told, and followed: what each agrees upon, and
//! which keys it moves a direction on to.

use super::extension::{EARLY_DATA, ENCRYPT_THEN_MAC, Extensions, In, PRE_SHARED_KEY, SESSION_TICKET};
use super::guard::{Guard, Step};
use super::hello::{ClientHello, ServerHello, unoffered};
use super::reader::Reader;
use super::session::Session;
use super::told::{ClientHelloTold, Message, ServerHelloTold, owner};
use super::{Tls, certificate, most, names};
use crate::diagnostic::{
    Note, TLS_BAD_HANDSHAKE, TLS_DOWNGRADE, TLS_HRR, TLS_LEGACY_VERSION, TLS_SECOND_HRR, TLS_UNOFFERED,
};
use crate::event::{Class, Origin, Phase, Side, Told};
use crate::layer::buffer::Trail;
use crate::layer::protocol::Out;

/// Bytes of the header of a handshake message.
const HEADER: usize = 4;

/// The type of a message and its length with its header.
fn header(bytes: &[u8]) -> Option<(u8, usize)> {
    let [kind, a, b, c] = *bytes.first_chunk::<HEADER>()?;
    Some((kind, HEADER + (usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c))))
}

/// Whether a message of this type exists.
fn is_known(kind: u8) -> bool {
    matches!(kind, 0..=2 | 4..=6 | 8 | 11..=16 | 20..=25 | 67)
}

// In: bytes to messages.
impl Tls {
    /// Handshake bytes of one record.
    pub(super) fn handshake(&mut self, body: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        let most = most(out);
        let half = self.half(origin.side);
        let skipped = half.skip.min(body.len());
        half.skip -= skipped;
        let mut rest = body.get(skipped..).unwrap_or_default();
        let mut waiting = std::mem::take(&mut half.messages);
        // Whole messages are read where they lie; only what spans records is copied.
        while waiting.is_empty()
            && let Some((_, len)) = header(rest)
        {
            if len > out.limits().handshake_message {
                rest = self.too_long(rest, len, origin, out);
                continue;
            }
            let Some((message, after)) = rest.split_at_checked(len) else { break };
            self.message(message, origin, out);
            rest = after;
        }
        waiting.push(rest, origin);
        while let Some((_, len)) = header(waiting.bytes()) {
            let over = len > out.limits().handshake_message;
            if !over && len > waiting.len() {
                break;
            }
            let mut trail = Trail::default();
            let message = waiting.bytes().get(..len.min(waiting.len())).unwrap_or_default().to_vec();
            waiting.take(message.len(), &mut trail, most);
            let origin = trail.origin(origin.side);
            if over {
                self.too_long(&message, len, &origin, out);
            } else {
                self.message(&message, &origin, out);
            }
        }
        self.half(origin.side).messages = waiting;
    }

    /// A message over the limit: told by its header, and passed over. Returns what is behind it.
    fn too_long<'a>(
        &mut self,
        bytes: &'a [u8],
        len: usize,
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) -> &'a [u8] {
        let (here, after) = bytes.split_at_checked(len).unwrap_or((bytes, &[]));
        self.half(origin.side).skip = len - here.len();
        let notes = vec![TLS_BAD_HANDSHAKE.with(format!("{} bytes are over the limit", len - HEADER))];
        self.tell(here.get(..HEADER).unwrap_or_default(), notes, origin, out);
        after
    }

    /// The stream ends inside a message: what there is of a hello is read, of the others only the header.
    pub(super) fn cut_message(&mut self, origin: &Origin<'_>, out: &mut Out<'_>) {
        let mut waiting = std::mem::take(&mut self.half(origin.side).messages);
        let mut trail = Trail::default();
        let message = waiting.bytes().to_vec();
        waiting.take(message.len(), &mut trail, most(out));
        let origin = trail.origin(origin.side);
        match message.first() {
            None => {}
            Some(1 | 2) => self.message(&message, &origin, out),
            Some(_) => {
                let notes = vec![TLS_BAD_HANDSHAKE.with("the stream ends inside it")];
                self.tell(&message, notes, &origin, out);
            }
        }
    }

    /// A record of handshake bytes that are lost: the next message begins behind the one that it was part of.
    pub(super) fn lose_handshake(&mut self, side: Side, lost: usize) {
        let half = self.half(side);
        let begun = half.messages.len();
        half.skip = match header(half.messages.bytes()) {
            Some((_, len)) => len.saturating_sub(begun + lost),
            None => half.skip.saturating_sub(lost),
        };
        half.messages.clear();
    }

    /// Whether a handshake record cannot be one in clear: it is encrypted, or not at its start.
    pub(super) fn is_nonsense(&self, side: Side, body: &[u8]) -> bool {
        let [client, server] = &self.halves;
        let half = if side == Side::Client { client } else { server };
        let may_be =
            self.session.client_random.is_none() && !self.session.is_chosen() || self.session.gap.is_some();
        // A hello is known by the version that it begins with, however long it claims to be.
        let is_hello = matches!(*body, [1 | 2, _, _, _, 3, ..]);
        may_be
            && half.messages.is_empty()
            && half.skip == 0
            && !is_hello
            && !header(body).is_some_and(|(kind, len)| is_known(kind) && len < 1 << 17)
    }

    /// Takes an SSL 2.0 hello off the start of the client's stream; `true` where all of `rest` was taken.
    pub(super) fn old_hello(&mut self, rest: &mut &[u8], origin: &Origin<'_>, out: &mut Out<'_>) -> bool {
        let half = self.half(origin.side);
        if half.old.is_empty() && rest.first().is_none_or(|first| *first < 0x80) {
            return false;
        }
        half.old.push(rest, origin);
        let Some([high, low]) = half.old.bytes().first_chunk() else { return true };
        let len = 2 + (usize::from(high & 0x7f) << 8 | usize::from(*low));
        let Some(record) = half.old.bytes().get(..len).map(<[u8]>::to_vec) else { return true };
        let behind = half.old.len() - len;
        let mut trail = Trail::default();
        half.old.take(len, &mut trail, usize::MAX);
        half.old.clear();
        *rest = rest.get(rest.len().saturating_sub(behind)..).unwrap_or_default();
        let origin = trail.origin(origin.side);
        match ClientHello::read_old(&record) {
            Some(hello) => self.client_hello(hello, &record, Vec::new(), &origin, out),
            None => {
                let notes = vec![TLS_BAD_HANDSHAKE.with("SSL 2.0 ClientHello")];
                self.tell(&[1, 0, 0, 0], notes, &origin, out);
            }
        }
        rest.is_empty()
    }
}

// Between: what each message means.
impl Tls {
    /// A whole message.
    fn message(&mut self, message: &[u8], origin: &Origin<'_>, out: &mut Out<'_>) {
        let mut notes = Vec::new();
        match message.first() {
            Some(1) => {
                if let Some(hello) = ClientHello::read(message, &mut notes) {
                    return self.client_hello(hello, message, notes, origin, out);
                }
                notes.push(TLS_BAD_HANDSHAKE.with("ClientHello: too short"));
            }
            Some(2) => {
                if let Some(hello) = ServerHello::read(message, &mut notes) {
                    return self.server_hello(hello, message, notes, origin, out);
                }
                notes.push(TLS_BAD_HANDSHAKE.with("ServerHello: too short"));
            }
            Some(kind) if !is_known(*kind) => {
                notes.push(TLS_BAD_HANDSHAKE.with(format!("unknown type {kind}")));
            }
            _ => {}
        }
        self.follow(message, origin, out, &mut notes);
        self.tell(message, notes, origin, out);
        if message.first() == Some(&20) {
            self.finished(origin.side, None, origin, out);
        }
        // What follows these is under the next key: not even the rest of this record may be (RFC 8446 5.1).
        let session = &self.session;
        let [client, server] = &mut self.halves;
        let half = if origin.side == Side::Client { client } else { server };
        match message.first() {
            Some(20) if session.is_13() => half.guard = Guard::at(Step::Application),
            Some(5) if session.is_13() => half.guard = Guard::at(Step::Handshake),
            Some(24) if session.is_13() => half.guard.update(session),
            _ => {}
        }
    }

    /// Keeps what a message agrees upon, and notes what is wrong with it.
    fn follow(&mut self, message: &[u8], origin: &Origin<'_>, out: &Out<'_>, notes: &mut Vec<Note>) {
        match message.first() {
            Some(8) => self.encrypted_extensions(message, notes),
            Some(11) if certificate::chain(message, self.session.is_13()).is_none() => {
                notes.push(TLS_BAD_HANDSHAKE.with("a certificate leaves its list"));
            }
            Some(11 | 25) if out.full() => {
                let owner = owner(message, self.session.agreed.version);
                if let Some(place) = self.session.certificates.get_mut(origin.side as usize) {
                    *place = owner;
                }
            }
            Some(12) => {
                if let Some([3, high, low]) = message.get(HEADER..HEADER + 3) {
                    self.session.agreed.group = u16::from_be_bytes([*high, *low]);
                }
            }
            Some(14) => self.session.hello_done = true,
            _ => {}
        }
    }

    fn encrypted_extensions(&mut self, message: &[u8], notes: &mut Vec<Note>) {
        let body = message.get(HEADER..).unwrap_or_default();
        let Some(list) = Reader::new(body).vector(2) else {
            return notes.push(TLS_BAD_HANDSHAKE.with("EncryptedExtensions ends too early"));
        };
        let extensions = Extensions::read(list, HEADER + 2, In::Server, notes);
        if let Some(client) = &self.session.client {
            let foreign = extensions.ids().filter(|id| !client.extensions.has(*id));
            notes.extend(foreign.map(|id| TLS_UNOFFERED.with(format!("extension {}", names::extension(id)))));
            for alpn in extensions.alpn.iter().filter(|alpn| !client.extensions.alpn.contains(alpn)) {
                let name = String::from_utf8_lossy(alpn);
                notes.push(TLS_UNOFFERED.with(format!("application protocol {name:?}")));
            }
        }
        self.session.agreed.early_data = extensions.has(EARLY_DATA);
        self.session.alpn = name(extensions.alpn.first());
    }

    fn client_hello(
        &mut self,
        hello: ClientHello,
        wire: &[u8],
        mut notes: Vec<Note>,
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) {
        let best = names::newest(hello.versions());
        let old = wire.first().is_some_and(|first| *first >= 0x80);
        if old {
            notes.push(TLS_LEGACY_VERSION.with("the hello is one of SSL 2.0"));
        } else if let Some(best) = best.filter(|best| *best < 0x0303) {
            notes.push(TLS_LEGACY_VERSION.with(format!("at most {} is offered", names::version(best))));
        }
        let before = &self.session;
        let renegotiation = before.established;
        let again = before.retries > 0 && !before.is_chosen();
        let mut session = Session {
            client_random: Some(hello.random),
            early_offered: hello.extensions.has(EARLY_DATA),
            sni: name(hello.extensions.server_name.as_ref().filter(|_| out.full())),
            gap: before.gap,
            ..Session::default()
        };
        if again {
            session.retries = before.retries;
            session.agreed.retried = true;
        }
        if !renegotiation && session.early_offered {
            self.half(Side::Client).guard = Guard::at(Step::Early);
        }
        self.session = session;
        let client = self.session.client.insert(Box::new(hello));
        out.event(origin, notes, || {
            let told = ClientHelloTold { hello: (**client).clone(), renegotiation, wire: wire.to_vec() };
            Told::new(Class::Handshake, Phase::Secure, told)
        });
    }

    fn server_hello(
        &mut self,
        hello: ServerHello,
        wire: &[u8],
        mut notes: Vec<Note>,
        origin: &Origin<'_>,
        out: &mut Out<'_>,
    ) {
        let version = hello.version();
        let retry = hello.is_retry();
        if retry {
            notes.push((&TLS_HRR).into());
            self.session.retries = self.session.retries.saturating_add(1);
            if self.session.retries > 1 {
                notes.push((&TLS_SECOND_HRR).into());
            }
        }
        if version < 0x0303 {
            notes.push(TLS_LEGACY_VERSION.with(names::version(version)));
        }
        let client = self.session.client.take();
        if let Some(client) = &client {
            let best = names::newest(client.versions());
            let from = hello.downgraded_from().filter(|from| best.is_some_and(|best| best >= *from));
            notes.extend(from.map(|from| TLS_DOWNGRADE.with(format!("from {}", names::version(from)))));
            notes.extend(unoffered(client, &hello).into_iter().map(|what| TLS_UNOFFERED.with(what)));
        }
        let (resumption, fresh) = resumption(client.as_deref(), &hello);
        self.session.client = client;
        if !retry {
            self.choose(&hello, resumption.is_some());
        }
        out.event(origin, notes, || {
            let told = ServerHelloTold { hello, retry, resumption, fresh, wire: wire.to_vec() };
            Told::new(Class::Handshake, Phase::Secure, told)
        });
    }

    /// The server has chosen.
    fn choose(&mut self, hello: &ServerHello, resumed: bool) {
        let session = &mut self.session;
        session.server_random = hello.random;
        session.encrypt_then_mac = hello.extensions.has(ENCRYPT_THEN_MAC);
        session.compressed = hello.compression != 0;
        session.alpn = name(hello.extensions.alpn.first());
        session.agreed.version = hello.version();
        session.agreed.suite = hello.cipher_suite;
        session.agreed.group = hello.extensions.key_shares.first().copied().unwrap_or_default();
        session.agreed.resumed = resumed;
        session.agreed.retried = session.retries > 0;
        let is_13 = session.is_13();
        let [client, server] = &mut self.halves;
        if is_13 {
            server.guard = Guard::at(Step::Handshake);
            if client.guard.step() != Step::Early {
                client.guard = Guard::at(Step::Handshake);
            }
        } else if client.guard.step() == Step::Early {
            client.guard = Guard::default();
        }
    }

    fn tell(&self, message: &[u8], notes: Vec<Note>, origin: &Origin<'_>, out: &mut Out<'_>) {
        // After the handshake only tickets, key updates and requests for more come.
        let (class, phase) = match message.first() {
            Some(4 | 13 | 24) if self.session.established => (Class::Control, Phase::Exchange),
            _ => (Class::Handshake, Phase::Secure),
        };
        out.event(origin, notes, || {
            let told = Message {
                wire: message.to_vec(),
                len: header(message).map_or(0, |(_, len)| len - HEADER),
                version: self.session.agreed.version,
                time: origin.time,
            };
            Told::new(class, phase, told)
        });
    }
}

fn name(name: Option<&Vec<u8>>) -> Option<String> {
    name.map(|name| String::from_utf8_lossy(name).into_owned())
}

/// How an earlier session is resumed, as far as the ServerHello tells; and whether it tells that none is. Where the
/// client offered a ticket and no session id, only the messages that follow tell (RFC 5077 3.4).
fn resumption(client: Option<&ClientHello>, hello: &ServerHello) -> (Option<&'static str>, bool) {
    if names::is_13(hello.version()) {
        let psk = hello.extensions.has(PRE_SHARED_KEY);
        return (psk.then_some("psk"), !psk);
    }
    let Some(client) = client else { return (None, false) };
    let ticket = client.extensions.len_of(SESSION_TICKET).is_some_and(|len| len > 0);
    if !client.session_id.is_empty() && client.session_id == hello.session_id {
        return (Some(if ticket { "ticket" } else { "session id" }), false);
    }
    (None, !ticket || !client.session_id.is_empty())
}
