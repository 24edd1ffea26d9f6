"""Packets as bytes: link headers, IPv4, IPv6, TCP and UDP, every length and checksum right.

Functions take values and give bytes; nothing here keeps state or reads a clock.
"""

import ipaddress
import struct

# Link types, as the pcap format numbers them (https://www.tcpdump.org/linktypes.html).
NULL, EN10MB, PPP, PPP_HDLC, RAW, LOOP, LINUX_SLL, LINUX_SLL2 = 0, 1, 9, 50, 101, 108, 113, 276

TCP, UDP = 6, 17
FLAGS = {"F": 0x01, "S": 0x02, "R": 0x04, "P": 0x08, "A": 0x10, "U": 0x20, "E": 0x40, "C": 0x80}
CLIENT_MAC = bytes.fromhex("02005e10000a")
SERVER_MAC = bytes.fromhex("02005e100050")


def checksum(data):
    """The Internet checksum (RFC 1071) of `data`."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def is_v6(address):
    """Whether `address` is IPv6."""
    return ipaddress.ip_address(address).version == 6


def packed(address):
    """The 4 or 16 bytes of `address`."""
    return ipaddress.ip_address(address).packed


def pseudo(src, dst, protocol, length):
    """The pseudo header that TCP and UDP checksums cover (RFC 9293 3.1, RFC 8200 8.1)."""
    if is_v6(src):
        return packed(src) + packed(dst) + struct.pack(">IHBB", length, 0, 0, protocol)
    return packed(src) + packed(dst) + struct.pack(">BBH", 0, protocol, length)


def tcp(src, dst, sport, dport, seq, ack, flags, window, payload=b"", options=b"", urgent=0):
    """One TCP segment; `flags` are letters such as "SA", `options` are padded to four bytes."""
    options += b"\0" * (-len(options) % 4)
    bits = sum(FLAGS[letter] for letter in flags)
    offset = (20 + len(options)) // 4 << 4
    head = struct.pack(">HHIIBBHHH", sport, dport, seq % 2**32, ack % 2**32, offset, bits, window, 0, urgent)
    segment = head + options + payload
    total = checksum(pseudo(src, dst, TCP, len(segment)) + segment)
    return segment[:16] + struct.pack(">H", total) + segment[18:]


def udp(src, dst, sport, dport, payload):
    """One UDP datagram."""
    datagram = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    total = checksum(pseudo(src, dst, UDP, len(datagram)) + datagram) or 0xFFFF
    return datagram[:6] + struct.pack(">H", total) + datagram[8:]


def ipv4(src, dst, protocol, payload, ident=1, ttl=64, flags=2, offset=0, options=b"", tos=0):
    """One IPv4 packet; `flags` 2 is don't-fragment, 1 more-fragments; `offset` counts bytes."""
    options += b"\0" * (-len(options) % 4)
    first = 0x40 | (20 + len(options)) // 4
    head = (
        struct.pack(
            ">BBHHHBBH4s4s",
            first,
            tos,
            20 + len(options) + len(payload),
            ident,
            flags << 13 | offset // 8,
            ttl,
            protocol,
            0,
            packed(src),
            packed(dst),
        )
        + options
    )
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ipv6(src, dst, protocol, payload, hop_limit=64, flow=0):
    """One IPv6 packet; extension headers belong to `payload`, `protocol` is the first next-header."""
    return struct.pack(">IHBB", 6 << 28 | flow, len(payload), protocol, hop_limit) + packed(src) + packed(dst) + payload


def ip(src, dst, protocol, payload, ident=1):
    """An IP packet of the version that the addresses ask for."""
    return ipv6(src, dst, protocol, payload) if is_v6(src) else ipv4(src, dst, protocol, payload, ident)


def ethertype(packet):
    """The EtherType of an IP packet."""
    return 0x86DD if packet[0] >> 4 == 6 else 0x0800


def ethernet(packet, from_client=True, kind=None, tags=()):
    """An Ethernet frame; `tags` are (TPID, VLAN id) pairs, outermost first."""
    ends = (SERVER_MAC, CLIENT_MAC) if from_client else (CLIENT_MAC, SERVER_MAC)
    inner = b"".join(struct.pack(">HH", tpid, vlan) for tpid, vlan in tags)
    return b"".join(ends) + inner + struct.pack(">H", kind or ethertype(packet)) + packet


def null(packet, order="<", family6=30):
    """BSD loopback: the address family in the capturing machine's byte order."""
    return struct.pack(order + "I", family6 if packet[0] >> 4 == 6 else 2) + packet


def loop(packet):
    """OpenBSD loopback: the address family in network byte order."""
    return null(packet, ">", 24)


def sll(packet, from_client=True):
    """Linux cooked capture v1 (what `-i any` gave)."""
    mac = CLIENT_MAC if from_client else SERVER_MAC
    return struct.pack(">HHH6s2sH", 4 if from_client else 0, 1, 6, mac, b"\0\0", ethertype(packet)) + packet


def sll2(packet, from_client=True, interface=2):
    """Linux cooked capture v2 (what `-i any` gives)."""
    mac = CLIENT_MAC if from_client else SERVER_MAC
    return struct.pack(">HHIHBB6s2s", ethertype(packet), 0, interface, 1, 4 if from_client else 0, 6, mac, b"\0\0") + packet


def ppp(packet, framed=False):
    """PPP (RFC 1661); `framed` puts HDLC's address and control before it (RFC 1662)."""
    return (b"\xff\x03" if framed else b"") + struct.pack(">H", 0x57 if packet[0] >> 4 == 6 else 0x21) + packet


def link(kind, packet, from_client=True):
    """`packet` under the link header of the link type `kind`."""
    return LINKS[kind](packet, from_client)


LINKS = {
    EN10MB: ethernet,
    NULL: lambda packet, _: null(packet),
    LOOP: lambda packet, _: loop(packet),
    RAW: lambda packet, _: packet,
    LINUX_SLL: sll,
    LINUX_SLL2: sll2,
    PPP: lambda packet, _: ppp(packet),
    PPP_HDLC: lambda packet, _: ppp(packet, framed=True),
}
