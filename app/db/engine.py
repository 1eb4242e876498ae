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
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, TimeoutError  # noqa: A004 - the pool's, which is what is meant here
from sqlalchemy.pool import QueuePool
from sqlalchemy.util.concurrency import greenlet_spawn, in_greenlet

from app.db.connections import BESIDE, Connections, LoopConnections, of_loop, of_threads
from app.db.outages import Outages, is_away
from app.db.postgresql_url import read_url
from app.db.prepared import begin_pending, drop_pending, finish_pending, send_pending
from app.kit.errors import ServiceUnavailableException, TooManyRequestsException
from app.kit.segments import Segment

ChangeListener = Callable[[Iterable[str]], None]
_SQLITE_CONNECTIONS = 64
_log = structlog.get_logger()


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


class _Told:
    """Who waited in vain for a connection hears that there are too many, and who lost one that the database is away."""

    __slots__ = ("_connections", "_outages")

    def __init__(self, connections: Connections, outages: Outages | None) -> None:
        self._connections, self._outages = connections, outages

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if isinstance(error, TimeoutError):
            raise TooManyRequestsException from None
        if not isinstance(error, DBAPIError) or not is_away(error):
            return
        if error.connection_invalidated:
            self._connections.renew()
        if self._outages:
            self._outages.tell(error)
        raise ServiceUnavailableException from error


class Database:
    """The database of this server: `read()` and `write()` segments, and word of what they changed.

    On PostgreSQL there are connections over psycopg for threads (jobs, the poller, tests) and over asyncpg for code that
    the bridge runs in a greenlet on the event loop. The same code uses whichever fits where it runs. Segments raise
    ServiceUnavailableException while the database is away.
    """

    def __init__(self, url: str, *, pool_size: int = 16, logs_outages: bool = True) -> None:
        """Opens no connection yet; raises UrlError, and RuntimeError when another process has the SQLite file."""
        self.is_sqlite = url.startswith("sqlite")
        self._file_lock: IO[str] | None = None
        self._writer = _FifoLock()
        self._listeners: list[ChangeListener] = []
        self._outages = Outages() if logs_outages else None
        self._was_away = False
        self._guard = threading.Lock()
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopConnections] = WeakKeyDictionary()
        if self.is_sqlite:
            self._lock_file(url)
            beside = _sqlite(url, BESIDE)
            self._here = Connections(_sqlite(url, _SQLITE_CONNECTIONS), beside, beside)
        else:
            parameters = read_url(url)
            self._on_loop = partial(of_loop, parameters, pool_size)
            self._here = of_threads(parameters, pool_size)
        self.engine = self._here.engine

    def _connections(self) -> Connections:
        """Those of the running event loop in one of its greenlets, else those of threads."""
        if self.is_sqlite or not in_greenlet():
            return self._here
        loop = asyncio.get_running_loop()
        connections = self._loops.get(loop)
        if connections is None:
            connections = self._on_loop(loop)
            event.listen(connections.engine, "before_cursor_execute", _send_pending)
            with self._guard:
                self._loops[loop] = connections
        return connections

    def _told(self, connections: Connections) -> _Told:
        return _Told(connections, self._outages)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """An autocommit connection beside any segment, for the few reads that may happen within one."""
        connections = self._connections()
        with self._told(connections), connections.beside() as connection:
            yield connection

    @contextmanager
    def watch(self) -> Iterator[Connection]:
        """A read for those who watch over the database: it waits for no other and three seconds at most for an answer.

        Once one comes after an outage, no connection from before it is used again: those that lay idle may be dead
        without a sign of it.
        """
        connections = self._connections()
        try:
            with Segment(), self._told(connections), connections.watch() as connection:
                yield connection
        except ServiceUnavailableException:
            self._was_away = True
            raise
        if self._was_away:
            self._was_away = False
            self._renew()
            _log.info("database_answers_again")

    def _renew(self) -> None:
        with self._guard:
            everywhere = [self._here, *self._loops.values()]
        for connections in everywhere:
            connections.renew()

    def probe(self) -> None:
        """Connects as threads and as event loops do; raises what a segment raises. Not for the thread of a running loop."""
        self._ask()
        if not self.is_sqlite:
            asyncio.run(self._probe_loop())

    async def _probe_loop(self) -> None:
        try:
            await greenlet_spawn(self._ask)
        finally:
            await self.leave_loop()

    def _ask(self) -> None:
        with self.watch() as db:
            db.execute(select(1))

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
        connections = self._connections()
        with Segment(), self._told(connections), connections.read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed on return, rolled back when the block raises."""
        connections = self._connections()
        begin = self._begin_sqlite if self.is_sqlite else connections.write
        with Segment(), self._told(connections), begin() as connection:
            touched: set[str] = set()
            connection.info["touched"] = touched
            begin_pending(connection)
            try:
                yield connection
                finish_pending(connection)
            finally:
                drop_pending(connection)
        if touched:
            for listener in self._listeners:
                listener(touched)

    def write_once(self) -> AbstractContextManager[Connection]:
        """For one statement that writes and commits by itself: without the two round trips of a transaction."""
        return self.write() if self.is_sqlite else self.read()

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
        connections = self._loops.pop(asyncio.get_running_loop(), None)
        if connections:
            await greenlet_spawn(connections.dispose)

    def close(self) -> None:
        """Closes the connections of threads and lets go of the SQLite file."""
        self._here.dispose()
        if self._file_lock:
            self._file_lock.close()


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


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
