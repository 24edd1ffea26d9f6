//! `seqdump list`: a table of the connections.

use std::io::Write;
use std::path::PathBuf;

use super::complaint::complain;
use super::{Common, output, terminal_width, unwritten};
use crate::connection::Connection;
use crate::error::Error;
use crate::model::filter::Filter;
use crate::reading::{Reading, divided};
use crate::render::table::{self, Rows};
use crate::summaries::{Merged, Summaries};

/// Print a table of the connections.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// The captures
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl List {
    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        let filter = common.filter()?;
        let (mut reading, _) = common.open(&self.files, false)?;
        let cores = cores(&reading, common);
        // One for each core, and one to begin anew with: once confined, nothing can be opened. What cannot be opened again
        // (root, who could, was given up) is read by one.
        let more = if cores > 1 { cores } else { 0 };
        let open = |_| common.open(&self.files, false).map(|(reading, _)| reading);
        let mut readings: Vec<Reading> = (0..more).map(open).collect::<Result<_, _>>().unwrap_or_default();
        common.confine()?;
        let shares = if readings.len() > 1 { divided::run(&mut readings)? } else { None };
        let summaries = match shares {
            Some(shares) => {
                reading = readings.swap_remove(0);
                Merged::new(shares)
            }
            None => {
                let mut summaries = Summaries::default();
                reading.run(&mut summaries)?;
                Merged::new(vec![summaries])
            }
        };
        complain(&summaries.warned(), &mut reading, common.lang());
        let wanted = Wanted { summaries: &summaries, filter: filter.as_ref() };
        let (lang, width) = (common.lang(), terminal_width());
        let mut out = output();
        match common.hide.redactor() {
            None => table::write(&wanted, cores, lang, width, &mut out)?,
            Some(mut redactor) => {
                let mut shown = Vec::new();
                for chunk in 0..wanted.chunks() {
                    wanted.each(chunk, &mut |connection| shown.push(redactor.shown(connection)));
                }
                table::write(&shown, 1, lang, width, &mut out)?;
            }
        }
        out.flush().map_err(unwritten)
    }
}

/// The connections that are to be shown.
struct Wanted<'a> {
    summaries: &'a Merged,
    filter: Option<&'a Filter>,
}

impl Rows for Wanted<'_> {
    fn chunks(&self) -> usize {
        self.summaries.chunks()
    }

    fn each(&self, chunk: usize, take: &mut dyn FnMut(&Connection)) {
        let wanted = |connection: &Connection| self.filter.is_none_or(|filter| filter.may_fit(connection));
        self.summaries.chunk(chunk).filter(wanted).for_each(|connection| take(&connection));
    }
}

/// Bytes of plain files from which on it pays to read them on several cores.
const MANY: u64 = 16 << 20;

/// The cores on which it pays to read, at most four. To be asked while the system may still be asked.
fn cores(reading: &Reading, common: &Common) -> usize {
    let pays = common.keylogs().is_empty() && reading.about().size.is_some_and(|size| size >= MANY);
    if pays { std::thread::available_parallelism().map_or(1, usize::from).min(4) } else { 1 }
}
