"""What lies under TCP: link types, VLAN tags, IPv6 extension headers, fragments, tunnels, cut packets."""

import struct

from .. import files, wire
from ..registry import synthetic
from ..speech import TEXT, exchange, farewell, frame, get, ok, said, websocket
from ..talk import CLIENT, SERVER, START, Recording, Talk

CLIENT6, SERVER6 = "2001:db8::10", "2001:db8::80"


def conversation(recording):
    """A request and its response over IPv4, then a small WebSocket over IPv6."""
    talk = Talk(recording)
    exchange(talk, b"over IPv4\n")
    talk = Talk(recording, CLIENT6, SERVER6, cport=50001)
    websocket(talk)
    talk.send("c", said(TEXT, "over IPv6?"))
    talk.send("s", frame(TEXT, "over IPv6"))
    farewell(talk)
    return recording


class Wrapped(Recording):
    """A recording on Ethernet that puts each packet into something before it is framed."""

    def __init__(self, wrap):
        super().__init__()
        self.wrap = wrap

    def packet(self, packet, from_client=True, keep=None):
        """Record what `wrap` makes of an IP packet: one frame or several."""
        made = self.wrap(packet, from_client)
        for data in made if isinstance(made, list) else [made]:
            self.frame(data, keep)


def plain(linktype, name, question, see):
    """Register the conversation under a link type."""
    synthetic(f"link-{name}.pcap", question, see)(lambda: conversation(Recording(linktype)))


SAME = "the same two conversations as in every link-* capture: HTTP over IPv4, WebSocket over IPv6"
plain(wire.EN10MB, "ethernet", "Is plain Ethernet read?", SAME)
plain(wire.NULL, "null", "Is BSD loopback read, whose family number for IPv6 differs by system?", SAME + " (family 30)")
plain(wire.LOOP, "loop", "Is OpenBSD loopback read, whose family is in network order?", SAME + " (family 24)")
plain(wire.RAW, "raw", "Are packets without any link header read?", SAME)
plain(wire.LINUX_SLL, "sll", "Is Linux cooked capture v1 read?", SAME)
plain(wire.LINUX_SLL2, "sll2", "Is Linux cooked capture v2 read?", SAME)
plain(wire.PPP, "ppp", "Is PPP read?", SAME)
plain(wire.PPP_HDLC, "ppp-hdlc", "Is PPP in HDLC framing read?", SAME)


@synthetic("link-null-big-endian.pcap", "Is BSD loopback of a big-endian machine read?", SAME + " (family 28, FreeBSD)")
def null_big_endian():
    recording = conversation(Wrapped(lambda packet, _: wire.null(packet, ">", 28)))
    return files.pcap(recording.frames, wire.NULL, order=">")


@synthetic("vlan.pcap", "Is an 802.1Q tag looked through?", SAME + " in VLAN 10")
def vlan():
    return conversation(Wrapped(lambda packet, client: wire.ethernet(packet, client, tags=[(0x8100, 10)])))


@synthetic("qinq.pcap", "Are two tags looked through (802.1ad)?", SAME + " in VLAN 20 of the provider's VLAN 100")
def qinq():
    return conversation(Wrapped(lambda packet, client: wire.ethernet(packet, client, tags=[(0x88A8, 100), (0x8100, 20)])))


def tunnel(inner, client, protocol, head=b""):
    """`inner` in an IPv4 packet between two routers."""
    ends = ("198.51.100.1", "198.51.100.2") if client else ("198.51.100.2", "198.51.100.1")
    return wire.ethernet(wire.ipv4(*ends, protocol, head + inner), client)


@synthetic("gre.pcap", "Is what runs inside GRE read, and the tunnel noted?", SAME + "; GRE with a key and without")
def gre():
    def wrap(packet, client):
        kind = wire.ethertype(packet)
        head = struct.pack(">HH", 0, kind) if kind == 0x0800 else struct.pack(">HHI", 0x2000, kind, 77)
        return tunnel(packet, client, 47, head)

    return conversation(Wrapped(wrap))


@synthetic("vxlan.pcap", "Is what runs inside VXLAN read, and the tunnel noted (RFC 7348)?", SAME + " in network 42")
def vxlan():
    def wrap(packet, client):
        inside = struct.pack(">II", 0x08000000, 42 << 8) + wire.ethernet(packet, client)
        ends = ("198.51.100.1", "198.51.100.2") if client else ("198.51.100.2", "198.51.100.1")
        return tunnel(wire.udp(*ends, 49152, 4789, inside), client, wire.UDP)

    return conversation(Wrapped(wrap))


@synthetic(
    "ip-in-ip.pcap", "Is IP inside IP read (4-in-4, 6-in-4, 4-in-6)?", SAME + "; the IPv4 one alternates between two tunnels"
)
def ip_in_ip():
    count = 0

    def wrap(packet, client):
        nonlocal count
        count += 1
        if packet[0] >> 4 == 6:
            return tunnel(packet, client, 41)
        if count % 2:
            return tunnel(packet, client, 4)
        ends = ("2001:db8:1::1", "2001:db8:1::2") if client else ("2001:db8:1::2", "2001:db8:1::1")
        return wire.ethernet(wire.ipv6(*ends, 4, packet), client)

    return conversation(Wrapped(wrap))


@synthetic(
    "ipv6-extension-headers.pcap",
    "Is TCP found behind IPv6 extension headers?",
    "hop-by-hop, destination options, segment routing (all done) and an atomic fragment header, in turn and all together; HTTP over them",
)
def extension_headers():
    padding, fragment = b"\0\x01\x04\0\0\0\0", b"\0\0\0\0\0\0\x07"
    count = 0

    def wrap(packet, client):
        nonlocal count
        count += 1
        ends = (CLIENT6, SERVER6) if client else (SERVER6, CLIENT6)
        routing = b"\x02\x04\0\0\0\0\0" + wire.packed(ends[1])
        extras = [(0, padding), (60, padding), (43, routing), (44, fragment)]
        chosen = extras if count % 5 == 0 else [extras[count % 5 - 1]]
        chain, kind = packet[40:], packet[6]
        for number, body in reversed(chosen):
            chain, kind = bytes([kind]) + body + chain, number
        return wire.ethernet(wire.ipv6(*ends, kind, chain), client)

    recording = Wrapped(wrap)
    talk = Talk(recording, CLIENT6, SERVER6)
    exchange(talk, b"behind extension headers\n")
    return recording


def pieces4(packet, size):
    """An IPv4 packet in fragments of `size` payload bytes (a multiple of 8)."""
    ident, ends, body = packet[4:6], packet[12:20], packet[20:]
    src, dst = (".".join(map(str, ends[at : at + 4])) for at in (0, 4))
    number = struct.unpack(">H", ident)[0]
    return [
        wire.ipv4(src, dst, packet[9], body[at : at + size], number, flags=int(at + size < len(body)), offset=at)
        for at in range(0, len(body), size)
    ]


def fragmented(order):
    """A recording whose server packets with payload come in fragments, in an `order` that a function gives."""

    def wrap(packet, client):
        if client or len(packet) < 100:
            return wire.ethernet(packet, client)
        return [wire.ethernet(piece, client) for piece in order(pieces4(packet, 64))]

    recording = Wrapped(wrap)
    talk = Talk(recording)
    exchange(talk, b"a response that is longer than a fragment, so that it takes three of them to carry it\n")
    return recording


@synthetic(
    "ip-fragments.pcap", "Are IPv4 fragments put together, whatever their order?", "the response in fragments, last one first"
)
def ip_fragments():
    return fragmented(lambda pieces: pieces[::-1])


@synthetic(
    "ip-fragments-overlap.pcap",
    "Are fragments that overlap told?",
    "the second fragment comes twice, the second time with other bytes",
)
def ip_fragments_overlap():
    def order(pieces):
        forged = pieces[1][:20] + bytes(byte ^ 0x20 for byte in pieces[1][20:])
        return [pieces[0], pieces[1], forged, *pieces[2:]]

    return fragmented(order)


@synthetic(
    "ip-fragments-missing.pcap",
    "Is a packet whose fragment never came told, and the bytes counted as missing?",
    "the second fragment of the response was not captured; the next packets read on",
)
def ip_fragments_missing():
    return fragmented(lambda pieces: [pieces[0], *pieces[2:]])


@synthetic("ipv6-fragments.pcap", "Are IPv6 fragments put together?", "a response in three fragments, the middle one last")
def ipv6_fragments():
    def wrap(packet, client):
        body = packet[40:]
        if client or len(body) < 100:
            return wire.ethernet(packet, client)
        made = []
        for at in range(0, len(body), 64):
            head = struct.pack(">BBHI", packet[6], 0, at | int(at + 64 < len(body)), 0x1234)
            made.append(wire.ethernet(wire.ipv6(SERVER6, CLIENT6, 44, head + body[at : at + 64]), client))
        return [made[0], *made[2:], made[1]]

    recording = Wrapped(wrap)
    talk = Talk(recording, CLIENT6, SERVER6)
    exchange(talk, b"a response that takes a few IPv6 fragments to come over the wire\n")
    return recording


@synthetic(
    "ip-options.pcap",
    "Are IPv4 options and trailing bytes of the link skipped?",
    "router alert in every packet; short frames padded to 60 bytes, with zeros and with rubbish",
)
def ip_options():
    def wrap(packet, client):
        ends = (CLIENT, SERVER) if client else (SERVER, CLIENT)
        made = wire.ipv4(*ends, packet[9], packet[20:], options=b"\x94\x04\0\0")
        return (wire.ethernet(made, client)).ljust(60, b"\0" if client else b"\xee")

    recording = Wrapped(wrap)
    talk = Talk(recording)
    exchange(talk, b"behind options\n")
    return recording


@synthetic(
    "snaplen-cut.pcap",
    "What can be said of packets that the capture cut?",
    "96 bytes kept of each packet: handshakes whole, heads and bodies cut, the missing bytes counted",
)
def snaplen_cut():
    recording = conversation(Recording())
    talk = Talk(recording, cport=50002)
    talk.open()
    for number in range(3):
        talk.send("c", get(f"/{number}", "www.example.com", "User-Agent: a name that goes beyond what is kept"))
        talk.send("s", ok(b"x" * 400))
    talk.close()
    return files.pcap(recording.frames, wire.EN10MB, snaplen=96)


@synthetic(
    "not-understood.pcap",
    "Is everything that is not read counted and said, and nothing dropped silently?",
    "ARP, LLDP, an unknown EtherType, ICMP, IGMP, SCTP, a header of IP version 9, "
    "a TCP header cut short, an empty frame; one HTTP exchange among them",
)
def not_understood():
    recording = Recording()
    others = [
        wire.ethernet(
            bytes.fromhex("0001080006040001") + wire.CLIENT_MAC + wire.packed(CLIENT) + bytes(6) + wire.packed(SERVER),
            kind=0x0806,
        ),
        wire.ethernet(bytes.fromhex("0207040200000000010403010203060200780000"), kind=0x88CC),
        wire.ethernet(b"who knows", kind=0x9999),
        wire.ethernet(wire.ipv4(CLIENT, SERVER, 1, b"\x08\0\xf7\xff\0\0\0\0")),
        wire.ethernet(wire.ipv4(CLIENT, "224.0.0.22", 2, b"\x22\0\xf9\xfd\0\0\0\0")),
        wire.ethernet(wire.ipv4(CLIENT, SERVER, 132, bytes(12))),
        wire.ethernet(b"\x95" + bytes(39), kind=0x0800),
        wire.ethernet(wire.ipv4(CLIENT, SERVER, wire.TCP, bytes(8))),
        b"",
    ]
    for data in others:
        recording.frame(data)
    talk = Talk(recording)
    exchange(talk, b"understood\n")
    return recording


@synthetic(
    "link-unknown.pcap",
    "Is a link type that nobody knows said, without a guess?",
    "link type 147 (private use): three packets counted, none read",
)
def link_unknown():
    return files.pcap([files.Frame(START + at * 10**6, b"private %d" % at) for at in range(3)], 147)
