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

/// A message that becomes so many bytes above (or below) `ratio` times what it is deflated, and more than 1 MiB: up to
/// there any ratio is free.
fn zeros(ratio: usize, above: isize) -> Vec<u8> {
    let deflated = |len: usize| {
        let mut coder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        coder.write_all(&vec![0; len]).unwrap();
        coder.flush().unwrap();
        coder.get_ref().clone()
    };
    // Zeros become about a thousandth; empty blocks behind them (RFC 1951 3.2.4) make it more.
    let empty = [0, 0, 0, 0xff, 0xff].repeat(31);
    let mut len = 1_100_000;
    for _ in 0..100 {
        let next = (deflated(len).len() + empty.len() - 4) * ratio;
        if next == len {
            let mut bytes = deflated(len.checked_add_signed(above).unwrap());
            bytes.extend(&empty);
            bytes.truncate(bytes.len() - 4);
            assert!(len > 1 << 20 && bytes.len() * ratio == len);
            return bytes;
        }
        len = next;
    }
    panic!("no message has exactly this ratio");
}

/// An HTTP/2 frame.
fn h2_frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32).to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Requests on so many HTTP/2 streams, none of which ends.
fn streams(count: usize) -> Vec<Owned> {
    // GET, http, /, by their numbers in the static table (RFC 7541 Appendix A).
    let request = |nth: u32| h2_frame(1, 4, 2 * nth + 1, &[0x82, 0x86, 0x84]);
    let requests: Vec<u8> = (0..count as u32).flat_map(request).collect();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    talk(80, &[(true, [&preface[..], &h2_frame(4, 0, 0, &[]), &requests].concat())])
}

/// A request through so many tunnels of proxies, one in the other.
fn tunnels(count: usize) -> Vec<Owned> {
    let connect: Vec<u8> = b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n".to_vec();
    let granted: Vec<u8> = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let mut pieces = Vec::new();
    for _ in 0..count {
        pieces.extend([(true, connect.clone()), (false, granted.clone())]);
    }
    pieces.push((true, b"GET /inner HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()));
    talk(80, &pieces)
}

/// The first messages of TLS 1.3 (RFC 8446 4.1), and a record of so many encrypted bytes from the server.
fn sealed(len: usize) -> Vec<Owned> {
    let record =
        |kind: u8, body: &[u8]| [&[kind, 3, 3][..], &(body.len() as u16).to_be_bytes(), body].concat();
    let message = |kind: u8, body: &[u8]| [&[kind, 0], &(body.len() as u16).to_be_bytes()[..], body].concat();
    let hello = |suites: &[u8], versions: &[u8]| {
        let extension = [&[0, 43, 0, versions.len() as u8], versions].concat();
        [&[3, 3][..], &[7; 32], &[0], suites, &[0, extension.len() as u8], &extension].concat()
    };
    let client = message(1, &hello(&[0, 2, 0x13, 1, 1, 0], &[2, 3, 4]));
    let server = message(2, &hello(&[0x13, 1, 0], &[3, 4]));
    talk(
        443,
        &[(true, record(22, &client)), (false, [record(22, &server), record(23, &vec![9; len])].concat())],
    )
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

const MORE: &[Case] = &[
    Case {
        limit: "inflate_ratio",
        value: 900,
        said: "ws.deflate-limit",
        // Of a ratio: one byte less, none, one byte more than it allows.
        made: |ratio| websocket(frame(0xc2, &zeros(900, ratio as isize - 900))),
    },
    Case { limit: "layers", value: 3, said: "conn.layer-limit", made: |count| tunnels(count - 1) },
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
    let events = events.count();
    if events == 0 && noted {
        return 1;
    }
    events + heard.warned.iter().filter(|warned| **warned == id).count()
}

#[test]
fn each_limit_is_kept_and_said_once() {
    for Case { limit, value, said: id, made } in CASES.iter().chain(MORE) {
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
fn connections_that_are_over_leave_without_a_word() {
    let limits = Limits::parse("connections=8").unwrap();
    let mut engine = seqdump::engine::Engine::new(&limits);
    let mut heard = common::Heard::default();
    for nth in 0..30 {
        let port = (10_000 + nth as u16).to_be_bytes();
        let mut syn = segment(true, 80, 1000, 0, 0x02, b"");
        syn.bytes[20..22].copy_from_slice(&port);
        let mut refused = segment(false, 80, 0, 1001, 0x14, b"");
        refused.bytes[22..24].copy_from_slice(&port);
        engine.feed(&syn.frame(2 * nth + 1), &Keyring::default(), &mut heard);
        engine.feed(&refused.frame(2 * nth + 2), &Keyring::default(), &mut heard);
    }
    assert_eq!((engine.totals().evicted, heard.connections.len()), (0, 22));
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
    // A block that nobody knows, and a packet behind it.
    let block = |len: u32| {
        let mut file = interfaces(1);
        file.extend([0x0bad_u32, len].map(u32::to_le_bytes).concat());
        file.extend(vec![0; len as usize - 12]);
        file.extend(len.to_le_bytes());
        file.extend([6_u32, 36, 0, 0, 0, 1, 1, 0x45, 36].map(u32::to_le_bytes).concat());
        file
    };
    for (len, said) in [(196, 0), (200, 0), (204, 1)] {
        let (frames, warnings) = warned(&block(len), "block=200");
        assert_eq!((frames, warnings.len()), (1, said), "a block of {len}: {warnings:?}");
    }
}

#[test]
fn the_opening_is_waited_for_up_to_its_limit() {
    // A request whose method is not known by its first bytes: it is one once its line is there.
    let request = |method: usize| {
        let rest = " / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned();
        talk(80, &[(true, "M".repeat(method).into()), (true, rest.into())])
    };
    for (method, kind) in [(15, "http.request"), (16, "http.request"), (17, "tcp.data")] {
        let limits = Limits::parse("opening=16").unwrap();
        let (_, heard) = run(&request(method), &Keyring::default(), &limits, true);
        let told = |kind: &str| heard.events.iter().any(|(_, event)| event.facts.kind() == kind);
        assert!(told(kind), "{method}: {:?}", kinds(&heard));
    }
}

fn kinds(heard: &common::Heard) -> Vec<&'static str> {
    heard.events.iter().map(|(_, event)| event.facts.kind()).collect()
}

/// A field of the last event of a kind, as text.
fn last(heard: &common::Heard, kind: &str, name: &str) -> Option<String> {
    let (_, event) = heard.events.iter().rev().find(|(_, event)| event.facts.kind() == kind)?;
    let field = event.facts.fields().into_iter().find(|field| field.name == name)?;
    Some(format!("{:?}", field.value))
}

#[test]
fn frames_of_a_message_are_listed_up_to_a_limit_and_counted() {
    for (count, listed, counted) in [(4, 4, None), (5, 5, None), (6, 5, Some(6)), (50, 5, Some(50))] {
        let mut frames = frame(0x01, b"a");
        (2..count).for_each(|_| frames.extend(frame(0, b"b")));
        frames.extend(frame(0x80, b"c"));
        let limits = Limits::parse("message_frames=5").unwrap();
        let (_, heard) = run(&websocket(frames), &Keyring::default(), &limits, true);
        let list = last(&heard, "ws.message", "frames").unwrap();
        assert_eq!(list.matches("Number").count(), listed, "{list}");
        let all = last(&heard, "ws.message", "frame_count");
        assert_eq!(all, counted.map(|count| format!("Number({count})")), "{count}");
    }
}

#[test]
fn packets_of_an_event_are_listed_up_to_a_limit_and_counted() {
    for (count, listed, left_out) in [(4, 4, 0), (5, 5, 0), (6, 5, 1), (50, 5, 45)] {
        // Each segment brings one byte of the body; the head comes with the first of them.
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {count}\r\n\r\nx");
        let mut pieces = vec![(true, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()), (false, head.into())];
        pieces.extend((1..count).map(|_| (false, b"x".to_vec())));
        let limits = Limits::parse("event_frames=5").unwrap();
        let (_, heard) = run(&talk(80, &pieces), &Keyring::default(), &limits, true);
        let (_, response) =
            heard.events.iter().find(|(_, event)| event.facts.kind() == "http.response").unwrap();
        assert_eq!((response.frames.len(), response.left_out), (listed, left_out), "{count}");
        assert_eq!(response.frames.last(), Some(&(4 + count)), "the last one completed it");
    }
}

#[test]
fn the_oldest_stream_leaves_where_there_are_too_many() {
    for (count, left) in [(4, 0), (5, 0), (6, 1), (50, 45)] {
        let limits = Limits::parse("channels=5").unwrap();
        let (_, heard) = run(&streams(count), &Keyring::default(), &limits, true);
        let incomplete = |event: &seqdump::event::Event| {
            let fields = event.facts.fields();
            let field = fields.into_iter().find(|field| field.name == "incomplete")?;
            Some(format!("{:?}", field.value))
        };
        let requests = heard.events.iter().filter(|(_, event)| event.facts.kind() == "h2.request");
        let why: Vec<_> = requests.filter_map(|(_, event)| incomplete(event)).collect();
        assert_eq!(why.iter().filter(|why| why.contains("limit")).count(), left, "{count}: {why:?}");
        assert_eq!(why.len(), count, "each is told, at the end at the latest");
    }
}

#[test]
fn ciphertext_waits_for_keys_up_to_a_limit() {
    for (len, waits) in [(399, true), (400, true), (401, false)] {
        let mut keys = Keyring::default();
        keys.expect(true);
        let limits = Limits::parse("waiting_ciphertext=400").unwrap();
        let mut heard = common::Heard { full: true, ..common::Heard::default() };
        let mut engine = seqdump::engine::Engine::new(&limits);
        for (number, frame) in (1..).zip(&sealed(len)) {
            engine.feed(&frame.frame(number), &keys, &mut heard);
        }
        let told = kinds(&heard).contains(&"tls.encrypted");
        assert_eq!(told, !waits, "{len}: {:?}", kinds(&heard));
        let reason = last(&heard, "tls.encrypted", "reason").unwrap_or_default();
        assert_eq!(reason.contains("more ciphertext waited"), !waits, "{reason}");
    }
}

#[test]
fn key_log_lines_are_taken_up_to_a_limit() {
    for (count, ignored) in [(4, 0), (5, 0), (6, 1), (50, 45)] {
        let limits = Limits::parse("keylog_lines=5").unwrap();
        let mut keys = Keyring::default();
        for nth in 0..count {
            keys.learn(format!("CLIENT_RANDOM {nth:064x} {nth:096x}").as_bytes(), &limits);
        }
        assert_eq!((keys.lines(), keys.ignored()), (count.min(5) as usize, ignored), "{count}");
    }
}

#[test]
fn what_is_kept_to_be_compared_is_bounded_and_what_was_let_go_counted() {
    for (len, forgotten) in [(299, 0), (300, 0), (301, 301)] {
        let mut frames = talk(7777, &[(true, vec![b'a'; len])]);
        // A copy that differs: it is only known to where the first is still there.
        frames.push(segment(true, 7777, 1001, 5001, 0x18, &vec![b'b'; len]));
        let limits = Limits::parse("compared_total=300").unwrap();
        let mut heard = common::Heard { full: true, ..common::Heard::default() };
        let mut engine = seqdump::engine::Engine::new(&limits);
        for (number, frame) in (1..).zip(&frames) {
            engine.feed(&frame.frame(number), &Keyring::default(), &mut heard);
        }
        assert_eq!(engine.totals().forgotten, forgotten, "{len}");
        engine.finish(&Keyring::default(), &mut heard);
        let conflict = heard
            .connections
            .iter()
            .any(|known| known.noted.iter().any(|what| what.id == "tcp.overlap-conflict"));
        assert_eq!(conflict, forgotten == 0, "{len}");
    }
}

#[test]
fn each_limit_is_in_this_file() {
    let own = include_str!("limits.rs");
    for name in Limits::NAMES {
        assert!(own.contains(&format!("\"{name}\",")) || own.contains(&format!("{name}=")), "{name}");
    }
}
