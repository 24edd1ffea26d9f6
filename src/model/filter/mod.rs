//! The display filter: which events, and which connections, a reader wants to see.
//!
//! ```text
//! expression = and { ("||" | "or") and }
//! and        = not { ("&&" | "and") not }
//! not        = ("!" | "not") not | "(" expression ")" | test
//! test       = field [ operator value ]                     a field alone: is it there, and is it not false or 0?
//! operator   = "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~"         ~ is a regular expression
//! value      = number [unit] | "text" | word                 units: ns us ms s m h, B kB MB GB KiB MiB
//! ```
//! A field is one of the connection ([`CONNECTION_FIELDS`]), one of any event ([`EVENT_FIELDS`]), or a field of the
//! event schema behind the family or kind of its event: `ws.opcode`, `http.status`, `tls.client_hello.sni`. A
//! protocol's name alone asks for its connections: `websocket && server.port == 8080`.

mod parse;

use std::fmt;
use std::sync::Arc;

use regex::bytes::Regex;

use crate::connection::Connection;
use crate::event::{Event, Field, Side, Value};
use crate::locale::Lang;
use crate::model::diagram::Only;

/// Fields of a connection.
pub const CONNECTION_FIELDS: &[&str] = &[
    "conn",
    "stream",
    "transport",
    "protocol",
    "port",
    "ip",
    "host",
    "client.ip",
    "client.port",
    "server.ip",
    "server.port",
    "process",
    "pid",
    "open",
    "close",
    "closed_by",
    "verdict",
    "packets",
    "bytes",
    "duration",
    "rtt",
    "retransmissions",
    "missing",
    "violations",
    "warnings",
];

/// Fields of any event.
pub const EVENT_FIELDS: &[&str] =
    &["kind", "dir", "n", "delta", "packet", "decrypted", "payload", "label", "note"];

/// Names that ask for the connections of a protocol.
pub const PROTOCOL_NAMES: &[&str] =
    &["tcp", "udp", "tls", "http", "http2", "h2", "websocket", "ws", "dns", "sse", "proxy"];

/// What the event families are called in field names.
const FAMILIES: &[&str] = &["tcp", "udp", "tls", "http", "h2", "ws", "dns", "sse", "proxy", "data"];

/// A filter, ready to be asked.
#[derive(Debug, Clone)]
pub struct Filter {
    root: Node,
}

/// Why a filter makes no sense, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The column, in characters from 0.
    pub column: usize,
    /// What is wrong there, in every language, English first.
    pub message: [String; 2],
}

impl Wrong {
    /// What is wrong there.
    pub fn say(self, lang: Lang) -> String {
        let [english, korean] = self.message;
        lang.pick(english, korean)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "filter, column {}: {}", self.column + 1, self.message[0])
    }
}

#[derive(Debug, Clone)]
enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Protocol(String),
    Test { field: String, is: Is },
}

#[derive(Debug, Clone)]
enum Is {
    There,
    Compared(Order, Operand),
    Like(Regex),
    Unlike(Regex),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// A value to compare with: the text as written, and the number that it is, if it is one.
#[derive(Debug, Clone)]
struct Operand {
    text: String,
    number: Option<f64>,
}

impl Filter {
    /// Reads a filter.
    pub fn parse(text: &str) -> Result<Filter, Wrong> {
        parse::parse(text).map(|root| Filter { root })
    }

    /// Whether a connection can be judged without its events, and then how.
    pub fn connection(&self, connection: &Connection) -> Option<bool> {
        self.root.ask(connection, None)
    }

    /// Whether a connection itself, or one of its events, may fit.
    pub fn may_fit(&self, connection: &Connection) -> bool {
        self.connection(connection) != Some(false)
    }

    /// The filter as a view asks it.
    pub fn only(self) -> Only {
        Arc::new(move |connection, event, delta| {
            self.connection(connection).unwrap_or_else(|| self.event(connection, event, delta))
        })
    }

    /// Whether an event is wanted.
    /// `delta`: nanoseconds since the event before it on its connection.
    pub fn event(&self, connection: &Connection, event: &Event, delta: Option<i64>) -> bool {
        self.root.ask(connection, Some((event, delta))).unwrap_or(false)
    }
}

impl Node {
    /// `None` where the answer depends on an event and none is given.
    fn ask(&self, connection: &Connection, event: Option<(&Event, Option<i64>)>) -> Option<bool> {
        match self {
            Node::Or(nodes) => any(nodes.iter().map(|node| node.ask(connection, event))),
            Node::And(nodes) => {
                any(nodes.iter().map(|node| node.ask(connection, event).map(|yes| !yes))).map(|no| !no)
            }
            Node::Not(node) => node.ask(connection, event).map(|yes| !yes),
            Node::Protocol(name) => Some(connection.protocols.names().any(|known| is_protocol(known, name))),
            Node::Test { field, is } => {
                if let Some(values) = of_connection(connection, field) {
                    return Some(is.holds(&values));
                }
                event.map(|(event, delta)| is.holds(&of_event(event, delta, field)))
            }
        }
    }
}

/// Three-valued or: yes where one is, no where all are, else unknown.
fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = false,
        }
    }
    known.then_some(false)
}

fn is_protocol(known: &str, asked: &str) -> bool {
    let asked = match asked {
        "ws" => "websocket",
        "h2" => "http2",
        asked => asked,
    };
    known == asked || (asked == "http2" && known == "h2") || known.split('/').next() == Some(asked)
}

impl Is {
    /// Whether any of a field's values fits; a field that is not there fits nothing.
    fn holds(&self, values: &[Value]) -> bool {
        match self {
            Is::There => values.iter().any(|value| !matches!(value, Value::Bool(false) | Value::Number(0))),
            Is::Compared(Order::Unequal, operand) => {
                !values.is_empty() && !values.iter().any(|value| operand.compare(Order::Equal, value))
            }
            Is::Compared(order, operand) => values.iter().any(|value| operand.compare(*order, value)),
            Is::Like(pattern) => values.iter().any(|value| like(pattern, value)),
            Is::Unlike(pattern) => !values.is_empty() && !values.iter().any(|value| like(pattern, value)),
        }
    }
}

fn like(pattern: &Regex, value: &Value) -> bool {
    match value {
        Value::Hex(bytes) => pattern.is_match(bytes),
        value => text_of(value).is_some_and(|text| pattern.is_match(text.as_bytes())),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        Value::Hex(bytes) => Some(bytes.iter().map(|b| format!("{b:02x}")).collect()),
        Value::List(_) | Value::Table(_) => None,
    }
}

impl Operand {
    fn compare(&self, order: Order, value: &Value) -> bool {
        let number = match value {
            Value::Number(number) => Some(*number as f64),
            Value::Real(number) => Some(*number),
            _ => None,
        };
        match (number, self.number) {
            (Some(left), Some(right)) => order.holds(left.partial_cmp(&right)),
            (Some(_), None) => false,
            _ => text_of(value)
                .is_some_and(|text| order.holds(Some(text.to_lowercase().cmp(&self.text.to_lowercase())))),
        }
    }
}

impl Order {
    fn holds(self, ordering: Option<std::cmp::Ordering>) -> bool {
        ordering.is_some_and(|ordering| match self {
            Order::Equal => ordering.is_eq(),
            Order::Unequal => ordering.is_ne(),
            Order::Less => ordering.is_lt(),
            Order::AtMost => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::AtLeast => ordering.is_ge(),
        })
    }
}

/// The values of a connection's field; `None` where it is no such field.
fn of_connection(connection: &Connection, field: &str) -> Option<Vec<Value>> {
    let (client, server) = (connection.endpoint(Side::Client), connection.endpoint(Side::Server));
    let owners = || Side::BOTH.iter().filter_map(|side| connection.owner(*side));
    let count = |severe: bool| {
        let noted = connection
            .noted
            .iter()
            .filter(|what| (what.severity == crate::diagnostic::Severity::Error) == severe);
        noted.flat_map(|what| [Value::Number(1), what.id.into()]).collect()
    };
    Some(match field {
        "conn" => vec![connection.id.into()],
        "stream" => vec![connection.stream.into()],
        "transport" => vec![connection.transport.name().into()],
        "protocol" => connection.protocols.names().map(Value::from).collect(),
        "port" => vec![client.port.into(), server.port.into()],
        "ip" | "host" => vec![client.ip.to_string().into(), server.ip.to_string().into()],
        "client.ip" => vec![client.ip.to_string().into()],
        "client.port" => vec![client.port.into()],
        "server.ip" => vec![server.ip.to_string().into()],
        "server.port" => vec![server.port.into()],
        "process" => owners().flat_map(|of| [of.command.clone().into(), of.to_string().into()]).collect(),
        "pid" => owners().map(|of| of.pid.into()).collect(),
        "open" => vec![connection.open.name().into()],
        "close" => vec![connection.close.name().into()],
        "closed_by" => connection.closed_by.map(|side| side.name(Lang::En).into()).into_iter().collect(),
        "verdict" => {
            let ids = connection.verdicts.iter().map(|verdict| verdict.outcome.id.into());
            ids.chain([connection.close.name().into(), connection.verdict(Lang::En).into()]).collect()
        }
        "packets" => vec![(connection.packets[0] + connection.packets[1]).into()],
        "bytes" => vec![(connection.payload[0] + connection.payload[1]).into()],
        "duration" => vec![seconds(connection.end.since(connection.start))],
        "rtt" => connection.handshake_rtt.map(seconds).into_iter().collect(),
        "retransmissions" => {
            vec![connection.struggle.iter().map(|side| side.retransmissions).sum::<u32>().into()]
        }
        "missing" => vec![connection.struggle.iter().map(|side| side.missing_bytes).sum::<u64>().into()],
        "violations" => count(true),
        "warnings" => count(false),
        _ => return None,
    })
}

fn seconds(nanos: i64) -> Value {
    Value::Real(nanos as f64 / 1e9)
}

/// The values of an event's field; none where it has no such field.
fn of_event(event: &Event, delta: Option<i64>, field: &str) -> Vec<Value> {
    match field {
        "kind" => return vec![event.facts.kind().into()],
        "dir" => return vec![event.side.direction().into(), event.side.name(Lang::En).into()],
        "n" => return vec![event.n.into()],
        "delta" => return delta.map(seconds).into_iter().collect(),
        "packet" => return event.frames.iter().map(|&number| number.into()).collect(),
        "decrypted" => return vec![event.decrypted.into()],
        "label" => return vec![event.facts.label(Lang::En).into()],
        "note" => return event.notes.iter().map(|note| note.what.id.into()).collect(),
        "payload" => {
            return event
                .facts
                .payload()
                .map(|payload| Value::Hex(payload.bytes.into_owned()))
                .into_iter()
                .collect();
        }
        _ => {}
    }
    let kind = event.facts.kind();
    let family = kind.split('.').next().unwrap_or(kind);
    let rest = field
        .strip_prefix(kind)
        .or_else(|| field.strip_prefix(family))
        .and_then(|rest| rest.strip_prefix('.'));
    let Some(name) = rest else {
        // The family or the kind alone: is the event of it?
        return if field == kind || field == family { vec![Value::Bool(true)] } else { Vec::new() };
    };
    let mut values = Vec::new();
    for known in event.facts.fields() {
        gather(&known, name, &mut values);
    }
    values
}

/// The values of `name` in a field: of itself, or of a part of it behind a dot.
fn gather(field: &Field, name: &str, values: &mut Vec<Value>) {
    let inner = if field.name == name {
        ""
    } else {
        match name.strip_prefix(field.name).and_then(|rest| rest.strip_prefix('.')) {
            Some(inner) => inner,
            None => return,
        }
    };
    flatten(&field.value, inner, values);
}

fn flatten(value: &Value, inner: &str, values: &mut Vec<Value>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| flatten(item, inner, values)),
        Value::Table(fields) if inner.is_empty() => {
            fields.iter().for_each(|field| flatten(&field.value, "", values))
        }
        Value::Table(fields) => fields.iter().for_each(|field| gather(field, inner, values)),
        value => values.push(value.clone()),
    }
}
