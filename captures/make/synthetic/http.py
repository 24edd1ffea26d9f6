"""HTTP/1.x beyond the common case: framing, pipelining, interim responses, tunnels, what is sent wrong."""

from ..registry import synthetic
from ..speech import TEXT, farewell, frame, get, http, ok, said, switching, upgrade
from ..talk import Recording, Talk


def talks(*, ports=50000, **more):
    """An endless supply of talks on one recording, each from the next port."""
    recording = Recording(**more)

    def following():
        nonlocal ports
        recording.wait(0.01)
        talk = Talk(recording, cport=ports)
        ports += 1
        talk.open()
        return talk

    return recording, following


def exchange(recording, following, *pairs, first="c"):
    """One connection for each (request, response) pair."""
    for request, response in pairs:
        talk = following()
        talk.send("c", request)
        talk.send("s", response)
        talk.close(first)
    return recording


@synthetic(
    "http-chunked.pcap",
    "Is a chunked body put together, with its extensions and trailers shown?",
    "three chunks with an extension cut across segments, the last chunk and two trailer fields; a chunked request as well",
)
def chunked():
    recording, following = talks()
    talk = following()
    talk.send("c", get("/report"))
    head = http("HTTP/1.1 200 OK", "Content-Type: text/plain", "Transfer-Encoding: chunked", "Trailer: Digest, X-Count")
    body = b'6;name=value\r\nfirst \r\nE\r\nsecond, third \r\n10;a="b c"\r\nfourth, and last\r\n0\r\nDigest: none\r\nX-Count: 4\r\n\r\n'
    talk.send("s", head + body[:20])
    talk.send("s", body[20:41])
    talk.send("s", body[41:])
    upload = http("POST /upload HTTP/1.1", "Host: www.example.com", "Transfer-Encoding: chunked")
    talk.send("c", upload + b"5\r\nhello\r\n")
    talk.send("c", b"0\r\n\r\n")
    talk.send("s", ok(b"got 5 bytes\n"))
    talk.close()
    return recording


@synthetic(
    "http-pipelining.pcap",
    "Are pipelined requests paired with their responses?",
    "three requests in one segment, the fourth behind half of the first response; four responses in order",
)
def pipelining():
    recording, following = talks()
    talk = following()
    talk.send("c", get("/1") + get("/2") + get("/3"))
    answers = b"".join(ok(b"answer %d\n" % number) for number in (1, 2, 3, 4))
    talk.send("s", answers[:40])
    talk.send("c", get("/4"))
    talk.send("s", answers[40:200])
    talk.send("s", answers[200:])
    talk.close()
    return recording


@synthetic(
    "http-1xx.pcap",
    "Are interim responses kept apart from the final one (RFC 9110 15.2)?",
    "100 after Expect, then 200; 103 Early Hints twice, then 200; the pairing stays right",
)
def interim():
    recording, following = talks()
    talk = following()
    talk.send("c", http("PUT /file HTTP/1.1", "Host: www.example.com", "Content-Length: 12", "Expect: 100-continue"))
    talk.send("s", http("HTTP/1.1 100 Continue"))
    talk.send("c", b"hello, file\n")
    talk.send("s", ok(b"stored\n", status="201 Created"))
    talk.send("c", get("/page"))
    talk.send("s", http("HTTP/1.1 103 Early Hints", "Link: </style.css>; rel=preload"))
    talk.send("s", http("HTTP/1.1 103 Early Hints", "Link: </script.js>; rel=preload"))
    talk.send("s", ok(b"page\n"))
    talk.close()
    return recording


@synthetic(
    "http-no-body.pcap",
    "Are responses without a body read as such, whatever their headers say?",
    "HEAD with Content-Length 1000, 204, 304 with Content-Length, 205 with length 0, then a GET that has one",
)
def no_body():
    recording, following = talks()
    talk = following()
    pairs = (
        (http("HEAD /big HTTP/1.1", "Host: www.example.com"), http("HTTP/1.1 200 OK", "Content-Length: 1000")),
        (http("DELETE /x HTTP/1.1", "Host: www.example.com"), http("HTTP/1.1 204 No Content")),
        (
            get("/big", "www.example.com", 'If-None-Match: "1"'),
            http("HTTP/1.1 304 Not Modified", "Content-Length: 1000", 'ETag: "1"'),
        ),
        (
            http("POST /form HTTP/1.1", "Host: www.example.com", "Content-Length: 3", body=b"a=b"),
            http("HTTP/1.1 205 Reset Content", "Content-Length: 0"),
        ),
        (get("/small"), ok(b"small\n")),
    )
    for request, response in pairs:
        talk.send("c", request)
        talk.send("s", response)
    talk.close()
    return recording


@synthetic(
    "http-until-close.pcap",
    "Is a body without a length read until the connection closes, and is a cut one told?",
    "HTTP/1.0 until FIN, HTTP/1.1 until FIN, one that a RST cuts, one whose Content-Length is not reached",
)
def until_close():
    recording, following = talks()
    exchange(
        recording,
        following,
        (http("GET /old HTTP/1.0"), http("HTTP/1.0 200 OK", "Content-Type: text/plain", body=b"all of it\n")),
        (get("/new"), http("HTTP/1.1 200 OK", "Content-Type: text/plain", "Connection: close", body=b"all of it too\n")),
        (get("/short"), http("HTTP/1.1 200 OK", "Content-Length: 100", body=b"only a part\n")),
        first="s",
    )
    talk = following()
    talk.send("c", get("/cut"))
    talk.send("s", http("HTTP/1.1 200 OK", "Connection: close", body=b"as far as it"))
    talk.reset("s")
    return recording


@synthetic(
    "http-keep-alive-reasons.pcap",
    "Kept alive or closed after the response, and which header or default decided?",
    "1.0 by default closed, 1.0 with keep-alive, 1.1 by default kept, 1.1 closed by the client's word, by the server's, by Keep-Alive max",
)
def reasons():
    recording, following = talks()
    for version, word, answer, first in (
        ("1.0", (), (), "s"),
        ("1.0", ("Connection: keep-alive",), ("Connection: keep-alive",), "c"),
        ("1.1", (), (), "c"),
        ("1.1", ("Connection: close",), (), "s"),
        ("1.1", (), ("Connection: close",), "s"),
        ("1.1", (), ("Connection: keep-alive", "Keep-Alive: timeout=5, max=1"), "s"),
    ):
        talk = following()
        talk.send("c", http(f"GET / HTTP/{version}", "Host: www.example.com", *word))
        talk.send("s", ok(b"hi\n", *answer).replace(b"HTTP/1.1", f"HTTP/{version}".encode()))
        recording.wait(0 if first == "s" else 5)
        talk.close(first)
    return recording


@synthetic(
    "http-connect.pcap",
    "Is what runs inside a CONNECT tunnel read?",
    "CONNECT refused with 407, then granted; HTTP, then WebSocket inside the tunnel",
)
def connect():
    recording, following = talks()
    talk = following()
    ask = ("CONNECT server.example.com:80 HTTP/1.1", "Host: server.example.com:80")
    talk.send("c", http(*ask))
    talk.send("s", http("HTTP/1.1 407 Proxy Authentication Required", "Proxy-Authenticate: Basic", "Content-Length: 0"))
    talk.send("c", http(*ask, "Proxy-Authorization: Basic dXNlcjpwYXNz"))
    talk.send("s", http("HTTP/1.1 200 Connection established"))
    talk.send("c", get("/inside", "server.example.com"))
    talk.send("s", ok(b"inside the tunnel\n"))
    talk.send("c", upgrade())
    talk.send("s", switching())
    talk.send("c", said(TEXT, "inside twice"))
    talk.send("s", frame(TEXT, "twice indeed"))
    farewell(talk)
    return recording


@synthetic(
    "http-targets.pcap",
    "Are all four forms of a request target read (RFC 9112 3.2)?",
    "origin-form with a query, absolute-form to a proxy, asterisk-form, then authority-form with CONNECT refused",
)
def targets():
    recording, following = talks()
    host = "Host: www.example.com"
    return exchange(
        recording,
        following,
        (get("/path/to?name=value&empty="), ok(b"origin\n")),
        (http("GET http://www.example.com/page HTTP/1.1", host), ok(b"absolute\n")),
        (http("OPTIONS * HTTP/1.1", host), http("HTTP/1.1 204 No Content", "Allow: GET, HEAD")),
        (http("CONNECT www.example.com:443 HTTP/1.1", "Host: www.example.com:443"), ok(b"no\n", status="403 Forbidden")),
    )


@synthetic(
    "http-upgrade-other.pcap",
    "What follows an Upgrade to something that seqdump does not know?",
    "a 101 to `echo/1`; bytes both ways behind it, shown as data",
)
def upgrade_other():
    recording, following = talks()
    talk = following()
    talk.send("c", get("/", "www.example.com", "Upgrade: echo/1", "Connection: Upgrade"))
    talk.send("s", http("HTTP/1.1 101 Switching Protocols", "Upgrade: echo/1", "Connection: Upgrade"))
    talk.send("c", b"ECHO 1\n")
    talk.send("s", b"ECHO 1 BACK\n")
    talk.close()
    return recording


@synthetic(
    "http-early-response.pcap",
    "Is a response that comes before its request is whole paired with it?",
    "413 while 100,000 bytes are still being uploaded; the server closes, the client stops",
)
def early_response():
    recording, following = talks()
    talk = following()
    talk.send("c", http("POST /upload HTTP/1.1", "Host: www.example.com", "Content-Length: 100000", body=b"x" * 1000))
    talk.send("s", ok(b"too much\n", "Connection: close", status="413 Content Too Large"))
    talk.send("c", b"x" * 1000)
    talk.close("s")
    return recording


@synthetic(
    "http-smuggling.pcap",
    "Are the signs of request smuggling told as violations (RFC 9112 6)?",
    "both Content-Length and Transfer-Encoding; Content-Length twice; not a number; chunked in disguise; a broken chunk",
)
def smuggling():
    recording, following = talks()
    post = ("POST /form HTTP/1.1", "Host: www.example.com")
    refused = ok(b"no\n", "Connection: close", status="400 Bad Request")
    return exchange(
        recording,
        following,
        (
            http(*post, "Content-Length: 4", "Transfer-Encoding: chunked", body=b"0\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n"),
            ok(b"one?\n"),
        ),
        (http(*post, "Content-Length: 5", "Content-Length: 3", body=b"a=bcd"), refused),
        (http(*post, "Content-Length: 5, 5", body=b"a=bcd"), ok(b"same twice\n")),
        (http(*post, "Content-Length: +5", body=b"a=bcd"), refused),
        (http(*post, "Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), refused),
        (http(*post, "Transfer-Encoding : chunked", body=b"0\r\n\r\n"), refused),
        (http(*post, "Transfer-Encoding: chunked", body=b"5zz\r\nhello\r\n0\r\n\r\n"), refused),
        first="s",
    )


@synthetic(
    "http-lenient.pcap",
    "Is what real servers let pass read on, and noted?",
    "bare LF, an obsolete fold, a line without a colon, no Host, two Hosts, a NUL, a bare CR, HTTP/1.7, status 42, an empty line first",
)
def lenient():
    recording, following = talks()
    host = "Host: www.example.com"
    return exchange(
        recording,
        following,
        (b"GET /lf HTTP/1.1\nHost: www.example.com\n\n", b"HTTP/1.1 200 OK\nContent-Length: 3\n\nlf\n"),
        (http("GET /fold HTTP/1.1", host, "X-Long: one", "  two"), ok(b"fold\n")),
        (http("GET /colon HTTP/1.1", host, "no colon here"), ok(b"colon\n")),
        (http("GET /nohost HTTP/1.1"), ok(b"no host\n")),
        (http("GET /hosts HTTP/1.1", host, "Host: other.example.com"), ok(b"hosts\n")),
        (http("GET /nul HTTP/1.1", host, "X-Nul: a\0b"), ok(b"nul\n")),
        (http("GET /cr HTTP/1.1", host, "X-Cr: a\rb"), ok(b"cr\n")),
        (http("GET /version HTTP/1.7", host), ok(b"version\n")),
        (get("/status"), http("HTTP/1.1 42 Odd", "Content-Length: 0")),
        (b"\r\n" + get("/blank"), ok(b"blank\n")),
    )


@synthetic(
    "http-unexpected-response.pcap",
    "Is a response to no request told, and the next pair still right?",
    "a server that says 408 unasked on an idle connection after a good exchange, and a port where the server speaks first",
)
def unexpected():
    recording, following = talks()
    talk = following()
    talk.send("c", get("/"))
    talk.send("s", ok(b"fine\n"))
    recording.wait(30)
    talk.send("s", ok(b"too slow\n", "Connection: close", status="408 Request Timeout"))
    talk.close("s")
    talk = following()
    talk.send("s", ok(b"nobody asked\n"))
    talk.send("c", get("/late"))
    talk.send("s", ok(b"asked\n"))
    talk.close()
    return recording


@synthetic(
    "http-server-sent-events.pcap",
    "How does a server push over plain HTTP (text/event-stream)?",
    "one request, one response that never ends: three events in chunks seconds apart",
)
def events():
    recording, following = talks()
    talk = following()
    talk.send("c", get("/events", "www.example.com", "Accept: text/event-stream"))
    talk.send("s", http("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked"))
    for number in (1, 2, 3):
        recording.wait(2)
        event = f"id: {number}\ndata: price {100 + number}\n\n".encode()
        talk.send("s", b"%x\r\n%s\r\n" % (len(event), event))
    talk.close()
    return recording


@synthetic(
    "upgrade-refused.pcap",
    "What follows when a server does not switch to WebSocket?",
    "403; 426 with the version it would take, then a second try that works on the same connection; 200; frames sent all the same",
)
def upgrade_refused():
    recording, following = talks()
    talk = following()
    talk.send("c", upgrade())
    talk.send("s", ok(b"not for you\n", status="403 Forbidden"))
    talk.send("c", upgrade(version="8"))
    talk.send(
        "s",
        http(
            "HTTP/1.1 426 Upgrade Required",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Content-Length: 0",
        ),
    )
    talk.send("c", upgrade())
    talk.send("s", switching())
    talk.send("s", frame(TEXT, "at last"))
    farewell(talk)
    talk = following()
    talk.send("c", upgrade())
    talk.send("s", ok(b"just a page\n"))
    talk.send("c", said(TEXT, "is this a WebSocket?"))
    talk.reset("s")
    return recording
