"""Three people in the chat room, each on a WebSocket of its own: they come, talk, and one leaves early."""

import asyncio

from websockets.asyncio.client import connect

SCRIPT = {
    "ann": ((0.4, "hello, who is here?"), (0.5, "shall we start?")),
    "bo": ((0.5, "me!"),),
    "chris": ((0.6, "안녕하세요"), (0.6, "let's go")),
}


async def member(name, delay, lines):
    await asyncio.sleep(delay)
    async with connect("ws://127.0.0.1:8080/room", compression=None) as socket:
        listening = asyncio.create_task(listen(socket))
        await socket.send(name)
        for pause, line in lines:
            await asyncio.sleep(pause)
            await socket.send(line)
        await asyncio.sleep(0.3 if name == "bo" else 0.8)
    await listening


async def listen(socket):
    async for _ in socket:
        pass


async def main():
    await asyncio.gather(*(member(name, 0.1 * at, lines) for at, (name, lines) in enumerate(SCRIPT.items())))


asyncio.run(main())
