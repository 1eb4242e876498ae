"""Reading bodies: limits of one, and of all that are still coming."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from app.kit.errors import TooManyRequestsException
from app.web.body import Room, read_body

KIB = 1024


class Client:
    """Sends the parts of a body, each as the test says; None hangs up."""

    def __init__(self, *parts: bytes | None) -> None:
        self._parts: Iterator[bytes | None] = iter(parts)
        self.goes_on = asyncio.Event()
        self.has_sent = asyncio.Event()

    async def _receive(self) -> Message:
        part = next(self._parts, b"")
        if part == b"":
            self.has_sent.set()
            await self.goes_on.wait()
            return {"type": "http.request", "body": b"", "more_body": False}
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": True}

    def request(self) -> Request:
        return Request({"type": "http", "headers": []}, self._receive)


def test_a_body_is_read_whole_up_to_its_limit() -> None:
    async def read(size: int) -> bytes | None:
        client = Client(*[b"b" * KIB] * size)
        client.goes_on.set()
        return await read_body(client.request(), 100 * KIB, 200 * KIB)

    assert asyncio.run(read(100)) == b"b" * 100 * KIB
    assert asyncio.run(read(101)) is None
    assert asyncio.run(read(1_000)) is None


def test_large_bodies_that_dawdle_leave_room_for_small_ones() -> None:
    async def run() -> None:
        room = Room(100 * KIB)
        large = [Client(b"b" * 100 * KIB, b"") for _ in range(2)]
        reading = [asyncio.create_task(read_body(one.request(), 200 * KIB, 0xFFFFFF, room)) for one in large]
        for one in large:
            await one.has_sent.wait()
        with pytest.raises(TooManyRequestsException):
            await read_body(Client(b"b" * 100 * KIB).request(), 200 * KIB, 0xFFFFFF, room)
        small = Client(b"s" * 64 * KIB)
        small.goes_on.set()
        assert await read_body(small.request(), 200 * KIB, 0xFFFFFF, room) == b"s" * 64 * KIB
        for one in large:
            one.goes_on.set()
        assert await asyncio.gather(*reading) == [b"b" * 100 * KIB] * 2
        # What was taken is given back, by those too that were refused, hung up or sent too much.
        with pytest.raises(ClientDisconnect):
            await read_body(Client(b"b" * 160 * KIB, None).request(), 200 * KIB, 0xFFFFFF, room)
        again = Client(b"b" * 164 * KIB, b"b" * 100 * KIB)
        again.goes_on.set()
        assert await read_body(again.request(), 200 * KIB, 0xFFFFFF, room) is None
        room.take(100 * KIB)

    asyncio.run(run())
