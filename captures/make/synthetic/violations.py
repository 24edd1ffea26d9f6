"""WebSocket scenes that break a rule of RFC 6455 or RFC 7692, each on a connection of its own."""

from ..registry import synthetic
from ..speech import (
    BINARY,
    CLOSE,
    CONTINUATION,
    KEY,
    PING,
    PONG,
    TEXT,
    accept,
    close,
    farewell,
    frame,
    http,
    said,
    switching,
    upgrade,
)
from ..talk import Recording, Talk
from .websocket import DEFLATE, scene


@synthetic(
    "wrong-accept.pcap",
    "Is a Sec-WebSocket-Accept that does not fit the key told (RFC 6455 4.1)?",
    "the 101 answers another key; the client drops the connection",
)
def wrong_accept():
    recording = Recording()
    talk = Talk(recording)
    talk.open()
    talk.send("c", upgrade())
    talk.send("s", switching(key="AAAAAAAAAAAAAAAAAAAAAA=="))
    talk.close("c")
    return recording


@synthetic(
    "unmasked-client.pcap",
    "Is a client frame without a mask told (RFC 6455 5.1)?",
    "one masked text, one unmasked; the server closes with 1002",
)
def unmasked_client():
    recording, talk = scene()
    talk.send("c", said(TEXT, "masked"))
    talk.send("c", frame(TEXT, "unmasked"))
    farewell(talk, "s", 1002, "mask required")
    return recording


@synthetic(
    "masked-server.pcap",
    "Is a masked server frame told (RFC 6455 5.1)?",
    "one plain text, one masked; the client closes with 1002",
)
def masked_server():
    recording, talk = scene()
    talk.send("s", frame(TEXT, "plain"))
    talk.send("s", said(TEXT, "masked"))
    farewell(talk, "c", 1002, "masked frame")
    return recording


def breaks(*cases, offers=(), answers=(), code=1002):
    """One connection for each case: the frames that break the rule (side, bytes), then the farewell of the other side."""
    recording = Recording()
    for number, frames in enumerate(cases):
        _, talk = scene(*offers, answers=answers, recording=recording, port=50000 + number)
        for side, data in frames:
            talk.send(side, data)
        farewell(talk, "s" if frames[-1][0] == "c" else "c", code)
    return recording


@synthetic(
    "ws-bad-frames.pcap",
    "Is a frame head that breaks RFC 6455 5.2 or 5.5 told?",
    "one connection each: RSV1 unnegotiated, RSV2, opcode 3, opcode 11, fragmented ping, "
    "ping of 126 bytes, 16-bit and 64-bit length for 5 bytes, 64-bit length with the top bit",
)
def bad_frames():
    return breaks(
        [("c", said(TEXT, "rsv1", rsv=4))],
        [("s", frame(TEXT, "rsv2", rsv=2))],
        [("c", said(3, "opcode 3"))],
        [("s", frame(11, "opcode 11"))],
        [("s", frame(PING, "part", fin=False))],
        [("s", frame(PING, "p" * 126))],
        [("c", said(TEXT, "short", form=16))],
        [("s", frame(TEXT, "short", form=64))],
        [("s", frame(TEXT, "", length=1 << 63, form=64))],
    )


@synthetic(
    "ws-bad-fragments.pcap",
    "Is a broken order of fragments told (RFC 6455 5.4)?",
    "a continuation of nothing; a new text inside a fragmented one; a binary one; RSV1 on a continuation",
)
def bad_fragments():
    return breaks(
        [("c", said(CONTINUATION, "of what?"))],
        [("c", said(TEXT, "begun", fin=False)), ("c", said(TEXT, "another"))],
        [("s", frame(TEXT, "begun", fin=False)), ("s", frame(BINARY, "another", fin=False))],
        [
            ("s", frame(TEXT, bytes.fromhex("f248cd"), rsv=4, fin=False)),
            ("s", frame(CONTINUATION, bytes.fromhex("c9c90700"), rsv=4)),
        ],
        offers=(DEFLATE,),
        answers=(DEFLATE,),
    )


@synthetic(
    "ws-bad-text.pcap",
    "Is text that is not UTF-8 told (RFC 6455 8.1)?",
    "a broken byte, an overlong form, a surrogate, a letter that ends with the message, a close reason that is no UTF-8",
)
def bad_text():
    return breaks(
        [("c", said(TEXT, b"caf\xe9 au lait"))],
        [("s", frame(TEXT, b"over\xc0\xaflong"))],
        [("s", frame(TEXT, b"\xed\xa0\x80"))],
        [("s", frame(TEXT, "안녕".encode()[:4], fin=False)), ("s", frame(CONTINUATION, b""))],
        [("c", said(CLOSE, close(1000) + b"\xff\xfe"))],
        code=1007,
    )


@synthetic(
    "ws-bad-close.pcap",
    "Is a close frame's body, and what follows it, checked (RFC 6455 5.5.1)?",
    "a body of one byte; a text behind the close; a ping behind it (ignored by the peer); bytes behind both closes",
)
def bad_close():
    recording = Recording()
    _, talk = scene(recording=recording)
    talk.send("c", said(CLOSE, b"\x03"))
    farewell(talk, "s", 1002)
    for number, late in enumerate((said(TEXT, "one more"), said(PING, "ping"))):
        _, talk = scene(recording=recording, port=50001 + number)
        talk.send("c", said(CLOSE, close(1000)))
        talk.send("c", late)
        talk.send("s", frame(CLOSE, close(1000)))
        talk.close("s")
    _, talk = scene(recording=recording, port=50003)
    talk.send("s", frame(CLOSE, close(1000)))
    talk.send("c", said(CLOSE, close(1000)))
    talk.send("s", frame(TEXT, "I forgot"))
    talk.close("s")
    return recording


@synthetic(
    "ws-cut-frame.pcap",
    "Is a stream that ends inside a frame told?",
    "a frame that says 100 bytes and brings 40 before the FIN; a message whose last fragment never comes; a head cut by RST",
)
def cut_frame():
    recording = Recording()
    _, talk = scene(recording=recording)
    talk.send("s", frame(TEXT, "x" * 40, length=100))
    talk.close("s")
    _, talk = scene(recording=recording, port=50001)
    talk.send("s", frame(TEXT, "to be continued", fin=False))
    talk.close("s")
    _, talk = scene(recording=recording, port=50002)
    talk.send("s", frame(BINARY, bytes(300))[:3])
    talk.reset("s")
    return recording


@synthetic(
    "ws-bad-deflate.pcap",
    "Is a compressed message that does not inflate told (RFC 7692 7.2.2)?",
    "a reserved block type; a back reference before the beginning; RSV1 on a control frame; good messages in between",
)
def bad_deflate():
    hello = bytes.fromhex("f248cdc9c90700")
    return breaks(
        [("s", frame(TEXT, hello, rsv=4)), ("s", frame(TEXT, b"\x07\x07\x07", rsv=4))],
        [("s", frame(TEXT, bytes.fromhex("f200110000"), rsv=4))],
        [("c", said(TEXT, hello, rsv=4)), ("c", said(PONG, "pong", rsv=4))],
        offers=(DEFLATE,),
        answers=(DEFLATE,),
        code=1007,
    )


@synthetic(
    "ws-bad-handshake.pcap",
    "Is a client's opening handshake that breaks RFC 6455 4.1 told?",
    "POST, HTTP/1.0, no Upgrade, no Connection: Upgrade, a key of 8 bytes, no key, two keys, version 8, no version; all answered 101",
)
def bad_handshake():
    plain = upgrade()
    key, version = f"Sec-WebSocket-Key: {KEY}\r\n".encode(), b"Sec-WebSocket-Version: 13\r\n"
    return hands(
        (plain.replace(b"GET", b"POST"), switching()),
        (plain.replace(b"HTTP/1.1", b"HTTP/1.0"), switching()),
        (plain.replace(b"Upgrade: websocket\r\n", b""), switching()),
        (plain.replace(b"Connection: Upgrade\r\n", b""), switching()),
        (upgrade(key="c2hvcnQhIQ=="), switching(key="c2hvcnQhIQ==")),
        (plain.replace(key, b""), switching()),
        (plain.replace(key, key + key), switching()),
        (upgrade(version="8"), switching()),
        (plain.replace(version, b""), switching()),
    )


@synthetic(
    "ws-bad-answer.pcap",
    "Is a server's 101 that breaks RFC 6455 4.2 or RFC 7692 7.1 told?",
    "no Upgrade, no Accept, two Accepts, a subprotocol and an extension that were not offered, "
    "window bits 7 and 16, an unknown, a repeated and an unasked parameter",
)
def bad_answer():
    twice = http(
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept()}",
        f"Sec-WebSocket-Accept: {accept()}",
    )
    deflate = [
        (upgrade(DEFLATE), switching(f"{DEFLATE}; {parameters}"))
        for parameters in (
            "server_max_window_bits=7",
            "client_max_window_bits=16",
            "speed=fast",
            "server_no_context_takeover; server_no_context_takeover",
            "client_max_window_bits=12",
        )
    ]
    return hands(
        (upgrade(), switching().replace(b"Upgrade: websocket\r\n", b"")),
        (upgrade(), http("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")),
        (upgrade(), twice),
        (upgrade("Sec-WebSocket-Protocol: chat"), switching("Sec-WebSocket-Protocol: superchat")),
        (upgrade(), switching(DEFLATE)),
        *deflate,
    )


def hands(*pairs):
    """One connection for each handshake; a text each way, then the farewell."""
    recording = Recording()
    for number, (request, answer) in enumerate(pairs):
        talk = Talk(recording, cport=50000 + number)
        talk.open()
        talk.send("c", request)
        talk.send("s", answer)
        talk.send("c", said(TEXT, f"case {number}"))
        talk.send("s", frame(TEXT, f"case {number}"))
        farewell(talk)
    return recording
