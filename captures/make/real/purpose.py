"""Scenes with a purpose: chat, proxy, half-close, slow reader, rule breaking, and the same ten messages in four ways."""

import shutil
import time

from ..registry import real
from .recorder import PROGRAMS


@real(
    "chat.pcapng",
    "Three clients and one server: who said what to whom?",
    "three WebSockets to one port; each line that one client says is pushed to all three; one leaves early",
)
def chat(stage):
    stage.uses("Python's websockets")
    stage.start("python3", PROGRAMS / "chat_server.py", port=8080)
    stage.listen("tcp port 8080")
    stage.python("chat_clients.py")


@real(
    "proxy.pcapng",
    "What does a WebSocket look like on both sides of a reverse proxy?",
    "client to nginx (8080) and nginx to server (9000): two connections with the same key and the same frames; the headers differ",
)
def proxy(stage):
    stage.uses("nginx", "Python's websockets")
    stage.start("python3", PROGRAMS / "echo_server.py", "9000", port=9000)
    nginx(stage, "proxy.conf", port=8080)
    stage.listen("tcp port 8080 or tcp port 9000")
    stage.python("echo_client.py", "ws://127.0.0.1:8080/echo")


@real(
    "proxy-tls.pcapng",
    "What does a reverse proxy see that ends TLS: WSS outside, WS inside?",
    "client to nginx (8443) in TLS 1.3, nginx to server (9000) in the clear: the same key and frames on both; the keys are in the file",
)
def proxy_tls(stage):
    stage.uses("node", "node's ws", "nginx", "Python's websockets")
    key, certificate = stage.certificate()
    secure = (
        "listen 127.0.0.1:8443 ssl;",
        f"ssl_certificate {certificate};",
        f"ssl_certificate_key {key};",
        "ssl_protocols TLSv1.3;",
    )
    (stage.folder / "tls.conf").write_text("\n".join(secure))
    stage.start("python3", PROGRAMS / "echo_server.py", "9000", port=9000)
    nginx(stage, "proxy.conf", port=8443)
    stage.listen("tcp port 8443 or tcp port 9000")
    stage.run("node", f"--tls-keylog={stage.keylog}", PROGRAMS / "wss_client.cjs", certificate)


def nginx(stage, name, port):
    """Start nginx with a configuration of `make/programs`, copied so that what it includes and writes is on the stage."""
    configuration = shutil.copy(PROGRAMS / name, stage.folder)
    return stage.start("nginx", "-p", stage.folder, "-c", configuration, "-e", "stderr", port=port)


@real(
    "half-close.pcapng",
    "Can one side be done sending while the other still speaks?",
    "the client's FIN after its last line (shutdown), then a second of data from the server, then the server's FIN",
)
def half_close(stage):
    stage.uses("Python")
    stage.start("python3", PROGRAMS / "half_close_server.py", port=9000)
    stage.listen("tcp port 9000")
    stage.python("half_close_client.py")


@real(
    "slow.pcapng",
    "What does a reader that is too slow look like?",
    "a small receive buffer that fills, the window closed, probes, then an update as the reader wakes up",
)
def slow(stage):
    stage.uses("Python")
    stage.start("python3", PROGRAMS / "slow_server.py", port=9000)
    stage.listen("tcp port 9000")
    stage.python("slow_client.py")


@real(
    "violations.pcapng",
    "What does a client do when a server breaks RFC 6455?",
    "six connections, one rule broken in each "
    "(mask, RSV1, opcode 3, lone continuation, long ping, bad UTF-8); the client closes with 1002 or 1007",
)
def violations(stage):
    stage.uses("Python's websockets")
    stage.start("python3", PROGRAMS / "violating_server.py", port=8080)
    stage.listen("tcp port 8080")
    stage.python("violated_client.py")


@real(
    "compare.pcapng",
    "What do ten messages cost by polling, keep-alive, WebSocket and raw socket?",
    "ten connections with Connection: close (8080), one kept alive (8081), one WebSocket (8082), one raw socket (9000), the same texts",
)
def compare(stage):
    stage.uses("Python", "Python's websockets")
    stage.start("python3", PROGRAMS / "compare_server.py", port=9000)
    stage.listen("tcp port 8080 or 8081 or 8082 or 9000")
    stage.python("compare_client.py")


@real(
    "any-interface.pcapng",
    "Is loopback traffic read that was captured on `-i any`?",
    "one HTTP exchange in Linux cooked capture v2, each packet once",
)
def any_interface(stage):
    stage.uses("Python", "curl")
    stage.start("python3", PROGRAMS / "http_server.py", "keep-alive", port=8080)
    stage.listen("tcp port 8080", interface="any")
    stage.run("curl", "-sS", "http://127.0.0.1:8080/any")


@real(
    "udp-unreachable.pcapng",
    "What happens to a datagram that nobody waits for?",
    "a datagram and the ICMP port unreachable that answers it, over IPv4",
)
def udp_unreachable(stage):
    stage.uses("Python")
    stage.listen("udp port 9998 or icmp")
    code = "import socket; s = socket.socket(2, 2); s.connect(('127.0.0.1', 9998)); s.send(b'anybody?')"
    stage.run("python3", "-c", code)
    time.sleep(0.1)
