"""The outbox as its deliverers see it: rows that are due, leased to one sender at a time, blanked once they are settled.

A sender that dies leaves its row leased; once the lease has run out another takes it. So each message goes out at least
once whatever is killed when. The one noun whose statements span pools: whoever delivers serves them all.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from app.db.tables.outbox import OutboxMessage


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A row taken for delivery. `attempts` counts this one; `sealed` opens by `core.messages`."""

    pool_id: str
    message_id: str
    medium: str
    sealed: bytes
    attempts: int
    created_at: int


def has_due(db: Connection, now: int) -> bool:
    """Whether anything is due: asked before a write segment is opened in vain."""
    due = select(OutboxMessage.pool_id).where(_is_due(now)).limit(1)
    return db.execute(due).first() is not None


def take_due(db: Connection, now: int, lease_ms: int) -> DueMessage | None:
    """The longest due message, leased to the caller until `now + lease_ms`; None when nothing is due."""
    oldest = (
        select(OutboxMessage.pool_id, OutboxMessage.message_id)
        .where(_is_due(now))
        .order_by(OutboxMessage.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = db.execute(oldest).one_or_none()
    if found is None:
        return None
    row = db.execute(
        update(OutboxMessage)
        .where(OutboxMessage.pool_id == found.pool_id, OutboxMessage.message_id == found.message_id)
        .values(state="sending", due_at=now + lease_ms, attempts=OutboxMessage.attempts + 1)
        .returning(
            OutboxMessage.pool_id,
            OutboxMessage.message_id,
            OutboxMessage.medium,
            OutboxMessage.sealed,
            OutboxMessage.attempts,
            OutboxMessage.created_at,
        )
    ).one()
    return DueMessage(**row._mapping)


def settle(db: Connection, message: DueMessage, state: str, now: int, reason: str | None = None) -> None:
    """Ends a message as `delivered` or `dead` and blanks it. Does nothing if the lease was lost to another sender."""
    db.execute(
        update(OutboxMessage)
        .where(_leased(message))
        .values(state=state, sealed=b"", reason=reason, finished_at=now, due_at=now)
    )


def postpone(db: Connection, message: DueMessage, due_at: int, reason: str) -> None:
    """Lets a message wait for its next attempt."""
    db.execute(update(OutboxMessage).where(_leased(message)).values(state="waiting", due_at=due_at, reason=reason))


def waiting(db: Connection) -> tuple[int, int | None]:
    """How many messages are yet to go out, and since when (epoch ms) the oldest waits."""
    row = db.execute(
        select(func.count().label("number"), func.min(OutboxMessage.created_at).label("oldest")).where(
            OutboxMessage.state.in_(("waiting", "sending"))
        )
    ).one()
    return row.number, row.oldest


def _is_due(now: int) -> ColumnElement[bool]:
    """Waiting and due, or leased to a sender that has let its lease run out."""
    return and_(OutboxMessage.state.in_(("waiting", "sending")), OutboxMessage.due_at <= now)


def _leased(message: DueMessage) -> ColumnElement[bool]:
    return and_(
        OutboxMessage.pool_id == message.pool_id,
        OutboxMessage.message_id == message.message_id,
        OutboxMessage.state == "sending",
        OutboxMessage.attempts == message.attempts,
    )
