"""The bounds of requests on a real connection: heads are short, bodies are the application's business."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from app.web.protocol import MAX_HEAD_BYTES
from app.web.server import bind_each
from tests.web.servers import exchange, started

# More than the kernel takes off a server's hands for a client that reads nothing.
_LARGE = 32 * 1024 * 1024


async def _echo_size(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the size of the body, and with the names of headers that there are once it has come.

    At /early without the body, at /large with much, at /late after a moment, at /early-late both.
    """
    size, is_more = 0, "early" not in scope["path"]
    while is_more:
        message = await receive()
        size += len(message.get("body", b""))
        is_more = message.get("more_body", False)
    if "late" in scope["path"]:
        await asyncio.sleep(0.2)
    body = b"l" * _LARGE if scope["path"] == "/large" else str(size).encode()
    names = b" ".join(name for name, _ in scope["headers"])
    headers = [(b"content-length", str(len(body)).encode()), (b"x-seen", names)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A started server."""
    with started(_echo_size) as port:
        yield port


def _post(size: int, connection: bytes = b"close") -> bytes:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (connection, size)


@pytest.mark.parametrize("size", [MAX_HEAD_BYTES - 1, MAX_HEAD_BYTES + 1, 200_000, 2_000_000])
def test_a_long_body_is_no_long_head(port: int, size: int) -> None:
    for parts in ((_post(size) + b"b" * size,), (_post(size), b"b" * size)):
        answer = exchange(port, *parts)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(b"\r\n\r\n%d" % size)


def test_several_requests_in_one_write(port: int) -> None:
    """Together they may be longer than one head."""
    kept = _post(30_000, b"keep-alive") + b"b" * 30_000
    answer = exchange(port, kept * 4 + _post(30_000) + b"b" * 30_000)
    assert answer.count(b"HTTP/1.1 200 ") == 5
    assert answer.count(b"\r\n\r\n30000") == 5


@pytest.mark.parametrize("before", [b"", _post(3, b"keep-alive") + b"bbb"])
def test_a_long_head_is_refused(port: int, before: bytes) -> None:
    line = b"X-Long: " + b"a" * 8_000 + b"\r\n"
    answer = exchange(port, before, b"GET / HTTP/1.1\r\nHost: a\r\n", *([line] * 50))
    assert answer.count(b"HTTP/1.1 200 ") == bool(before)
    assert answer.count(b"HTTP/1.1 400 ") == 1


_CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("path", [b"/", b"/" + b"p" * (MAX_HEAD_BYTES // 2)])
def test_a_long_head_in_one_write_is_refused(port: int, path: bytes) -> None:
    """Though the request is complete with it, or much of its body comes along."""
    line = b"X-Long: " + b"a" * (MAX_HEAD_BYTES - len(path)) + b"\r\n"
    for body in (b"", b"b" * 100_000):
        head = b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n" % (path, len(body))
        answer = exchange(port, head + line + b"\r\n" + body)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("is_apart", [False, True])
def test_trailers_are_no_headers(port: int, is_apart: bool) -> None:
    """A proxy that passes them on vouches for the headers only."""
    parts = [_CHUNKED, b"5\r\nhello\r\n", b"0\r\n", b"X-Forwarded-For: 192.0.2.9\r\n", b"\r\n"]
    answer = exchange(port, *(parts if is_apart else [b"".join(parts)]))
    assert b"x-seen: host connection transfer-encoding\r\n" in answer
    assert answer.endswith(b"\r\n\r\n5")


@pytest.mark.parametrize("trailers", [b"X-Long: " + b"a" * 8_000 + b"\r\n", b"a" * 8_000])
def test_long_trailers_are_refused(port: int, trailers: bytes) -> None:
    answer = exchange(port, _CHUNKED, b"5\r\nhello\r\n0\r\nX-First: ", *([trailers] * 50))
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_body_in_many_small_chunks_is_no_long_head(port: int) -> None:
    count = MAX_HEAD_BYTES // 8
    answer = exchange(port, _CHUNKED, *[b"1\r\n", b"b\r\n"] * count, b"0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n%d" % count)


_SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("is_apart", [False, True])
@pytest.mark.parametrize("offer", [b"Connection: upgrade\r\nUpgrade: h2c", b"Proxy-Connection: Upgrade\r\nUpgrade: x"])
@pytest.mark.parametrize(
    ("length", "body"),
    [
        (b"Content-Length: %d" % len(_SMUGGLED), _SMUGGLED),
        (b"Transfer-Encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(_SMUGGLED), _SMUGGLED)),
    ],
)
def test_a_body_beside_an_offer_to_upgrade_is_no_request(
    port: int, offer: bytes, length: bytes, body: bytes, is_apart: bool
) -> None:
    """A proxy in front takes it for a body: the answer to a second request would be given to somebody else."""
    head = b"POST /early HTTP/1.1\r\nHost: a\r\n%s\r\n%s\r\n\r\n" % (offer, length)
    answer = exchange(port, head, body, pause=0.05) if is_apart else exchange(port, head + body)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_an_offer_to_upgrade_is_declined(port: int) -> None:
    offer = b"Connection: Upgrade, close\r\nUpgrade: h2c\r\nContent-Length: 0\r\n"
    assert exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\n" + offer + b"\r\n").startswith(b"HTTP/1.1 200 ")


def test_few_requests_wait_for_the_one_before(port: int) -> None:
    one = b"GET /late HTTP/1.1\r\nHost: a\r\n\r\n"
    assert exchange(port, one * 2 + _post(0)).count(b"HTTP/1.1 200 ") == 3
    assert exchange(port, one * 10_000) == b""


def test_no_answer_is_taken_for_that_to_another_request(port: int) -> None:
    assert exchange(port, b"GET /late HTTP/1.1\r\nHost: a\r\n\r\n\x01nonsense") == b""
    assert exchange(port, b"\x01nonsense").startswith(b"HTTP/1.1 400 ")


def test_what_has_come_is_answered_before_more_is_read(port: int) -> None:
    body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"
    late = b"GET /early-late HTTP/1.1\r\nHost: a\r\n\r\n"
    assert exchange(port, body + late * 2, b"\x01nonsense", pause=0.1).count(b"HTTP/1.1 200 ") == 2


def test_nobody_holds_a_connection_for_ever() -> None:
    """Neither by what belongs to no request, nor by what comes after the answer, nor by not reading it."""
    first = {
        b"\r\n": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"bbb": b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n",
        b"": b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
        b"G": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    }
    with started(_echo_size, slow_seconds=0.5) as port:
        connections = {second: socket.create_connection(("127.0.0.1", port), 10) for second in first}
        for second, connection in connections.items():
            connection.sendall(first[second])
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
            connection.sendall(second)
        time.sleep(2.5)  # once a second the server looks who is slow
        received = {second: _rest(connection) for second, connection in connections.items()}
    assert 0 < received.pop(b"") < _LARGE
    assert max(received.values()) < 1_000


def _rest(connection: socket.socket) -> int:
    """How many bytes still come until the server has hung up; raises TimeoutError if it does not."""
    size = 0
    connection.settimeout(0.5)
    with connection, suppress(ConnectionResetError):
        while chunk := connection.recv(1_000_000):
            size += len(chunk)
    return size


def test_connections_are_divided_among_the_sockets_of_an_address() -> None:
    listeners = bind_each("127.0.0.1", 0, 2)
    port = listeners[0].getsockname()[1]
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(64)]
    try:
        # Of 64 coins fewer than 8 heads, or tails, come once in ten thousand million throws.
        assert min(_waiting(listener) for listener in listeners) >= 8
        with pytest.raises(OSError, match="in use"):
            bind_each("127.0.0.1", port, 2)
    finally:
        for one in (*listeners, *connections):
            one.close()


def _waiting(listener: socket.socket) -> int:
    """How many connections a socket has to accept."""
    listener.setblocking(False)
    accepted = 0
    with suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
            accepted += 1
    return accepted
