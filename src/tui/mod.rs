//! The screen: the table of connections, the diagram of those that are opened, and what belongs to it.
//!
//! ```text
//! pump ──news──▶ ┌─────┐ ──jobs──▶ worker            pump: the thread that reads; what is new waits until it is taken
//! keys ─chords─▶ │ App │ ◀─answers─ worker           worker: opens, lays out, searches, saves
//! signals ─────▶ └──┬──┘
//!                   ▼ panes draw it and change nothing
//! ```
//! The screen waits on one channel; where nothing happens, nothing runs.

mod act;
mod app;
mod beside;
mod chord;
mod column;
mod compared;
pub mod config;
mod detail;
#[cfg(test)]
mod effort;
#[cfg(test)]
mod gone;
mod keys;
mod ladder;
mod list;
mod look;
mod mouse;
mod panes;
mod picker;
mod problem;
mod prompt;
mod pulse;
mod pump;
mod rank;
mod save;
mod talk;
mod terminal;
mod theme;
mod work;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::capture::Frames;
use crate::capture::confine::Needs;
use crate::capture::pace::Pace;
use crate::error::Error;
use crate::event::Endpoint;
use crate::limits::Limits;
use crate::locale::Lang;
use crate::model::diagram::Level;
use crate::model::filter::Filter;
use crate::model::redact::Redaction;
use crate::reading::Reading;
use crate::tui::app::{App, Effect};
use crate::tui::chord::Chord;
use crate::tui::column::Column;
use crate::tui::keys::Keys;
use crate::tui::pump::Shared;
use crate::tui::work::Worker;

pub use crate::tui::config::Config;
pub use crate::tui::picker::pick;
pub use crate::tui::terminal::run;
pub use crate::tui::theme::Theme;

/// How the screen begins.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The language; where nobody said, the configuration's, then the environment's.
    pub lang: Option<Lang>,
    /// The theme; where nobody said, the configuration's, then what suits the terminal.
    pub theme: Option<Theme>,
    /// The level of diagrams.
    pub level: Option<Level>,
    /// The filter, as it is typed.
    pub filter: Option<String>,
    /// Names for endpoints.
    pub aliases: Vec<(String, Endpoint)>,
    /// What reading the input still needs of the system.
    pub needs: Needs,
    /// Turns the knobs of a replay, where the input is one.
    pub pace: Option<Pace>,
    /// Ends the reading after so many packets.
    pub count: Option<u64>,
    /// Whether the first connection is opened as soon as it is there.
    pub open_first: bool,
    /// What is said at first, in a line.
    pub said: Option<String>,
    /// Keys, theme and language that the user configured.
    pub config: Config,
    /// How much is kept.
    pub limits: Limits,
    /// What is hidden before it reaches the screen.
    pub redaction: Option<Redaction>,
}

/// An input: what is read, and how its frames are read again.
pub struct Input {
    /// What is read.
    pub reading: Reading,
    /// Reads frames again; without it nothing can be opened.
    pub frames: Option<Frames>,
}

impl Options {
    /// The first state.
    ///
    /// # Errors
    /// [`Error::Usage`] where the filter or the configuration asks for what there is not.
    fn app(&self, shared: &Shared) -> Result<App, Error> {
        let config = &self.config;
        let wrong = |why: String| Error::Usage(format!("the configuration: {why}"));
        let keys = Keys::new(&config.keys).map_err(wrong)?;
        let lang = config.lang.as_ref().map(|lang| lang.parse()).transpose().map_err(wrong)?;
        let theme = config.theme.as_ref().map(|theme| theme.parse()).transpose().map_err(wrong)?;
        let detected = || Theme::detect(|name| std::env::var(name).ok());
        let lang = self.lang.or(lang).unwrap_or_else(Lang::from_environment);
        let mut app = App::new(lang, self.theme.or(theme).unwrap_or_else(detected), keys);
        app.live = self.needs.live || self.pace.is_some();
        app.pace.clone_from(&self.pace);
        app.open_first = self.open_first;
        app.said = self.said.clone().map(|line| (line, false));
        app.clipboard = config.clipboard.unwrap_or(true);
        app.config.clone_from(&config.place);
        app.list.columns =
            config.columns.iter().map(|id| Column::named(id)).collect::<Result<_, _>>().map_err(wrong)?;
        app.aliases.clone_from(&self.aliases);
        shared.hide(|redactor| app.aliases.iter_mut().for_each(|(_, end)| end.ip = redactor.address(end.ip)));
        app.level = self.level.unwrap_or(Level::Messages);
        if let Some(text) = &self.filter {
            let filter = Filter::parse(text).map_err(|wrong| Error::Usage(wrong.to_string()))?;
            app.filter.clone_from(text);
            app.list.set_filter(Some(filter));
        }
        Ok(app)
    }
}

/// The screen of so many columns and lines after an input was read, and after each of these keys was typed (`jj<enter>4`),
/// without a terminal; never empty. The same input and keys give the same screens.
///
/// # Errors
/// [`Error::Usage`] for keys that there are not, or where the options ask for what there is not; what stops the reading.
pub fn snapshots(
    input: Input,
    options: &Options,
    size: (u16, u16),
    keys: &str,
) -> Result<Vec<Buffer>, Error> {
    let chords = Chord::sequence(keys).map_err(Error::Usage)?;
    let shared = Arc::new(Shared::new(options.redaction));
    let mut app = options.app(&shared)?;
    app.size = size;
    let mut reading = input.reading;
    pump::run(&mut reading, (&shared, input.frames.as_ref()), options.count, options.pace.as_ref(), || true);
    let mut worker = worker(&shared, input.frames, &options.limits);
    loop {
        let (summaries, progress, more) = shared.take();
        app.news(summaries, progress);
        if !more {
            break;
        }
    }
    still(&mut app, &mut worker);
    let mut screens = vec![screen(&mut app)];
    for chord in chords {
        app.key(chord);
        still(&mut app, &mut worker);
        screens.push(screen(&mut app));
    }
    Ok(screens)
}

fn screen(app: &mut App) -> Buffer {
    app.settle();
    let mut buffer = Buffer::empty(Rect::new(0, 0, app.size.0, app.size.1));
    panes::draw(&mut buffer, app);
    buffer
}

/// Does all jobs, and those that come of them, until none is left.
fn still(app: &mut App, worker: &mut Worker) {
    loop {
        while app.list.work() {}
        app.tick(Instant::now() + PATIENCE);
        if app.effects.is_empty() {
            return;
        }
        for effect in std::mem::take(&mut app.effects) {
            if let Effect::Job(job) = effect
                && let Some(answer) = worker.work(job)
            {
                app.answer(answer);
            }
        }
    }
}

/// Longer than anything waits for its time.
const PATIENCE: Duration = Duration::from_secs(3600);

fn worker(shared: &Arc<Shared>, frames: Option<Frames>, limits: &Limits) -> Worker {
    let (shared, limits) = (Arc::clone(shared), limits.clone());
    Worker { shared, frames, limits, newest: Arc::default(), opening: None }
}
