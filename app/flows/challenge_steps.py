"""What a step of a sign-in is, and what it may give back. Each file of flows/challenges declares its own.

A module there has `ENTRIES` (ways to begin, named as AuthFlow) or `STEPS` (named as ChallengeName), or both.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection

from app.core import attempts, sessions
from app.core.audit import Event, record
from app.core.pools import Pool
from app.core.users import User
from app.flows.challenge_session import ChallengeSession, invalid_session
from app.flows.check_guess import Guess, reserved
from app.flows.find_candidate import Candidate
from app.flows.snapshots import ClientSnapshot
from app.flows.triggers.pre_token_generation import AUTHENTICATION
from app.flows.work import Work
from app.kit.errors import AppError, InvalidParameterException, NotAuthorizedException

# Which door a sign-in came through: the API's public operations, its operators' ones, or the hosted pages.
Door = Literal["api", "admin", "pages"]
Values = Mapping[str, str]
# What is counted as which kind of attempt. Whoever may ask for a code without a password could lock that kind by wrong ones.
PASSWORD_GUESS, CODE_GUESS, SECOND_FACTOR_GUESS = "sign_in", "sign_in_code", "sign_in_second_factor"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in on its way. `amr` and `passed` grow with each challenge; `session` is the one being answered, if any.

    `options` hold for the whole sign-in: DEVICE_KEY of the device that it is made on, and what step-up asks for.
    """

    work: Work
    client: ClientSnapshot
    door: Door
    flow: str
    candidate: Candidate
    metadata: Values
    event_id: str
    amr: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    session: ChallengeSession | None = None
    options: Values = field(default_factory=dict)

    @property
    def pool(self) -> Pool:
        return self.client.pool

    @property
    def hides_existence(self) -> bool:
        """Whether this caller may not learn who exists: always on the pages, else as the client says."""
        return self.door == "pages" or self.client.client.hides_user_existence


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge to be answered. `parameters` go to the client, `state` stays sealed in the session.

    `carried_in` names a parameter that carries the session too; `lifetime_ms` shortens the client's session lifetime;
    `available` are the challenges to choose from (AvailableChallenges). `store` keeps the sealed session, for `Step.recall`.
    `has_spent` says that the session which was answered, if any, is used up already.
    """

    challenge: str
    parameters: dict[str, str]
    state: dict[str, str]
    carried_in: str | None = None
    lifetime_ms: int | None = None
    available: tuple[str, ...] = ()
    store: Callable[[ChallengeSession, str], object] | None = None
    has_spent: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """A challenge or first factor that succeeded. `amr` is what it proves (RFC 8176 values).

    `guess` is the reservation to release. `write` runs in the segment that settles the step and gives the changed user.
    `trigger_source` tells the pre-token trigger what the sign-in ended with. `has_spent` as in Asked.
    """

    challenge: str
    amr: tuple[str, ...]
    guess: Guess | None = None
    write: Callable[[Connection], User] | None = None
    trigger_source: str = AUTHENTICATION
    has_spent: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The challenge that the user has chosen to go on with, and what came along for it."""

    challenge: str
    values: Values = field(default_factory=dict)


Outcome = Asked | Passed | Chosen


def _no_options(_sign_in: SignIn, _parameters: Values) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Entry:
    """A way to begin: an AuthFlow, the ExplicitAuthFlows value that allows it, the doors it is for.

    `migrates` says that the flow shows the password, so that an unknown user may be migrated. `options` reads off the
    parameters what is to hold for the whole sign-in. `way_in` is which of flows.first_factors.factors_on_pages it is, for a
    flow that only the pages have: without a permission of its own it is open only where they offer that.
    """

    flow: str
    permission: str
    doors: frozenset[Door]
    begin: Callable[[SignIn, Values], Outcome]
    migrates: bool = False
    options: Callable[[SignIn, Values], dict[str, str]] = _no_options
    way_in: str = ""


def _from_session(session: str | None, _responses: Values) -> str | None:
    return session


@dataclass(frozen=True, slots=True)
class Step:
    """A challenge: how it is answered and, unless only its own entry begins it, how it is asked.

    `ask` gets what came along with the choice of this challenge, and may find that nothing is left to be asked.
    `find_session` finds the sealed session in a response; a few challenges are answered without the Session member.
    `is_recoverable` says that a recovery code may be given in place of the answer.
    `recall` finds one that was stored, for a response that holds none, or an earlier one.
    """

    challenge: str
    answer: Callable[[SignIn, Values], Outcome]
    ask: Callable[[SignIn, Values], Outcome] | None = None
    find_session: Callable[[str | None, Values], str | None] = _from_session
    is_recoverable: bool = False
    recall: Callable[[Work, ClientSnapshot, Values], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Registry:
    """Every declared entry by AuthFlow and every step by ChallengeName."""

    entries: Mapping[str, Entry]
    steps: Mapping[str, Step]


def load_registry(package: ModuleType) -> Registry:
    """Imports every module of the package and gathers what they declare; raises TypeError for one that does not fit."""
    entries: dict[str, Entry] = {}
    steps: dict[str, Step] = {}
    for found in pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}."):
        module = importlib.import_module(found.name)
        declared = _declared(module, "ENTRIES", Entry), _declared(module, "STEPS", Step)
        if not any(declared):
            raise TypeError(f"{found.name} declares neither ENTRIES nor STEPS")
        _gather(entries, ((entry.flow, entry) for entry in declared[0]), found.name)
        _gather(steps, ((step.challenge, step) for step in declared[1]), found.name)
    return Registry(entries, steps)


Declared = TypeVar("Declared", Entry, Step)


def _declared(module: ModuleType, name: str, kind: type[Declared]) -> tuple[Declared, ...]:
    values = getattr(module, name, ())
    if not isinstance(values, tuple) or not all(isinstance(value, kind) for value in values):
        raise TypeError(f"{module.__name__}.{name} must be a tuple of {kind.__name__}")
    return values


def _gather(into: dict[str, Any], named: Iterable[tuple[str, Entry | Step]], module: str) -> None:
    for name, value in named:
        if name in into:
            raise TypeError(f"{name} is declared twice, again in {module}")
        into[name] = value


def required(values: Values, name: str) -> str:
    """A parameter or response; raises InvalidParameterException if it is missing or empty."""
    value = values.get(name)
    if not value:
        raise InvalidParameterException(f"Missing required parameter {name}")
    return value


def check_guess(
    sign_in: SignIn,
    compare: Callable[[], bool],
    *,
    kind: str = PASSWORD_GUESS,
    wrong: Callable[[], AppError] = NotAuthorizedException,
) -> Guess:
    """Compares within the limit and gives the reservation that success releases; raises `wrong`, NotAuthorizedException.

    Codes are counted apart from passwords: whoever knows the password must not be able to start their count anew with it.
    """
    guess = Guess(sign_in.pool.pool_id, sign_in.candidate.subject, kind)
    try:
        with reserved(sign_in.work, guess):
            if compare():
                return guess
            with sign_in.work.write() as db:
                attempts.settle_failure(db, guess.pool_id, guess.subject, guess.kind)
                record(db, sign_in_event(sign_in, "sign_in.failure", "wrong_guess", guess=kind))
    except NotAuthorizedException:
        # Refused unread. Whoever floods a locked account must not fill the audit trail one transaction at a time.
        sign_in.work.resources.note_usage(sign_in_event(sign_in, "sign_in.failure", "locked"))
        raise
    raise wrong()


def leave_session(db: Connection, sign_in: SignIn) -> None:
    """Uses up the session of an answer that leads to another question; raises NotAuthorizedException if it was used up before.

    On the pages it stays open until it succeeds: people go back to choose something else, and press buttons twice. Not so
    for questions of a pool's own functions, which count the rounds.
    """
    session = sign_in.session
    if session is None:
        return
    if session.door != "pages" or session.challenge == "CUSTOM_CHALLENGE":
        sessions.spend(db, session.pool_id, session.spent())
    elif sessions.is_spent(db, session.pool_id, session.session_id):
        raise invalid_session()


def sign_in_event(sign_in: SignIn, kind: str, reason: str | None = None, **details: Any) -> Event:
    """The audit event of a step; `reason` tells why it failed."""
    work, user = sign_in.work, sign_in.candidate.user
    facts: dict[str, Any] = {"flow": sign_in.flow, "door": sign_in.door, "sign_in": sign_in.event_id, **details}
    return Event(
        kind=kind,
        at=work.now,
        request_id=work.request_id,
        outcome="failure" if reason else "success",
        pool_id=sign_in.pool.pool_id,
        sub=user.sub if user else None,
        client_id=sign_in.client.client.client_id,
        principal=work.caller.principal_arn or None,
        source_ip=work.source_ip,
        details={**facts, "reason": reason} if reason else facts,
    )
