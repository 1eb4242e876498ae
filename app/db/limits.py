"""Ends connections of an event loop on which an answer has not come for too long.

asyncpg can limit each command, but a timer for each costs the hot paths 4 us a statement. Here the loop looks once a second.
"""

import asyncio
import time
from types import TracebackType
from typing import Any

from sqlalchemy import Connection

_LOOKS_EVERY_SECONDS = 1.0


class Limits:
    """The deadlines of the connections of one event loop, SQLAlchemy's or asyncpg's own."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._deadlines: dict[Any, float] = {}
        self._next = loop.call_later(_LOOKS_EVERY_SECONDS, self._look)

    def begin(self, connection: Any, seconds: float) -> None:
        """From now on the connection has so long until `end`."""
        self._deadlines[connection] = time.monotonic() + seconds

    def end(self, connection: Any) -> None:
        """The connection may be idle for ever."""
        self._deadlines.pop(connection, None)

    def stop(self) -> None:
        """Looks no more: the loop ends."""
        self._next.cancel()

    def _look(self) -> None:
        now = time.monotonic()
        for connection in [connection for connection, deadline in self._deadlines.items() if deadline < now]:
            self.end(connection)
            _terminate(connection)
        self._next = self._loop.call_later(_LOOKS_EVERY_SECONDS, self._look)


def _terminate(connection: Any) -> None:
    """Whoever waits for an answer hears at once that the connection is closed."""
    if not isinstance(connection, Connection):
        connection.terminate()
    elif not connection.invalidated and not connection.closed:
        driver: Any = connection.connection.driver_connection
        driver.terminate()


class Limited:
    """A context within which a connection has so many seconds."""

    __slots__ = ("_connection", "_limits", "_seconds")

    def __init__(self, limits: Limits, connection: Any, seconds: float) -> None:
        self._limits, self._connection, self._seconds = limits, connection, seconds

    def __enter__(self) -> None:
        self._limits.begin(self._connection, self._seconds)

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._limits.end(self._connection)
