//! What takes long and so is done beside the screen: opening connections, laying out outlines, searching, saving.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;

use crate::capture::{About, Frames, privilege};
use crate::connection::Connection;
use crate::error::Error;
use crate::event::Phase;
use crate::frame::FrameNumber;
use crate::keyring::Keyring;
use crate::limits::Limits;
use crate::locale::Lang;
use crate::model::diagram::{Key, View};
use crate::model::filter::Filter;
use crate::model::outline::Outline;
use crate::model::trace::Trace;
use crate::reading::{Learning, Opening};
use crate::render::cells::Paper;
use crate::render::save::{self, Saved};
use crate::render::screen::{self, Ground};
use crate::tui::column::Column;
use crate::tui::compared::Compared;
use crate::tui::config::Config;
use crate::tui::look::{Look, Sought};
use crate::tui::panes::connections::line;
use crate::tui::pump::Shared;
use crate::tui::rank::{in_order, rank};
use crate::tui::talk::{self, Line};

/// Something to be done.
pub enum Job {
    /// Open these connections; where they are open, read on.
    Open { ids: Vec<u32>, ticket: u64 },
    /// Nothing need be open any more.
    Close,
    /// Lay out a view of a trace.
    Outline {
        trace: Arc<Trace>,
        view: View,
        /// Where the cursor should stand.
        anchor: Option<Key>,
        ticket: u64,
    },
    /// Find a text in labels and payloads of the events from a place on.
    Search { trace: Arc<Trace>, from: usize, needle: String, lang: Lang, ticket: u64 },
    /// Read a frame again.
    Bytes(FrameNumber),
    /// Put these connections in order.
    Sort { ids: Vec<u32>, sort: (Option<Column>, bool) },
    /// Find the first of these connections whose line holds a text.
    Find { ids: Vec<u32>, needle: String, lang: Lang, ticket: u64 },
    /// Look whether events of these connections fit a filter.
    Look { ids: Vec<u32>, filter: Filter, ticket: u64 },
    /// Put two connections side by side.
    Compare { ids: [u32; 2], lang: Lang, ticket: u64 },
    /// Make a file for connections.
    Save(Making),
    /// Write connections to it.
    Fill(Making, File),
    /// Remove what became no document.
    Discard(PathBuf),
    /// Draw a picture of the screen, to be saved.
    Picture { path: PathBuf, buffer: Buffer, ground: Ground },
    /// Let a trace and its layout go: for a long one that takes a while.
    Forget(Arc<Trace>, Arc<Outline>),
    /// Write the columns into the configuration.
    KeepColumns { path: PathBuf, columns: Vec<Column> },
    /// Write bytes.
    SaveBytes { path: PathBuf, bytes: Vec<u8> },
}

/// What came of it.
pub enum Answer {
    /// They were let go, and cannot be opened any more.
    Gone { ticket: u64 },
    /// Connections are open as far as this.
    Opened { trace: Arc<Trace>, read: Read, ticket: u64 },
    /// A view is laid out.
    Outlined { trace: Arc<Trace>, view: View, laid: Laid, ticket: u64 },
    /// The events between these places that hold what was searched, in order.
    Found { hits: Vec<u32>, searched: Range<usize>, ticket: u64 },
    /// Connections in order.
    Sorted { ids: Vec<u32>, sort: (Option<Column>, bool) },
    /// The connection that was looked for.
    Line { id: Option<u32>, ticket: u64 },
    /// Of connections with so many packets: whether an event fits.
    Looked { fits: Vec<(u32, u64, bool)>, ticket: u64 },
    /// The bytes of a frame.
    Bytes(FrameNumber, Vec<u8>),
    /// Two connections side by side.
    Compared(Box<Compared>, u64),
    /// What is to be saved there.
    Drawn(PathBuf, Vec<u8>),
    /// A file is there to be written to.
    Made(Making, File),
    /// A file was written.
    Saved(PathBuf),
    /// It could not, and why.
    Unsaved(PathBuf, String),
    /// It failed, and why.
    Failed(String),
}

/// How far connections are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Read {
    /// Of so many packets that are known of.
    pub packets: usize,
    pub of: usize,
    /// Whether no further ones can come.
    pub over: bool,
}

/// Connections that are being saved.
pub struct Making {
    /// Where; the ending says the format.
    pub path: PathBuf,
    pub ids: Vec<u32>,
    pub view: Box<View>,
    pub paper: Paper,
    pub about: Box<About>,
}

/// An outline, where the cursor goes in it, where its phases begin, and the lines of the chat.
pub struct Laid {
    pub outline: Arc<Outline>,
    pub at: Option<usize>,
    pub phases: Vec<(usize, Phase)>,
    pub said: Vec<Line>,
}

/// Which tickets are the newest: what has an older one is no longer wanted.
#[derive(Debug, Default)]
pub struct Newest {
    pub opening: AtomicU64,
    pub layout: AtomicU64,
}

/// Where a job is done, each place one after the other: what is quick does not wait for what is long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// Opening connections.
    Open,
    /// What the screen shows next.
    Show,
    /// Searching.
    Search,
    /// Making files; what other lanes make of packets is all that is written here.
    Save,
}

impl Lane {
    /// All.
    pub const ALL: [Lane; 4] = [Lane::Open, Lane::Show, Lane::Search, Lane::Save];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Lane::Open => "open",
            Lane::Show => "show",
            Lane::Search => "search",
            Lane::Save => "save",
        }
    }
}

impl Job {
    /// Where it is done.
    pub fn lane(&self) -> Lane {
        match self {
            Job::Open { .. } | Job::Close | Job::Compare { .. } => Lane::Open,
            Job::Outline { .. } | Job::Bytes(_) | Job::Sort { .. } => Lane::Show,
            Job::Save(_) | Job::Discard(_) | Job::SaveBytes { .. } | Job::KeepColumns { .. } => Lane::Save,
            _ => Lane::Search,
        }
    }
}

/// Does jobs one after the other.
pub struct Worker {
    pub shared: Arc<Shared>,
    pub frames: Option<Frames>,
    pub limits: Limits,
    pub newest: Arc<Newest>,
    /// What is being opened.
    pub opening: Option<Opening>,
}

/// So many packets are read before something is shown, in so much time; then three times as many as before.
const FIRST: (usize, Duration) = (4096, Duration::from_millis(40));
/// So often connections are opened anew where frames were let go before they were read.
const TRIES: usize = 4;
/// So many summaries are looked at while the reading waits.
const LOOKS: usize = 512;

impl Worker {
    /// Another one, for another lane.
    pub fn another(&self) -> Worker {
        let Worker { shared, frames, limits, newest, .. } = self;
        let (shared, newest) = (Arc::clone(shared), Arc::clone(newest));
        Worker { shared, frames: frames.clone(), limits: limits.clone(), newest, opening: None }
    }

    /// Does a job; `None` where nobody wants its answer any more.
    pub fn work(&mut self, job: Job) -> Option<Answer> {
        match job {
            Job::Open { ids, ticket } => match self.go_on(&ids, ticket) {
                Ok(opened) => opened,
                Err(why) => Some(Answer::Failed(why)),
            },
            Job::Close => {
                self.opening = None;
                None
            }
            Job::Outline { trace, view, anchor, ticket } => {
                let stale = ticket < self.newest.layout.load(Ordering::Relaxed);
                (!stale).then(|| Answer::Outlined { laid: lay(&trace, &view, anchor), trace, view, ticket })
            }
            Job::Search { trace, from, needle, lang, ticket } => {
                let searched = from..trace.events.len();
                let hits = search(&trace, searched.clone(), &needle, lang);
                Some(Answer::Found { hits, searched, ticket })
            }
            Job::Bytes(number) => self.bytes(number),
            Job::Sort { ids, sort } => {
                let mut ranked = Vec::with_capacity(ids.len());
                self.summaries(&ids, |of| {
                    ranked.push((rank(sort.0, of), of.id));
                    true
                });
                Some(Answer::Sorted { ids: in_order(ranked, sort.1), sort })
            }
            Job::Find { ids, needle, lang, ticket } => {
                Some(Answer::Line { id: self.find(&ids, &needle, lang), ticket })
            }
            Job::Look { ids, filter, ticket } => {
                Some(Answer::Looked { fits: self.look(&ids, &filter), ticket })
            }
            Job::Compare { ids, lang, ticket } => Some(match self.compare(ids, lang, ticket) {
                Ok(Some(compared)) => Answer::Compared(Box::new(compared), ticket),
                Ok(None) => Answer::Gone { ticket },
                Err(why) => Answer::Failed(why),
            }),
            Job::Save(making) => Some(match privilege::create(&making.path) {
                Ok(file) => Answer::Made(making, file),
                Err(error) => Answer::Failed(error.to_string()),
            }),
            Job::Fill(making, file) => Some(self.fill(making, file)),
            Job::Discard(path) => {
                discard(&path);
                None
            }
            Job::Picture { path, buffer, ground } => Some(match picture(&path, &buffer, ground) {
                Ok(document) => Answer::Drawn(path, document),
                Err(error) => Answer::Failed(error.to_string()),
            }),
            Job::Forget(trace, outline) => {
                drop((trace, outline));
                None
            }
            Job::KeepColumns { path, columns } => Some(kept(path, &columns)),
            Job::SaveBytes { path, bytes } => Some(saved(path, &bytes)),
        }
    }

    /// The first of these connections whose line holds a text.
    fn find(&self, ids: &[u32], needle: &str, lang: Lang) -> Option<u32> {
        let mut id = None;
        self.summaries(ids, |of| {
            id = line(of, lang).to_lowercase().contains(needle).then_some(of.id);
            id.is_none()
        });
        id
    }

    /// Gives the summaries of these connections to `each`, until it wants no more.
    fn summaries(&self, ids: &[u32], mut each: impl FnMut(&Connection) -> bool) {
        for ids in ids.chunks(LOOKS) {
            let (more, _) = self.shared.with(|survey, _| {
                let mut known = ids.iter().filter_map(|&id| survey.packed(id)?.connection());
                known.all(|of| each(&of))
            });
            if !more {
                return;
            }
        }
    }

    /// Begins to open connections, of which nothing was let go that is to be read.
    fn begin(&self, frames: &Frames, ids: &[u32]) -> (Opening, Arc<Keyring>) {
        self.shared.let_go(frames.first());
        self.shared.with(|survey, _| Opening::new(survey, ids, &self.limits))
    }

    /// Opens connections, or reads on in those that are open.
    fn go_on(&mut self, ids: &[u32], ticket: u64) -> Result<Option<Answer>, String> {
        let Some(frames) = &self.frames else {
            let trace = Arc::new(Trace::default());
            return Ok(Some(Answer::Opened { trace, read: Read { over: true, ..Read::default() }, ticket }));
        };
        if self.shared.hides() {
            let trace = Arc::new(self.open(ids, ticket)?);
            let (over, _) = self.shared.with(|_, over| over);
            if trace.connections.is_empty() {
                return Ok(Some(Answer::Gone { ticket }));
            }
            let packets = trace.packets.len();
            return Ok(Some(Answer::Opened { trace, read: Read { packets, of: packets, over }, ticket }));
        }
        let known = self.opening.take().filter(|opening| opening.ids() == ids && !opening.is_overtaken());
        let ((known, over), mut keys) = self
            .shared
            .with(|survey, over| (known.and_then(|mut known| known.follow(survey).then_some(known)), over));
        let mut opening = match known {
            Some(known) => known,
            None => {
                let begun = self.begin(frames, ids);
                keys = begun.1;
                begun.0
            }
        };
        self.read(frames, &mut opening, &keys, ticket).map_err(|error| error.to_string())?;
        if opening.is_void() {
            return Ok(Some(Answer::Gone { ticket }));
        }
        if ticket < self.newest.opening.load(Ordering::Relaxed) {
            self.opening = Some(opening);
            return Ok(None);
        }
        let (packets, of) = opening.progress();
        let read = Read { packets, of, over: over && packets == of };
        let trace = if read.over {
            opening.finish(&keys)
        } else {
            let (trace, _) = self.shared.with(|survey, _| opening.so_far(survey));
            self.opening = Some(opening);
            trace
        };
        Ok(Some(Answer::Opened { trace: Arc::new(trace), read, ticket }))
    }

    /// Reads the next part of what is being opened; from the begin again where that was let go meanwhile.
    fn read(&self, frames: &Frames, opening: &mut Opening, keys: &Keyring, ticket: u64) -> Result<(), Error> {
        for _ in 0..TRIES {
            let (before, _) = opening.progress();
            let mut left = if before == 0 { FIRST.0 } else { 3 * before.max(FIRST.0) };
            let (newest, began) = (Arc::clone(&self.newest), Instant::now());
            let enough = move || {
                left = left.saturating_sub(1);
                let slow = before == 0 && left % 64 == 0 && began.elapsed() > FIRST.1;
                left == 0 || slow || ticket < newest.opening.load(Ordering::Relaxed)
            };
            opening.read(frames, keys, enough)?;
            if !opening.is_overtaken() {
                break;
            }
            *opening = self.begin(frames, opening.ids()).0;
        }
        Ok(())
    }

    /// The bytes of a frame, hidden where anything is: a secret in them may be masked or compressed, so that no search
    /// finds it.
    fn bytes(&self, number: FrameNumber) -> Option<Answer> {
        let mut bytes = Vec::new();
        self.frames.as_ref()?.read([number], |frame| bytes = frame.bytes.to_vec()).ok()?;
        self.shared.hide(|_| bytes.fill(b'*'));
        Some(Answer::Bytes(number, bytes))
    }

    /// Opens connections to their end, with what is not to be shown hidden. Those that were let go are not in it.
    fn open(&self, ids: &[u32], ticket: u64) -> Result<Trace, String> {
        let Some(frames) = &self.frames else { return Ok(Trace::default()) };
        if self.shared.is_to_be_learned() {
            let (learning, keys) = self.shared.with(|survey, _| Learning::new(survey, &self.limits));
            let mut read = Ok(());
            self.shared.hide(|redactor| read = learning.read(frames, &keys, redactor));
            read.map_err(|error| error.to_string())?;
        }
        let mut tries = 0..TRIES;
        let mut trace = loop {
            let (mut opening, keys) = self.begin(frames, ids);
            let newest = Arc::clone(&self.newest);
            let stale = move || ticket < newest.opening.load(Ordering::Relaxed);
            opening.read(frames, &keys, stale).map_err(|error| error.to_string())?;
            if !opening.is_overtaken() || tries.next().is_none() {
                break opening.finish(&keys);
            }
        };
        self.shared.hide(|redactor| redactor.trace(&mut trace));
        Ok(trace)
    }

    /// Whether events of these connections fit a filter; where they cannot be read, nothing is ruled out.
    fn look(&self, ids: &[u32], filter: &Filter) -> Vec<(u32, u64, bool)> {
        let (sought, keys) = self.shared.with(|survey, _| {
            let known = ids.iter().filter_map(|&id| survey.packed(id)?.connection());
            let sought = known.map(|of| (of.id, Sought { connection: of, before: None, fits: false }));
            let (engine, frames) = (survey.engine(ids, &self.limits), survey.frames_of(ids));
            (
                Look { filter, left: Arc::new(AtomicUsize::new(ids.len())), sought: sought.collect() },
                engine,
                frames,
            )
        });
        let (mut look, mut engine, numbers) = sought;
        let left = Arc::clone(&look.left);
        let numbers = numbers.into_iter().take_while(|_| left.load(Ordering::Relaxed) > 0);
        let read = self
            .frames
            .as_ref()
            .map(|frames| frames.read(numbers, |frame| engine.feed(&frame, &keys, &mut look)));
        engine.finish(&keys, &mut look);
        let unread = !matches!(read, Some(Ok(())));
        let told = look.sought.into_values().map(|sought| {
            let [sent, received] = sought.connection.packets;
            (sought.connection.id, sent + received, sought.fits || unread)
        });
        told.collect()
    }

    /// Writes connections to a file that is open.
    fn fill(&self, making: Making, file: File) -> Answer {
        let Making { path, ids, view, paper, about } = making;
        let Some(frames) = &self.frames else {
            return Answer::Unsaved(path, "the packets of this input cannot be read again".to_owned());
        };
        if self.shared.hides() && save::Format::of(&path).is_ok_and(|format| format == save::Format::Capture)
        {
            let why = "packets are kept as they were captured, with all secrets in them: --redact cannot hide there";
            return Answer::Unsaved(path, why.to_owned());
        }
        let trace = match self.open(&ids, u64::MAX) {
            Ok(trace) => trace,
            Err(why) => return Answer::Unsaved(path, why),
        };
        if trace.connections.is_empty() {
            let why = "the connection was let go to keep within --spool-limit: choose a newer one";
            return Answer::Unsaved(path, why.to_owned());
        }
        let (numbers, _) = self.shared.with(|survey, _| survey.frames_of(&ids));
        let what = Saved { trace, view: &view, paper, about: &about, frames: (frames, numbers) };
        let mut out = BufWriter::new(file);
        match what.write(&path, &mut out).and_then(|()| out.flush().map_err(unwritten)) {
            Ok(()) => Answer::Saved(path),
            Err(error) => Answer::Unsaved(path, error.to_string()),
        }
    }

    /// Puts two connections side by side; `None` where one was let go.
    fn compare(&self, ids: [u32; 2], lang: Lang, ticket: u64) -> Result<Option<Compared>, String> {
        let traces = [self.open(&ids[..1], ticket)?, self.open(&ids[1..], ticket)?];
        let gone = self.frames.is_some() && traces.iter().any(|trace| trace.connections.is_empty());
        Ok((!gone).then(|| Compared::of_connections(&traces, lang)))
    }
}

/// Lays a view out.
pub fn lay(trace: &Trace, view: &View, anchor: Option<Key>) -> Laid {
    let outline = Outline::new(trace, view);
    let at = anchor.and_then(|key| outline.locate(trace, key));
    let phases = (0..outline.len()).filter_map(|index| Some((index, outline.phase(index)?))).collect();
    Laid { outline: Arc::new(outline), at, phases, said: talk::lines(trace) }
}

/// The events among these whose label or decoded payload holds `needle`, upper and lower case being the same.
fn search(trace: &Trace, among: Range<usize>, needle: &str, lang: Lang) -> Vec<u32> {
    let pattern = regex::bytes::RegexBuilder::new(&regex::escape(needle)).case_insensitive(true).build();
    let Ok(pattern) = pattern else { return Vec::new() };
    let holds = |place: &usize| {
        let facts = &trace.events[*place].event.facts;
        pattern.is_match(facts.label(lang).as_bytes())
            || facts.payload().is_some_and(|payload| pattern.is_match(&payload.bytes))
    };
    among.filter(holds).filter_map(|place| u32::try_from(place).ok()).collect()
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

/// Half a document is none; a device is no document.
fn discard(path: &Path) {
    if path.symlink_metadata().is_ok_and(|about| about.is_file()) {
        let _ = std::fs::remove_file(path);
    }
}

/// Writes the columns into the configuration.
fn kept(path: PathBuf, columns: &[Column]) -> Answer {
    let ids: Vec<&str> = columns.iter().map(|column| column.id()).collect();
    match Config::keep_columns(&path, &ids) {
        Ok(()) => Answer::Saved(path),
        Err(error) => Answer::Failed(error.to_string()),
    }
}

fn unwritten(cause: std::io::Error) -> Error {
    Error::Write { what: "the file".to_owned(), cause }
}

fn saved(path: PathBuf, bytes: &[u8]) -> Answer {
    let mut file = match privilege::create(&path) {
        Ok(file) => file,
        Err(error) => return Answer::Failed(error.to_string()),
    };
    match file.write_all(bytes).map_err(unwritten) {
        Ok(()) => Answer::Saved(path),
        Err(error) => {
            discard(&path);
            Answer::Failed(error.to_string())
        }
    }
}
