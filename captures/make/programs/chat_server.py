"""A chat room on 127.0.0.1:8080: what one client says goes to all."""

import asyncio

from websockets.asyncio.server import broadcast, serve

members = set()


async def room(socket):
    members.add(socket)
    try:
        name = await socket.recv()
        broadcast(members, f"* {name} came")
        async for line in socket:
            broadcast(members, f"{name}: {line}")
    finally:
        members.discard(socket)


async def main():
    async with serve(room, "127.0.0.1", 8080, compression=None) as server:
        await server.serve_forever()


asyncio.run(main())
