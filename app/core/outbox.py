"""The outbox as its deliverers see it: rows that are due, leased to one sender at a time, blanked once they are settled.

A sender that dies leaves its row leased; once the lease has run out another takes it. So each message goes out at least
once whatever is killed when. The one noun whose statements span pools: whoever delivers serves them all.

Each row waits in a lane, which names its way out: `EMAIL` and `SMS` are the server's, `EMAIL/<pool id>` a pool's own. Lanes
are served side by side, so that one whose server hangs holds up no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, tuple_, update

from app.db.tables.outbox import WAITING, OutboxMessage

SENDING = "sending"
DELIVERED = "delivered"
DEAD = "dead"
STATES = (WAITING, SENDING, DELIVERED, DEAD)
_OPEN = OutboxMessage.finished_at.is_(None)


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A row taken for delivery. `attempts` counts this one; `sealed` opens by `core.messages`."""

    pool_id: str
    message_id: str
    medium: str
    lane: str
    sealed: bytes
    attempts: int
    created_at: int


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """What the outbox tells of a message: all but what it says and to whom. `due_at` is when it is tried next."""

    message_id: str
    medium: str
    purpose: str
    state: str
    attempts: int
    reason: str | None
    created_at: int
    due_at: int
    finished_at: int | None

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be tried, at `due_at`."""
        return self.state == WAITING


def due_lanes(db: Connection, now: int) -> list[str]:
    """The lanes in which something is due. One look into an index for each lane with open messages, however many."""
    first = select(func.min(OutboxMessage.lane).label("lane")).where(_OPEN).cte("lanes", recursive=True)
    following = select(func.min(OutboxMessage.lane)).where(_OPEN, OutboxMessage.lane > first.c.lane).scalar_subquery()
    lanes = first.union_all(select(following).where(first.c.lane.is_not(None)))
    has_due = exists().where(_OPEN, OutboxMessage.lane == lanes.c.lane, OutboxMessage.due_at <= now)
    return list(db.execute(select(lanes.c.lane).where(lanes.c.lane.is_not(None), has_due)).scalars())


def take_due(db: Connection, now: int, lease_ms: int, lane: str) -> DueMessage | None:
    """The longest due message of a lane, leased to the caller until `now + lease_ms`; None when nothing is due there.

    Of those that are due since the same moment it is the one that was posted first.
    """
    oldest = (
        select(OutboxMessage.pool_id, OutboxMessage.message_id)
        .where(_OPEN, OutboxMessage.lane == lane, OutboxMessage.due_at <= now)
        .order_by(OutboxMessage.due_at, OutboxMessage.message_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = db.execute(oldest).one_or_none()
    if found is None:
        return None
    row = db.execute(
        update(OutboxMessage)
        .where(OutboxMessage.pool_id == found.pool_id, OutboxMessage.message_id == found.message_id)
        .values(state=SENDING, due_at=now + lease_ms, attempts=OutboxMessage.attempts + 1)
        .returning(
            OutboxMessage.pool_id,
            OutboxMessage.message_id,
            OutboxMessage.medium,
            OutboxMessage.lane,
            OutboxMessage.sealed,
            OutboxMessage.attempts,
            OutboxMessage.created_at,
        )
    ).one()
    return DueMessage(**row._mapping)


def settle(db: Connection, message: DueMessage, state: str, now: int, reason: str | None = None) -> bool:
    """Ends a message as `delivered` or `dead` and blanks it; false if the lease was lost to another sender."""
    return _change(db, message, {"state": state, "sealed": b"", "reason": reason, "finished_at": now, "due_at": now})


def postpone(db: Connection, message: DueMessage, due_at: int, reason: str) -> bool:
    """Lets a message wait for its next attempt; false if the lease was lost to another sender."""
    return _change(db, message, {"state": WAITING, "due_at": due_at, "reason": reason})


def waiting(db: Connection) -> tuple[int, int | None]:
    """How many messages are yet to go out, and since when (epoch ms) the oldest waits."""
    counted = select(func.count().label("number"), func.min(OutboxMessage.created_at).label("oldest")).where(_OPEN)
    row = db.execute(counted).one()
    return row.number, row.oldest


def list_messages(
    db: Connection, pool_id: str, state: str | None, after: tuple[int, str] | None, limit: int
) -> list[MessageStatus]:
    """The messages of a pool, newest first, those `after` a time and id; of one state if it is given."""
    key = tuple_(OutboxMessage.created_at, OutboxMessage.message_id)
    wanted = [OutboxMessage.pool_id == pool_id]
    if state is not None:
        wanted.append(OutboxMessage.state == state)
    if after is not None:
        wanted.append(key < after)
    rows = db.execute(
        select(*_status_columns())
        .where(*wanted)
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.message_id.desc())
        .limit(limit)
    )
    return [MessageStatus(**row._mapping) for row in rows]


def retry(db: Connection, pool_id: str, message_ids: Sequence[str] | None, now: int) -> int:
    """Makes the pool's waiting messages (or some of them) due at once; returns how many. What is dead is blank."""
    wanted = [OutboxMessage.pool_id == pool_id, OutboxMessage.state == WAITING]
    if message_ids is not None:
        wanted.append(OutboxMessage.message_id.in_(message_ids))
    return db.execute(update(OutboxMessage).where(*wanted).values(due_at=now)).rowcount


def _status_columns() -> list[Any]:
    return [getattr(OutboxMessage, name) for name in MessageStatus.__slots__]


def _change(db: Connection, message: DueMessage, values: dict[str, Any]) -> bool:
    return db.execute(update(OutboxMessage).where(_leased(message)).values(**values)).rowcount == 1


def _leased(message: DueMessage) -> ColumnElement[bool]:
    return and_(
        OutboxMessage.pool_id == message.pool_id,
        OutboxMessage.message_id == message.message_id,
        OutboxMessage.state == SENDING,
        OutboxMessage.attempts == message.attempts,
    )
