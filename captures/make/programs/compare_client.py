"""Says the same ten messages by polling, on a kept connection, over WebSocket and over a raw socket."""

import http.client
import socket

from websockets.sync.client import connect

MESSAGES = [f"message {number}" for number in range(10)]


def post(connection, text):
    connection.request("POST", "/echo", text)
    assert connection.getresponse().read().decode() == text


for text in MESSAGES:
    post(http.client.HTTPConnection("127.0.0.1", 8080), text)

kept = http.client.HTTPConnection("127.0.0.1", 8081)
for text in MESSAGES:
    post(kept, text)
kept.close()

with connect("ws://127.0.0.1:8082/", compression=None, proxy=None) as websocket:
    for text in MESSAGES:
        websocket.send(text)
        assert websocket.recv() == text

with socket.create_connection(("127.0.0.1", 9000)) as raw:
    for text in MESSAGES:
        raw.sendall(text.encode())
        assert raw.recv(4096).decode() == text
