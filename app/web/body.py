"""The body of a request, read up to a limit."""

from starlette.requests import ClientDisconnect, Request


async def read_body(request: Request, limit: int, discards_to: int) -> bytes | None:
    """The whole body, None for one longer than `limit` bytes; raises ClientDisconnect.

    What is too long is read on and thrown away up to `discards_to` bytes: a client still sending would not see the answer.
    """
    chunks, size, is_more = [], 0, True
    while is_more and size <= discards_to:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        is_more = message.get("more_body", False)
    return None if size > limit else b"".join(chunks)
