//! `seqdump print`: the diagram as text.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;

use super::complaint::complain;
use super::{Common, output, terminal_width, unwritten};
use crate::capture::Frames;
use crate::error::Error;
use crate::limits::Limits;
use crate::model::diagram::View;
use crate::model::filter::Filter;
use crate::model::outline::Outline;
use crate::model::trace::Trace;
use crate::reading::{self, Reading};
use crate::render::cells::{Charset, Clock, Paper};
use crate::render::{document, text};
use crate::survey::Survey;

/// Print the diagram as text.
#[derive(Debug, clap::Args)]
pub(crate) struct Print {
    /// The captures
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    look: Look,
}

/// How text looks.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Look {
    /// How the diagram is drawn
    #[arg(long, value_enum, default_value = "ladder")]
    style: Style,
    /// Cells of a line; the terminal's by default, else 100
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(40..=1000))]
    width: Option<u16>,
    /// Draw all connections in one diagram, in the order in which things happened
    #[arg(long)]
    together: bool,
    /// Tell the time of day (UTC) instead of the time since the start
    #[arg(long)]
    absolute: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Style {
    /// With line-drawing characters
    #[default]
    Ladder,
    /// With ASCII characters alone
    Ascii,
    /// As articles draw it with a keyboard
    Document,
}

impl Print {
    pub(super) fn of(files: Vec<PathBuf>) -> Print {
        Print { files, look: Look::default() }
    }

    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        let mut printed = Printer::confined(common, &self.files)?;
        let ids = printed.wanted();
        let mut out = output();
        if self.look.together || self.look.style == Style::Document {
            let trace = printed.open(&ids)?;
            self.diagram(common, &printed, &trace, &mut out)?;
        } else {
            for (place, id) in ids.iter().enumerate() {
                let trace = printed.open(&[*id])?;
                if place > 0 {
                    writeln!(out).map_err(unwritten)?;
                }
                self.diagram(common, &printed, &trace, &mut out)?;
            }
        }
        out.flush().map_err(unwritten)?;
        complain(&printed.survey.warned, &mut printed.reading, common.lang());
        Ok(())
    }

    fn diagram(
        &self,
        common: &Common,
        printer: &Printer,
        trace: &Trace,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        if self.look.style == Style::Document {
            return document::print(out, trace, common.lang()).map_err(unwritten);
        }
        let outline = Outline::new(trace, &printer.view(common));
        let charset = if self.look.style == Style::Ascii { Charset::Ascii } else { Charset::Ladder };
        let width = self.look.width.map(usize::from).or_else(terminal_width).unwrap_or(100);
        let clock = if self.look.absolute { Clock::Absolute } else { Clock::Relative };
        let paper = Paper { width, charset, clock };
        text::print(out, trace, &outline, paper, common.coloured()).map_err(unwritten)
    }
}

/// A surveyed input whose connections can be opened.
pub(super) struct Printer {
    pub(super) reading: Reading,
    pub(super) survey: Survey,
    frames: Option<Frames>,
    filter: Option<Arc<Filter>>,
    limits: Limits,
}

impl Printer {
    /// Surveys the files, and leaves the program free to open others.
    pub(super) fn survey(common: &Common, files: &[PathBuf]) -> Result<Printer, Error> {
        Printer::opened(common, files)?.read()
    }

    /// Surveys the files, after which this program can open no other. For commands that write to standard output.
    fn confined(common: &Common, files: &[PathBuf]) -> Result<Printer, Error> {
        let printer = Printer::opened(common, files)?;
        common.confine(files)?;
        printer.read()
    }

    fn opened(common: &Common, files: &[PathBuf]) -> Result<Printer, Error> {
        let filter = common.filter()?.map(Arc::new);
        let (reading, frames) = common.open(files, true)?;
        Ok(Printer { reading, survey: Survey::default(), frames, filter, limits: common.limits.clone() })
    }

    fn read(mut self) -> Result<Printer, Error> {
        self.reading.run(&mut self.survey)?;
        Ok(self)
    }

    /// The connections that the filter may let through.
    pub(super) fn wanted(&self) -> Vec<u32> {
        let filter = self.filter.as_deref();
        let wanted =
            |connection: &&_| filter.is_none_or(|filter| filter.connection(connection) != Some(false));
        self.survey.connections().iter().filter(wanted).map(|connection| connection.id).collect()
    }

    /// Everything of these connections.
    pub(super) fn open(&self, ids: &[u32]) -> Result<Trace, Error> {
        let Some(frames) = &self.frames else { return Ok(Trace::default()) };
        reading::open(&self.survey, frames, ids, self.reading.keys(), &self.limits)
    }

    /// The view that the common options ask for.
    pub(super) fn view(&self, common: &Common) -> View {
        let mut view = View::new(common.level, common.lang());
        view.only = self.filter.clone().map(|filter| {
            let only: crate::model::diagram::Only = Arc::new(move |connection, event, delta| {
                filter.connection(connection).unwrap_or_else(|| filter.event(connection, event, delta))
            });
            only
        });
        view
    }
}
