//! `seqdump export`: the events for programs.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;

use super::redact::Hide;
use super::{Common, output};
use crate::connection::Connection;
use crate::diagnostic::Note;
use crate::engine::Observer;
use crate::error::Error;
use crate::event::Event;
use crate::frame::FrameNumber;
use crate::model::filter::Filter;
use crate::model::redact::Redactor;
use crate::render::json::Lines;

/// Write the events for programs.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The captures
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The format
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,
    /// Write payloads whole, not just their first 4 KiB
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    hide: Hide,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// One JSON object a line (docs/events.md)
    Jsonl,
}

impl Export {
    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        match self.format {
            Format::Jsonl => self.lines(common),
        }
    }

    fn lines(&self, common: &Common) -> Result<(), Error> {
        let filter = common.filter()?;
        let (mut reading, _) = common.open(&self.files, false)?;
        common.confine(&self.files)?;
        let mut lines = Lines::new(output(), self.full);
        lines.capture(&reading.about())?;
        let mut writer = Writer { lines, filter, redactor: self.hide.redactor(), failed: None };
        loop {
            let step = reading.step(&mut writer)?;
            if let Some(failed) = writer.failed.take() {
                return Err(failed);
            }
            if step == crate::reading::Step::End {
                break;
            }
        }
        let truncated = reading.truncated();
        let dropped = reading.dropped();
        writer.lines.finish(reading.totals(), truncated, dropped)
    }
}

/// Writes what it hears.
struct Writer<W: Write> {
    lines: Lines<W>,
    filter: Option<Filter>,
    redactor: Option<Redactor>,
    failed: Option<Error>,
}

impl<W: Write> Writer<W> {
    fn note(&mut self, result: Result<(), Error>) {
        if let Err(error) = result {
            self.failed.get_or_insert(error);
        }
    }
}

impl<W: Write> Observer for Writer<W> {
    fn wants(&mut self, _connection: &Connection) -> bool {
        true
    }

    fn event(&mut self, connection: &Connection, mut event: Event) {
        if self.filter.as_ref().is_none_or(|filter| filter.event(connection, &event, None)) {
            if let Some(redactor) = &mut self.redactor {
                redactor.event(connection, &mut event);
            }
            let written = self.lines.event(connection, &event);
            self.note(written);
        }
    }

    fn ended(&mut self, mut connection: Connection) {
        if self.filter.as_ref().is_none_or(|filter| filter.connection(&connection) != Some(false)) {
            if let Some(redactor) = &mut self.redactor {
                redactor.connection(&mut connection);
            }
            let written = self.lines.connection(&connection);
            self.note(written);
        }
    }

    fn warning(&mut self, frame: FrameNumber, note: Note) {
        let written = self.lines.warning(frame, &note);
        self.note(written);
    }
}
