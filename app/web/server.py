"""uvicorn as we run it: uvloop and httptools, no access log, no headers about itself, bounded requests and times."""

import asyncio
import socket
from collections.abc import Callable, Sequence

import uvicorn
from starlette.types import ASGIApp

from app.web.protocol import BoundedProtocol

# From the first byte of a request to its last, and of what a client has yet to take; who is slower holds a connection for nothing.
MAX_SLOW_SECONDS = 60.0
MAX_CONNECTIONS = 8_192
_BACKLOG = 2_048
# Longer than the 60 s of common load balancers, which must be the side that hangs up.
KEEP_ALIVE_SECONDS = 75
# Before requests in flight are cut off at a shutdown: in it those that only wait can still be answered.
_ANSWER_SECONDS = 3.0


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
