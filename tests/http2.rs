//! HTTP/2 on scripted streams, cut at every place, and on other people's captures.

mod streams;

use std::collections::BTreeMap;

use proptest::prelude::*;
use seqdump::event::Side::{self, Client, Server};
use seqdump::event::{Body, End};
use seqdump::locale::Lang;
use serde_json::Value as Json;
use streams::{Piece, field, lines, play};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut encoder = loona_hpack::Encoder::new();
    encoder.encode(fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())))
}

fn get(path: &str) -> Vec<u8> {
    block(&[(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", "x")])
}

fn ok(fields: &[(&str, &str)]) -> Vec<u8> {
    block(&[&[(":status", "200")], fields].concat())
}

fn read(pieces: &[(Side, u64, Vec<u8>)]) -> streams::Recorder {
    let pieces: Vec<Piece<'_>> =
        pieces.iter().map(|(side, frame, bytes)| (*side, *frame, Body::Bytes(bytes))).collect();
    let (full, stack) = play(&pieces, true, false);
    let (survey, surveyed) = play(&pieces, false, false);
    assert_eq!((survey.count, &survey.notes), (full.count, &full.notes));
    let say = |stack: &seqdump::layer::stack::Stack| {
        stack.verdicts().iter().map(|one| one.say(Lang::Ko)).collect::<Vec<_>>()
    };
    assert_eq!(say(&stack), say(&surveyed));
    full
}

fn client(frames: &[Vec<u8>]) -> Vec<u8> {
    [PREFACE.to_vec(), frames.concat()].concat()
}

#[test]
fn requests_and_responses_are_told_when_they_are_complete() {
    let read = read(&[
        (Client, 1, client(&[frame(4, 0, 0, &[0, 3, 0, 0, 0, 100]), frame(1, 0x5, 1, &get("/a"))])),
        (
            Server,
            2,
            [
                frame(4, 0, 0, &[]),
                frame(4, 1, 0, &[]),
                frame(1, 4, 1, &ok(&[("content-type", "text/plain")])),
            ]
            .concat(),
        ),
        (
            Client,
            3,
            [
                frame(
                    1,
                    4,
                    3,
                    &block(&[
                        (":method", "POST"),
                        (":scheme", "https"),
                        (":path", "/b"),
                        (":authority", "x"),
                    ]),
                ),
                frame(0, 8, 3, &[2, b'h', b'i', 0, 0]),
            ]
            .concat(),
        ),
        (Server, 4, [frame(0, 0, 1, b"hel"), frame(0, 1, 1, b"lo")].concat()),
        (Client, 5, frame(0, 1, 3, b"!")),
        (
            Server,
            6,
            [
                frame(1, 0, 3, &ok(&[])[..1]),
                frame(9, 4, 3, &ok(&[])[1..]),
                frame(1, 5, 3, &block(&[("t", "u")])),
            ]
            .concat(),
        ),
        (Server, 7, frame(7, 0, 0, &[0, 0, 0, 3, 0, 0, 0, 0])),
    ]);
    assert_eq!(
        lines(&read),
        [
            "0 c2s [1] h2.preface HTTP/2 connection preface []",
            "1 c2s [1] h2.settings SETTINGS MAX_CONCURRENT_STREAMS=100 []",
            "2 c2s [1] h2.request GET /a (stream 1) []",
            "3 s2c [2] h2.settings SETTINGS []",
            "4 s2c [2] h2.settings SETTINGS ACK []",
            "5 s2c [2] h2.headers HEADERS 200 OK (stream 1) []",
            "6 c2s [3] h2.headers HEADERS POST /b (stream 3) []",
            "7 c2s [3] h2.data DATA 5 bytes (stream 3) []",
            "8 s2c [4] h2.data DATA 3 bytes (stream 1) []",
            "9 s2c [4] h2.data DATA 2 bytes (stream 1) []",
            "10 s2c [2, 4] h2.response 200 OK (stream 1) []",
            "11 c2s [5] h2.data DATA 1 bytes (stream 3) []",
            "12 c2s [3, 5] h2.request POST /b (stream 3) []",
            "13 s2c [6] h2.headers HEADERS 200 OK (stream 3) []",
            "14 s2c [6] h2.response 200 OK (stream 3) []",
            "15 s2c [7] h2.goaway GOAWAY NO_ERROR []",
        ]
    );
    let of = |n: usize, name| field(&read.events[n], name);
    assert_eq!([of(10, "body_len"), of(10, "request_n"), of(10, "latency_us")], ["5", "2", "1000"]);
    assert_eq!(
        [of(12, "body_len"), of(12, "method"), of(12, "target"), of(12, "version")],
        ["3", "POST", "/b", "HTTP/2"]
    );
    assert_eq!([of(14, "trailers"), of(14, "request_n")], ["[[t, u]]", "12"]);
    assert_eq!(read.events[12].facts.payload().unwrap().bytes.as_ref(), b"hi!");
    assert_eq!((read.events[12].channel, read.events[15].channel), (Some(3), None));
}

#[test]
fn a_goaway_is_named_with_any_error() {
    for (error, said) in [
        (0, "1 request over HTTP/2, 1 without a response"),
        (2, "1 request over HTTP/2, ended by GOAWAY with INTERNAL_ERROR"),
        (u32::MAX - 1, "1 request over HTTP/2, ended by GOAWAY with error 0xfffffffe"),
        (u32::MAX, "1 request over HTTP/2, ended by GOAWAY with error 0xffffffff"),
    ] {
        let goaway = frame(7, 0, 0, &[[0; 4], error.to_be_bytes()].concat());
        let pieces = [client(&[frame(1, 5, 1, &get("/"))]), goaway];
        let pieces: Vec<Piece<'_>> = [Client, Server]
            .into_iter()
            .zip(&pieces)
            .map(|(side, bytes)| (side, 1, Body::Bytes(bytes)))
            .collect();
        let (_, stack) = play(&pieces, true, false);
        let said_of = stack.verdicts().iter().map(|one| one.say(Lang::En)).collect::<Vec<_>>();
        assert_eq!(said_of, [said]);
    }
}

fn connect(protocol: &str) -> Vec<u8> {
    block(&[
        (":method", "CONNECT"),
        (":protocol", protocol),
        (":scheme", "https"),
        (":path", "/chat"),
        (":authority", "x"),
    ])
}

#[test]
fn what_an_extended_connect_opens_is_carried() {
    let read = read(&[
        (Client, 1, client(&[frame(1, 4, 1, &connect("echo")), frame(0, 0, 1, b"early")])),
        (Server, 2, [frame(1, 4, 1, &ok(&[])), frame(0, 0, 1, b"hello")].concat()),
        (Client, 3, frame(0, 1, 1, b"bye")),
        (Server, 4, frame(3, 0, 1, &[0, 0, 0, 8])),
    ]);
    let carried: Vec<_> = lines(&read).into_iter().filter(|line| !line.contains("h2.data")).collect();
    assert_eq!(
        carried,
        [
            "0 c2s [1] h2.preface HTTP/2 connection preface []",
            "1 c2s [1] h2.request CONNECT /chat :protocol echo (stream 1) []",
            "3 s2c [2] h2.response 200 OK (stream 1) []",
            "4 c2s [1] h2.tunnel_data data 5 bytes  early []",
            "5 s2c [2] h2.tunnel_data data 5 bytes  hello []",
            "7 c2s [3] h2.tunnel_data data 3 bytes  bye []",
            "9 s2c [4] h2.rst_stream RST_STREAM CANCEL (stream 1) [\"h2.error\"]",
        ]
    );
    assert!(
        read.events
            .iter()
            .filter(|event| event.facts.kind().ends_with("tunnel_data"))
            .all(|event| event.channel == Some(1))
    );
}

#[test]
fn a_window_that_is_used_up_is_noted_until_it_is_granted() {
    let all = vec![0; 16_384];
    let body =
        [frame(0, 0, 1, &all), frame(0, 0, 1, &all), frame(0, 0, 1, &all), frame(0, 0, 1, &all[..16_383])];
    let read = read(&[
        (Client, 1, client(&[frame(1, 5, 1, &get("/"))])),
        (Server, 2, [frame(4, 0, 0, &[]), frame(1, 4, 1, &ok(&[])), body.concat()].concat()),
        (Client, 7, [frame(8, 0, 1, &[0, 0, 1, 0]), frame(8, 0, 0, &[0, 0, 1, 0])].concat()),
        (Server, 8, [frame(6, 0, 0, b"12345678"), frame(0, 1, 1, b"x")].concat()),
        (Client, 9, frame(6, 1, 0, b"12345678")),
    ]);
    assert_eq!(read.notes, ["h2.stalled"]);
    let of = |kind: &str, name| {
        read.events
            .iter()
            .filter(|event| event.facts.kind() == kind)
            .map(|event| field(event, name))
            .collect::<Vec<_>>()
    };
    assert_eq!(of("h2.window_update", "stalled_us"), ["5000", "5000"]);
    assert_eq!(of("h2.ping", "rtt_us"), ["", "1000"]);
}

#[test]
fn what_breaks_a_rule_is_noted() {
    let heads = |fields: &[(&str, &str)]| frame(1, 5, 1, &block(fields));
    let whole = [(":method", "GET"), (":scheme", "https"), (":path", "/")];
    for (bytes, id) in [
        (frame(6, 0, 0, b"short"), "h2.bad-frame"),
        (frame(4, 0, 1, &[]), "h2.bad-frame"),
        (frame(0, 0, 0, b"x"), "h2.bad-frame"),
        (frame(9, 4, 1, &[]), "h2.bad-frame"),
        (frame(8, 0, 0, &[0; 4]), "h2.bad-frame"),
        (frame(0, 8, 1, &[9, 1]), "h2.bad-frame"),
        ([frame(1, 0, 1, &get("/")), frame(6, 0, 0, &[0; 8])].concat(), "h2.bad-frame"),
        (frame(1, 5, 1, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), "h2.bad-headers"),
        (frame(1, 5, 1, &[0x80]), "h2.bad-headers"),
        (heads(&whole[1..]), "h2.bad-headers"),
        (heads(&[&whole[..], &[("connection", "close")]].concat()), "h2.bad-headers"),
        (heads(&[&whole[..], &[("X", "y")]].concat()), "h2.bad-headers"),
        (heads(&[&whole[..], &[("content-length", "5")]].concat()), "h2.bad-headers"),
        (frame(7, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 11]), "h2.error"),
        (heads(&whole), ""),
    ] {
        let read = read(&[(Client, 1, client(&[frame(4, 0, 0, &[]), bytes.clone()]))]);
        assert_eq!(read.notes.first().copied().unwrap_or_default(), id, "{bytes:02x?}");
    }
}

#[test]
fn behind_a_gap_reading_goes_on_where_a_frame_surely_begins() {
    let start = client(&[frame(1, 5, 1, &get("/")), frame(1, 5, 3, &get("/b"))]);
    let server =
        [frame(4, 0, 0, &[]), frame(1, 4, 1, &ok(&[])), frame(0, 0, 1, &[b'a'; 100])[..50].to_vec()].concat();
    let pings = [frame(6, 0, 0, &[1; 8]), frame(6, 0, 0, &[2; 8]), frame(6, 0, 0, &[3; 8])].concat();
    let end = frame(0, 1, 1, b"end");
    let (recorder, _) = play(
        &[
            (Client, 1, Body::Bytes(&start)),
            (Server, 2, Body::Bytes(&server)),
            (Server, 3, Body::Gap(59)),
            (Server, 4, Body::Bytes(&end)),
            (Server, 5, Body::Gap(9)),
            (Server, 6, Body::Bytes(b"middle of something")),
            (Server, 7, Body::Bytes(&pings)),
            (Server, 8, Body::End(End::Closed)),
        ],
        true,
        false,
    );
    let told = lines(&recorder);
    assert!(told.contains(&"7 s2c [2, 4] h2.response 200 OK (stream 1) []".to_owned()), "{told:#?}");
    assert!(told[8].starts_with("8 s2c [6] h2.unread 19 bytes"), "{told:#?}");
    assert_eq!(told.len(), 12);
    assert_eq!(field(&recorder.events[7], "missing"), "59");
}

/// A conversation with everything that can be cut at a bad place.
fn conversation() -> Vec<(Side, Vec<u8>)> {
    let head = get("/a");
    let client = client(&[
        frame(4, 0, 0, &[0, 4, 0, 1, 0, 0]),
        frame(1, 0x25, 1, &[vec![0, 0, 0, 0, 5], head.clone()].concat()),
        frame(1, 0, 3, &head[..1]),
        frame(9, 0, 3, &head[1..2]),
        frame(9, 4, 3, &head[2..]),
        frame(0, 9, 3, &[vec![3], b"body".to_vec(), vec![0; 3]].concat()),
        frame(1, 4, 5, &connect("echo")),
        frame(6, 0, 0, b"12345678"),
    ]);
    let server = [
        frame(4, 0, 0, &[]),
        frame(1, 4, 1, &block(&[(":status", "103")])),
        frame(1, 4, 1, &ok(&[("content-type", "text/event-stream")])),
        frame(0, 0, 1, b"data: 1\n"),
        frame(0, 0, 1, b""),
        frame(0, 1, 1, b"\ndata: 2\n\n"),
        frame(1, 4, 5, &ok(&[])),
        frame(0, 0, 5, b"later"),
        frame(5, 4, 3, &[vec![0, 0, 0, 2], get("/push")].concat()),
        frame(1, 5, 2, &ok(&[])),
        frame(3, 0, 3, &[0, 0, 0, 2]),
    ]
    .concat();
    vec![(Client, client), (Server, server)]
}

/// Plays the conversation, each direction cut into frames at `cuts`: the events, and the bytes that the frames of each
/// begin with.
fn cut(cuts: &[usize]) -> Vec<(String, Side, Vec<usize>)> {
    let sides = conversation();
    let (mut pieces, mut starts) = (Vec::new(), vec![0]);
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
            let timed = ["latency_us", "stalled_us", "rtt_us", "request_n"];
            let fields: Vec<_> =
                event.facts.fields().into_iter().filter(|field| !timed.contains(&field.name)).collect();
            let frames = event.frames.iter().map(|frame| starts[*frame as usize]).collect();
            let (kind, label) = (event.facts.kind(), event.facts.label(Lang::En));
            (format!("{kind} {label} {fields:?} {:?}", event.notes), event.side, frames)
        })
        .collect()
}

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
    let bytewise = cut(&(0..600).collect::<Vec<_>>());
    assert_eq!(bytewise.len(), 22, "{bytewise:#?}");
    for place in 0..600 {
        reads_the_same(&[place], &bytewise);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_reads_the_same(cuts in proptest::collection::vec(0usize..600, 0..12)) {
        reads_the_same(&cuts, &cut(&(0..600).collect::<Vec<_>>()));
    }

    #[test]
    fn any_bytes_are_survived(
        pieces in proptest::collection::vec(
            (any::<bool>(), 0u8..14, any::<u8>(), 0u32..6, proptest::collection::vec(any::<u8>(), 0..40)), 1..40),
        inferred: bool,
    ) {
        let frames: Vec<_> = pieces.iter().map(|(_, kind, flags, stream, payload)| match kind {
            13 => payload.clone(),
            kind => frame(*kind, *flags, *stream, payload),
        }).collect();
        let mut script: Vec<Piece<'_>> = vec![(Client, 1, Body::Bytes(PREFACE))];
        script.extend(pieces.iter().zip(&frames).enumerate().filter(|(_, (_, bytes))| !bytes.is_empty()).map(
            |(n, ((client, kind, _, _, _), bytes))| {
                let side = if *client { Client } else { Server };
                (side, n as u64 + 2, if *kind == 12 { Body::Gap(7) } else { Body::Bytes(bytes) })
            },
        ));
        script.extend([(Client, 90, Body::End(End::Reset)), (Server, 91, Body::End(End::Capture))]);
        let (full, _) = play(&script, true, inferred);
        let (survey, _) = play(&script, false, inferred);
        prop_assert_eq!(full.count, survey.count);
        for event in &full.events {
            prop_assert!(!event.frames.is_empty());
            field(event, "");
            event.facts.label(Lang::Ko);
            event.facts.payload();
        }
    }
}

/// The requests and statuses of the corpus where they are not in TLS, and each count of frames by type.
#[test]
fn the_corpus_is_read_as_the_reference_reads_it() {
    let Some(folder) = streams::corpus() else { return };
    let (mut same, mut missing) = (0, Vec::new());
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(capture) = name.strip_suffix(".oracle.json") else { continue };
        let oracle: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let plain = |row: &&Json| row["stream"].is_u64() && row["in_tls"] != true;
        let rows: Vec<&Json> = oracle["http2"].as_array().into_iter().flatten().filter(plain).collect();
        if rows.is_empty() || rows.iter().all(|row| row["in_tls"] == true) {
            continue;
        }
        let mut theirs = BTreeMap::new();
        for row in rows {
            for name in ["path", "status"] {
                if let Some(value) = row[name]
                    .as_str()
                    .map(str::to_owned)
                    .or_else(|| row[name].as_u64().map(|n| n.to_string()))
                {
                    *theirs.entry((name, value)).or_insert(0usize) += 1;
                }
            }
        }
        let mut ours = BTreeMap::new();
        for connection in streams::streams(&folder.join(capture)) {
            for event in &connection.read(true).0.events {
                if std::env::var("SHOW").is_ok_and(|show| capture.contains(&show)) {
                    println!("{}", streams::line(event));
                }
                let (name, key) = match event.facts.kind() {
                    "h2.request" | "h2.push_promise" => ("path", "target"),
                    "h2.response" => ("status", "status"),
                    _ => continue,
                };
                *ours.entry((name, field(event, key))).or_insert(0usize) += 1;
            }
        }
        for (message, count) in theirs {
            let found = ours.get(&message).copied().unwrap_or(0).min(count);
            same += found;
            if found < count {
                missing.push(format!("{capture}: reference only {message:?} {count} against {found}"));
            }
        }
    }
    println!("{same} are the same\n{}", missing.join("\n"));
}
