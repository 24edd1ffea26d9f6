//! Each rule that an observer can see, broken once: `docs/websocket-conformance.md` lists them.

use seqdump::event::{End, Side};
use seqdump::limits::Limits;

use crate::harness::{ACCEPT, KEY, Script, Trace, frame};

/// A right request and a right answer, line by line; `without` leaves lines out, `with` adds some.
fn heads(request: [&[&str]; 2], response: [&[&str]; 2]) -> Trace {
    let key = format!("Sec-WebSocket-Key: {KEY}");
    let accept = format!("Sec-WebSocket-Accept: {ACCEPT}");
    let build = |lines: &[&str], [without, with]: [&[&str]; 2]| {
        let kept = lines.iter().filter(|line| !without.iter().any(|gone| line.starts_with(gone)));
        let mut lines: Vec<&str> = with.iter().filter(|line| !line.contains(": ")).copied().collect();
        lines.extend(kept);
        lines.extend(with.iter().filter(|line| line.contains(": ")));
        lines.join("\r\n") + "\r\n\r\n"
    };
    let request = build(
        &[
            "GET / HTTP/1.1",
            "Host: h",
            "Upgrade: websocket",
            "Connection: Upgrade",
            &key,
            "Sec-WebSocket-Version: 13",
        ],
        request,
    );
    let response = build(
        &["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", &accept],
        response,
    );
    Script::heads(&request, &response).play()
}

#[test]
fn the_handshake_breaks_each_rule_alone() {
    let none: [&[&str]; 2] = [&[], &[]];
    let pmd = "Sec-WebSocket-Extensions: permessage-deflate";
    let offer = |text: &'static str| -> [&'static [&'static str]; 2] {
        [&[], Box::leak(Box::new([&*Box::leak(format!("{pmd}{text}").into_boxed_str())]))]
    };
    for (request, response, ids) in [
        (none, none, &[][..]),
        // RFC 6455 4.1, the request.
        ([&["GET"], &["POST / HTTP/1.1"]], none, &["ws.bad-method"]),
        ([&["GET"], &["GET / HTTP/1.0"]], none, &["ws.bad-method"]),
        ([&["Upgrade"], &[]], none, &["ws.bad-upgrade"]),
        ([&["Upgrade"], &["Upgrade: WebSocket, h2c"]], none, &[]),
        ([&["Connection"], &[]], none, &["ws.bad-upgrade"]),
        ([&["Connection"], &["Connection: keep-alive, uPGRADE"]], none, &[]),
        ([&["Sec-WebSocket-Version"], &[]], none, &["ws.bad-version"]),
        ([&["Sec-WebSocket-Version"], &["Sec-WebSocket-Version: 8"]], none, &["ws.bad-version"]),
        ([&[], &["Sec-WebSocket-Version: 13"]], none, &["ws.bad-version"]),
        ([&["Sec-WebSocket-Key"], &[]], none, &["ws.bad-key"]),
        ([&[], &["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]], none, &["ws.bad-key"]),
        (
            [&["Sec-WebSocket-Key"], &["Sec-WebSocket-Key: not base64"]],
            none,
            &["ws.bad-key", "ws.bad-accept"],
        ),
        ([&["Sec-WebSocket-Key"], &["Sec-WebSocket-Key: c2hvcnQ="]], none, &["ws.bad-key", "ws.bad-accept"]),
        // RFC 6455 4.1 and 4.2.2, the answer.
        (none, [&["Upgrade"], &[]], &["ws.bad-upgrade"]),
        (none, [&["Upgrade"], &["Upgrade: h2c"]], &["ws.bad-upgrade"]),
        (none, [&["Connection"], &["Connection: close"]], &["ws.bad-upgrade"]),
        (none, [&["Sec-WebSocket-Accept"], &[]], &["ws.bad-accept"]),
        (
            none,
            [&["Sec-WebSocket-Accept"], &["Sec-WebSocket-Accept: s3pplmbitxaq9kygzzhzrbk+xoo="]],
            &["ws.bad-accept"],
        ),
        (none, [&[], &["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]], &["ws.bad-accept"]),
        (none, [&[], &["Sec-WebSocket-Protocol: chat"]], &["ws.unsolicited-subprotocol"]),
        ([&[], &["Sec-WebSocket-Protocol: a, chat"]], [&[], &["Sec-WebSocket-Protocol: chat"]], &[]),
        (
            [&[], &["Sec-WebSocket-Protocol: Chat"]],
            [&[], &["Sec-WebSocket-Protocol: chat"]],
            &["ws.unsolicited-subprotocol"],
        ),
        (
            [&[], &["Sec-WebSocket-Protocol: a, b"]],
            [&[], &["Sec-WebSocket-Protocol: a, b"]],
            &["ws.unsolicited-subprotocol"],
        ),
        (none, [&[], &["Sec-WebSocket-Extensions: x-foo"]], &["ws.unsolicited-extension"]),
        (none, [&[], &[pmd]], &["ws.unsolicited-extension"]),
        // RFC 6455 9.1, RFC 7692 7.1.
        (offer(""), offer(""), &[]),
        (
            offer("; client_max_window_bits"),
            offer("; client_max_window_bits=9; server_max_window_bits=8"),
            &[],
        ),
        (offer(""), offer("; client_max_window_bits=10"), &["ws.bad-extension-param"]),
        (
            offer("; client_max_window_bits=9"),
            offer("; client_max_window_bits=10"),
            &["ws.bad-extension-param"],
        ),
        (offer("; client_max_window_bits"), offer("; client_max_window_bits"), &["ws.bad-extension-param"]),
        (offer(""), offer("; server_max_window_bits=16"), &["ws.bad-extension-param"]),
        (offer(""), offer("; server_max_window_bits=7"), &["ws.bad-extension-param"]),
        (
            offer("; server_max_window_bits=9"),
            offer("; server_max_window_bits=10"),
            &["ws.bad-extension-param"],
        ),
        (offer("; server_max_window_bits=9"), offer(""), &["ws.bad-extension-param"]),
        (offer("; server_no_context_takeover"), offer(""), &["ws.bad-extension-param"]),
        (offer("; server_max_window_bits=16"), offer(""), &["ws.bad-extension-param"]),
        (offer(""), offer("; speed=11"), &["ws.bad-extension-param"]),
        (
            offer(""),
            offer("; server_no_context_takeover; server_no_context_takeover"),
            &["ws.bad-extension-param"],
        ),
        (offer(""), offer("; server_no_context_takeover=true"), &["ws.bad-extension-param"]),
        (offer(""), offer(", permessage-deflate"), &["ws.bad-extension-param"]),
        (offer(""), [&[], &[pmd, pmd]], &["ws.bad-extension-param", "ws.bad-extension-param"]),
        (offer("; a b"), none, &["ws.bad-extension-param"]),
    ] {
        let trace = heads(request, response);
        assert_eq!(trace.noted, ids, "{request:?} {response:?}");
        assert_eq!(trace.of("ws.handshake").len(), 1);
    }
}

#[test]
fn a_refused_upgrade_is_judged_and_frames_after_it_are_noted() {
    use seqdump::layer::protocol::Upgrade;
    let judge = seqdump::layer::websocket::PROTOCOL.judge.unwrap();
    let own = |lines: &[(&str, &str)]| {
        lines.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<Vec<_>>()
    };
    let request = own(&[
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-key", "short"),
        ("sec-websocket-version", "7"),
    ]);
    let mut upgrade = Upgrade {
        protocol: "websocket".to_owned(),
        method: "POST".to_owned(),
        version: 10,
        request,
        status: 426,
        response: own(&[("Sec-WebSocket-Accept", "x")]),
        ..Upgrade::default()
    };
    let ids = |upgrade: &Upgrade| judge(upgrade).iter().map(|note| note.what.id).collect::<Vec<_>>();
    assert_eq!(
        ids(&upgrade),
        ["ws.bad-method", "ws.bad-method", "ws.bad-key", "ws.bad-version", "ws.bad-upgrade"]
    );
    assert!(
        judge(&upgrade)
            .iter()
            .any(|note| note.detail.as_deref() == Some("7, and the refusal names no version"))
    );
    upgrade.status = 101;
    assert_eq!(ids(&upgrade), [""; 0], "an accepted one is told with the handshake");
    let other = Upgrade { protocol: "h2c".to_owned(), status: 400, ..Upgrade::default() };
    assert_eq!(ids(&other), [""; 0]);

    let request = format!(
        "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n"
    );
    let refused = Script::heads(&request, "HTTP/1.1 403 Forbidden\r\n\r\n");
    let trace = refused.clone().client(&frame(0x81, true, b"I talk anyway")).play();
    assert_eq!(trace.noted, ["ws.not-upgraded"]);
    assert_eq!(trace.messages(), [b"I talk anyway"]);
    assert_eq!(trace.verdict(), "WebSocket frames although the upgrade was answered with 403");
    let trace = refused.client(b"GET /next HTTP/1.1\r\n").play();
    assert_eq!(
        (trace.protocols.len(), trace.of("carrier.data").len()),
        (1, 1),
        "what is no frame is not claimed"
    );
}

#[test]
fn frames_break_each_rule_alone() {
    let long = [0x81, 0x7e, 0, 5, b'h', b'e', b'l', b'l', b'o'];
    let longer = [0x82, 0x7f, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2];
    let huge = [0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 1];
    let sized = |len: &[u8], count: usize| [&[0x82][..], len, &vec![0; count]].concat();
    let text = |payload: &[u8]| frame(0x81, false, payload);
    let close = |code: u16| frame(0x88, false, &code.to_be_bytes());
    let deflated = "permessage-deflate";
    // From the server, over a connection with this extension.
    let mut table: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("", text(b"hello"), &[]),
        // 5.1
        ("", frame(0x81, true, b"hello"), &["ws.server-masked"]),
        // 5.2
        ("", frame(0xc1, false, b"hello"), &["ws.rsv"]),
        ("", frame(0xa1, false, b"hello"), &["ws.rsv"]),
        ("", frame(0x91, false, b"hello"), &["ws.rsv"]),
        ("", frame(0xc9, false, b""), &["ws.rsv"]),
        (deflated, frame(0xc9, false, b""), &["ws.rsv"]),
        (deflated, frame(0xd1, false, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0]), &["ws.rsv"]),
        (deflated, [frame(0x01, false, b"a"), frame(0xc0, false, b"b")].concat(), &["ws.rsv"]),
        ("", long.to_vec(), &["ws.length-not-minimal"]),
        ("", longer.to_vec(), &["ws.length-not-minimal"]),
        ("", sized(&[0x7e, 0, 125], 125), &["ws.length-not-minimal"]),
        ("", sized(&[0x7e, 0, 126], 126), &[]),
        ("", sized(&[0x7f, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 65_535), &["ws.length-not-minimal"]),
        ("", sized(&[0x7f, 0, 0, 0, 0, 0, 1, 0, 0], 65_536), &[]),
        ("", huge.to_vec(), &["ws.length-msb"]),
        // 5.4
        ("", frame(0x80, false, b"more"), &["ws.bad-continuation"]),
        ("", [text(b"one"), frame(0x80, false, b"two")].concat(), &["ws.bad-continuation"]),
        ("", [frame(0x01, false, b"one"), text(b"two")].concat(), &["ws.interleaved-message"]),
        ("", [frame(0x01, false, b"one"), frame(0x89, false, b""), frame(0x80, false, b"two")].concat(), &[]),
        // 5.5
        ("", frame(0x09, false, b"ping"), &["ws.fragmented-control"]),
        ("", frame(0x89, false, &[b'p'; 126]), &["ws.control-too-long"]),
        ("", frame(0x89, false, &[b'p'; 125]), &[]),
        ("", frame(0x83, false, &[0; 126]), &["ws.reserved-opcode"]),
        ("", frame(0x8b, false, &[0; 126]), &["ws.reserved-opcode", "ws.control-too-long"]),
        ("", frame(0x0b, false, b""), &["ws.reserved-opcode", "ws.fragmented-control"]),
        ("", frame(0x88, false, b""), &[]),
        ("", frame(0x88, false, b"\x03"), &["ws.bad-close-length"]),
        ("", frame(0x88, false, b"\x03\xe8bye \xff"), &["ws.bad-utf8"]),
        ("", [close(1000), text(b"more")].concat(), &["ws.data-after-close"]),
        ("", [close(1000), frame(0x89, false, b"")].concat(), &[]),
        // 8.1
        ("", text(b"\xff"), &["ws.bad-utf8"]),
        ("", text(b"\xea\xb0"), &["ws.bad-utf8"]),
        ("", text(b"\xed\xa0\x80"), &["ws.bad-utf8"]),
        ("", [frame(0x01, false, b"\xea"), frame(0x80, false, b"\xb0\x80")].concat(), &[]),
        ("", [frame(0x01, false, b"\xff"), frame(0x80, false, b"")].concat(), &["ws.bad-utf8"]),
        ("", frame(0x82, false, b"\xff"), &[]),
        // RFC 7692 7.2.2
        (deflated, frame(0xc1, false, &[0xff; 20]), &["ws.deflate-error"]),
        (deflated, frame(0xc1, false, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0]), &[]),
    ];
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        table.push(("", frame(0x80 | opcode, false, b""), &["ws.reserved-opcode"]));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        table.push(("", close(code), &["ws.bad-close-code"]));
    }
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
        table.push(("", close(code), &[]));
    }
    for (extension, bytes, ids) in table {
        let script = Script::upgraded(extension, extension).server(&bytes);
        assert_eq!(script.play().noted, ids, "{bytes:x?}");
        let structural = ids.iter().filter(|id| !["ws.bad-utf8", "ws.deflate-error"].contains(*id));
        let survey = script.survey();
        assert!(
            structural.eq(survey.noted.iter().filter(|id| **id != "ws.bad-utf8")),
            "survey of {bytes:x?}"
        );
        assert_eq!(survey.numbered, script.play().numbered);
        // The same, seen after any rule that was broken before: it is read on.
        if ids != ["ws.length-msb"] && !ids.contains(&"ws.data-after-close") {
            let after = script.server(&frame(0x89, false, b"still here")).play();
            assert_eq!(after.labels("ws.frame").last().unwrap(), "Ping \"still here\"", "{bytes:x?}");
        }
    }
    let trace = Script::upgraded("", "").client(&frame(0x81, false, b"naked")).play();
    assert_eq!(trace.noted, ["ws.client-unmasked"]);
    assert_eq!(trace.messages(), [b"naked"]);
}

#[test]
fn what_another_extension_may_do_is_no_fault() {
    let frames = [frame(0xa1, false, b"?"), frame(0x83, false, b"?"), frame(0xd9, false, b"?")].concat();
    let trace = Script::upgraded("x-other", "x-other").server(&frames).play();
    assert_eq!(trace.noted, [""; 0]);
    assert_eq!(
        trace.labels("ws.message"),
        ["Text 1 bytes (an extension that is not understood wrote it)"],
        "and what it wrote is not shown"
    );
    let trace = Script::upgraded("permessage-deflate", "x-other").server(&frames).play();
    assert_eq!(trace.noted, ["ws.unsolicited-extension", "ws.rsv", "ws.reserved-opcode", "ws.rsv"]);
    // Where the handshake was not seen, reserved bits may mean something at the start of a message.
    let text = |first| frame(first, false, b"a text that is long enough");
    let talk =
        Script::midstream().client(&frame(0x81, true, b"a text that is long enough")).server(&text(0x81));
    assert_eq!(talk.clone().server(&text(0xa1)).play().noted, [""; 0]);
    let fragments = [text(0x01), text(0xa0)].concat();
    assert_eq!(talk.server(&fragments).play().noted, ["ws.rsv"]);
}

#[test]
fn text_that_is_none_is_noted_at_the_frame_that_shows_it() {
    for (fragments, at) in [
        ([&b"\xea"[..], b"a", b""], 1),
        ([b"a\xff", b"b", b""], 0),
        ([b"\xea", b"\xb0", b"\x80"], 3),
        ([b"a", b"b", b"\xea"], 3),
    ] {
        let [first, middle, last] = fragments;
        let bytes =
            [frame(0x01, false, first), frame(0x00, false, middle), frame(0x80, false, last)].concat();
        let trace = Script::upgraded("", "").server(&bytes).play();
        let noted: Vec<_> = trace.of("ws.frame").iter().map(|event| !event.notes.is_empty()).collect();
        assert_eq!(noted, [at == 0, at == 1, false], "{fragments:x?}");
    }
}

#[test]
fn a_stream_that_ends_inside_a_frame_is_noted() {
    for (bytes, label) in [
        (
            &[0x82, 0x7f, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3][..],
            "Binary frame broken off, 3 of 4294967296 bytes",
        ),
        (&[0x81, 0x05, b'h'], "Text frame broken off, 1 of 5 bytes"),
        (&[0x81], "Frame header broken off after 1 bytes"),
    ] {
        let trace = Script::upgraded("", "").server(bytes).end(Side::Server, End::Closed).play();
        assert_eq!(trace.noted, ["ws.truncated-frame"]);
        assert_eq!(trace.labels("ws.incomplete"), [label]);
        assert!(trace.of("ws.frame").is_empty());
    }
}

#[test]
fn limits_are_kept_and_said() {
    let limits = Limits { message: 100, message_frames: 3, inflate: 1000, ..Limits::default() };
    let at_limit = Script::upgraded("", "").server(&frame(0x81, false, &[b'a'; 100]));
    assert_eq!(at_limit.play_with(Trace::default(), &limits).noted, [""; 0]);
    let over = Script::upgraded("", "").server(&frame(0x81, false, &[b'a'; 101]));
    let trace = over.play_with(Trace::default(), &limits);
    assert_eq!(trace.noted, ["ws.message-too-big"]);
    let payload = trace.of("ws.message")[0].facts.payload().unwrap();
    assert_eq!((payload.bytes.len(), payload.len), (100, 101));

    let mut pieces = frame(0x01, false, b"a");
    for _ in 0..5 {
        pieces.extend(frame(0x00, false, b"b"));
    }
    pieces.extend(frame(0x80, false, b"c"));
    let trace = Script::upgraded("", "").server(&pieces).play_with(Trace::default(), &limits);
    let message = trace.of("ws.message")[0];
    assert_eq!(crate::harness::shown(message, "frames"), "List([Number(1), Number(2), Number(3)])");
    assert_eq!(crate::harness::shown(message, "frame_count"), "7");

    let mut packed = Vec::with_capacity(1000);
    let mut compress = flate2::Compress::new(flate2::Compression::best(), false);
    compress.compress_vec(&[b'x'; 20_000], &mut packed, flate2::FlushCompress::Sync).unwrap();
    packed.truncate(packed.len() - 4);
    let bomb = Script::deflated().server(&frame(0xc1, false, &packed)).server(&frame(0x81, false, b"next"));
    let trace = bomb.play_with(Trace::default(), &limits);
    assert!(trace.noted.contains(&"ws.deflate-limit"), "{:?}", trace.noted);
    assert_eq!(trace.messages().last().unwrap(), b"next");
}
