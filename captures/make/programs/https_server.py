"""https_server.py KEY CERTIFICATE: an HTTPS server of Python's standard library on 127.0.0.1:8443."""

import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

key, certificate = sys.argv[1:]


class Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"This is {self.path} inside TLS.\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server = ThreadingHTTPServer(("127.0.0.1", 8443), Pages)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
