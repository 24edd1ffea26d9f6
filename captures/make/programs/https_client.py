"""https_client.py CERTIFICATE KEYLOG: two requests on one HTTPS connection."""

import http.client
import ssl
import sys

certificate, keylog = sys.argv[1:]
context = ssl.create_default_context(cafile=certificate)
context.keylog_filename = keylog
connection = http.client.HTTPSConnection("localhost", 8443, context=context)
for path in ("/first", "/second"):
    connection.request("GET", path)
    connection.getresponse().read()
connection.close()
