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

use std::fmt;

use regex::bytes::{Regex, RegexBuilder};

use crate::connection::Connection;
use crate::event::{Event, Field, Side, Value};
use crate::locale::Lang;

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
    &["tcp", "udp", "tls", "http", "http2", "h2", "websocket", "ws", "dns", "sse"];

/// What the event families are called in field names.
const FAMILIES: &[&str] = &["tcp", "udp", "tls", "http", "h2", "ws", "dns", "sse", "data"];

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
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "filter, column {}: {}", self.column + 1, self.message)
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
        let mut parser = Parser { tokens: tokens(text)?, at: 0, end: text.chars().count() };
        let root = parser.expression(0)?;
        match parser.peek() {
            None => Ok(Filter { root }),
            Some(token) => Err(token.wrong("expected && or ||, or the end")),
        }
    }

    /// Whether a connection can be judged without its events, and then how.
    pub fn connection(&self, connection: &Connection) -> Option<bool> {
        self.root.ask(connection, None)
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

#[derive(Debug, Clone, PartialEq)]
struct Token {
    column: usize,
    text: String,
    /// Whether it stood in quotes.
    quoted: bool,
}

impl Token {
    fn wrong(&self, message: impl Into<String>) -> Wrong {
        Wrong { column: self.column, message: message.into() }
    }

    fn is(&self, texts: &[&str]) -> bool {
        !self.quoted && texts.contains(&self.text.as_str())
    }
}

const OPERATORS: &[&str] = &["==", "!=", "<=", ">=", "!~", "&&", "||", "<", ">", "~", "!", "(", ")", "="];

fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let column = at;
        if c.is_whitespace() {
            at += 1;
        } else if c == '"' {
            let (word, next) = quoted(&chars, at)?;
            at = next;
            found.push(Token { column, text: word, quoted: true });
        } else if let Some(sign) =
            OPERATORS.iter().find(|sign| sign.chars().enumerate().all(|(i, s)| chars.get(at + i) == Some(&s)))
        {
            at += sign.len();
            found.push(Token { column, text: (*sign).to_owned(), quoted: false });
        } else {
            let word: String = chars[at..]
                .iter()
                .take_while(|c| !c.is_whitespace() && !"\"=!<>~&|()".contains(**c))
                .collect();
            if word.is_empty() {
                return Err(Wrong { column, message: format!("{c:?} means nothing here") });
            }
            at += word.chars().count();
            found.push(Token { column, text: word, quoted: false });
        }
    }
    Ok(found)
}

fn quoted(chars: &[char], start: usize) -> Result<(String, usize), Wrong> {
    let mut word = String::new();
    let mut at = start + 1;
    loop {
        match (chars.get(at), chars.get(at + 1)) {
            (Some('"'), _) => return Ok((word, at + 1)),
            (Some('\\'), Some(c @ ('"' | '\\'))) => {
                word.push(*c);
                at += 2;
            }
            (Some(c), _) => {
                word.push(*c);
                at += 1;
            }
            (None, _) => {
                return Err(Wrong { column: start, message: "this quote is never closed".to_owned() });
            }
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    end: usize,
}

/// Parentheses and negations may stand this deep.
const DEPTH: usize = 64;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, texts: &[&str]) -> bool {
        let taken = self.peek().is_some_and(|token| token.is(texts));
        self.at += usize::from(taken);
        taken
    }

    fn next(&mut self, expected: &str) -> Result<Token, Wrong> {
        let token = self.peek().cloned();
        self.at += 1;
        token.ok_or_else(|| Wrong { column: self.end, message: format!("expected {expected} here") })
    }

    fn expression(&mut self, depth: usize) -> Result<Node, Wrong> {
        let mut nodes = vec![self.and(depth)?];
        while self.take(&["||", "or"]) {
            nodes.push(self.and(depth)?);
        }
        Ok(Node::Or(nodes))
    }

    fn and(&mut self, depth: usize) -> Result<Node, Wrong> {
        let mut nodes = vec![self.not(depth)?];
        while self.take(&["&&", "and"]) {
            nodes.push(self.not(depth)?);
        }
        Ok(Node::And(nodes))
    }

    fn not(&mut self, depth: usize) -> Result<Node, Wrong> {
        if depth > DEPTH {
            return Err(Wrong {
                column: self.peek().map_or(self.end, |token| token.column),
                message: "nested too deep".to_owned(),
            });
        }
        if self.take(&["!", "not"]) {
            return Ok(Node::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.take(&["("]) {
            let inner = self.expression(depth + 1)?;
            let close = self.next("a closing parenthesis")?;
            return if close.is(&[")"]) {
                Ok(inner)
            } else {
                Err(close.wrong("expected a closing parenthesis"))
            };
        }
        self.test()
    }

    fn test(&mut self) -> Result<Node, Wrong> {
        let token = self.next("a field")?;
        if token.quoted || OPERATORS.contains(&token.text.as_str()) {
            return Err(token.wrong(format!("expected a field, not {:?}", token.text)));
        }
        let field = token.text.to_lowercase();
        let operator = self
            .peek()
            .filter(|token| token.is(&["==", "=", "!=", "<", "<=", ">", ">=", "~", "!~"]))
            .cloned();
        let Some(operator) = operator else {
            if PROTOCOL_NAMES.contains(&field.as_str()) {
                return Ok(Node::Protocol(field));
            }
            known(&token, &field)?;
            return Ok(Node::Test { field, is: Is::There });
        };
        self.at += 1;
        known(&token, &field)?;
        let value = self.next("a value")?;
        if !value.quoted && OPERATORS.contains(&value.text.as_str()) {
            return Err(value.wrong(format!("expected a value, not {:?}", value.text)));
        }
        Ok(Node::Test { is: is(&field, &operator, &value)?, field })
    }
}

fn is(field: &str, operator: &Token, value: &Token) -> Result<Is, Wrong> {
    if operator.is(&["~", "!~"]) {
        let pattern = RegexBuilder::new(&value.text).case_insensitive(true).size_limit(1 << 20).build();
        let pattern = pattern.map_err(|_| value.wrong("this is no regular expression"))?;
        return Ok(if operator.text == "~" { Is::Like(pattern) } else { Is::Unlike(pattern) });
    }
    let order = match operator.text.as_str() {
        "!=" => Order::Unequal,
        "<" => Order::Less,
        "<=" => Order::AtMost,
        ">" => Order::Greater,
        ">=" => Order::AtLeast,
        _ => Order::Equal,
    };
    let mut number = if value.quoted { None } else { number(&value.text) };
    if field.ends_with("_us") && value.text.ends_with('s') {
        // The field counts microseconds, the value came out in seconds.
        number = number.map(|seconds| seconds * 1e6);
    }
    Ok(Is::Compared(order, Operand { text: value.text.clone(), number }))
}

/// Whether there may be such a field; a name that cannot be one is an error at once, not an empty screen.
fn known(token: &Token, field: &str) -> Result<(), Wrong> {
    let family = field.split('.').next().unwrap_or(field);
    if CONNECTION_FIELDS.contains(&field) || EVENT_FIELDS.contains(&field) || FAMILIES.contains(&family) {
        return Ok(());
    }
    let names = CONNECTION_FIELDS.iter().chain(EVENT_FIELDS).chain(PROTOCOL_NAMES);
    let near =
        names.filter(|name| name.starts_with(field.get(..2).unwrap_or(field))).copied().collect::<Vec<_>>();
    let hint = if near.is_empty() { String::new() } else { format!("; do you mean {}?", near.join(" or ")) };
    Err(token.wrong(format!("there is no field {field:?}{hint}")))
}

/// A number with its unit; durations come out in seconds, sizes in bytes.
fn number(text: &str) -> Option<f64> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(|number| number as f64);
    }
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let factor = match unit {
        "" | "s" | "B" => 1.0,
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "m" => 60.0,
        "h" => 3600.0,
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1_048_576.0,
        _ => return None,
    };
    digits.parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_filter_points_at_its_column() {
        let wrong = |text| Filter::parse(text).expect_err(text).column;
        assert_eq!(wrong("ws.opcode == "), 13);
        assert_eq!(wrong("port == 80 && (tls"), 18);
        assert_eq!(wrong("port == 80 colour"), 11);
        assert_eq!(wrong("colour == 1"), 0);
        assert_eq!(wrong("payload ~ \"[\""), 10);
        assert_eq!(wrong("payload ~ \"abc"), 10);
        assert_eq!(wrong("&& tls"), 0);
        assert!(Filter::parse(&"(".repeat(100_000)).is_err());
    }

    #[test]
    fn units_are_read() {
        let read = ["200ms", "1.5s", "4kB", "0x10", "2KiB", "abc", "1ms2"].map(number);
        assert_eq!(read, [Some(0.2), Some(1.5), Some(4000.0), Some(16.0), Some(2048.0), None, None]);
    }
}
