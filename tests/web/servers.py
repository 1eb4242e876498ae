"""A started server with an application of a test's own, and bytes sent to it as they are."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from app.web.server import MAX_SLOW_SECONDS, Server, bind, configure


@contextmanager
def started(app: Any, slow_seconds: float = MAX_SLOW_SECONDS, idle_seconds: int | None = None) -> Iterator[int]:
    """The port that it listens on."""
    listener, is_started = bind("127.0.0.1", 0), threading.Event()
    config = configure(app, shutdown_seconds=1, has_lifespan=False)
    if idle_seconds is not None:
        config.timeout_keep_alive = idle_seconds
    server = Server(config, on_started=is_started.set, slow_seconds=slow_seconds)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    assert is_started.wait(10)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def exchange(port: int, *parts: bytes, pause: float = 0) -> bytes:
    """Sends each part in one write, with a pause between, and gives what comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer = b""
        # A server that has refused a request reads no more of it.
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
        with suppress(ConnectionResetError):
            while chunk := connection.recv(65_536):
                answer += chunk
    return answer
