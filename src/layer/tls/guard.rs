//! What protects the records of one direction now, and how they are opened: the step of the key schedule, the
//! record number, and how both are found again where records were lost.

use super::cipher::{Cipher, Opened};
use super::names;
use super::reason::Reason;
use super::record::Header;
use super::schedule::{Secret, keys_12, keys_13, next_secret};
use super::session::Session;
use super::suite::{Hash, Suite};
use crate::event::Side;
use crate::frame::FrameNumber;
use crate::keyring::Keyring;

/// How many record numbers are tried where records may have been lost.
const WINDOW: u64 = 64;

/// After this many records in a row that do not open, no further one is tried.
const PATIENCE: u32 = 64;

/// Which keys protect the records of a direction (RFC 8446 7.1). Up to TLS 1.2, `Application` begins with
/// ChangeCipherSpec and covers Finished.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum Step {
    /// None.
    #[default]
    Clear,
    /// The client's early traffic secret.
    Early,
    /// A handshake traffic secret.
    Handshake,
    /// An application traffic secret.
    Application,
}

/// The protection of one direction.
#[derive(Default)]
pub(super) struct Guard {
    step: Step,
    loaded: Option<Loaded>,
    /// The number of the next record of this step.
    number: u64,
    /// Whether records of this step, or of whole steps, may have been lost.
    unsure: bool,
    /// Records in a row that did not open under keys that were there.
    failures: u32,
}

/// Keys that are ready for use.
struct Loaded {
    cipher: Cipher,
    /// The traffic secret, of TLS 1.3, that the next one comes from.
    secret: Option<Secret>,
}

impl Guard {
    /// At the beginning of `step`.
    pub(super) fn at(step: Step) -> Guard {
        Guard { step, ..Guard::default() }
    }

    /// The step.
    pub(super) fn step(&self) -> Step {
        self.step
    }

    /// Whether the key that protects records now is at hand.
    pub(super) fn is_loaded(&self) -> bool {
        self.loaded.is_some()
    }

    /// How many records in a row did not open.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether so many records failed that no further one is tried.
    pub(super) fn gave_up(&self) -> bool {
        self.failures >= PATIENCE
    }

    /// New secrets may open what did not open.
    pub(super) fn try_again(&mut self) {
        self.failures = 0;
    }

    /// Records may have been lost.
    pub(super) fn doubt(&mut self) {
        self.unsure = true;
    }

    /// A record passes that did not open, was not `tried`, or has a hole.
    pub(super) fn pass(&mut self, tried: bool, holed: bool, is_13: bool) {
        self.number = self.number.saturating_add(1);
        // Up to TLS 1.2 each record counts alike; later, who does not look inside does not see the next step begin.
        // A record with a hole counts as one, and no message that changes keys is so long that it has holes.
        let chained = self.loaded.as_ref().is_some_and(|loaded| loaded.cipher.is_chained());
        self.unsure |= if holed { chained } else { is_13 && !tried };
    }

    /// Bytes of a record that are no plaintext, at least.
    pub(super) fn overhead(&self) -> usize {
        self.loaded.as_ref().map_or(0, |loaded| loaded.cipher.overhead())
    }

    /// The next record is protected by the next traffic secret (RFC 8446 7.2).
    pub(super) fn update(&mut self, session: &Session) {
        let next = self.loaded.as_ref().and_then(|loaded| loaded.next(session));
        if next.is_some() {
            *self = Guard { step: self.step, loaded: next, ..Guard::default() };
        }
    }

    /// Opens a record into `plain`, and moves on to the next one. Where it does not open, nothing moves: who gives
    /// the record up says [`Guard::pass`].
    pub(super) fn open(
        &mut self,
        side: Side,
        (header, body): (Header, &[u8]),
        session: &Session,
        keys: &Keyring,
        plain: &mut Vec<u8>,
    ) -> Result<Opened, Reason> {
        let is_13 = session.is_13() || self.step == Step::Early;
        if self.loaded.is_none() {
            self.loaded = self.load(side, session, keys, (header, body), plain);
        }
        let held_key = self.loaded.is_some();
        let window = if self.unsure { WINDOW } else { 0 };
        let first = self.number;
        if let Some(loaded) = &mut self.loaded {
            loaded.cipher.begin(body.len());
            let found = (first..=first.saturating_add(window))
                .find_map(|number| Some((number, loaded.cipher.open(header, number, fill(plain, body))?)));
            loaded.cipher.chain(body);
            if let Some((number, opened)) = found {
                self.number = number.saturating_add(1);
                self.unsure = false;
                self.failures = 0;
                return Ok(opened);
            }
        }
        if is_13 && let Some((guard, opened)) = self.step_on(side, (header, body), session, keys, plain) {
            *self = guard;
            return Ok(opened);
        }
        if !held_key {
            return Err(session.why_no_key(keys));
        }
        self.failures = self.failures.saturating_add(1);
        Err(self.mismatch(session.gap))
    }

    /// Tries the steps behind this one: the message that ended it may have been lost, or its key is not known.
    fn step_on(
        &self,
        side: Side,
        (header, body): (Header, &[u8]),
        session: &Session,
        keys: &Keyring,
        plain: &mut Vec<u8>,
    ) -> Option<(Guard, Opened)> {
        let window = if self.unsure { WINDOW } else { 0 };
        let later = [Step::Handshake, Step::Application].into_iter().filter(|step| *step > self.step);
        let mut guards: Vec<Guard> = later
            .map(|step| {
                let mut guard = Guard::at(step);
                guard.loaded = guard.load(side, session, keys, (header, body), plain);
                guard
            })
            .collect();
        if self.step == Step::Application && self.unsure {
            let loaded = self.loaded.as_ref().and_then(|loaded| loaded.next(session));
            guards.push(Guard { loaded, ..Guard::at(self.step) });
        }
        guards.into_iter().find_map(|mut guard| {
            let cipher = &guard.loaded.as_ref()?.cipher;
            let (number, opened) = (0..=window)
                .find_map(|number| Some((number, cipher.open(header, number, fill(plain, body))?)))?;
            guard.number = number + 1;
            Some((guard, opened))
        })
    }

    /// The keys of this step. Where secrets disagree, the one that opens the record; else the newest.
    fn load(
        &self,
        side: Side,
        session: &Session,
        keys: &Keyring,
        (header, body): (Header, &[u8]),
        plain: &mut Vec<u8>,
    ) -> Option<Loaded> {
        let random = session.client_random.as_ref()?;
        let version = session.agreed.version;
        let window = if self.unsure { WINDOW } else { 0 };
        let numbers = self.number..=self.number.saturating_add(window);
        let mut opens = |loaded: Option<Loaded>| {
            let mut cipher = loaded?.cipher;
            cipher.begin(body.len());
            numbers.clone().find(|number| cipher.open(header, *number, fill(plain, body)).is_some())
        };
        if self.step == Step::Early {
            // Suite and version are those of the session resumed, which nobody says aloud: the record tells.
            let offered = session.client.as_ref().map(|client| client.versions()).unwrap_or_default();
            let versions = offered.into_iter().filter(|version| names::is_13(*version));
            let kinds = versions.flat_map(|version| {
                let suites = (0x1301..=0x1305).filter_map(move |id| Suite::of(id, version));
                suites.map(move |suite| (suite, version))
            });
            let secrets = || keys.secrets(random, "CLIENT_EARLY_TRAFFIC_SECRET");
            let made =
                kinds.flat_map(|(suite, version)| secrets().map(move |secret| (suite, version, secret)));
            return made
                .filter(|(suite, _, secret)| (secret.len() == 48) == (suite.hash == Hash::Sha384))
                .map(|(suite, version, secret)| move || Loaded::of_13(suite, version, secret))
                .find(|make| opens(make()).is_some())
                .and_then(|make| make());
        }
        let suite = Suite::of(session.agreed.suite, version)?;
        let is_13 = names::is_13(version);
        let label = match (is_13, self.step, side) {
            (false, ..) => "CLIENT_RANDOM",
            (true, Step::Handshake, Side::Client) => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            (true, Step::Handshake, Side::Server) => "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            (true, _, Side::Client) => "CLIENT_TRAFFIC_SECRET_0",
            (true, _, Side::Server) => "SERVER_TRAFFIC_SECRET_0",
        };
        let make = |secret: &[u8]| {
            if is_13 {
                return Loaded::of_13(suite, version, secret);
            }
            let keys = keys_12(suite, version, secret, (random, &session.server_random), side)?;
            Some(Loaded {
                cipher: Cipher::new(suite, version, keys, session.encrypt_then_mac)?,
                secret: None,
            })
        };
        let mut secrets = keys.secrets(random, label);
        let (newest, older) = (secrets.next()?, secrets.next());
        if older.is_none() {
            return make(newest);
        }
        let right = keys.secrets(random, label).find(|secret| opens(make(secret)).is_some());
        make(right.unwrap_or(newest))
    }

    /// Why records do not open for which there is a key.
    pub(super) fn mismatch(&self, gap: Option<FrameNumber>) -> Reason {
        match gap {
            Some(frame) if self.unsure => Reason::Missing(frame),
            _ => Reason::Tag,
        }
    }
}

impl Loaded {
    fn of_13(suite: Suite, version: u16, secret: &[u8]) -> Option<Loaded> {
        let cipher = Cipher::new(suite, version, keys_13(suite, version, secret)?, false)?;
        Some(Loaded { cipher, secret: Some(Secret::new(secret.to_vec())) })
    }

    fn next(&self, session: &Session) -> Option<Loaded> {
        let (secret, version) = (self.secret.as_ref()?, session.agreed.version);
        let suite = Suite::of(session.agreed.suite, version)?;
        Loaded::of_13(suite, version, &next_secret(suite, version, secret)?)
    }
}

/// `plain` with nothing but `body` in it.
fn fill<'a>(plain: &'a mut Vec<u8>, body: &[u8]) -> &'a mut Vec<u8> {
    plain.clear();
    plain.extend_from_slice(body);
    plain
}
