//! `seqdump list`: a table of the connections.

use std::io::Write;
use std::path::PathBuf;

use super::complaint::complain;
use super::{Common, output, terminal_width, unwritten};
use crate::connection::Connection;
use crate::error::Error;
use crate::reading::Reading;
use crate::render::table;
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
        let pays = pays(&reading, common);
        // To begin anew where several cores could not do it: once confined, nothing can be opened.
        let spare = if pays { Some(common.open(&self.files, false)?.0) } else { None };
        common.confine()?;
        let divided = if pays { divided(&mut reading)? } else { None };
        let summaries = match divided {
            Some(summaries) => summaries,
            None => {
                reading = spare.unwrap_or(reading);
                let mut summaries = Summaries::default();
                reading.run(&mut summaries)?;
                Merged::new(vec![summaries])
            }
        };
        complain(&summaries.warned(), &mut reading, common.lang());
        let wanted =
            |connection: &Connection| filter.as_ref().is_none_or(|filter| filter.may_fit(connection));
        let connections = summaries.iter().filter(wanted);
        let mut out = output();
        match common.hide.redactor() {
            None => table::write(connections, common.lang(), terminal_width(), &mut out)?,
            Some(mut redactor) => {
                let shown: Vec<Connection> = connections.map(|known| redactor.shown(&known)).collect();
                table::write(shown.iter(), common.lang(), terminal_width(), &mut out)?;
            }
        }
        out.flush().map_err(unwritten)
    }
}

/// Bytes of plain files from which on it pays to read them on several cores.
const MANY: u64 = 16 << 20;

/// The cores that are read on, at most four.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(4)
}

/// Whether it pays to read on several cores.
fn pays(reading: &Reading, common: &Common) -> bool {
    cores() > 1 && common.keylogs().is_empty() && reading.about().size.is_some_and(|size| size >= MANY)
}

/// Reads on several cores; `None` where that cannot be done.
fn divided(reading: &mut Reading) -> Result<Option<Merged>, Error> {
    let mut own = Summaries::default();
    let found = reading.run_divided(cores(), &mut own)?;
    Ok(found.map(|shares| Merged::new(std::iter::once(own).chain(shares).collect())))
}
