//! Each limit is kept exactly: one below it and at it nothing is said, one above it is said, once.

mod common;

use std::io::Write;

use common::{Owned, run, segment};
use seqdump::capture::{self, Next};
use seqdump::frame::LinkType;
use seqdump::keyring::Keyring;
use seqdump::limits::Limits;
use seqdump::locale::Lang;

/// What a limit counts, made as large as asked for; and what is said of more than the limit.
struct Case {
    limit: &'static str,
    value: usize,
    said: &'static str,
    made: fn(usize) -> Vec<Owned>,
}

/// A connection to this port on which these pieces are said, by the client where `true`.
fn talk(port: u16, pieces: &[(bool, Vec<u8>)]) -> Vec<Owned> {
    let mut next = [1001_u32, 5001];
    let mut frames = vec![
        segment(true, port, 1000, 0, 0x02, b""),
        segment(false, port, 5000, 1001, 0x12, b""),
        segment(true, port, 1001, 5001, 0x10, b""),
    ];
    for (by_client, bytes) in pieces {
        let (own, other) = (usize::from(!by_client), usize::from(*by_client));
        for piece in bytes.chunks(1400) {
            frames.push(segment(*by_client, port, next[own], next[other], 0x18, piece));
            next[own] += piece.len() as u32;
        }
    }
    (0..).zip(&mut frames).for_each(|(nth, frame)| frame.time = nth * 1000);
    frames
}

fn request(head: String) -> Vec<Owned> {
    talk(80, &[(true, head.into_bytes())])
}

fn response(coding: &str, body: &[u8]) -> Vec<Owned> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{coding}\r\n", body.len());
    talk(
        80,
        &[(true, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()), (false, [head.as_bytes(), body].concat())],
    )
}

fn gzip(len: usize) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    coder.write_all(&vec![b'a'; len]).unwrap();
    coder.finish().unwrap()
}

/// WebSocket frames from the server, behind the handshake.
fn websocket(frames: Vec<u8>) -> Vec<Owned> {
    let request = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    talk(80, &[(true, request.into()), (false, answer.into()), (false, frames)])
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let head = match payload.len() {
        len @ ..126 => vec![first, len as u8],
        len => vec![first, 126, (len >> 8) as u8, len as u8],
    };
    [head, payload.to_vec()].concat()
}

/// Segments of one byte each behind a hole.
fn behind_a_hole(count: usize, len: usize) -> Vec<Owned> {
    let mut frames = talk(7777, &[]);
    let piece = vec![b'x'; len];
    frames
        .extend((0..count).map(|nth| segment(true, 7777, 1101 + (nth * 2 * len) as u32, 5001, 0x18, &piece)));
    frames
}

/// A fragment that begins a datagram of this number.
fn fragment(number: usize) -> Owned {
    let mut frame = segment(true, 80, 0, 0, 0x10, b"12345678");
    frame.bytes[4..6].copy_from_slice(&(number as u16).to_be_bytes());
    frame.bytes[6] = 0x20;
    frame
}

/// IPv4 in IPv4, so many headers deep.
fn nested(depth: usize) -> Owned {
    let mut bytes = segment(true, 80, 1000, 0, 0x02, b"").bytes;
    for _ in 1..depth {
        let mut outer = bytes[..20].to_vec();
        outer[9] = 4;
        outer[2..4].copy_from_slice(&(bytes.len() as u16 + 20).to_be_bytes());
        bytes = [outer, bytes].concat();
    }
    Owned { time: 0, link: LinkType::IPV4, bytes }
}

const CASES: &[Case] = &[
    Case { limit: "nesting", value: 4, said: "ip.nesting-limit", made: |depth| vec![nested(depth)] },
    Case {
        limit: "datagrams",
        value: 8,
        said: "ip.fragment-limit",
        made: |count| (0..count).map(fragment).collect(),
    },
    Case { limit: "out_of_order", value: 1000, said: "tcp.gap", made: |len| behind_a_hole(1, len) },
    Case { limit: "out_of_order_segments", value: 8, said: "tcp.gap", made: |count| behind_a_hole(count, 1) },
    Case { limit: "out_of_order_total", value: 1000, said: "tcp.gap", made: |len| behind_a_hole(1, len) },
    Case {
        limit: "http_headers",
        value: 8,
        said: "http.too-many-headers",
        made: |count| request(format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(count - 1))),
    },
    Case {
        limit: "http_line",
        value: 100,
        said: "http.header-too-long",
        made: |len| request(format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(len - 5))),
    },
    Case {
        limit: "http_head",
        value: 200,
        said: "http.header-too-long",
        made: |len| request(format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(len - 32))),
    },
    Case {
        limit: "pipelined",
        value: 5,
        said: "http.pipeline-limit",
        made: |count| request("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(count)),
    },
    Case {
        limit: "decoded_body",
        value: 500,
        said: "http.decode-limit",
        made: |len| response("Content-Encoding: gzip\r\n", &gzip(len)),
    },
    Case {
        limit: "codings",
        value: 2,
        said: "http.decode-limit",
        made: |count| {
            let mut body = vec![b'a'; 20];
            for _ in 0..count {
                let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                coder.write_all(&body).unwrap();
                body = coder.finish().unwrap();
            }
            response(&format!("Content-Encoding: {}\r\n", ["gzip"].repeat(count).join(", ")), &body)
        },
    },
    Case {
        limit: "message",
        value: 300,
        said: "ws.message-too-big",
        made: |len| websocket(frame(0x81, &vec![b'a'; len])),
    },
    Case {
        limit: "inflate",
        value: 600,
        said: "ws.deflate-limit",
        made: |len| {
            let mut coder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            coder.write_all(&vec![b'a'; len]).unwrap();
            coder.flush().unwrap();
            let mut bytes = coder.get_ref().clone();
            bytes.truncate(bytes.len() - 4);
            websocket(frame(0xc1, &bytes))
        },
    },
    Case {
        limit: "handshake_message",
        value: 100,
        said: "tls.bad-handshake",
        made: |len| {
            let len = len - 4;
            let mut body = [&[3, 3][..], &[7; 32], &[0, 0, 2, 0x13, 1, 1, 0]].concat();
            let padding = len - body.len() - 6;
            body.extend([0, padding as u8 + 4, 0, 21, 0, padding as u8]);
            body.resize(len, 0);
            let message = [&[1, 0, 0, len as u8][..], &body].concat();
            talk(443, &[(true, [&[22, 3, 1, 0, message.len() as u8][..], &message].concat())])
        },
    },
];

/// How often this is said of these frames with this limit.
fn said(id: &str, frames: &[Owned], limit: &str, value: usize) -> usize {
    let limits = Limits::parse(&format!("{limit}={value}")).unwrap();
    let (_, survey) = run(frames, &Keyring::default(), &limits, false);
    let (_, heard) = run(frames, &Keyring::default(), &limits, true);
    let noted = heard.connections.iter().any(|known| known.notes.iter().any(|what| what.id == id));
    let surveyed = survey.connections.iter().any(|known| known.notes.iter().any(|what| what.id == id));
    // Decoding is not tried in a survey.
    assert!(
        noted == surveyed || limit == "decoded_body" || limit == "codings",
        "{limit}: {noted} {surveyed}"
    );
    let events = heard.events.iter().flat_map(|(_, event)| &event.notes).filter(|note| note.what.id == id);
    events.count() + heard.warned.iter().filter(|warned| **warned == id).count()
}

#[test]
fn each_limit_is_kept_and_said_once() {
    for Case { limit, value, said: id, made } in CASES {
        for size in [value - 1, *value] {
            // What never comes behind a hole is missing at the end all the same.
            let end = usize::from(*id == "tcp.gap")
                * (1 + usize::from(*limit == "out_of_order_segments") * (size - 1));
            assert_eq!(said(id, &made(size), limit, *value), end, "{limit}: {size} of {value}");
        }
        let over = said(id, &made(value + 1), limit, *value);
        let end = if *limit == "out_of_order_segments" { value + 1 } else { 1 };
        assert_eq!(over, end, "{limit}: one more than {value}");
    }
}

#[test]
fn a_hole_is_given_up_when_too_much_waits_behind_it_and_not_before() {
    for (limit, value, made) in
        CASES.iter().filter(|case| case.said == "tcp.gap").map(|case| (case.limit, case.value, case.made))
    {
        for (size, given_up) in [(value - 1, false), (value, false), (value + 1, true)] {
            // The hole is filled after all: too late where it was given up.
            let mut frames = made(size);
            frames.push(segment(true, 7777, 1001, 5001, 0x18, &[b'y'; 100]));
            let holes = if limit == "out_of_order_segments" { size - 1 } else { 0 };
            let limits = Limits::parse(&format!("{limit}={value}")).unwrap();
            let (_, heard) = run(&frames, &Keyring::default(), &limits, true);
            let first = heard.events.iter().flat_map(|(_, event)| &event.notes);
            let gaps = first.filter(|note| note.what.id == "tcp.gap").count();
            assert_eq!(gaps, holes + usize::from(given_up), "{limit}: {size} of {value}");
        }
    }
}

#[test]
fn what_is_kept_of_a_body_and_of_a_message_is_bounded_and_the_rest_counted() {
    for size in [99, 100, 101, 5000] {
        let limits = Limits::parse("body=100,message=100").unwrap();
        let (_, heard) = run(&response("", &vec![b'b'; size]), &Keyring::default(), &limits, true);
        let body = heard.events.iter().find_map(|(_, event)| {
            (event.facts.kind() == "http.response").then(|| event.facts.payload()).flatten()
        });
        assert_eq!(body.map(|body| body.bytes.len()), Some(size.min(100)));
        let (_, heard) = run(&websocket(frame(0x82, &vec![b'b'; size])), &Keyring::default(), &limits, true);
        let message = heard.events.iter().find(|(_, event)| event.facts.kind() == "ws.message").unwrap();
        assert!(message.1.facts.payload().is_none_or(|payload| payload.bytes.len() <= 100));
        assert!(message.1.facts.label(Lang::En).to_string().contains(&size.to_string()) || size < 102);
    }
}

#[test]
fn the_oldest_connections_leave_and_are_counted() {
    let syn = |nth: usize| {
        let mut frame = segment(true, 80, 1000, 0, 0x02, b"");
        frame.bytes[20..22].copy_from_slice(&(10_000 + nth as u16).to_be_bytes());
        frame.time = nth as i64;
        frame
    };
    for (count, evicted) in [(7, 0), (8, 0), (9, 1), (30, 22)] {
        let limits = Limits::parse("connections=8").unwrap();
        let mut engine = seqdump::engine::Engine::new(&limits);
        let mut heard = common::Heard::default();
        for nth in 0..count {
            engine.feed(&syn(nth).frame(nth as u64 + 1), &Keyring::default(), &mut heard);
        }
        assert_eq!(
            (engine.totals().evicted, heard.connections.len()),
            (evicted, evicted as usize),
            "{count}"
        );
    }
}

#[test]
fn responses_behind_the_pipeline_limit_answer_no_other_request() {
    let requests = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n".repeat(9);
    let responses = |range: std::ops::Range<u32>| -> String {
        range.map(|nth| format!("HTTP/1.1 20{nth} OK\r\nContent-Length: 0\r\n\r\n")).collect()
    };
    let again = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
    // Another request comes behind all responses, or behind the first, when there would be room for it again.
    for early in [9, 1] {
        let rest = responses(early..10);
        let talked = [
            (true, requests.clone().into()),
            (false, responses(0..early).into()),
            (true, again.into()),
            (false, rest.into()),
        ];
        let frames = talk(80, &talked);
        let limits = Limits::parse("pipelined=3").unwrap();
        let (_, heard) = run(&frames, &Keyring::default(), &limits, true);
        let of = |kind: &str| {
            heard.events.iter().filter(|(_, event)| event.facts.kind() == kind).collect::<Vec<_>>()
        };
        let request: Vec<u64> = of("http.request").iter().map(|(_, event)| event.n).collect();
        let answers: Vec<Option<u64>> = of("http.response")
            .iter()
            .map(|(_, event)| {
                let fields = event.facts.fields();
                let field = fields.iter().find(|field| field.name == "request_n")?;
                match field.value {
                    seqdump::event::Value::Number(n) => u64::try_from(n).ok(),
                    _ => None,
                }
            })
            .collect();
        let is_known = |nth: &usize| *nth < 3 || (*nth == 9 && early == 9);
        let expected: Vec<Option<u64>> =
            (0..10).map(|nth| Some(nth).filter(is_known).map(|nth| request[nth])).collect();
        assert_eq!(answers, expected);
        let unexpected = heard.events.iter().flat_map(|(_, event)| &event.notes);
        assert_eq!(unexpected.filter(|note| note.what.id == "http.unexpected-response").count(), 0);
    }
}

#[test]
fn files_are_believed_up_to_their_limits() {
    let warned = |bytes: &[u8], limits: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let limits = Limits::parse(limits).unwrap();
        let options = capture::Options { limits, rereadable: true, ..capture::Options::default() };
        let mut input = capture::open(&[file.path().to_owned()], &options).unwrap();
        let (mut frames, mut warned) = (0, Vec::new());
        loop {
            match input.source.next().unwrap() {
                Next::Frame(_) => frames += 1,
                Next::Warning(note) => warned.push(note.what.id),
                Next::End { .. } => return (frames, warned),
                _ => {}
            }
        }
    };
    let packet = |len: u32| {
        let mut file = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 101].map(u32::to_le_bytes).concat();
        for _ in 0..2 {
            file.extend([1, 0, len, len].map(u32::to_le_bytes).concat());
            file.extend(vec![0x45; len as usize]);
        }
        file
    };
    for (len, frames) in [(999, 2), (1000, 2)] {
        assert_eq!(warned(&packet(len), "frame=1000"), (frames, vec![]), "{len}");
    }
    let (_, over) = warned(&packet(1001), "frame=1000");
    assert!(over.contains(&"cap.corrupt"), "{over:?}");
    let interfaces = |count: usize| {
        let mut file =
            [0x0a0d_0d0a_u32, 28, 0x1a2b_3c4d, 1, u32::MAX, u32::MAX, 28].map(u32::to_le_bytes).concat();
        for _ in 0..count {
            file.extend([1_u32, 20, 101, 0, 20].map(u32::to_le_bytes).concat());
        }
        file
    };
    for (count, said) in [(4, 0), (5, 0), (6, 1)] {
        assert_eq!(warned(&interfaces(count), "interfaces=5").1.len(), said, "{count} interfaces");
    }
}
