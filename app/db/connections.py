"""Where segments get their connections: three pools for threads, and three for each event loop.

SQLAlchemy's pool costs 12 us a connection, and twice that behind a password hash, which drives its code out of the processor's
caches; a sign-in has three segments. So on event loops what a segment leaves in good order stays taken, for the next one.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine

from app.db.limits import Limited, Limits
from app.db.postgresql import REQUESTS, WATCH, loop_engine, renew, thread_engine
from app.db.postgresql_url import Parameters

# Whoever holds one of these waits for nothing else, so few will do.
BESIDE = 2
_WATCHING = 1


class Connections:
    """A pool for segments, a small one for what may be read within a segment, and one for watching; for threads.

    If the first two were one, as many segments as it has connections could each wait for one more, and none would ever
    come. Who watches must not wait for those who use the database.
    """

    def __init__(self, engine: Engine, beside: Engine, watching: Engine) -> None:
        self.engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._beside = beside.execution_options(isolation_level="AUTOCOMMIT")
        self._watching = watching.execution_options(isolation_level="AUTOCOMMIT")

    def read(self) -> AbstractContextManager[Connection]:
        """An autocommit connection."""
        return self._autocommit.connect()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection in a transaction."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    def beside(self) -> AbstractContextManager[Connection]:
        """An autocommit connection, for whoever may have one of the others."""
        return self._beside.connect()

    def watch(self) -> AbstractContextManager[Connection]:
        """An autocommit connection, for whoever watches."""
        return self._watching.connect()

    def renew(self) -> None:
        """Connections made until now are replaced when they would be used next."""
        for engine in (self.engine, self._beside, self._watching):
            renew(engine)

    def dispose(self) -> None:
        """Closes all of them."""
        for engine in (self.engine, self._beside, self._watching):
            engine.dispose()


class LoopConnections(Connections):
    """Those of one event loop, on which nobody waits for ever: what threads wait for has limits of its own."""

    def __init__(self, engine: Engine, beside: Engine, watching: Engine, limits: Limits) -> None:
        super().__init__(engine, beside, watching)
        self.limits = limits
        self._kept: list[tuple[Connection, int]] = []
        self._waiting = 0
        self._generation = 0
        self._is_over = False

    def read(self) -> AbstractContextManager[Connection]:
        """An autocommit connection."""
        return _Held(self, is_autocommit=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection in a transaction."""
        with _Held(self, is_autocommit=False) as connection, connection.begin():
            yield connection

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        """An autocommit connection, for whoever may have one of the others."""
        with super().beside() as connection, Limited(self.limits, connection, REQUESTS.answer):
            yield connection

    @contextmanager
    def watch(self) -> Iterator[Connection]:
        """An autocommit connection, for whoever watches."""
        with super().watch() as connection, Limited(self.limits, connection, WATCH.answer):
            yield connection

    def take(self) -> tuple[Connection, int]:
        """A connection for a segment and its generation; raises SQLAlchemy's TimeoutError when none becomes free for long."""
        generation = self._generation
        while self._kept:
            connection, its_generation = self._kept.pop()
            if its_generation == generation and not _driver(connection).is_closed():
                return connection, generation
            _end(connection)
        self._waiting += 1
        try:
            return self.engine.connect(), generation
        finally:
            self._waiting -= 1

    def give_back(self, connection: Connection, generation: int) -> None:
        """Takes one from a segment that has ended in good order: to keep it, or for the pool, where others wait for it."""
        if self._is_over or connection.invalidated or _driver(connection).is_closed():
            _end(connection)
        elif self._waiting or _driver(connection).is_in_transaction():
            connection.close()  # which rolls back
        else:
            if connection.in_transaction():
                connection.rollback()  # what SQLAlchemy has begun for a read: nothing that the driver knows of
            self._kept.append((connection, generation))

    def renew(self) -> None:
        """Connections made until now are replaced when they would be used next. Threads may call it, too."""
        super().renew()
        # Last: else the pool could give one from before to somebody who takes it for new.
        self._generation += 1

    def dispose(self) -> None:
        """Closes all of them, and what comes back later."""
        self._is_over = True
        self.limits.stop()
        while self._kept:
            _end(self._kept.pop()[0])
        super().dispose()


def _driver(connection: Connection) -> Any:
    """The driver's own, of asyncpg."""
    return connection.connection.driver_connection


def _end(connection: Connection) -> None:
    if not connection.invalidated:
        connection.invalidate()
    connection.close()


class _Held:
    """A connection of an event loop for the time of a segment; a class, since every request enters a few.

    Whoever used it after its segment would be within somebody else's: nothing may keep it.
    """

    __slots__ = ("_connection", "_connections", "_generation", "_is_autocommit")

    def __init__(self, connections: LoopConnections, *, is_autocommit: bool) -> None:
        self._connections, self._is_autocommit = connections, is_autocommit

    def __enter__(self) -> Connection:
        self._connection, self._generation = self._connections.take()
        adapted: Any = self._connection.connection.dbapi_connection
        adapted.autocommit = self._is_autocommit
        self._connections.limits.begin(self._connection, REQUESTS.answer)
        return self._connection

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._connections.limits.end(self._connection)
        if error is None:
            self._connections.give_back(self._connection, self._generation)
        else:
            self._connection.close()


def of_threads(parameters: Parameters, size: int) -> Connections:
    """Connections to PostgreSQL over psycopg, for threads: at most so many at a time for segments."""
    return Connections(*_three(partial(thread_engine, parameters), size))


def of_loop(parameters: Parameters, size: int, loop: asyncio.AbstractEventLoop) -> LoopConnections:
    """Connections to PostgreSQL over asyncpg, for greenlets of an event loop: at most so many at a time for segments."""
    limits = Limits(loop)
    return LoopConnections(*_three(partial(loop_engine, parameters, limits), size), limits)


def _three(make: Callable[..., Engine], size: int) -> tuple[Engine, Engine, Engine]:
    return make(size), make(BESIDE), make(_WATCHING, patience=WATCH)
