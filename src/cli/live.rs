//! `seqdump live`: capture and show.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use super::complaint::complain;
use super::{Common, following, output, reading};
use crate::capture::confine;
use crate::capture::keylog::WithKeyLogs;
use crate::capture::live::{self, Stop};
use crate::capture::owners::{Asker, Found};
use crate::capture::privilege;
use crate::capture::write::{self, Format};
use crate::error::Error;
use crate::frame::FrameNumber;
use crate::limits;
use crate::model::filter::Filter;
use crate::reading::{Reading, Step};
use crate::render::stream::Rows;
use crate::tui;

/// Capture live and show it.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Live {
    /// Capture on this interface; may be given several times, `any` is all of them
    #[arg(short, long, value_name = "IFACE")]
    interface: Vec<String>,
    /// Keep the packets in this file (pcapng, or pcap by its name)
    #[arg(short, long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Without -w, keep at most so many bytes of packets to open connections from (4G); the oldest leave first
    #[arg(long, value_name = "SIZE", value_parser = spool)]
    spool_limit: Option<u64>,
    /// Put the TLS secrets that come into the key logs meanwhile into the file too, which then decrypts anywhere
    /// (pcapng)
    #[arg(long)]
    embed_keys: bool,
    /// Stop after so many packets
    #[arg(short, long, value_name = "N")]
    count: Option<u64>,
    /// What to capture, in tcpdump's filter language, such as `port 8080`
    #[arg(value_name = "BPF", trailing_var_arg = true)]
    bpf: Vec<String>,
    /// Whether to ask for the interface where none is named.
    #[arg(skip = true)]
    pick: bool,
}

/// The interfaces that the user picks; none where they want none. Where nothing may be captured that is said first.
fn picked(common: &Common) -> Result<Option<Vec<String>>, Error> {
    drop(live::open(&live::Options { ring: 1 << 20, ..live::Options::default() }, &Stop::default())?);
    tui::pick(&common.screen_options()?)
}

/// Less could not be let go piece by piece.
const SPOOL: u64 = 1 << 20;

fn spool(text: &str) -> Result<u64, String> {
    let bytes = limits::number(text).map(|bytes| bytes as u64).filter(|bytes| *bytes >= SPOOL);
    bytes.ok_or(format!("{text:?} is no size from 1M on, such as 500M or 4G"))
}

impl Live {
    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        let filter = common.filter()?;
        if self.write.is_some() {
            common.hide.spare_packets()?;
        }
        let limits = common.limits.clone();
        let keylogs = common.keylogs();
        self.has_place_for_keys(&keylogs)?;
        let stop = Stop::default();
        let interfaces = match self.pick && self.interface.is_empty() && common.wants_screen() {
            true => match picked(common)? {
                Some(names) => names,
                None => return Ok(()),
            },
            false => self.interface,
        };
        let options = live::Options {
            interfaces,
            filter: self.bpf.join(" "),
            write: self.write,
            // Rows that are printed are never opened again.
            spool: common.wants_screen().then_some(self.spool_limit.unwrap_or(live::SPOOL)),
            ..live::Options::default()
        };
        let input = live::open(&options, &stop)?;
        let logs = common.logs();
        privilege::leave_root()?;
        let found = options.write.is_some().then(Found::default);
        let names = options.write.clone().zip(found.clone());
        let names = names.map(|(path, found)| Names::of(path, found)).transpose()?;
        let asker = Asker::new(found)?;
        let reading = match self.embed_keys {
            true => following(WithKeyLogs::new(input.source, logs).keeping(), &limits),
            false => reading(input.source, logs, &limits),
        };
        let mut reading = reading.naming(asker);
        if common.wants_screen() {
            common.screen(reading, input.frames, true, self.count)?;
            return names.map_or(Ok(()), Names::write);
        }
        confine::confine(&common.needs(true))?;
        super::signal::on_interrupt(&stop)?;
        rows(common, &mut reading, self.count, filter, || {})?;
        names.map_or(Ok(()), Names::write)
    }

    /// Whether there is a file to embed keys in, and a log to take them from, where that is wanted.
    fn has_place_for_keys(&self, keylogs: &[PathBuf]) -> Result<(), Error> {
        let why = match &self.write {
            _ if !self.embed_keys => return Ok(()),
            None => "--embed-keys goes with --write: name the file that keeps the packets",
            Some(path) if Format::of(path) == Format::Pcap => "a pcap file holds no secrets: use pcapng",
            Some(_) if keylogs.is_empty() => {
                "--embed-keys needs a key log to take them from: name it with --keylog"
            }
            Some(_) => return Ok(()),
        };
        Err(Error::Usage(why.to_owned()))
    }
}

/// Prints rows as they come, at most so many packets of them. `idle` is called where nothing is there for now.
pub(super) fn rows(
    common: &Common,
    reading: &mut Reading,
    count: Option<u64>,
    filter: Option<Filter>,
    idle: impl Fn(),
) -> Result<(), Error> {
    let mut rows = Rows::new(output(), common.lang(), common.level, filter);
    rows.redactor = common.hide.redactor();
    loop {
        let step = reading.step(&mut rows)?;
        let enough = count.is_some_and(|count| reading.totals().packets >= count);
        if enough {
            reading.finish(false, &mut rows);
        }
        match step {
            Step::End => break,
            _ if enough => break,
            Step::Idle => {
                rows.flush()?;
                idle();
            }
            Step::More => {}
        }
    }
    rows.flush()?;
    complain(&[], reading, common.lang());
    Ok(())
}

/// The names of processes for the capture that is kept. The packets are in it already when the names become known, so
/// it is written once more at the end, beside itself, and takes its own place: killed before that it lacks the names
/// alone. A thread of its own does it, which can open no files but in that folder: the program, once it has confined
/// itself, opens none.
struct Names {
    end: Sender<()>,
    writer: JoinHandle<Result<(), Error>>,
}

impl Names {
    fn of(path: PathBuf, found: Found) -> Result<Names, Error> {
        let (end, ended) = mpsc::channel();
        let write = move || {
            confine::confine_beside(&path)?;
            match ended.recv() {
                Ok(()) => name(&path, &found.comments()),
                Err(_) => Ok(()),
            }
        };
        let writer = std::thread::Builder::new().name("naming".to_owned()).spawn(write);
        let writer =
            writer.map_err(|cause| Error::Write { what: "the names of processes".to_owned(), cause })?;
        Ok(Names { end, writer })
    }

    fn write(self) -> Result<(), Error> {
        // Where the thread is gone, it says why itself.
        let _ = self.end.send(());
        self.writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Captures larger than this are not written once more.
const LARGE: u64 = 1 << 30;

/// Puts comments on the packets of a capture.
fn name(path: &Path, comments: &BTreeMap<FrameNumber, String>) -> Result<(), Error> {
    let wrong = |cause| Error::Write { what: crate::safe::line(&path.to_string_lossy()), cause };
    let file = File::open(path).map_err(wrong)?;
    let about = file.metadata().map_err(wrong)?;
    if comments.is_empty() || !about.is_file() || Format::of(path) == Format::Pcap {
        return Ok(());
    }
    if about.len() > LARGE {
        let why = "it is larger than 1 GiB, so the names of processes were not written into it";
        return Err(wrong(std::io::Error::other(why)));
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".named");
    let beside = PathBuf::from(beside);
    let copied = write::annotate(file, privilege::create(&beside)?, comments);
    copied.and_then(|()| std::fs::rename(&beside, path)).map_err(|cause| {
        let _ = std::fs::remove_file(&beside);
        wrong(cause)
    })
}
