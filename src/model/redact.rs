//! Hides what is not everybody's business: cookies, credentials and tokens; by choice payloads and addresses.
//!
//! A trace, or events as they come, go in and come out changed: whoever draws, prints or exports them has nothing
//! left to hide. A secret that was recognised once is hidden wherever it stands, in labels, fields and payloads. Bytes
//! as they were on the wire are left out altogether: masked or compressed, they hold secrets that no search finds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, Match, MatchKind};
use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::connection::Connection;
use crate::diagnostic::Note;
use crate::event::{Event, Facts, Field, FieldSink, Packet, Payload, Value};
use crate::locale::Lang;
use crate::model::trace::Trace;

/// What stands where something was hidden.
const MARK: &str = "[redacted]";
/// Shorter secrets are hidden only where they were recognised: they would stand by chance in other words.
const SHORTEST: usize = 4;
/// Secrets and addresses that are remembered; those beyond are hidden only where they are recognised.
const REMEMBERED: usize = 65_536;

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

/// What may be an IP address.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b\d{1,3}(?:\.\d{1,3}){3}\b|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}")
});

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
    known: FxHashSet<String>,
    addresses: FxHashMap<IpAddr, IpAddr>,
    /// What stands for addresses: it is not hidden again.
    given: FxHashSet<IpAddr>,
    forgotten: u64,
}

/// What is put for what.
#[derive(Debug, Default)]
struct Hidden {
    texts: Vec<(String, String)>,
    finder: OnceLock<Option<AhoCorasick>>,
    payloads: bool,
}

impl Redactor {
    /// Hides secrets, and what else is asked for.
    pub fn new(what: Redaction) -> Redactor {
        let hidden = Hidden { payloads: what.payloads, ..Hidden::default() };
        Redactor { what, hidden: Arc::new(hidden), ..Redactor::default() }
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
            *comment = self.text(comment);
        }
    }

    /// Hides in an event of `connection` what was a secret in it or in one before it; the connection as it may be
    /// shown.
    pub fn event(&mut self, connection: &Connection, event: &mut Event) -> Connection {
        let shown = self.shown(connection);
        self.learn(event);
        self.hide(&mut event.facts, &mut event.notes);
        shown
    }

    /// Hides in a packet of `connection` what was a secret before it; the connection as it may be shown.
    pub fn packet(&mut self, connection: &Connection, packet: &mut Packet) -> Connection {
        let shown = self.shown(connection);
        self.hide(&mut packet.facts, &mut packet.notes);
        shown
    }

    /// The connection as it may be shown.
    pub fn shown(&mut self, connection: &Connection) -> Connection {
        let mut shown = connection.clone();
        self.connection(&mut shown);
        shown
    }

    /// Hides the addresses of a connection, where that is asked for.
    pub fn connection(&mut self, connection: &mut Connection) {
        for end in &mut connection.ends {
            end.ip = self.address(end.ip);
        }
    }

    /// What is shown for an address: itself, where addresses are not to be hidden.
    pub fn address(&mut self, ip: IpAddr) -> IpAddr {
        if !self.what.addresses {
            return ip;
        }
        if let Some(other) = self.addresses.get(&ip) {
            return *other;
        }
        let other = documentation(ip, self.addresses.len() as u32);
        self.addresses.insert(ip, other);
        self.given.insert(other);
        self.put(ip.to_string(), other.to_string());
        other
    }

    /// Hides in a text that belongs to no event.
    pub fn text(&mut self, text: &str) -> String {
        self.learn_addresses(text);
        self.hidden.text(text)
    }

    /// Hides in what a note adds.
    pub fn note(&mut self, note: &mut Note) {
        if let Some(detail) = &note.detail {
            note.detail = Some(self.text(detail).into_boxed_str());
        }
    }

    /// Recognises the secrets of an event, so that they are hidden wherever they stand.
    pub fn learn(&mut self, event: &Event) {
        let mut found = Vec::new();
        for field in event.facts.fields() {
            secrets(&field.value, &mut found);
            if self.what.addresses {
                self.learn_addresses_in(&field.value);
            }
        }
        if let Some(payload) = event.facts.payload() {
            let text = String::from_utf8_lossy(&payload.bytes);
            secrets_in(&text, &mut found);
            self.learn_addresses(&text);
        }
        for secret in found.into_iter().filter(|secret| secret.len() >= SHORTEST) {
            self.put(secret, MARK.to_owned());
        }
    }

    /// How many secrets were too many to be remembered.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    fn learn_addresses_in(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.learn_addresses(text),
            Value::List(values) => values.iter().for_each(|value| self.learn_addresses_in(value)),
            Value::Table(fields) => fields.iter().for_each(|field| self.learn_addresses_in(&field.value)),
            Value::Bool(_) | Value::Number(_) | Value::Real(_) | Value::Hex(_) => {}
        }
    }

    fn learn_addresses(&mut self, text: &str) {
        if !self.what.addresses {
            return;
        }
        for found in ADDRESS.find_iter(text) {
            if let Ok(ip) = found.as_str().parse::<IpAddr>()
                && !self.given.contains(&ip)
            {
                let other = self.address(ip);
                // It may be written in another way than we write it.
                self.put(found.as_str().to_owned(), other.to_string());
            }
        }
    }

    fn put(&mut self, text: String, other: String) {
        if self.known.contains(&text) {
            return;
        }
        if self.known.len() == REMEMBERED {
            self.forgotten += 1;
            return;
        }
        self.known.insert(text.clone());
        if Arc::get_mut(&mut self.hidden).is_none() {
            let Hidden { texts, payloads, .. } = &*self.hidden;
            let (texts, payloads) = (texts.clone(), *payloads);
            self.hidden = Arc::new(Hidden { texts, payloads, finder: OnceLock::new() });
        }
        if let Some(hidden) = Arc::get_mut(&mut self.hidden) {
            hidden.texts.push((text, other));
            hidden.finder = OnceLock::new();
        }
    }

    fn hide(&mut self, facts: &mut Box<dyn Facts>, notes: &mut [Note]) {
        let inner = std::mem::replace(facts, Box::new(Nothing));
        *facts = Box::new(Redacted { inner, hidden: Arc::clone(&self.hidden) });
        notes.iter_mut().for_each(|note| self.note(note));
    }
}

/// The `n`th address that is kept for documentation, of the family of `ip`; beyond the 762 that IPv4 has, those kept for
/// benchmarks (RFC 2544).
fn documentation(ip: IpAddr, n: u32) -> IpAddr {
    match ip {
        IpAddr::V4(_) => {
            if let Some(beyond) = n.checked_sub(762) {
                return IpAddr::V4(Ipv4Addr::from(0xc612_0000 | (beyond & 0x1_ffff)));
            }
            let [_, _, more, last] = n.to_be_bytes();
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
                // Of what sets a cookie, only the first pair is one (RFC 6265 4.1.1).
                let most = if name.eq_ignore_ascii_case("set-cookie") { 1 } else { usize::MAX };
                let parts = value.split(';').take(most);
                found.extend(parts.filter_map(|part| Some(part.split_once('=')?.1.trim().to_owned())));
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
    /// Finds what is hidden, the longest of what begins at a place; `None` where that cannot be done.
    fn finder(&self) -> Option<&AhoCorasick> {
        let make = || {
            let texts = self.texts.iter().map(|(text, _)| text);
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(texts).ok()
        };
        self.finder.get_or_init(make).as_ref()
    }

    /// Whether what was found stands for itself: an address in a longer one is another.
    fn is_whole(&self, found: &Match, all: &[u8]) -> bool {
        let of_address = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
        let is_address = self.texts[found.pattern()].1 != MARK;
        let before = found.start().checked_sub(1).and_then(|at| all.get(at));
        !is_address || !(of_address(before) || of_address(all.get(found.end())))
    }

    fn text(&self, text: &str) -> String {
        let Some(finder) = self.finder() else { return MARK.to_owned() };
        let mut shown = String::with_capacity(text.len());
        finder.replace_all_with(text, &mut shown, |found, as_it_is, out| {
            let whole = self.is_whole(found, text.as_bytes());
            out.push_str(if whole { &self.texts[found.pattern()].1 } else { as_it_is });
            true
        });
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
        let Some(finder) = self.finder() else { return vec![b'*'; bytes.len()] };
        let mut shown = bytes.to_vec();
        for found in finder.find_iter(bytes) {
            shown[found.range()].fill(b'*');
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

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.extend(self.inner.fields().into_iter().map(|field| self.hidden.field(field)));
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

    fn tell(&self, _fields: &mut dyn FieldSink) {}
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
        redactor.put("10.0.0.1".to_owned(), "192.0.2.1".to_owned());
        assert_eq!(redactor.hidden.text("10.0.0.1:80, 10.0.0.12"), "192.0.2.1:80, 10.0.0.12");
        assert_eq!(redactor.hidden.text("say hunter2 twice: hunter2"), "say [redacted] twice: [redacted]");
        assert_eq!(redactor.hidden.bytes(b"<hunter2>"), b"<*******>");
        assert_eq!(redactor.hidden.text("GET /?sid=ab"), "GET /?sid=[redacted]");
    }

    #[test]
    fn addresses_become_those_of_documentation() {
        let v4 = |n| documentation(IpAddr::V4(Ipv4Addr::LOCALHOST), n).to_string();
        assert_eq!([v4(0), v4(254), v4(761)], ["192.0.2.1", "198.51.100.1", "203.0.113.254"]);
        assert_eq!([v4(762), v4(762 + 0x1_ffff)], ["198.18.0.0", "198.19.255.255"]);
        assert_eq!(documentation(IpAddr::V6(Ipv6Addr::LOCALHOST), 0).to_string(), "2001:db8::1");
    }

    #[test]
    fn addresses_are_recognised_in_text() {
        let mut redactor = Redactor::new(Redaction { addresses: true, payloads: false });
        let text = "from 10.1.2.3, fe80::1 and [2001:DB8:0::7]:443 at 12:30:59; not 1.2.3.4.5 or 300.1.1.1";
        let shown = redactor.text(text);
        assert_eq!(
            shown,
            "from 192.0.2.1, 2001:db8::2 and [2001:db8::3]:443 at 12:30:59; not 192.0.2.4.5 or 300.1.1.1"
        );
        assert_eq!(redactor.text(&shown), shown);
    }
}
