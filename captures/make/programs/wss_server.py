"""wss_server.py KEY CERTIFICATE: a WebSocket server over TLS on 127.0.0.1:8443 that echoes and pushes."""

import ssl
import sys

from websockets.sync.server import serve

key, certificate = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


def chat(socket):
    socket.send("welcome inside TLS")
    for text in socket:
        socket.send(f"echo: {text}")


serve(chat, "127.0.0.1", 8443, ssl=context, compression=None).serve_forever()
