"""Counted attempts: each is reserved before its check by one committed statement, so parallel guesses cannot outrun it.

Two kinds of limit. A *lockout* (passwords, MFA codes) allows five failures, then locks for 1, 2, 4, ... seconds up to 15
minutes; attempts made while locked are refused and not counted, a success or 15 quiet minutes start anew. An *hourly* limit
allows so many attempts in an hour from the first one. Subjects are a user's `sub`, or `subject_of_name` for a name that
leads to nobody, so that both behave alike.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    Update,
    bindparam,
    case,
    literal,
    select,
    update,
)

from app.db.keyring import Keyring
from app.db.prepared import Prepared
from app.db.tables.attempts import Attempt
from app.db.upsert import Upsert, upsert
from app.kit.clock import HOUR, MINUTE, SECOND
from app.kit.errors import (
    AppError,
    LimitExceededException,
    NotAuthorizedException,
    TooManyFailedAttemptsException,
    TooManyRequestsException,
)
from app.kit.secrets import keyed_hash

FREE_FAILURES = 5
QUIET_MS = 15 * MINUTE
_LOCKS_MS = tuple(min(QUIET_MS, 2**step * SECOND) for step in range(11))
# A check that has been in flight for longer than this died with its process; its reservation stays a failure.
_IN_FLIGHT_MS = 10 * SECOND


@dataclass(frozen=True, slots=True)
class Limit:
    """`attempts` an hour, or a lockout when `attempts` is None; `error` and `message` are what the refused hear."""

    attempts: int | None
    error: type[AppError] = LimitExceededException
    message: str | None = None

    def refusal(self) -> AppError:
        return self.error(self.message)


# Cognito Developer Guide, "Quotas" and "Lockout behavior for failed sign-in attempts".
SIGN_IN = Limit(None, NotAuthorizedException, "Password attempts exceeded")
CONFIRM_SIGN_UP = Limit(15, TooManyFailedAttemptsException)
CONFIRM_FORGOT_PASSWORD = Limit(20)
FORGOT_PASSWORD = Limit(10)
RESEND_CONFIRMATION_CODE = Limit(5)
CHANGE_PASSWORD = Limit(5)
GET_ATTRIBUTE_CODE = Limit(5)
VERIFY_ATTRIBUTE = Limit(15)
# "E-mail MFA messages per address, hour and requester IP: 5-20"; here for every sign-in code, by mail or SMS.
SEND_SIGN_IN_CODE = Limit(20, TooManyRequestsException, "Attempt limit exceeded, please try after some time.")
# Cognito gives no figure: whoever is signed in may not send mail to ever new addresses.
CHANGE_ADDRESS = Limit(10, TooManyRequestsException, "Attempt limit exceeded, please try after some time.")
# Ours: a user's whole data is gathered at each download.
EXPORT = Limit(10, TooManyRequestsException, "Attempt limit exceeded, please try after some time.")


def subject_of_name(keyring: Keyring, pool_id: str, folded: str) -> str:
    """The subject for a folded name that leads to no user."""
    return keyed_hash(keyring.key(pool_id, "attempts.subject").key, folded).hex()


def reserve(db: Connection, pool_id: str, subject: str, kind: str, now: int, limit: Limit) -> None:
    """Counts an attempt as failed before it is made; raises the limit's refusal. Commit it before the check."""
    statement = _reserve_locking(db.dialect.name) if limit.attempts is None else _reserve_hourly(db.dialect.name)
    values: dict[str, Any] = {"p_pool": pool_id, "p_subject": subject, "p_kind": kind, "p_now": now}
    if limit.attempts is not None:
        values["p_attempts"] = limit.attempts
    if statement.row(db, values) is None:
        raise limit.refusal()


def release(db: Connection, pool_id: str, subject: str, kind: str, limit: Limit) -> None:
    """Takes a reservation back after a success; of a lockout it also forgets the failures before it."""
    statement = _RELEASE_LOCKING if limit.attempts is None else _RELEASE_HOURLY
    statement.later(db, {"p_pool": pool_id, "p_subject": subject, "p_kind": kind})


def withdraw(db: Connection, pool_id: str, subject: str, kind: str) -> None:
    """Takes a lockout's reservation back after a success that says nothing of the failures before it."""
    _WITHDRAW.later(db, {"p_pool": pool_id, "p_subject": subject, "p_kind": kind})


def settle_failure(db: Connection, pool_id: str, subject: str, kind: str) -> None:
    """Notes that a lockout's reservation ended in failure: it is no longer in flight, and stays counted."""
    _SETTLE.later(db, {"p_pool": pool_id, "p_subject": subject, "p_kind": kind})


def is_in_flight(db: Connection, pool_id: str, subject: str, kind: str, now: int) -> bool:
    """Whether a lockout is (partly) made of reservations whose checks still run, so that waiting may help."""
    pending = db.execute(
        select(Attempt.pending).where(
            Attempt.pool_id == pool_id,
            Attempt.subject == subject,
            Attempt.kind == kind,
            Attempt.last_at > now - _IN_FLIGHT_MS,
        )
    ).scalar_one_or_none()
    return bool(pending)


def _first(dialect: str, pending: int) -> Upsert:
    now = _now()
    return upsert(dialect, Attempt).values(
        pool_id=bindparam("p_pool"),
        subject=bindparam("p_subject"),
        kind=bindparam("p_kind"),
        count=literal(1),
        pending=literal(pending),
        window_started_at=now,
        last_at=now,
        locked_until=literal(0),
    )


def _now() -> BindParameter[int]:
    return bindparam("p_now", type_=BigInteger())


_KEY = ["pool_id", "subject", "kind"]


@cache
def _reserve_locking(dialect: str) -> Prepared:
    now = _now()
    anew = Attempt.last_at <= now - QUIET_MS
    # `count` is the number of failures before this one; the fifth failure locks for one second.
    locks = {FREE_FAILURES - 1 + step: lock for step, lock in enumerate(_LOCKS_MS)}
    lock = case((Attempt.count < FREE_FAILURES - 1, 0), else_=now + case(locks, value=Attempt.count, else_=QUIET_MS))
    return Prepared(
        _first(dialect, 1)
        .on_conflict_do_update(
            index_elements=_KEY,
            set_={
                "count": case((anew, 1), else_=Attempt.count + 1),
                "pending": case((anew, 1), else_=Attempt.pending + 1),
                "window_started_at": case((anew, now), else_=Attempt.window_started_at),
                "last_at": now,
                "locked_until": case((anew, 0), else_=lock),
            },
            where=Attempt.locked_until <= now,
        )
        .returning(Attempt.count)
    )


@cache
def _reserve_hourly(dialect: str) -> Prepared:
    now = _now()
    anew = Attempt.window_started_at <= now - HOUR
    return Prepared(
        _first(dialect, 0)
        .on_conflict_do_update(
            index_elements=_KEY,
            set_={
                "count": case((anew, 1), else_=Attempt.count + 1),
                "window_started_at": case((anew, now), else_=Attempt.window_started_at),
                "last_at": now,
            },
            where=anew | (Attempt.count < bindparam("p_attempts")),
        )
        .returning(Attempt.count)
    )


def _update() -> Update:
    return update(Attempt).where(
        Attempt.pool_id == bindparam("p_pool"),
        Attempt.subject == bindparam("p_subject"),
        Attempt.kind == bindparam("p_kind"),
    )


_OTHERS = case((Attempt.pending > 1, Attempt.pending - 1), else_=0)
_RELEASE_LOCKING = Prepared(_update().values(count=_OTHERS, pending=_OTHERS, locked_until=0))
_WITHDRAW = Prepared(_update().where(Attempt.count > 0).values(count=Attempt.count - 1, pending=_OTHERS))
_RELEASE_HOURLY = Prepared(_update().where(Attempt.count > 0).values(count=Attempt.count - 1))
_SETTLE = Prepared(_update().where(Attempt.pending > 0).values(pending=Attempt.pending - 1))
