//! What clients and servers of the demo say, as bytes: HTTP messages, and WebSocket frames (RFC 6455); and how they
//! hear it.

use std::io::{self, Read, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha1::{Digest, Sha1};

/// The key of RFC 6455's example (1.3).
pub(super) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// The mask of RFC 6455's example (5.7).
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Opcodes (RFC 6455 5.2).
pub(super) mod opcode {
    pub const CONTINUATION: u8 = 0;
    pub const TEXT: u8 = 1;
    pub const BINARY: u8 = 2;
    pub const CLOSE: u8 = 8;
    pub const PING: u8 = 9;
    pub const PONG: u8 = 10;
}

/// An HTTP message: its lines, an empty line, a body.
pub(super) fn http(lines: &[&str], body: &[u8]) -> Vec<u8> {
    let mut message = lines.join("\r\n").into_bytes();
    message.extend(b"\r\n\r\n");
    message.extend(body);
    message
}

/// The opening handshake of RFC 6455's example (1.2), for any resource, host and key.
pub(super) fn upgrade(resource: &str, host: &str, key: &str) -> Vec<u8> {
    let request = format!("GET {resource} HTTP/1.1");
    let (host, key) = (format!("Host: {host}"), format!("Sec-WebSocket-Key: {key}"));
    let lines =
        [&request, &host, "Upgrade: websocket", "Connection: Upgrade", &key, "Sec-WebSocket-Version: 13"];
    http(&lines, b"")
}

/// The server's answer to a handshake with this key (RFC 6455 4.2.2).
pub(super) fn switching(key: &str) -> Vec<u8> {
    let mut digest = Sha1::new();
    digest.update(key);
    digest.update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let accept = format!("Sec-WebSocket-Accept: {}", BASE64_STANDARD.encode(digest.finalize()));
    http(&["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", &accept], b"")
}

/// The value of a header in the head of a message; empty where there is none.
pub(super) fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let found = head.lines().find_map(|line| {
        let (is, value) = line.split_once(':')?;
        is.eq_ignore_ascii_case(name).then_some(value.trim())
    });
    found.unwrap_or_default()
}

/// A frame of the server: whole, not masked.
pub(super) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    framed(0x80 | opcode, payload, None)
}

/// A frame of the client: whole, masked.
pub(super) fn said(opcode: u8, payload: &[u8]) -> Vec<u8> {
    framed(0x80 | opcode, payload, Some(MASK))
}

/// A frame with this first byte: FIN, the reserved bits and the opcode. Payloads are shorter than 64 KiB.
pub(super) fn framed(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        length @ ..126 => frame.push(masked | length as u8),
        length => {
            frame.push(masked | 126);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    frame.extend(mask.iter().flatten());
    let mask = mask.unwrap_or_default();
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// What a close frame carries (RFC 6455 5.5.1).
pub(super) fn farewell(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

/// An end of a conversation: says bytes, hears whole heads, bodies and frames.
pub(super) struct Peer<S> {
    pub(super) stream: S,
    held: Vec<u8>,
}

impl<S: Read + Write> Peer<S> {
    pub(super) fn new(stream: S) -> Peer<S> {
        Peer { stream, held: Vec::new() }
    }

    /// Sends bytes, in one segment where that is long enough.
    pub(super) fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Whatever comes next; empty at the end.
    pub(super) fn hear(&mut self) -> io::Result<Vec<u8>> {
        if self.held.is_empty() {
            self.more()?;
        }
        Ok(std::mem::take(&mut self.held))
    }

    /// Hears the other side out, until it hangs up.
    pub(super) fn hear_out(&mut self) -> io::Result<()> {
        while self.more()? > 0 {}
        Ok(())
    }

    /// The head of an HTTP message, with the empty line.
    pub(super) fn head(&mut self) -> io::Result<String> {
        let end = loop {
            match self.held.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.some_more()?,
            }
        };
        Ok(String::from_utf8_lossy(&self.take(end)?).into_owned())
    }

    /// The next so many bytes.
    pub(super) fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.held.len() < count {
            self.some_more()?;
        }
        Ok(self.held.drain(..count).collect())
    }

    /// A message with its body, as `Content-Length` says.
    pub(super) fn message(&mut self) -> io::Result<(String, Vec<u8>)> {
        let head = self.head()?;
        let body = self.take(header(&head, "Content-Length").parse().unwrap_or(0))?;
        Ok((head, body))
    }

    /// The opcode and the unmasked payload of the next frame, which is shorter than 64 KiB.
    pub(super) fn frame(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let head = self.take(2)?;
        let length = match usize::from(head[1] & 0x7f) {
            126 => self.take(2)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
            length => length,
        };
        let mask = if head[1] & 0x80 == 0 { vec![0; 4] } else { self.take(4)? };
        let payload = self.take(length)?;
        Ok((
            head[0] & 0x0f,
            payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect(),
        ))
    }

    fn some_more(&mut self) -> io::Result<()> {
        match self.more()? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    fn more(&mut self) -> io::Result<usize> {
        let mut room = [0; 4096];
        let count = self.stream.read(&mut room)?;
        self.held.extend(&room[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_those_of_the_rfc() {
        // RFC 6455 5.7: "Hello", unmasked and masked.
        assert_eq!(frame(opcode::TEXT, b"Hello"), [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(said(opcode::TEXT, b"Hello"), masked);
        let mut peer = Peer::new(io::Cursor::new(masked.to_vec()));
        assert_eq!(peer.frame().unwrap(), (opcode::TEXT, b"Hello".to_vec()));
        let long = [b'x'; 300];
        let mut peer = Peer::new(io::Cursor::new(said(opcode::BINARY, &long)));
        assert_eq!(peer.frame().unwrap(), (opcode::BINARY, long.to_vec()));
    }

    #[test]
    fn the_handshake_is_that_of_the_rfc() {
        let answer = String::from_utf8(switching(KEY)).unwrap();
        assert_eq!(header(&answer, "sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        let asked = String::from_utf8(upgrade("/chat", "server.example.com", KEY)).unwrap();
        assert!(asked.starts_with("GET /chat HTTP/1.1\r\nHost: server.example.com\r\n"));
    }
}
