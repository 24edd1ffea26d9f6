"""tls_client.py KEYLOG SUITE WITHOUT: one TLS 1.2 request with a suite, without `etm` and/or `ems` when asked."""

import socket
import ssl
import sys

NO_ENCRYPT_THEN_MAC, NO_EXTENDED_MASTER_SECRET = 1 << 19, 1 << 0  # openssl/ssl.h

keylog, suite, without = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.keylog_filename = keylog
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.set_ciphers(suite)
context.options |= NO_ENCRYPT_THEN_MAC if "etm" in without else 0
context.options |= NO_EXTENDED_MASTER_SECRET if "ems" in without else 0
with socket.create_connection(("127.0.0.1", 8443)) as plain, context.wrap_socket(plain) as secure:
    secure.sendall(b"GET /hello.txt HTTP/1.0\r\nHost: server.example.com\r\n\r\n")
    while secure.recv(4096):
        pass
