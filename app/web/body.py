"""The body of a request, read up to a limit."""

from starlette.requests import ClientDisconnect, Request

from app.kit.errors import TooManyRequestsException

# As much of each body is kept whatever the others take, so that large ones that dawdle shut nobody out who sends a form.
_FREE_BYTES = 64 * 1024


class Room:
    """How much memory all bodies together may take that are still coming, beyond the first 64 KiB of each."""

    def __init__(self, capacity: int) -> None:
        self._left = capacity

    def take(self, size: int) -> None:
        """Takes some; raises TooManyRequestsException if there is no more."""
        if size > self._left:
            raise TooManyRequestsException()
        self._left -= size

    def give_back(self, size: int) -> None:
        """Gives back what was taken."""
        self._left += size


_ROOM = Room(256 * 1024 * 1024)


async def read_body(request: Request, limit: int, discards_to: int, room: Room = _ROOM) -> bytes | None:
    """The whole body, None for one longer than `limit` bytes; raises ClientDisconnect, TooManyRequestsException.

    What is too long is read on and thrown away up to `discards_to` bytes: a client still sending would not see the answer.
    """
    chunks: list[bytes] = []
    size, taken, is_more = 0, 0, True
    try:
        while is_more and size <= discards_to:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                chunks.clear()
            else:
                chunks.append(chunk)
                if size - taken > _FREE_BYTES:
                    room.take(size - taken - _FREE_BYTES)
                    taken = size - _FREE_BYTES
            is_more = message.get("more_body", False)
    finally:
        room.give_back(taken)
    return None if size > limit else b"".join(chunks)
