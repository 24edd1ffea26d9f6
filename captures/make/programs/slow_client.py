"""A reader with a small receive buffer that sleeps a second before it reads."""

import socket
import time

connection = socket.socket()
connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
connection.connect(("127.0.0.1", 9000))
time.sleep(1)
while connection.recv(1500):
    time.sleep(0.01)
connection.close()
