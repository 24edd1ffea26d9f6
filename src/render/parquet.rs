//! Tables for query engines: events and connections as Parquet files (parquet.apache.org), a row each.
//!
//! Rows go in as they happen and are written in groups, so memory does not grow with the capture. Columns that an
//! event's kind does not have are null. Times are nanoseconds since 1970 in UTC.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::connection::{Connection, Roles};
use crate::diagnostic::Note;
use crate::error::Error;
use crate::event::{Event, Field, Side, Value};
use crate::locale::Lang;
use crate::safe;

/// Rows of a group, and bytes of text in it, after which it is written.
const ROWS: usize = 65_536;
const BYTES: usize = 32 << 20;
/// How much text of a payload is kept.
const PAYLOAD: usize = 4096;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Real,
    Flag,
    Time,
}

/// A value of a row.
enum Cell {
    Null,
    Text(String),
    Number(i64),
    Real(f64),
    Flag(bool),
}

/// The values of a column that are not written yet.
enum Values {
    Texts(Vec<ByteArray>),
    Numbers(Vec<i64>),
    Reals(Vec<f64>),
    Flags(Vec<bool>),
}

const EVENTS: &[(&str, Kind)] = &[
    ("conn", Kind::Number),
    ("stream", Kind::Number),
    ("transport", Kind::Text),
    ("n", Kind::Number),
    ("kind", Kind::Text),
    ("dir", Kind::Text),
    ("time", Kind::Time),
    ("label", Kind::Text),
    ("packets", Kind::Number),
    ("first_packet", Kind::Number),
    ("last_packet", Kind::Number),
    ("h2_stream", Kind::Number),
    ("method", Kind::Text),
    ("target", Kind::Text),
    ("status", Kind::Number),
    ("opcode", Kind::Text),
    ("close_code", Kind::Number),
    ("len", Kind::Number),
    ("body_len", Kind::Number),
    ("latency_us", Kind::Real),
    ("rtt_us", Kind::Real),
    ("sni", Kind::Text),
    ("decrypted", Kind::Flag),
    ("text", Kind::Text),
    ("violations", Kind::Text),
];

const CONNECTIONS: &[(&str, Kind)] = &[
    ("conn", Kind::Number),
    ("transport", Kind::Text),
    ("stream", Kind::Number),
    ("client_ip", Kind::Text),
    ("client_port", Kind::Number),
    ("server_ip", Kind::Text),
    ("server_port", Kind::Number),
    ("roles", Kind::Text),
    ("open", Kind::Text),
    ("close", Kind::Text),
    ("closed_by", Kind::Text),
    ("protocols", Kind::Text),
    ("start", Kind::Time),
    ("end", Kind::Time),
    ("first_packet", Kind::Number),
    ("last_packet", Kind::Number),
    ("packets_c2s", Kind::Number),
    ("packets_s2c", Kind::Number),
    ("bytes_c2s", Kind::Number),
    ("bytes_s2c", Kind::Number),
    ("handshake_rtt_us", Kind::Real),
    ("retransmissions_c2s", Kind::Number),
    ("retransmissions_s2c", Kind::Number),
    ("missing_bytes_c2s", Kind::Number),
    ("missing_bytes_s2c", Kind::Number),
    ("verdict", Kind::Text),
    ("violations", Kind::Text),
];

/// A pair of tables that is being written.
pub struct Tables {
    events: Table,
    connections: Table,
    /// The capture that the rows are of, for its column; none where the tables have no such column.
    capture: Option<String>,
}

impl Tables {
    /// Begins tables in two files; with a column `capture` where `named`.
    ///
    /// # Errors
    /// [`Error::Write`], as of every call.
    pub fn new(events: File, connections: File, named: bool) -> Result<Tables, Error> {
        let events = Table::new(events, "events", EVENTS, named)?;
        let connections = Table::new(connections, "connections", CONNECTIONS, named)?;
        Ok(Tables { events, connections, capture: named.then(String::new) })
    }

    /// What follows is of this capture.
    pub fn capture(&mut self, name: &str) {
        if let Some(capture) = &mut self.capture {
            name.clone_into(capture);
        }
    }

    /// Adds an event.
    pub fn event(&mut self, connection: &Connection, event: &Event) -> Result<(), Error> {
        let fields = event.facts.fields();
        let of = |name: &str| cell(&fields, name);
        let row = [
            Cell::from(u64::from(connection.id)),
            Cell::from(u64::from(connection.stream)),
            Cell::from(connection.transport.name()),
            Cell::from(event.n),
            Cell::from(event.facts.kind()),
            Cell::from(event.side.direction()),
            Cell::Number(event.time.0),
            Cell::Text(safe::line(&event.facts.label(Lang::En))),
            Cell::from((event.frames.len() as u64).saturating_add(event.left_out)),
            event.frames.first().copied().map_or(Cell::Null, Cell::from),
            event.frames.last().copied().map_or(Cell::Null, Cell::from),
            event.channel.map_or(Cell::Null, |channel| Cell::from(u64::from(channel))),
            of("method"),
            of("target"),
            of("status"),
            of("opcode").text(),
            of("close_code"),
            of("len"),
            of("body_len"),
            of("latency_us"),
            of("rtt_us"),
            of("sni"),
            Cell::Flag(event.decrypted),
            payload(event),
            ids(event.notes.iter().map(|note: &Note| note.what.id)),
        ];
        self.events.row(self.capture.as_deref(), row)
    }

    /// Adds a connection that has ended.
    pub fn connection(&mut self, connection: &Connection) -> Result<(), Error> {
        let [client, server] = connection.ends;
        let [sent, answered] = connection.struggle;
        let protocols: Vec<&str> = connection.protocols.names().collect();
        let row = [
            Cell::from(u64::from(connection.id)),
            Cell::from(connection.transport.name()),
            Cell::from(u64::from(connection.stream)),
            Cell::Text(client.ip.to_string()),
            Cell::from(u64::from(client.port)),
            Cell::Text(server.ip.to_string()),
            Cell::from(u64::from(server.port)),
            Cell::from(if connection.roles == Roles::Seen { "seen" } else { "inferred" }),
            Cell::from(connection.open.name()),
            Cell::from(connection.close.name()),
            connection.closed_by.map(Side::direction).map_or(Cell::Null, Cell::from),
            Cell::Text(protocols.join(",")),
            Cell::Number(connection.start.0),
            Cell::Number(connection.end.0),
            Cell::from(connection.first_packet),
            Cell::from(connection.last_packet),
            Cell::from(connection.packets[0]),
            Cell::from(connection.packets[1]),
            Cell::from(connection.payload[0]),
            Cell::from(connection.payload[1]),
            connection.handshake_rtt.map_or(Cell::Null, |nanos| Cell::Real(nanos as f64 / 1000.0)),
            Cell::from(u64::from(sent.retransmissions)),
            Cell::from(u64::from(answered.retransmissions)),
            Cell::from(sent.missing_bytes),
            Cell::from(answered.missing_bytes),
            Cell::Text(safe::line(&connection.verdict(Lang::En))),
            ids(connection.notes.iter().map(|what| what.id)),
        ];
        self.connections.row(self.capture.as_deref(), row)
    }

    /// Writes what is left, and the ends of both files.
    pub fn finish(self) -> Result<(), Error> {
        self.events.finish()?;
        self.connections.finish()
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Cell {
        Cell::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl Cell {
    /// A number as text, for a column that holds names as well.
    fn text(self) -> Cell {
        match self {
            Cell::Number(number) => Cell::Text(number.to_string()),
            other => other,
        }
    }
}

/// A field of an event.
fn cell(fields: &[Field], name: &str) -> Cell {
    match fields.iter().find(|field| field.name == name).map(|field| &field.value) {
        Some(Value::Text(text)) => Cell::Text(text.clone()),
        Some(Value::Number(number)) => i64::try_from(*number).map_or(Cell::Null, Cell::Number),
        Some(Value::Real(number)) => Cell::Real(*number),
        _ => Cell::Null,
    }
}

/// The beginning of a payload that is text.
fn payload(event: &Event) -> Cell {
    let Some(payload) = event.facts.payload().filter(|payload| payload.text) else { return Cell::Null };
    let kept = payload.bytes.get(..PAYLOAD).unwrap_or(&payload.bytes);
    Cell::Text(String::from_utf8_lossy(kept).into_owned())
}

/// Ids of diagnostics, with commas between; null where there are none.
fn ids<'i>(ids: impl Iterator<Item = &'i str>) -> Cell {
    let ids: Vec<&str> = ids.collect();
    if ids.is_empty() { Cell::Null } else { Cell::Text(ids.join(",")) }
}

/// A file of rows.
struct Table {
    writer: SerializedFileWriter<File>,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

/// The rows of a column that are not written yet; a level is 0 for null, else 1.
struct Column {
    levels: Vec<i16>,
    values: Values,
}

impl Table {
    fn new(file: File, name: &str, columns: &[(&str, Kind)], named: bool) -> Result<Table, Error> {
        let first = named.then_some(("capture", Kind::Text));
        let columns: Vec<(&str, Kind)> = first.into_iter().chain(columns.iter().copied()).collect();
        let fields: Result<Vec<_>, _> = columns.iter().map(|(name, kind)| column_type(name, *kind)).collect();
        let schema = fields.and_then(|fields| Type::group_type_builder(name).with_fields(fields).build());
        let properties = WriterProperties::builder()
            .set_created_by(concat!("seqdump ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            .build();
        let writer = schema
            .and_then(|schema| SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)))
            .map_err(broken)?;
        let columns = columns.iter().map(|(_, kind)| Column::new(*kind)).collect();
        Ok(Table { writer, columns, rows: 0, bytes: 0 })
    }

    fn row<const N: usize>(&mut self, capture: Option<&str>, row: [Cell; N]) -> Result<(), Error> {
        let first = capture.map(Cell::from);
        for (column, cell) in self.columns.iter_mut().zip(first.into_iter().chain(row)) {
            self.bytes += column.put(cell);
        }
        self.rows += 1;
        if self.rows < ROWS && self.bytes < BYTES {
            return Ok(());
        }
        self.flush()
    }

    /// Writes a group.
    fn flush(&mut self) -> Result<(), Error> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(broken)?;
        for column in &mut self.columns {
            column.write(&mut group).map_err(broken)?;
        }
        group.close().map_err(broken)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        self.writer.close().map(drop).map_err(broken)
    }
}

fn column_type(name: &str, kind: Kind) -> parquet::errors::Result<Arc<Type>> {
    let time = LogicalType::timestamp(true, TimeUnit::NANOS);
    let (physical, logical) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Number => (Physical::INT64, None),
        Kind::Real => (Physical::DOUBLE, None),
        Kind::Flag => (Physical::BOOLEAN, None),
        Kind::Time => (Physical::INT64, Some(time)),
    };
    let builder = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    builder.with_logical_type(logical).build().map(Arc::new)
}

fn broken(cause: parquet::errors::ParquetError) -> Error {
    Error::Write { what: "the tables".to_owned(), cause: std::io::Error::other(cause) }
}

impl Column {
    fn new(kind: Kind) -> Column {
        let values = match kind {
            Kind::Text => Values::Texts(Vec::new()),
            Kind::Number | Kind::Time => Values::Numbers(Vec::new()),
            Kind::Real => Values::Reals(Vec::new()),
            Kind::Flag => Values::Flags(Vec::new()),
        };
        Column { levels: Vec::new(), values }
    }

    /// Adds a value; null where it is of another kind. How many bytes of text it has.
    fn put(&mut self, cell: Cell) -> usize {
        let mut bytes = 0;
        let level = match (&mut self.values, cell) {
            (Values::Texts(texts), Cell::Text(text)) => {
                bytes = text.len();
                texts.push(ByteArray::from(text.into_bytes()));
                1
            }
            (Values::Numbers(numbers), Cell::Number(number)) => {
                numbers.push(number);
                1
            }
            (Values::Reals(reals), Cell::Real(real)) => {
                reals.push(real);
                1
            }
            (Values::Flags(flags), Cell::Flag(flag)) => {
                flags.push(flag);
                1
            }
            _ => 0,
        };
        self.levels.push(level);
        bytes
    }

    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, File>) -> parquet::errors::Result<()> {
        match &mut self.values {
            Values::Texts(values) => put::<ByteArrayType>(group, values, &self.levels)?,
            Values::Numbers(values) => put::<Int64Type>(group, values, &self.levels)?,
            Values::Reals(values) => put::<DoubleType>(group, values, &self.levels)?,
            Values::Flags(values) => put::<BoolType>(group, values, &self.levels)?,
        }
        self.levels.clear();
        Ok(())
    }
}

/// Writes the next column of a group, and empties `values`.
fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: &mut Vec<T::T>,
    levels: &[i16],
) -> parquet::errors::Result<()> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(values, Some(levels), None)?;
        column.close()?;
    }
    values.clear();
    Ok(())
}
