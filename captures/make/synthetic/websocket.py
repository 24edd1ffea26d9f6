"""WebSocket scenes: fragmentation, cuts at awkward places, joining midway."""

from ..registry import synthetic
from ..speech import (
    BINARY, CONTINUATION, PING, PONG, TEXT, farewell, frame, said, switching, upgrade, websocket,
)
from ..talk import Recording, Talk


def scene(*offers, answers=(), **more):
    """A recording with an open WebSocket."""
    recording = Recording(**more)
    talk = Talk(recording)
    websocket(talk, *offers, answers=answers)
    return recording, talk


@synthetic(
    "101-and-frame-in-one-segment.pcap",
    "Are frames that stand behind the 101 in the same segment read?",
    "the segment with the 101 also carries a text frame whole and the first byte of another",
)
def frame_behind_101():
    recording = Recording()
    talk = Talk(recording)
    talk.open()
    talk.send("c", upgrade())
    second = frame(TEXT, "second")
    talk.send("s", switching() + frame(TEXT, "first, with the 101") + second[:1])
    talk.send("s", second[1:])
    talk.send("c", said(TEXT, "thanks"))
    farewell(talk)
    return recording


@synthetic(
    "ping-between-fragments.pcap",
    "Does a control frame between fragments leave the message whole (RFC 6455 5.4)?",
    "a text in three frames with a ping after the first and its pong from the other side; one message `Hello, world`",
)
def ping_between_fragments():
    recording, talk = scene()
    talk.send("s", frame(TEXT, "Hello", fin=False))
    talk.send("s", frame(PING, "are you there?"))
    talk.send("c", said(PONG, "are you there?"))
    talk.send("s", frame(CONTINUATION, ", ", fin=False))
    talk.send("s", frame(CONTINUATION, "world"))
    farewell(talk)
    return recording


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


@synthetic(
    "mid-stream-websocket.pcap",
    "Is a WebSocket whose handshake was not captured recognised, and said to be a guess?",
    "no SYN, no 101: masked frames one way, unmasked the other, ping and pong; then a proper farewell",
)
def mid_stream_websocket():
    recording = Recording()
    talk = Talk(recording)
    talk.join()
    talk.send("c", said(TEXT, '{"op":"subscribe","topic":"prices"}'))
    talk.send("s", frame(TEXT, '{"ok":true}'))
    for price in (101, 102, 103):
        recording.wait(0.5)
        talk.send("s", frame(TEXT, '{"price":%d}' % price))
    talk.send("s", frame(PING, "1"))
    talk.send("c", said(PONG, "1"))
    talk.send("s", frame(BINARY, bytes(range(40))))
    farewell(talk)
    return recording
