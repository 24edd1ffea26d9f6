//! What is told of right traffic: the RFCs' examples, compression, pings, gaps, joining in the middle, verdicts.

use flate2::{Compress, Compression, FlushCompress};
use seqdump::event::{Class, End, Phase, Side};
use seqdump::locale::Lang;

use crate::harness::{ACCEPT, KEY, Script, Trace, frame, shown};

#[test]
fn the_examples_of_rfc_6455_are_read() {
    let text = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    let ping = [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    let pong = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    let trace = Script::upgraded("", "")
        .server(&text)
        .client(&masked)
        .server(&[0x01, 0x03, 0x48, 0x65, 0x6c])
        .server(&[0x80, 0x02, 0x6c, 0x6f])
        .server(&ping)
        .client(&pong)
        .server(&[&[0x82, 0x7e, 0x01, 0x00][..], &[7; 256]].concat())
        .server(&[&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0][..], &[7; 65536]].concat())
        .play();
    assert_eq!(trace.noted, [""; 0]);
    assert_eq!(
        trace.messages(),
        [b"Hello".to_vec(), b"Hello".to_vec(), b"Hello".to_vec(), vec![7; 256], vec![7; 65536]]
    );
    assert_eq!(
        trace.labels("ws.message"),
        [
            "Text \"Hello\"",
            "Text \"Hello\"",
            "Text \"Hello\"",
            "Binary 256 bytes  07 07 07 07 07 07 07 07 07 07 07 07 …",
            "Binary 65536 bytes  07 07 07 07 07 07 07 07 07 07 07 07 …",
        ]
    );
    let fragmented = trace.of("ws.message")[2];
    assert_eq!(fragmented.frames[..], [5, 6]);
    assert_eq!(shown(fragmented, "frames"), "List([Number(5), Number(6)])");
    let frames = trace.of("ws.frame");
    assert_eq!(frames[0].facts.label(Lang::En), "Text frame, FIN, 5 bytes");
    assert_eq!(frames[1].facts.label(Lang::Ko), "텍스트 프레임, FIN, 마스킹, 5 바이트");
    assert_eq!(frames[2].facts.label(Lang::En), "Text frame, 3 bytes");
    assert_eq!(*frames[3].facts.payload().unwrap().bytes, b"lo"[..]);
    assert_eq!(
        (frames[4].class, frames[4].facts.label(Lang::En)),
        (Class::Control, "Ping \"Hello\"".to_owned())
    );
    assert_eq!(frames[5].facts.label(Lang::En), "Pong \"Hello\"");
    assert_eq!(
        (shown(frames[5], "rtt_us"), shown(frames[5], "ping_n")),
        ("1000".to_owned(), frames[4].n.to_string())
    );
    assert_eq!(trace.verdict(), "WebSocket open; messages: 1 from the client, 4 from the server");
}

#[test]
fn the_examples_of_rfc_7692_are_read() {
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let again = [0xf2, 0x00, 0x11, 0x00, 0x00];
    let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    let two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    let trace = Script::deflated()
        .server(&[&[0xc1, 0x07][..], &hello].concat())
        .server(&[&[0x41, 0x03][..], &hello[..3]].concat())
        .server(&frame(0x89, false, b"in between"))
        .server(&[&[0x80, 0x04][..], &hello[3..]].concat())
        .server(&frame(0xc1, false, &again))
        .server(&frame(0xc1, false, &stored))
        .server(&frame(0xc1, false, &last))
        .server(&frame(0xc1, false, &two))
        .server(&frame(0x81, false, b"plain"))
        .play();
    assert_eq!(trace.noted, [""; 0]);
    let messages = trace.messages();
    assert_eq!(messages.len(), 7);
    assert!(messages[..6].iter().all(|message| message == b"Hello"), "{messages:?}");
    let first = trace.of("ws.message")[0];
    let told: Vec<String> =
        ["wire_len", "len", "compressed", "ratio"].iter().map(|name| shown(first, name)).collect();
    assert_eq!(told, ["7", "5", "true", "0.71"]);
    assert_eq!(trace.of("ws.message")[1].frames[..], [4, 6], "the ping between is no part of it");
}

/// Compresses messages one after the other, as one side of permessage-deflate.
struct Deflater {
    compress: Compress,
    takeover: bool,
}

impl Deflater {
    fn new(takeover: bool) -> Deflater {
        Deflater { compress: Compress::new(Compression::default(), false), takeover }
    }

    fn frame(&mut self, masked: bool, text: &str) -> Vec<u8> {
        let mut packed = Vec::with_capacity(text.len() + 100);
        self.compress.compress_vec(text.as_bytes(), &mut packed, FlushCompress::Sync).unwrap();
        packed.truncate(packed.len() - 4);
        if !self.takeover {
            self.compress.reset();
        }
        frame(0xc1, masked, &packed)
    }
}

#[test]
fn context_takeover_is_followed_for_each_side_by_itself() {
    for (chosen, client, server) in [
        ("permessage-deflate", true, true),
        ("permessage-deflate; client_no_context_takeover", false, true),
        ("permessage-deflate; server_no_context_takeover", true, false),
        ("permessage-deflate; client_no_context_takeover; server_no_context_takeover", false, false),
    ] {
        let mut script = Script::upgraded(chosen, chosen);
        let (mut up, mut down) = (Deflater::new(client), Deflater::new(server));
        for n in 0..4 {
            script = script.client(&up.frame(true, &format!("the same words {n}")));
            script = script.server(&down.frame(false, &format!("the same words {n}")));
        }
        let trace = script.play();
        assert_eq!(trace.noted, [""; 0], "{chosen}");
        let expected: Vec<_> = (0..8).map(|n| format!("the same words {}", n / 2).into_bytes()).collect();
        assert_eq!(trace.messages(), expected);
    }
    // Who promised to forget and does not is found out.
    let chosen = "permessage-deflate; server_no_context_takeover";
    let mut down = Deflater::new(true);
    let mut script = Script::upgraded(chosen, chosen);
    for _ in 0..2 {
        script = script.server(&down.frame(false, "the same words again and again"));
    }
    assert_eq!(script.play().noted, ["ws.deflate-error"]);
}

#[test]
fn after_a_lost_message_what_builds_on_it_is_unreadable_and_never_wrong() {
    let mut down = Deflater::new(true);
    let texts = ["first words, quite a few of them", "first words, quite a few of them", "something else"];
    let frames: Vec<_> = texts.iter().map(|text| down.frame(false, text)).collect();
    let trace = Script::deflated()
        .gap(Side::Server, frames[0].len() as u64)
        .server(&frames[1])
        .server(&frame(0x81, false, b"plain text, readable"))
        .server(&frames[2])
        .play();
    assert_eq!(trace.noted, [""; 0], "nobody broke a rule");
    let labels = trace.labels("ws.message");
    assert!(
        labels[0].ends_with("bytes (it builds on an earlier message that was not captured)"),
        "{labels:?}"
    );
    assert_eq!(labels[1], "Text \"plain text, readable\"");
    assert_eq!(shown(trace.of("ws.message")[0], "len"), "");
    assert_eq!(trace.labels("ws.lost"), [format!("Frames lost: {} bytes not captured", frames[0].len())]);
    assert_eq!(trace.labels("ws.resync"), ["Frames found again, 0 bytes passed over"]);
}

#[test]
fn a_gap_inside_a_payload_keeps_the_place() {
    let text = frame(0x81, true, &[b'a'; 100]);
    let trace = Script::upgraded("", "")
        .client(&text[..20])
        .gap(Side::Client, 50)
        .client(&text[70..])
        .client(&frame(0x81, true, b"next"))
        .play();
    assert_eq!(trace.noted, ["tcp.gap"]);
    let messages = trace.of("ws.message");
    assert_eq!(*messages[0].facts.payload().unwrap().bytes, [b'a'; 14][..]);
    assert_eq!(messages[0].frames[..], [3, 4]);
    let told: Vec<String> =
        ["wire_len", "len", "missing", "incomplete"].iter().map(|name| shown(messages[0], name)).collect();
    assert_eq!(told, ["100", "100", "50", "bytes of it were not captured"]);
    assert_eq!(trace.messages()[1], b"next");
    assert!(trace.of("ws.lost").is_empty());
}

#[test]
fn a_gap_to_the_end_of_a_payload_ends_the_frame() {
    let text = frame(0x81, true, &[b'a'; 100]);
    let trace = Script::upgraded("", "").client(&text[..20]).gap(Side::Client, text.len() as u64 - 20).play();
    assert_eq!(trace.labels("ws.message"), ["Text \"aaaaaaaaaaaaaa…\" (bytes of it were not captured)"]);
    assert!(trace.of("ws.lost").is_empty());
}

#[test]
fn what_builds_on_a_message_that_was_broken_off_is_unreadable() {
    let mut down = Deflater::new(true);
    let mut broken = down.frame(false, "first words, quite a few of them");
    broken[0] &= 0x7f;
    let next = down.frame(false, "first words, quite a few of them");
    let trace = Script::deflated().server(&broken).server(&next).play();
    assert_eq!(trace.noted, ["ws.interleaved-message"]);
    let labels = trace.labels("ws.message");
    assert!(labels[0].ends_with("(it builds on a message that was broken off)"), "{labels:?}");
}

#[test]
fn what_cannot_be_placed_is_passed_over_in_bounds() {
    // Nothing in it looks like a frame; then frames follow, and the count of what was passed over is right.
    let mut script = Script::upgraded("", "").gap(Side::Server, 1);
    for _ in 0..100 {
        script = script.server(&[0x55; 1000]);
    }
    let frames =
        [frame(0x81, false, b"a text at last"), frame(0x81, false, b"and one more of them")].concat();
    let trace =
        script.server(&frames).server(&frames).server(&frames).server(&[&frames[..]; 200].concat()).play();
    assert_eq!(trace.labels("ws.resync"), ["Frames found again, 100000 bytes passed over"]);
    assert_eq!(trace.messages()[0], b"a text at last");
}

#[test]
fn what_is_never_read_is_counted() {
    let huge = [0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 1, 7, 7, 7];
    let trace = Script::upgraded("", "").server(&huge).server(b"more").end(Side::Server, End::Closed).play();
    let kinds: Vec<_> = trace.events.iter().map(|event| event.facts.kind()).collect();
    assert_eq!(kinds, ["ws.handshake", "ws.incomplete", "ws.lost", "ws.unread"]);
    assert_eq!(trace.labels("ws.unread"), ["7 bytes in which no frames were recognised"]);
    assert_eq!(trace.of("ws.unread")[0].frames[..], [3, 4]);
    // The last look is taken at the end, however little came since the one before.
    let script = Script::upgraded("", "").gap(Side::Server, 9).server(&[0x55; 100]);
    let trace = script.clone().server(&frame(0x81, false, b"a text")).end(Side::Server, End::Closed).play();
    assert!(trace.of("ws.message").is_empty(), "one short frame away from a segment's start is no evidence");
    let texts = [frame(0x81, false, b"a text that is"), frame(0x81, false, b"long enough")].concat();
    let script = script.server(&[0x55; 400]);
    let trace = script.server(&texts[..20]).server(&texts[20..]).end(Side::Server, End::Closed).play();
    assert_eq!(trace.messages().len(), 2);
}

#[test]
fn the_latest_of_equal_pings_is_answered_and_those_before_need_no_answer() {
    let trace = Script::upgraded("", "")
        .client(&frame(0x89, true, b"same"))
        .client(&frame(0x89, true, b"same"))
        .server(&frame(0x8a, false, b"same"))
        .play();
    let frames = trace.of("ws.frame");
    assert_eq!(shown(frames[2], "ping_n"), frames[1].n.to_string());
    assert!(!trace.verdict().contains("unanswered"));
}

#[test]
fn a_gap_beyond_a_frame_loses_the_place_until_frames_are_found() {
    let binary = frame(0x82, false, &(0..200u8).collect::<Vec<_>>());
    let trace = Script::upgraded("", "")
        .server(&binary[..50])
        .gap(Side::Server, 1000)
        .server(&[0x55; 40])
        .server(&frame(0x80, false, b"the end of something"))
        .server(&[frame(0x81, false, b"and a whole text"), frame(0x81, false, b"and another")].concat())
        .end(Side::Server, End::Closed)
        .play();
    let kinds: Vec<_> = trace.events.iter().map(|event| event.facts.kind()).collect();
    assert_eq!(
        kinds,
        [
            "ws.handshake",
            "ws.incomplete",
            "ws.lost",
            "ws.resync",
            "ws.frame",
            "ws.message",
            "ws.frame",
            "ws.message",
            "ws.frame",
            "ws.message"
        ],
    );
    assert_eq!(trace.labels("ws.resync"), ["Frames found again, 40 bytes passed over"]);
    assert_eq!(
        trace.labels("ws.message")[0],
        "End of a message \"the end of something\" (its start was not captured)"
    );
    assert_eq!(trace.noted, [""; 0]);
}

#[test]
fn a_frame_shows_what_no_message_shows() {
    for (bytes, shown) in [
        (frame(0x81, false, b"whole"), None),
        (frame(0x01, false, b"part"), Some((&b"part"[..], true))),
        ([frame(0x01, false, b"part"), frame(0x80, false, b"part")].concat(), Some((b"part", true))),
        (frame(0x02, false, b"part"), Some((b"part", false))),
        (frame(0x41, false, b"part"), Some((b"part", false))),
        (frame(0x01, false, b""), None),
        (frame(0x89, false, b"are you there?"), Some((b"are you there?", true))),
        (frame(0x89, false, b"\xff\0"), Some((b"\xff\0", false))),
        (frame(0x89, false, b""), None),
        (frame(0x88, false, b"\x03\xe8"), None),
    ] {
        let trace = Script::deflated().server(&bytes).play();
        let last = trace.of("ws.frame").into_iter().next_back().unwrap();
        let payload = last.facts.payload().map(|payload| (payload.bytes.into_owned(), payload.text));
        assert_eq!(payload, shown.map(|(bytes, text)| (bytes.to_vec(), text)), "{bytes:x?}");
    }
}

#[test]
fn the_fields_of_a_frame_are_where_they_stand() {
    let place = |event: &seqdump::event::Event, name: &str| {
        event.facts.fields().into_iter().find(|field| field.name == name).and_then(|field| field.at)
    };
    let long = frame(0x82, true, &[0; 5000]);
    let trace = Script::upgraded("", "")
        .client(&frame(0x81, true, b"hello"))
        .client(&long)
        .client(&long[..10])
        .gap(Side::Client, 4000)
        .client(&long[4010..])
        .client(&frame(0x88, true, b"\x03\xe8bye"))
        .server(&frame(0x88, false, b"\x03\xe8bye")[..3])
        .gap(Side::Server, 2)
        .server(b"ye")
        .play();
    let frames = trace.of("ws.frame");
    let at = |n: usize, names: [&str; 2]| names.map(|name| place(frames[n], name));
    assert_eq!(at(0, ["len", "masking_key"]), [Some(1..2), Some(2..6)]);
    assert_eq!(at(1, ["len", "masking_key"]), [Some(1..4), Some(4..8)]);
    assert_eq!(at(3, ["close_code", "close_reason"]), [Some(6..8), Some(8..11)]);
    assert_eq!([1, 2].map(|n| frames[n].facts.wire().len()), [8 + 4096, 8 + 2], "the header, and 4096 bytes");
    assert_eq!([1, 2].map(|n| shown(frames[n], "missing")), ["", "4000"]);
    let messages = trace.of("ws.message");
    assert_eq!([1, 2].map(|n| shown(messages[n], "missing")), ["", "4000"]);
    assert_eq!(frames[4].facts.label(Lang::En), "Close without a code", "not all of it came");
}

#[test]
fn the_content_of_a_message_is_told_as_what_it_is() {
    for (first, content) in [(0x81, &b"{\"a\": [1]}"[..]), (0x81, b"12"), (0x82, b"[1, 2]")] {
        let trace = Script::upgraded("", "").server(&frame(first, false, content)).play();
        let message = trace.of("ws.message")[0];
        assert_eq!(message.facts.payload().unwrap().text, first == 0x81, "{content:?}");
        assert_eq!(["frame_count", "missing", "ratio"].map(|name| shown(message, name)), ["", "", ""]);
    }
    let trace = Script::deflated().server(&frame(0xc1, false, b"")).play();
    let empty = trace.of("ws.message")[0];
    assert_eq!(
        ["wire_len", "len", "compressed", "ratio"].map(|name| shown(empty, name)),
        ["0", "0", "true", ""]
    );
}

#[test]
fn messages_have_the_names_of_their_application() {
    let request = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nOrigin: http://h\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
    );
    let trace = Script::heads(&request, &response).client(&frame(0x81, true, b"42[\"hi\"]")).play();
    let message = trace.of("ws.message")[0];
    assert_eq!(message.facts.label(Lang::En), "Text Socket.IO EVENT \"42[\"hi\"]\"");
    assert_eq!(shown(message, "application"), "Socket.IO EVENT");
    let told = ["version", "origin", "key", "accept"].map(|name| shown(trace.of("ws.handshake")[0], name));
    assert_eq!(told, ["13", "http://h", KEY, ACCEPT]);
}

#[test]
fn a_pong_answers_the_ping_with_its_payload() {
    let trace = Script::upgraded("", "")
        .client(&frame(0x89, true, b"one"))
        .client(&frame(0x89, true, b"two"))
        .server(&frame(0x8a, false, b"three"))
        .server(&frame(0x8a, false, b"one"))
        .play();
    let frames = trace.of("ws.frame");
    assert_eq!([2, 3].map(|n| shown(frames[n], "ping_n")), [String::new(), frames[0].n.to_string()]);
    assert!(trace.verdict().ends_with("; 1 ping unanswered"), "{}", trace.verdict());
}

#[test]
fn a_connection_is_joined_inside_a_frame() {
    let texts = ["fine, thank you very much", "and you, over there?"];
    let server = texts.map(|text| frame(0x81, false, text.as_bytes())).concat();
    let trace = Script::midstream()
        .client(&frame(0x81, true, b"how are you over there?"))
        .server(&[&[0x55; 7][..], &server].concat())
        .end(Side::Server, End::Capture)
        .play();
    assert_eq!(trace.labels("ws.resync"), ["Frames found again, 7 bytes passed over"]);
    assert_eq!(trace.messages().len(), 3);
}

#[test]
fn a_connection_is_joined_in_its_middle_on_strong_evidence_only() {
    let talk = || {
        Script::midstream()
            .client(&frame(0x81, true, b"how are you over there?"))
            .server(&frame(0x81, false, b"fine, thank you very much"))
            .client(&frame(0x89, true, b""))
            .server(&frame(0x8a, false, b""))
    };
    let trace = talk().play();
    assert_eq!(trace.protocols, ["websocket"]);
    assert_eq!(trace.labels("ws.midstream"), ["WebSocket (handshake not seen)"]);
    assert_eq!(trace.messages(), [&b"how are you over there?"[..], b"fine, thank you very much"]);
    assert!(trace.verdict().ends_with("; handshake not seen"));
    // The roles were the wrong way round: the masks say so.
    let mut turned = talk();
    for step in &mut turned.steps {
        if let crate::harness::Step::Bytes(side, ..) = step {
            *side = side.other();
        }
    }
    let trace = turned.play();
    assert_eq!(trace.of("ws.message")[0].side, Side::Client);
    assert_eq!(trace.noted, [""; 0]);
    for bytes in [
        &b"220 smtp.example.org ESMTP\r\n250 ok\r\n"[..],
        &[0x82, 5, 0, 1, 0, 0, 0, 0x82, 5, 0, 1, 0, 0, 0],
        &[0; 300],
    ] {
        let trace = Script::midstream().client(bytes).server(bytes).end(Side::Client, End::Closed).play();
        assert!(!trace.protocols.contains(&"websocket"), "{bytes:x?}");
    }
}

#[test]
fn compressed_messages_without_their_negotiation_are_read_where_they_prove_themselves() {
    let mut down = Deflater::new(false);
    let trace = Script::midstream()
        .client(&frame(0x81, true, b"a plain text from the client"))
        .server(&frame(0x81, false, b"a plain text from the server"))
        .server(&down.frame(false, "a compressed text"))
        .server(&frame(0xc1, false, &[0xff, 0x12, 0x34]))
        .play();
    let messages = trace.of("ws.message");
    assert_eq!(*messages[2].facts.payload().unwrap().bytes, b"a compressed text"[..]);
    assert_eq!(shown(messages[2], "negotiation"), "not captured; inflating was tried");
    assert_eq!(
        messages[3].facts.label(Lang::En),
        "Text 3 bytes (it is compressed and the negotiation was not captured)"
    );
    assert_eq!(trace.noted, [""; 0]);
}

#[test]
fn closing_is_told_with_code_reason_and_who_was_first() {
    let trace = Script::upgraded("", "")
        .server(&frame(0x88, false, b"\x03\xe9bye"))
        .client(&frame(0x88, true, b"\x03\xe9"))
        .end(Side::Client, End::Closed)
        .end(Side::Server, End::Closed)
        .play();
    let close = trace.of("ws.frame")[0];
    assert_eq!((close.class, close.phase), (Class::Close, Phase::Close));
    assert_eq!(close.facts.label(Lang::En), "Close 1001 Going Away \"bye\"");
    assert_eq!(close.facts.label(Lang::Ko), "Close 1001 자리를 떠남 \"bye\"");
    assert_eq!(
        (shown(close, "close_code"), shown(close, "close_reason")),
        ("1001".to_owned(), "bye".to_owned())
    );
    let said = "WebSocket closed cleanly by the server, 1001 Going Away; messages: 0 from the client, 0 from the server";
    assert_eq!(trace.verdict(), said);

    let trace =
        Script::upgraded("", "").client(&frame(0x89, true, b"?")).end(Side::Client, End::Reset).play();
    assert!(trace.verdict().ends_with("; 1 ping unanswered"), "{}", trace.verdict());
    assert_eq!(trace.verdicts.last().unwrap().outcome.id, "ws.reset");
    let trace = Script::upgraded("", "").client(&frame(0x8a, true, b"!")).play();
    assert_eq!(trace.labels("ws.frame"), ["Pong \"!\" (unsolicited)"]);
}

#[test]
fn the_handshake_says_what_was_offered_and_chosen() {
    let trace =
        Script::upgraded("permessage-deflate; client_max_window_bits, x-other", "permessage-deflate").play();
    let handshake = trace.of("ws.handshake")[0];
    assert_eq!(
        (handshake.phase, handshake.side, handshake.frames.to_vec()),
        (Phase::Upgrade, Side::Server, vec![1, 2])
    );
    assert_eq!(handshake.facts.label(Lang::En), "WebSocket accepted: permessage-deflate");
    assert_eq!(shown(handshake, "accept_ok"), "true");
    assert_eq!(
        shown(handshake, "offered_extensions"),
        "List([Text(\"permessage-deflate; client_max_window_bits\"), Text(\"x-other\")])"
    );
}

#[test]
fn over_http_2_there_is_neither_key_nor_accept() {
    let trace = Script::heads(
        "CONNECT /chat HTTP/2\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: chat\r\n\r\n",
        "HTTP/2 200\r\nsec-websocket-protocol: chat\r\n\r\n",
    )
    .server(&frame(0x81, false, b"over a stream"))
    .play();
    assert_eq!(trace.noted, [""; 0]);
    assert_eq!(shown(trace.of("ws.handshake")[0], "accept_ok"), "");
    assert_eq!(trace.labels("ws.handshake"), ["WebSocket accepted: chat"]);
    assert_eq!(trace.messages(), [b"over a stream"]);
}

#[test]
fn a_survey_counts_the_same_and_keeps_nothing() {
    let script = Script::deflated()
        .client(&frame(0x01, true, b"one "))
        .client(&[frame(0x89, true, b"?"), frame(0x80, true, b"two")].concat())
        .server(&frame(0x8a, false, b"?"))
        .server(&frame(0xc1, false, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]))
        .client(&frame(0x88, true, b"\x03\xe8"));
    let (full, survey): (Trace, Trace) = (script.play(), script.survey());
    assert_eq!(survey.events.len(), 0);
    assert_eq!(survey.numbered, full.numbered);
    assert_eq!(survey.verdict(), full.verdict());
}
