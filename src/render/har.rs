//! HTTP archives (HAR 1.2, <http://www.softwareishard.com/blog/har-12-spec/>): requests with their responses, and
//! WebSocket messages as Chrome writes them.
//!
//! Events of HTTP/1.1, HTTP/2 and WebSocket go in as they happen; an entry comes out as soon as it is complete. What
//! is kept meanwhile are the requests without a response, and the messages of open WebSocket conversations. A
//! response whose request was not captured has no place in an archive and is left out.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustc_hash::FxHashMap;
use serde_json::{Value as Json, json};

use crate::connection::Connection;
use crate::error::Error;
use crate::event::{Endpoint, Event, Field, Packet, Payload, Side, Value};
use crate::frame::{FrameNumber, Timestamp};
use crate::render::json;

/// Packets of a connection whose times are remembered, to know when a message began.
const TIMES: usize = 4096;

/// Writes an archive.
pub struct Archive<W: Write> {
    out: W,
    entries: u64,
    open: FxHashMap<u32, Talk>,
}

/// What is not complete yet of a connection.
#[derive(Default)]
struct Talk {
    times: VecDeque<(FrameNumber, Timestamp)>,
    asked: Vec<Asked>,
}

/// A request that waits for its response, or for the end of its conversation.
struct Asked {
    n: i128,
    channel: Option<u32>,
    /// From the first to the last frame of the request.
    began: Timestamp,
    asked: Timestamp,
    entry: Json,
    /// Whether `:protocol` asks for WebSocket (RFC 8441).
    extended: bool,
    messages: Option<Vec<Json>>,
    /// Whether any of its events is wanted.
    wanted: bool,
}

impl<W: Write> Archive<W> {
    /// Begins an archive in `out`, which should be buffered.
    ///
    /// # Errors
    /// [`Error::Write`], as of every call.
    pub fn new(mut out: W) -> Result<Archive<W>, Error> {
        let creator = json!({"name": "seqdump", "version": env!("CARGO_PKG_VERSION")});
        write!(out, "{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"entries\":[").map_err(broken)?;
        Ok(Archive { out, entries: 0, open: FxHashMap::default() })
    }

    /// Takes note of when a packet was captured.
    pub fn packet(&mut self, connection: &Connection, packet: &Packet) {
        if packet.len == 0 {
            return;
        }
        let times = &mut self.open.entry(connection.id).or_default().times;
        if times.len() == TIMES {
            times.pop_front();
        }
        times.push_back((packet.number, packet.time));
    }

    /// Takes an event. An entry is written where any of its events is `wanted`.
    pub fn event(&mut self, connection: &Connection, event: &Event, wanted: bool) -> Result<(), Error> {
        match event.facts.kind() {
            "http.request" | "h2.request" => {
                let talk = self.open.entry(connection.id).or_default();
                talk.asked.push(asked(connection, event, began(&talk.times, event), wanted));
                Ok(())
            }
            "http.response" | "h2.response" => self.response(connection, event, wanted),
            "ws.message" => {
                let talk = self.open.get_mut(&connection.id);
                let asked = talk.and_then(|talk| conversation(&mut talk.asked, event.channel));
                if let Some(asked) = asked
                    && let Some(messages) = &mut asked.messages
                {
                    messages.push(message(event));
                    asked.wanted |= wanted;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes the end of a connection: what is open on it is written.
    pub fn ended(&mut self, connection: &Connection) -> Result<(), Error> {
        let Some(talk) = self.open.remove(&connection.id) else { return Ok(()) };
        talk.asked.into_iter().try_for_each(|asked| self.write(asked))
    }

    /// Ends the archive.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.out.write_all(b"\n]}}\n").and_then(|()| self.out.flush()).map_err(broken)
    }

    fn response(&mut self, connection: &Connection, event: &Event, wanted: bool) -> Result<(), Error> {
        let Some(talk) = self.open.get_mut(&connection.id) else { return Ok(()) };
        let fields = event.facts.fields();
        let status = number(&fields, "status").unwrap_or_default();
        let request = number(&fields, "request_n");
        let Some(place) = talk.asked.iter().position(|asked| Some(asked.n) == request) else { return Ok(()) };
        if (100..200).contains(&status) && status != 101 {
            return Ok(());
        }
        let asked = &mut talk.asked[place];
        asked.wanted |= wanted;
        asked.entry["response"] = response(&fields, event);
        let begin = began(&talk.times, event);
        let wait = real(&fields, "latency_us").map_or_else(|| millis(asked.asked, begin), |us| us / 1000.0);
        let (send, receive) = (millis(asked.began, asked.asked), millis(begin, event.time));
        asked.entry["timings"] = timings(send, wait, receive);
        asked.entry["time"] = json!(send + wait + receive);
        let upgraded = header(&fields, "upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
        if (status == 101 && upgraded) || (asked.extended && (200..300).contains(&status)) {
            asked.messages = Some(Vec::new());
            return Ok(());
        }
        let asked = talk.asked.remove(place);
        self.write(asked)
    }

    fn write(&mut self, mut asked: Asked) -> Result<(), Error> {
        if !asked.wanted {
            return Ok(());
        }
        if let Some(messages) = asked.messages {
            asked.entry["_resourceType"] = json!("websocket");
            asked.entry["_webSocketMessages"] = Json::Array(messages);
            if let Some(rest) =
                asked.entry["request"]["url"].as_str().and_then(|url| url.strip_prefix("http"))
            {
                asked.entry["request"]["url"] = json!(format!("ws{rest}"));
            }
        }
        let comma = if self.entries > 0 { "," } else { "" };
        self.entries += 1;
        let mut entry = format!("{comma}\n").into_bytes();
        json::document(&mut entry, &asked.entry);
        self.out.write_all(&entry).map_err(broken)
    }
}

fn broken(cause: std::io::Error) -> Error {
    Error::Write { what: "the archive".to_owned(), cause }
}

/// The WebSocket conversation on this channel.
fn conversation(asked: &mut [Asked], channel: Option<u32>) -> Option<&mut Asked> {
    asked.iter_mut().find(|asked| asked.messages.is_some() && asked.channel == channel)
}

/// When the first frame of an event was captured; when it was complete, where that is forgotten.
fn began(times: &VecDeque<(FrameNumber, Timestamp)>, event: &Event) -> Timestamp {
    let first = event.frames.first();
    let known = times.iter().rev().find(|(number, _)| Some(number) == first);
    known.map_or(event.time, |(_, time)| *time)
}

/// An entry with a request, and no response yet.
fn asked(connection: &Connection, event: &Event, began: Timestamp, wanted: bool) -> Asked {
    let fields = event.facts.fields();
    let server = connection.endpoint(Side::Server);
    let url = encoded(&url(&fields, event, server));
    let mut request = json!({
        "method": text(&fields, "method"),
        "url": url,
        "httpVersion": text(&fields, "version"),
        "cookies": cookies(&fields, "cookie"),
        "headers": headers(&fields),
        "queryString": query(&url),
        "headersSize": -1,
        "bodySize": number(&fields, "body_len").unwrap_or(-1) as i64,
    });
    if let Some(payload) = event.facts.payload().filter(|payload| payload.len > 0) {
        let mut post = json!({"mimeType": header(&fields, "content-type").unwrap_or_default(), "params": []});
        content(&mut post, &payload);
        request["postData"] = post;
    }
    let send = millis(began, event.time);
    let entry = json!({
        "startedDateTime": began.to_string(),
        "time": send,
        "request": request,
        "response": unanswered(),
        "cache": {},
        "timings": timings(send, 0.0, 0.0),
        "serverIPAddress": server.ip.to_string(),
        "connection": connection.id.to_string(),
    });
    Asked {
        n: event.n.into(),
        channel: event.channel,
        began,
        asked: event.time,
        entry,
        extended: text(&fields, "protocol") == "websocket",
        messages: None,
        wanted,
    }
}

/// What stands for a response that was not captured, as browsers write it.
fn unanswered() -> Json {
    json!({
        "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
        "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
        "_error": "no response in the capture",
    })
}

fn response(fields: &[Field], event: &Event) -> Json {
    let mut body = json!({
        "size": 0,
        "mimeType": header(fields, "content-type").unwrap_or("x-unknown"),
    });
    if let Some(payload) = event.facts.payload() {
        body["size"] = json!(payload.len);
        content(&mut body, &payload);
    }
    json!({
        "status": number(fields, "status").unwrap_or_default() as i64,
        "statusText": text(fields, "reason"),
        "httpVersion": text(fields, "version"),
        "cookies": cookies(fields, "set-cookie"),
        "headers": headers(fields),
        "content": body,
        "redirectURL": header(fields, "location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": number(fields, "body_len").unwrap_or(-1) as i64,
    })
}

/// Puts a body into what describes it: as text where it is UTF-8, else in base64.
fn content(into: &mut Json, payload: &Payload<'_>) {
    match std::str::from_utf8(&payload.bytes) {
        Ok(text) => into["text"] = json!(text),
        Err(_) => {
            into["text"] = json!(STANDARD.encode(&payload.bytes));
            into["encoding"] = json!("base64");
        }
    }
    let kept = payload.bytes.len() as u64;
    if kept < payload.len {
        into["comment"] = json!(format!("the first {kept} of {} bytes", payload.len));
    }
}

/// A WebSocket message as Chrome writes it: text, or binary in base64; the time in seconds since 1970.
fn message(event: &Event) -> Json {
    let fields = event.facts.fields();
    let binary = text(&fields, "opcode") == "binary";
    let payload = event.facts.payload();
    let bytes = payload.as_ref().map(|payload| &*payload.bytes).unwrap_or_default();
    json!({
        "type": if event.side == Side::Client { "send" } else { "receive" },
        "time": event.time.0 as f64 / 1e9,
        "opcode": if binary { 2 } else { 1 },
        "data": if binary { STANDARD.encode(bytes) } else { String::from_utf8_lossy(bytes).into_owned() },
    })
}

fn timings(send: f64, wait: f64, receive: f64) -> Json {
    json!({"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": send, "wait": wait, "receive": receive})
}

/// Milliseconds between two moments; none where the capture's clock went backwards.
fn millis(from: Timestamp, to: Timestamp) -> f64 {
    to.since(from).max(0) as f64 / 1e6
}

/// The absolute URL of a request.
fn url(fields: &[Field], event: &Event, server: Endpoint) -> String {
    let target = text(fields, "target");
    if target.contains("://") {
        return target.to_owned();
    }
    let scheme = match text(fields, "scheme") {
        "" if event.decrypted => "https",
        "" => "http",
        scheme => scheme,
    };
    if !target.starts_with('/') && target.contains(':') {
        return format!("{scheme}://{target}");
    }
    let authority = match text(fields, "authority") {
        "" => header(fields, "host").map_or_else(|| server.to_string(), str::to_owned),
        authority => authority.to_owned(),
    };
    format!("{scheme}://{authority}{}", if target == "*" { "/*" } else { target })
}

/// The same where it is a URI; what may not stand in one (RFC 3986 2) becomes `%XX`.
fn encoded(url: &str) -> String {
    let bytes = url.as_bytes();
    let mut out = String::with_capacity(url.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let is_code = || bytes.get(at + 1..at + 3).is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit));
        if byte.is_ascii_alphanumeric()
            || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte)
            || byte == b'%' && is_code()
        {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The names and values of a query, as they stand in the URL.
fn query(url: &str) -> Vec<Json> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(named).collect()
}

fn named((name, value): (&str, &str)) -> Json {
    json!({"name": name, "value": value})
}

/// The cookies in all headers of this name: of a `Set-Cookie` only the first pair is one.
fn cookies(fields: &[Field], name: &str) -> Vec<Json> {
    let most = if name == "cookie" { usize::MAX } else { 1 };
    let lines = pairs(fields).filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let cookies = lines.flat_map(|(_, line)| line.split(';').take(most));
    cookies.filter_map(|cookie| cookie.trim().split_once('=')).map(named).collect()
}

fn headers(fields: &[Field]) -> Vec<Json> {
    pairs(fields).map(named).collect()
}

fn pairs(fields: &[Field]) -> impl Iterator<Item = (&str, &str)> {
    let list = match find(fields, "headers") {
        Some(Value::List(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|pair| match pair {
        Value::List(pair) => match pair.as_slice() {
            [Value::Text(name), Value::Text(value)] => Some((name.as_str(), value.as_str())),
            _ => None,
        },
        _ => None,
    })
}

fn header<'f>(fields: &'f [Field], name: &str) -> Option<&'f str> {
    pairs(fields).find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn find<'f>(fields: &'f [Field], name: &str) -> Option<&'f Value> {
    fields.iter().find(|field| field.name == name).map(|field| &field.value)
}

fn text<'f>(fields: &'f [Field], name: &str) -> &'f str {
    match find(fields, name) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}

fn number(fields: &[Field], name: &str) -> Option<i128> {
    match find(fields, name) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    }
}

fn real(fields: &[Field], name: &str) -> Option<f64> {
    match find(fields, name) {
        Some(Value::Real(number)) => Some(*number),
        _ => None,
    }
}
