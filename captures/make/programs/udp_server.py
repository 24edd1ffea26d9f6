"""Answers datagrams on 127.0.0.1:9999, except the one that says silence."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 9999))
while True:
    datagram, sender = server.recvfrom(4096)
    if datagram != b"silence":
        server.sendto(b"got " + datagram, sender)
