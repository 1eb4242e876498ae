"""HTTP/1.1 (RFC 9112) as the Runtime API needs it: requests of one client read within bounds, answers written."""

from collections.abc import Mapping
from dataclasses import dataclass

import httptools

# What Lambda takes of an event and of an answer.
MOST_BODY_BYTES = 6 * 1024 * 1024
# awslambdaric sends the cause of an error, up to 1 MB of JSON, as a header.
_MOST_HEAD_BYTES = 1024 * 1024 + 64 * 1024
_REASONS = {200: "OK", 202: "Accepted", 403: "Forbidden", 404: "Not Found"}


class TooLargeError(Exception):
    """A request has more than its bounds."""


class MalformedError(Exception):
    """What came is not HTTP."""


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request of the client."""

    method: str
    path: str
    body: bytes


class RequestReader:
    """Takes bytes as they come and gives whole requests, one at a time: a client sends the next after its answer."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._reset()

    def _reset(self) -> None:
        self._url = bytearray()
        self._body = bytearray()
        self._head_bytes = 0
        self._in_head = True
        self._request: Request | None = None
        self.expects_continue = False

    def feed(self, data: bytes) -> Request | None:
        """The request, once it is whole; raises TooLargeError and MalformedError."""
        if self._in_head:
            # Counted by what was received: a client that sends a body at once may not be charged for it as a head.
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if isinstance(error.__context__, TooLargeError):
                raise error.__context__ from None
            raise MalformedError(str(error)) from error
        if self._in_head and self._head_bytes > _MOST_HEAD_BYTES:
            raise TooLargeError
        request = self._request
        if request is not None:
            self._reset()
        return request

    # ---- what the parser calls

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"expect" and value.lower() == b"100-continue":
            self.expects_continue = True

    def on_headers_complete(self) -> None:
        self._in_head = False

    def on_body(self, body: bytes) -> None:
        if len(self._body) + len(body) > MOST_BODY_BYTES:
            raise TooLargeError
        self._body += body

    def on_message_complete(self) -> None:
        method = self._parser.get_method().decode("ascii")
        self._request = Request(method, self._url.decode("latin-1"), bytes(self._body))


def response(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """A whole answer; raises ValueError for a header with a line break in it."""
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if not all(line.isprintable() for line in lines):
        raise ValueError("a header must be one line")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
