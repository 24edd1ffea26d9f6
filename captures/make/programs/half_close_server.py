"""Reads lines until the client is done, then answers each of them slowly, then closes."""

import socket
import time

listener = socket.create_server(("127.0.0.1", 9000))
connection, _ = listener.accept()
lines = b""
while more := connection.recv(4096):
    lines += more
for line in lines.splitlines():
    time.sleep(0.3)
    connection.sendall(line.upper() + b"\n")
connection.close()
