//! `seqdump list`: a table of the connections.

use std::io::Write;
use std::path::PathBuf;

use super::complaint::complain;
use super::{Common, output, terminal_width, unwritten};
use crate::connection::Connection;
use crate::error::Error;
use crate::render::table;
use crate::survey::Survey;

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
        common.confine()?;
        let mut survey = Survey::of_summaries();
        reading.run(&mut survey)?;
        complain(&survey.warned, &mut reading, common.lang());
        let wanted = |connection: &&_| filter.as_ref().is_none_or(|filter| filter.may_fit(connection));
        let connections = survey.connections().iter().filter(wanted);
        let mut out = output();
        match common.hide.redactor() {
            None => table::write(connections, common.lang(), terminal_width(), &mut out)?,
            Some(mut redactor) => {
                let shown: Vec<Connection> = connections.map(|known| redactor.shown(known)).collect();
                table::write(shown.iter(), common.lang(), terminal_width(), &mut out)?;
            }
        }
        out.flush().map_err(unwritten)
    }
}
