"""The one event line: what happened, to whom, by whom, from where."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, cast

import orjson
from psycopg import Cursor
from sqlalchemy import Connection, insert, select

from app.db.prepared import Prepared
from app.db.tables.audit import AuditEvent
from app.kit.ids import new_uuid


# Not frozen, which would triple the cost of making one; nobody changes them.
@dataclass(slots=True)
class Event:
    """An audit event. `kind` is the operation or a dotted name such as `sign_in.password`; `details` holds no secret."""

    kind: str
    at: int
    request_id: str
    outcome: str = "success"
    pool_id: str = ""
    sub: str | None = None
    client_id: str | None = None
    principal: str | None = None
    source_ip: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    event_id: str = field(default_factory=new_uuid)


def record(db: Connection, *events: Event) -> None:
    """Writes events in the transaction of what they tell about."""
    for event in events:
        _INSERT.later(db, _values(event))


_INSERT = Prepared(insert(AuditEvent), takes_columns=True)
_COLUMNS = Event.__slots__
_members = attrgetter(*_COLUMNS)
_COPY = f"COPY audit_events ({', '.join(_COLUMNS)}) FROM STDIN"


def list_events_of(db: Connection, pool_id: str, sub: str, *, limit: int) -> list[Event]:
    """The newest events about a user, at most `limit`, the newest first."""
    rows = db.execute(
        select(*(getattr(AuditEvent, name) for name in _COLUMNS))
        .where(AuditEvent.pool_id == pool_id, AuditEvent.sub == sub)
        .order_by(AuditEvent.at.desc(), AuditEvent.event_id.desc())
        .limit(limit)
    )
    return [Event(**row._mapping) for row in rows]


def record_many(db: Connection, events: Sequence[Event]) -> None:
    """Writes many events at the least cost for each: by COPY on PostgreSQL."""
    if db.dialect.name != "postgresql":
        record(db, *events)
        return
    # Only ever from the usage writer's thread, whose connections are psycopg's.
    with cast("Cursor[Any]", db.connection.cursor()) as cursor, cursor.copy(_COPY) as copy:
        for event in events:
            copy.write_row([*map(_plain, _members(event))])


def _plain(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


def _values(event: Event) -> dict[str, Any]:
    return dict(zip(_COLUMNS, _members(event), strict=True))
