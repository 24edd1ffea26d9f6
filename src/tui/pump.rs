//! The thread that reads: frames into the survey, and a word to the screen that there is something new.
//!
//! What is new waits in [`Shared`], a connection at most once however often it changed, so neither side waits for the
//! other and nothing is lost: the screen takes it when it has time.

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
use crate::reading::{Reading, Step};
use crate::survey::Survey;

/// How long summaries of connections that go on may be behind.
const BEHIND: Duration = Duration::from_millis(60);

/// How long a replay may sleep before it looks whether the screen wants more.
const PATIENCE: Duration = Duration::from_millis(50);

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
    stop: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    survey: Survey,
    keys: Arc<Keyring>,
    progress: Progress,
    /// Connections that changed since the screen last asked, and whether each is in it.
    changed: Vec<u32>,
    is_changed: Vec<bool>,
    /// Whether the screen was told that there is something new, and has not yet asked.
    told: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The summaries that changed since the last time, and how far the reading is.
    pub fn take(&self) -> (Vec<Connection>, Progress) {
        let mut inner = self.lock();
        inner.told = false;
        let mut changed = std::mem::take(&mut inner.changed);
        changed.sort_unstable();
        let mut summaries = Vec::with_capacity(changed.len());
        for id in changed {
            inner.is_changed[id as usize] = false;
            summaries.extend(inner.survey.connections().get(id as usize).cloned());
        }
        inner.progress.warned = inner.survey.warned.clone();
        (summaries, inner.progress.clone())
    }

    /// What `look` needs of the survey, and the secrets known by now.
    pub fn with<T>(&self, look: impl FnOnce(&Survey) -> T) -> (T, Arc<Keyring>) {
        let inner = self.lock();
        (look(&inner.survey), inner.keys.clone())
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
            self.changed.push(id);
        }
    }
}

/// Hears the engine for the survey.
struct Watch<'s>(&'s Shared);

impl Observer for Watch<'_> {
    fn wants(&mut self, connection: &Connection) -> bool {
        let mut inner = self.0.lock();
        inner.survey.wants(connection);
        inner.change(connection.id);
        false
    }

    fn frame(&mut self, connection: u32, number: FrameNumber) {
        let mut inner = self.0.lock();
        inner.survey.frame(connection, number);
        inner.change(connection);
    }

    fn event(&mut self, _connection: &Connection, _event: Event) {}

    fn ended(&mut self, connection: Connection) {
        let mut inner = self.0.lock();
        inner.change(connection.id);
        inner.survey.ended(connection);
    }

    fn warning(&mut self, frame: FrameNumber, note: Note) {
        self.0.lock().survey.warning(frame, note);
    }
}

/// Reads until the end, or until the screen wants no more. `tell` says that there is something new; it must not wait.
/// `pace` is that of a replay: where nothing is due it is waited for.
pub fn run(reading: &mut Reading, shared: &Shared, count: Option<u64>, pace: Option<&Pace>, tell: impl Fn()) {
    let mut watch = Watch(shared);
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
            publish(reading, shared, over, step.as_ref().err().map(ToString::to_string));
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
fn publish(reading: &mut Reading, shared: &Shared, over: bool, failed: Option<String>) {
    let dropped = reading.dropped();
    let about = reading.about();
    let mut inner = shared.lock();
    reading.update(&mut inner.survey);
    let totals = reading.totals();
    let progress = &mut inner.progress;
    (progress.packets, progress.bytes) = (totals.packets, totals.bytes);
    (progress.dropped, progress.about) = (dropped, about);
    (progress.done, progress.truncated) = (over, reading.truncated());
    progress.failed = failed;
}

fn tell_once(shared: &Shared, tell: &impl Fn()) {
    let told = std::mem::replace(&mut shared.lock().told, true);
    if !told {
        tell();
    }
}
