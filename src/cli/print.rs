//! `seqdump print`: the diagram as text.

use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use rustc_hash::FxHashSet;

use super::complaint::complain;
use super::redact::forgotten;
use super::{Common, output, terminal_width, unwritten};
use crate::capture::Frames;
use crate::error::Error;
use crate::event::Endpoint;
use crate::frame::{FrameNumber, Timestamp};
use crate::limits::Limits;
use crate::model::diagram::{Diagram, Level, Only, View};
use crate::model::filter::Filter;
use crate::model::outline::Outline;
use crate::model::overview::overview;
use crate::model::redact::Redactor;
use crate::model::trace::Trace;
use crate::reading::{self, Learning, Reading};
use crate::render::cells::{Charset, Clock, Paper};
use crate::render::{document, text};
use crate::run::{self, Call};
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
    pub(super) together: bool,
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
        self.look.print(common, &printed, &printed.wanted(), &mut output())?;
        complain(&printed.survey.warned, &mut printed.reading, common.lang());
        Ok(())
    }
}

impl Look {
    /// Prints these connections, one diagram each or one of all.
    pub(super) fn print(
        &self,
        common: &Common,
        printed: &Printer,
        ids: &[u32],
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        if let Some(overview) =
            printed.overview(common, ids).filter(|_| !self.together && self.style != Style::Document)
        {
            for (_, block) in text::blocks(&overview, self.paper(), common.coloured()) {
                out.write_all(block.as_bytes()).map_err(unwritten)?;
            }
        } else if self.together || self.style == Style::Document {
            let mut trace = printed.open(ids)?;
            printed.tell_calls(&mut trace, out)?;
            self.diagram(common, printed, &trace, out)?;
        } else {
            for (place, id) in ids.iter().enumerate() {
                if place > 0 {
                    writeln!(out).map_err(unwritten)?;
                }
                self.diagram(common, printed, &printed.open(&[*id])?, out)?;
            }
        }
        out.flush().map_err(unwritten)
    }

    fn diagram(
        &self,
        common: &Common,
        printer: &Printer,
        trace: &Trace,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        if self.style == Style::Document {
            return document::print(out, trace, common.lang()).map_err(unwritten);
        }
        let outline = Outline::new(trace, &printer.view(common));
        text::print(out, trace, &outline, self.paper(), common.coloured()).map_err(unwritten)
    }

    fn paper(&self) -> Paper {
        let charset = if self.style == Style::Ascii { Charset::Ascii } else { Charset::Ladder };
        let width = self.width.map(usize::from).or_else(terminal_width).unwrap_or(100);
        let clock = if self.absolute { Clock::Absolute } else { Clock::Relative };
        Paper { width, charset, clock }
    }
}

/// Events by their connection and their number in it.
type Fitting = Arc<FxHashSet<(u32, u64)>>;

/// A surveyed input whose connections can be opened.
pub(super) struct Printer {
    pub(super) reading: Reading,
    pub(super) survey: Survey,
    pub(super) frames: Option<Frames>,
    /// Names for sockets.
    pub(super) aliases: Vec<(String, Endpoint)>,
    /// Socket calls that are told between the packets.
    pub(super) calls: Vec<Call>,
    filter: Option<Arc<Filter>>,
    /// Who hides what is not to be shown of what is opened, the same in each connection; and the events of what was
    /// opened last that the filter lets through, which is asked before anything is hidden.
    hidden: RefCell<Option<(Redactor, Fitting)>>,
    limits: Limits,
}

impl Printer {
    /// Surveys the files, after which this program can open no other. For commands that write to standard output.
    pub(super) fn confined(common: &Common, files: &[PathBuf]) -> Result<Printer, Error> {
        let (reading, frames) = common.open(files, true)?;
        common.confine()?;
        Printer::read(common, reading, frames)
    }

    /// Surveys an input, to its end.
    pub(super) fn read(
        common: &Common,
        mut reading: Reading,
        frames: Option<Frames>,
    ) -> Result<Printer, Error> {
        let mut survey = Survey::default();
        reading.run(&mut survey)?;
        Printer::of(common, reading, survey, frames)
    }

    /// Of an input that was surveyed.
    pub(super) fn of(
        common: &Common,
        reading: Reading,
        mut survey: Survey,
        frames: Option<Frames>,
    ) -> Result<Printer, Error> {
        if let Some(frames) = &frames {
            survey.let_go(frames.first());
        }
        let filter = common.filter()?.map(Arc::new);
        let mut redactor = common.hide.redactor();
        if let (Some(redactor), Some(frames)) = (&mut redactor, &frames) {
            // All secrets must be known before the first connection is shown.
            Learning::new(&survey, &common.limits).read(frames, reading.keys(), redactor)?;
            forgotten(redactor, common.lang());
        }
        Ok(Printer {
            reading,
            survey,
            frames,
            aliases: Vec::new(),
            calls: Vec::new(),
            filter,
            hidden: RefCell::new(redactor.map(|redactor| (redactor, Fitting::default()))),
            limits: common.limits.clone(),
        })
    }

    /// The connections that the filter may let through.
    pub(super) fn wanted(&self) -> Vec<u32> {
        let filter = self.filter.as_deref();
        let wanted = |connection: &_| filter.is_none_or(|filter| filter.may_fit(connection));
        self.survey.connections().filter(wanted).map(|connection| connection.id).collect()
    }

    /// Everything of these connections.
    pub(super) fn open(&self, ids: &[u32]) -> Result<Trace, Error> {
        let Some(frames) = &self.frames else { return Ok(Trace::default()) };
        let mut trace = reading::open(&self.survey, frames, ids, self.reading.keys(), &self.limits)?;
        if let Some((redactor, fitting)) = &mut *self.hidden.borrow_mut() {
            if let Some(filter) = self.filter.as_deref() {
                *fitting = Arc::new(trace.fitting(&filter.clone().only()));
            }
            redactor.trace(&mut trace);
        }
        Ok(trace)
    }

    /// These connections at a glance, where they are several and no more of them is asked for.
    pub(super) fn overview(&self, common: &Common, ids: &[u32]) -> Option<Diagram> {
        if common.level != Level::Connections || ids.len() < 2 {
            return None;
        }
        let mut connections: Vec<_> = ids.iter().filter_map(|id| self.survey.get(*id)).collect();
        if let Some((redactor, _)) = &mut *self.hidden.borrow_mut() {
            connections.iter_mut().for_each(|known| redactor.connection(known));
        }
        Some(overview(&connections, &self.view(common)))
    }

    /// Puts the calls between the packets; where there is none they are written at once.
    fn tell_calls(&self, trace: &mut Trace, out: &mut dyn Write) -> Result<(), Error> {
        let mut packets: Vec<(Timestamp, FrameNumber)> =
            trace.packets.iter().map(|seen| (seen.packet.time, seen.packet.number)).collect();
        packets.sort_unstable();
        let told = |call: &Call| {
            let text = call.to_string();
            match &mut *self.hidden.borrow_mut() {
                Some((redactor, _)) => redactor.text(&text),
                None => text,
            }
        };
        if packets.is_empty() {
            let mut calls = self.calls.iter();
            return calls.try_for_each(|call| writeln!(out, "» {}", told(call))).map_err(unwritten);
        }
        trace.comments.extend(run::place(&self.calls, &packets, told));
        trace.comments.sort_by_key(|(frame, _)| *frame);
        Ok(())
    }

    /// The view that the common options ask for.
    pub(super) fn view(&self, common: &Common) -> View {
        let mut view = View::new(common.level, common.lang());
        view.aliases = common.lane.iter().chain(&self.aliases).cloned().collect();
        view.only = self.filter.as_deref().cloned().map(Filter::only);
        if let Some((redactor, fitting)) = &mut *self.hidden.borrow_mut() {
            view.aliases.iter_mut().for_each(|(_, end)| end.ip = redactor.address(end.ip));
            let fitting = Arc::clone(fitting);
            view.only = self.filter.is_some().then(|| -> Only {
                Arc::new(move |connection, event, _| fitting.contains(&(connection.id, event.n)))
            });
        }
        view
    }
}
