"""The same echo in four ways: HTTP that closes (8080), HTTP kept alive (8081), WebSocket (8082), raw socket (9000)."""

import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from websockets.sync.server import serve


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "example", ""
    wbufsize = -1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.server.server_port == 8080:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


class Raw(socketserver.BaseRequestHandler):
    def handle(self):
        while text := self.request.recv(4096):
            self.request.sendall(text)


def echo(socket):
    for text in socket:
        socket.send(text)


servers = [ThreadingHTTPServer(("127.0.0.1", port), Echo) for port in (8080, 8081)]
servers.append(serve(echo, "127.0.0.1", 8082, compression=None))
for server in servers:
    threading.Thread(target=server.serve_forever, daemon=True).start()
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", 9000), Raw).serve_forever()
