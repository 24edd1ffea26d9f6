//! The thread that reads: frames into the survey, and a word to the screen that there is something new.
//!
//! What is new waits in [`Shared`], a connection at most once however often it changed, so neither side waits for the
//! other and nothing is lost: the screen takes it when it has time, so much at a time that it can look at keys between.
//! Both hold the lock for moments only.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::capture::About;
use crate::capture::pace::Pace;
use crate::connection::Connection;
use crate::diagnostic::{Diagnostic, Note};
use crate::engine::Observer;
use crate::event::Event;
use crate::frame::FrameNumber;
use crate::keyring::Keyring;
use crate::model::redact::{Redaction, Redactor};
use crate::reading::{Reading, Step};
use crate::survey::Survey;

/// How long summaries of connections that go on may be behind.
const BEHIND: Duration = Duration::from_millis(60);

/// How long a replay may sleep before it looks whether the screen wants more.
const PATIENCE: Duration = Duration::from_millis(50);
/// So many summaries are taken at once.
const AT_ONCE: usize = 4096;

/// How far the reading is.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Frames read.
    pub packets: u64,
    /// Captured bytes.
    pub bytes: u64,
    /// Frames that the kernel dropped; `None` for files.
    pub dropped: Option<u64>,
    /// What is known of the input.
    pub about: About,
    /// Whether all is read.
    pub done: bool,
    /// Whether it stopped inside a record.
    pub truncated: bool,
    /// Why the reading stopped, where it failed.
    pub failed: Option<String>,
    /// How often each diagnostic was a warning about the input.
    pub warned: Vec<(&'static Diagnostic, u64)>,
}

/// What the reading and the screen share.
#[derive(Debug, Default)]
pub struct Shared {
    inner: Mutex<Inner>,
    redactor: Mutex<Option<Redactor>>,
    /// Whether the redactor knows all secrets of the input.
    learned: AtomicBool,
    stop: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    survey: Survey,
    keys: Arc<Keyring>,
    progress: Progress,
    /// Connections that changed since the screen took them, and whether each is in it.
    changed: VecDeque<u32>,
    is_changed: Vec<bool>,
    /// Whether the screen was told that there is something new, and has not yet asked.
    told: bool,
}

impl Shared {
    /// Hides this from the screen.
    pub fn new(redaction: Option<Redaction>) -> Shared {
        Shared { redactor: Mutex::new(redaction.map(Redactor::new)), ..Shared::default() }
    }

    /// Lets who hides things, if anybody does, hide in what reaches the screen.
    pub fn hide(&self, hide: impl FnOnce(&mut Redactor)) {
        if let Some(redactor) = &mut *self.redactor.lock().unwrap_or_else(PoisonError::into_inner) {
            hide(redactor);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next summaries that changed, how far the reading is, and whether further ones wait. New ones come in their
    /// order.
    pub fn take(&self) -> (Vec<Connection>, Progress, bool) {
        let mut inner = self.lock();
        let count = inner.changed.len().min(AT_ONCE);
        let mut summaries = Vec::with_capacity(count);
        for _ in 0..count {
            let Some(id) = inner.changed.pop_front() else { break };
            inner.is_changed[id as usize] = false;
            summaries.extend(inner.survey.connections().get(id as usize).cloned());
        }
        inner.progress.warned = inner.survey.warned.clone();
        let more = !inner.changed.is_empty();
        inner.told = more;
        let mut progress = inner.progress.clone();
        progress.done &= !more;
        drop(inner);
        self.hide(|redactor| summaries.iter_mut().for_each(|known| redactor.connection(known)));
        (summaries, progress, more)
    }

    /// What `look` needs of the survey, whether that is over, and the secrets known by now.
    pub fn with<T>(&self, look: impl FnOnce(&Survey, bool) -> T) -> (T, Arc<Keyring>) {
        let inner = self.lock();
        (look(&inner.survey, inner.progress.done), inner.keys.clone())
    }

    /// The reading cannot begin, for this reason.
    pub fn fail(&self, why: String) {
        let progress = &mut self.lock().progress;
        (progress.done, progress.failed) = (true, Some(why));
    }

    /// Whether anything is hidden.
    pub fn hides(&self) -> bool {
        self.redactor.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether something is to be hidden whose secrets can all be known by now, said once.
    pub fn is_to_be_learned(&self) -> bool {
        self.hides() && self.lock().progress.done && !self.learned.swap(true, Ordering::Relaxed)
    }

    /// Ends the reading at the next thing that is read.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Inner {
    fn change(&mut self, id: u32) {
        let at = id as usize;
        if self.is_changed.len() <= at {
            self.is_changed.resize(at + 1, false);
        }
        if !std::mem::replace(&mut self.is_changed[at], true) {
            self.changed.push_back(id);
        }
    }
}

/// Hears the engine for the survey.
struct Watch<'s> {
    shared: &'s Shared,
    /// Whether the summary of each connection is behind.
    behind: Vec<bool>,
}

impl Watch<'_> {
    fn behind(&mut self, id: u32, is: bool) -> bool {
        let at = id as usize;
        if self.behind.len() <= at {
            self.behind.resize(at + 1, false);
        }
        std::mem::replace(&mut self.behind[at], is)
    }
}

impl Observer for Watch<'_> {
    fn wants(&mut self, connection: &Connection) -> bool {
        let mut inner = self.shared.lock();
        inner.survey.wants(connection);
        inner.change(connection.id);
        false
    }

    fn frame(&mut self, connection: u32, number: FrameNumber) {
        self.shared.lock().survey.frame(connection, number);
        self.behind(connection, true);
    }

    fn event(&mut self, _connection: &Connection, _event: Event) {}

    fn ended(&mut self, connection: Connection) {
        self.behind(connection.id, false);
        let mut inner = self.shared.lock();
        inner.change(connection.id);
        inner.survey.ended(connection);
    }

    fn warning(&mut self, frame: FrameNumber, note: Note) {
        self.shared.lock().survey.warning(frame, note);
    }
}

/// Reads until the end, or until the screen wants no more. `tell` says that there is something new, and
/// whether it could; it must not wait. `pace` is that of a replay: where nothing is due it is waited for.
pub fn run(
    reading: &mut Reading,
    shared: &Shared,
    count: Option<u64>,
    pace: Option<&Pace>,
    tell: impl Fn() -> bool,
) {
    let mut watch = Watch { shared, behind: Vec::new() };
    let mut last = Instant::now();
    let mut lines = 0;
    let mut cost = Duration::ZERO;
    let mut fresh = false;
    loop {
        let step = reading.step(&mut watch);
        let enough = count.is_some_and(|count| reading.totals().packets >= count);
        if enough || shared.stop.load(Ordering::Relaxed) {
            reading.finish(false, &mut watch);
        }
        if reading.keys().lines() != lines {
            lines = reading.keys().lines();
            shared.lock().keys = Arc::new(reading.keys().clone());
        }
        fresh |= matches!(step, Ok(Step::More));
        let over = enough || shared.stop.load(Ordering::Relaxed) || matches!(step, Ok(Step::End) | Err(_));
        let due = over || (fresh && last.elapsed() >= BEHIND.max(cost * 8));
        if due {
            let began = Instant::now();
            publish(reading, &mut watch, over, step.as_ref().err().map(ToString::to_string));
            tell_once(shared, &tell);
            cost = began.elapsed();
            (last, fresh) = (Instant::now(), false);
        }
        if over {
            return;
        }
        if let (Some(pace), Ok(Step::Idle)) = (pace, step) {
            pace.wait(PATIENCE);
        }
    }
}

/// Brings the summaries and the progress up to date.
fn publish(reading: &mut Reading, watch: &mut Watch<'_>, over: bool, failed: Option<String>) {
    let dropped = reading.dropped();
    let about = reading.about();
    for connection in reading.followed() {
        if watch.behind(connection.id, false) {
            let mut inner = watch.shared.lock();
            inner.survey.update(connection);
            inner.change(connection.id);
        }
    }
    let mut inner = watch.shared.lock();
    let totals = reading.totals();
    let progress = &mut inner.progress;
    (progress.packets, progress.bytes) = (totals.packets, totals.bytes);
    (progress.dropped, progress.about) = (dropped, about);
    (progress.done, progress.truncated) = (over, reading.truncated());
    progress.failed = failed;
}

fn tell_once(shared: &Shared, tell: &impl Fn() -> bool) {
    let told = std::mem::replace(&mut shared.lock().told, true);
    if !told && !tell() {
        shared.lock().told = false;
    }
}
