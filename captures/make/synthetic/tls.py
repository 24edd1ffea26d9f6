"""TLS hellos that are cut, odd or false; what is encrypted in them is made up, since nothing opens it."""

import struct

from .. import hello
from ..hello import HANDSHAKE, HEARTBEAT, client_hello, record, server_hello
from ..registry import synthetic
from ..talk import Recording, Talk


def handshakes(*pairs):
    """One connection to port 443 for each (client bytes, server bytes, more client bytes, …), a segment each."""
    recording = Recording()
    for number, turns in enumerate(pairs):
        recording.wait(0.01)
        talk = Talk(recording, cport=50000 + number, sport=443)
        talk.open()
        for at, data in enumerate(turns):
            if data:
                talk.send("cs"[at % 2], data)
        talk.close()
    return recording


@synthetic(
    "tls-hello-cut.pcap",
    "Is a ClientHello read that segments and records cut?",
    "one hello of 2,000 bytes over two segments, one over three records, one byte by byte in its head, "
    "two messages in one record of the server",
)
def hello_cut():
    recording = Recording()
    large = client_hello(hello.usual() + hello.extension(hello.SHARE + 1000, bytes(1800)))
    small = client_hello()
    three = b"".join(record(HANDSHAKE, small[at : at + 90]) for at in range(0, len(small), 90))
    whole = record(HANDSHAKE, small)
    cuts = (
        [record(HANDSHAKE, large)[:1400], record(HANDSHAKE, large)[1400:]],
        [three],
        [*(whole[at : at + 1] for at in range(7)), whole[7:]],
    )
    for number, cut in enumerate(cuts):
        talk = Talk(recording, cport=50000 + number, sport=443)
        talk.open()
        for data in cut:
            talk.send("c", data)
        both = record(HANDSHAKE, server_hello(suite=0xC02B) + hello.message(14, b""))
        talk.send("s", both)
        talk.close()
    return recording


@synthetic(
    "tls-odd-hello.pcap",
    "Is a ClientHello that breaks a rule told, and as much of it shown as can be read?",
    "a name with an escape sequence, an empty name, an extension twice, one longer than its room, no extensions, "
    "GREASE values, a length over the record",
)
def odd_hello():
    grease = hello.extension(0x0A0A, b"") + hello.usual() + hello.extension(0xFAFA, b"\0")
    cut = hello.usual() + struct.pack(">HH", hello.ALPN, 900) + b"\0\0"
    hellos = (
        client_hello(hello.usual(b"\x1b[31mred\xe2\x80\xaemoc.elpmaxe\r\n")),
        client_hello(hello.usual(b"")),
        client_hello(hello.usual() + hello.sni(b"other.example.com")),
        client_hello(cut),
        client_hello(b"", suites=(0xC02F,)),
        client_hello(grease, suites=(0x3A3A, *hello.SUITES)),
        client_hello()[:3] + b"\xff" + client_hello()[4:],
    )
    return handshakes(*[(record(HANDSHAKE, one, 0x0301), hello.alert(2, 50)) for one in hellos])


@synthetic(
    "tls-odd-server.pcap",
    "Is a server told that chooses what was not offered or betrays a downgrade?",
    "downgrade sentinel, a second HelloRetryRequest, a suite, a group and an ALPN that were not offered, TLS 1.3 to a client of 1.2 only",
)
def odd_server():
    ask = record(HANDSHAKE, client_hello(), 0x0301)
    old = record(HANDSHAKE, client_hello(hello.sni(b"old.example.com"), suites=(0xC02F,)))
    retry = record(HANDSHAKE, server_hello(retry_extensions(), random=hello.RETRY))
    answers = (
        (ask, server_hello(suite=0xC02B, random=hello.DOWNGRADE12)),
        (ask, server_hello(hello.chosen(), suite=0x1305)),
        (ask, server_hello(hello.chosen(group=30))),
        (ask, server_hello(hello.alpn(b"spdy/3"), suite=0xC02B)),
        (old, server_hello(hello.chosen())),
    )
    plain = [(asked, record(HANDSHAKE, answer)) for asked, answer in answers]
    return handshakes(*plain, (ask, retry, ask, retry))


def retry_extensions():
    """The extensions of a HelloRetryRequest that wants P-256."""
    return hello.extension(hello.VERSIONS, struct.pack(">H", 0x0304)) + hello.extension(hello.SHARE, struct.pack(">H", 23))


@synthetic(
    "tls-odd-records.pcap",
    "Are records that make no sense told (RFC 8446 5.1), and old versions named (RFC 8996)?",
    "SSL 3, an SSL 2 hello, a record of type 99, one of 20,000 bytes, an empty one, a heartbeat that asks for more than it brings",
)
def odd_records():
    ask = record(HANDSHAKE, client_hello(), 0x0301)
    ssl2 = (
        b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80\x02\x00\x80\x03\x00\x80\x04\x00\x80\x05\x00\x80\x06\x00\x40\x07\x00\xc0"
        + bytes(16)
    )
    ssl3 = record(HANDSHAKE, client_hello(b"", suites=(0x0005, 0x000A), version=0x0300), 0x0300)
    answer = record(HANDSHAKE, server_hello(suite=0xC02B))
    beat = record(HEARTBEAT, b"\x01" + struct.pack(">H", 16384) + b"bird")
    return handshakes(
        (ssl3, record(HANDSHAKE, server_hello(suite=0x0005, version=0x0300), 0x0300)),
        (ssl2, hello.alert(2, 70)),
        (ask, record(99, b"what is this?")),
        (ask, record(HANDSHAKE, bytes(200), length=20_000)),
        (ask, record(hello.APPLICATION, b"") + record(HANDSHAKE, b"") + answer),
        (ask, answer, beat),
    )
