"""Connections to PostgreSQL over both drivers: psycopg in threads, asyncpg on event loops.

None of them waits for ever. A statement has a limit that the server keeps; a server that does not even say that the limit is
over counts as gone, and so does one whose machine stops to acknowledge what is sent to it.
"""

import asyncio
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

import asyncpg
import orjson
import psycopg
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout
from sqlalchemy import Connection, Engine, event
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, Pool, QueuePool

from app.db.limits import Limits
from app.db.postgresql_url import Parameters

T = TypeVar("T")
_POOL_SECONDS = 10
# A transaction is a segment, and between the statements of a segment there is nothing that takes time.
_IDLE_IN_TRANSACTION_SECONDS = 30
# A peer that vanished without a word: noticed after 10 + 3 x 3 s when idle, after 10 s when something was sent to it.
_KEEPALIVE = {
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
_SOCKET_OPTIONS = (
    ("keepalives", socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    ("keepalives_idle", socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
    ("keepalives_interval", socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    ("keepalives_count", socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
    ("tcp_user_timeout", socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
)


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits in seconds: for a host to let a connection in, for the server to execute a statement, and for its answer.

    The last is longer, so that a server that is there says itself that the limit is over; on event loops it holds for a
    segment. A URL may set the first, but where it `is_strict` not to more.
    """

    connect: int
    statement: int
    answer: int
    is_strict: bool = False


REQUESTS = Patience(connect=5, statement=10, answer=15)
THREADS = Patience(connect=5, statement=30, answer=32)
WATCH = Patience(connect=2, statement=3, answer=3, is_strict=True)


class _Renewable(Pool):
    def renew(self) -> None:
        """Connections made until now are replaced when they would be used next."""
        self._invalidate_time = time.time()

    def is_given_up(self, record: ConnectionPoolEntry) -> bool:
        """Whether the connection of an entry is from before `renew`."""
        return getattr(record, "starttime", 0.0) < self._invalidate_time


class _ThreadPool(_Renewable, QueuePool):
    pass


class _LoopPool(_Renewable, AsyncAdaptedQueuePool):
    pass


def renew(engine: Engine) -> None:
    """Connections that `engine` has made until now are replaced when they would be used next."""
    if isinstance(engine.pool, _Renewable):
        engine.pool.renew()


def thread_engine(parameters: Parameters, pool_size: int, patience: Patience = THREADS) -> Engine:
    """Connections over psycopg, for threads."""
    engine = sqlalchemy_engine(
        "postgresql+psycopg://",
        connect_args=_for_psycopg(parameters, patience),
        poolclass=_ThreadPool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        pool_reset_on_return="rollback",
        isolation_level="READ COMMITTED",
        hide_parameters=True,  # an error's text must not carry rows into the log
    )

    class Connection(_PsycopgConnection):
        answer_seconds = patience.answer

    event.listen(engine, "do_connect", lambda _dialect, _record, args, kwargs: Connection.connect(*args, **kwargs))
    return engine


def loop_engine(parameters: Parameters, limits: Limits, pool_size: int, patience: Patience = REQUESTS) -> Engine:
    """Connections over asyncpg, for greenlets of one event loop."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(_connect_asyncpg, parameters.addresses, _for_asyncpg(parameters, patience), limits),
        poolclass=_LoopPool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        isolation_level="READ COMMITTED",
        # A third of the time of the standard library's, on every row with a document.
        json_deserializer=orjson.loads,
        json_serializer=lambda document: orjson.dumps(document).decode(),
        hide_parameters=True,
    ).sync_engine
    event.listen(engine, "connect", lambda connection, _record: limits.end(connection.driver_connection))
    event.listen(engine, "close", partial(_hang_up, engine))
    return engine


class _PsycopgConnection(psycopg.Connection[Any]):
    answer_seconds: int

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """As psycopg's, but not for ever."""
        try:
            return super().wait(gen, interval, self.answer_seconds if timeout is None else timeout)
        except _WaitTimeout:
            self.close()
            raise psycopg.OperationalError(f"the server has not answered for {self.answer_seconds} s") from None


@contextmanager
def patient(db: Connection, seconds: int) -> Iterator[None]:
    """Within it, answers on a connection of threads may take longer: for a migration, whose statements have limits of their own."""
    connection: Any = db.connection.driver_connection
    before, connection.answer_seconds = connection.answer_seconds, seconds
    try:
        yield
    finally:
        connection.answer_seconds = before


def _for_psycopg(parameters: Parameters, patience: Patience) -> dict[str, str]:
    return {
        **_KEEPALIVE,
        **parameters.values,
        "gssencmode": "disable",  # asyncpg has none, and it would come before TLS
        "connect_timeout": str(_connect_seconds(parameters, patience)),
        "options": _options(parameters, patience),
    }


def _connect_seconds(parameters: Parameters, patience: Patience) -> int:
    wanted = int(parameters.values.get("connect_timeout", 0)) or patience.connect
    return min(wanted, patience.connect) if patience.is_strict else wanted


def _options(parameters: Parameters, patience: Patience) -> str:
    limits = {
        "statement_timeout": patience.statement * 1_000,
        "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION_SECONDS * 1_000,
    }
    ours = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return f"{parameters.values.get('options', '')} {ours}".strip()


async def _connect_asyncpg(
    addresses: Sequence[tuple[str, int]], arguments: Mapping[str, Any], limits: Limits
) -> asyncpg.Connection:
    """A connection to the first host that takes one; raises an error of asyncpg."""
    failure: Exception | None = None
    for host, port in addresses:
        try:
            connection = await asyncpg.connect(host=host, port=port, **arguments)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.exceptions.TargetServerAttributeNotMatched) as error:
            failure = error
        else:
            # SQLAlchemy asks it a few things before it counts as connected.
            limits.begin(connection, arguments["timeout"])
            return connection
    raise asyncpg.PostgresConnectionError(str(failure) or "no host has answered in time") from failure


def _for_asyncpg(parameters: Parameters, patience: Patience) -> dict[str, Any]:
    values = parameters.values
    kept = ("user", "password", "passfile", "krbsrvname", "target_session_attrs")
    return {
        # Files for TLS it takes from a URL alone.
        "dsn": "postgresql://?" + urlencode({name: values[name] for name in values if name.startswith("ssl")}),
        **{name: values[name] for name in kept if name in values},
        "database": values.get("dbname"),
        "timeout": _connect_seconds(parameters, patience),
        "connection_class": _asyncpg_connection(parameters),
        "server_settings": {
            "application_name": values["application_name"],
            "options": _options(parameters, patience),
        },
    }


def _asyncpg_connection(parameters: Parameters) -> type[asyncpg.Connection]:
    wanted = {**_KEEPALIVE, **parameters.values}
    numbers = [(level, option, int(wanted[name])) for name, level, option in _SOCKET_OPTIONS]
    # 0 means the system's own, but for the switch itself.
    options = [numbers[0], *(row for row in numbers[1:] if row[2])]

    class Connection(asyncpg.Connection):  # type: ignore[misc]
        def __init__(self, protocol: Any, transport: asyncio.Transport, *rest: Any) -> None:
            super().__init__(protocol, transport, *rest)
            _set_options(transport, options)

    return Connection


def _set_options(transport: asyncio.Transport, options: Sequence[tuple[int, int, int]]) -> None:
    connected = transport.get_extra_info("socket")
    if connected is not None and connected.family in (socket.AF_INET, socket.AF_INET6):
        for level, option, value in options:
            connected.setsockopt(level, option, value)


def _hang_up(engine: Engine, connection: Any, record: ConnectionPoolEntry) -> None:
    """Before a connection is closed: one that was given up is not closed in good order, which waits for the server."""
    if isinstance(engine.pool, _Renewable) and engine.pool.is_given_up(record):
        connection.driver_connection.terminate()
