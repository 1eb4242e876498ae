"""The bounds of requests on a real connection: heads are short, bodies are the application's business."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from app.web.server import MAX_HEAD_BYTES, Server, bind, bind_each, configure


async def _echo_size(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the size of the body, and with the names of headers that there are once it has come."""
    size, is_more = 0, True
    while is_more:
        message = await receive()
        size += len(message.get("body", b""))
        is_more = message.get("more_body", False)
    body = str(size).encode()
    names = b" ".join(name for name, _ in scope["headers"])
    headers = [(b"content-length", str(len(body)).encode()), (b"x-seen", names)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A started server."""
    listener, started = bind("127.0.0.1", 0), threading.Event()
    server = Server(configure(_echo_size, shutdown_seconds=1, has_lifespan=False), on_started=started.set)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    assert started.wait(10)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def _exchange(port: int, *parts: bytes) -> bytes:
    """Sends each part in one write, and gives what comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer = b""
        # A server that has refused a request reads no more of it.
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
        with suppress(ConnectionResetError):
            while chunk := connection.recv(65_536):
                answer += chunk
    return answer


def _post(size: int, connection: bytes = b"close") -> bytes:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (connection, size)


@pytest.mark.parametrize("size", [MAX_HEAD_BYTES - 1, MAX_HEAD_BYTES + 1, 200_000, 2_000_000])
def test_a_long_body_is_no_long_head(port: int, size: int) -> None:
    for parts in ((_post(size) + b"b" * size,), (_post(size), b"b" * size)):
        answer = _exchange(port, *parts)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(b"\r\n\r\n%d" % size)


def test_several_requests_in_one_write(port: int) -> None:
    """Together they may be longer than one head."""
    kept = _post(30_000, b"keep-alive") + b"b" * 30_000
    answer = _exchange(port, kept * 4 + _post(30_000) + b"b" * 30_000)
    assert answer.count(b"HTTP/1.1 200 ") == 5
    assert answer.count(b"\r\n\r\n30000") == 5


@pytest.mark.parametrize("before", [b"", _post(3, b"keep-alive") + b"bbb"])
def test_a_long_head_is_refused(port: int, before: bytes) -> None:
    line = b"X-Long: " + b"a" * 8_000 + b"\r\n"
    answer = _exchange(port, before, b"GET / HTTP/1.1\r\nHost: a\r\n", *([line] * 50))
    assert answer.count(b"HTTP/1.1 200 ") == bool(before)
    assert answer.count(b"HTTP/1.1 400 ") == 1


_CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("path", [b"/", b"/" + b"p" * (MAX_HEAD_BYTES // 2)])
def test_a_long_head_in_one_write_is_refused(port: int, path: bytes) -> None:
    """Though the request is complete with it, or much of its body comes along."""
    line = b"X-Long: " + b"a" * (MAX_HEAD_BYTES - len(path)) + b"\r\n"
    for body in (b"", b"b" * 100_000):
        head = b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n" % (path, len(body))
        answer = _exchange(port, head + line + b"\r\n" + body)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("is_apart", [False, True])
def test_trailers_are_no_headers(port: int, is_apart: bool) -> None:
    """A proxy that passes them on vouches for the headers only."""
    parts = [_CHUNKED, b"5\r\nhello\r\n", b"0\r\n", b"X-Forwarded-For: 192.0.2.9\r\n", b"\r\n"]
    answer = _exchange(port, *(parts if is_apart else [b"".join(parts)]))
    assert b"x-seen: host connection transfer-encoding\r\n" in answer
    assert answer.endswith(b"\r\n\r\n5")


@pytest.mark.parametrize("trailers", [b"X-Long: " + b"a" * 8_000 + b"\r\n", b"a" * 8_000])
def test_long_trailers_are_refused(port: int, trailers: bytes) -> None:
    answer = _exchange(port, _CHUNKED, b"5\r\nhello\r\n0\r\nX-First: ", *([trailers] * 50))
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_body_in_many_small_chunks_is_no_long_head(port: int) -> None:
    count = MAX_HEAD_BYTES // 8
    answer = _exchange(port, _CHUNKED, *[b"1\r\n", b"b\r\n"] * count, b"0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n%d" % count)


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
