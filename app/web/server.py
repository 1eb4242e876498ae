"""uvicorn as we run it: uvloop and httptools, no access log, no headers about itself, bounded request heads and times."""

import asyncio
import socket
from collections.abc import Callable, Sequence

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
# From the first byte of a request to its last, and of what a client has yet to take; who is slower holds a connection for nothing.
MAX_SLOW_SECONDS = 60.0
# Requests of a connection that wait for the answer to one before. Clients hardly ever send any: browsers and proxies do not.
_MAX_PIPELINED = 64
MAX_CONNECTIONS = 8_192
_BACKLOG = 2_048
# Longer than the 60 s of common load balancers, which must be the side that hangs up.
KEEP_ALIVE_SECONDS = 75
# Before requests in flight are cut off at a shutdown: in it those that only wait can still be answered.
_ANSWER_SECONDS = 3.0
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class _OneWrite(asyncio.Transport):
    """The transport of one response: its head waits for the first of its body, as ASGI lets servers do.

    Two writes would wake the client twice, which costs more than many a request.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._head: bytes | None = None
        self._is_sent = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_sent or data == _CONTINUE:
            self._transport.write(data)
        elif self._head is None:
            self._head = bytes(data)
        else:
            self._transport.write(self._head + data)
            self._is_sent = True

    def close(self) -> None:
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 with limits that it lacks: the size of a request's head and trailers, the time to send it all and to take
    the answer, and the number of requests that wait. What its parser would read in another way than a proxy in front is refused.
    """

    # What has come of the request since it began, or since the last piece of its body: head, trailers, sizes of chunks.
    bytes_without_body = 0
    packet_bytes = 0
    has_body = has_ended = False
    reading_since: float | None = None
    writing_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.reading_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        self.packet_bytes = len(data)
        self.has_body = self.has_ended = False
        super().data_received(data)
        # What ends a request or brings some of its body, however long, may bring a little of the next head, too.
        if not (self.has_body or self.has_ended):
            self.bytes_without_body += len(data)
            if self.bytes_without_body > MAX_HEAD_BYTES:
                self.send_400_response("The head of the request is too long.")
        # What belongs to no request, or to one that is answered already, has ended the keep-alive time-out as any other.
        if self.reading_since is None and self.timeout_keep_alive_task is None and not self._is_asked():
            self.reading_since = self.loop.time()

    def _is_asked(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.bytes_without_body = 0
        self.reading_since = self.loop.time()

    def on_headers_complete(self) -> None:
        # With an exception the parser stops, and uvicorn answers 400.
        if self.bytes_without_body + self.packet_bytes > MAX_HEAD_BYTES and self._head_bytes() > MAX_HEAD_BYTES:
            raise ValueError("the head is too long")
        if self.parser.should_upgrade() and self._has_body():
            raise ValueError("the parser takes the body of a request that offers an upgrade for the next request")
        if len(self.pipeline) >= _MAX_PIPELINED:
            raise ValueError("too many requests wait for the one before")
        super().on_headers_complete()
        # The parser tells of trailers as it does of headers; added to those they would pass for a trusted proxy's
        # (RFC 9110 section 6.5.1). The scope keeps the list that is complete.
        self.headers = []
        if self.scope["method"] != "HEAD":  # which has no body to wait for
            self.cycle.transport = _OneWrite(self.transport)

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)

    def _has_body(self) -> bool:
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0") != b"")
            for name, value in self.headers
        )

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self.bytes_without_body, self.has_body = 0, True

    def on_message_complete(self) -> None:
        super().on_message_complete()
        # Of the next request on this connection nothing has come yet: the keep-alive time-out watches over it.
        self.bytes_without_body, self.reading_since = 0, None
        self.has_ended = True

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:  # what has come already is answered first
            self.flow.pause_reading()

    def send_400_response(self, msg: str) -> None:
        # Answers come in the order of requests: where one is owed, this would be taken for it.
        if self.pipeline or (self._is_asked() and not self.cycle.more_body):
            self.transport.abort()
        else:
            super().send_400_response(msg)

    def is_slow(self, now: float, seconds: float) -> bool:
        """Whether the client takes longer than it may, at a moment of the event loop; to be asked about once a second."""
        if not self.transport.get_write_buffer_size():
            self.writing_since = None
        elif self.writing_since is None:
            self.writing_since = now
        return any(since is not None and since < now - seconds for since in (self.reading_since, self.writing_since))


class Server(uvicorn.Server):
    """Calls `on_started` once it listens, and about once a second `on_second`; drops connections that dawdle.

    At a shutdown it calls `on_overdue` a moment before requests that are still in flight are cut off.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        on_started: Callable[[], None] = lambda: None,
        on_second: Callable[[], None] = lambda: None,
        on_overdue: Callable[[], None] = lambda: None,
        slow_seconds: float = MAX_SLOW_SECONDS,
    ) -> None:
        super().__init__(config)
        self._slow_seconds = slow_seconds
        self._on_started = on_started
        self._on_second = on_second
        self._on_overdue = on_overdue

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        seconds = (self.config.timeout_graceful_shutdown or 0) - _ANSWER_SECONDS
        overdue = asyncio.get_running_loop().call_later(max(0.0, seconds), self._on_overdue)
        try:
            await super().shutdown(sockets)
        finally:
            overdue.cancel()

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:
            self._drop_slow()
            self._on_second()
        return await super().on_tick(counter)

    def _drop_slow(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, BoundedProtocol) and connection.is_slow(now, self._slow_seconds):
                connection.transport.abort()


def configure(app: ASGIApp, *, shutdown_seconds: int, has_lifespan: bool = True) -> uvicorn.Config:
    """The configuration of uvicorn. Proxy headers are the edge's business, log lines too."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on" if has_lifespan else "off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=shutdown_seconds,
        workers=1,
    )


def bind(host: str, port: int, *, is_divided: bool = False) -> socket.socket:
    """A socket to listen on; raises OSError. Port 0 takes a free one. With `is_divided` others like it may share the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_divided:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.set_inheritable(True)
    except OSError:
        listener.close()
        raise
    return listener


def bind_each(host: str, port: int, count: int) -> list[socket.socket]:
    """Sockets to listen on at one address, among which the kernel divides the connections; raises OSError.

    Of processes that accept from a single socket, the one that wakes first takes all the connections of a moment, and keeps them.
    """
    # One that shares nothing comes first: the others would join another server on this port and take half of its requests.
    first = bind(host, port)
    if count == 1:
        return [first]
    port = first.getsockname()[1]
    first.close()
    listeners = [bind(host, port, is_divided=True) for _ in range(count)]
    for listener in listeners:
        listener.listen(_BACKLOG)
    return listeners


def run(server: Server, sockets: Sequence[socket.socket]) -> None:
    """Serves on the sockets until SIGTERM or SIGINT, then finishes the requests in flight."""
    server.run(list(sockets))
