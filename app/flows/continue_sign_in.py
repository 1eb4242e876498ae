"""What an outcome of a step leads to: the next challenge, sealed for its answer, or a user who is signed in.

The second half of the sign-in engine (flows.sign_in is the first): what follows a factor is decided in flows.next_challenge,
here it is settled in the database, asked, or completed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from app.core import attempts, sessions
from app.core.audit import record
from app.core.tokens import Authentication
from app.core.users import User
from app.flows import challenges
from app.flows.assurance import acr_of, with_summary
from app.flows.browser_devices import note_browser
from app.flows.call_trigger import has_function
from app.flows.challenge_session import ChallengeSession, seal_session
from app.flows.challenge_steps import (
    Asked,
    Chosen,
    Outcome,
    Passed,
    SignIn,
    Values,
    leave_session,
    load_registry,
    sign_in_event,
)
from app.flows.device_challenge import SignInDevice, device_of, note_device
from app.flows.find_candidate import refreshed
from app.flows.next_challenge import find_refusal, next_challenge
from app.flows.triggers import post_authentication
from app.flows.triggers.post_authentication import call_post_authentication
from app.kit.errors import (
    AppError,
    InvalidLambdaResponseException,
)
from app.kit.ids import new_uuid

REGISTRY = load_registry(challenges)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the user must answer next. `session` goes back with the answer; `available` are choices (USER_AUTH)."""

    name: str
    parameters: dict[str, str]
    session: str
    available: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user who has proven enough.

    Whoever issues tokens or begins a browser session calls `settle` in the same transaction: it makes the sign-in succeed
    once (NotAuthorizedException), and counts and records it. `trigger_source` and `metadata` are for the pre-token trigger
    of the API. `device` is the one that it was made on, where the pool tracks devices.
    """

    user: User
    authentication: Authentication
    settle: Callable[[Connection], object]
    trigger_source: str
    device: SignInDevice | None = None
    metadata: Values = field(default_factory=dict)


@contextmanager
def noting_refusals(sign_in: SignIn) -> Iterator[None]:
    """Tells the audit trail, by its buffer, that a function has ended the sign-in."""
    try:
        yield
    except AppError as error:
        sign_in.work.resources.note_usage(sign_in_event(sign_in, "sign_in.failure", error.code))
        raise


def go_on(sign_in: SignIn, outcome: Outcome) -> Challenge | SignedIn:
    """Where an outcome leads. Raises what the next step raises, and why the user may not go on."""
    if isinstance(outcome, Chosen):
        return go_on(sign_in, _asked(sign_in, outcome.challenge, outcome.values))
    if isinstance(outcome, Asked):
        return _challenge(sign_in if outcome.has_spent else _answered(sign_in), outcome)
    return _pass(
        replace(
            sign_in,
            amr=tuple(dict.fromkeys((*sign_in.amr, *outcome.amr))),
            passed=(*sign_in.passed, outcome.challenge),
        ),
        outcome,
    )


def _answered(sign_in: SignIn) -> SignIn:
    """Leaves the session of an answer that led to another question."""
    if sign_in.session is None:
        return sign_in
    with sign_in.work.write() as db:
        leave_session(db, sign_in)
    return replace(sign_in, session=None)


def _pass(sign_in: SignIn, passed: Passed) -> Challenge | SignedIn:
    """Settles a step that succeeded. One that completes the sign-in is settled where its fruits are stored, if it can be."""
    refusal = find_refusal(sign_in)
    following = None if refusal else next_challenge(sign_in)
    # A function that is told of the sign-in hears of each once, and may fail without having it counted as a wrong guess.
    is_told = has_function(sign_in.pool, post_authentication.TRIGGER)
    if not (refusal or following or passed.write or is_told):
        return _complete(sign_in, passed, lambda db: _settle(db, sign_in, passed))
    with sign_in.work.write() as db:
        sign_in = _settle(db, sign_in, passed, refusal, following)
    if refusal:
        raise refusal
    sign_in = replace(sign_in, session=None)
    if following:
        sign_in = replace(sign_in, candidate=refreshed(sign_in.work, sign_in.candidate)) if passed.write else sign_in
        return go_on(sign_in, _asked(sign_in, following, {}))
    return _complete(sign_in, passed, lambda _: sign_in)


def _settle(
    db: Connection,
    sign_in: SignIn,
    passed: Passed,
    refusal: AppError | None = None,
    following: str | None = None,
) -> SignIn:
    """Releases the attempt, spends the session that was answered, writes what the step writes, and records it."""
    if passed.guess:
        attempts.release(db, passed.guess.pool_id, passed.guess.subject, passed.guess.kind, passed.guess.limit)
    if sign_in.session and not passed.has_spent and refusal is None:
        _spend(db, sign_in, sign_in.session, passed)
    if passed.write and refusal is None:
        sign_in = replace(sign_in, candidate=replace(sign_in.candidate, user=passed.write(db)))
    kind = "sign_in.failure" if refusal else "sign_in.challenge" if following else "sign_in.success"
    reason = refusal.code if refusal else None
    record(db, sign_in_event(sign_in, kind, reason, amr=list(sign_in.amr), next=following))
    return sign_in


def _spend(db: Connection, sign_in: SignIn, session: ChallengeSession, passed: Passed) -> None:
    """A right answer that was given before is somebody's copy: it counts as a failed attempt, and that outlives the rollback."""

    def note(kept: Connection) -> None:
        if passed.guess:
            attempts.settle_failure(kept, passed.guess.pool_id, passed.guess.subject, passed.guess.kind)
        record(kept, sign_in_event(sign_in, "sign_in.failure", "session_used_again"))

    sessions.spend(db, sign_in.pool.pool_id, session.spent(), lambda: sign_in.work.keep(note))


def _asked(sign_in: SignIn, challenge: str, values: Values) -> Outcome:
    ask = REGISTRY.steps[challenge].ask
    if ask is None:
        raise LookupError(f"{challenge} cannot follow another challenge")
    return ask(sign_in, values)


def _complete(sign_in: SignIn, passed: Passed, settle: Callable[[Connection], object]) -> SignedIn:
    user = sign_in.candidate.user
    if user is None:
        raise LookupError("nobody signed in")
    device = device_of(sign_in)
    with noting_refusals(sign_in):
        call_post_authentication(
            sign_in.work,
            sign_in.pool,
            user,
            client_id=sign_in.client.client.client_id,
            metadata=sign_in.metadata,
            is_new_device=device is not None and device.is_new,
        )
    amr = with_summary(sign_in.amr)
    authentication = Authentication(
        sign_in.work.now,
        amr,
        acr_of(sign_in.pool, amr),
        sign_in.event_id,
        device_key=device.key if device else None,
    )

    def settle_with_device(db: Connection) -> None:
        settle(db)
        note_device(db, sign_in, device, passed_mfa="mfa" in amr)
        note_browser(db, sign_in)

    return SignedIn(user, authentication, settle_with_device, passed.trigger_source, device, sign_in.metadata)


def _challenge(sign_in: SignIn, asked: Asked) -> Challenge:
    candidate = sign_in.candidate
    lifetime = min(asked.lifetime_ms or sign_in.client.client.auth_session_ms, sign_in.client.client.auth_session_ms)
    session = ChallengeSession(
        session_id=new_uuid(),
        pool_id=sign_in.pool.pool_id,
        client_id=sign_in.client.client.client_id,
        challenge=asked.challenge,
        sub=candidate.sub,
        username=candidate.username,
        asked_name=candidate.asked_name,
        is_known=int(candidate.user is not None),
        flow=sign_in.flow,
        door=sign_in.door,
        amr=sign_in.amr,
        passed=sign_in.passed,
        event_id=sign_in.event_id,
        expires_at=sign_in.work.now + lifetime,
        password_at=candidate.password_at,
        state=asked.state,
        options=dict(sign_in.options),
    )
    try:
        text = seal_session(sign_in.work.keyring, session)
    except ValueError:
        raise InvalidLambdaResponseException("The challenge is longer than a session can hold.") from None
    if asked.store:
        asked.store(session, text)
    parameters = {**asked.parameters, asked.carried_in: text} if asked.carried_in else asked.parameters
    return Challenge(asked.challenge, parameters, text, asked.available)
