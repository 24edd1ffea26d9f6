"""The server's side of a raw socket: socket, bind, listen, accept; then it answers, and it also speaks unasked."""

import socket
import threading
import time

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 9000))
listener.listen()
connection, _ = listener.accept()


def push():
    for score in ("1:0", "1:1", "2:1"):
        time.sleep(0.4)
        connection.sendall(f"score {score}\n".encode())


def answer():
    while line := connection.recv(4096):
        connection.sendall(b"heard: " + line)


threading.Thread(target=push, daemon=True).start()
answer()
