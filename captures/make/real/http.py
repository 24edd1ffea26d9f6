"""HTTP by programs that people run: curl, nginx, node, Chromium; content codings, HTTP/2, WebSocket over HTTP/2."""

import time

from ..registry import real
from .purpose import nginx
from .recorder import PROGRAMS, Missing, surroundings


@real(
    "curl-nginx.pcapng",
    "What does curl say to nginx?",
    "one connection: GET, HEAD, a range (206), a redirect (301), a page that is not there (404), gzip; closed by curl",
)
def curl_nginx(stage):
    stage.uses("curl", "nginx")
    site(stage)
    nginx(stage, "site.conf", port=8080)
    stage.listen("tcp port 8080")
    at = "http://127.0.0.1:8080"
    words = ["-sS", f"{at}/hello.txt", "--next", "-sSI", f"{at}/hello.txt", "--next", "-sS", "-r", "0-4", f"{at}/hello.txt"]
    words += ["--next", "-sS", f"{at}/old", "--next", "-sS", f"{at}/nowhere", "--next", "-sS", "--compressed", f"{at}/long.txt"]
    stage.run("curl", *words)


def site(stage, secure=False):
    """The files that nginx serves; `secure` adds TLS and HTTP/2."""
    if secure:
        key, certificate = stage.certificate()
        lines = (
            "listen 127.0.0.1:8443 ssl http2;",
            f"ssl_certificate {certificate};",
            f"ssl_certificate_key {key};",
            "ssl_protocols TLSv1.2 TLSv1.3;",
        )
        (stage.folder / "tls.conf").write_text("\n".join(lines))
    (stage.folder / "hello.txt").write_text("hello from nginx\n")
    (stage.folder / "long.txt").write_text("the same line again and again\n" * 60)


@real(
    "http-encodings.pcapng",
    "Are coded bodies shown decoded, with both sizes?",
    "gzip, deflate (zlib and raw), br, zstd, gzip in chunks, gzip twice, an unknown coding and a broken gzip, from node to curl",
)
def encodings(stage):
    stage.uses("node", "curl")
    stage.start("node", PROGRAMS / "encoding_server.cjs", port=8080)
    stage.listen("tcp port 8080")
    names = ("gzip", "deflate", "raw-deflate", "br", "zstd", "chunked-gzip", "gzip-gzip", "unknown", "broken-gzip")
    stage.run("curl", "-sS", *[f"http://127.0.0.1:8080/{name}" for name in names])


@real(
    "curl-nginx-h2.pcapng",
    "Are requests over HTTP/2 inside TLS 1.3 shown as requests and responses?",
    "ALPN h2, three streams, headers from the dynamic table, one gzipped response, one 404; keys are in the file",
)
def curl_nginx_h2(stage):
    stage.uses("curl", "nginx", "openssl")
    site(stage, secure=True)
    nginx(stage, "site.conf", port=8443)
    stage.listen("tcp port 8443")
    urls = [f"https://localhost:8443/{name}" for name in ("hello.txt", "long.txt", "nowhere")]
    command = ["curl", "-sSk", "--http2", "--compressed"]
    stage.run(*command, *urls, env={"SSLKEYLOGFILE": str(stage.keylog)})


@real(
    "curl-nginx-http11-tls.pcapng",
    "Is HTTP/1.1 inside TLS 1.2 and 1.3 between curl and nginx read?",
    "one connection with TLS 1.2, one with 1.3, two requests on each; keys are in the file",
)
def curl_nginx_tls(stage):
    stage.uses("curl", "nginx", "openssl")
    site(stage, secure=True)
    nginx(stage, "site.conf", port=8443)
    stage.listen("tcp port 8443")
    for version in ("1.2", "1.3"):
        urls = ("https://localhost:8443/hello.txt", "https://localhost:8443/old")
        stage.run("curl", "-sSk", "--http1.1", "--tls-max", version, *urls, env={"SSLKEYLOGFILE": str(stage.keylog)})


@real(
    "h2c.pcapng",
    "Is HTTP/2 without TLS recognised, by prior knowledge and by Upgrade?",
    "curl to Hypercorn: a connection that begins with the preface; one where "
    "a 101 to h2c answers a GET, whose response comes on stream 1",
)
def h2c(stage):
    stage.uses("curl", "Hypercorn")
    words = ["--bind", "127.0.0.1:8080", "--workers", "0", "hypercorn_app:app"]
    stage.start("python3", "-m", "hypercorn", *words, port=8080, env=programs_importable())
    stage.listen("tcp port 8080")
    stage.run("curl", "-sS", "--http2-prior-knowledge", "http://127.0.0.1:8080/prior-knowledge")
    stage.run("curl", "-sS", "--http2", "http://127.0.0.1:8080/upgrade")


def programs_importable():
    """A PYTHONPATH with `make/programs` in front."""
    return {"PYTHONPATH": f"{PROGRAMS}:{surroundings()['PYTHONPATH']}"}


@real(
    "h2-websocket.pcapng",
    "Is a WebSocket over HTTP/2 shown as WebSocket (RFC 8441)?",
    "node to node: SETTINGS_ENABLE_CONNECT_PROTOCOL, an extended CONNECT, 200, frames in DATA "
    "both ways beside an ordinary GET; keys are in the file",
)
def h2_websocket(stage):
    stage.uses("node", "openssl")
    key, certificate = stage.certificate()
    stage.start("node", PROGRAMS / "h2_server.cjs", key, certificate, port=8443)
    stage.listen("tcp port 8443")
    stage.run("node", f"--tls-keylog={stage.keylog}", PROGRAMS / "h2_websocket_client.cjs", certificate)


@real(
    "h2-trouble.pcapng",
    "Are RST_STREAM, PING, GOAWAY and a flow-control stall shown?",
    "without TLS: a stream the server resets, one the client cancels, a PING, a body that waits for WINDOW_UPDATE, then GOAWAY",
)
def h2_trouble(stage):
    stage.uses("node")
    stage.start("node", PROGRAMS / "h2_server.cjs", port=8080)
    stage.listen("tcp port 8080")
    stage.run("node", PROGRAMS / "h2_trouble_client.cjs")


def browse(stage, url, *words):
    """Let a headless Chromium open a page whose last image comes when its WebSocket is closed."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    command += [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP server.example.com 127.0.0.1",
        "--ignore-certificate-errors",
    ]
    command += ["--host-resolver-rules=MAP server.example.com 127.0.0.1"]
    command += [f"--user-data-dir={stage.folder / 'profile'}", f"--ssl-key-log-file={stage.keylog}", "--virtual-time-budget=8000"]
    page = stage.run(*command, *words, "--dump-dom", url)
    if "done 1000" not in page:
        raise Missing(f"the page did not finish: {page[-300:]}")


@real(
    "chromium-websocket.pcapng",
    "What does a browser send to open a WebSocket, and over plain TCP?",
    "Chromium loads a page over HTTP/1.1, then opens a WebSocket with permessage-deflate to the same port; echo, push, close 1000",
)
def chromium_websocket(stage):
    stage.uses("Chromium", "node", "node's ws")
    stage.start("node", PROGRAMS / "page_server.cjs", "8080", port=8080)
    stage.listen("tcp port 8080")
    browse(stage, "http://127.0.0.1:8080/")


@real(
    "chromium-wss.pcapng",
    "What does a browser send to open a WebSocket over TLS?",
    "Chromium loads a page over TLS 1.3 and HTTP/1.1, then opens a WSS on a second connection that resumes the session; "
    "keys are in the file",
)
def chromium_wss(stage):
    stage.uses("Chromium", "node", "node's ws")
    key, certificate = stage.certificate()
    stage.start("node", PROGRAMS / "page_server.cjs", "8443", key, certificate, port=8443)
    stage.listen("tcp port 8443")
    browse(stage, "https://server.example.com:8443/")


@real(
    "chromium-h2-websocket.pcapng",
    "Does a browser's WebSocket share the HTTP/2 connection of its page?",
    "Chromium loads a page over HTTP/2, then opens its WebSocket as a stream of the same connection (RFC 8441); keys are in the file",
)
def chromium_h2_websocket(stage):
    stage.uses("Chromium", "node")
    key, certificate = stage.certificate()
    stage.start("node", PROGRAMS / "h2_server.cjs", key, certificate, port=8443)
    stage.listen("tcp port 8443")
    browse(stage, "https://server.example.com:8443/page")
    time.sleep(0.1)
