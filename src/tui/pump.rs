//! The thread that reads: frames into the survey, and a word to the screen that there is something new.
//!
//! What is new waits in [`Shared`], a connection at most once however often it changed, so neither side waits for the
//! other and nothing is lost: the screen takes it when it has time, so much at a time that it can look at keys between.
//! Both hold the lock for moments only.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;

use crate::capture::pace::Pace;
use crate::capture::{About, Frames};
use crate::connection::Connection;
use crate::diagnostic::{Diagnostic, Note};
use crate::engine::Observer;
use crate::event::Event;
use crate::frame::FrameNumber;
use crate::keyring::Keyring;
use crate::model::redact::{Redaction, Redactor};
use crate::packed::Packed;
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
    /// What was let go, as it cannot be read again: so many connections, and all frames before this one.
    pub gone: usize,
    pub first: FrameNumber,
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
    /// Connections that changed since the screen took them, each once, and what was let go when it had taken all.
    changed: VecDeque<u32>,
    is_changed: FxHashSet<u32>,
    told_gone: (usize, FrameNumber),
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
    /// order. What was let go is told once no summary waits: by then those that stay are known as such.
    pub fn take(&self) -> (Vec<Packed>, Progress, bool) {
        let mut inner = self.lock();
        let count = inner.changed.len().min(AT_ONCE);
        let mut summaries = Vec::with_capacity(count);
        for _ in 0..count {
            let Some(id) = inner.changed.pop_front() else { break };
            inner.is_changed.remove(&id);
            summaries.extend(inner.survey.packed(id).cloned());
        }
        inner.progress.warned = inner.survey.warned.clone();
        let more = !inner.changed.is_empty();
        inner.told = more;
        let mut progress = inner.progress.clone();
        progress.done &= !more;
        if more {
            (progress.gone, progress.first) = inner.told_gone;
        }
        inner.told_gone = (progress.gone, progress.first);
        drop(inner);
        let mut room = Vec::new();
        self.hide(|redactor| {
            for packed in &mut summaries {
                let Some(mut known) = packed.connection() else { continue };
                redactor.connection(&mut known);
                *packed = Packed::of(&known, &mut room);
            }
        });
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

    /// Lets go what lies before this frame: it cannot be read again.
    pub fn let_go(&self, first: FrameNumber) {
        self.lock().survey.let_go(first);
    }

    /// Lets go as a reading does whose spool begins with this frame.
    #[cfg(test)]
    pub fn trim(&self, first: FrameNumber) {
        let mut inner = self.lock();
        let connections = inner.survey.len() + inner.progress.gone;
        inner.let_go(first, connections as u64);
    }

    /// Ends the reading at the next thing that is read.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Inner {
    fn change(&mut self, id: u32) {
        if self.is_changed.insert(id) {
            self.changed.push_back(id);
        }
    }

    /// Lets go what cannot be read again from before this frame.
    fn let_go(&mut self, first: FrameNumber, connections: u64) {
        self.survey.let_go(first);
        if first > self.progress.first.max(1) {
            let Inner { survey, changed, is_changed, .. } = self;
            changed.retain(|id| survey.packed(*id).is_some() || !is_changed.remove(id));
        }
        self.progress.first = first;
        self.progress.gone = (connections as usize).saturating_sub(self.survey.len());
    }
}

/// Hears the engine for the survey.
struct Watch<'s> {
    shared: &'s Shared,
    /// Connections whose summary is behind.
    behind: FxHashSet<u32>,
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
        self.behind.insert(connection);
    }

    fn event(&mut self, _connection: &Connection, _event: Event) {}

    fn ended(&mut self, connection: Connection) {
        self.behind.remove(&connection.id);
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
    (shared, frames): (&Shared, Option<&Frames>),
    count: Option<u64>,
    pace: Option<&Pace>,
    tell: impl Fn() -> bool,
) {
    let mut watch = Watch { shared, behind: FxHashSet::default() };
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
        fresh |= matches!(step, Ok(Step::More));
        let over = enough || shared.stop.load(Ordering::Relaxed) || matches!(step, Ok(Step::End) | Err(_));
        let due = over || (fresh && last.elapsed() >= BEHIND.max(cost * 8));
        if due {
            let began = Instant::now();
            if std::mem::replace(&mut lines, reading.keys().lines()) != lines {
                shared.lock().keys = Arc::new(reading.keys().clone());
            }
            publish(reading, &mut watch, over, step.as_ref().err().map(ToString::to_string));
            if let Some(frames) = frames {
                shared.lock().let_go(frames.first(), reading.totals().connections);
            }
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
    let behind = std::mem::take(&mut watch.behind);
    let update = |connection: &Connection| {
        let mut inner = watch.shared.lock();
        inner.survey.update(connection);
        inner.change(connection.id);
    };
    reading.followed(|id| behind.contains(&id), update);
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
