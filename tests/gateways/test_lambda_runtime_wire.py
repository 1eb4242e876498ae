"""Requests of a runtime client, read within bounds, however they are cut up."""

import pytest

from app.gateways.lambda_runtime.wire import (
    MOST_BODY_BYTES,
    MalformedError,
    Request,
    RequestReader,
    TooLargeError,
    response,
)

_POST = b'POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{"a":1}'
_READ = Request("POST", "/2018-06-01/runtime/invocation/1/response", b'{"a":1}')


def test_a_request_comes_whole_or_byte_by_byte_and_another_follows() -> None:
    reader = RequestReader()
    assert reader.feed(_POST) == _READ
    parts = [reader.feed(bytes([byte])) for byte in _POST]
    assert [part for part in parts if part] == [_READ]
    assert parts[-1] == _READ
    assert reader.feed(b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n") == Request("GET", "/next", b"")


def test_chunks_are_put_together() -> None:
    reader = RequestReader()
    assert reader.feed(b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n") is None
    assert reader.feed(b"2\r\nde\r\n0\r\n\r\n") == Request("POST", "/x", b"abcde")


def test_a_client_may_ask_before_it_sends() -> None:
    reader = RequestReader()
    reader.feed(b"POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
    assert reader.expects_continue
    assert reader.feed(b"a") == Request("POST", "/x", b"a")
    assert not reader.expects_continue


def test_bodies_have_a_limit() -> None:
    head = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    assert RequestReader().feed(head % MOST_BODY_BYTES + b"x" * MOST_BODY_BYTES)
    with pytest.raises(TooLargeError):
        RequestReader().feed(head % (MOST_BODY_BYTES + 1) + b"x" * (MOST_BODY_BYTES + 1))
    chunked = RequestReader()
    chunked.feed(b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    for _ in range(6):
        chunked.feed(chunk)
    with pytest.raises(TooLargeError):
        chunked.feed(b"1\r\nx\r\n")


def test_heads_have_a_limit_that_leaves_room_for_the_cause_of_an_error() -> None:
    head = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nLambda-Runtime-Function-XRay-Error-Cause: "
    assert RequestReader().feed(head + b"x" * 1_000_000 + b"\r\n\r\n")
    endless = RequestReader()
    endless.feed(head)
    for _ in range(16):
        endless.feed(b"x" * 65_536)
    with pytest.raises(TooLargeError):
        endless.feed(b"x" * 65_536)


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01 no HTTP\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nabc",
    ],
)
def test_what_is_not_http_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        RequestReader().feed(data)


def test_an_answer_has_no_second_header_in_a_value() -> None:
    assert response(200, {"A": "b"}, b"{}") == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: b\r\n\r\n{}"
    with pytest.raises(ValueError, match="one line"):
        response(200, {"A": "b\r\nC: d"})
