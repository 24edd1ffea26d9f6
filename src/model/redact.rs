//! Hides what is not everybody's business: cookies, credentials and tokens; by choice payloads and addresses.
//!
//! A trace, or events as they come, go in and come out changed: whoever draws, prints or exports them has nothing
//! left to hide. A secret that was seen once is hidden wherever it stands, in labels, fields, payloads and bytes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};

use regex::Regex;
use rustc_hash::FxHashMap;

use crate::connection::Connection;
use crate::diagnostic::Note;
use crate::event::{Event, Facts, Field, Payload, Value};
use crate::locale::Lang;
use crate::model::trace::Trace;

/// What stands where something was hidden.
const MARK: &str = "[redacted]";
/// Shorter secrets are hidden only where they were recognised: they would stand by chance in other words.
const SHORTEST: usize = 4;
/// Secrets that are remembered; those beyond are hidden only where they are recognised.
const REMEMBERED: usize = 4096;

/// Headers whose values are secrets.
const HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "x-access-token",
    "x-csrf-token",
    "x-xsrf-token",
];

/// Fields that hold what a user sent.
const CONTENT: &[&str] = &["text", "hex", "body", "data", "payload", "close_reason"];

/// A name that says that its value is a secret, with its value: in queries, forms, JSON.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"(?:[a-z0-9]+[_-])*(?:token|secret|password|passwd|pwd|api[_-]?key|session(?:[_-]?id)?|sid|signature|sig|jwt)";
    pattern(&format!(r#"(?i)\b{name}\\?["']?\s*[=:]\s*\\?["']?([^&\s"'#;,}}\\]+)"#))
});
/// Names that say so only in a query.
static QUERY: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?i)[?&](?:key|code|auth)=([^&\s#"]+)"#));
/// Credentials by the name of their scheme (RFC 9110 11.4).
static SCHEME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)\b(?:bearer|basic)\s+([A-Za-z0-9+/=._~-]{6,})"#));

#[allow(clippy::expect_used)]
fn pattern(text: &str) -> Regex {
    // The patterns are constants, and the tests compile each.
    Regex::new(text).expect("a pattern")
}

/// What is hidden besides secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redaction {
    /// What the users of the protocols sent each other.
    pub payloads: bool,
    /// IP addresses: each becomes one of those kept for documentation (RFC 5737, RFC 3849).
    pub addresses: bool,
}

/// Hides, and remembers what was a secret.
#[derive(Debug, Default)]
pub struct Redactor {
    what: Redaction,
    hidden: Arc<Hidden>,
    addresses: FxHashMap<IpAddr, IpAddr>,
}

/// What is put for what, the longest first.
#[derive(Clone, Debug, Default)]
struct Hidden {
    texts: Vec<(String, String)>,
    payloads: bool,
}

impl Redactor {
    /// Hides secrets, and what else is asked for.
    pub fn new(what: Redaction) -> Redactor {
        let hidden = Arc::new(Hidden { texts: Vec::new(), payloads: what.payloads });
        Redactor { what, hidden, addresses: FxHashMap::default() }
    }

    /// Hides in a whole trace; a secret also where it stands before it was recognised.
    pub fn trace(&mut self, trace: &mut Trace) {
        trace.connections.iter_mut().for_each(|connection| self.connection(connection));
        trace.events.iter().for_each(|traced| self.learn(&traced.event));
        for traced in trace.events.iter_mut() {
            self.hide(&mut traced.event.facts, &mut traced.event.notes);
        }
        for seen in trace.packets.iter_mut() {
            self.hide(&mut seen.packet.facts, &mut seen.packet.notes);
        }
        for (_, comment) in &mut trace.comments {
            *comment = self.hidden.text(comment);
        }
    }

    /// Hides in an event of `connection` what was a secret in it or in one before it.
    pub fn event(&mut self, connection: &Connection, event: &mut Event) {
        if self.what.addresses {
            connection.ends.iter().for_each(|end| _ = self.other(end.ip));
        }
        self.learn(event);
        self.hide(&mut event.facts, &mut event.notes);
    }

    /// Hides the addresses of a connection, where that is asked for.
    pub fn connection(&mut self, connection: &mut Connection) {
        if !self.what.addresses {
            return;
        }
        for end in &mut connection.ends {
            end.ip = self.other(end.ip);
        }
    }

    /// What stands for an address.
    fn other(&mut self, ip: IpAddr) -> IpAddr {
        if let Some(other) = self.addresses.get(&ip) {
            return *other;
        }
        let other = documentation(ip, self.addresses.len() as u32);
        self.addresses.insert(ip, other);
        self.put(ip.to_string(), other.to_string());
        other
    }

    fn put(&mut self, text: String, other: String) {
        let room = self.hidden.texts.len() < REMEMBERED;
        if room && self.hidden.texts.iter().all(|(known, _)| *known != text) {
            let hidden = Arc::make_mut(&mut self.hidden);
            hidden.texts.push((text, other));
            hidden.texts.sort_by(|(one, _), (two, _)| two.len().cmp(&one.len()).then_with(|| one.cmp(two)));
        }
    }

    fn learn(&mut self, event: &Event) {
        let mut found = Vec::new();
        for field in event.facts.fields() {
            secrets(&field.value, &mut found);
        }
        if let Some(payload) = event.facts.payload() {
            secrets_in(&String::from_utf8_lossy(&payload.bytes), &mut found);
        }
        for secret in found.into_iter().filter(|secret| secret.len() >= SHORTEST) {
            self.put(secret, MARK.to_owned());
        }
    }

    fn hide(&self, facts: &mut Box<dyn Facts>, notes: &mut [Note]) {
        let inner = std::mem::replace(facts, Box::new(Nothing));
        let wire = self.hidden.bytes(inner.wire());
        *facts = Box::new(Redacted { inner, wire, hidden: Arc::clone(&self.hidden) });
        for note in notes {
            if let Some(detail) = &note.detail {
                note.detail = Some(self.hidden.text(detail).into_boxed_str());
            }
        }
    }
}

/// The `n`th address that is kept for documentation, of the family of `ip`.
fn documentation(ip: IpAddr, n: u32) -> IpAddr {
    match ip {
        IpAddr::V4(_) => {
            let [_, _, more, last] = (n % 762).to_be_bytes();
            let host = u32::from_be_bytes([0, 0, more, last]);
            let [a, b, c] = [[192, 0, 2], [198, 51, 100], [203, 0, 113]][(host / 254) as usize];
            IpAddr::V4(Ipv4Addr::new(a, b, c, (host % 254 + 1) as u8))
        }
        IpAddr::V6(_) => {
            IpAddr::V6(Ipv6Addr::from(0x2001_0db8_0000_0000_0000_0000_0000_0000_u128 + u128::from(n) + 1))
        }
    }
}

/// Collects the secrets in a value.
fn secrets(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Text(text) => secrets_in(text, found),
        Value::List(values) => match values.as_slice() {
            [Value::Text(name), Value::Text(value)] if is_secret_header(name) => {
                found.push(value.clone());
                let parts =
                    value.split(';').flat_map(|part| part.split_once('=').map(|(_, value)| value.trim()));
                let attributes = ["/", "strict", "lax", "none"];
                found.extend(
                    parts
                        .filter(|part| {
                            part.len() > 5 && !attributes.contains(&part.to_ascii_lowercase().as_str())
                        })
                        .map(str::to_owned),
                );
                found.extend(value.split_once(' ').map(|(_, credentials)| credentials.to_owned()));
            }
            values => values.iter().for_each(|value| secrets(value, found)),
        },
        Value::Table(fields) => fields.iter().for_each(|field| secrets(&field.value, found)),
        Value::Bool(_) | Value::Number(_) | Value::Real(_) | Value::Hex(_) => {}
    }
}

fn is_secret_header(name: &str) -> bool {
    HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn secrets_in(text: &str, found: &mut Vec<String>) {
    for pattern in [&NAMED, &QUERY, &SCHEME] {
        found.extend(
            pattern.captures_iter(text).filter_map(|all| all.get(1)).map(|one| one.as_str().to_owned()),
        );
    }
}

impl Hidden {
    fn text(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for (secret, other) in self.texts.iter().filter(|(secret, _)| text.contains(secret.as_str())) {
            shown = shown.replace(secret.as_str(), other);
        }
        let mut found = Vec::new();
        secrets_in(&shown, &mut found);
        for secret in
            found.into_iter().filter(|secret| !secret.contains(MARK) && !MARK.contains(secret.as_str()))
        {
            shown = shown.replace(&format!("={secret}"), &format!("={MARK}"));
            shown = shown.replace(&format!(" {secret}"), &format!(" {MARK}"));
            shown = shown.replace(&format!("\"{secret}"), &format!("\"{MARK}"));
            shown = shown.replace(&format!(":{secret}"), &format!(":{MARK}"));
        }
        shown
    }

    /// Bytes with a star for each byte that is hidden.
    fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        if self.payloads {
            return vec![b'*'; bytes.len()];
        }
        let mut shown = bytes.to_vec();
        for (secret, _) in &self.texts {
            let places: Vec<usize> = memchr::memmem::find_iter(bytes, secret.as_bytes()).collect();
            places.into_iter().for_each(|at| shown[at..at + secret.len()].fill(b'*'));
        }
        shown
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.text(&text)),
            Value::Hex(bytes) => Value::Hex(self.bytes(&bytes)),
            Value::List(values) => match values.as_slice() {
                [Value::Text(name), Value::Text(_)] if is_secret_header(name) => {
                    Value::List(vec![Value::Text(name.clone()), Value::Text(MARK.to_owned())])
                }
                _ => Value::List(values.into_iter().map(|value| self.value(value)).collect()),
            },
            Value::Table(fields) => Value::Table(fields.into_iter().map(|field| self.field(field)).collect()),
            other => other,
        }
    }

    fn field(&self, field: Field) -> Field {
        let value = match self.payloads && CONTENT.contains(&field.name) {
            true => Value::Text(MARK.to_owned()),
            false => self.value(field.value),
        };
        Field { value, ..field }
    }
}

/// Facts with something hidden in them.
#[derive(Debug)]
struct Redacted {
    inner: Box<dyn Facts>,
    wire: Vec<u8>,
    hidden: Arc<Hidden>,
}

impl Facts for Redacted {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn label(&self, lang: Lang) -> String {
        let label = self.hidden.text(&self.inner.label(lang));
        if !self.hidden.payloads {
            return label;
        }
        // What somebody said stands in quotes, or in hex behind two blanks.
        match label.split_once('"') {
            Some((before, _)) => format!("{before}{MARK}"),
            None => label.split("  ").next().unwrap_or_default().to_owned(),
        }
    }

    fn fields(&self) -> Vec<Field> {
        self.inner.fields().into_iter().map(|field| self.hidden.field(field)).collect()
    }

    fn wire(&self) -> &[u8] {
        &self.wire
    }

    fn payload(&self) -> Option<Payload<'_>> {
        let payload = self.inner.payload()?;
        let bytes = match self.hidden.payloads {
            true => vec![b'*'; payload.bytes.len()],
            false => match std::str::from_utf8(&payload.bytes) {
                Ok(text) => self.hidden.text(text).into_bytes(),
                Err(_) => self.hidden.bytes(&payload.bytes),
            },
        };
        Some(Payload { bytes: bytes.into(), ..payload })
    }
}

/// Stands for facts while they are wrapped.
#[derive(Debug)]
struct Nothing;

impl Facts for Nothing {
    fn kind(&self) -> &'static str {
        ""
    }

    fn label(&self, _lang: Lang) -> String {
        String::new()
    }

    fn fields(&self) -> Vec<Field> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        secrets_in(text, &mut found);
        found
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        assert_eq!(found("/in?user=me&access_token=abc123&x=1"), ["abc123"]);
        assert_eq!(found(r#"{"password": "hunter2", "n": 1}"#), ["hunter2"]);
        assert_eq!(found("/maps?key=AIza99"), ["AIza99"]);
        assert_eq!(found("Authorization: Bearer eyJhbGci.x.y"), ["eyJhbGci.x.y"]);
        assert!(found(":authority: example.com, keyboard=1, monkey: 2").is_empty());
    }

    #[test]
    fn what_is_hidden_is_hidden_everywhere() {
        let mut redactor = Redactor::new(Redaction::default());
        redactor.put("hunter2".to_owned(), MARK.to_owned());
        assert_eq!(redactor.hidden.text("say hunter2 twice: hunter2"), "say [redacted] twice: [redacted]");
        assert_eq!(redactor.hidden.bytes(b"<hunter2>"), b"<*******>");
        assert_eq!(redactor.hidden.text("GET /?sid=ab"), "GET /?sid=[redacted]");
    }

    #[test]
    fn addresses_become_those_of_documentation() {
        let v4 = |n| documentation(IpAddr::V4(Ipv4Addr::LOCALHOST), n).to_string();
        assert_eq!([v4(0), v4(254), v4(761)], ["192.0.2.1", "198.51.100.1", "203.0.113.254"]);
        assert_eq!(documentation(IpAddr::V6(Ipv6Addr::LOCALHOST), 0).to_string(), "2001:db8::1");
    }
}
