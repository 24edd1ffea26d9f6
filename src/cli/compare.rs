//! `seqdump compare`: what conversations cost, side by side.

use std::io::Write;
use std::path::PathBuf;

use unicode_width::UnicodeWidthStr;

use super::complaint::complain;
use super::print::Printer;
use super::{Common, output, unwritten};
use crate::error::Error;
use crate::event::Side;
use crate::locale::Lang;
use crate::model::comparison::{self, Costs};
use crate::safe;

/// Compare what conversations cost: packets, round trips and bytes before the first useful byte, and in all.
#[derive(Debug, clap::Args)]
pub(crate) struct Compare {
    /// The captures: a column each; of a single one, a column for each connection
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Compare only these connections of a single capture, by their number in `seqdump list`
    #[arg(long, value_name = "N", value_delimiter = ',')]
    conn: Vec<u32>,
}

/// So many columns can still be read.
const COLUMNS: usize = 12;

impl Compare {
    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        let open = |file| common.open(std::slice::from_ref(file), true);
        let inputs = self.files.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        common.confine()?;
        let mut columns = Vec::new();
        match self.files.as_slice() {
            [_] => {
                for (reading, frames) in inputs {
                    self.connections(common, Printer::read(common, reading, frames)?, &mut columns)?;
                }
            }
            _ if !self.conn.is_empty() => {
                return Err(Error::Usage("--conn chooses among the connections of one capture".to_owned()));
            }
            files => {
                for (file, (reading, frames)) in files.iter().zip(inputs) {
                    let mut printer = Printer::read(common, reading, frames)?;
                    let costs = Costs::of(&printer.open(&printer.wanted())?);
                    let name = file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy();
                    columns.push((safe::line(&name), costs));
                    complain(&printer.survey.warned, &mut printer.reading, common.lang());
                }
            }
        }
        let mut out = output();
        table(&columns, common.lang(), &mut out)?;
        out.flush().map_err(unwritten)
    }

    fn connections(
        &self,
        common: &Common,
        mut printer: Printer,
        columns: &mut Vec<(String, Costs)>,
    ) -> Result<(), Error> {
        if let Some(unknown) = self.conn.iter().find(|id| printer.survey.packed(**id).is_none()) {
            return Err(Error::Usage(format!(
                "there is no connection {unknown}; `seqdump list` shows those that there are"
            )));
        }
        let wanted = if self.conn.is_empty() { printer.wanted() } else { self.conn.clone() };
        if wanted.len() > COLUMNS {
            let count = wanted.len();
            return Err(Error::Usage(format!(
                "{count} connections do not fit side by side: choose some with --conn, such as --conn 0,1"
            )));
        }
        for id in wanted {
            let trace = printer.open(&[id])?;
            let protocols = trace.connections.first().map(|known| known.protocols.written());
            let server = trace.connections.first().map(|known| known.endpoint(Side::Server).port);
            let last = protocols.as_deref().and_then(|all| all.rsplit(" ▸ ").next()).unwrap_or_default();
            columns.push((format!("#{id} {last} :{}", server.unwrap_or_default()), Costs::of(&trace)));
        }
        complain(&printer.survey.warned, &mut printer.reading, common.lang());
        Ok(())
    }
}

/// Writes the costs side by side, each column under its name.
pub(super) fn table(columns: &[(String, Costs)], lang: Lang, out: &mut dyn Write) -> Result<(), Error> {
    let costs: Vec<Costs> = columns.iter().map(|(_, costs)| costs.clone()).collect();
    let names = std::iter::once(String::new()).chain(columns.iter().map(|(name, _)| name.clone()));
    let mut lines = vec![names.collect::<Vec<String>>()];
    lines.extend(comparison::lines(&costs, lang));
    let width = |column: usize| lines.iter().map(|line| line[column].width()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..=columns.len()).map(width).collect();
    for line in &lines {
        let mut text = String::new();
        for (place, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let blanks = " ".repeat(width.saturating_sub(cell.width()));
            // What a line tells stands to the left, values to the right.
            match place {
                0 => text.extend([cell.as_str(), &blanks]),
                _ => text.extend(["  ", &blanks, cell.as_str()]),
            }
        }
        writeln!(out, "{}", text.trim_end()).map_err(unwritten)?;
    }
    Ok(())
}
