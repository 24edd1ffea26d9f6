"""How captures are stored: byte orders, time resolutions, mixed interfaces, comments, compression, cut files."""

import struct

from .. import files, wire
from ..registry import synthetic
from ..speech import exchange, get, ok
from ..talk import CLIENT, SERVER, Datagrams, Recording, Talk
from .link import conversation

SAME = "HTTP over IPv4 and WebSocket over IPv6"


def frames(linktype=wire.EN10MB):
    """The conversation of the link captures."""
    return conversation(Recording(linktype)).frames


@synthetic("pcap-big-endian.pcap", "Is a big-endian pcap read?", SAME)
def big_endian():
    return files.pcap(frames(), wire.EN10MB, order=">")


@synthetic("pcap-nanoseconds.pcap", "Are nanosecond stamps kept?", SAME + "; packets 1 ns after full microseconds")
def nanoseconds():
    return files.pcap(shifted(), wire.EN10MB, nanoseconds=True)


@synthetic("pcap-big-endian-nanoseconds.pcap", "Is a big-endian pcap with nanoseconds read?", SAME)
def big_endian_nanoseconds():
    return files.pcap(shifted(), wire.EN10MB, order=">", nanoseconds=True)


def shifted():
    """The conversation, each packet a nanosecond late."""
    late = frames()
    for frame in late:
        frame.time += 1
    return late


@synthetic("pcap-gzip.pcap.gz", "Is a gzipped pcap read?", SAME)
def gzip_pcap():
    return files.pcap(frames(), wire.EN10MB)


@synthetic("pcapng-gzip.pcapng.gz", "Is a gzipped pcapng read?", SAME)
def gzip_pcapng():
    return files.pcapng(frames(), wire.EN10MB)


@synthetic("pcapng-big-endian.pcapng", "Is a big-endian pcapng read?", SAME)
def pcapng_big_endian():
    return files.pcapng(frames(), wire.EN10MB, order=">")


@synthetic(
    "pcapng-mixed-interfaces.pcapng",
    "Are interfaces of different link types and time resolutions in one file read?",
    "one conversation over four interfaces in turn: Ethernet in µs, "
    "SLL2 in ns, NULL in 2^-20 s, RAW in ms with an offset; the order is right",
)
def mixed_interfaces():
    kinds = (
        (wire.EN10MB, "eth0", 6, 0),
        (wire.LINUX_SLL2, "any", 9, 0),
        (wire.NULL, "lo0", 0x94, 0),
        (wire.RAW, "tun0", 3, 1_700_000_000),
    )
    recording = Recording(wire.RAW, step_us=2000)
    talk = Talk(recording)
    talk.open()
    for number in range(4):
        talk.send("c", get(f"/{number}"))
        talk.send("s", ok(b"answer %d\n" % number))
    talk.close()
    out = [files.section()] + [files.interface(kind, name, resolution, offset) for kind, name, resolution, offset in kinds]
    for at, frame in enumerate(recording.frames):
        linktype, _, resolution, offset = kinds[at % 4]
        frame.interface, frame.data = at % 4, wire.link(linktype, frame.data, frame.data[15] == 10)
        frame.length = len(frame.data)
        out.append(files.enhanced(frame, resolution, offset))
    return b"".join(out)


@synthetic(
    "pcapng-comments.pcapng",
    "Are comments, names and other blocks kept or skipped without harm?",
    "a comment on the section and on two packets (one Korean), a name for the server, interface statistics, a custom and an unknown block",
)
def comments():
    recording = Recording()
    talk = Talk(recording)
    exchange(talk, b"commented\n")
    recording.frames[3].comment = "here the client asks"
    recording.frames[5].comment = "여기서 서버가 대답합니다"
    name = struct.pack("<HH", 1, 4 + len("www.example.com") + 1) + wire.packed(SERVER) + b"www.example.com\0" + bytes(4)
    statistics = struct.pack("<III", 0, 0, 0) + files.options([(4, struct.pack("<Q", 10)), (5, struct.pack("<Q", 0))])
    blocks = [files.section("a scene about comments", "seqdump captures/make.py"), files.interface(wire.EN10MB, "eth0")]
    blocks += [
        files.block(files.NAMES, name),
        files.block(0x0BAD, struct.pack("<I", 32473) + b"custom"),
        files.block(0x7777, b"unknown"),
    ]
    blocks += [files.enhanced(frame) for frame in recording.frames]
    return b"".join(blocks + [files.block(5, statistics)])


@synthetic(
    "pcapng-two-sections.pcapng",
    "Is a second section with its own interfaces and byte order read?",
    "two recordings one after the other: little-endian Ethernet, then big-endian RAW; the conversation goes on across them",
)
def two_sections():
    recording = Recording(wire.RAW)
    talk = Talk(recording)
    talk.open()
    talk.send("c", get("/"))
    half = len(recording.frames)
    talk.send("s", ok(b"in the second section\n"))
    talk.close()
    first = [files.Frame(one.time, wire.ethernet(one.data, one.data[15] == 10)) for one in recording.frames[:half]]
    return files.pcapng(first, wire.EN10MB) + files.pcapng(recording.frames[half:], wire.RAW, order=">")


@synthetic(
    "pcapng-simple-packets.pcapng",
    "Are simple packet blocks read, which have no time?",
    "an HTTP exchange without any timestamp; nothing is made up for them",
)
def simple_packets():
    recording = Recording()
    talk = Talk(recording)
    exchange(talk, b"timeless\n")
    simple = [files.block(files.SIMPLE, struct.pack("<I", len(one.data)) + one.data) for one in recording.frames]
    return b"".join([files.section(), files.interface(wire.EN10MB), *simple])


@synthetic(
    "cut-pcap.pcap",
    "Is everything before the cut shown when a file ends inside a packet?",
    SAME + "; the last packet lacks 10 bytes",
)
def cut_pcap():
    return files.pcap(frames(), wire.EN10MB)[:-10]


@synthetic(
    "cut-pcapng.pcapng",
    "Is everything before the cut shown when a file ends inside a block?",
    SAME + "; the last block lacks 10 bytes",
)
def cut_pcapng():
    return files.pcapng(frames(), wire.EN10MB)[:-10]


@synthetic("empty.pcap", "Is a capture without packets told as such?", "a header and nothing else")
def empty():
    return files.pcap([], wire.EN10MB)


@synthetic(
    "dns.pcap",
    "Are DNS questions paired with their answers?",
    "A, AAAA, a CNAME chain, NXDOMAIN, a question asked twice, one without an answer, one over TCP",
)
def dns():
    recording = Recording()
    for number, (name, kind, answer, code) in enumerate(QUESTIONS):
        talk = Datagrams(recording, cport=40000 + number, sport=53)
        talk.send("c", message(number, name, kind))
        recording.wait(0.012)
        if code is None:
            continue
        if name == "twice.example.com":
            recording.wait(1)
            talk.send("c", message(number, name, kind))
        talk.send("s", message(number, name, kind, answer, code))
    talk = Talk(recording, cport=40100, sport=53)
    talk.open()
    for side, data in (
        ("c", message(99, "big.example.com", 1)),
        ("s", message(99, "big.example.com", 1, [(1, wire.packed(SERVER))], 0)),
    ):
        talk.send(side, struct.pack(">H", len(data)) + data)
    talk.close()
    return recording


def label(name):
    """A domain name as DNS writes it."""
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def message(ident, name, kind, answers=None, code=0):
    """A DNS question (RFC 1035), or with `answers` (type, data) its response; later answers belong to the last alias."""
    flags = 0x0100 if answers is None else 0x8180 | code
    out = struct.pack(">HHHHHH", ident, flags, 1, len(answers or []), 0, 0) + label(name) + struct.pack(">HH", kind, 1)
    owner = b"\xc0\x0c"
    for number, data in answers or []:
        out += owner + struct.pack(">HHIH", number, 1, 300, len(data)) + data
        owner = data if number == 5 else owner
    return out


ALIAS = label("edge.example.net")
QUESTIONS = (
    ("www.example.com", 1, [(1, wire.packed(SERVER))], 0),
    ("www.example.com", 28, [(28, wire.packed("2001:db8::80"))], 0),
    ("cdn.example.com", 1, [(5, ALIAS), (1, wire.packed(CLIENT)), (1, wire.packed(SERVER))], 0),
    ("nowhere.example.com", 1, [], 3),
    ("twice.example.com", 1, [(1, wire.packed(SERVER))], 0),
    ("silent.example.com", 1, [], None),
)
