"""echo_client.py URL: a WebSocket client that says three things and hears them again."""

import sys

from websockets.sync.client import connect

with connect(sys.argv[1], compression=None, proxy=None) as socket:
    socket.recv()
    for text in ("one", "둘", "three"):
        socket.send(text)
        socket.recv()
