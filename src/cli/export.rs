//! `seqdump export`: the events for programs, HTTP archives, tables, and captures of chosen connections.

use std::collections::BTreeSet;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::complaint::complain;
use super::redact::forgotten;
use super::{Common, output};
use crate::capture::{Frames, privilege, write};
use crate::connection::Connection;
use crate::diagnostic::Note;
use crate::engine::Observer;
use crate::error::Error;
use crate::event::{Event, Packet, Value};
use crate::frame::{FrameNumber, LinkType};
use crate::keyring::ClientRandom;
use crate::model::filter::Filter;
use crate::model::redact::Redactor;
use crate::reading::{Learner, Reading, Step};
use crate::render::har::Archive;
use crate::render::json::Lines;
#[cfg(feature = "parquet")]
use crate::render::parquet::Tables;
use crate::survey::Survey;

/// Write the events for programs.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The captures
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The format
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,
    /// Where to write it, instead of to standard output; a folder for parquet
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write payloads whole, not just their first 4 KiB (jsonl)
    #[arg(long)]
    full: bool,
    /// Put the TLS secrets of the chosen connections into the capture, which then decrypts anywhere (pcapng)
    #[arg(long)]
    embed_keys: bool,
    /// Give each capture a folder of its own, `capture=NAME` (parquet)
    #[arg(long)]
    partition: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object a line (docs/events.md)
    Jsonl,
    /// An HTTP archive (HAR 1.2) with the WebSocket messages
    Har,
    /// A capture of the chosen connections
    Pcapng,
    /// Tables of events and connections
    Parquet,
}

/// A file or standard output, buffered.
type Out = Box<dyn Write>;

impl Export {
    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        if self.embed_keys && self.format != Format::Pcapng {
            return Err(Error::Usage("--embed-keys goes with --format pcapng".to_owned()));
        }
        if self.partition && self.format != Format::Parquet {
            return Err(Error::Usage("--partition goes with --format parquet".to_owned()));
        }
        match self.format {
            Format::Jsonl => self.lines(common),
            Format::Har => self.archive(common),
            Format::Pcapng => self.capture(common),
            Format::Parquet => self.tables(common),
        }
    }

    /// Where it is written; to be called once the inputs are open.
    fn out(&self) -> Result<Out, Error> {
        match self.output.as_deref().filter(|path| path.as_os_str() != "-") {
            None => Ok(Box::new(output())),
            Some(path) => {
                self.spare(path)?;
                Ok(Box::new(BufWriter::with_capacity(1 << 16, privilege::create(path)?)))
            }
        }
    }

    /// Refuses to write over an input.
    fn spare(&self, path: &Path) -> Result<(), Error> {
        let real = path.canonicalize().ok();
        match real.is_some() && self.files.iter().any(|file| file.canonicalize().ok() == real) {
            true => Err(Error::Usage("the output is one of the inputs: name another file".to_owned())),
            false => Ok(()),
        }
    }

    fn lines(&self, common: &Common) -> Result<(), Error> {
        let filter = common.filter()?;
        let redactor = learned(common, &self.files)?;
        let (mut reading, _) = common.open(&self.files, false)?;
        let out = self.out()?;
        common.confine()?;
        let mut lines = Lines::new(out, self.full);
        lines.capture(&reading.about())?;
        let mut writer = Writer { out: lines, filter, redactor, failed: None };
        writer.all(&mut reading)?;
        let truncated = reading.truncated();
        let dropped = reading.dropped();
        writer.out.finish(reading.totals(), truncated, dropped)
    }

    fn archive(&self, common: &Common) -> Result<(), Error> {
        let filter = common.filter()?;
        let redactor = learned(common, &self.files)?;
        let (mut reading, _) = common.open(&self.files, false)?;
        let out = self.out()?;
        common.confine()?;
        let mut writer = Writer { out: Archive::new(out)?, filter, redactor, failed: None };
        writer.all(&mut reading)?;
        writer.out.finish()
    }

    #[cfg(not(feature = "parquet"))]
    fn tables(&self, _common: &Common) -> Result<(), Error> {
        Err(Error::Usage("this build has no parquet: build with --features parquet".to_owned()))
    }

    /// Reads each capture by itself; together they fill one pair of tables, or with `--partition` each its own.
    #[cfg(feature = "parquet")]
    fn tables(&self, common: &Common) -> Result<(), Error> {
        let Some(folder) = &self.output else {
            return Err(Error::Usage("tables are two files: name a folder with -o".to_owned()));
        };
        let filter = common.filter()?;
        let mut redactor = learned(common, &self.files)?;
        let mut inputs = Vec::new();
        for path in &self.files {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            if self.partition && inputs.iter().any(|(known, _)| *known == name) {
                let name = crate::safe::line(&name);
                return Err(Error::Usage(format!(
                    "two captures are called {name}: a partition needs its own name"
                )));
            }
            inputs.push((name, common.open(std::slice::from_ref(path), false)?.0));
        }
        privilege::folder(folder)?;
        let mut tables = Vec::new();
        match self.partition {
            false => tables.push(pair(folder, true)?),
            true => {
                for (name, _) in &inputs {
                    let folder = folder.join(format!("capture={}", partition(name)));
                    privilege::folder(&folder)?;
                    tables.push(pair(&folder, false)?);
                }
            }
        }
        common.confine()?;
        let mut tables = tables.into_iter();
        let mut open = None;
        for (name, mut reading) in inputs {
            let Some(mut out) = open.take().or_else(|| tables.next()) else { break };
            out.capture(&name);
            let mut writer = Writer { out, filter: filter.clone(), redactor, failed: None };
            writer.all(&mut reading)?;
            complain(&[], &mut reading, common.lang());
            redactor = writer.redactor;
            match self.partition {
                true => writer.out.finish()?,
                false => open = Some(writer.out),
            }
        }
        open.map_or(Ok(()), Tables::finish)
    }

    fn capture(&self, common: &Common) -> Result<(), Error> {
        common.hide.spare_packets()?;
        if self.output.as_deref().is_none_or(|path| path.as_os_str() == "-")
            && std::io::stdout().is_terminal()
        {
            return Err(Error::Usage("a capture is not for the terminal: use -o FILE".to_owned()));
        }
        let filter = common.filter()?;
        let (mut reading, frames) = common.open(&self.files, true)?;
        let Some(frames) = frames else { return Ok(()) };
        let out = self.out()?;
        common.confine()?;
        let mut survey = Survey::default();
        reading.run(&mut survey)?;
        complain(&survey.warned, &mut reading, common.lang());
        let chosen = Chosen::of(&survey, &reading, &frames, filter, self.embed_keys, common)?;
        let mut writer = write::Writer::new(out, write::Format::Pcapng)?;
        let secrets = reading.keys().log(&chosen.randoms);
        if !secrets.is_empty() {
            writer.secrets(&secrets)?;
        }
        let ids: Vec<u32> = chosen.ids.into_iter().collect();
        copy(&frames, survey.frames_of(&ids), &mut writer)?;
        writer.finish().map(drop)
    }
}

/// Who hides what is to be hidden, and knows all secrets of these files already. What is read only once, standard input,
/// it learns as it goes.
fn learned(common: &Common, files: &[PathBuf]) -> Result<Option<Redactor>, Error> {
    let Some(mut redactor) = common.hide.redactor() else { return Ok(None) };
    for file in files.iter().filter(|file| file.as_os_str() != "-") {
        let (mut reading, _) = common.open(std::slice::from_ref(file), false)?;
        reading.run(&mut Learner(&mut redactor))?;
    }
    forgotten(&redactor, common.lang());
    Ok(Some(redactor))
}

/// Tables in this folder.
#[cfg(feature = "parquet")]
fn pair(folder: &Path, named: bool) -> Result<Tables, Error> {
    let file = |name| privilege::create(&folder.join(name));
    Tables::new(file("events.parquet")?, file("connections.parquet")?, named)
}

/// A name as Hive writes it in the name of a partition's folder: what may not stand there as `%XX`.
#[cfg(feature = "parquet")]
fn partition(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let written = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(written).collect()
}

/// Copies frames, with an interface for each link type.
fn copy(frames: &Frames, numbers: Vec<FrameNumber>, writer: &mut write::Writer<Out>) -> Result<(), Error> {
    let mut interfaces: Vec<(LinkType, u32)> = Vec::new();
    let mut written = Ok(());
    frames.read(numbers, |frame| {
        if written.is_err() {
            return;
        }
        let known = interfaces.iter().find(|(link, _)| *link == frame.link).map(|(_, number)| *number);
        let interface = match known {
            Some(number) => Ok(number),
            None => writer.interface("", frame.link).inspect(|number| interfaces.push((frame.link, *number))),
        };
        written = interface.and_then(|interface| writer.frame(interface, &frame));
    })?;
    written
}

/// The connections that a filter chooses: by themselves, or by one of their events.
struct Chosen {
    ids: BTreeSet<u32>,
    /// The client randoms on them, by which their secrets are found.
    randoms: BTreeSet<ClientRandom>,
    undecided: BTreeSet<u32>,
    filter: Option<Filter>,
    keys: bool,
}

impl Chosen {
    fn of(
        survey: &Survey,
        reading: &Reading,
        frames: &Frames,
        filter: Option<Filter>,
        keys: bool,
        common: &Common,
    ) -> Result<Chosen, Error> {
        let (mut ids, mut undecided) = (BTreeSet::new(), BTreeSet::new());
        for connection in survey.connections() {
            match filter.as_ref().map_or(Some(true), |filter| filter.connection(&connection)) {
                Some(true) => ids.insert(connection.id),
                None => undecided.insert(connection.id),
                Some(false) => false,
            };
        }
        let mut chosen = Chosen { ids, randoms: BTreeSet::new(), undecided, filter, keys };
        chosen.look(survey, reading, frames, common)?;
        Ok(chosen)
    }

    /// Reads the events of those of which more must be known, first to choose, then for the randoms of the chosen.
    fn look(
        &mut self,
        survey: &Survey,
        reading: &Reading,
        frames: &Frames,
        common: &Common,
    ) -> Result<(), Error> {
        let again = |ids: Vec<u32>, chosen: &mut Chosen| {
            let mut engine = survey.engine(&ids, &common.limits);
            frames.read(survey.frames_of(&ids), |frame| engine.feed(&frame, reading.keys(), chosen))?;
            engine.finish(reading.keys(), chosen);
            Ok::<_, Error>(())
        };
        if !self.undecided.is_empty() {
            let keys = std::mem::take(&mut self.keys);
            again(self.undecided.iter().copied().collect(), self)?;
            self.undecided.clear();
            self.keys = keys;
        }
        if self.keys && !reading.keys().is_empty() {
            again(self.ids.iter().copied().collect(), self)?;
        }
        Ok(())
    }
}

impl Observer for Chosen {
    fn wants(&mut self, connection: &Connection) -> bool {
        self.undecided.contains(&connection.id) || self.keys && self.ids.contains(&connection.id)
    }

    fn event(&mut self, connection: &Connection, event: Event) {
        if self.undecided.contains(&connection.id)
            && self.filter.as_ref().is_some_and(|filter| filter.event(connection, &event, None))
        {
            self.ids.insert(connection.id);
        }
        if self.keys && event.facts.kind().starts_with("tls.") {
            let fields = event.facts.fields();
            let random = fields.iter().find(|field| field.name == "random").map(|field| &field.value);
            if let Some(Value::Hex(bytes)) = random
                && let Ok(random) = ClientRandom::try_from(bytes.as_slice())
            {
                self.randoms.insert(random);
            }
        }
    }

    fn ended(&mut self, _connection: Connection) {}
}

/// What events are written to.
trait Sheet {
    /// An event; whether the filter lets it through.
    fn event(&mut self, connection: &Connection, event: &Event, wanted: bool) -> Result<(), Error>;

    /// A connection that has ended; whether the filter lets it through.
    fn ended(&mut self, connection: &Connection, wanted: bool) -> Result<(), Error>;

    /// Whether packets are written too.
    fn packets(&self) -> bool {
        false
    }

    fn packet(&mut self, _connection: &Connection, _packet: &Packet) {}

    fn warning(&mut self, _frame: FrameNumber, _note: &Note) -> Result<(), Error> {
        Ok(())
    }
}

impl<W: Write> Sheet for Lines<W> {
    fn event(&mut self, connection: &Connection, event: &Event, wanted: bool) -> Result<(), Error> {
        if wanted { Lines::event(self, connection, event) } else { Ok(()) }
    }

    fn ended(&mut self, connection: &Connection, wanted: bool) -> Result<(), Error> {
        if wanted { self.connection(connection) } else { Ok(()) }
    }

    fn warning(&mut self, frame: FrameNumber, note: &Note) -> Result<(), Error> {
        Lines::warning(self, frame, note)
    }
}

impl<W: Write> Sheet for Archive<W> {
    fn event(&mut self, connection: &Connection, event: &Event, wanted: bool) -> Result<(), Error> {
        Archive::event(self, connection, event, wanted)
    }

    fn ended(&mut self, connection: &Connection, _wanted: bool) -> Result<(), Error> {
        Archive::ended(self, connection)
    }

    fn packets(&self) -> bool {
        true
    }

    fn packet(&mut self, connection: &Connection, packet: &Packet) {
        Archive::packet(self, connection, packet);
    }
}

#[cfg(feature = "parquet")]
impl Sheet for Tables {
    fn event(&mut self, connection: &Connection, event: &Event, wanted: bool) -> Result<(), Error> {
        if wanted { Tables::event(self, connection, event) } else { Ok(()) }
    }

    fn ended(&mut self, connection: &Connection, wanted: bool) -> Result<(), Error> {
        if wanted { self.connection(connection) } else { Ok(()) }
    }
}

/// Writes what it hears.
struct Writer<S> {
    out: S,
    filter: Option<Filter>,
    redactor: Option<Redactor>,
    failed: Option<Error>,
}

impl<S: Sheet> Writer<S> {
    /// Writes all of an input, until something cannot be written.
    fn all(&mut self, reading: &mut Reading) -> Result<(), Error> {
        loop {
            let step = reading.step(self)?;
            if let Some(failed) = self.failed.take() {
                return Err(failed);
            }
            if step == Step::End {
                return Ok(());
            }
        }
    }

    fn note(&mut self, result: Result<(), Error>) {
        if let Err(error) = result {
            self.failed.get_or_insert(error);
        }
    }
}

impl<S: Sheet> Observer for Writer<S> {
    fn wants(&mut self, _connection: &Connection) -> bool {
        true
    }

    fn packets(&self) -> bool {
        self.out.packets()
    }

    fn packet(&mut self, connection: &Connection, packet: Packet) {
        self.out.packet(connection, &packet);
    }

    fn event(&mut self, connection: &Connection, mut event: Event) {
        let wanted = self.filter.as_ref().is_none_or(|filter| filter.event(connection, &event, None));
        let hidden = self.redactor.as_mut().map(|redactor| redactor.event(connection, &mut event));
        let written = self.out.event(hidden.as_ref().unwrap_or(connection), &event, wanted);
        self.note(written);
    }

    fn ended(&mut self, mut connection: Connection) {
        let wanted = self.filter.as_ref().is_none_or(|filter| filter.may_fit(&connection));
        if let Some(redactor) = &mut self.redactor {
            redactor.connection(&mut connection);
        }
        let written = self.out.ended(&connection, wanted);
        self.note(written);
    }

    fn warning(&mut self, frame: FrameNumber, mut note: Note) {
        if let Some(redactor) = &mut self.redactor {
            redactor.note(&mut note);
        }
        let written = self.out.warning(frame, &note);
        self.note(written);
    }
}
