"""The audit line of an operator's change: there with the change, or neither is."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.core import groups
from app.db.tables.audit import AuditEvent
from app.flows.record_change import announce_change
from app.flows.work import Resources, Work
from app.kit.errors import GroupExistsException
from tests.factories import Factory


def _lines(work: Work) -> list[tuple[str, str, dict[str, Any]]]:
    columns = select(AuditEvent.kind, AuditEvent.pool_id, AuditEvent.details)
    with work.read() as db:
        rows = db.execute(columns.where(AuditEvent.request_id == work.request_id)).all()
    return [(row.kind, row.pool_id, row.details) for row in rows]


def _announced(make: Factory, pool_id: str, request_id: str) -> Work:
    work = replace(make.work(), request_id=f"{request_id}-{pool_id}")
    announce_change(work, "CreateGroup", pool_id, {"GroupName": "staff"})
    return work


def test_the_line_comes_with_the_first_segment_that_is_committed(make: Factory) -> None:
    pool_id = make.pool()
    work = _announced(make, pool_id, "once")
    with pytest.raises(GroupExistsException), work.write():
        raise GroupExistsException
    assert _lines(work) == []
    for _ in range(2):
        with work.write():
            pass
        assert _lines(work) == [("CreateGroup", pool_id, {"GroupName": "staff"})]


def test_a_change_whose_line_cannot_be_written_is_not_made(make: Factory) -> None:
    pool_id = make.pool()
    first, second = _announced(make, pool_id, "first"), _announced(make, pool_id, "second")
    assert first.change
    assert second.change
    second.change.event_id = first.change.event_id
    with first.write():
        pass
    with pytest.raises(IntegrityError), second.write() as db:
        groups.create_group(db, pool_id, "staff", description=None, role_arn=None, precedence=None, now=second.now)
    assert _lines(second) == []
    with second.read() as db:
        assert groups.find_group(db, pool_id, "staff") is None


def test_the_line_of_a_new_pool_names_it(operator: Any, resources: Resources) -> None:
    made = operator.create_user_pool(PoolName="named")
    request_id = made["ResponseMetadata"]["RequestId"]
    with resources.database.read() as db:
        query = select(func.max(AuditEvent.pool_id), func.count()).where(AuditEvent.request_id == request_id)
        assert tuple(db.execute(query).one()) == (made["UserPool"]["Id"], 1)
