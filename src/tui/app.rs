//! The state of the screen. A key, an answer or news goes in, the next state and what is to be done outside come out.

use std::path::PathBuf;

use crate::capture::pace::Pace;
use crate::event::Endpoint;
use crate::locale::Lang;
use crate::model::diagram::{Level, View};
use crate::model::filter::Filter;
use crate::packed::Packed;
use crate::safe;
use crate::tui::beside::Beside;
use crate::tui::chord::Chord;
use crate::tui::column::Chooser;
use crate::tui::compared::Compared;
use crate::tui::keys::{Action, Keys, Place};
use crate::tui::ladder::Ladder;
use crate::tui::list::List;
use crate::tui::panes;
use crate::tui::prompt::{Prompt, Purpose, Typed};
use crate::tui::pump::Progress;
use crate::tui::theme::Theme;
use crate::tui::work::Job;

/// What is on the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Screen {
    List,
    Ladder,
    Chat,
    Compare,
}

/// Which pane of the ladder has the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Focus {
    Diagram,
    Fields,
    Bytes,
}

/// What lies over the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overlay {
    Help,
    Explain,
    Columns,
}

/// Something to be done outside of the state.
pub enum Effect {
    Job(Job),
    Copy(String),
    Suspend,
    Clear,
    Quit,
}

/// The state.
pub struct App {
    pub lang: Lang,
    pub theme: Theme,
    pub keys: Keys,
    pub size: (u16, u16),
    pub live: bool,
    /// The knobs of a replay.
    pub pace: Option<Pace>,
    /// Whether the first connection is to be opened as soon as it is there.
    pub open_first: bool,
    pub clipboard: bool,
    pub aliases: Vec<(String, Endpoint)>,
    pub level: Level,
    /// The filter as it was typed.
    pub filter: String,
    pub progress: Progress,
    pub list: List,
    pub ladder: Option<Ladder>,
    pub compared: Option<Compared>,
    /// The line at the top of the comparison.
    pub compared_top: usize,
    pub screen: Screen,
    pub focus: Focus,
    /// Whether the detail pane is shown; where nobody said, whether there is room.
    pub detail: Option<bool>,
    /// How much of the screen the detail pane takes, in percent.
    pub share: u16,
    pub overlay: Option<Overlay>,
    /// The line at the top of the overlay.
    pub overlay_top: usize,
    /// The columns while they are chosen.
    pub chooser: Chooser,
    /// Where what is chosen is kept.
    pub config: Option<PathBuf>,
    pub prompt: Option<Prompt>,
    /// What there is to say, and whether it is an error.
    pub said: Option<(String, bool)>,
    pub walking: bool,
    pub paused: bool,
    /// What is being done beside the screen.
    pub beside: Beside,
    /// Whether the divider is being dragged.
    pub dragging: bool,
    pub effects: Vec<Effect>,
}

impl App {
    pub fn new(lang: Lang, theme: Theme, keys: Keys) -> App {
        App {
            lang,
            theme,
            keys,
            size: (80, 24),
            live: false,
            pace: None,
            open_first: false,
            clipboard: true,
            aliases: Vec::new(),
            level: Level::Messages,
            filter: String::new(),
            progress: Progress::default(),
            list: List::default(),
            ladder: None,
            compared: None,
            compared_top: 0,
            screen: Screen::List,
            focus: Focus::Diagram,
            detail: None,
            share: 42,
            overlay: None,
            overlay_top: 0,
            chooser: Chooser::new(&[]),
            config: None,
            prompt: None,
            said: None,
            walking: false,
            paused: false,
            beside: Beside::default(),
            dragging: false,
            effects: Vec::new(),
        }
    }

    /// Where keys have their meaning now.
    pub fn place(&self) -> Place {
        match self.screen {
            Screen::List => Place::List,
            _ => Place::Ladder,
        }
    }

    /// Takes a key.
    pub fn key(&mut self, chord: Chord) {
        if self.prompt.is_some() {
            return self.typed(chord);
        }
        self.said = None;
        if let Some(action) = self.keys.action(chord, self.place()) {
            self.act(action);
        }
    }

    /// Takes text that was pasted: it goes where something is typed, and nowhere else.
    pub fn paste(&mut self, text: &str) {
        if let Some(prompt) = &mut self.prompt {
            prompt.insert(text);
            self.changed();
        }
    }

    /// Opens the first connection once it is there, where that was asked for.
    pub fn open_first(&mut self) {
        if self.open_first && self.list.current().is_some() {
            self.open_first = false;
            self.act(Action::Enter);
        }
    }

    /// Whether a recording runs.
    pub fn is_replaying(&self) -> bool {
        !self.progress.done && self.pace.as_ref().is_some_and(|pace| !pace.is_paused())
    }

    /// Takes what the reading found.
    pub fn news(&mut self, summaries: Vec<Packed>, progress: Progress) {
        self.progress = progress;
        let touched = self.ladder.as_ref().is_some_and(|ladder| {
            let known = |packed: &Packed| Some((ladder.trace.connection(packed.id())?, packed.connection()?));
            summaries.iter().filter_map(known).any(|(known, now)| known.packets != now.packets)
        });
        self.list.take(summaries);
        self.list.let_go(self.progress.first);
        if self.progress.done {
            self.list.arrange();
        }
        if touched || self.progress.done {
            self.has_news();
        }
    }

    pub fn say(&mut self, text: impl Into<String>) {
        self.said = Some((text.into(), false));
    }

    /// The view of a level, with the filter.
    pub fn view(&self, level: Level) -> View {
        let mut view = View::new(level, self.lang);
        view.aliases = self.aliases.clone();
        view.only = self.list.filter.clone().map(Filter::only);
        view
    }

    /// Asks for the bytes that the detail pane lacks.
    pub fn want_bytes(&mut self) {
        if let Some(number) = self.ladder.as_mut().and_then(|ladder| ladder.detail.wanted)
            && panes::areas(self).detail.is_some()
        {
            self.effects.push(Effect::Job(Job::Bytes(number)));
        }
    }

    /// Keeps everything within the screen before it is drawn.
    pub fn settle(&mut self) {
        let areas = panes::areas(self);
        if self.screen == Screen::List {
            self.list.settle(usize::from(areas.rows.height));
        }
        if let Some(ladder) = &mut self.ladder {
            ladder.settle(usize::from(areas.diagram.width), usize::from(areas.diagram.height));
            let tree = areas.fields.map_or(0, |area| area.height);
            let bytes = areas.bytes.unwrap_or_default();
            let per_line = panes::hex::per_line(bytes.width);
            ladder.detail.settle(usize::from(tree), usize::from(bytes.height), per_line);
        }
    }

    fn typed(&mut self, chord: Chord) {
        let Some(prompt) = &mut self.prompt else { return };
        match prompt.key(chord) {
            Typed::Given => {
                self.prompt = None;
            }
            Typed::Done => self.done(),
            Typed::Changed => self.changed(),
            Typed::Choice(by) => {
                let count = panes::palette::choices(self).len();
                let Some(prompt) = &mut self.prompt else { return };
                prompt.choice = prompt.choice.saturating_add_signed(by).min(count.saturating_sub(1));
                if matches!(prompt.purpose, Purpose::SaveDiagram | Purpose::SaveScreen) {
                    self.complete();
                }
            }
            Typed::Complete => self.complete(),
            Typed::Nothing => {}
        }
    }

    /// A line changed while it is typed: a filter says at once what is wrong.
    fn changed(&mut self) {
        let Some(prompt) = &mut self.prompt else { return };
        prompt.choice = 0;
        if prompt.purpose == Purpose::Filter && !prompt.text.trim().is_empty() {
            prompt.wrong =
                Filter::parse(&prompt.text).err().map(|wrong| (wrong.column, wrong.say(self.lang)));
        }
    }

    fn complete(&mut self) {
        let choices = panes::palette::choices(self);
        let Some(prompt) = &mut self.prompt else { return };
        if let Some(choice) = choices.get(prompt.choice) {
            match prompt.purpose {
                Purpose::Filter => prompt.replace_word(&choice.0),
                Purpose::Palette => {
                    prompt.text = choice.0.clone();
                    prompt.at = prompt.text.len();
                }
                // The choices stay: each is the same name with another ending.
                _ => {
                    prompt.text = choice.0.clone();
                    prompt.at = prompt.text.len();
                    prompt.wrong = None;
                    return;
                }
            }
            self.changed();
        }
    }

    /// A line is done.
    fn done(&mut self) {
        let chosen = panes::palette::choices(self);
        let Some(prompt) = self.prompt.take() else { return };
        match prompt.purpose {
            Purpose::Filter => self.filter(prompt),
            Purpose::Search => self.search(&prompt.text),
            Purpose::Palette => {
                let name = chosen.get(prompt.choice).map(|(name, _)| name.clone());
                let entry = self.keys.entries().find(|(entry, _)| Some(entry.name) == name.as_deref());
                match entry.map(|(entry, _)| entry.action) {
                    Some(action) => self.act(action),
                    None => {
                        let text = safe::line(&prompt.text);
                        let said = self
                            .lang
                            .pick(format!("no command {text:?}"), format!("{text:?} 명령이 없습니다"));
                        self.said = Some((said, true));
                    }
                }
            }
            Purpose::SaveDiagram | Purpose::SaveMessage | Purpose::SaveScreen => self.save(prompt),
        }
    }

    /// Takes a filter; one that makes no sense stays to be mended.
    fn filter(&mut self, mut prompt: Prompt) {
        let text = prompt.text.trim().to_owned();
        let filter = match Filter::parse(&text) {
            _ if text.is_empty() => None,
            Ok(filter) => Some(filter),
            Err(wrong) => {
                prompt.wrong = Some((wrong.column, wrong.say(self.lang)));
                self.prompt = Some(prompt);
                return;
            }
        };
        self.filter = text;
        self.narrow(filter);
    }
}
