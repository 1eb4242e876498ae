"""Both drivers on real servers: what is verified, what a URL sets, and that no answer is waited for in vain."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from sqlalchemy import Connection, Integer, LargeBinary, bindparam, column, func, select, table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.util.concurrency import greenlet_spawn

from app.db import connections
from app.db.engine import Database
from app.db.outages import cause
from app.db.postgresql import Patience, loop_engine, thread_engine
from app.db.prepared import Prepared
from app.kit.errors import ServiceUnavailableException, TooManyRequestsException
from tests.postgres import Cluster, running_cluster
from tests.proxy import Proxy, proxy_to
from tests.timing import within
from tests.tls import Authority, tls_cluster

pytestmark = pytest.mark.slow

Run = Callable[[Database, Callable[[Database], Any]], Any]
SHORT = Patience(connect=2, statement=1, answer=2)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def tls(authority: Authority) -> Iterator[Cluster]:
    with tls_cluster(authority) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def plain() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def roots(authority: Authority, tmp_path: Path) -> str:
    file = tmp_path / "root.crt"
    file.write_bytes(authority.pem)
    return str(file)


def _in_thread(database: Database, function: Callable[[Database], Any]) -> Any:
    return function(database)


def _on_loop(database: Database, function: Callable[[Database], Any]) -> Any:
    async def crossing() -> Any:
        try:
            return await greenlet_spawn(function, database)
        finally:
            await database.leave_loop()

    return asyncio.run(crossing())


@pytest.fixture(params=[_in_thread, _on_loop], ids=["psycopg", "asyncpg"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a function where one of the drivers is used."""
    chosen: Run = request.param
    return chosen


@pytest.fixture
def opened() -> Iterator[Callable[[str], Database]]:
    """Opens databases, and closes them at the end."""
    made: list[Database] = []

    def open_database(url: str) -> Database:
        made.append(Database(url, pool_size=2))
        return made[-1]

    yield open_database
    for database in made:
        database.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can wait for."""
    monkeypatch.setattr(connections, "loop_engine", partial(loop_engine, patience=SHORT))
    monkeypatch.setattr(connections, "thread_engine", partial(thread_engine, patience=SHORT))
    monkeypatch.setattr(connections, "REQUESTS", SHORT)
    monkeypatch.setattr(connections, "WATCH", SHORT)


def _url(cluster: Cluster, host: str = "localhost", *, port: int = 0, **query: Any) -> str:
    given = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    password = quote(cluster.password, safe="")
    return f"postgresql://poolhouse_tests:{password}@{host}:{port or cluster.port}/postgres?{given}"


def _ask(statement: str) -> Callable[[Database], Any]:
    def ask(database: Database) -> Any:
        with database.read() as db:
            return db.execute(text(statement)).scalar_one()

    return ask


_IS_ENCRYPTED = _ask("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")


def test_a_trusted_server(run: Run, opened: Any, tls: Cluster, roots: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(opened(_url(tls, sslmode="verify-full", sslrootcert=roots)), _IS_ENCRYPTED) is True
    assert run(opened(_url(tls, "127.0.0.1", sslmode="verify-ca", sslrootcert=roots)), _IS_ENCRYPTED) is True
    monkeypatch.setenv("SSL_CERT_FILE", roots)
    assert run(opened(_url(tls, sslrootcert="system")), _IS_ENCRYPTED) is True
    assert run(opened(_url(tls, sslmode="disable")), _IS_ENCRYPTED) is False


def test_another_authority(
    run: Run, opened: Any, tls: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "other.crt"
    file.write_bytes(Authority("another").pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    queries: tuple[dict[str, Any], ...] = (
        {"sslmode": "verify-full", "sslrootcert": str(file)},
        {"sslmode": "verify-ca", "sslrootcert": str(file)},
        {"sslrootcert": "system"},
    )
    for query in queries:
        with pytest.raises(ServiceUnavailableException) as caught:
            run(opened(_url(tls, **query)), _IS_ENCRYPTED)
        assert "certificate" in cause(caught.value)


def test_another_host(run: Run, opened: Any, tls: Cluster, roots: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", roots)
    queries: tuple[dict[str, Any], ...] = ({"sslmode": "verify-full", "sslrootcert": roots}, {"sslrootcert": "system"})
    for query in queries:
        with pytest.raises(ServiceUnavailableException):
            run(opened(_url(tls, "127.0.0.1", **query)), _IS_ENCRYPTED)


def test_a_server_without_tls(
    run: Run, opened: Any, plain: Cluster, roots: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", roots)
    queries: tuple[dict[str, Any], ...] = (
        {"sslmode": "verify-full", "sslrootcert": roots},
        {"sslmode": "verify-ca", "sslrootcert": roots},
        {"sslmode": "require"},
        {"sslrootcert": "system"},
    )
    for query in queries:
        with pytest.raises(ServiceUnavailableException):
            run(opened(_url(plain, **query)), _ask("SELECT 1"))
    assert run(opened(_url(plain)), _IS_ENCRYPTED) is False


def test_what_a_url_sets(run: Run, opened: Any, plain: Cluster) -> None:
    database = opened(
        _url(
            plain,
            application_name="mine",
            options="-c search_path=elsewhere -c work_mem=7MB",
            connect_timeout="3",
            keepalives_idle="20",
            tcp_user_timeout="7000",
            channel_binding="prefer",
            gssencmode="prefer",
            target_session_attrs="read-write",
            client_encoding="utf8",
        )
    )
    shown = {
        name: run(database, _ask(f"SHOW {name}"))
        for name in ("application_name", "search_path", "work_mem", "idle_in_transaction_session_timeout")
    }
    assert shown == {
        "application_name": "mine",
        "search_path": "elsewhere",
        "work_mem": "7MB",
        "idle_in_transaction_session_timeout": "30s",
    }
    assert run(database, _ask("SHOW statement_timeout")) == ("30s" if run is _in_thread else "10s")
    assert run(database, _sockets) == [(1, 20, 7_000)]


def _sockets(database: Database) -> list[tuple[int, int, int]]:
    """Of the connection's own socket: whether it keeps alive, after how many seconds, and the milliseconds for an acknowledgement."""
    with database.read() as db:
        connection: Any = db.connection.driver_connection
        number = (
            connection.fileno()
            if hasattr(connection, "fileno")
            else connection._transport.get_extra_info("socket").fileno()
        )
        with socket.socket(fileno=socket.dup(number)) as own:
            return [
                (
                    own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                    own.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                    own.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
                )
            ]


def test_the_first_host_that_takes_a_connection_is_used(run: Run, opened: Any, plain: Cluster) -> None:
    hosts = f"localhost:1,127.0.0.1:{plain.port}"
    url = f"postgresql://poolhouse_tests:{plain.password}@{hosts}/postgres?target_session_attrs=primary"
    assert run(opened(url), _ask("SELECT 1")) == 1


def test_a_server_that_refuses_is_away(run: Run, opened: Any, plain: Cluster) -> None:
    wrong = _url(plain).replace(plain.password, "another-password")
    for url in (wrong, _url(plain, port=1), _url(plain).replace("/postgres?", "/nothing?")):
        with pytest.raises(ServiceUnavailableException) as caught:
            run(opened(url), _ask("SELECT 1"))
        assert cause(caught.value)
        assert "another-password" not in cause(caught.value)


@pytest.mark.usefixtures("impatient")
def test_a_statement_that_takes_too_long_ends_and_the_connection_lives(run: Run, opened: Any, plain: Cluster) -> None:
    def wait(database: Database) -> list[int]:
        pids = []
        for seconds in (0, 30, 0):
            try:
                with database.read() as db:
                    pids.append(db.execute(text("SELECT pg_backend_pid()")).scalar_one())
                    db.execute(text(f"SELECT pg_sleep({seconds})"))
            except ServiceUnavailableException:
                pids.append(0)
        return pids

    first, second, ended, third = run(opened(_url(plain)), wait)
    assert ended == 0
    assert first == second == third


@pytest.fixture
def line(plain: Cluster) -> Iterator[Proxy]:
    with proxy_to(plain.port) as proxy:
        yield proxy


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("segment", ["read", "write", "prepared", "commit"])
def test_a_server_that_falls_silent(run: Run, opened: Any, plain: Cluster, line: Proxy, segment: str) -> None:
    prepared = Prepared(select(func.now().label("moment")))

    def fall(database: Database) -> None:
        _segments(database, segment, lambda _: None, prepared)
        with within(SHORT.answer + 2), pytest.raises(ServiceUnavailableException):
            _segments(database, segment, lambda _: line.cut(), prepared)
        line.mend()
        with within(1):
            assert _ask("SELECT 1")(database) == 1

    run(opened(_url(plain, port=line.port)), fall)


def _segments(database: Database, segment: str, between: Callable[[Connection], None], prepared: Prepared) -> None:
    with database.read() if segment in ("read", "prepared") else database.write() as db:
        db.execute(text("SELECT 1"))
        between(db)
        if segment == "prepared":
            prepared.rows(db, {})
        elif segment != "commit":
            db.execute(text("SELECT 1"))


@pytest.mark.usefixtures("impatient")
def test_after_an_outage_no_connection_from_before_it_is_used(
    run: Run, opened: Any, plain: Cluster, line: Proxy
) -> None:
    def outage(database: Database) -> None:
        with database.read() as db:
            db.execute(text("SELECT 1"))
        line.cut()
        with pytest.raises(ServiceUnavailableException), database.watch() as db:
            db.execute(text("SELECT 1"))
        line.mend()
        with database.watch() as db:
            db.execute(text("SELECT 1"))
        with within(1), database.read() as db:
            db.execute(text("SELECT 1"))

    with structlog.testing.capture_logs() as logs:
        run(opened(_url(plain, port=line.port)), outage)
    assert [entry["event"] for entry in logs] == ["database_unavailable", "database_answers_again"]


def test_a_connection_that_the_server_ends_is_not_used_again(run: Run, opened: Any, plain: Cluster) -> None:
    prepared = Prepared(select(func.now().label("moment")))

    def end(database: Database) -> None:
        with pytest.raises(ServiceUnavailableException):
            _end_and_ask(database, plain, prepared)
        assert _ask("SELECT 1")(database) == 1

    run(opened(_url(plain)), end)


def _end_and_ask(database: Database, cluster: Cluster, prepared: Prepared) -> None:
    with database.read() as db:
        pid = db.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with cluster.connect() as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s)", (pid,))
        prepared.rows(db, {})


def test_an_outage_is_told_once_however_many_suffer(opened: Any, plain: Cluster) -> None:
    database = opened(_url(plain, port=1))
    with structlog.testing.capture_logs() as logs:
        for _ in range(20):
            with pytest.raises(ServiceUnavailableException), database.read():
                pass
    (entry,) = logs
    assert (entry["event"], entry["log_level"]) == ("database_unavailable", "error")
    assert "refused" in entry["error"]
    assert plain.password not in str(entry)


def test_who_waits_in_vain_for_a_connection_hears_that_there_are_too_many(
    opened: Any, plain: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = opened(_url(plain))
    monkeypatch.setattr(database.engine.pool, "_timeout", 0.05)
    with database.engine.connect(), database.engine.connect(), pytest.raises(TooManyRequestsException), database.read():
        pass
    database.probe()


def test_a_probe_uses_both_drivers(opened: Any, plain: Cluster) -> None:
    database = opened(_url(plain, application_name="probe"))
    database.probe()
    with plain.connect() as superuser:
        left = superuser.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'probe'").fetchone()
    assert left is not None
    assert left[0] == 1, "the loop's is closed with its loop"


def test_writes_put_off_are_all_or_nothing_with_a_transaction_or_without(run: Run, opened: Any, plain: Cluster) -> None:
    database = opened(_url(plain))
    row = table("put_off", column("number", Integer))
    add = Prepared(row.insert().values(number=bindparam("n")))

    def segment(*numbers: int, raises: type[Exception] | None = None, reads: bool = False) -> Any:
        with suppress(*([raises] if raises else [])), database.write() as db:
            if reads:
                db.execute(text("SELECT 1"))
            for number in numbers:
                add.later(db, {"n": number})
            if raises is ZeroDivisionError:
                raise ZeroDivisionError
        with database.read() as db:
            return db.execute(text("SELECT array_agg(number ORDER BY number) FROM put_off")).scalar()

    def story(_: Database) -> None:
        with database.write() as db:
            db.execute(text("DROP TABLE IF EXISTS put_off"))
            db.execute(text("CREATE TABLE put_off (number integer PRIMARY KEY)"))
        assert segment(1) == [1]
        assert segment(2, 3) == [1, 2, 3]
        assert segment(4, 4, raises=IntegrityError) == [1, 2, 3]
        assert segment(4, raises=ZeroDivisionError) == [1, 2, 3]
        assert segment(4, reads=True) == [1, 2, 3, 4]
        assert segment(5, 5, raises=IntegrityError, reads=True) == [1, 2, 3, 4]
        with suppress(ZeroDivisionError), database.write() as db:
            db.execute(text("DELETE FROM put_off"))
            raise ZeroDivisionError
        assert segment() == [1, 2, 3, 4]

    run(database, story)


@pytest.mark.parametrize("reads", [False, True])
def test_a_check_takes_the_whole_segment_back(run: Run, opened: Any, plain: Cluster, reads: bool) -> None:
    database = opened(_url(plain))
    row = table("checked", column("number", Integer))
    add = Prepared(row.insert().values(number=bindparam("n")))
    move = Prepared(row.update().where(row.c.number == bindparam("old")).values(number=bindparam("new")))

    def refuse(changed: int) -> None:
        if not changed:
            raise LookupError

    def segment(number: int, old: int) -> Any:
        with suppress(LookupError), database.write() as db:
            if reads:
                db.execute(text("SELECT 1"))
            add.later(db, {"n": number})
            move.later(db, {"old": old, "new": old + 100}, refuse)
        with database.read() as db:
            return db.execute(text("SELECT array_agg(number ORDER BY number) FROM checked")).scalar()

    def story(_: Database) -> None:
        with database.write() as db:
            db.execute(text("DROP TABLE IF EXISTS checked"))
            db.execute(text("CREATE TABLE checked (number integer PRIMARY KEY)"))
            db.execute(text("INSERT INTO checked VALUES (1)"))
        assert segment(2, 7) == [1]
        assert segment(2, 1) == [2, 101]
        assert segment(3, 1) == [2, 101]

    run(database, story)


def test_a_read_put_off_sees_what_was_committed_before_the_writes_beside_it(
    run: Run, opened: Any, plain: Cluster
) -> None:
    database = opened(_url(plain))
    row = table("read_later", column("number", Integer), column("document", JSONB))
    add = Prepared(row.insert().values(number=bindparam("n"), document=bindparam("d", type_=JSONB())))
    find = Prepared(row.select().where(row.c.number >= bindparam("n")).order_by(row.c.number))

    def segment(*numbers: int, begins: bool = False) -> list[tuple[int, Any]]:
        with database.write() as db:
            if begins:
                db.execute(text("SELECT 1"))
            found = find.rows_later(db, {"n": 2})
            for number in numbers:
                add.later(db, {"n": number, "d": {"big": 2**53 + number, "none": None}})
        return [(each.number, each.document) for each in found.rows]

    def story(_: Database) -> None:
        with database.write() as db:
            db.execute(text("DROP TABLE IF EXISTS read_later"))
            db.execute(text("CREATE TABLE read_later (number integer PRIMARY KEY, document jsonb)"))
            db.execute(text("INSERT INTO read_later VALUES (2, NULL)"))
        assert segment() == [(2, None)]
        assert segment(1) == [(2, None)]
        assert segment(3, begins=True) == [(2, None)]
        assert segment(4) == [(2, None), (3, {"big": 2**53 + 3, "none": None})]
        with database.write() as db:
            db.execute(text("DELETE FROM read_later"))
        assert segment(5) == []

    run(database, story)


@pytest.mark.parametrize("in_transaction", [False, True])
def test_a_schema_that_changes_under_a_prepared_statement_costs_one_error_at_most(
    run: Run, opened: Any, plain: Cluster, in_transaction: bool
) -> None:
    database = opened(_url(plain))
    row = table("altered", column("number", Integer))
    find = Prepared(row.select().where(row.c.number >= bindparam("n")))

    def read() -> list[int]:
        with database.write() if in_transaction else database.read() as db:
            return [each.number for each in find.rows(db, {"n": 1})]

    def story(_: Database) -> None:
        with database.write() as db:
            db.execute(text("DROP TABLE IF EXISTS altered"))
            db.execute(text("CREATE TABLE altered (number integer)"))
            db.execute(text("INSERT INTO altered VALUES (1)"))
        assert read() == [1]
        with database.write() as db:
            db.execute(text("ALTER TABLE altered ALTER COLUMN number TYPE bigint"))
        with suppress(ServiceUnavailableException):
            read()
        assert read() == [1]

    run(database, story)


def test_a_read_put_off_has_columns_that_json_has(run: Run, opened: Any, plain: Cluster) -> None:
    find = Prepared(table("hashes", column("hash", LargeBinary)).select())

    def story(database: Database) -> None:
        with pytest.raises(TypeError, match="not of a type of JSON"), database.write() as db:
            find.rows_later(db, {})

    run(opened(_url(plain)), story)
