"""Sends 24,000 bytes as fast as it may."""

import socket

listener = socket.create_server(("127.0.0.1", 9000))
connection, _ = listener.accept()
connection.sendall(b"".join(b"%07d\n" % number for number in range(3000)))
connection.close()
