//! What takes long and so is done beside the screen: opening connections, laying out outlines, searching, saving.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ratatui::buffer::Buffer;

use crate::capture::{About, Frames, privilege};
use crate::error::Error;
use crate::event::Phase;
use crate::frame::FrameNumber;
use crate::limits::Limits;
use crate::locale::Lang;
use crate::model::comparison::{self, Costs};
use crate::model::diagram::{Key, Level, View, What};
use crate::model::outline::Outline;
use crate::model::trace::Trace;
use crate::reading::Opening;
use crate::render::cells::Paper;
use crate::render::save::{self, Saved};
use crate::render::screen::{self, Ground};
use crate::tui::column::Column;
use crate::tui::config::Config;
use crate::tui::pump::Shared;

/// Something to be done.
pub enum Job {
    /// Open these connections.
    Open {
        ids: Vec<u32>,
        view: View,
        /// Where the cursor should stand.
        anchor: Option<Key>,
        ticket: u64,
    },
    /// Lay out another view of an open trace.
    Outline { trace: Arc<Trace>, view: View, anchor: Option<Key>, ticket: u64 },
    /// Find a text in labels and payloads.
    Search { trace: Arc<Trace>, needle: String, lang: Lang, ticket: u64 },
    /// Read a frame again.
    Bytes(FrameNumber),
    /// Put two connections side by side.
    Compare { ids: [u32; 2], lang: Lang, ticket: u64 },
    /// Write connections in the format that the name asks for.
    Save { path: PathBuf, ids: Vec<u32>, view: Box<View>, paper: Paper, about: Box<About> },
    /// Write a picture of the screen.
    SaveScreen { path: PathBuf, buffer: Buffer, ground: Ground },
    /// Let a trace and its layout go: for a long one that takes a while.
    Forget(Arc<Trace>, Arc<Outline>),
    /// Write the columns into the configuration.
    KeepColumns { path: PathBuf, columns: Vec<Column> },
    /// Write bytes.
    SaveBytes { path: PathBuf, bytes: Vec<u8> },
}

/// What came of it.
pub enum Answer {
    /// Connections are open.
    Opened { ids: Vec<u32>, trace: Arc<Trace>, laid: Laid, ticket: u64 },
    /// Another view is laid out.
    Outlined { laid: Laid, ticket: u64 },
    /// The events that hold what was searched, in order.
    Found { hits: Vec<Key>, ticket: u64 },
    /// The bytes of a frame.
    Bytes(FrameNumber, Vec<u8>),
    /// Two connections side by side.
    Compared(Box<Compared>, u64),
    /// A file was written.
    Saved(PathBuf),
    /// It failed, and why.
    Failed(String),
}

/// An outline, where the cursor goes in it, and where its phases begin.
pub struct Laid {
    pub outline: Arc<Outline>,
    pub at: Option<usize>,
    pub phases: Vec<(usize, Phase)>,
}

/// Two connections side by side.
pub struct Compared {
    pub ids: [u32; 2],
    /// What each cost: a name and two values a line.
    pub costs: Vec<Vec<String>>,
    /// The steps of both, those that are the same beside each other.
    pub steps: Vec<[Option<String>; 2]>,
}

/// Does jobs one after the other.
#[derive(Clone)]
pub struct Worker {
    pub shared: Arc<Shared>,
    pub frames: Option<Frames>,
    pub limits: Limits,
    /// The newest ticket: what has an older one is no longer wanted.
    pub newest: Arc<AtomicU64>,
}

/// So many steps of each connection are compared.
const STEPS: usize = 600;

impl Worker {
    /// Does a job; `None` where nobody wants its answer any more.
    pub fn work(&self, job: Job) -> Option<Answer> {
        match job {
            Job::Open { ids, view, anchor, ticket } => self.opened(ids, &view, anchor, ticket),
            Job::Outline { trace, view, anchor, ticket } => {
                let stale = ticket < self.newest.load(Ordering::Relaxed);
                let answer = || Answer::Outlined { laid: lay(&trace, &view, anchor), ticket };
                (!stale).then(answer)
            }
            Job::Search { trace, needle, lang, ticket } => {
                Some(Answer::Found { hits: search(&trace, &needle, lang), ticket })
            }
            Job::Bytes(number) => {
                let mut bytes = Vec::new();
                self.frames.as_ref()?.read([number], |frame| bytes = frame.bytes.to_vec()).ok()?;
                Some(Answer::Bytes(number, bytes))
            }
            Job::Compare { ids, lang, ticket } => Some(match self.compare(ids, lang, ticket) {
                Ok(compared) => Answer::Compared(Box::new(compared), ticket),
                Err(why) => Answer::Failed(why),
            }),
            Job::Save { path, ids, view, paper, about } => Some(self.save(path, &ids, &view, paper, &about)),
            Job::SaveScreen { path, buffer, ground } => Some(match picture(&path, &buffer, ground) {
                Ok(document) => saved(path, |out| out.write_all(&document).map_err(unwritten)),
                Err(error) => Answer::Failed(error.to_string()),
            }),
            Job::Forget(trace, outline) => {
                drop((trace, outline));
                None
            }
            Job::KeepColumns { path, columns } => {
                let ids: Vec<&str> = columns.iter().map(|column| column.id()).collect();
                Some(match Config::keep_columns(&path, &ids) {
                    Ok(()) => Answer::Saved(path),
                    Err(error) => Answer::Failed(error.to_string()),
                })
            }
            Job::SaveBytes { path, bytes } => {
                Some(saved(path, |out| out.write_all(&bytes).map_err(unwritten)))
            }
        }
    }

    fn opened(&self, ids: Vec<u32>, view: &View, anchor: Option<Key>, ticket: u64) -> Option<Answer> {
        match self.open(&ids, ticket) {
            Ok(_) if ticket < self.newest.load(Ordering::Relaxed) => None,
            Ok(trace) => {
                let laid = lay(&trace, view, anchor);
                Some(Answer::Opened { ids, trace: Arc::new(trace), laid, ticket })
            }
            Err(why) => Some(Answer::Failed(why)),
        }
    }

    fn open(&self, ids: &[u32], ticket: u64) -> Result<Trace, String> {
        let Some(frames) = &self.frames else { return Ok(Trace::default()) };
        let (opening, keys) = self.shared.with(|survey| Opening::new(survey, ids, &self.limits));
        let newest = self.newest.clone();
        let stale = move || ticket < newest.load(Ordering::Relaxed);
        opening.read(frames, &keys, stale).map_err(|error| error.to_string())
    }

    fn save(&self, path: PathBuf, ids: &[u32], view: &View, paper: Paper, about: &About) -> Answer {
        let Some(frames) = &self.frames else {
            return Answer::Failed("the packets of this input cannot be read again".to_owned());
        };
        let trace = match self.open(ids, u64::MAX) {
            Ok(trace) => trace,
            Err(why) => return Answer::Failed(why),
        };
        let (numbers, _) = self.shared.with(|survey| survey.frames_of(ids));
        let what = Saved { trace, view, paper, about, frames: (frames, numbers) };
        let name = path.clone();
        saved(path, |out| what.write(&name, out))
    }

    fn compare(&self, ids: [u32; 2], lang: Lang, ticket: u64) -> Result<Compared, String> {
        let traces = [self.open(&ids[..1], ticket)?, self.open(&ids[1..], ticket)?];
        let costs = comparison::lines(&traces.each_ref().map(Costs::of), lang);
        let steps = traces.each_ref().map(|trace| steps(trace, lang));
        Ok(Compared { ids, costs, steps: align(&steps[0], &steps[1]) })
    }
}

fn lay(trace: &Trace, view: &View, anchor: Option<Key>) -> Laid {
    let outline = Outline::new(trace, view);
    let at = anchor.and_then(|key| outline.locate(trace, key));
    let mut phases = Vec::new();
    for index in 0..outline.len() {
        if matches!(outline.key(trace, index), Key::Phase(..))
            && let What::Band { phase, .. } = outline.row(trace, index).what
        {
            phases.push((index, phase));
        }
    }
    Laid { outline: Arc::new(outline), at, phases }
}

/// The events whose label or decoded payload holds `needle`, upper and lower case being the same.
fn search(trace: &Trace, needle: &str, lang: Lang) -> Vec<Key> {
    let pattern = regex::bytes::RegexBuilder::new(&regex::escape(needle)).case_insensitive(true).build();
    let Ok(pattern) = pattern else { return Vec::new() };
    let mut hits = Vec::new();
    for traced in &trace.events {
        let facts = &traced.event.facts;
        let held = pattern.is_match(facts.label(lang).as_bytes())
            || facts.payload().is_some_and(|payload| pattern.is_match(&payload.bytes));
        if held {
            hits.push(Key::Event(traced.connection, traced.event.n));
        }
    }
    hits
}

/// A picture of the screen in the format that the name asks for.
fn picture(path: &Path, buffer: &Buffer, ground: Ground) -> Result<Vec<u8>, Error> {
    let draw = |own_fonts| screen::draw(buffer, ground, "seqdump", own_fonts);
    match save::Format::of(path)? {
        save::Format::Txt => Ok(screen::text(buffer).into_bytes()),
        #[cfg(feature = "png")]
        save::Format::Png => crate::render::png::paint(&draw(true), None),
        _ => Ok(draw(false).svg.into_bytes()),
    }
}

fn unwritten(cause: std::io::Error) -> Error {
    Error::Write { what: "the file".to_owned(), cause }
}

fn saved(path: PathBuf, write: impl FnOnce(&mut dyn Write) -> Result<(), Error>) -> Answer {
    let file = match privilege::create(&path) {
        Ok(file) => file,
        Err(error) => return Answer::Failed(error.to_string()),
    };
    let mut out = std::io::BufWriter::new(file);
    match write(&mut out).and_then(|()| out.flush().map_err(unwritten)) {
        Ok(()) => Answer::Saved(path),
        Err(error) => {
            // Half a document is none.
            let _ = std::fs::remove_file(&path);
            Answer::Failed(error.to_string())
        }
    }
}

/// The messages of a connection with an arrow for who spoke.
fn steps(trace: &Trace, lang: Lang) -> Vec<String> {
    let diagram = Outline::new(trace, &View::new(Level::Messages, lang));
    let rows = (0..diagram.len()).map(|index| diagram.row(trace, index).what);
    let told = rows.filter_map(|what| match what {
        What::Arrow { from, to, label, .. } => Some(format!("{} {label}", if from < to { '→' } else { '←' })),
        What::Gap { label, .. } => Some(format!("… {label}")),
        What::Note { text, .. } => Some(format!("! {text}")),
        What::Verdict { text, .. } => Some(format!("= {text}")),
        What::Milestone { label, .. } => Some(format!("= {label}")),
        _ => None,
    });
    told.take(STEPS).collect()
}

/// Both lists with what is the same beside each other: a longest common subsequence.
fn align(left: &[String], right: &[String]) -> Vec<[Option<String>; 2]> {
    let width = right.len() + 1;
    let mut longest = vec![0_u32; (left.len() + 1) * width];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            longest[i * width + j] = if left[i] == right[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < left.len() || j < right.len() {
        let both = i < left.len() && j < right.len();
        if both && left[i] == right[j] {
            lines.push([Some(left[i].clone()), Some(right[j].clone())]);
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || (both && longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
            lines.push([Some(left[i].clone()), None]);
            i += 1;
        } else {
            lines.push([None, Some(right[j].clone())]);
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_stands_beside_each_other() {
        let list = |text: &str| text.chars().map(|c| c.to_string()).collect::<Vec<_>>();
        let lines = align(&list("abcd"), &list("axcd"));
        let shown: Vec<String> = lines
            .iter()
            .map(|line| line.each_ref().map(|side| side.clone().unwrap_or("-".to_owned())).concat())
            .collect();
        assert_eq!(shown, ["aa", "b-", "-x", "cc", "dd"]);
    }
}
