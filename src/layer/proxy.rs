//! The PROXY protocol: a header in front of a byte stream that names the ends of the connection that a proxy passes
//! on (HAProxy's `proxy-protocol.txt`, versions 1 and 2).
//!
//! The header is told; all behind it, and all that the server sends, is carried.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::event::{Body, Chunk, Class, Facts, Field, FieldSink, Phase, Side, Told};
use crate::layer::buffer::{Buffer, Trail};
use crate::layer::protocol::{Hint, Layer, Match, Opening, Out, Protocol};
use crate::locale::Lang;

/// The PROXY protocol.
pub static PROTOCOL: Protocol = Protocol { name: "proxy", probe, start, judge: None };

/// What a header of version 1 begins with.
const TEXT: &[u8] = b"PROXY ";
/// How long one is at most, its CR LF included.
const TEXT_LEN: usize = 107;
/// What a header of version 2 begins with.
const BINARY: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Its fixed part: what it begins with, version and command, family, length.
const BINARY_LEN: usize = 16;

/// Only a client begins with it, before the server says anything.
fn probe(opening: &Opening<'_>) -> Match {
    let [client, server] = opening.bytes;
    if opening.hint.is_some() || !server.is_empty() {
        return Match::No;
    }
    match read(client) {
        Header::No => Match::No,
        Header::Short if opening.last || client.is_empty() => Match::No,
        Header::Short => Match::Wait,
        Header::Whole(_) => Match::Yes,
    }
}

fn start(_: Option<&Hint>, _: &mut Out<'_>) -> Box<dyn Layer> {
    Box::new(Proxy::default())
}

/// What bytes are at the beginning.
enum Header {
    No,
    /// It may be one.
    Short,
    /// One of this length.
    Whole(usize),
}

fn read(bytes: &[u8]) -> Header {
    let begins = |with: &[u8]| bytes.iter().zip(with).all(|(byte, with)| byte == with);
    if begins(TEXT) {
        let line = bytes.get(..TEXT_LEN).unwrap_or(bytes);
        return match memchr::memmem::find(line, b"\r\n") {
            Some(end) => Header::Whole(end + 2),
            None if line.len() < TEXT_LEN => Header::Short,
            None => Header::No,
        };
    }
    match (begins(BINARY), bytes.first_chunk::<BINARY_LEN>()) {
        (true, None) => Header::Short,
        (true, Some([.., version, _, high, low])) if version >> 4 == 2 => {
            let len = BINARY_LEN + usize::from(u16::from_be_bytes([*high, *low]));
            if bytes.len() < len { Header::Short } else { Header::Whole(len) }
        }
        _ => Header::No,
    }
}

/// A stream behind such a header.
#[derive(Default)]
struct Proxy {
    /// The header as far as it came.
    head: Buffer,
    /// Whether it is over.
    carried: bool,
}

impl Layer for Proxy {
    fn name(&self) -> &'static str {
        PROTOCOL.name
    }

    fn feed(&mut self, chunk: Chunk<'_>, out: &mut Out<'_>) {
        let Chunk { origin, body: Body::Bytes(bytes) } = chunk else {
            self.carried |= chunk.origin.side == Side::Client;
            return out.carry(chunk);
        };
        if self.carried || origin.side == Side::Server {
            return out.carry(chunk);
        }
        self.head.push(bytes, &origin);
        let Header::Whole(len) = read(self.head.bytes()) else { return };
        let (head, behind) = self.head.bytes().split_at_checked(len).unwrap_or_default();
        let mut trail = Trail::default();
        let told = out.full().then(|| Proxied { wire: head.to_vec() });
        let rest = bytes.get(bytes.len().saturating_sub(behind.len())..).unwrap_or_default();
        self.head.take(len, &mut trail, out.limits().event_frames);
        out.event(&trail.origin(Side::Client), Vec::new(), || {
            Told::new(Class::Handshake, Phase::Connect, told.unwrap_or_default())
        });
        self.carried = true;
        self.head.clear();
        if !rest.is_empty() {
            out.carry(Chunk { origin, body: Body::Bytes(rest) });
        }
    }

    fn data_kind(&self) -> &'static str {
        "tcp.data"
    }
}

/// What is shown of a header.
#[derive(Debug, Default)]
struct Proxied {
    wire: Vec<u8>,
}

impl Proxied {
    /// Who speaks to whom, `ip:port` each; nothing where the header does not say.
    fn ends(&self) -> Option<[String; 2]> {
        if let Some(line) = self.wire.strip_prefix(TEXT) {
            let line = std::str::from_utf8(line).ok()?;
            let mut words = line.split_ascii_whitespace().skip(1);
            let [from, to, from_port, to_port] = std::array::from_fn(|_| words.next());
            return Some([format!("{}:{}", from?, from_port?), format!("{}:{}", to?, to_port?)]);
        }
        let body = self.wire.get(BINARY_LEN..)?;
        let ports = |at: usize| {
            let ports = body.get(at..)?.first_chunk::<4>()?;
            let [a, b, c, d] = *ports;
            Some([u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])])
        };
        match self.wire.get(13)? >> 4 {
            1 => {
                let ip = |at: usize| body.get(at..)?.first_chunk::<4>().map(|ip| Ipv4Addr::from(*ip));
                let [from, to] = ports(8)?;
                Some([format!("{}:{from}", ip(0)?), format!("{}:{to}", ip(4)?)])
            }
            2 => {
                let ip = |at: usize| body.get(at..)?.first_chunk::<16>().map(|ip| Ipv6Addr::from(*ip));
                let [from, to] = ports(32)?;
                Some([format!("[{}]:{from}", ip(0)?), format!("[{}]:{to}", ip(16)?)])
            }
            _ => None,
        }
    }
}

impl Facts for Proxied {
    fn kind(&self) -> &'static str {
        "proxy.header"
    }

    fn label(&self, lang: Lang) -> String {
        match self.ends() {
            Some([from, to]) => {
                lang.pick(format!("PROXY for {from} to {to}"), format!("PROXY: {from} → {to} 대신"))
            }
            None => lang.pick("PROXY header", "PROXY 헤더").to_owned(),
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        let version = if self.wire.starts_with(TEXT) { 1 } else { 2 };
        fields.push(Field::new("version", version));
        if let Some([from, to]) = self.ends() {
            fields.extend([Field::new("source", from), Field::new("destination", to)]);
        }
    }

    fn wire(&self) -> &[u8] {
        &self.wire
    }
}

#[allow(clippy::unwrap_used)]
#[cfg(test)]
mod tests {
    use super::*;

    fn ends(wire: &[u8]) -> Option<[String; 2]> {
        assert!(matches!(read(wire), Header::Whole(len) if len == wire.len()));
        Proxied { wire: wire.to_vec() }.ends()
    }

    #[test]
    fn both_versions_name_the_ends() {
        let text = ends(b"PROXY TCP4 10.0.0.1 10.0.0.2 5000 443\r\n").unwrap();
        assert_eq!(text, ["10.0.0.1:5000", "10.0.0.2:443"]);
        assert_eq!(ends(b"PROXY UNKNOWN\r\n"), None);
        let head = [BINARY, &[0x21, 0x11, 0, 12, 10, 0, 0, 1, 10, 0, 0, 2, 0x13, 0x88, 1, 0xbb]].concat();
        assert_eq!(ends(&head).unwrap(), ["10.0.0.1:5000", "10.0.0.2:443"]);
        let ip = |last| Ipv6Addr::from([0, 0, 0, 0, 0, 0, 0, last]).octets();
        let head = [BINARY, &[0x21, 0x21, 0, 36], &ip(1), &ip(2), &[0, 7, 0, 8]].concat();
        assert_eq!(ends(&head).unwrap(), ["[::1]:7", "[::2]:8"]);
        assert_eq!(ends(&[BINARY, &[0x20, 0, 0, 0]].concat()), None);
    }

    #[test]
    fn what_is_none_is_told_at_once() {
        assert!(matches!(read(b"PROXX"), Header::No));
        assert!(matches!(read(&[b"PROXY ".as_slice(), &[b'a'; 120]].concat()), Header::No));
        assert!(matches!(read(&[BINARY, &[0x11, 0x11, 0, 0]].concat()), Header::No));
        assert!(matches!(read(b"PROXY TCP4 10."), Header::Short));
        assert!(matches!(read(b"\r\n\r\n\0"), Header::Short));
    }
}
