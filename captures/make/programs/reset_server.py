"""Sends half a response, then cuts the connection with a RST (SO_LINGER with no time to linger)."""

import socket
import struct
import time

listener = socket.create_server(("127.0.0.1", 8080))
connection, _ = listener.accept()
connection.recv(4096)
connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n" + b"half of it.\n" * 4)
time.sleep(0.2)
connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
connection.close()
