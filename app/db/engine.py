"""Connections, and the short segments in which everything below the doors reads and writes.

A read segment is autocommit: each statement sees what is committed. A write segment is one transaction at READ COMMITTED;
on SQLite it begins IMMEDIATE behind a first-in-first-out lock, since SQLite has one writer and its own waiting is unfair.
"""

import asyncio
import fcntl
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any
from weakref import WeakKeyDictionary

import asyncpg
import orjson
from sqlalchemy import Connection, Engine, event
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import TimeoutError  # noqa: A004 - the pool's, which is what is meant here
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool
from sqlalchemy.util.concurrency import greenlet_spawn, in_greenlet

from app.db.prepared import begin_pending, drop_pending, send_pending
from app.kit.errors import TooManyRequestsException
from app.kit.segments import segment

ChangeListener = Callable[[Iterable[str]], None]
_SQLITE_CONNECTIONS = 64
# Whoever holds one of these waits for nothing else, so few will do.
_BESIDE = 2


class _FifoLock:
    """A lock whose waiters get it in the order they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._queue: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._queue.append(turn)
        turn.wait()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._held = False


class _Engines:
    """One connection pool for segments, and a small one for what may be read within a segment.

    If both were one, as many segments as it has connections could each wait for one more, and none would ever come.
    """

    def __init__(self, engine: Engine, beside: Engine) -> None:
        self.transactional = engine
        self.autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.beside = beside.execution_options(isolation_level="AUTOCOMMIT")

    def dispose(self) -> None:
        """Closes the connections of both."""
        self.transactional.dispose()
        self.beside.dispose()


class Database:
    """The database of this server: `read()` and `write()` segments, and word of what they changed.

    On PostgreSQL there are two connection pools: a synchronous one for threads (jobs, the poller, tests) and one over
    asyncpg for code that the bridge runs in a greenlet on the event loop. The same code uses whichever fits where it runs.
    """

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._file_lock: IO[str] | None = None
        self._writer = _FifoLock()
        self._listeners: list[ChangeListener] = []
        if self.is_sqlite:
            self._lock_file(url)
        make = _sqlite if self.is_sqlite else _postgresql
        self.engine = make(url, _SQLITE_CONNECTIONS if self.is_sqlite else pool_size)
        self._here = _Engines(self.engine, make(url, _BESIDE))
        self._on_loop = partial(_postgresql_on_loop, url)
        self._pool_size = pool_size
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Engines] = WeakKeyDictionary()

    def _engines(self) -> "_Engines":
        """Those of the running event loop in one of its greenlets, else those of threads."""
        if self.is_sqlite or not in_greenlet():
            return self._here
        loop = asyncio.get_running_loop()
        engines = self._loops.get(loop)
        if engines is None:
            made = self._on_loop(self._pool_size).sync_engine, self._on_loop(_BESIDE).sync_engine
            engines = self._loops[loop] = _Engines(*made)
            event.listen(engines.transactional, "before_cursor_execute", _send_pending)
        return engines

    def connect(self) -> Connection:
        """An autocommit connection beside any segment, for the few reads that may happen within one."""
        return self._engines().beside.connect()

    def _lock_file(self, url: str) -> None:
        """SQLite is for one process."""
        path = Path(str(make_url(url).database))
        self._file_lock = path.with_name(path.name + ".lock").open("w")
        try:
            fcntl.flock(self._file_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file_lock.close()
            raise RuntimeError(f"{path} is in use by another process") from None

    def listen(self, listener: ChangeListener) -> None:
        """Calls `listener` with pool ids after each commit that touched them."""
        self._listeners.append(listener)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """An autocommit connection for a few reads."""
        with segment(), _overload_told(), self._engines().autocommit.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed on return, rolled back when the block raises."""
        begin = self._begin_sqlite if self.is_sqlite else self._engines().transactional.begin
        with segment(), _overload_told(), begin() as connection:
            touched: set[str] = set()
            connection.info["touched"] = touched
            begin_pending(connection)
            try:
                yield connection
                send_pending(connection)
            finally:
                drop_pending(connection)
        if touched:
            for listener in self._listeners:
                listener(touched)

    @contextmanager
    def write_once(self) -> Iterator[Connection]:
        """For one statement that writes and commits by itself: without the two round trips of a transaction."""
        with self.write() if self.is_sqlite else self.read() as connection:
            yield connection

    @contextmanager
    def _begin_sqlite(self) -> Iterator[Connection]:
        with self._writer, self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    async def leave_loop(self) -> None:
        """Closes the connections of the running event loop, before that loop ends."""
        engines = self._loops.pop(asyncio.get_running_loop(), None)
        if engines:
            await greenlet_spawn(engines.dispose)

    def close(self) -> None:
        """Closes the connections of threads and lets go of the SQLite file."""
        self._here.dispose()
        if self._file_lock:
            self._file_lock.close()


@contextmanager
def _overload_told() -> Iterator[None]:
    """Who waited for a connection in vain hears that there are too many, not that something broke."""
    try:
        yield
    except TimeoutError:
        raise TooManyRequestsException from None


def _send_pending(connection: Connection, *_: object) -> None:
    """What was put off comes before any statement that SQLAlchemy executes."""
    send_pending(connection)


def touch(db: Connection, pool_id: str) -> None:
    """Notes in the open write segment that the pool's configuration changed, for the listeners to hear after commit."""
    db.info["touched"].add(pool_id)


def _sqlite(url: str, pool_size: int) -> Engine:
    engine = sqlalchemy_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",  # transactions are begun by `write`, never behind our back
        connect_args={"check_same_thread": False},
        hide_parameters=True,  # an error's text must not carry rows into the log
    )
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _postgresql(url: str, pool_size: int) -> Engine:
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return sqlalchemy_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_reset_on_return="rollback",
        isolation_level="READ COMMITTED",
        connect_args={"application_name": "poolhouse", "connect_timeout": 5},
        hide_parameters=True,  # an error's text must not carry rows into the log
    )


def _postgresql_on_loop(url: str, pool_size: int) -> AsyncEngine:
    # asyncpg reads the URL itself: its query (sslmode, sslrootcert ...) then means what it means to libpq.
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connect = partial(asyncpg.connect, dsn, timeout=5, server_settings={"application_name": "poolhouse"})
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        isolation_level="READ COMMITTED",
        json_deserializer=orjson.loads,  # a third of the time of the standard library's, on every row with a document
        hide_parameters=True,
    )


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
