//! Rows as they come: one line for each thing that happens, whatever its connection. For a live capture without a
//! screen, where a whole diagram would come too late.

use std::io::Write;

use unicode_width::UnicodeWidthStr;

use crate::connection::Connection;
use crate::diagnostic::{Note, Severity};
use crate::engine::Observer;
use crate::error::Error;
use crate::event::{Class, Event, Packet, Side};
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;
use crate::model::diagram::Level;
use crate::model::filter::Filter;
use crate::safe;

/// Writes a line for each row.
pub struct Rows<W: Write> {
    out: W,
    lang: Lang,
    level: Level,
    filter: Option<Filter>,
    /// The widest endpoints so far, so that arrows stand in a column.
    width: [usize; 2],
    failed: Option<Error>,
}

impl<W: Write> Rows<W> {
    /// Rows of this level, of what the filter lets through.
    pub fn new(out: W, lang: Lang, level: Level, filter: Option<Filter>) -> Rows<W> {
        Rows { out, lang, level, filter, width: [21, 21], failed: None }
    }

    /// Hands everything on to the reader; says what failed since the last time.
    pub fn flush(&mut self) -> Result<(), Error> {
        if let Err(cause) = self.out.flush() {
            self.failed.get_or_insert(broken(cause));
        }
        self.failed.take().map_or(Ok(()), Err)
    }

    fn line(&mut self, text: &str) {
        if let Err(cause) = writeln!(self.out, "{text}") {
            self.failed.get_or_insert(broken(cause));
        }
    }

    fn arrow(&mut self, connection: &Connection, time: Timestamp, side: Side, label: &str, notes: &[Note]) {
        let ends = Side::BOTH.map(|side| named(connection, side));
        for (width, end) in self.width.iter_mut().zip(&ends) {
            *width = (*width).max(end.width());
        }
        let label = safe::line(label);
        let arrow = match side {
            Side::Client => format!("── {label} ──▶"),
            Side::Server => format!("◀── {label} ──"),
        };
        let [left, right] = self.width;
        let text =
            format!("{}  #{:<3} {:>left$} {arrow} {:<right$}", clock(time), connection.id, ends[0], ends[1]);
        self.line(text.trim_end());
        for note in notes.iter().filter(|note| note.what.severity > Severity::Info) {
            let text = safe::line(&note.say(self.lang));
            let indent = " ".repeat(clock(time).len() + 7 + left);
            self.line(&format!("{indent} ! {text} [{}] {}", note.what.id, note.what.source));
        }
    }

    fn verdict(&mut self, connection: &Connection) {
        let judged = self.filter.as_ref().is_none_or(|filter| filter.may_fit(connection));
        if !judged || connection.packets == [0; 2] {
            return;
        }
        let text = safe::line(&connection.verdict(self.lang));
        let [left, _] = self.width;
        let client = named(connection, Side::Client);
        self.line(&format!("{}  #{:<3} {client:>left$} ■ {text}", clock(connection.end), connection.id));
    }
}

/// An end of a connection: its process and port where that is known, else its address and port.
fn named(connection: &Connection, side: Side) -> String {
    let end = connection.endpoint(side);
    match connection.owner(side) {
        Some(process) => format!("{process}:{}", end.port),
        None => end.to_string(),
    }
}

fn broken(cause: std::io::Error) -> Error {
    Error::Write { what: "standard output".to_owned(), cause }
}

/// The time of day in UTC, with microseconds.
fn clock(time: Timestamp) -> String {
    let (_, _, _, hour, minute, second, nanos) = time.civil();
    format!("{hour:02}:{minute:02}:{second:02}.{:06}", nanos / 1000)
}

impl<W: Write> Observer for Rows<W> {
    fn wants(&mut self, _connection: &Connection) -> bool {
        // Protocols and verdicts are not known yet: what is shown is judged event by event.
        true
    }

    fn packet(&mut self, connection: &Connection, packet: Packet) {
        let judged = self.filter.as_ref().is_none_or(|filter| filter.may_fit(connection));
        if self.level == Level::Packets && judged {
            self.arrow(connection, packet.time, packet.side, &packet.facts.label(self.lang), &packet.notes);
        }
    }

    fn event(&mut self, connection: &Connection, event: Event) {
        let shown = match self.level {
            Level::Connections => false,
            Level::Phases => {
                matches!(event.class, Class::Open | Class::Handshake | Class::Close | Class::Trouble)
            }
            Level::Messages => event.class != Class::Part && event.facts.kind() != "tcp.ack",
            Level::Packets => false,
        };
        if shown && self.filter.as_ref().is_none_or(|filter| filter.event(connection, &event, None)) {
            self.arrow(connection, event.time, event.side, &event.facts.label(self.lang), &event.notes);
        }
    }

    fn closed(&mut self, connection: &Connection) {
        self.verdict(connection);
    }

    fn ended(&mut self, connection: Connection) {
        if connection.close == crate::connection::Close::Open {
            self.verdict(&connection);
        }
    }

    fn warning(&mut self, frame: FrameNumber, note: Note) {
        if note.what.severity == Severity::Error {
            let text = safe::line(&note.say(self.lang));
            self.line(&format!("! {} {frame}: {text} [{}]", self.lang.pick("packet", "패킷"), note.what.id));
        }
    }
}
