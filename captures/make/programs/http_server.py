"""An HTTP/1.1 server on 127.0.0.1:8080; with `close` it hangs up after each response, with `keep-alive` it waits for more."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLOSES = sys.argv[1:] == ["close"]


class Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "example", ""
    wbufsize = -1  # head and body in one segment

    def do_GET(self):
        body = f"This is {self.path}.\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close" if CLOSES else "keep-alive")
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", 8080), Pages).serve_forever()
