"""A server on 127.0.0.1:8080 that breaks one rule of RFC 6455 on each connection."""

import re
import socket

from make.programs.frames import Reader
from make.speech import BINARY, CONTINUATION, PING, TEXT, frame, said, switching

BROKEN = (
    said(TEXT, "servers must not mask"),
    frame(TEXT, "no extension owns this bit", rsv=4),
    frame(3, "reserved opcode"),
    frame(CONTINUATION, "of what?"),
    frame(PING, "x" * 126),
    frame(TEXT, b"caf\xe9"),
)

listener = socket.create_server(("127.0.0.1", 8080))
for broken in BROKEN:
    connection, _ = listener.accept()
    reader = Reader(connection)
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", reader.head())[1].decode()
    connection.sendall(switching(key=key))
    connection.sendall(frame(BINARY, b"fine so far"))
    connection.sendall(broken)
    try:
        reader.frame()  # the client's close
    except EOFError:
        pass
    connection.close()
