//! HTTP/1.x on scripted streams, cut at every place, and on other people's captures.

mod streams;

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use seqdump::event::Side::{self, Client, Server};
use seqdump::event::{Body, End};
use seqdump::event::{Facts, Phase};
use seqdump::layer::PROTOCOLS;
use seqdump::locale::Lang;
use serde_json::Value as Json;
use streams::{Piece, Recorder, field, lines, play, play_among};

fn c(frame: u64, bytes: &str) -> Piece<'_> {
    (Client, frame, Body::Bytes(bytes.as_bytes()))
}

fn s(frame: u64, bytes: &str) -> Piece<'_> {
    (Server, frame, Body::Bytes(bytes.as_bytes()))
}

fn end(side: Side, frame: u64) -> Piece<'static> {
    (side, frame, Body::End(End::Closed))
}

/// What full mode says, checked against what a survey says.
fn read(pieces: &[Piece<'_>]) -> Recorder {
    let (full, stack) = play(pieces, true, false);
    let (survey, surveyed) = play(pieces, false, false);
    assert_eq!(survey.count, full.count);
    let undecoded = |notes: &[&'static str]| {
        let coded = |id: &&str| ["http.bad-encoding", "http.decode-limit"].contains(id);
        notes.iter().copied().filter(|id| !coded(id)).collect::<Vec<_>>()
    };
    assert_eq!(undecoded(&survey.notes), undecoded(&full.notes));
    let say = |stack: &seqdump::layer::stack::Stack| {
        stack
            .verdicts()
            .iter()
            .flat_map(|verdict| [verdict.say(Lang::En), verdict.say(Lang::Ko)])
            .collect::<Vec<_>>()
    };
    assert_eq!(say(&stack), say(&surveyed));
    full
}

fn verdict(pieces: &[Piece<'_>]) -> String {
    let (_, stack) = play(pieces, true, false);
    stack.verdicts().first().map(|verdict| verdict.say(Lang::En)).unwrap_or_default()
}

const GET: &str = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

#[test]
fn requests_and_responses_are_paired_in_order() {
    let read = read(&[
        c(
            1,
            "GET /a HTTP/1.1\r\nHost: x\r\nReferer: y\r\n\r\nHEAD /b HTTP/1.1\r\nHost: x\r\n\r\nPOST /c HTT",
        ),
        c(2, "P/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe"),
        c(3, "llo"),
        s(
            4,
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 404\r\nContent-Length: 99\r\n\r\nHTTP/1.1 1",
        ),
        s(
            5,
            "00 Continue\r\n\r\nHTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\n",
        ),
    ]);
    assert_eq!(
        lines(&read),
        [
            "0 c2s [1] http.request GET /a HTTP/1.1 []",
            "1 c2s [1] http.request HEAD /b HTTP/1.1 []",
            "2 c2s [1, 2, 3] http.request POST /c HTTP/1.1 []",
            "3 s2c [4] http.response 200 OK []",
            "4 s2c [4] http.response 404 Not Found []",
            "5 s2c [4, 5] http.response 100 Continue []",
            "6 s2c [5] http.response 200 OK []",
        ]
    );
    let of = |n: usize, name| field(&read.events[n], name);
    assert_eq!(
        [of(2, "body_len"), of(2, "framing"), of(2, "method"), of(2, "target")],
        ["5", "content-length", "POST", "/c"]
    );
    assert_eq!([of(4, "request_n"), of(4, "framing"), of(4, "latency_us")], ["1", "none", "3000"]);
    assert_eq!([of(5, "request_n"), of(5, "persistent")], ["2", ""]);
    assert_eq!([of(6, "request_n"), of(6, "framing"), of(6, "body_len")], ["2", "chunked", "3"]);
    assert_eq!(of(6, "trailers"), "[[x, y]]");
    assert_eq!(of(6, "headers"), "[[Transfer-Encoding, chunked]]");
    assert_eq!([of(6, "persistent"), of(6, "persistence_reason")], ["true", "HTTP/1.1 default"]);
    assert_eq!(read.events[6].facts.payload().unwrap().bytes.as_ref(), b"abc");
}

#[test]
fn what_keeps_or_closes_a_connection_is_named() {
    for (request, response, persistent, reason) in [
        ("1.1", "1.1 200 OK\r\nContent-Length: 0\r\n", "true", "HTTP/1.1 default"),
        (
            "1.1",
            "1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, Close\r\n",
            "false",
            "Connection: close from the server",
        ),
        (
            "1.1\r\nConnection: close",
            "1.1 200 OK\r\nContent-Length: 0\r\n",
            "false",
            "Connection: close from the client",
        ),
        ("1.0", "1.0 200 OK\r\nContent-Length: 0\r\n", "false", "HTTP/1.0 default"),
        (
            "1.0",
            "1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n",
            "true",
            "Connection: keep-alive from the server",
        ),
        ("1.1", "1.1 200 OK\r\n", "false", "the body ends with the connection"),
    ] {
        let request = format!("GET / HTTP/{request}\r\nHost: x\r\n\r\n");
        let response = format!("HTTP/{response}\r\n");
        let read = read(&[c(1, &request), s(2, &response), end(Server, 3), end(Client, 4)]);
        let last = read.events.last().unwrap();
        assert_eq!([field(last, "persistent"), field(last, "persistence_reason")], [persistent, reason]);
    }
}

#[test]
fn a_body_until_close_is_complete_at_the_close() {
    let read =
        read(&[c(1, GET), s(2, "HTTP/1.0 200 OK\r\n\r\nab"), s(3, "c"), end(Server, 4), end(Client, 5)]);
    assert_eq!(lines(&read)[1..], ["1 s2c [2, 3, 4] http.response 200 OK []"]);
    assert_eq!([field(&read.events[1], "framing"), field(&read.events[1], "body_len")], ["close", "3"]);
}

/// Where a field's bytes stand in the head.
fn place(facts: &dyn Facts, name: &str) -> Option<std::ops::Range<usize>> {
    facts.fields().into_iter().find(|field| field.name == name)?.at
}

#[test]
fn each_part_of_a_start_line_is_where_it_stands() {
    let read = read(&[
        c(1, "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
        s(2, "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
        c(3, "CONNECT x:1 y HTTP/1.2\r\nHost: x\r\n\r\n"),
        s(4, "HTTP/1.1 4x4 Not  Found\r\nContent-Length: 0\r\n\r\n"),
    ]);
    let [request, response, connect, odd] = [0, 1, 2, 3].map(|n| &*read.events[n].facts);
    assert_eq!(request.label(Lang::En), "GET /a b HTTP/1.1");
    assert_eq!(
        ["method", "target", "version", "headers"].map(|name| place(request, name)),
        [Some(0..3), Some(4..8), Some(9..17), Some(19..30)]
    );
    assert_eq!(
        ["version", "status", "reason"].map(|name| place(response, name)),
        [Some(0..8), Some(9..12), None],
        "there is no reason"
    );
    assert_eq!(connect.label(Lang::En), "CONNECT x:1 HTTP/1.2");
    assert_eq!(odd.label(Lang::En), "4x4 Not  Found");
    assert_eq!([place(odd, "status_text"), place(odd, "reason")], [Some(9..12), Some(13..23)]);
}

#[test]
fn the_end_of_a_head_that_is_over_the_limit_is_found_wherever_it_is_cut() {
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\nx: {}", "e".repeat(300_000));
    for end in ["\r\n\r\n", "\n\n", "\r\n\n", "\n\r\n", "\r\r\nx: a\r\n\r\n", "\n\rx\n\n"] {
        for cut in 0..=end.len() {
            let (first, rest) = (format!("{long}{}", &end[..cut]), format!("{}{GET}", &end[cut..]));
            let (told, _) = play(&[c(1, &first), c(2, &rest)], true, false);
            let labels: Vec<_> = told.events.iter().map(|event| event.facts.label(Lang::En)).collect();
            assert_eq!(labels, ["GET / HTTP/1.1", "GET /a HTTP/1.1"], "{end:?} at {cut}");
        }
    }
}

#[test]
fn requests_of_several_upgrades_wait_each_for_its_answer() {
    let refused = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let read = read(&[
        c(1, UPGRADE),
        c(2, UPGRADE),
        c(3, UPGRADE),
        c(4, GET),
        s(5, refused),
        s(6, refused),
        s(7, refused),
        s(8, "HTTP/1.1 204 No Content\r\n\r\n"),
    ]);
    let order: Vec<_> = read.events.iter().map(|event| event.frames.as_slice()[0]).collect();
    assert_eq!(order, [1, 5, 2, 6, 3, 7, 4, 8]);
    assert_eq!(read.events.iter().filter(|event| event.phase == Phase::Upgrade).count(), 6);
}

#[test]
fn only_an_event_stream_that_can_be_read_is_told_event_by_event() {
    let body = "data: x\n\n";
    for (head, told) in [
        ("Content-Type: text/event-stream", true),
        ("Content-Type: text/plain", false),
        ("Content-Type: text/event-stream\r\nContent-Encoding: gzip", false),
    ] {
        let response = format!("HTTP/1.1 200 OK\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let (read, _) = play(&[c(1, GET), s(2, &response)], true, false);
        let is_told = read.events.iter().any(|event| event.facts.kind() == "sse.event");
        assert_eq!(is_told, told, "{head}");
    }
}

#[test]
fn a_gap_inside_a_chunk_or_a_body_until_close_is_passed_over() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let read =
        read(&[c(1, GET), s(2, head), s(3, "a\r\n012"), (Server, 4, Body::Gap(5)), s(5, "89\r\n0\r\n\r\n")]);
    assert_eq!(lines(&read)[1..], ["1 s2c [2, 3, 5] http.response 200 OK []"]);
    let of = |name| field(&read.events[1], name);
    assert_eq!([of("body_len"), of("missing"), of("incomplete")], ["10", "5", ""]);
    assert_eq!(field(&read.events[0], "missing"), "");
    let gap = (Server, 3, Body::Gap(5));
    let read = self::read(&[c(1, GET), s(2, "HTTP/1.0 200 OK\r\n\r\n012"), gap, s(4, "89"), end(Server, 5)]);
    let of = |name| field(&read.events[1], name);
    assert_eq!([of("body_len"), of("missing"), of("incomplete")], ["10", "5", ""]);
}

#[test]
fn a_long_trailer_section_is_kept_up_to_the_limit() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    for (count, kept) in [(300, 300), (30_000, 21_845)] {
        let trailers = "x: 01234567\r\n".repeat(count) + "\r\n";
        let read = read(&[c(1, GET), s(2, head), s(3, &trailers)]);
        let fields = read.events[1].facts.fields();
        let trailers = fields.into_iter().find(|field| field.name == "trailers").unwrap();
        let seqdump::event::Value::List(list) = trailers.value else { panic!("no list") };
        let most = 256 * 1024 / "x: 01234567\r\n".len();
        assert_eq!(list.len(), kept.min(most));
    }
}

#[test]
fn what_is_no_message_is_shown_as_it_came() {
    let read = read(&[c(1, GET), c(2, "HTTP/1.1 200 OK\r\n"), c(3, "\0\x01\n"), c(4, GET)]);
    assert_eq!(
        lines(&read)[1..],
        [
            "1 c2s [2, 3] http.data 20 bytes that are no HTTP message []",
            "2 c2s [4] http.request GET /a HTTP/1.1 []"
        ]
    );
    assert_eq!(field(&read.events[1], "len"), "20");
    assert_eq!(read.events[1].facts.wire(), b"HTTP/1.1 200 OK\r\n\0\x01\n");
    let payload = read.events[1].facts.payload().unwrap();
    assert_eq!(
        (payload.bytes.as_ref(), payload.len, payload.text),
        (&b"HTTP/1.1 200 OK\r\n\0\x01\n"[..], 20, false)
    );
}

#[test]
fn a_line_without_an_end_is_no_start_line() {
    let long = format!("GET /{}", "a".repeat(70_000));
    let read = read(&[c(1, GET), c(2, &long), c(3, " HTTP/1.1\r\n\r\n"), c(4, GET)]);
    let kinds: Vec<_> = read.events.iter().map(|event| event.facts.kind()).collect();
    assert_eq!(kinds, ["http.request", "http.data", "http.request"]);
}

#[test]
fn headers_with_names_as_long_as_those_that_are_meant_mean_nothing() {
    let others = "Set-Cookie: close\r\nX-Media-Type: text/event-stream\r\nX-Image-Length: 9\r\n\
                  X-Other-Encoding: gzip\r\nProxy-Information: chunked\r\nReferer: y\r\n";
    let response = format!("HTTP/1.1 200 OK\r\n{others}Content-Length: 9\r\n\r\ndata: x\n\n");
    let read = read(&[c(1, GET), s(2, &response)]);
    assert_eq!(lines(&read)[1..], ["1 s2c [2] http.response 200 OK []"]);
    let of = |name| field(&read.events[1], name);
    assert_eq!(
        [of("framing"), of("body_len"), of("persistent"), of("decoded_len")],
        ["content-length", "9", "true", ""]
    );
}

/// A request to switch to these, and the answer with its status and header lines.
fn switched(to: &str, answer: &str) -> [String; 2] {
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
    [
        format!("GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: {to}\r\n{key}\r\n\r\n"),
        format!("HTTP/1.1 {answer}\r\n\r\n"),
    ]
}

#[test]
fn what_follows_an_upgrade_is_the_protocols_that_was_asked_for_and_granted() {
    let right = "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    let frame = "\u{1}\u{0}";
    let told = |to: &str, answer: &str, more: &[Piece<'_>]| {
        let [request, response] = switched(to, answer);
        let mut pieces = vec![c(1, &request), s(2, &response)];
        pieces.extend_from_slice(more);
        play_among(PROTOCOLS, &pieces, true, false).0
    };
    let read = told("h2c, websocket", right, &[(Server, 3, Body::Gap(9)), s(4, frame)]);
    let kinds: Vec<_> = read.events.iter().map(|event| event.facts.kind()).collect();
    assert_eq!(kinds, ["http.request", "http.response", "ws.handshake", "ws.lost"], "the gap is its own too");
    // Also one in what the client sends before it has the answer.
    let [request, response] = switched("websocket", right);
    let pieces = [c(1, &request), (Client, 2, Body::Gap(9)), s(3, &response), c(4, frame)];
    let early = play_among(PROTOCOLS, &pieces, true, false).0;
    let kinds: Vec<_> = early.events.iter().map(|event| event.facts.kind()).collect();
    assert_eq!(kinds, ["http.request", "http.response", "ws.handshake", "ws.lost"]);
    assert_eq!([field(&read.events[2], "target"), field(&read.events[2], "status")], ["/chat", "101"]);
    assert_eq!(read.notes, [""; 0]);
    // Granted is what was not asked for: it is still judged as what was.
    let read = told("websocket", &right.replace("Upgrade: websocket", "Upgrade: h2c"), &[]);
    assert_eq!(read.events[2].facts.kind(), "ws.handshake");
    assert_eq!(read.notes, ["ws.bad-upgrade"]);
    // Refused, and followed by frames all the same.
    let text = (Client, 3, Body::Bytes(b"\x81\x95\0\0\0\0I do not care, really"));
    let read = told("websocket", "403 Forbidden\r\nContent-Length: 0\r\nSec-WebSocket-Accept: x", &[text]);
    let details: Vec<_> =
        read.events.iter().flat_map(|event| &event.notes).map(|note| note.detail.clone()).collect();
    assert_eq!(
        details.iter().flatten().map(|detail| &**detail).collect::<Vec<_>>(),
        ["the answer has Sec-WebSocket-Accept and yet status 403", "status 403"]
    );
}

const UPGRADE: &str = "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";

#[test]
fn behind_a_101_everything_is_carried() {
    let accepted = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhello";
    let pieces = [
        c(1, UPGRADE),
        c(2, "early"),
        s(3, accepted),
        c(4, "late"),
        s(5, "more"),
        end(Client, 6),
        end(Server, 7),
    ];
    assert_eq!(
        lines(&read(&pieces)),
        [
            "0 c2s [1] http.request GET /chat HTTP/1.1 []",
            "1 s2c [3] http.response 101 Switching Protocols []",
            "2 c2s [2] http.tunnel_data data 5 bytes  early []",
            "3 s2c [3] http.tunnel_data data 5 bytes  hello []",
            "4 c2s [4] http.tunnel_data data 4 bytes  late []",
            "5 s2c [5] http.tunnel_data data 4 bytes  more []",
        ]
    );
    assert_eq!(verdict(&pieces), "Protocol switched with 101 after 1 request");
}

#[test]
fn behind_a_refused_upgrade_http_goes_on() {
    let refused = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno";
    let read = read(&[c(1, UPGRADE), c(2, GET), s(3, refused), s(4, "HTTP/1.1 204 No Content\r\n\r\n")]);
    assert_eq!(
        lines(&read),
        [
            "0 c2s [1] http.request GET /chat HTTP/1.1 []",
            "1 s2c [3] http.response 400 Bad Request []",
            "2 c2s [2] http.request GET /a HTTP/1.1 []",
            "3 s2c [4] http.response 204 No Content []",
        ]
    );
}

#[test]
fn behind_a_refused_upgrade_other_bytes_are_carried() {
    let refused = "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno";
    let pieces = [c(1, UPGRADE), s(3, refused), c(4, "\x01\x02\x03"), s(5, "\x04")];
    assert_eq!(
        lines(&read(&pieces))[2..],
        [
            "2 c2s [4] http.tunnel_data data 3 bytes  01 02 03 []",
            "3 s2c [5] http.tunnel_data data 1 bytes  04 []",
        ]
    );
    assert_eq!(verdict(&pieces), "Switch of protocols not granted: answered with 426 (HTTP/1.1 default)");
}

#[test]
fn what_is_in_a_tunnel_is_read() {
    let connect = "CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n";
    let read = read(&[
        c(1, connect),
        s(2, "HTTP/1.1 200 Connection established\r\nContent-Length: 7\r\n\r\n"),
        c(3, GET),
        s(4, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ]);
    assert_eq!(
        lines(&read),
        [
            "0 c2s [1] http.request CONNECT x:80 HTTP/1.1 []",
            "1 s2c [2] http.response 200 Connection established [\"http.body-not-allowed\"]",
            "2 c2s [3] http.request GET /a HTTP/1.1 []",
            "3 s2c [4] http.response 200 OK []",
        ]
    );
}

#[test]
fn a_gap_is_survived() {
    let gap = |side, frame, len| (side, frame, Body::Gap(len));
    let read = read(&[
        c(1, GET),
        s(2, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"),
        gap(Server, 3, 6),
        s(4, "cd"),
        c(5, GET),
        s(6, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"),
        gap(Server, 7, 500),
        s(8, "half a line\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        c(9, GET),
        gap(Client, 10, 7),
        c(11, "x: y\r\n\r\n"),
        c(12, GET),
    ]);
    assert_eq!(
        lines(&read),
        [
            "0 c2s [1] http.request GET /a HTTP/1.1 []",
            "1 s2c [2, 4] http.response 200 OK []",
            "2 c2s [5] http.request GET /a HTTP/1.1 []",
            "3 s2c [6] http.response 200 OK, incomplete []",
            "4 s2c [8] http.data 13 bytes that are no HTTP message []",
            "5 s2c [8] http.response 404 Not Found []",
            "6 c2s [9] http.request GET /a HTTP/1.1 []",
            "7 c2s [11] http.data 8 bytes that are no HTTP message []",
            "8 c2s [12] http.request GET /a HTTP/1.1 []",
        ]
    );
    assert_eq!([field(&read.events[1], "body_len"), field(&read.events[1], "missing")], ["10", "6"]);
    assert_eq!([field(&read.events[3], "body_len"), field(&read.events[3], "incomplete")], ["10", "gap"]);
}

#[test]
fn a_response_captured_before_its_request_is_still_its_answer() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let mut swapped = [s(5, answer), c(4, GET)];
    assert_eq!(
        lines(&read(&swapped)),
        ["0 c2s [4] http.request GET /a HTTP/1.1 []", "1 s2c [5] http.response 200 OK []",]
    );
    swapped[1].1 = 5;
    assert_eq!(lines(&read(&swapped))[1], "1 s2c [5] http.response 200 OK []", "at the same time");
    swapped[1].1 = 6;
    assert_eq!(
        lines(&read(&swapped)),
        [
            "0 s2c [5] http.response 200 OK [\"http.unexpected-response\"]",
            "1 c2s [6] http.request GET /a HTTP/1.1 []",
        ]
    );
}

/// Each rule of a head or a body that an observer can see broken: sent by the client, or as the answer to a GET.
#[test]
fn each_broken_rule_is_noted() {
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\nx: {}\r\n\r\n", "e".repeat(70_000));
    let endless = format!("GET / HTTP/1.1\r\nHost: x\r\nx: {}\r\n\r\n", "e".repeat(300_000));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(1025));
    for (request, ids) in [
        (
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "http.cl-te",
        ),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "http.dup-cl"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\na", "http.bad-cl http.dup-cl"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", "http.bad-cl"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5:\r\n\r\n", "http.bad-cl"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", "http.bad-cl"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", "http.bad-te"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", "http.bad-te"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "http.bad-header"),
        ("GET / HTTP/1.1\r\nHost: x\r\nx: a\r\n b\r\n\r\n", "http.obs-fold"),
        ("GET / HTTP/1.1\r\nHost: x\r\nx\r\n\r\n", "http.bad-header"),
        ("GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", "http.bad-header"),
        ("GET / HTTP/1.1\nHost: x\n\n", "http.bare-lf"),
        ("GET / HTTP/1.1\r\nHost: x\r\nx: a\rb\r\n\r\n", "http.bare-cr"),
        ("GET / HTTP/1.1\r\nHost: x\r\nx: a\0b\r\n\r\n", "http.nul"),
        ("GET / HTTP/1.1\r\n\r\n", "http.host"),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", "http.host"),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "http.host"),
        ("GET / HTTP/1.2\r\nHost: x\r\n\r\n", "http.bad-version"),
        ("GET /simple\r\n", "http.bad-version"),
        (long.as_str(), "http.header-too-long"),
        (endless.as_str(), "http.header-too-long"),
        (many.as_str(), "http.too-many-headers"),
        ("GET / HTTP/1.0\r\n\r\n", ""),
        ("GET / HTTP/1.1\r\nHost: x\r\nFrom: a b\r\n\r\n", ""),
        ("GET / HTTP/1.1\r\nHost: [::1]:80\r\nx:\té\r\n\r\n", ""),
    ] {
        let read = read(&[c(1, request), end(Client, 2)]);
        assert_eq!(read.notes.join(" "), ids, "{request:.200}");
        assert_eq!(read.events.len(), 1, "{request:.200}");
    }
    for (response, ids) in [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "http.bad-chunk"),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "http.body-not-allowed"),
        ("HTTP/1.1 304 Not Modified\r\n\r\nbody", "http.body-not-allowed"),
        ("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", "http.bad-status"),
        ("HTTP/1.1 abc\r\nContent-Length: 0\r\n\r\n", "http.bad-status"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\nno", "http.bad-encoding"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip, gzip, br\r\n\r\nno",
            "http.decode-limit",
        ),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", ""),
        ("HTTP/1.1 200 OK\r\nHost: a b\r\nContent-Length: 0\r\n\r\n", ""),
    ] {
        let read = read(&[c(1, GET), s(2, response), end(Server, 3)]);
        assert_eq!(read.notes.join(" "), ids, "{response}");
    }
}

#[test]
fn a_chunk_longer_than_its_size_ends_the_reading_of_its_body() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    // Were the third byte of the chunk passed over, `2` would be the next chunk's size.
    let read = read(&[c(1, GET), s(2, head), s(3, "2\r\nabX2\r\ncd\r\n0\r\n\r\n"), end(Server, 4)]);
    assert_eq!(read.notes[0], "http.bad-chunk");
    assert_eq!(field(&read.events[1], "body_len"), "2", "{:?}", lines(&read));
}

#[test]
fn an_event_stream_is_told_event_by_event() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";
    let read = read(&[
        c(1, GET),
        s(2, head),
        s(3, ": hi\n\nevent: tick\r\nid: 7\r\ndata: a\r\ndata: b\r\n\r"),
        s(4, "\ndata: c\n\ndata: cut"),
        end(Server, 5),
    ]);
    assert_eq!(
        lines(&read)[1..],
        [
            "1 s2c [3] sse.event tick: a\nb []",
            "2 s2c [4] sse.event event: c []",
            "3 s2c [2, 3, 4, 5] http.response 200 OK []",
        ]
    );
    assert_eq!([field(&read.events[1], "event"), field(&read.events[1], "id")], ["tick", "7"]);
}

#[test]
fn what_ends_early_is_told_as_far_as_it_came() {
    let read = read(&[
        c(1, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"),
        (Client, 2, Body::End(End::Reset)),
        s(3, "HTTP/1.1 200 OK\r\nSer"),
        (Server, 4, Body::End(End::Capture)),
    ]);
    assert_eq!(
        lines(&read),
        [
            "0 c2s [1] http.request POST / HTTP/1.1, incomplete []",
            "1 s2c [3] http.response 200 OK, incomplete []"
        ]
    );
    assert_eq!(field(&read.events[0], "incomplete"), "reset");
    assert_eq!(field(&read.events[1], "incomplete"), "capture");
}

#[test]
fn a_response_that_is_not_whole_keeps_no_connection() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
    let cut = |how| [c(1, GET), s(2, half), (Server, 3, Body::End(how))];
    let [reset, closed, captured] = [End::Reset, End::Closed, End::Capture].map(cut);
    assert_eq!(verdict(&reset), "1 request, the response cut off by a RST");
    assert_eq!(verdict(&closed), "1 request, the response cut off by the end of the connection");
    assert_eq!(verdict(&captured), "1 request, the response not captured to its end");
    assert_eq!(field(&read(&reset).events[1], "persistent"), "false");
    assert_eq!(field(&read(&captured).events[1], "persistent"), "true");
    let pipelined = [c(1, GET), c(1, GET), s(2, half), (Server, 3, Body::End(End::Reset))];
    assert_eq!(verdict(&pipelined), "2 requests, the response cut off by a RST, 1 without a response");
}

#[test]
fn a_head_that_is_not_whole_does_not_tell_how_the_body_ends() {
    let cut = |head| [c(1, GET), s(2, head), (Server, 2, Body::Gap(20)), end(Server, 3)];
    let silent = cut("HTTP/1.1 200 OK\r\nServer: x\r\nCont");
    assert_eq!(verdict(&silent), "1 request, the response with a head that was not captured whole");
    let response = &read(&silent).events[1];
    assert_eq!([field(response, "framing"), field(response, "incomplete")], ["unknown", "gap"]);
    assert!(response.facts.fields().iter().all(|field| field.name != "persistent"));
    let closing = cut("HTTP/1.1 200 OK\r\nConnection: close\r\nCont");
    assert_eq!(verdict(&closing), "1 request, closed after the response (Connection: close from the server)");
}

#[test]
fn turned_roles_are_noticed_and_other_protocols_are_left_alone() {
    let turned = [s(1, GET), c(2, "HTTP/1.1 204 No Content\r\n\r\n")];
    let (recorder, mut stack) = play(&turned, true, true);
    assert!(stack.take_reversed());
    assert_eq!(lines(&recorder)[0], "0 c2s [1] http.request GET /a HTTP/1.1 []");
    for other in ["SSH-2.0-x\r\n", "EHLO a b\r\n", "\x16\x03\x01", "USER me\r\n", "PRI * HTTP/2.0\n"] {
        let (recorder, _) = play(&[c(1, other), end(Client, 2)], true, false);
        assert!(!recorder.protocols.contains(&"http/1.1"), "{other:?}");
    }
}

#[test]
fn verdicts_say_how_it_went() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let close = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(
        verdict(&[c(1, GET), s(2, ok), c(3, GET), s(4, ok)]),
        "2 requests on one connection, kept alive (HTTP/1.1 default)"
    );
    assert_eq!(
        verdict(&[c(1, GET), s(2, close)]),
        "1 request, closed after the response (Connection: close from the server)"
    );
    assert_eq!(verdict(&[c(1, GET)]), "Request without a response");
    assert_eq!(verdict(&[c(1, GET), c(1, GET), s(2, ok)]), "2 requests, 1 without a response");
}

/// A conversation with everything that can be cut at a bad place.
fn conversation() -> Vec<(Side, Vec<u8>)> {
    let client = [
        "\r\nPOST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;e=1\r\nabc\r\n0\r\nt: u\r\n\r\n",
        "GET /b HTTP/1.1\nHost: x\n\nnot http\nGET /c HTTP/1.1\r\nHost: x\r\nx: a\r\n b\r\n\r\n",
        "GET /d\r\nPUT /e HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nxyz",
        UPGRADE,
    ]
    .concat();
    let server = [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\njunk\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n",
        "Content-Length: 21\r\n\r\ndata: 1\r\n\r\ndata: 22\n\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nlater",
    ]
    .concat();
    vec![(Client, client.into_bytes()), (Server, server.into_bytes())]
}

/// Plays the conversation, each direction cut into frames at `cuts`: the events, and the bytes that the frames of each
/// begin with.
fn cut(cuts: &[usize]) -> Vec<(String, Side, Vec<usize>)> {
    let sides = conversation();
    let mut pieces = Vec::new();
    let mut starts = vec![0];
    for (side, bytes) in &sides {
        let mut places: Vec<usize> =
            cuts.iter().map(|cut| cut % bytes.len()).chain([0, bytes.len()]).collect();
        places.sort_unstable();
        places.dedup();
        for pair in places.windows(2) {
            pieces.push((*side, starts.len() as u64, Body::Bytes(&bytes[pair[0]..pair[1]])));
            starts.push(pair[0]);
        }
    }
    let (recorder, _) = play(&pieces, true, false);
    let known = recorder.events.iter().filter(|event| !event.facts.kind().ends_with("tunnel_data"));
    known
        .map(|event| {
            let fields: Vec<_> =
                event.facts.fields().into_iter().filter(|field| field.name != "latency_us").collect();
            let notes: Vec<_> = event.notes.iter().map(|note| note.what.id).collect();
            let (kind, label) = (event.facts.kind(), event.facts.label(Lang::En));
            let frames = event.frames.iter().map(|frame| starts[*frame as usize]).collect();
            (format!("{kind} {label} {fields:?} {notes:?}"), event.side, frames)
        })
        .collect()
}

/// Whether events read at `cuts` are those read byte by byte, each with exactly the frames that hold its bytes.
fn reads_the_same(cuts: &[usize], bytewise: &[(String, Side, Vec<usize>)]) {
    let told = cut(cuts);
    assert_eq!(told.len(), bytewise.len(), "{cuts:?}");
    for ((what, side, starts), (expected, _, bytes)) in told.iter().zip(bytewise) {
        assert_eq!(what, expected, "{cuts:?}");
        let len = conversation()[*side as usize].1.len();
        let start =
            |byte: &usize| cuts.iter().map(|cut| cut % len).filter(|cut| cut <= byte).max().unwrap_or(0);
        let mut exact: Vec<usize> = bytes.iter().map(start).collect();
        exact.dedup();
        assert_eq!(starts, &exact, "{cuts:?} {what}");
    }
}

#[test]
fn every_single_cut_reads_the_same() {
    let bytewise = cut(&(0..1200).collect::<Vec<_>>());
    assert_eq!(bytewise.len(), 17, "{bytewise:#?}");
    for place in 0..1200 {
        reads_the_same(&[place], &bytewise);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_reads_the_same(cuts in proptest::collection::vec(0usize..1200, 0..12)) {
        reads_the_same(&cuts, &cut(&(0..1200).collect::<Vec<_>>()));
    }

    #[test]
    fn any_bytes_are_survived(
        pieces in proptest::collection::vec((any::<bool>(), 0usize..12, any::<[u8; 6]>()), 1..40),
        inferred: bool,
    ) {
        let words = [
            GET, UPGRADE, "HTTP/1.1 200 OK\r\n", "\r\n\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
            "HTTP/1.1 101 S\r\nUpgrade: echo\r\n\r\n", "POST / HTTP/1.1\r\n", "CONNECT a:1 HTTP/1.1\r\n\r\n", "5\r\nhello\r\n0\r\n",
        ];
        let script: Vec<Piece<'_>> = pieces.iter().enumerate().map(|(n, (client, word, bytes))| {
            let side = if *client { Client } else { Server };
            let body = match word {
                10 => Body::Bytes(bytes),
                11 => Body::Gap(u64::from(bytes[0])),
                word => Body::Bytes(words[*word].as_bytes()),
            };
            (side, n as u64 + 1, body)
        }).chain([end(Client, 90), end(Server, 91)]).collect();
        let (full, _) = play(&script, true, inferred);
        let (survey, _) = play(&script, false, inferred);
        prop_assert_eq!(full.count, survey.count);
        for event in &full.events {
            prop_assert!(!event.frames.is_empty());
            streams::field(event, "");
            event.facts.payload();
        }
    }
}

/// Last frame, whether it is a request, and method and target or status, of the HTTP messages of a capture.
type Messages = BTreeMap<(u64, bool, String), usize>;

/// The agreement with a reference dissector over the corpus, beside what the plain reassembly here does not open
/// (tunnels, fragments, other link types) and what the reference leaves out (behind a hole, inside CONNECT).
#[test]
fn the_corpus_is_read_as_the_reference_reads_it() {
    let Some(folder) = streams::corpus() else { return };
    let (mut same, mut missing) = (0, Vec::new());
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(capture) = name.strip_suffix(".oracle.json") else { continue };
        let theirs = theirs(&serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap());
        let ours = if theirs.is_empty() { Messages::new() } else { ours(&folder.join(capture)) };
        for (message, count) in &theirs {
            let found = ours.get(message).copied().unwrap_or(0).min(*count);
            same += found;
            if found < *count {
                missing.push(format!("{capture}: reference only {message:?}"));
            }
        }
        for (message, count) in &ours {
            if theirs.get(message).copied().unwrap_or(0) < *count {
                println!("{capture}: seqdump only {message:?}");
            }
        }
    }
    println!("{same} messages are the same\n{}", missing.join("\n"));
    assert!(missing.len() * 40 < same, "{} of {same} are missing", missing.len());
}

fn theirs(oracle: &Json) -> Messages {
    let mut found = Messages::new();
    for message in oracle["http"].as_array().into_iter().flatten() {
        if message["stream"].is_null() || message["in_tls"] == true {
            continue;
        }
        let text = |name: &str| message[name].as_str().unwrap_or_default();
        let request = text("kind") == "request";
        let what = if request {
            format!("{} {}", text("method"), text("uri"))
        } else {
            message["status"].to_string()
        };
        *found.entry((message["frame"].as_u64().unwrap(), request, what)).or_insert(0) += 1;
    }
    found
}

fn ours(path: &Path) -> Messages {
    let mut found = Messages::new();
    for connection in streams::streams(path) {
        let (recorder, _) = connection.read(true);
        for event in &recorder.events {
            let (request, what) = match event.facts.kind() {
                "http.request" => (true, format!("{} {}", field(event, "method"), field(event, "target"))),
                "http.response" => (false, field(event, "status")),
                _ => continue,
            };
            *found.entry((*event.frames.last().unwrap(), request, what)).or_insert(0) += 1;
        }
    }
    found
}
