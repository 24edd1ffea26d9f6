"""An ASGI application that says which path was asked, and by which HTTP version."""


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = f"{scope['path']} by HTTP/{scope['http_version']}\n".encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
