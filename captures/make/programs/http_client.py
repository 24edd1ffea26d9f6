"""Asks for /first and /second: with `close` on a connection for each, with `keep-alive` on one; then waits to be ended."""

import socket
import sys
import time

CLOSES = sys.argv[1:] == ["close"]
SERVER = ("127.0.0.1", 8080)


def connect():
    return socket.create_connection(SERVER)


def ask(connection, path):
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: example\r\nAccept: */*\r\n\r\n"
    connection.sendall(request.encode())
    if CLOSES:
        while connection.recv(4096):  # the server's FIN ends the response
            pass
        connection.close()
    else:
        connection.recv(4096)


shared = None if CLOSES else connect()
for path in ("/first", "/second"):
    ask(shared or connect(), path)
    time.sleep(0.2)
print("done")
sys.stdin.read()
