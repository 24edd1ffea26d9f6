//! The quick look at a head, and what a message may begin with, table by table.

use super::*;

/// What [`is_clean`] says, the long way.
fn is_plain(head: &[u8]) -> bool {
    let text = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
    let mut lines = head.split(|byte| *byte == b'\n');
    let last = lines.next_back().unwrap_or_default();
    last.is_empty()
        && lines.clone().all(|line| line.strip_suffix(b"\r").is_some_and(|line| line.iter().all(text)))
        && lines.skip(1).all(|line| !matches!(line.first(), Some(b' ' | b'\t')))
}

#[test]
fn the_quick_look_at_a_head_finds_what_the_long_one_does() {
    const BYTES: &[u8] = b"a \t\r\n\0\x7f";
    for mut number in 0..BYTES.len().pow(6) {
        let mut head = Vec::new();
        while number > 0 {
            head.push(BYTES[number % BYTES.len()]);
            number /= BYTES.len();
        }
        assert_eq!(is_clean(&head), is_plain(&head), "{:?}", String::from_utf8_lossy(&head));
    }
}

#[test]
fn a_message_begins_with_a_start_line() {
    let long = "A".repeat(METHOD);
    let cases = [
        (Side::Client, "GET / HTTP/1.1\r\n", Match::Yes),
        (Side::Client, "GET /a b HTTP/1.1\r\n", Match::Yes),
        (Side::Client, "GET /old\r\n", Match::Yes),
        (Side::Client, "GET old\r\n", Match::No),
        (Side::Client, "GET /old one\r\n", Match::No),
        (Side::Client, "POST /old\r\n", Match::No),
        (Side::Client, "PRI * HTTP/2.0\r\n", Match::No),
        (Side::Client, "GET HTTP/1.1\r\n", Match::No),
        (Side::Client, "G(T / HTTP/1.1\r\n", Match::No),
        (Side::Client, "GE", Match::Wait),
        (Side::Client, "GET /", Match::Wait),
        (Side::Client, " GET", Match::No),
        (Side::Client, "G(T /", Match::No),
        (Side::Client, "GET\0", Match::No),
        (Side::Client, "GET /\0", Match::No),
        (Side::Client, &long[1..], Match::Wait),
        (Side::Client, &long, Match::No),
        (Side::Server, "HTT", Match::Wait),
        (Side::Server, "HTTP/1.1 200", Match::Wait),
        (Side::Server, "HTTP/1.1 200 OK\r\n", Match::Yes),
        (Side::Server, "HTTQ", Match::No),
    ];
    for (side, bytes, expected) in cases {
        assert_eq!(begins(side, bytes.as_bytes(), 0), expected, "{bytes:?}");
    }
}

#[test]
fn a_method_and_the_beginning_of_a_target_promise_a_request() {
    for (bytes, promises) in [
        ("GET /", true),
        ("GET /index", true),
        ("OPTIONS http://", true),
        ("GET https://a", true),
        ("GO /", false),
        ("get /", false),
        ("GET index", false),
        ("GET", false),
    ] {
        assert_eq!(promises_request(bytes.as_bytes()), promises, "{bytes:?}");
    }
}

#[test]
fn a_version_is_read_as_one_number_and_an_odd_one_noted() {
    for (version, number, noted) in [
        ("HTTP/1.1", 11, false),
        ("HTTP/1.0", 10, false),
        ("", 9, true),
        ("HTTP/0.9", 9, true),
        ("HTTP/1.2", 12, true),
        ("HTTP/2.0", 20, true),
        ("HTTP/9.9", 99, true),
        ("HTTP/2", 10, true),
        ("HTTP/1,1", 10, true),
    ] {
        let mut notes = Vec::new();
        assert_eq!(
            (version_of(version.as_bytes(), &mut notes), !notes.is_empty()),
            (number, noted),
            "{version:?}"
        );
    }
}
