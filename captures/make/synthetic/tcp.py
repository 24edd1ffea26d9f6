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
