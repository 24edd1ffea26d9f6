"""Sends each of its words as a datagram to 127.0.0.1:9999 and waits a moment for an answer."""

import socket
import sys

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(0.3)
for word in sys.argv[1:]:
    client.sendto(word.encode(), ("127.0.0.1", 9999))
    try:
        client.recv(4096)
    except TimeoutError:
        print(f"no answer to {word}")
