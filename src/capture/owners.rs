//! Names the processes at the ends of connections while they are captured: asks as soon as one is seen, and again with
//! its next packets while something is not known.
//!
//! The asking is done by a thread of its own that was started before the program confined itself, as the system would
//! hide other processes from it afterwards; who asks waits for the answer. It is told two ends of a connection, no more,
//! and can open files to read them alone.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::confine;
use super::interface::Local;
use super::process::{self, Owner, Processes};
use crate::connection::{Connection, Owners, Transport};
use crate::error::Error;
use crate::event::{Endpoint, Side};
use crate::frame::FrameNumber;

/// So many packets of a connection are occasions to ask whose it is.
const OCCASIONS: u8 = 40;

/// Asking may take this part of the time, and so much at once: a flood of connections goes by unnamed, not unseen.
const SHARE: u32 = 10;
const AT_ONCE: Duration = Duration::from_millis(200);
/// What must be left for a question; it takes less, unless all processes are to be gone through.
const AT_LEAST: Duration = Duration::from_millis(2);
/// So many connections are noted to be written into a capture.
const NOTED: usize = 100_000;

/// What is left to ask of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    left: u8,
    settled: [bool; 2],
}

impl Asking {
    /// The ends changed their roles: so does what was found. What a file says is of the roles as they are now.
    pub fn turn(&mut self, about: &mut Connection) {
        if self.left == OCCASIONS {
            return;
        }
        self.settled.swap(0, 1);
        if let Some(owners) = &mut about.owners {
            owners.0.swap(0, 1);
        }
    }
}

impl Default for Asking {
    fn default() -> Asking {
        Asking { left: OCCASIONS, settled: [false; 2] }
    }
}

/// A socket: its transport, its own end, and the other.
type Question = (Transport, Endpoint, Endpoint);

/// The thread that asks.
#[derive(Debug)]
pub struct Inquirer {
    questions: Sender<Question>,
    answers: Receiver<Option<Answer>>,
}

/// Whose a socket is.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Who has it.
    pub owner: Owner,
    /// Whether that descends from the process whose family is asked about, or is it.
    pub family: bool,
}

impl Inquirer {
    /// Starts the thread. `family` is the process whose family is asked about; with `nearest` it is looked among them
    /// first, which costs least. To be called before the program confines itself.
    ///
    /// # Errors
    /// [`Error::Usage`] where the system starts no thread.
    pub fn new(family: Option<u32>, nearest: bool) -> Result<Inquirer, Error> {
        let (questions, asked) = mpsc::channel::<Question>();
        let (answer, answers) = mpsc::channel();
        let ask = move || {
            let mut processes = Processes::new(family.filter(|_| nearest));
            let confined = confine::confine_to_asking();
            for (transport, own, other) in asked {
                let owner = confined.as_ref().ok().and_then(|_| processes.owner(transport, own, other));
                let found = owner.map(|owner| {
                    let family = family.is_some_and(|family| process::descends(owner.process().pid, family));
                    Answer { owner, family }
                });
                if answer.send(found).is_err() {
                    return;
                }
            }
        };
        let started = std::thread::Builder::new().name("names".to_owned()).spawn(ask);
        started
            .map_err(|cause| Error::Usage(format!("no thread can be started to name processes: {cause}")))?;
        Ok(Inquirer { questions, answers })
    }

    /// Whose the socket is that has the end `own` of a connection to `other`; as [`Processes::owner`].
    pub fn owner(&self, transport: Transport, own: Endpoint, other: Endpoint) -> Option<Answer> {
        self.questions.send((transport, own, other)).ok()?;
        self.answers.recv().ok()?
    }
}

/// Tells whose connections are.
#[derive(Debug)]
pub struct Asker {
    inquirer: Inquirer,
    local: Local,
    found: Option<Found>,
    /// How long may be asked, and when that was reckoned.
    credit: Duration,
    reckoned: Instant,
}

/// What was found so far, by the first packet of each connection; all clones see the same.
#[derive(Clone, Debug, Default)]
pub struct Found(Arc<Mutex<BTreeMap<FrameNumber, Owners>>>);

impl Found {
    /// The comments that say it.
    pub fn comments(&self) -> BTreeMap<FrameNumber, String> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.iter().map(|(number, owners)| (*number, owners.to_string())).collect()
    }

    fn note(&self, about: &Connection) {
        if let Some(owners) = about.owners.as_deref() {
            let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if found.len() < NOTED || found.contains_key(&about.first_packet) {
                found.insert(about.first_packet, owners.clone());
            }
        }
    }
}

impl Asker {
    /// Starts the thread that asks; what it finds is noted in `found`. To be called before the program confines itself.
    ///
    /// # Errors
    /// [`Error::Usage`] where the system starts no thread.
    pub fn new(found: Option<Found>) -> Result<Asker, Error> {
        Ok(Asker {
            inquirer: Inquirer::new(None, false)?,
            local: Local::new(),
            found,
            credit: AT_ONCE,
            reckoned: Instant::now(),
        })
    }

    /// Whether there is time to ask.
    fn may_ask(&mut self) -> bool {
        let now = Instant::now();
        self.credit = AT_ONCE.min(self.credit + now.duration_since(self.reckoned) / SHARE);
        self.reckoned = now;
        self.credit >= AT_LEAST
    }

    /// Asks what is not known of a connection yet, on the occasion of one of its packets.
    pub fn ask(&mut self, asking: &mut Asking, about: &mut Connection) {
        if asking.left == 0 {
            return;
        }
        for side in Side::BOTH {
            asking.settled[side as usize] |= !self.local.holds(about.endpoint(side).ip);
        }
        if asking.settled == [true; 2] {
            asking.left = 0;
            return;
        }
        if !self.may_ask() {
            return;
        }
        asking.left -= 1;
        for side in Side::BOTH {
            let settled = &mut asking.settled[side as usize];
            let own = about.endpoint(side);
            if *settled {
                continue;
            }
            let other = about.endpoint(side.other());
            let Some(Answer { owner, .. }) = self.inquirer.owner(about.transport, own, other) else {
                continue;
            };
            // Who listens may hand the connection to another.
            *settled = matches!(owner, Owner::Process(_));
            let known = about.owners.get_or_insert_default();
            known.0[side as usize] = Some(owner.process().clone());
            if let Some(found) = &self.found {
                found.note(about);
            }
        }
        self.credit = self.credit.saturating_sub(self.reckoned.elapsed());
        self.reckoned = Instant::now();
        if asking.settled == [true; 2] {
            asking.left = 0;
        }
    }
}
