"""Responses on a real connection: whole ones, streamed ones, and those that go wrong half-way."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.servers import exchange, started


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    """What the path says."""
    path, headers, status = scope["path"], [(b"content-length", b"5"), (b"x-value", b"a\tb")], 200
    if path == "/read":
        await receive()
    if path == "/streamed":
        headers = []
    if path == "/empty":
        headers, status = [], 204
    if path in _BAD:
        headers.append(_BAD[path])
    if path == "/two-lengths":
        headers.insert(0, (b"content-length", b"4"))
    await send({"type": "http.response.start", "status": status, "headers": iter(headers)})
    if path == "/raises":
        raise RuntimeError("half-way")
    if path == "/ends":
        return
    if path == "/streamed":
        await send({"type": "http.response.body", "body": b"he", "more_body": True})
        await send({"type": "http.response.body", "body": b"llo"})
    elif path == "/empty":
        await send({"type": "http.response.body"})
    else:
        await send({"type": "http.response.body", "body": b"hello world" if path == "/long" else b"hello"})


_BAD = {
    "/lines": (b"x-bad", b"a\r\nset-cookie: b=c"),
    "/return": (b"x-bad", b"a\rb"),
    "/feed": (b"x-bad", b"a\nb"),
    "/null": (b"x-bad", b"a\0b"),
    "/name-of-lines": (b"x-bad\r\nset-cookie", b"a=b"),
    "/name-and-more": (b"x-bad: a", b"b"),
    "/name-in-capitals": (b"X-Bad", b"a"),
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A started server."""
    with started(_answer) as port:
        yield port


def _ask(port: int, path: str, method: str = "GET", version: str = "1.1", more: str = "Connection: close\r\n") -> bytes:
    return exchange(port, f"{method} {path} HTTP/{version}\r\nHost: a\r\n{more}\r\n".encode())


@pytest.mark.parametrize(("version", "more"), [("1.1", "Connection: close\r\n"), ("1.0", "")])
def test_a_whole_response(port: int, version: str, more: str) -> None:
    head, _, body = _ask(port, "/", version=version, more=more).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert [line.partition(b":")[0] for line in lines[1:]] == [b"date", b"content-length", b"x-value", b"connection"]
    assert b"x-value: a\tb" in lines
    assert body == b"hello"


def test_a_kept_connection_goes_on(port: int) -> None:
    one = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answer = exchange(port, one, one, last, pause=0.1)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == answer.count(b"\r\n\r\nhello") == 3
    assert answer.count(b"connection: close\r\n") == 1


def test_a_response_comes_in_one_piece(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        for _ in range(20):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert connection.recv(65_536).endswith(b"\r\n\r\nhello")


def test_a_head_has_no_body(port: int) -> None:
    answer = _ask(port, "/", "HEAD")
    assert answer.endswith(b"\r\n\r\n")
    assert b"content-length: 5\r\n" in answer


def test_an_empty_response(port: int) -> None:
    answer = _ask(port, "/empty")
    assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert answer.endswith(b"\r\n\r\n")


def test_a_streamed_response(port: int) -> None:
    answer = _ask(port, "/streamed")
    assert b"transfer-encoding: chunked\r\n" in answer
    assert answer.endswith(b"\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")


@pytest.mark.parametrize("path", ["/raises", "/ends"])
def test_a_response_without_a_body_is_an_error(port: int, path: str) -> None:
    answer = _ask(port, path)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"x-value" not in answer


@pytest.mark.parametrize("path", _BAD)
def test_a_header_that_is_none_is_an_error(port: int, path: str) -> None:
    answer = _ask(port, path)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"x-bad" not in answer.lower()
    assert b"set-cookie" not in answer


def test_no_more_is_sent_than_was_announced(port: int) -> None:
    assert b"world" not in _ask(port, "/long")
    assert b"hello" not in _ask(port, "/two-lengths")


def test_a_client_that_asks_is_told_to_go_on_once(port: int) -> None:
    more = "Connection: close\r\nExpect: 100-continue\r\nContent-Length: 0\r\n"
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert _ask(port, "/read", "POST", more=more).startswith(interim + b"HTTP/1.1 200 OK\r\n")
    assert interim not in _ask(port, "/", "POST", more=more)


def test_who_leaves_early_harms_nobody(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
    assert _ask(port, "/").endswith(b"hello")


def test_an_idle_connection_is_closed() -> None:
    with (
        started(_answer, idle_seconds=1) as port,
        socket.create_connection(("127.0.0.1", port), 10) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(65_536).endswith(b"hello")
        connection.settimeout(5)
        assert connection.recv(1) == b""


def test_a_connection_in_use_is_not_idle() -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(2.5)
        await _answer(scope, receive, send)

    with started(slow, idle_seconds=1) as port:
        assert _ask(port, "/").endswith(b"hello")
