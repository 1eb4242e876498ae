"""A user's authentication events, read from the audit trail, and the feedback to them.

Amazon Cognito user pools API, AuthEventType. The audit trail has a row for each step of a sign-in, the steps of one sign-in
sharing its id; here they are one event, whose id is also the claim `event_id` of the tokens that the sign-in led to. An
event stands in the list where its first step was, so that later steps do not move it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, and_, exists, literal, or_, select, tuple_

from app.db.tables.audit import AuditEvent
from app.db.tables.auth_events import AuthEventFeedback
from app.db.upsert import upsert
from app.kit.clock import HOUR
from app.kit.errors import ResourceNotFoundException

ADMIN = "Admin"
USER = "User"
# Why a sign-in failed that had succeeded: its user was disabled, or signed out everywhere, before there were tokens.
ENDED_MEANWHILE = "ended_meanwhile"
_SIGN_IN = ("sign_in.success", "sign_in.challenge", "sign_in.failure")
_SINGLE = {
    "sign_up": "SignUp",
    "sign_up.code_sent": "ResendCode",
    "password.reset_requested": "ForgotPassword",
    "password.reset": "ForgotPassword",
    "password.changed": "PasswordChange",
}
# What has begun and is not known to have ended yet.
_BEGINNINGS = frozenset({"password.reset_requested"})
# A sign-in is over by then: a challenge session lives for 15 minutes, and few challenges follow each other.
_LONGEST_SIGN_IN_MS = 2 * HOUR
_ID = AuditEvent.details["sign_in"].as_string()
_ORDER = tuple_(AuditEvent.at, AuditEvent.event_id)
_COLUMNS = select(
    AuditEvent.event_id, AuditEvent.at, AuditEvent.kind, AuditEvent.outcome, AuditEvent.source_ip, AuditEvent.details
)
Step = Row[Any]


@dataclass(frozen=True)
class Feedback:
    """`value` is Valid or Invalid; `given_at` in epoch ms."""

    value: str
    provider: str
    given_at: int


@dataclass(frozen=True)
class AuthEvent:
    """An event as AuthEventType tells it. `challenges` pairs Password or Mfa with Success or Failure; `at` in epoch ms."""

    event_id: str
    event_type: str
    at: int
    response: str
    challenges: tuple[tuple[str, str], ...]
    ip_address: str
    # Where the event is in the list: moment and id of its first step.
    position: str
    feedback: Feedback | None = None


def list_auth_events(
    db: Connection, pool_id: str, sub: str, *, is_confirmed: bool, after: str | None, limit: int
) -> list[AuthEvent]:
    """At most `limit` events of a user, the newest first, those after a position. `is_confirmed`: their sign-up ended."""
    found: list[AuthEvent] = []
    while len(found) < limit:
        steps = _newest(db, pool_id, sub, after, limit)
        if not steps:
            break
        sign_ins = _sign_ins(db, pool_id, sub, steps)
        for step in steps:
            trail = sign_ins[step.details["sign_in"]] if step.kind in _SIGN_IN else [step]
            if trail[0].event_id == step.event_id:
                found.append(_event(trail, is_confirmed))
        after = _position(steps[-1])
    return _with_feedback(db, pool_id, sub, found[:limit])


def give_feedback(db: Connection, pool_id: str, sub: str, event_id: str, feedback: Feedback) -> None:
    """Stores the feedback in place of an earlier one; raises ResourceNotFoundException if the user has no such event."""
    if not db.execute(select(exists().where(_is_event(pool_id, sub, event_id)))).scalar_one():
        raise ResourceNotFoundException(f"Event {event_id} does not exist.")
    values = {"value": feedback.value, "provider": feedback.provider, "given_at": feedback.given_at}
    db.execute(
        upsert(db.dialect.name, AuthEventFeedback)
        .values(pool_id=pool_id, sub=sub, event_id=event_id, **values)
        .on_conflict_do_update(index_elements=["pool_id", "sub", "event_id"], set_=values)
    )


def _of(pool_id: str, sub: str) -> ColumnElement[bool]:
    return and_(AuditEvent.pool_id == pool_id, AuditEvent.sub == sub)


def _is_event(pool_id: str, sub: str, event_id: str) -> ColumnElement[bool]:
    step = and_(AuditEvent.kind.in_(_SIGN_IN), event_id == _ID)
    single = and_(AuditEvent.kind.in_(_SINGLE), AuditEvent.event_id == event_id)
    return and_(_of(pool_id, sub), or_(step, single))


def _newest(db: Connection, pool_id: str, sub: str, after: str | None, limit: int) -> Sequence[Step]:
    """The newest steps of any event after a position. Operators' own doings are no events of the user."""
    statement = _COLUMNS.where(
        _of(pool_id, sub),
        or_(
            AuditEvent.kind.in_(_SIGN_IN),
            and_(AuditEvent.kind.in_(_SINGLE), AuditEvent.client_id.is_not(None)),
        ),
    )
    if after is not None:
        at, _, event_id = after.partition("|")
        statement = statement.where(tuple_(literal(int(at), BigInteger), literal(event_id)) > _ORDER)
    return db.execute(statement.order_by(AuditEvent.at.desc(), AuditEvent.event_id.desc()).limit(limit)).all()


def _sign_ins(db: Connection, pool_id: str, sub: str, steps: Sequence[Step]) -> Mapping[str, list[Step]]:
    """Every step, oldest first, of the sign-ins that some steps belong to."""
    wanted = {step.details["sign_in"] for step in steps if step.kind in _SIGN_IN}
    found: dict[str, list[Step]] = defaultdict(list)
    if wanted:
        rows = db.execute(
            _COLUMNS.where(
                _of(pool_id, sub),
                AuditEvent.kind.in_(_SIGN_IN),
                AuditEvent.at.between(steps[-1].at - _LONGEST_SIGN_IN_MS, steps[0].at + _LONGEST_SIGN_IN_MS),
                _ID.in_(sorted(wanted)),
            ).order_by(AuditEvent.at, AuditEvent.event_id)
        )
        for row in rows:
            found[row.details["sign_in"]].append(row)
    return found


def _event(trail: Sequence[Step], is_confirmed: bool) -> AuthEvent:
    first = trail[0]
    is_sign_in = first.kind in _SIGN_IN
    return AuthEvent(
        event_id=first.details["sign_in"] if is_sign_in else first.event_id,
        event_type="SignIn" if is_sign_in else _SINGLE[first.kind],
        at=first.at,
        response=_sign_in_response(trail) if is_sign_in else _single_response(first, is_confirmed),
        challenges=_challenges(trail) if is_sign_in else (),
        ip_address=first.source_ip,
        position=_position(first),
    )


def _position(step: Step) -> str:
    return f"{step.at}|{step.event_id}"


def _sign_in_response(trail: Sequence[Step]) -> str:
    if any(step.details.get("reason") == ENDED_MEANWHILE for step in trail):
        return "Fail"
    if any(step.kind == "sign_in.success" for step in trail):
        return "Pass"
    return "InProgress" if trail[-1].kind == "sign_in.challenge" else "Fail"


def _single_response(step: Step, is_confirmed: bool) -> str:
    if step.outcome != "success":
        return "Fail"
    is_open = step.kind in _BEGINNINGS or (step.kind == "sign_up" and not is_confirmed)
    return "InProgress" if is_open else "Pass"


def _challenges(trail: Sequence[Step]) -> tuple[tuple[str, str], ...]:
    """What was answered: a password or another proof. Authentication methods (RFC 8176) grow with each success."""
    answered: list[tuple[str, str]] = []
    proven: frozenset[str] = frozenset()
    for step in trail:
        methods = frozenset(step.details.get("amr") or ())
        answered += [(_challenge(method), "Success") for method in sorted(methods - proven)]
        proven |= methods
        if step.details.get("reason") == "wrong_guess":
            is_password = not proven and step.details.get("guess", "sign_in") == "sign_in"
            answered.append(("Password" if is_password else "Mfa", "Failure"))
    return tuple(dict.fromkeys(answered))


def _challenge(method: str) -> str:
    return "Password" if method == "pwd" else "Mfa"


def _with_feedback(db: Connection, pool_id: str, sub: str, events: Sequence[AuthEvent]) -> list[AuthEvent]:
    rows = db.execute(
        select(AuthEventFeedback).where(
            AuthEventFeedback.pool_id == pool_id,
            AuthEventFeedback.sub == sub,
            AuthEventFeedback.event_id.in_([event.event_id for event in events]),
        )
    )
    given = {row.event_id: Feedback(row.value, row.provider, row.given_at) for row in rows}
    return [replace(event, feedback=given.get(event.event_id)) for event in events]
