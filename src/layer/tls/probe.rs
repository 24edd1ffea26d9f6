//! Whether a byte stream is TLS: by a hello at its start, or, joined later, by records that follow each other.

use super::record::{self, ALERT, HANDSHAKE, Header, Search};
use crate::layer::protocol::{Match, Opening};

/// Answers for [`crate::layer::protocol::Protocol::probe`].
pub(super) fn probe(opening: &Opening<'_>) -> Match {
    let [client, server] = opening.bytes.map(Start::of);
    match (client, server) {
        (Start::ClientHello, _) | (_, Start::ServerHello) => Match::Yes,
        (Start::ServerHello, _) | (_, Start::ClientHello) => Match::Reversed,
        // A server that refuses at once, whose client spoke something else or was not captured.
        (Start::Nothing | Start::Short, Start::Alert) | (Start::Alert, Start::Nothing) => Match::Yes,
        _ if opening.midstream => joined(opening),
        (Start::Short, Start::Nothing | Start::Short) | (Start::Nothing, Start::Short) if !opening.last => {
            Match::Wait
        }
        _ => Match::No,
    }
}

/// What a direction begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Start {
    Nothing,
    /// Too little to tell, but it may become a hello or an alert.
    Short,
    ClientHello,
    ServerHello,
    Alert,
    Other,
}

impl Start {
    fn of(bytes: &[u8]) -> Start {
        match *bytes {
            [] => Start::Nothing,
            [ALERT, 3, 0..=4, 0, 2, 1 | 2, _, ..] => Start::Alert,
            [ALERT, ref rest @ ..] if rest.len() < 6 && rest.first().is_none_or(|major| *major == 3) => {
                Start::Short
            }
            [HANDSHAKE, ref rest @ ..] if rest.len() < 5 => match *rest {
                [] | [3] | [3, 0..=4, ..] => Start::Short,
                _ => Start::Other,
            },
            [HANDSHAKE, 3, 0..=4, high, low, kind, ref rest @ ..] => {
                let record = usize::from(high) << 8 | usize::from(low);
                // A hello has its header of four bytes and at least version and random.
                let len = rest.first_chunk().map(|[a, b, c]| u32::from_be_bytes([0, *a, *b, *c]));
                match kind {
                    _ if record == 0 || record > record::LONGEST => Start::Other,
                    1 if len.is_none_or(|len| len >= 38) => Start::ClientHello,
                    2 if len.is_none_or(|len| len >= 36) => Start::ServerHello,
                    _ => Start::Other,
                }
            }
            [0x80..=0xff, ..] => old(bytes),
            _ => Start::Other,
        }
    }
}

/// An SSL 2.0 CLIENT-HELLO (RFC 5246 E.2): its parts must add up to its length.
fn old(bytes: &[u8]) -> Start {
    let [high, low, kind, major, minor, rest @ ..] = bytes else {
        return if bytes.get(2).is_none_or(|kind| *kind == 1) { Start::Short } else { Start::Other };
    };
    if *kind != 1 || !matches!((major, minor), (0, 2) | (3, 0..=4)) {
        return Start::Other;
    }
    let Some([a, b, c, d, e, f]) = rest.first_chunk() else { return Start::Short };
    let [kinds, session, challenge] =
        [[a, b], [c, d], [e, f]].map(|[high, low]| usize::from(*high) << 8 | usize::from(*low));
    let len = usize::from(high & 0x7f) << 8 | usize::from(*low);
    let fits = 9 + kinds + session + challenge == len && kinds > 0 && kinds % 3 == 0 && challenge >= 16;
    if fits { Start::ClientHello } else { Start::Other }
}

/// A stream whose start is not there.
fn joined(opening: &Opening<'_>) -> Match {
    let mut wait = false;
    for bytes in opening.bytes.into_iter().filter(|bytes| !bytes.is_empty()) {
        if let Search::Here(_) = record::chain(bytes) {
            return Match::Yes;
        }
        // A long record that begins right here is likely enough where TLS is at home.
        let starts = Header::read(bytes).is_none_or(|header| header.is_likely());
        if starts && matches!(opening.server_port, 443 | 8443 | 993 | 995 | 465 | 853) && bytes.len() >= 5 {
            return Match::Yes;
        }
        wait |= starts;
    }
    if wait && !opening.last { Match::Wait } else { Match::No }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(client: &[u8], server: &[u8], midstream: bool, last: bool) -> Match {
        probe(&Opening { bytes: [client, server], hint: None, server_port: 1, midstream, last })
    }

    #[test]
    fn hellos_are_recognised_and_others_are_not() {
        let hello = [22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3];
        let answer = [22, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3];
        assert_eq!(ask(&hello, b"", false, false), Match::Yes);
        assert_eq!(ask(b"", &hello, false, false), Match::Reversed);
        assert_eq!(ask(b"", &answer, false, false), Match::Yes);
        for cut in 1..5 {
            assert_eq!(ask(&hello[..cut], b"", false, false), Match::Wait, "{cut}");
            assert_eq!(ask(&hello[..cut], b"", false, true), Match::No, "{cut}");
        }
        assert_eq!(ask(b"GET / HTTP/1.1\r\n", b"", false, false), Match::No);
        assert_eq!(ask(b"\x16\x03\x01", b"HTTP/1.1 400", false, false), Match::No);
        assert_eq!(ask(b"", &[21, 3, 1, 0, 2, 2, 40], false, false), Match::Yes);
        let old = [0x80, 28, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 0x2f];
        assert_eq!(ask(&old, b"", false, false), Match::Yes);
        assert_eq!(ask(&[0x80, 28, 1, 3, 1, 0, 9, 0, 0, 0, 16], b"", false, false), Match::No);
        assert_eq!(ask(b"", b"", false, true), Match::No);
    }

    #[test]
    fn a_stream_joined_later_is_recognised_by_its_records() {
        let records = [7, 7, 7, 23, 3, 3, 0, 2, 1, 2, 23, 3, 3, 0, 30, 1];
        assert_eq!(ask(b"", &records, true, false), Match::Yes);
        assert_eq!(ask(b"", &records, false, false), Match::No);
        assert_eq!(ask(b"", &records[3..12], true, false), Match::Wait);
        assert_eq!(ask(b"", &records[..9], true, true), Match::No);
    }
}
