"""Segments: short, never nested, one writer at a time and in order on SQLite, and nothing slow inside."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core import keys
from app.db.engine import Database, touch
from app.flows.work import Resources, Work
from app.kit.errors import TooManyRequestsException
from tests.factories import Factory


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    with database.write() as db:
        db.execute(text("CREATE TABLE notes (note INTEGER)"))
    yield database
    database.close()


def _notes(database: Database) -> list[int]:
    with database.read() as db:
        return list(db.execute(text("SELECT note FROM notes ORDER BY rowid")).scalars())


def test_a_second_process_is_refused_the_file_until_it_is_free(sqlite: Database, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="in use by another process"):
        Database(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    sqlite.close()
    Database(f"sqlite:///{tmp_path / 'a.sqlite3'}").close()


def test_what_is_acknowledged_is_on_the_disk(sqlite: Database) -> None:
    with sqlite.read() as db:
        assert db.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert db.execute(text("PRAGMA synchronous")).scalar_one() == 2, "FULL"
        assert db.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_writers_come_one_after_the_other_in_order(sqlite: Database) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with sqlite.write():
            entered.set()
            leave.wait(10)

    def note(number: int) -> None:
        with sqlite.write() as db:
            db.execute(text("INSERT INTO notes VALUES (:n)"), {"n": number})

    threads = [threading.Thread(target=hold)]
    threads[0].start()
    assert entered.wait(10)
    for number in range(8):
        threads.append(threading.Thread(target=note, args=(number,)))
        threads[-1].start()
        while len(sqlite._writer._queue) <= number:
            time.sleep(0.001)
    assert _notes(sqlite) == [], "readers do not wait"
    leave.set()
    for thread in threads:
        thread.join()
    assert _notes(sqlite) == list(range(8))


def test_what_raises_leaves_nothing_and_tells_nobody(sqlite: Database) -> None:
    heard: list[str] = []
    sqlite.listen(heard.extend)

    def fail() -> None:
        with sqlite.write() as db:
            db.execute(text("INSERT INTO notes VALUES (1)"))
            touch(db, "pool")
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        fail()
    assert (_notes(sqlite), heard) == ([], [])
    with sqlite.write() as db:
        touch(db, "pool")
        assert heard == [], "not before the commit"
    assert heard == ["pool"]


def test_segments_do_not_nest(make: Factory) -> None:
    work = make.work()
    for outer in (work.read, work.write):
        for inner in (work.read, work.write):
            with outer(), pytest.raises(RuntimeError), inner():
                pass
    with work.read() as db:
        assert db.execute(text("SELECT 1")).scalar_one() == 1, "and the one before has ended"


def test_nothing_slow_runs_inside_a_segment(make: Factory, resources: Resources) -> None:
    work = make.work()
    with work.read():
        for slow in (
            lambda: resources.hasher.hash("pool", "password"),
            lambda: resources.hasher.verify("pool", None, "password"),
            lambda: keys.new_key_pair("RS256"),
        ):
            with pytest.raises(RuntimeError):
                slow()


def test_what_is_kept_survives_a_rollback_and_what_follows_a_commit_does_not(make: Factory) -> None:
    work: Work = make.work()
    kept: list[str] = []

    def change(error: Exception | None) -> None:
        with work.write():
            work.keep(lambda _: kept.append("kept"))
            work.after_commit(lambda: kept.append("after"))
            if error:
                raise error

    with pytest.raises(ValueError, match="x"):
        change(ValueError("x"))
    assert kept == ["kept"]
    change(None)
    assert kept == ["kept", "kept", "after"]


def test_who_waits_in_vain_for_a_connection_hears_that_there_are_too_many(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite.engine.pool, "_timeout", 0.05)
    with ExitStack() as held:
        while sqlite.engine.pool.checkedout() < sqlite.engine.pool.size():  # type: ignore[attr-defined]
            held.enter_context(sqlite.engine.connect())
        for segment in (sqlite.read, sqlite.write):
            with pytest.raises(TooManyRequestsException), segment():
                pass
    assert _notes(sqlite) == []
