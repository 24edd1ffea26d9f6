"""Capture files as bytes: pcap and pcapng writers, and a reader for what tcpdump wrote.

A frame here is `Frame(time, data, length, interface, comment)`: time in nanoseconds since 1970,
`length` the bytes that the packet had on the wire (more than `len(data)` when it was cut, 0 when
it was not).
"""

import gzip
import struct
from dataclasses import dataclass

SECTION, INTERFACE, SIMPLE, NAMES, ENHANCED, SECRETS = 0x0A0D0D0A, 1, 3, 4, 6, 10
TLS_KEY_LOG = 0x544C534B


@dataclass
class Frame:
    """One captured frame."""

    time: int
    data: bytes
    length: int = 0
    interface: int = 0
    comment: str = ""


def pcap(frames, linktype, order="<", nanoseconds=False, snaplen=262144):
    """A pcap file in either byte order, microseconds or nanoseconds."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, linktype)]
    for frame in frames:
        second, rest = divmod(frame.time, 10**9)
        data = frame.data[:snaplen]
        part = rest if nanoseconds else rest // 1000
        out.append(struct.pack(order + "IIII", second, part, len(data), frame.length or len(frame.data)) + data)
    return b"".join(out)


def block(kind, body, order="<"):
    """One pcapng block: type, length, body padded to four bytes, length again."""
    body += b"\0" * (-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def options(pairs, order="<"):
    """pcapng options from (code, bytes) pairs; nothing when there are none."""
    if not pairs:
        return b""
    out = [struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4) for code, value in pairs]
    return b"".join(out) + b"\0\0\0\0"


def section(comment="", application="", order="<"):
    """A section header block."""
    pairs = [(1, comment.encode())] if comment else []
    pairs += [(4, application.encode())] if application else []
    return block(SECTION, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options(pairs, order), order)


def interface(linktype, name="", resolution=6, offset=0, snaplen=262144, order="<"):
    """An interface description; `resolution` as if_tsresol has it, `offset` in seconds (if_tsoffset)."""
    pairs = [(2, name.encode())] if name else []
    pairs += [(9, bytes([resolution]))] if resolution != 6 else []
    pairs += [(14, struct.pack(order + "q", offset))] if offset else []
    return block(INTERFACE, struct.pack(order + "HHI", linktype, 0, snaplen) + options(pairs, order), order)


def ticks(time, resolution=6, offset=0):
    """Nanoseconds as the ticks of an interface with this if_tsresol and if_tsoffset."""
    time -= offset * 10**9
    if resolution & 0x80:
        return time * 2 ** (resolution & 0x7F) // 10**9
    return time * 10**resolution // 10**9


def enhanced(frame, resolution=6, offset=0, order="<"):
    """An enhanced packet block."""
    stamp = ticks(frame.time, resolution, offset)
    head = struct.pack(
        order + "IIIII", frame.interface, stamp >> 32, stamp & 0xFFFFFFFF, len(frame.data), frame.length or len(frame.data)
    )
    data = frame.data + b"\0" * (-len(frame.data) % 4)
    comment = [(1, frame.comment.encode())] if frame.comment else []
    return block(ENHANCED, head + data + options(comment, order), order)


def secrets(keylog, order="<"):
    """A decryption secrets block that holds a TLS key log."""
    keylog = keylog if isinstance(keylog, bytes) else keylog.encode()
    return block(SECRETS, struct.pack(order + "II", TLS_KEY_LOG, len(keylog)) + keylog, order)


def pcapng(frames, linktype, comment="", keylog=b"", name="", nanoseconds=False, order="<"):
    """A pcapng file with one interface, its secrets before the packets."""
    resolution = 9 if nanoseconds else 6
    out = [section(comment, order=order), interface(linktype, name, resolution, order=order)]
    out += [secrets(keylog, order)] if keylog else []
    return b"".join(out + [enhanced(frame, resolution, order=order) for frame in frames])


def gzipped(data):
    """`data` in gzip, without a name or a time in its head."""
    return gzip.compress(data, mtime=0)


def read_pcap(data):
    """The frames and the link type of a little-endian pcap file, as tcpdump writes it here."""
    magic, _, _, _, _, _, linktype = struct.unpack_from("<IHHiIII", data)
    scale = {0xA1B23C4D: 1, 0xA1B2C3D4: 1000}[magic]
    frames, at = [], 24
    while at + 16 <= len(data):
        second, part, kept, length = struct.unpack_from("<IIII", data, at)
        frames.append(Frame(second * 10**9 + part * scale, data[at + 16 : at + 16 + kept], length))
        at += 16 + kept
    return frames, linktype


def read_pcapng(data):
    """The frames, link type, comment and key log of a pcapng file that `pcapng` above wrote with its defaults."""
    frames, linktype, keylog, at = [], 0, b"", 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == INTERFACE:
            linktype = struct.unpack_from("<H", data, at + 8)[0]
        elif kind == SECRETS:
            size = struct.unpack_from("<I", data, at + 12)[0]
            keylog = data[at + 16 : at + 16 + size]
        elif kind == ENHANCED:
            number, high, low, kept, full = struct.unpack_from("<IIIII", data, at + 8)
            frames.append(Frame((high << 32 | low) * 1000, data[at + 28 : at + 28 + kept], full, number))
        at += length
    return frames, linktype, section_comment(data), keylog


def section_comment(data):
    """The comment in the section header of a little-endian pcapng file, or nothing."""
    if len(data) < 28 or struct.unpack_from("<I", data)[0] != SECTION:
        return ""
    end, at = struct.unpack_from("<I", data, 4)[0] - 4, 24
    while at + 4 <= end:
        code, length = struct.unpack_from("<HH", data, at)
        if code == 1:
            return data[at + 4 : at + 4 + length].decode()
        if code == 0:
            break
        at += 4 + length + -length % 4
    return ""
