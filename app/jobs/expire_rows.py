"""Deletes what has expired, in batches, so that tables do not grow with time."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, delete, inspect, select, tuple_

from app.core import devices
from app.db.tables.attempts import Attempt
from app.db.tables.codes import Code
from app.db.tables.devices import Device, DeviceSession
from app.db.tables.functions import FunctionCall
from app.db.tables.outbox import OutboxMessage
from app.db.tables.passkeys import PasskeyRegistration
from app.db.tables.rate_windows import RateWindow
from app.db.tables.sessions import SpentSession, SsoSession
from app.db.tables.tokens import AuthorizationCode, TokenFamily
from app.db.types import Base
from app.flows.function_calls import drop_old_calls
from app.flows.work import Work
from app.kit.clock import DAY, HOUR

BATCH = 500
# How long rows stay after their end: an expired code is told from a wrong one, and reuse of a token from nonsense.
_CODES_KEPT_MS = DAY
# An access token of the family, issued just before its end, may live for a day and is checked against the family.
_FAMILIES_KEPT_MS = DAY + HOUR
_ATTEMPTS_KEPT_MS = DAY
_MESSAGES_KEPT_MS = 30 * DAY
_CALLS_KEPT_MS = 7 * DAY

Ended = Callable[[int], ColumnElement[bool]]
_RULES: tuple[tuple[type[Base], Ended], ...] = (
    (Code, lambda now: Code.expires_at < now - _CODES_KEPT_MS),
    (AuthorizationCode, lambda now: AuthorizationCode.expires_at < now - HOUR),
    (SpentSession, lambda now: SpentSession.expires_at < now - HOUR),
    (SsoSession, lambda now: SsoSession.expires_at < now),
    (TokenFamily, lambda now: TokenFamily.expires_at < now - _FAMILIES_KEPT_MS),
    (Device, lambda now: Device.forgotten_at < now - devices.TOMBSTONE_MS),
    (DeviceSession, lambda now: DeviceSession.expires_at < now),
    (PasskeyRegistration, lambda now: PasskeyRegistration.expires_at < now),
    (Attempt, lambda now: (Attempt.last_at < now - _ATTEMPTS_KEPT_MS) & (Attempt.locked_until < now)),
    (RateWindow, lambda now: RateWindow.ends_at < now - HOUR),
    (FunctionCall, lambda now: FunctionCall.at < now - _CALLS_KEPT_MS),
    (
        OutboxMessage,
        lambda now: OutboxMessage.state.in_(("delivered", "dead")) & (OutboxMessage.due_at < now - _MESSAGES_KEPT_MS),
    ),
)


def expire_rows(work: Work) -> int:
    """Deletes every row that has expired, of all pools, and the oldest of what has a bound; returns how many."""
    return sum(_expire(work, table, ended(work.now)) for table, ended in _RULES) + drop_old_calls(work)


def _expire(work: Work, table: type[Base], ended: ColumnElement[bool]) -> int:
    deleted = 0
    while True:
        with work.read() as db:
            if not _any(db, table, ended):
                return deleted
        with work.write() as db:
            batch = _delete_batch(db, table, ended)
        deleted += batch
        if batch < BATCH:
            return deleted


def _any(db: Connection, table: type[Base], ended: ColumnElement[bool]) -> bool:
    return db.execute(select(inspect(table).primary_key[0]).where(ended).limit(1)).first() is not None


def _delete_batch(db: Connection, table: type[Base], ended: ColumnElement[bool]) -> int:
    key = tuple_(*inspect(table).primary_key)
    rows = select(*inspect(table).primary_key).where(ended).limit(BATCH).with_for_update(skip_locked=True)
    return db.execute(delete(table).where(key.in_(rows))).rowcount
