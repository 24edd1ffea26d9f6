"""tlslite_server.py KEY CERTIFICATE: answers one line in each TLS connection, in whatever old version is asked for."""

import socket
import sys

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

key = parsePEMKey(open(sys.argv[1]).read(), private=True)
chain = X509CertChain()
chain.parsePemList(open(sys.argv[2]).read())
settings = HandshakeSettings()
settings.minVersion, settings.maxVersion = (3, 0), (3, 3)
settings.cipherNames, settings.macNames = ["rc4"], ["md5", "sha"]
settings.cipherImplementations = ["python"]
with socket.create_server(("127.0.0.1", 8443)) as listener:
    while True:
        plain, _ = listener.accept()
        secure = TLSConnection(plain)
        secure.handshakeServer(certChain=chain, privateKey=key, settings=settings)
        question = secure.recv(4096)
        secure.send(b"HTTP/1.0 200 OK\r\n\r\nyou said " + question.split(b"\r\n")[0] + b"\n")
        secure.close()
        plain.close()
