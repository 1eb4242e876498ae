"""Connections, and the short segments in which everything below the doors reads and writes.

A read segment is autocommit: each statement sees what is committed. A write segment is one transaction at READ COMMITTED;
on SQLite it begins IMMEDIATE behind a first-in-first-out lock, since SQLite has one writer and its own waiting is unfair.
"""

import fcntl
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from app.kit.segments import segment

ChangeListener = Callable[[Iterable[str]], None]


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


class Database:
    """The database of this server: `read()` and `write()` segments, and word of what they changed.

    `changed` listeners hear the ids of the pools whose configuration a committed segment touched (see `touch`).
    """

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._file_lock: IO[str] | None = None
        self._writer = _FifoLock()
        self._listeners: list[ChangeListener] = []
        self.engine = self._sqlite(url) if self.is_sqlite else _postgresql(url, pool_size)
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def _sqlite(self, url: str) -> Engine:
        path = Path(str(make_url(url).database))
        self._file_lock = path.with_name(path.name + ".lock").open("w")
        try:
            fcntl.flock(self._file_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file_lock.close()
            raise RuntimeError(f"{path} is in use by another process") from None
        engine = sqlalchemy_engine(
            url,
            poolclass=QueuePool,
            pool_size=64,
            max_overflow=0,
            isolation_level="AUTOCOMMIT",  # transactions are begun by `write`, never behind our back
            connect_args={"check_same_thread": False},
        )
        event.listen(engine, "connect", _set_pragmas)
        return engine

    def listen(self, listener: ChangeListener) -> None:
        """Calls `listener` with pool ids after each commit that touched them."""
        self._listeners.append(listener)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """An autocommit connection for a few reads."""
        with segment(), self._autocommit.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed on return, rolled back when the block raises."""
        begin = self._begin_sqlite if self.is_sqlite else self.engine.begin
        with segment(), begin() as connection:
            touched: set[str] = set()
            connection.info["touched"] = touched
            yield connection
        if touched:
            for listener in self._listeners:
                listener(touched)

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

    def close(self) -> None:
        self.engine.dispose()
        if self._file_lock:
            self._file_lock.close()


def touch(db: Connection, pool_id: str) -> None:
    """Notes in the open write segment that the pool's configuration changed, for the listeners to hear after commit."""
    db.info["touched"].add(pool_id)


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
