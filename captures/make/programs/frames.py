"""Reads an HTTP head and WebSocket frames from a socket, one at a time."""

import struct


class Reader:
    """Buffered reading from `connection`."""

    def __init__(self, connection):
        self.connection, self.held = connection, b""

    def more(self):
        chunk = self.connection.recv(65536)
        if not chunk:
            raise EOFError("the other side hung up")
        self.held += chunk

    def take(self, count):
        while len(self.held) < count:
            self.more()
        taken, self.held = self.held[:count], self.held[count:]
        return taken

    def head(self):
        """Everything up to and with the empty line."""
        while b"\r\n\r\n" not in self.held:
            self.more()
        return self.take(self.held.index(b"\r\n\r\n") + 4)

    def frame(self):
        """The opcode and the unmasked payload of the next frame."""
        first, second = self.take(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", self.take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.take(8))[0]
        mask = self.take(4) if second & 0x80 else bytes(4)
        payload = self.take(size)
        return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
