"""What is said over a connection: HTTP messages and WebSocket frames (RFC 6455) as bytes."""

import base64
import hashlib
import struct

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 1.3
MASK = bytes.fromhex("37fa213d")  # RFC 6455 5.7
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def http(*lines, body=b""):
    """An HTTP/1.1 message: its lines, an empty line, the body."""
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def get(path="/", host="www.example.com", *more):
    """A GET request."""
    return http(f"GET {path} HTTP/1.1", f"Host: {host}", *more)


def ok(body=b"", *more, status="200 OK", kind="text/plain"):
    """A response whose Content-Length is right."""
    return http(f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *more, body=body)


def accept(key=KEY):
    """Sec-WebSocket-Accept for a key (RFC 6455 4.2.2)."""
    guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1((key + guid).encode()).digest()).decode()


def upgrade(*more, path="/chat", host="server.example.com", key=KEY, version="13"):
    """The client's opening handshake, with the headers of RFC 6455's example."""
    return http(
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        f"Sec-WebSocket-Version: {version}",
        *more,
    )


def switching(*more, key=KEY, answer=None):
    """The server's 101."""
    return http(
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {answer or accept(key)}",
        *more,
    )


def frame(opcode, payload=b"", fin=True, mask=None, rsv=0, length=None, form=None):
    """One frame; `length` and `form` (7, 16 or 64 bits) replace the right ones where a scene lies."""
    payload = payload.encode() if isinstance(payload, str) else payload
    size = len(payload) if length is None else length
    form = form or (7 if size < 126 else 16 if size < 65536 else 64)
    first = bytes([fin << 7 | rsv << 4 | opcode])
    flag = 0x80 if mask else 0
    if form == 7:
        head = first + bytes([flag | size])
    elif form == 16:
        head = first + bytes([flag | 126]) + struct.pack(">H", size)
    else:
        head = first + bytes([flag | 127]) + struct.pack(">Q", size)
    if not mask:
        return head + payload
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def said(opcode, payload=b"", **more):
    """A client's frame: masked."""
    return frame(opcode, payload, mask=MASK, **more)


def close(code=None, reason=""):
    """The body of a close frame."""
    return b"" if code is None else struct.pack(">H", code) + reason.encode()


def exchange(talk, body, path="/"):
    """A whole connection: opened, one request, one response, closed by the client."""
    talk.open()
    talk.send("c", get(path))
    talk.send("s", ok(body))
    talk.close()


def websocket(talk, *offers, answers=()):
    """Open a talk and carry it over to WebSocket."""
    talk.open()
    talk.send("c", upgrade(*offers))
    talk.send("s", switching(*answers))


def farewell(talk, first="c", code=1000, reason=""):
    """The closing handshake, and TCP's after it: the server hangs up first (RFC 6455 7.1.1)."""
    body = close(code, reason)
    order = ("c", "s") if first == "c" else ("s", "c")
    for side in order:
        talk.send(side, said(CLOSE, body) if side == "c" else frame(CLOSE, body))
    talk.close("s")
