"""How connections begin, end, are refused, reused or cut, and what happens between them."""

from .. import wire
from ..registry import synthetic
from ..speech import TEXT, farewell, frame, get, ok, said, websocket
from ..talk import SYN_OPTIONS, Recording, Talk
from .tcp import REQUEST, RESPONSE, asked


@synthetic(
    "keep-alive-probes.pcap",
    "Are TCP keep-alive probes told from data and from retransmissions?",
    "an idle connection, probes with one stale byte and with none every 75 s, each answered; then a probe that nobody answers and a RST",
)
def keep_alive_probes():
    recording, talk = asked()
    talk.send("s", ok(b"idle from now on\n"))
    for stale in (b"", b"\0", b""):
        recording.wait(75)
        talk.put(talk.make("s", stale, "A", seq=talk.sides["s"].next - 1), arrives=False)
        talk.ack("c")
    for _ in range(2):
        recording.wait(75)
        talk.put(talk.make("s", b"", "A", seq=talk.sides["s"].next - 1), arrives=False)
    recording.wait(75)
    talk.reset("s")
    return recording


@synthetic(
    "simultaneous-open.pcap",
    "Is a connection that both sides open at once told (RFC 9293 3.5, figure 8)?",
    "two SYNs that cross, two SYN/ACKs, data both ways, FINs that cross as well (figure 13)",
)
def simultaneous_open():
    recording = Recording()
    talk = Talk(recording, cport=7000, sport=7000)
    for side in "cs":
        talk.put(talk.make(side, b"", "S", window=64240, options=SYN_OPTIONS), arrives=False)
    talk.join()
    for side in "cs":
        talk.put(talk.make(side, b"", "SA", seq=talk.sides[side].next - 1, options=SYN_OPTIONS), arrives=False)
    talk.send("c", b"hello from one side\n")
    talk.send("s", b"hello from the other\n")
    fins = [talk.make(side, b"", "FA") for side in "cs"]
    talk.put(*fins)
    talk.ack("c")
    talk.ack("s")
    return recording


@synthetic(
    "port-reuse.pcap",
    "Do two connections on the same four-tuple stay two?",
    "one closed with FIN and one cut by RST, the third still open, all from port 50000; each with its own request",
)
def port_reuse():
    recording = Recording()
    for number, isn in enumerate(((1000, 500_000), (90_000, 7_000_000), (3_000_000_000, 2_000_000_000))):
        talk = Talk(recording, isn=isn)
        talk.open()
        talk.send("c", get(f"/{number}"))
        talk.send("s", ok(b"answer %d\n" % number))
        if number == 0:
            talk.close()
        elif number == 1:
            talk.reset("c")
        recording.wait(1)
    return recording


@synthetic(
    "half-open.pcap",
    "Is a SYN that nobody answers told, with its repeats?",
    "a SYN and three repeats 1, 2 and 4 s later; a second one is answered, but the handshake's third step never comes",
)
def half_open():
    recording = Recording()
    talk = Talk(recording, sport=81)
    syn = talk.make("c", b"", "S", window=64240, options=SYN_OPTIONS)
    for pause in (1, 2, 4, 0):
        talk.put(syn)
        recording.wait(pause)
    talk = Talk(recording, cport=50001)
    talk.put(talk.make("c", b"", "S", window=64240, options=SYN_OPTIONS))
    answer = talk.make("s", b"", "SA", window=65160, options=SYN_OPTIONS)
    for pause in (1, 2, 0):
        talk.put(answer)
        recording.wait(pause)
    return recording


@synthetic(
    "syn-conflict.pcap",
    "Are a SYN with another initial number and two SYN/ACKs that differ told?",
    "a second SYN with another number on an open handshake; then one SYN and two different answers, the client takes the second",
)
def syn_conflict():
    recording = Recording()
    old = Talk(recording, isn=(7, 9))
    old.put(old.make("c", b"", "S", window=64240, options=SYN_OPTIONS))
    talk = Talk(recording)
    talk.open()
    talk.send("c", REQUEST)
    talk.send("s", ok(b"the second SYN counted\n"))
    talk.close()
    liar, honest = (Talk(recording, cport=50001, isn=(1000, isn)) for isn in (42, 500_000))
    honest.put(honest.make("c", b"", "S", window=64240, options=SYN_OPTIONS))
    liar.sides["s"].expects = honest.sides["s"].expects
    liar.put(liar.make("s", b"", "SA", options=SYN_OPTIONS))
    honest.put(honest.make("s", b"", "SA", options=SYN_OPTIONS))
    honest.ack("c")
    honest.send("c", REQUEST)
    honest.send("s", ok(b"the honest answer\n"))
    honest.close()
    return recording


@synthetic(
    "rst-suspect.pcap",
    "Is a RST that a receiver would not accept told, and the talk read on (RFC 5961 3.2)?",
    "a RST whose number lies outside the window, a challenge ACK, and the conversation goes on; then a RST that counts",
)
def rst_suspect():
    recording, talk = asked()
    forged = talk.make("s", b"", "R", seq=talk.sides["s"].next + 5_000_000, window=0)
    talk.put(forged, arrives=False)
    talk.ack("c")
    talk.send("s", ok(b"still here\n"))
    talk.reset("s")
    return recording


@synthetic(
    "data-after-close.pcap",
    "Is payload after a FIN or after a RST told?",
    "a server that sends 20 bytes behind its FIN; a client that goes on after the server's RST",
)
def data_after_close():
    recording, talk = asked()
    talk.send("s", ok(b"good bye\n"))
    talk.send("s", b"", "FA")
    talk.put(talk.make("s", b"one more thing after\n"), arrives=False)
    talk.put(talk.make("c", b"", "FA"))
    talk.ack("s")
    talk = Talk(recording, cport=50001)
    talk.open()
    talk.send("c", REQUEST)
    talk.reset("s")
    talk.put(talk.make("c", get("/still-talking")), arrives=False)
    talk.reset("s", "R")
    return recording


@synthetic(
    "syn-data.pcap",
    "Is payload on a SYN read in its place (TCP Fast Open, RFC 7413)?",
    "a first connection that gets a cookie; a second whose SYN carries cookie and request; a third whose data was not taken",
)
def syn_data():
    recording = Recording()
    ask, cookie = b"\x22\x02\x01\x01", b"\x22\x0a" + bytes.fromhex("0123456789abcdef")
    for number, (option, answer, data) in enumerate(((ask, cookie, b""), (cookie, b"", REQUEST), (cookie, b"", REQUEST))):
        talk = Talk(recording, cport=50000 + number)
        syn = talk.make("c", data, "S", window=64240, options=SYN_OPTIONS + option)
        talk.put(syn)
        if number == 2:  # the server has forgotten the cookie: only the SYN counts
            talk.sides["c"].next = talk.sides["s"].expects = syn.seq + 1
        talk.put(talk.make("s", b"", "SA", window=65160, options=SYN_OPTIONS + answer))
        talk.ack("c")
        if number != 1:
            talk.send("c", REQUEST)
        talk.send("s", ok(b"answer %d\n" % number))
        talk.close()
    return recording


@synthetic(
    "one-sided.pcap",
    "What can be said when only one direction was captured?",
    "only what the client sent: SYN, ACKs, two requests, FIN",
)
def one_sided():
    recording, talk = asked()
    talk.send("s", RESPONSE[:1000])
    talk.send("s", RESPONSE[1000:])
    talk.send("c", get("/next"))
    talk.send("s", ok(b"next\n"))
    talk.close()
    recording.frames = [frame for frame in recording.frames if frame.data[6:12] == wire.CLIENT_MAC]
    return recording


@synthetic(
    "long-silence.pcap",
    "Is a long silence one labelled row?",
    "a request, 95 s of nothing, its response, an hour of nothing, another exchange",
)
def long_silence():
    recording, talk = asked()
    recording.wait(95)
    talk.send("s", ok(b"sorry for the wait\n"))
    recording.wait(3600)
    talk.send("c", get("/again"))
    talk.send("s", ok(b"good evening\n"))
    talk.close()
    return recording


@synthetic(
    "time-backwards.pcap",
    "What happens when a packet is stamped earlier than the one before it?",
    "the clock is set back by 1.5 s between request and response; durations do not become nonsense",
)
def time_backwards():
    recording, talk = asked()
    recording.wait(-1.5)
    talk.send("s", ok(b"from the past\n"))
    talk.close()
    return recording


@synthetic(
    "many-connections.pcap",
    "Does a list of many connections stay readable?",
    "60 connections of ten clients to three servers: HTTP, WebSocket, raw, refused, reset, unanswered, interleaved",
)
def many_connections():
    recording = Recording()
    for number in range(60):
        client, server = f"192.0.2.{10 + number % 10}", ("192.0.2.80", "192.0.2.81", "2001:db8::80")[number % 3]
        client = f"2001:db8::{10 + number % 10}" if number % 3 == 2 else client
        talk = Talk(recording, client, server, 50000 + number, (80, 8080, 9000)[number % 3], (number * 1000, number * 7777))
        recording.wait(0.013)
        small(recording, talk, number)
    return recording


def small(recording, talk, number):
    """One small conversation, of a kind that the number decides."""
    if number % 15 == 7:
        talk.put(talk.make("c", b"", "S", options=SYN_OPTIONS))
        return
    if number % 15 == 11:
        talk.put(talk.make("c", b"", "S", options=SYN_OPTIONS))
        talk.reset("s")
        return
    if number % 5 == 4:
        websocket(talk)
        talk.send("c", said(TEXT, f"message {number}"))
        talk.send("s", frame(TEXT, f"answer {number}"))
        farewell(talk)
        return
    talk.open()
    talk.send("c", get(f"/{number}") if talk.sides["s"].port != 9000 else b"raw %d\n" % number)
    talk.send("s", ok(b"%d\n" % number) if talk.sides["s"].port != 9000 else b"raw answer %d\n" % number)
    if number % 15 == 13:
        talk.reset("s")
    elif number % 4:
        talk.close("cs"[number % 2])
