"""Load that comes at a fixed rate whatever becomes of it, for a process of its own."""

import asyncio
import itertools

import uvloop


def hammer(port: int, requests: list[bytes], per_second: int) -> None:
    """Sends the requests over and over, each on a connection of its own, until the process is ended."""
    uvloop.run(_hammer(port, requests, per_second))


async def _hammer(port: int, requests: list[bytes], per_second: int) -> None:
    async with asyncio.TaskGroup() as group:
        for request in itertools.cycle(requests):
            group.create_task(_send(port, request))
            await asyncio.sleep(1 / per_second)


async def _send(port: int, request: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
