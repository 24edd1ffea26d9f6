"""TLS records and hello messages as bytes (RFC 8446 4.1, 5.1), for scenes that lie about them."""

import struct

HANDSHAKE, ALERT, APPLICATION, HEARTBEAT = 22, 21, 23, 24
SNI, GROUPS, SIGNATURES, ALPN, VERSIONS, SHARE = 0, 10, 13, 16, 43, 51
RANDOM = bytes(range(32))
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")  # RFC 8446 4.1.3
DOWNGRADE12 = RANDOM[:24] + b"DOWNGRD\x01"
SUITES = (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F)


def record(kind, body, version=0x0303, length=None):
    """One record; `length` replaces the right one where a scene lies."""
    return struct.pack(">BHH", kind, version, len(body) if length is None else length) + body


def vector(data, size=2):
    """`data` behind its length in `size` bytes."""
    return len(data).to_bytes(size, "big") + data


def extension(number, body):
    """One extension."""
    return struct.pack(">H", number) + vector(body)


def message(kind, body):
    """One handshake message."""
    return bytes([kind]) + vector(body, 3)


def sni(name):
    """The server_name extension."""
    return extension(SNI, vector(b"\0" + vector(name)))


def alpn(*names):
    """The application_layer_protocol_negotiation extension."""
    return extension(ALPN, vector(b"".join(vector(name, 1) for name in names)))


def share(group=29, key=bytes(32)):
    """One key share entry."""
    return struct.pack(">H", group) + vector(key)


def usual(name=b"server.example.com"):
    """The extensions of an ordinary TLS 1.3 ClientHello."""
    return (
        sni(name)
        + extension(GROUPS, vector(struct.pack(">HH", 29, 23)))
        + extension(SIGNATURES, vector(struct.pack(">HH", 0x0403, 0x0804)))
        + alpn(b"h2", b"http/1.1")
        + extension(VERSIONS, vector(struct.pack(">HH", 0x0304, 0x0303), 1))
        + extension(SHARE, vector(share()))
    )


def client_hello(extensions=None, suites=SUITES, version=0x0303, session=b""):
    """A ClientHello message."""
    extensions = usual() if extensions is None else extensions
    names = b"".join(struct.pack(">H", suite) for suite in suites)
    head = struct.pack(">H", version) + RANDOM + vector(session, 1) + vector(names) + b"\x01\x00"
    return message(1, head + vector(extensions))


def server_hello(extensions=b"", suite=0x1301, version=0x0303, random=RANDOM[::-1]):
    """A ServerHello message."""
    return message(2, struct.pack(">H", version) + random + b"\0" + struct.pack(">HB", suite, 0) + vector(extensions))


def chosen(version=0x0304, group=29):
    """The extensions of an ordinary TLS 1.3 ServerHello."""
    return extension(VERSIONS, struct.pack(">H", version)) + extension(SHARE, share(group))


def alert(level, description):
    """An alert record."""
    return record(ALERT, bytes([level, description]))
