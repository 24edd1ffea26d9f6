"""A WebSocket client with nothing but sockets: RFC 6455's sample handshake, one message, the farewell."""

import socket

from make.programs.frames import Reader
from make.speech import CLOSE, PING, PONG, TEXT, close, said, upgrade

connection = socket.create_connection(("127.0.0.1", 80))
reader = Reader(connection)
connection.sendall(upgrade())
assert reader.head().startswith(b"HTTP/1.1 101 "), "the server did not switch"
connection.sendall(said(TEXT, "안녕하세요"))

while True:
    opcode, payload = reader.frame()
    if opcode == PING:
        connection.sendall(said(PONG, payload))
    elif payload == b"bye soon":
        connection.sendall(said(CLOSE, close(1000, "done")))
    elif opcode == CLOSE:
        break
while connection.recv(4096):  # the server hangs up first (RFC 6455 7.1.1)
    pass
