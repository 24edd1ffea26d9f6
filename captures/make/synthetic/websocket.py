"""WebSocket scenes that keep the rules: fragmentation, cuts at awkward places, compression, closing."""

from ..registry import synthetic
from ..speech import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close, farewell, frame, said, switching, upgrade, websocket
from ..talk import Recording, Talk

DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"


def scene(*offers, answers=(), recording=None, port=50000):
    """A recording (a new one unless given) with an open WebSocket from `port`."""
    recording = recording or Recording()
    talk = Talk(recording, cport=port)
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


@synthetic(
    "mid-frame-websocket.pcap",
    "What is made of a WebSocket that is joined inside a frame?",
    "the tail of a large frame, then whole frames: the tail is data, the frames after it are found or honestly not claimed",
)
def mid_frame_websocket():
    recording = Recording()
    talk = Talk(recording)
    talk.join()
    talk.send("s", frame(BINARY, bytes(range(256)) * 4)[400:])
    for number in range(4):
        talk.send("c", said(TEXT, f"question {number}"))
        talk.send("s", frame(TEXT, f"answer {number}"))
    return recording


@synthetic(
    "ws-sizes.pcap.gz",
    "Are all three length forms read at their edges?",
    "binary messages of 0, 1, 125, 126, 127, 1,400 and 65,536 bytes, the last over many segments; masked and not",
)
def sizes():
    recording, talk = scene()
    for size in (0, 1, 125, 126, 127, 1400):
        talk.send("c", said(BINARY, b"\x5a" * size))
        talk.send("s", frame(BINARY, b"\xa5" * size))
    big = frame(BINARY, bytes(65536))
    for at in range(0, len(big), 8760):
        talk.send("s", big[at : at + 8760])
    farewell(talk)
    return recording


@synthetic(
    "ws-cut-anywhere.pcap",
    "Are frames read whole however TCP cut them?",
    "one byte a segment for a masked 16-bit-length frame's head, three frames in one segment, a frame over five segments",
)
def cut_anywhere():
    recording, talk = scene()
    data = said(TEXT, "a text that needs a sixteen bit length " * 4)
    for at in range(10):
        talk.send("c", data[at : at + 1])
    talk.send("c", data[10:])
    talk.send("s", frame(TEXT, "one") + frame(TEXT, "two") + frame(PING, "three"))
    talk.send("c", said(PONG, "three"))
    data = frame(TEXT, "cut into five pieces, none of them where a frame begins or ends")
    for at in range(0, len(data), 14):
        talk.send("s", data[at : at + 14])
    farewell(talk)
    return recording


@synthetic(
    "ws-ping-pong.pcap",
    "Are pings paired with their pongs, and the round trip shown?",
    "two pings with 20 and 45 ms, two pings answered by one pong, an unsolicited pong, a ping that nobody answers",
)
def ping_pong():
    recording, talk = scene()
    for body, seconds in (("a", 0.02), ("b", 0.045)):
        talk.send("s", frame(PING, body))
        recording.wait(seconds)
        talk.send("c", said(PONG, body))
    talk.send("c", said(PING, "first"))
    talk.send("c", said(PING, "second"))
    recording.wait(0.01)
    talk.send("s", frame(PONG, "second"))
    talk.send("c", said(PONG, "nobody asked"))
    recording.wait(1)
    talk.send("s", frame(PING, "hello?"))
    recording.wait(20)
    talk.send("s", frame(CLOSE, close(1001, "no pong")), acked=False)
    recording.wait(0.5)
    talk.reset("s")
    return recording


@synthetic(
    "ws-korean.pcap",
    "Is Korean text shown as it was written, also when TCP and frames cut its letters?",
    "whole texts, a letter cut between two frames (allowed, RFC 6455 5.6) and between two segments, an emoji, a Korean close reason",
)
def korean():
    recording, talk = scene()
    talk.send("c", said(TEXT, "소켓과 웹소켓은 무엇이 다른가요?"))
    answer = "연결을 유지하며 양쪽이 자유롭게 말합니다 🙂".encode()
    talk.send("s", frame(TEXT, answer[:4], fin=False))
    talk.send("s", frame(CONTINUATION, answer[4:]))
    data = said(TEXT, "고맙습니다")
    talk.send("c", data[:8])
    talk.send("c", data[8:])
    farewell(talk, "s", 1000, "안녕히 가세요")
    return recording


@synthetic(
    "ws-subprotocol.pcap",
    "Which subprotocol was agreed, out of which were offered?",
    "the client offers chat.v2, chat.v1 and json in two header lines; the server takes chat.v1; JSON both ways",
)
def subprotocol():
    recording, talk = scene(
        "Origin: https://app.example.com",
        "Sec-WebSocket-Protocol: chat.v2, chat.v1",
        "Sec-WebSocket-Protocol: json",
        answers=("Sec-WebSocket-Protocol: chat.v1",),
    )
    talk.send("c", said(TEXT, '{"id":1,"method":"join","params":{"room":"lobby"}}'))
    talk.send("s", frame(TEXT, '{"id":1,"result":{"room":"lobby","members":["ann","bo"]}}'))
    recording.wait(0.25)
    talk.send("s", frame(TEXT, '{"method":"joined","params":{"name":"chris"}}'))
    farewell(talk, "c", 1001, "going away")
    return recording


@synthetic(
    "ws-deflate-examples.pcap",
    "Are RFC 7692's own examples inflated?",
    "section 7.2.3: `Hello` compressed, in two frames, again with the window kept, stored, with BFINAL, in two blocks",
)
def deflate_examples():
    recording, talk = scene(DEFLATE, answers=(DEFLATE,))
    hello = bytes.fromhex("f248cdc9c90700")
    talk.send("s", frame(TEXT, hello, rsv=4))
    talk.send("s", frame(TEXT, hello[:3], rsv=4, fin=False))
    talk.send("s", frame(CONTINUATION, hello[3:]))
    talk.send("c", said(TEXT, hello, rsv=4))
    talk.send("c", said(TEXT, bytes.fromhex("f200110000"), rsv=4))  # refers back to the message before
    for example in ("000500faff48656c6c6f00", "f348cdc9c9070000", "f248050000 00ffffcac9c90700"):
        talk.send("s", frame(TEXT, bytes.fromhex(example), rsv=4))
    talk.send("s", frame(TEXT, "Hello"))
    talk.send("s", frame(TEXT, b"\x00", rsv=4))  # an empty message (7.2.3.6)
    farewell(talk)
    return recording


@synthetic(
    "ws-close-ways.pcap",
    "Who closed, and was it clean?",
    "closed by the client, by the server, by both at once, without a code, only one side's close, TCP closed without any, a RST",
)
def close_ways():
    recording = Recording()
    talks = [scene(recording=recording, port=50000 + number)[1] for number in range(7)]
    farewell(talks[0], "c", 1000, "client is done")
    farewell(talks[1], "s", 1001, "server goes down")
    crossing = talks[2].make("c", said(CLOSE, close(1000))), talks[2].make("s", frame(CLOSE, close(1000)))
    talks[2].put(*crossing)
    talks[2].ack("s")
    talks[2].ack("c")
    talks[2].close("s")
    farewell(talks[3], "c", None)
    talks[4].send("c", said(CLOSE, close(1000)))
    talks[4].close("s")
    talks[5].send("s", frame(TEXT, "and then?"))
    talks[5].close("c")
    talks[6].send("s", frame(TEXT, "and then?"))
    talks[6].reset("c")
    return recording


@synthetic(
    "ws-close-codes.pcap",
    "Is each close code named, and each that may not be sent told (RFC 6455 7.4)?",
    "one connection a code: 1000 to 1003, 1007 to 1014, 3000, 4321 are fine; 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000 are not",
)
def close_codes():
    recording = Recording()
    codes = (1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 4321, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000)
    for number, code in enumerate(codes):
        _, talk = scene(recording=recording, port=50000 + number)
        farewell(talk, "s", code, f"code {code}")
    return recording


@synthetic(
    "hostile-text.pcap",
    "Can text from the wire move the cursor, recolour the screen or turn the line around?",
    "escape sequences, bidi overrides, zero width and line separators "
    "in a URI, a header, a WebSocket text, a close reason and a raw stream",
)
def hostile_text():
    evil = "\x1b[2J\x1b[31mred\x1b]0;title\x07 \u202egnp.exe\u202c \u200b\u2028\r\nSECOND LINE\x9b5m \x7f|--->"
    recording = Recording()
    talk = Talk(recording)
    talk.open()
    head = evil.replace("\r\n", "").encode()
    talk.send(
        "c", b"GET /" + head.replace(b" ", b"%20") + b" HTTP/1.1\r\nHost: server.example.com\r\nX-Evil: " + head + b"\r\n\r\n"
    )
    talk.send("s", b"HTTP/1.1 404 " + head + b"\r\nContent-Length: 0\r\n\r\n")
    talk.send("c", upgrade())
    talk.send("s", switching())
    talk.send("s", frame(TEXT, evil + "\n\n```mermaid\nend\n</script><b>bold</b>"))
    farewell(talk, "s", 1000, "\x1b[5mbye\u202e")
    raw = Talk(recording, cport=50001, sport=9000)
    raw.open()
    raw.send("c", evil.encode())
    raw.send("s", b"\x1bP+q\x1b\\ \xff\xfe not UTF-8 \xc0\xaf\n")
    raw.close()
    return recording
