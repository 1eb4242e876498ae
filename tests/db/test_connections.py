"""Connections of an event loop, which one segment leaves to the next: nothing of a segment is left in them, and none is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection, Integer, String, bindparam, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util.concurrency import await_only, greenlet_spawn

from app.db.engine import Database
from app.db.prepared import Prepared
from app.kit.errors import ServiceUnavailableException
from tests.postgres import Cluster, running_cluster

pytestmark = pytest.mark.slow
_SIZE = 2


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as made:
        yield made


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    opened = Database(
        f"postgresql://poolhouse_tests:{cluster.password}@127.0.0.1:{cluster.port}/postgres", pool_size=_SIZE
    )
    yield opened
    opened.close()


def _on_loop(database: Database, story: Callable[[], Awaitable[Any]]) -> Any:
    async def told() -> Any:
        try:
            return await story()
        finally:
            await database.leave_loop()

    return asyncio.run(told())


def _told(database: Database, story: Callable[[], Any]) -> Any:
    return _on_loop(database, lambda: greenlet_spawn(story))


def _pid(db: Connection) -> int:
    return int(db.execute(text("SELECT pg_backend_pid()")).scalar_one())


def _in_transaction(db: Connection) -> bool:
    """Whether two statements see the same moment, as only those of one transaction do."""
    moments = {db.execute(text("SELECT transaction_timestamp()")).scalar_one() for _ in range(2)}
    return len(moments) == 1


def test_one_segment_leaves_its_connection_to_the_next(database: Database) -> None:
    def story() -> set[int]:
        pids = set()
        for segment in (database.read, database.write, database.write_once, database.read):
            with segment() as db:
                pids.add(_pid(db))
        return pids

    assert len(_told(database, story)) == 1


def test_a_write_is_a_transaction_and_a_read_is_none_whatever_was_before(database: Database) -> None:
    def story() -> None:
        for segment, expected in ((database.read, False), (database.write, True)) * 2:
            with segment() as db:
                assert _in_transaction(db) is expected

    _told(database, story)


@pytest.mark.parametrize("error", [LookupError, DBAPIError])
def test_a_segment_that_raises_leaves_nothing_behind(database: Database, error: type[Exception]) -> None:
    def fail(db: Connection) -> None:
        db.execute(text("INSERT INTO left_behind VALUES (1)"))
        if error is DBAPIError:
            db.execute(text("SELECT 1 / 0"))
        raise LookupError

    def story() -> Any:
        with database.write() as db:
            db.execute(text("DROP TABLE IF EXISTS left_behind"))
            db.execute(text("CREATE TABLE left_behind (number integer)"))
        with suppress(error), database.write() as db:
            fail(db)
        with database.read() as db:
            assert not _in_transaction(db)
            assert db.execute(text("SELECT count(*) FROM left_behind")).scalar_one() == 0
        with suppress(error), database.read() as db:
            fail(db)
        with database.write() as db:
            assert db.execute(text("SELECT count(*) FROM left_behind")).scalar_one() == 1
            assert _in_transaction(db)

    _told(database, story)


def test_whoever_waits_gets_one_as_soon_as_it_is_free(database: Database) -> None:
    """Far more at once than there are connections, again and again: none is lost, and nobody waits for those that are kept."""

    def use(number: int) -> int:
        with database.read() if number % 2 else database.write() as db:
            await_only(asyncio.sleep(0.001))
            if number % 5 == 0:
                raise LookupError
            return _pid(db)

    async def story() -> list[Any]:
        rounds = []
        for _ in range(3):
            waiting = [greenlet_spawn(use, number) for number in range(20 * _SIZE)]
            rounds += await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
        return rounds

    found = _on_loop(database, story)
    pids = {pid for pid in found if isinstance(pid, int)}
    assert len(pids) <= _SIZE
    assert {type(other) for other in found if not isinstance(other, int)} == {LookupError}


_SLEEP = Prepared(select(func.pg_sleep(bindparam("seconds", type_=Integer())).cast(String).label("done")))
_WHO = Prepared(select(func.pg_backend_pid().label("pid")))


@pytest.mark.parametrize("is_prepared", [False, True])
def test_one_that_is_cancelled_within_a_statement_is_not_used_again(database: Database, is_prepared: bool) -> None:
    def sleep() -> None:
        with database.read() as db:
            if is_prepared:
                _SLEEP.rows(db, {"seconds": 30})
            else:
                db.execute(text("SELECT pg_sleep(30)"))

    def ask() -> int:
        with database.read() as db:
            assert db.execute(text("SELECT 7")).scalar_one() == 7
            return _pid(db)

    async def story() -> None:
        before = await greenlet_spawn(ask)
        sleeping = asyncio.ensure_future(greenlet_spawn(sleep))
        await asyncio.sleep(0.2)
        sleeping.cancel()
        with suppress(asyncio.CancelledError):
            await sleeping
        assert before not in {await greenlet_spawn(ask) for _ in range(3)}

    _on_loop(database, story)


@pytest.mark.parametrize("is_held", [True, False])
def test_after_an_outage_none_from_before_is_used_again(database: Database, cluster: Cluster, is_held: bool) -> None:
    """Neither one that lay idle meanwhile, nor one that a segment held."""

    def hold(entered: asyncio.Event, release: asyncio.Event) -> int:
        with database.read() as db:
            entered.set()
            await_only(release.wait())
            return _pid(db)

    def end(pid: int) -> None:
        with cluster.connect() as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    def lose() -> None:
        with database.read() as db:
            await_only(asyncio.to_thread(end, _pid(db)))
            _pid(db)

    def pid() -> int:
        with database.read() as db:
            return _pid(db)

    async def story() -> None:
        entered, release = asyncio.Event(), asyncio.Event()
        holding = asyncio.ensure_future(greenlet_spawn(hold, entered, release))
        await entered.wait()
        old = None if is_held else await greenlet_spawn(pid)
        if not is_held:
            release.set()
            await holding  # what is given back last is taken first, so that `old` stays idle
        with pytest.raises(ServiceUnavailableException):
            await greenlet_spawn(lose)
        release.set()
        old = old or await holding
        assert old not in set(await asyncio.gather(*(greenlet_spawn(pid) for _ in range(_SIZE))))

    _on_loop(database, story)


def test_one_whose_segment_hid_a_loss_is_not_used_again(database: Database, cluster: Cluster) -> None:
    """The next statement opens another connection by itself, and begins a transaction there that nobody ends."""

    def end(pid: int) -> None:
        with cluster.connect() as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    def story() -> None:
        with database.read() as db:
            await_only(asyncio.to_thread(end, _WHO.row(db, {}).pid))
            with suppress(DBAPIError):
                _WHO.row(db, {})
            _WHO.row(db, {})
        with database.read() as db:
            assert not _in_transaction(db)

    _told(database, story)


def test_one_that_the_server_has_ended_meanwhile_is_not_used_again(database: Database, cluster: Cluster) -> None:
    heard = asyncio.Event()

    def pid() -> int:
        with database.read() as db:
            driver: Any = db.connection.driver_connection
            driver.add_termination_listener(lambda _: heard.set())
            return _pid(db)

    async def story() -> None:
        old = await greenlet_spawn(pid)
        with cluster.connect() as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [old])
        await asyncio.wait_for(heard.wait(), 5)
        assert await greenlet_spawn(pid) != old

    _on_loop(database, story)


def test_one_that_is_given_back_after_the_others_were_closed_is_closed_too(database: Database) -> None:
    entered, release = asyncio.Event(), asyncio.Event()
    drivers: list[Any] = []

    def hold() -> None:
        with database.read() as db:
            drivers.append(db.connection.driver_connection)
            entered.set()
            await_only(release.wait())

    async def story() -> None:
        holding = asyncio.ensure_future(greenlet_spawn(hold))
        await entered.wait()
        await database.leave_loop()
        assert not drivers[0].is_closed()
        release.set()
        await holding
        assert drivers[0].is_closed()

    asyncio.run(story())


def test_all_are_closed_with_their_loop(database: Database, cluster: Cluster) -> None:
    def story() -> int:
        with database.read() as db:
            return _pid(db)

    pid = _told(database, story)
    with cluster.connect() as superuser:
        left = superuser.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    assert left == (0,)
