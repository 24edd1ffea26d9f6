"""What TCP does to a conversation: repeated, reordered, overlapping, missing and wrapping bytes."""

from ..registry import synthetic
from ..speech import get, ok
from ..talk import Recording, Talk, sack

REQUEST = get("/poem")
POEM = b"".join(b"line %02d: the quick brown fox jumps over the lazy dog\n" % n for n in range(40))
RESPONSE = ok(POEM)


def cut(data, size=500):
    """`data` in pieces of `size` bytes."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def asked(**more):
    """A recording with an open connection on which the poem was asked for."""
    recording = Recording()
    talk = Talk(recording, **more)
    talk.open()
    talk.send("c", REQUEST)
    return recording, talk


@synthetic(
    "retransmission.pcap",
    "Is a segment that was sent twice shown as a retransmission, its bytes read once?",
    "three duplicate ACKs with SACK, the lost segment again (fast retransmit), then a timeout's repeat of the last one; one whole response",
)
def retransmission():
    recording, talk = asked()
    first, lost, *later = [talk.make("s", piece) for piece in cut(RESPONSE, 400)]
    last = later.pop()
    talk.put(first)
    talk.ack("c")
    talk.put(lost, arrives=False)  # recorded at the sender, lost on its way
    for segment in later:
        talk.put(segment, arrives=False)
        end = segment.seq + len(segment.data)
        talk.ack("c", ack=lost.seq, options=sack((later[0].seq, end)))
    recording.wait(0.001)
    talk.put(lost)
    talk.arrive(later[-1])
    talk.ack("c")
    talk.put(last, arrives=False)
    recording.wait(0.2)
    talk.put(last)
    talk.ack("c")
    talk.close()
    return recording


@synthetic(
    "out-of-order.pcap",
    "Are segments that overtook each other put back in order, and told apart from retransmissions?",
    "the third segment arrives before the second within 100 µs; no byte is repeated; one whole response",
)
def out_of_order():
    recording, talk = asked()
    pieces = [talk.make("s", piece) for piece in cut(RESPONSE)]
    talk.put(pieces[0])
    talk.ack("c")
    talk.put(pieces[2], arrives=False)
    talk.ack("c", options=sack((pieces[2].seq, pieces[2].seq + len(pieces[2].data))))
    talk.put(pieces[1], arrives=False)
    talk.arrive(pieces[2])
    talk.ack("c")
    talk.put(*pieces[3:])
    talk.ack("c")
    talk.close()
    return recording


@synthetic(
    "overlap.pcap",
    "Do segments that overlap with equal bytes give each byte once?",
    "a repeat that begins earlier and ends later than what it repeats; no conflict; one whole response",
)
def overlap():
    recording, talk = asked()
    start = talk.sides["s"].next
    for begin, end in ((0, 600), (400, 1000), (300, 1300), (1300, 1500), (1200, len(RESPONSE))):
        segment = talk.make("s", RESPONSE[begin:end], seq=start + begin)
        talk.put(segment)
        talk.ack("c")
    talk.sides["s"].next = start + len(RESPONSE)
    talk.close()
    return recording


@synthetic(
    "overlap-conflict.pcap",
    "Is the same range with different bytes reported, with both readings?",
    "bytes of one request sent twice, `/poem` first and `/evil` second, the rest of the request after it",
)
def overlap_conflict():
    recording = Recording()
    talk = Talk(recording)
    talk.open()
    start = talk.sides["c"].next
    talk.put(talk.make("c", REQUEST[:12], seq=start), arrives=False)
    recording.wait(0.01)
    talk.put(talk.make("c", REQUEST.replace(b"/poem", b"/evil")[:12], seq=start))
    talk.ack("s")
    talk.sides["c"].next = start + 12
    talk.send("c", REQUEST[12:])
    talk.send("s", RESPONSE[:1000])
    talk.send("s", RESPONSE[1000:])
    talk.close()
    return recording


@synthetic(
    "wraparound.pcap",
    "Does reading go on when sequence numbers pass 2^32 on both sides?",
    "the client's initial number is 4294967280, the server's 4294966296; request and response whole, out-of-order across the wrap",
)
def wraparound():
    recording, talk = asked(isn=(2**32 - 16, 2**32 - 1000))
    pieces = [talk.make("s", piece) for piece in cut(RESPONSE, 450)]
    talk.put(pieces[0])
    talk.ack("c")
    talk.put(pieces[2], arrives=False)  # the wrap lies inside this one's neighbour
    talk.put(pieces[1], arrives=False)
    talk.arrive(pieces[2])
    talk.ack("c")
    talk.put(*pieces[3:])
    talk.ack("c")
    talk.close()
    return recording


@synthetic(
    "mid-stream.pcap",
    "What can be said of a connection whose beginning was not captured?",
    "no SYN; a response's tail, then a request and its response; roles inferred from what was said",
)
def mid_stream():
    recording = Recording()
    talk = Talk(recording)
    talk.join()
    talk.send("s", RESPONSE[-300:])
    talk.send("c", get("/next"))
    talk.send("s", ok(b"found again\n"))
    talk.close()
    return recording


@synthetic(
    "gap.pcap",
    "What is shown for bytes that were acknowledged but never captured?",
    "1,000 bytes of a body are missing on the server's side; the next request and response read on",
)
def gap():
    recording, talk = asked()
    talk.send("s", RESPONSE[:500])
    talk.lose("s", RESPONSE[500:1500])
    talk.send("s", RESPONSE[1500:])
    talk.send("c", get("/next"))
    talk.send("s", ok(b"after the gap\n"))
    talk.close()
    return recording


@synthetic(
    "gap-in-request.pcap",
    "Is a request with a hole in its head told as incomplete instead of being guessed?",
    "the middle of the first request's head is missing; the second exchange is whole",
)
def gap_in_request():
    recording = Recording()
    talk = Talk(recording)
    talk.open()
    request = get("/first", "www.example.com", "Accept: text/plain", "User-Agent: scene")
    talk.send("c", request[:20])
    talk.lose("c", request[20:50])
    talk.send("c", request[50:])
    talk.send("s", ok(b"first\n"))
    talk.send("c", get("/second"))
    talk.send("s", ok(b"second\n"))
    talk.close()
    return recording


@synthetic(
    "zero-window.pcap",
    "Is a receiver that closes its window shown, with the probes and the update that ends it?",
    "the window shrinks to 0, two probes of one byte, an update, the rest of the body",
)
def zero_window():
    recording, talk = asked()
    talk.put(talk.make("s", RESPONSE[:900]))
    talk.ack("c", window=7)
    talk.put(talk.make("s", RESPONSE[900:1796]))
    talk.ack("c", window=0)
    at = talk.sides["s"].next
    for pause in (0.2, 0.4):
        recording.wait(pause)
        talk.put(talk.make("s", RESPONSE[1796:1797], "A", seq=at), arrives=False)
        talk.ack("c", window=0)
    recording.wait(0.1)
    talk.ack("c", window=502)
    talk.send("s", RESPONSE[1796:])
    talk.close()
    return recording


@synthetic(
    "urgent.pcap",
    "Is urgent data told, its byte kept in the stream?",
    "a raw conversation with one segment that has URG and an urgent pointer",
)
def urgent():
    recording = Recording()
    talk = Talk(recording, sport=9000)
    talk.open()
    talk.send("c", b"long job, please\n")
    talk.send("c", b"stop!", "UPA", urgent=5)
    talk.send("s", b"stopped\n")
    talk.close()
    return recording


@synthetic(
    "bad-checksum.pcap",
    "Is a wrong TCP checksum told, and the bytes not believed over the good copy?",
    "one segment damaged on its way (checksum wrong), no ACK, the good one 200 ms later",
)
def bad_checksum():
    recording, talk = asked()
    good = talk.make("s", ok(b"all bytes in place\n"))
    packet = bytearray(talk.packet(good))
    packet[-4] ^= 0x20
    recording.packet(bytes(packet), from_client=False)
    recording.wait(0.2)
    talk.put(good)
    talk.ack("c")
    talk.close()
    return recording


@synthetic(
    "odd-segments.pcap",
    "Are segments that no stack sends told, and do they leave the talk alone?",
    "no flags, SYN+FIN, all flags, an option of length 0, a data offset of 2, far out of window; the exchange among them is whole",
)
def odd_segments():
    recording, talk = asked()
    for flags in ("", "SF", "FSRPAU"):
        talk.put(talk.make("c", b"", flags, seq=7), arrives=False)
    talk.put(talk.make("c", b"", "A", options=b"\x08\x00\x00\x00", ack=talk.sides["c"].expects), arrives=False)
    packet = bytearray(talk.packet(talk.make("c", b"", "A")))
    packet[32] = 0x20
    recording.packet(bytes(packet))
    talk.put(talk.make("s", b"from nowhere", seq=3_000_000_000), arrives=False)
    talk.send("s", ok(b"unmoved\n"))
    talk.close()
    return recording
