"""Conversations: a `Recording` with its own clock, and TCP talks that count their sequence numbers.

A talk makes segments (`make`) and puts them on the recording (`put`), so that a scene can lose, repeat,
reorder or cut what a well-behaved end would have sent. Times and ports are fixed: the same scene, the same bytes.
"""

import struct
from dataclasses import dataclass, field

from . import wire
from .files import Frame

START = 1_732_320_000 * 10**9  # 2024-11-23T00:00:00Z
CLIENT, SERVER = "192.0.2.10", "192.0.2.80"
SYN_OPTIONS = bytes.fromhex("020405b40103030701010402")  # MSS 1460, window scale 7, SACK permitted


class Recording:
    """Frames in the order in which they were captured, and the clock that stamps them."""

    def __init__(self, linktype=wire.EN10MB, start=START, step_us=100):
        self.linktype, self.clock, self.step, self.frames = linktype, start, step_us * 1000, []

    def wait(self, seconds):
        """Let time pass before the next packet."""
        self.clock += round(seconds * 10**9)

    def packet(self, packet, from_client=True, keep=None):
        """Record an IP packet; `keep` cuts the frame to so many bytes, as a snap length does."""
        self.frame(wire.link(self.linktype, packet, from_client), keep)

    def frame(self, data, keep=None, interface=0, comment=""):
        """Record a frame that has its link header already."""
        self.frames.append(Frame(self.clock, data[:keep], len(data), interface, comment))
        self.clock += self.step


@dataclass
class Segment:
    """A TCP segment that was made and can be put on the recording, more than once if need be."""

    side: str
    seq: int
    ack: int
    flags: str
    window: int
    data: bytes
    options: bytes
    urgent: int


@dataclass
class Side:
    """One end of a talk: where it is, the next byte it sends, the next byte it expects."""

    address: str
    port: int
    next: int
    expects: int = 0
    window: int = 502
    ident: int = field(default=1)


class Talk:
    """One TCP connection. Sides are "c" and "s"; sequence numbers advance as segments are made."""

    def __init__(self, recording, client=CLIENT, server=SERVER, cport=50000, sport=80, isn=(1000, 500_000)):
        self.recording = recording
        self.sides = {"c": Side(client, cport, isn[0]), "s": Side(server, sport, isn[1], ident=0x4000)}

    def make(self, side, data=b"", flags="PA", seq=None, ack=None, window=None, options=b"", urgent=0):
        """A segment of `side`, not recorded; without `seq` it is the next one and the side moves on."""
        me = self.sides[side]
        at = me.next if seq is None else seq
        ack = me.expects if ack is None else ack
        window = me.window if window is None else window
        if seq is None:
            me.next = (me.next + len(data) + ("S" in flags) + ("F" in flags)) % 2**32
        return Segment(side, at, ack if "A" in flags else 0, flags, window, data, options, urgent)

    def packet(self, segment):
        """The IP packet of a segment."""
        me, peer = self.sides[segment.side], self.sides[other(segment.side)]
        payload = wire.tcp(
            me.address,
            peer.address,
            me.port,
            peer.port,
            segment.seq,
            segment.ack,
            segment.flags,
            segment.window,
            segment.data,
            segment.options,
            segment.urgent,
        )
        me.ident += 1
        return wire.ip(me.address, peer.address, wire.TCP, payload, me.ident)

    def put(self, *segments, keep=None, arrives=True):
        """Record segments; those that `arrives` in order move what the other side expects."""
        for segment in segments:
            self.recording.packet(self.packet(segment), segment.side == "c", keep)
            if arrives:
                self.arrive(segment)

    def arrive(self, segment):
        """The other side has this segment, and all before it, whether it was recorded or not."""
        end = segment.seq + len(segment.data) + ("S" in segment.flags) + ("F" in segment.flags)
        self.sides[other(segment.side)].expects = end % 2**32

    def send(self, side, data=b"", flags="PA", acked=True, **more):
        """Make, record and (unless told otherwise) acknowledge one segment."""
        segment = self.make(side, data, flags, **more)
        self.put(segment)
        if acked and (data or "F" in flags):
            self.ack(other(side))
        return segment

    def ack(self, side, ack=None, **more):
        """A bare acknowledgement by `side`."""
        self.put(self.make(side, b"", "A", ack=ack, **more), arrives=False)

    def lose(self, side, data, flags="PA"):
        """Send a segment that arrives but that the capture misses."""
        self.arrive(self.make(side, data, flags))

    def open(self, rtt=0.0002, options=SYN_OPTIONS):
        """The three-way handshake (RFC 9293 3.5)."""
        self.put(self.make("c", b"", "S", window=64240, options=options))
        self.recording.wait(rtt)
        self.put(self.make("s", b"", "SA", window=65160, options=options))
        self.ack("c")

    def join(self):
        """Begin in the middle: both sides know each other, nothing of the start is recorded."""
        self.sides["c"].expects, self.sides["s"].expects = self.sides["s"].next, self.sides["c"].next

    def close(self, first="c"):
        """FIN, FIN+ACK, ACK; `first` hangs up first."""
        self.put(self.make(first, b"", "FA"))
        self.put(self.make(other(first), b"", "FA"))
        self.ack(first)

    def reset(self, side, flags="RA"):
        """A RST by `side`."""
        self.put(self.make(side, b"", flags, window=0), arrives=False)


def sack(*blocks):
    """A SACK option (RFC 2018) with its two NOPs."""
    return b"\x01\x01\x05" + bytes([2 + 8 * len(blocks)]) + b"".join(struct.pack(">II", *pair) for pair in blocks)


def other(side):
    """The other side."""
    return "s" if side == "c" else "c"


class Datagrams:
    """A UDP exchange between one client and one server."""

    def __init__(self, recording, client=CLIENT, server=SERVER, cport=50000, sport=9999):
        self.recording, self.ends, self.ident = recording, {"c": (client, cport), "s": (server, sport)}, 0

    def send(self, side, data):
        """Record one datagram."""
        (src, sport), (dst, dport) = self.ends[side], self.ends[other(side)]
        self.ident += 1
        payload = wire.udp(src, dst, sport, dport, data)
        self.recording.packet(wire.ip(src, dst, wire.UDP, payload, self.ident), side == "c")
