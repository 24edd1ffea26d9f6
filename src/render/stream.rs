//! Rows as they come: one line for each thing that happens, whatever its connection. For a live capture without a
//! screen, where a whole diagram would come too late.

use std::collections::BTreeMap;
use std::io::Write;

use unicode_width::UnicodeWidthStr;

use crate::connection::{Connection, Owners};
use crate::diagnostic::{Note, Severity};
use crate::engine::Observer;
use crate::error::Error;
use crate::event::{Class, Endpoint, Event, Packet, Side};
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;
use crate::model::diagram::Level;
use crate::model::filter::Filter;
use crate::model::redact::Redactor;
use crate::safe;

/// Writes a line for each row.
pub struct Rows<W: Write> {
    out: W,
    lang: Lang,
    level: Level,
    filter: Option<Filter>,
    /// Who hides what is not to be shown; secrets only from where they are recognised on.
    pub redactor: Option<Redactor>,
    /// The widest end on the left so far, so that arrows stand in a column.
    width: usize,
    held: Option<Held>,
    failed: Option<Error>,
}

/// Rows that wait for their place, by time and in the order in which they came.
#[derive(Default)]
struct Held {
    rows: BTreeMap<(Timestamp, u64), Row>,
    count: u64,
}

/// So many rows are held back; then those are written that have waited longest.
const HELD: usize = 100_000;

/// A row of one connection, or of none.
struct Row {
    connection: Option<u32>,
    /// Whose its sockets are, as far as its summary knows.
    owners: Option<Box<Owners>>,
    what: What,
}

/// What a row says.
enum What {
    Arrow { ends: [Endpoint; 2], side: Side, label: String, notes: Vec<String> },
    Verdict { client: Endpoint, text: String },
    Plain(String),
}

/// What is known of those who speak.
pub trait Parties {
    /// Whether a connection is shown; `None` while that is not known.
    fn is_shown(&self, connection: u32) -> Option<bool>;

    /// What one end of a connection is called, where it has a name.
    fn name(&self, connection: u32, side: Side) -> Option<String>;
}

/// All connections are shown, and all ends are addresses.
struct Anybody;

impl Parties for Anybody {
    fn is_shown(&self, _connection: u32) -> Option<bool> {
        Some(true)
    }

    fn name(&self, _connection: u32, _side: Side) -> Option<String> {
        None
    }
}

impl<W: Write> Rows<W> {
    /// Rows of this level, of what the filter lets through.
    pub fn new(out: W, lang: Lang, level: Level, filter: Option<Filter>) -> Rows<W> {
        Rows { out, lang, level, filter, redactor: None, width: 21, held: None, failed: None }
    }

    /// The same, but rows wait for [`Rows::release`], which puts them in order.
    pub fn held(self) -> Rows<W> {
        Rows { held: Some(Held::default()), ..self }
    }

    /// Adds a row that is of no connection.
    pub fn tell(&mut self, time: Timestamp, text: &str) {
        let hidden = self.redactor.as_mut().map(|redactor| redactor.text(text));
        let what = What::Plain(hidden.unwrap_or_else(|| text.to_owned()));
        self.put(time, Row { connection: None, owners: None, what });
    }

    /// Writes the rows of before `until`, in the order of time. Those of connections that are not shown are dropped,
    /// those of whom that is not known yet go on waiting.
    pub fn release(&mut self, until: Timestamp, parties: &dyn Parties) {
        let Some(mut held) = self.held.take() else { return };
        let spare = held.rows.len().saturating_sub(HELD);
        let later = held.rows.split_off(&(until, 0));
        let ready = std::mem::replace(&mut held.rows, later);
        for (place, (at, row)) in ready.into_iter().enumerate() {
            match row.connection.map_or(Some(true), |id| parties.is_shown(id)) {
                Some(true) => self.write(at.0, &row, parties),
                None if place >= spare => drop(held.rows.insert(at, row)),
                _ => {}
            }
        }
        self.held = Some(held);
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

    fn say(&mut self, time: Timestamp, connection: &Connection, what: What) {
        let owners = connection.owners.clone();
        self.put(time, Row { connection: Some(connection.id), owners, what });
    }

    fn put(&mut self, time: Timestamp, row: Row) {
        match &mut self.held {
            Some(held) => {
                held.rows.insert((time, held.count), row);
                held.count += 1;
            }
            None => self.write(time, &row, &Anybody),
        }
    }

    fn write(&mut self, time: Timestamp, row: &Row, parties: &dyn Parties) {
        let id = row.connection.unwrap_or_default();
        let called = |side: Side, end: Endpoint| {
            let owner = row.owners.as_ref().and_then(|owners| owners.0[side as usize].as_ref());
            match parties.name(id, side).or(owner.map(ToString::to_string)) {
                Some(name) => format!("{name}:{}", end.port),
                None => end.to_string(),
            }
        };
        let time = clock(time);
        match &row.what {
            What::Plain(text) => self.line(&format!("{time}  {text}")),
            What::Verdict { client, text } => {
                let client = right(&called(Side::Client, *client), self.width);
                self.line(&format!("{time}  #{id:<3} {client} ■ {text}"));
            }
            What::Arrow { ends, side, label, notes } => {
                let ends = Side::BOTH.map(|side| called(side, ends[side as usize]));
                self.width = self.width.max(ends[0].width());
                let arrow = match side {
                    Side::Client => format!("── {label} ──▶"),
                    Side::Server => format!("◀── {label} ──"),
                };
                let client = right(&ends[0], self.width);
                self.line(&format!("{time}  #{id:<3} {client} {arrow} {}", ends[1]));
                let indent = " ".repeat(time.len() + 7 + self.width);
                notes.iter().for_each(|note| self.line(&format!("{indent} ! {note}")));
            }
        }
    }

    fn arrow(&mut self, connection: &Connection, time: Timestamp, side: Side, label: &str, notes: &[Note]) {
        let notes = notes.iter().filter(|note| note.what.severity > Severity::Info);
        let said = notes.map(|note| {
            format!("{} [{}] {}", safe::line(&note.say(self.lang)), note.what.id, note.what.source)
        });
        let (label, notes) = (safe::line(label), said.collect());
        self.say(time, connection, What::Arrow { ends: connection.ends, side, label, notes });
    }

    fn verdict(&mut self, connection: &Connection) {
        let judged = self.filter.as_ref().is_none_or(|filter| filter.may_fit(connection));
        if !judged || connection.packets == [0; 2] {
            return;
        }
        let hidden = self.redactor.as_mut().map(|redactor| redactor.shown(connection));
        let connection = hidden.as_ref().unwrap_or(connection);
        let (client, text) = (connection.endpoint(Side::Client), safe::line(&connection.verdict(self.lang)));
        self.say(connection.end, connection, What::Verdict { client, text });
    }
}

/// Text at the right end of so many cells.
fn right(text: &str, cells: usize) -> String {
    format!("{}{text}", " ".repeat(cells.saturating_sub(text.width())))
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

    fn packet(&mut self, connection: &Connection, mut packet: Packet) {
        let judged = self.filter.as_ref().is_none_or(|filter| filter.may_fit(connection));
        if self.level == Level::Packets && judged {
            let hidden = self.redactor.as_mut().map(|redactor| redactor.packet(connection, &mut packet));
            let connection = hidden.as_ref().unwrap_or(connection);
            self.arrow(connection, packet.time, packet.side, &packet.facts.label(self.lang), &packet.notes);
        }
    }

    fn event(&mut self, connection: &Connection, mut event: Event) {
        let wanted = self.filter.as_ref().is_none_or(|filter| filter.event(connection, &event, None));
        let hidden = self.redactor.as_mut().map(|redactor| redactor.event(connection, &mut event));
        let connection = hidden.as_ref().unwrap_or(connection);
        let shown = match self.level {
            Level::Connections => false,
            Level::Phases => {
                matches!(event.class, Class::Open | Class::Handshake | Class::Close | Class::Trouble)
            }
            Level::Messages => event.class != Class::Part && event.facts.kind() != "tcp.ack",
            Level::Packets => false,
        };
        if shown && wanted {
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

    fn warning(&mut self, frame: FrameNumber, mut note: Note) {
        if let Some(redactor) = &mut self.redactor {
            redactor.note(&mut note);
        }
        if note.what.severity == Severity::Error {
            let text = safe::line(&note.say(self.lang));
            self.line(&format!("! {} {frame}: {text} [{}]", self.lang.pick("packet", "패킷"), note.what.id));
        }
    }
}
