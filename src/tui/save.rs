//! What leaves the screen: files of what is open, ticked or shown, a picture of the screen itself, the clipboard.

use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::diagram::Key;
use crate::render::cells::{Charset, Clock, Paper};
use crate::render::save::{FORMATS, Format};
use crate::safe;
use crate::tui::app::{App, Effect, Focus, Screen};
use crate::tui::panes;
use crate::tui::prompt::{Prompt, Purpose};
use crate::tui::work::{Job, Making};

/// Cells of a line of saved text.
const WIDTH: usize = 100;
/// The endings of a picture of the screen.
const PICTURES: [&str; 3] = ["svg", "png", "txt"];

impl App {
    /// The connections that saving is about: those that are open; on the list those that are ticked, else the one
    /// under the cursor.
    fn to_save(&self) -> Vec<u32> {
        match (&self.ladder, self.screen) {
            (Some(ladder), Screen::Ladder | Screen::Chat) => ladder.ids.clone(),
            _ if !self.list.ticked.is_empty() => {
                let mut ids = self.list.ticked.clone();
                ids.sort_unstable();
                ids
            }
            _ => self.list.current().into_iter().collect(),
        }
    }

    /// Asks for the name of the file to save to.
    pub fn ask_where(&mut self) {
        let ids = self.to_save();
        let Some(first) = ids.first() else {
            return self.say(self.lang.pick("there is nothing to save", "저장할 것이 없습니다"));
        };
        let message = self.ladder.as_ref().filter(|ladder| {
            self.screen == Screen::Ladder && self.focus != Focus::Diagram && !ladder.detail.payload.is_empty()
        });
        let (purpose, name) = match message.map(|ladder| ladder.detail.key) {
            Some(Some(Key::Event(id, n))) => (Purpose::SaveMessage, format!("message-{id}-{n}.bin")),
            Some(_) => (Purpose::SaveMessage, "message.bin".to_owned()),
            None if ids.len() == 1 => (Purpose::SaveDiagram, format!("connection-{first}.svg")),
            None => (Purpose::SaveDiagram, format!("connections-{first}-and-{}-more.svg", ids.len() - 1)),
        };
        self.prompt = Some(Prompt::new(purpose, name));
    }

    /// Asks for the name of the file for a picture of the screen.
    pub fn ask_where_picture(&mut self) {
        self.prompt = Some(Prompt::new(Purpose::SaveScreen, "screen.svg".to_owned()));
    }

    /// The names that saving offers: what is typed, with each ending.
    pub fn endings(&self, prompt: &Prompt) -> Vec<(String, String)> {
        let stem = prompt.text.rsplit_once('.').map_or(prompt.text.as_str(), |(stem, _)| stem);
        let fits = |ending: &str| match prompt.purpose {
            Purpose::SaveDiagram => true,
            Purpose::SaveScreen => PICTURES.contains(&ending),
            _ => false,
        };
        let offered = FORMATS.iter().filter(|(ending, ..)| fits(ending));
        offered
            .map(|(ending, _, about)| (format!("{stem}.{ending}"), self.lang.of(*about).to_owned()))
            .collect()
    }

    /// Saves; what cannot be saved so stays to be mended.
    pub fn save(&mut self, mut prompt: Prompt) {
        let path = PathBuf::from(prompt.text.trim());
        if path.as_os_str().is_empty() {
            return;
        }
        if let Err(why) = self.may_save(prompt.purpose, &path, &prompt) {
            prompt.wrong = Some((0, why));
            self.prompt = Some(prompt);
            return;
        }
        let job = match prompt.purpose {
            Purpose::SaveMessage => {
                let Some(ladder) = &self.ladder else { return };
                Job::SaveBytes { path, bytes: ladder.detail.payload.clone() }
            }
            Purpose::SaveScreen => {
                let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
                panes::draw(&mut buffer, self);
                Job::Picture { path, buffer, ground: self.theme.ground() }
            }
            _ => {
                let open = self.ladder.as_ref().filter(|_| self.screen != Screen::List);
                let view = open.map_or_else(|| self.view(self.level), |ladder| ladder.view.clone());
                let paper = Paper { width: WIDTH, charset: Charset::Ladder, clock: Clock::Relative };
                let paper = open.map_or(paper, |ladder| ladder.paper(WIDTH));
                let (view, about) = (Box::new(view), Box::new(self.progress.about.clone()));
                Job::Save(Making { path, ids: self.to_save(), view, paper, about })
            }
        };
        self.effects.push(Effect::Job(job));
    }

    /// Whether it can be saved under this name, or why not. A file that is there is replaced when asked twice.
    fn may_save(&self, purpose: Purpose, path: &Path, prompt: &Prompt) -> Result<(), String> {
        let ending =
            path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        match purpose {
            Purpose::SaveDiagram => drop(Format::of(path).map_err(|error| error.to_string())?),
            Purpose::SaveScreen if !PICTURES.contains(&ending.as_str()) => {
                return Err(self
                    .lang
                    .pick("use .svg, .png or .txt", ".svg, .png, .txt 중 하나로 끝내세요")
                    .to_owned());
            }
            _ => {}
        }
        let replace = self.lang.pick(
            "it is there already: Enter again replaces it",
            "이미 있습니다. Enter를 다시 누르면 바꿉니다",
        );
        let asked = prompt.wrong.as_ref().is_some_and(|(_, why)| why == replace);
        if path.symlink_metadata().is_ok() && !asked { Err(replace.to_owned()) } else { Ok(()) }
    }

    /// Puts what the cursor is on into the terminal's clipboard.
    pub fn copy(&mut self) {
        if !self.clipboard {
            self.say(self.lang.pick("copying is switched off", "복사가 꺼져 있습니다"));
            return;
        }
        let text = match (&self.ladder, self.screen) {
            (Some(ladder), Screen::Ladder | Screen::Chat) => {
                ladder.detail.copied(self.focus == Focus::Fields)
            }
            _ => {
                let current = self.list.current().and_then(|id| self.list.get(id));
                let Some(connection) = current else { return };
                let line = panes::connections::line(&connection, self.lang);
                safe::line(&line)
            }
        };
        let count = text.chars().count();
        self.effects.push(Effect::Copy(text));
        self.say(self.lang.pick(format!("copied {count} characters"), format!("{count}자 복사함")));
    }
}
