//! What one handshake has agreed upon so far, and what is needed of it to find its keys.

use super::hello::ClientHello;
use super::names;
use super::reason::{Agreed, Reason};
use super::suite::Suite;
use crate::frame::FrameNumber;
use crate::keyring::{ClientRandom, Keyring};

/// One handshake. A renegotiation begins another one.
#[derive(Default)]
pub(super) struct Session {
    /// The ClientHello, until the handshake is over.
    pub(super) client: Option<Box<ClientHello>>,
    /// Its random, by which key logs name the session.
    pub(super) client_random: Option<ClientRandom>,
    /// The random of the ServerHello.
    pub(super) server_random: [u8; 32],
    /// What was agreed upon; its version is 0 until the ServerHello.
    pub(super) agreed: Agreed,
    /// Whether records are encrypted first (RFC 7366).
    pub(super) encrypt_then_mac: bool,
    /// Whether records are compressed before they are encrypted (RFC 3749).
    pub(super) compressed: bool,
    /// How many HelloRetryRequests came.
    pub(super) retries: u8,
    /// Whether the client may send early data.
    pub(super) early_offered: bool,
    /// Whether ServerHelloDone came: the handshake is a full one.
    pub(super) hello_done: bool,
    /// Which sides have sent Finished.
    pub(super) finished: [bool; 2],
    /// Whether the handshake is over.
    pub(super) established: bool,
    /// The server's name asked for; kept only where events are wanted.
    pub(super) sni: Option<String>,
    /// The application protocol agreed upon.
    pub(super) alpn: Option<String>,
    /// Whom the certificate of each side names; kept only where events are wanted.
    pub(super) certificates: [Option<String>; 2],
    /// Bytes are missing before this frame.
    pub(super) gap: Option<FrameNumber>,
}

impl Session {
    /// Whether it is of TLS 1.3 or one of its drafts.
    pub(super) fn is_13(&self) -> bool {
        names::is_13(self.agreed.version)
    }

    /// Whether a ServerHello was read.
    pub(super) fn is_chosen(&self) -> bool {
        self.agreed.version != 0
    }

    /// Why no key can open its records, whatever keys there are; `None` where one could.
    pub(super) fn obstacle(&self, early: bool) -> Option<Reason> {
        if self.client_random.is_none() || !(early || self.is_chosen()) {
            return Some(self.gap.map_or(Reason::NotCaptured, Reason::Missing));
        }
        if self.compressed {
            return Some(Reason::Compressed);
        }
        let known = early || Suite::of(self.agreed.suite, self.agreed.version).is_some();
        (!known).then_some(Reason::Suite)
    }

    /// Why the key of a record is not there.
    pub(super) fn why_no_key(&self, keys: &Keyring) -> Reason {
        match &self.client_random {
            _ if keys.is_empty() => Reason::NoKeys,
            Some(random) if keys.knows(random) => Reason::NoSecret,
            _ => Reason::OtherSessions,
        }
    }
}
