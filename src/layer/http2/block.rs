//! Field blocks (RFC 9113 4.3, RFC 7541): HPACK decoded within limits, and what HTTP/2 does not allow in them.

use loona_hpack::Decoder;

use crate::diagnostic::{self, Note};
use crate::event::Value;
use crate::limits::Limits;
use crate::safe;

/// Field lines: names and values, one behind the other in one run of bytes.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    bytes: Vec<u8>,
    /// Where each value begins, and where it ends; its name begins where the line before it ends.
    places: Vec<(u32, u32)>,
}

impl Fields {
    /// The lines, name first.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut start = 0;
        self.places.iter().map(move |(value, end)| {
            let (name, line_end) = (start, *end as usize);
            start = line_end;
            let value = *value as usize;
            let part = |from, to| self.bytes.get(from..to).unwrap_or_default();
            (part(name, value), part(value, line_end))
        })
    }

    /// The first value of this name.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(known, _)| *known == name.as_bytes()).map(|(_, value)| value)
    }

    /// The first value of this name as text; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        self.value(name).map(text).unwrap_or_default()
    }

    /// The status of a response; 0 where there is none.
    pub fn status(&self) -> u16 {
        self.value(":status").and_then(|status| std::str::from_utf8(status).ok()?.parse().ok()).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The lines that are no pseudo-header fields, as pairs.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.regular().map(|(name, value)| (text(name), text(value))).collect()
    }

    /// The lines that are no pseudo-header fields, for the event schema.
    pub fn table(&self) -> Value {
        let pair = |(name, value)| Value::List(vec![text(name).into(), text(value).into()]);
        Value::List(self.regular().map(pair).collect())
    }

    fn regular(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.iter().filter(|(name, _)| !name.starts_with(b":"))
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
    }

    fn push(&mut self, name: &[u8], value: &[u8], most: usize) -> bool {
        if self.bytes.len() + name.len() + value.len() > most {
            return false;
        }
        self.bytes.extend_from_slice(name);
        let middle = self.bytes.len() as u32;
        self.bytes.extend_from_slice(value);
        self.places.push((middle, self.bytes.len() as u32));
        true
    }
}

/// Text of the wire as it came.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The decoder of one direction, and what it decoded last.
pub struct Blocks {
    decoder: Decoder<'static>,
    /// The field lines of the last block.
    pub fields: Fields,
    /// Set where a block was lost or did not decode: what follows would be read wrongly.
    lost: bool,
}

impl Blocks {
    /// A decoder at the start of its direction.
    pub fn new(limits: &Limits) -> Blocks {
        let mut decoder = Decoder::new();
        decoder.set_max_allowed_table_size(limits.http_head);
        Blocks { decoder, fields: Fields::default(), lost: false }
    }

    /// Says that a block may be missing.
    pub fn lose(&mut self) {
        self.lost = true;
    }

    /// Decodes a block into `fields`. Whether they are all there is.
    pub fn decode(&mut self, block: &[u8], limits: &Limits, notes: &mut Vec<Note>) -> bool {
        self.fields.clear();
        if self.lost {
            return false;
        }
        let (fields, most) = (&mut self.fields, limits.http_head);
        let mut whole = true;
        let mut count = 0usize;
        let decoded = self.decoder.decode_with_cb(block, |name, value| {
            count += 1;
            whole &= count <= limits.http_headers && fields.push(&name, &value, most);
        });
        if let Err(error) = decoded {
            notes.push(diagnostic::H2_BAD_HEADERS.with(error.to_string()));
            self.lost = true;
            return false;
        }
        if count > limits.http_headers {
            notes.push(diagnostic::HTTP_TOO_MANY_HEADERS.with(format!("{count} lines")));
        } else if !whole {
            notes.push(diagnostic::HTTP_HEADER_TOO_LONG.with(format!("fields over {most} bytes")));
        }
        true
    }
}

/// What HTTP/2 does not allow in the fields of a request or response, or in a trailer section (RFC 9113 8.2, 8.3).
pub fn judge(fields: &Fields, request: bool, trailers: bool, notes: &mut Vec<Note>) {
    let mut fault = |what: &str, name: &[u8]| {
        if !notes.iter().any(|note| note.what.index == diagnostic::H2_BAD_HEADERS.index) {
            notes.push(diagnostic::H2_BAD_HEADERS.with(format!("{what}: {}", text(name))));
        }
    };
    let mut regular = false;
    for (name, value) in fields.iter() {
        let pseudo = name.starts_with(b":");
        regular |= !pseudo;
        match name {
            _ if pseudo && trailers => fault("a pseudo-header field in a trailer section", name),
            _ if pseudo && regular => fault("a pseudo-header field behind others", name),
            b":authority" if request && !value.is_ascii() => {
                fault("a name that is no host", safe::odd_host(value).as_bytes())
            }
            b":method" | b":scheme" | b":authority" | b":path" | b":protocol" if request => {}
            b":status" if !request => {}
            _ if pseudo => fault("an unknown pseudo-header field", name),
            b"connection" | b"proxy-connection" | b"keep-alive" | b"transfer-encoding" | b"upgrade" => {
                fault("a connection-specific field", name);
            }
            b"te" if !value.eq_ignore_ascii_case(b"trailers") => fault("te is not trailers", value),
            _ if name.iter().any(u8::is_ascii_uppercase) => fault("a name in upper case", name),
            _ if value.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) => {
                fault("a control character", name)
            }
            _ => {}
        }
    }
    let has = |name| fields.value(name).is_some();
    let is_tunnel = fields.value(":method") == Some(b"CONNECT") && !has(":protocol");
    match request {
        _ if trailers => {}
        false if !has(":status") => fault("missing", b":status"),
        true if !has(":method") => fault("missing", b":method"),
        true if is_tunnel && !has(":authority") => fault("missing", b":authority"),
        true if is_tunnel => {}
        true if !has(":path") => fault("missing", b":path"),
        true if !has(":scheme") => fault("missing", b":scheme"),
        _ => {}
    }
}
