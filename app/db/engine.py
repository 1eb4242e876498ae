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
from typing import IO, Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, TimeoutError  # noqa: A004 - the pool's, which is what is meant here
from sqlalchemy.pool import QueuePool
from sqlalchemy.util.concurrency import greenlet_spawn, in_greenlet

from app.db.limits import Limited, Limits
from app.db.outages import Outages, is_away
from app.db.postgresql import REQUESTS, WATCH, Patience, loop_engine, renew, thread_engine
from app.db.postgresql_url import Parameters, read_url
from app.db.prepared import begin_pending, drop_pending, finish_pending, send_pending
from app.kit.errors import ServiceUnavailableException, TooManyRequestsException
from app.kit.segments import segment

ChangeListener = Callable[[Iterable[str]], None]
_SQLITE_CONNECTIONS = 64
# Whoever holds one of these waits for nothing else, so few will do.
_BESIDE = 2
_WATCHING = 1
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


class _Engines:
    """One connection pool for segments, a small one for what may be read within a segment, and one for watching.

    If the first two were one, as many segments as it has connections could each wait for one more, and none would ever
    come. Who watches must not wait for those who use the database.
    """

    def __init__(self, engine: Engine, beside: Engine, watching: Engine, limits: Limits | None = None) -> None:
        self.transactional = engine
        self.autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.beside = beside.execution_options(isolation_level="AUTOCOMMIT")
        self.watching = watching.execution_options(isolation_level="AUTOCOMMIT")
        self._limits = limits

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction."""
        with self.transactional.connect() as connection, self.limited(connection, REQUESTS), connection.begin():
            yield connection

    def renew(self) -> None:
        """Connections made until now are replaced when they would be used next."""
        for engine in (self.transactional, self.beside, self.watching):
            renew(engine)

    def limited(self, connection: Connection, patience: Patience) -> Limited:
        """Within it, an event loop does not wait for ever; what threads wait for has limits of its own."""
        return Limited(self._limits, connection, patience.answer)

    def dispose(self) -> None:
        """Closes the connections of all three."""
        if self._limits:
            self._limits.stop()
        for engine in (self.transactional, self.beside, self.watching):
            engine.dispose()


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
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Engines] = WeakKeyDictionary()
        if self.is_sqlite:
            self._lock_file(url)
            beside = _sqlite(url, _BESIDE)
            self._here = _Engines(_sqlite(url, _SQLITE_CONNECTIONS), beside, beside)
        else:
            parameters = read_url(url)
            self._on_loop = partial(_loop_engines, parameters, pool_size)
            self._here = _make_engines(partial(thread_engine, parameters), pool_size)
        self.engine = self._here.transactional

    def _engines(self) -> "_Engines":
        """Those of the running event loop in one of its greenlets, else those of threads."""
        if self.is_sqlite or not in_greenlet():
            return self._here
        loop = asyncio.get_running_loop()
        engines = self._loops.get(loop)
        if engines is None:
            engines = self._on_loop(loop)
            event.listen(engines.transactional, "before_cursor_execute", _send_pending)
            with self._guard:
                self._loops[loop] = engines
        return engines

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """An autocommit connection beside any segment, for the few reads that may happen within one."""
        engines = self._engines()
        with self._told(engines), engines.beside.connect() as connection, engines.limited(connection, REQUESTS):
            yield connection

    @contextmanager
    def watch(self) -> Iterator[Connection]:
        """A read for those who watch over the database: it waits for no other and three seconds at most for an answer.

        Once one comes after an outage, no connection from before it is used again: those that lay idle may be dead
        without a sign of it.
        """
        engines = self._engines()
        try:
            with (
                segment(),
                self._told(engines),
                engines.watching.connect() as connection,
                engines.limited(connection, WATCH),
            ):
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
        for engines in everywhere:
            engines.renew()

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
        engines = self._engines()
        with (
            segment(),
            self._told(engines),
            engines.autocommit.connect() as connection,
            engines.limited(connection, REQUESTS),
        ):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed on return, rolled back when the block raises."""
        engines = self._engines()
        begin = self._begin_sqlite if self.is_sqlite else engines.begin
        with segment(), self._told(engines), begin() as connection:
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

    @contextmanager
    def _told(self, engines: _Engines) -> Iterator[None]:
        """Who waited in vain for a connection hears that there are too many, and who lost one that the database is away."""
        try:
            yield
        except TimeoutError:
            raise TooManyRequestsException from None
        except DBAPIError as error:
            if not is_away(error):
                raise
            if error.connection_invalidated:
                engines.renew()
            if self._outages:
                self._outages.tell(error)
            raise ServiceUnavailableException from error

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


def _loop_engines(parameters: Parameters, pool_size: int, loop: asyncio.AbstractEventLoop) -> _Engines:
    limits = Limits(loop)
    return _make_engines(partial(loop_engine, parameters, limits), pool_size, limits)


def _make_engines(make: Callable[..., Engine], pool_size: int, limits: Limits | None = None) -> _Engines:
    """The three of a driver on PostgreSQL."""
    return _Engines(make(pool_size), make(_BESIDE), make(_WATCHING, patience=WATCH), limits)


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
