"""tlslite_client.py KEYLOG VERSION CIPHER MAC: one request in SSL 3.0 to TLS 1.2, as `3.0 rc4 md5`; logs its key."""

import socket
import sys

from tlslite.api import HandshakeSettings, TLSConnection

keylog, version, cipher, mac = sys.argv[1:]
settings = HandshakeSettings()
settings.minVersion = settings.maxVersion = tuple(int(part) for part in version.split("."))
settings.cipherNames, settings.macNames = [cipher], [mac]
settings.keyExchangeNames, settings.cipherImplementations = ["rsa"], ["python"]
with socket.create_connection(("127.0.0.1", 8443)) as plain:
    secure = TLSConnection(plain)
    secure.handshakeClientCert(settings=settings)
    with open(keylog, "a") as log:
        random, secret = bytes(secure._clientRandom), bytes(secure.session.masterSecret)
        log.write(f"CLIENT_RANDOM {random.hex()} {secret.hex()}\n")
    secure.send(b"GET /old HTTP/1.0\r\nHost: server.example.com\r\n\r\n")
    while secure.recv(4096):
        pass
    secure.close()
