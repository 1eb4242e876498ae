"""Usage events: buffered without waiting, written together, bounded, and kept while the database is away."""

import time
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.core.audit import Event
from app.db.tables.audit import AuditEvent
from app.flows.usage import UsageBuffer
from app.flows.work import Resources


def _event(pool_id: str, number: int = 0) -> Event:
    return Event("token.client", 1_764_000_000_000 + number, "r", pool_id=pool_id, details={"scope": "a\tb\\c\nd ü"})


def _written(resources: Resources, pool_id: str) -> list[Any]:
    with resources.database.read() as db:
        return list(db.execute(select(AuditEvent).where(AuditEvent.pool_id == pool_id)).all())


def test_events_are_written_together(resources: Resources) -> None:
    pool_id, buffer = str(uuid4()), UsageBuffer(resources.database)
    for number in range(500):
        buffer.note(_event(pool_id, number))
    assert _written(resources, pool_id) == []
    buffer.flush()
    rows = _written(resources, pool_id)
    assert len(rows) == 500
    assert {row.at for row in rows} == {1_764_000_000_000 + number for number in range(500)}
    assert rows[0].details == {"scope": "a\tb\\c\nd ü"}
    assert rows[0].sub is None
    buffer.flush()
    assert len(_written(resources, pool_id)) == 500


def test_beyond_the_bound_events_are_dropped(resources: Resources) -> None:
    pool_id, buffer = str(uuid4()), UsageBuffer(resources.database, capacity=3)
    for number in range(10):
        buffer.note(_event(pool_id, number))
    buffer.flush()
    assert len(_written(resources, pool_id)) == 3


class _AwayDatabase:
    @contextmanager
    def write(self) -> Any:
        raise OperationalError("insert", {}, Exception("away"))
        yield


def test_events_are_kept_while_the_database_is_away(resources: Resources) -> None:
    pool_id, buffer = str(uuid4()), UsageBuffer(resources.database)
    buffer.note(_event(pool_id))
    buffer._database = _AwayDatabase()  # type: ignore[assignment]
    with pytest.raises(OperationalError):
        buffer.flush()
    buffer._database = resources.database
    buffer.stop()
    assert len(_written(resources, pool_id)) == 1


def test_the_writer_writes_within_about_a_second(resources: Resources) -> None:
    pool_id, buffer = str(uuid4()), UsageBuffer(resources.database)
    buffer.start()
    buffer.note(_event(pool_id))
    deadline = time.monotonic() + 5
    while not _written(resources, pool_id) and time.monotonic() < deadline:
        time.sleep(0.05)
    buffer.stop()
    assert len(_written(resources, pool_id)) == 1
