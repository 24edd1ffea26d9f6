"""The client's side of a raw socket: socket, connect; then it speaks when it likes, and waits to be ended."""

import socket
import sys
import threading
import time

connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
connection.connect(("127.0.0.1", 9000))
threading.Thread(target=lambda: [None for _ in iter(lambda: connection.recv(4096), b"")], daemon=True).start()
for line in ("hello", "move 3 4", "move 5 5"):
    connection.sendall(f"{line}\n".encode())
    time.sleep(0.5)
print("done")
sys.stdin.read()
