"""A strict client that meets the violating server six times."""

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

for _ in range(6):
    with connect("ws://127.0.0.1:8080/", compression=None, proxy=None) as socket:
        try:
            while True:
                socket.recv()
        except ConnectionClosed as closed:
            print(closed)
