"""wss_client.py CERTIFICATE: a WebSocket client over TLS that says two things and hangs up."""

import ssl
import sys

from websockets.sync.client import connect

context = ssl.create_default_context(cafile=sys.argv[1])
with connect("wss://localhost:8443/chat", ssl=context, compression=None) as socket:
    socket.recv()
    for text in ("hello inside TLS", "암호화된 인사"):
        socket.send(text)
        socket.recv()
