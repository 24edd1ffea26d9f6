"""echo_server.py PORT: a WebSocket server on 127.0.0.1 that echoes, and pushes a greeting."""

import sys

from websockets.sync.server import serve


def echo(socket):
    socket.send("the server greets")
    for text in socket:
        socket.send(f"echo: {text}")


serve(echo, "127.0.0.1", int(sys.argv[1]), compression=None).serve_forever()
