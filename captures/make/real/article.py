"""The article's conversations: HTTP with and without keep-alive, raw sockets, WebSocket, WSS; and how TCP can refuse."""

import time

from ..registry import real
from .recorder import PROGRAMS


def http(stage, mode):
    """Two requests to a small HTTP server; the client stays until the scene is over."""
    stage.uses("Python")
    stage.start("python3", PROGRAMS / "http_server.py", mode, port=8080)
    stage.listen("tcp port 8080")
    client = stage.start("python3", PROGRAMS / "http_client.py", mode)
    stage.until(client, "done")
    stage.hush()


@real(
    "http-close.pcapng",
    "Does the server close the connection after each response, and by which header?",
    "two connections, one request and one response each; `Connection: close`; the server sends the first FIN",
)
def http_close(stage):
    http(stage, "close")


@real(
    "http-keepalive.pcapng",
    "Do two requests share one connection that stays?",
    "one connection, two requests and responses, no FIN when the capture ends",
)
def http_keepalive(stage):
    http(stage, "keep-alive")


@real(
    "socket.pcapng",
    "What does a raw TCP socket look like, where both sides speak when they like?",
    "data from the client, pushes of the server that nobody asked for, crossing lines, no FIN when the capture ends",
)
def socket(stage):
    stage.uses("Python")
    stage.start("python3", PROGRAMS / "socket_server.py", port=9000)
    stage.listen("tcp port 9000")
    client = stage.start("python3", PROGRAMS / "socket_client.py")
    stage.until(client, "done")
    stage.hush()


@real(
    "udp.pcapng",
    "What do datagrams look like, which know no connection?",
    "two clients, four datagrams out, three answers; one datagram is never answered",
)
def udp(stage):
    stage.uses("Python")
    stage.start("python3", PROGRAMS / "udp_server.py", port=9999, transport="udp")
    stage.listen("udp port 9999")
    stage.python("udp_client.py", "one", "two")
    stage.python("udp_client.py", "three", "silence")


@real(
    "websocket.pcapng",
    "How does HTTP become WebSocket on the same TCP connection?",
    "SYN, SYN+ACK, ACK; GET /chat with RFC 6455's sample key; the 101; text both ways (also Korean), ping and pong, close 1000",
)
def websocket(stage):
    stage.uses("Python")
    stage.start("python3", PROGRAMS / "websocket_server.py", port=80)
    stage.listen("tcp port 80")
    stage.python("websocket_client.py")


@real(
    "websocket-deflate-fragmented.pcapng",
    "Are compressed messages in several frames put together and inflated, with context takeover?",
    "permessage-deflate agreed; a text in three compressed frames, the same text again (shorter: takeover), one left uncompressed",
)
def websocket_deflate_fragmented(stage):
    stage.uses("node", "node's ws")
    stage.start("node", PROGRAMS / "deflate_server.cjs", port=8080)
    stage.listen("tcp port 8080")
    stage.run("node", PROGRAMS / "deflate_client.cjs")


@real(
    "wss-tls12.pcapng",
    "How does WSS stand on TLS 1.2, with the keys at hand?",
    "TCP, then two round trips of TLS 1.2, then the upgrade and the frames inside it (keys are in the file)",
)
def wss_tls12(stage):
    stage.uses("node", "node's ws", "Python's websockets")
    key, certificate = stage.certificate()
    words = ["--tls-max-v1.2", f"--tls-keylog={stage.keylog}", PROGRAMS / "wss_server.cjs", key, certificate]
    stage.start("node", *words, port=8443)
    stage.listen("tcp port 8443")
    stage.python("wss_client.py", certificate)


@real(
    "wss-tls13.pcapng",
    "How does WSS stand on TLS 1.3, with the keys at hand?",
    "TCP, one round trip of TLS 1.3, session tickets, then the upgrade and the frames inside it (keys are in the file)",
)
def wss_tls13(stage):
    stage.uses("Python's websockets", "node", "node's ws")
    key, certificate = stage.certificate()
    stage.start("python3", PROGRAMS / "wss_server.py", key, certificate, port=8443)
    stage.listen("tcp port 8443")
    stage.run("node", f"--tls-keylog={stage.keylog}", PROGRAMS / "wss_client.cjs", certificate)


@real("refused.pcapng", "What happens when nobody listens?", "a SYN and the RST that answers it, over IPv4 and over IPv6")
def refused(stage):
    stage.uses("curl")
    stage.listen("tcp port 8081")
    stage.run("curl", "-sS", "http://127.0.0.1:8081/", status=(7,))
    stage.run("curl", "-sS", "http://[::1]:8081/", status=(7,))


@real(
    "reset.pcapng",
    "What does a connection look like that one side cuts?",
    "a request, half of the response, then a RST by the server (SO_LINGER 0) in place of a FIN",
)
def reset(stage):
    stage.uses("Python", "curl")
    stage.start("python3", PROGRAMS / "reset_server.py", port=8080)
    stage.listen("tcp port 8080")
    stage.run("curl", "-sS", "http://127.0.0.1:8080/file", status=(56,))
    time.sleep(0.1)
