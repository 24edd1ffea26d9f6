"""Real recordings with one thing changed: each gives one reason why TLS can't be read, or one way to say the keys."""

import struct
from pathlib import Path

from .. import files
from ..registry import synthetic

FOLDER = Path(__file__).resolve().parent.parent.parent
SERVER_PORT = 8443


def recording(name):
    """The frames, link type, comment and key log of a capture beside us."""
    return files.read_pcapng((FOLDER / name).read_bytes())


def spoken(frames):
    """Indexes of the server's frames that carry payload (Ethernet, IPv4, TCP)."""
    found = []
    for at, frame in enumerate(frames):
        start = 14 + (frame.data[14] & 15) * 4
        port, offset = struct.unpack_from(">H", frame.data, start)[0], frame.data[start + 12] >> 4
        if port == SERVER_PORT and len(frame.data) > start + offset * 4:
            found.append(at)
    return found


@synthetic(
    "tls-keys-of-others.pcapng",
    "Is it said that a key log holds keys, but of other sessions?",
    "the packets of wss-tls13 with the keys of tls13-suites",
)
def keys_of_others():
    frames, linktype, _, _ = recording("wss-tls13.pcapng")
    return files.pcapng(frames, linktype, keylog=recording("tls13-suites.pcapng")[3])


@synthetic(
    "tls-handshake-missing.pcapng",
    "Is it said that a TLS session can't be read since its handshake was not captured?",
    "wss-tls13 from the middle on, its keys in the file: application records only",
)
def handshake_missing():
    frames, linktype, _, keylog = recording("wss-tls13.pcapng")
    return files.pcapng(frames[spoken(frames)[-4] :], linktype, keylog=keylog)


@synthetic(
    "tls-bytes-missing.pcapng",
    "Is it said at which frame bytes are missing, so that reading stops or goes on from there?",
    "wss-tls13 without one packet of the server's, its keys in the file: one record is gone",
)
def bytes_missing():
    frames, linktype, _, keylog = recording("wss-tls13.pcapng")
    del frames[spoken(frames)[-3]]
    return files.pcapng(frames, linktype, keylog=keylog)


@synthetic(
    "tls-tag-mismatch.pcapng",
    "Is a record that was changed on its way told as such (tag mismatch)?",
    "wss-tls13 with one bit of one record flipped, its keys in the file; the records after it open again",
)
def tag_mismatch():
    frames, linktype, _, keylog = recording("wss-tls13.pcapng")
    frame = frames[spoken(frames)[-3]]
    frame.data = frame.data[:-1] + bytes([frame.data[-1] ^ 1])
    return files.pcapng(frames, linktype, keylog=keylog)


@synthetic(
    "tls-keys-behind-packets.pcapng",
    "Do keys that stand behind the packets in the file unlock them?",
    "wss-tls13 with its secrets block as the last block of the file",
)
def keys_behind_packets():
    frames, linktype, _, keylog = recording("wss-tls13.pcapng")
    return files.pcapng(frames, linktype) + files.secrets(keylog)


@synthetic(
    "tls-application-keys-only.pcapng",
    "What opens when the key log has the application secrets but not those of the handshake?",
    "wss-tls13 with the two application lines: the handshake stays closed and is said to be, the WebSocket is read",
)
def application_keys_only():
    return with_keys(lambda line: b"_TRAFFIC_SECRET_0" in line)


@synthetic(
    "tls-one-direction-keys.pcapng",
    "What opens when the key log has the secrets of one side only?",
    "wss-tls13 with the client's lines: its request and frames open, the server's 101 does not, and the reason is said for that side",
)
def one_direction_keys():
    return with_keys(lambda line: line.startswith(b"CLIENT_"))


@synthetic(
    "tls-bad-key-log.pcapng",
    "Are lines of a key log that make no sense counted and passed over, and the good ones used?",
    "wss-tls13; its log has comments, blank lines, an unknown label, a short random, odd hex digits, "
    "CR LF and a line without an end around the good lines",
)
def bad_key_log():
    frames, linktype, _, keylog = recording("wss-tls13.pcapng")
    odd = b"# a comment\n\nNEW_LABEL 00 11\nCLIENT_RANDOM 1234 5678\nCLIENT_RANDOM zz yy\nnot a line\n"
    log = odd + keylog.replace(b"\n", b"\r\n") + b"SERVER_TRAFFIC_SECRET_0 00ff"
    return files.pcapng(frames, linktype, keylog=log)


def with_keys(wanted):
    """wss-tls13 with the lines of its key log that are `wanted`."""
    frames, linktype, _, keylog = recording("wss-tls13.pcapng")
    return files.pcapng(frames, linktype, keylog=b"".join(filter(wanted, keylog.splitlines(keepends=True))))
