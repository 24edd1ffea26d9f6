"""A WebSocket server with nothing but sockets (RFC 6455): one client, the handshake, a few messages, the farewell."""

import socket
import time

from make.programs.frames import Reader
from make.speech import CLOSE, PING, PONG, TEXT, close, frame, switching

listener = socket.create_server(("127.0.0.1", 80))
connection, _ = listener.accept()
reader = Reader(connection)
request = reader.head()
assert request.startswith(b"GET /chat HTTP/1.1\r\n"), request
connection.sendall(switching())

while True:
    opcode, payload = reader.frame()
    if opcode == TEXT:
        connection.sendall(frame(TEXT, "you said: " + payload.decode()))
        time.sleep(0.3)
        connection.sendall(frame(TEXT, "서버가 먼저 보냅니다"))  # a push that nobody asked for
        time.sleep(0.2)
        connection.sendall(frame(PING, "still there?"))
    elif opcode == PONG:
        connection.sendall(frame(TEXT, "bye soon"))
    elif opcode == CLOSE:
        connection.sendall(frame(CLOSE, close(1000)))
        break
connection.shutdown(socket.SHUT_WR)
connection.recv(1)
