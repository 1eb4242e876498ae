"""The one sign-in engine: the API's operations and the hosted pages begin and answer here and get the same two answers.

Order of checks (cognito.md 12.2 as Cognito does it): is the flow allowed, the client's secret hash, does the user exist,
triggers, the factor itself; disabled, unconfirmed and the like only after a right factor. What follows a factor is decided
in flows.next_challenge; the challenges are the files of flows/challenges.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from app.core import attempts, sessions, users
from app.core.audit import record
from app.core.clients import Client
from app.core.tokens import Authentication
from app.core.users import User
from app.flows import challenges, recovery_codes
from app.flows.assurance import acr_of, with_summary
from app.flows.call_trigger import has_function
from app.flows.challenge_session import ChallengeSession, invalid_session, open_session, seal_session
from app.flows.challenge_steps import (
    Asked,
    Chosen,
    Door,
    Entry,
    Outcome,
    Passed,
    SignIn,
    Values,
    load_registry,
    required,
    sign_in_event,
)
from app.flows.client_secrets import check_secret_hash
from app.flows.device_challenge import SignInDevice, device_of, device_option, device_refusal, note_device
from app.flows.find_candidate import candidate_of, check_name, find_candidate, refreshed
from app.flows.find_session import check_is_theirs, find_session
from app.flows.migrate_user import migrate_at_sign_in
from app.flows.next_challenge import find_refusal, next_challenge
from app.flows.snapshots import ClientSnapshot
from app.flows.triggers import post_authentication
from app.flows.triggers.post_authentication import call_post_authentication
from app.flows.triggers.pre_authentication import call_pre_authentication
from app.flows.work import Work
from app.kit.errors import (
    AppError,
    InvalidLambdaResponseException,
    InvalidParameterException,
    NotAuthorizedException,
    PasswordResetRequiredException,
    UserNotFoundException,
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


def start(
    work: Work,
    client: ClientSnapshot,
    flow: str,
    parameters: Mapping[str, str],
    *,
    door: Door = "api",
    metadata: Mapping[str, str] | None = None,
) -> Challenge | SignedIn:
    """Begins a sign-in with an AuthFlow and its AuthParameters; the pages use the flow `PASSWORD` (USERNAME, PASSWORD).

    `metadata` is the request's ClientMetadata, which only PreAuthentication and UserMigration get, as `validationData`.
    Raises InvalidParameterException, NotAuthorizedException, UserNotFoundException (unless existence is hidden),
    UserNotConfirmedException, PasswordResetRequiredException, InvalidUserPoolConfigurationException,
    TooManyRequestsException.
    """
    entry = _entry(client.client, flow, door)
    name = _name(client.client, parameters, door)
    candidate = find_candidate(work, client.pool, name)
    options = _options(client, {}, parameters)
    sign_in = SignIn(work, client, door, flow, candidate, {}, new_uuid(), options=options)
    sign_in = replace(sign_in, options={**options, **entry.options(sign_in, parameters)})
    if candidate.user is None:
        sign_in = _admit_unknown(sign_in, entry, parameters, metadata)
    _check_device(sign_in)
    _check_importable(sign_in)
    _call_pre_authentication(sign_in, metadata)
    return _go_on(sign_in, entry.begin(sign_in, parameters))


def answer(
    work: Work,
    client: ClientSnapshot,
    challenge: str,
    session: str | None,
    responses: Mapping[str, str],
    *,
    door: Door = "api",
    metadata: Mapping[str, str] | None = None,
) -> Challenge | SignedIn:
    """Answers a challenge with its ChallengeResponses; on the pages USERNAME may be left out.

    `metadata` is the request's ClientMetadata, for the triggers that run from here on.
    Raises what `start` raises and what the challenge's own check raises; a wrong answer does not use the session up.
    """
    step = REGISTRY.steps.get(challenge)
    if step is None:
        raise invalid_session()
    name = None if door == "pages" and not responses.get("USERNAME") else _name(client.client, responses, door)
    opened = find_session(work, client, step, session, responses, door)
    candidate = candidate_of(work, client.pool, opened)
    check_is_theirs(client, opened, name)
    if candidate.user and opened.password_at != candidate.password_at:
        raise invalid_session()
    sign_in = SignIn(
        work,
        client,
        door,
        opened.flow,
        candidate,
        metadata or {},
        opened.event_id,
        opened.amr,
        opened.passed,
        opened,
        _options(client, opened.options, responses),
    )
    if step.is_recoverable and recovery_codes.is_given(sign_in, responses):
        return _go_on(sign_in, recovery_codes.check_recovery_code(sign_in, responses))
    return _go_on(sign_in, step.answer(sign_in, responses))


def is_open(work: Work, session: str) -> bool:
    """Whether a challenge session may still be answered: it has neither expired nor succeeded."""
    try:
        opened = open_session(work.keyring, session, work.now)
    except NotAuthorizedException:
        return False
    with work.read() as db:
        return not sessions.is_spent(db, opened.pool_id, opened.session_id)


def _entry(client: Client, flow: str, door: Door) -> Entry:
    entry = REGISTRY.entries[flow]
    if door not in entry.doors:
        raise InvalidParameterException("Initiate Auth method not supported.")
    if door != "pages" and entry.permission not in client.auth_flows:
        raise InvalidParameterException(_not_enabled(flow, door))
    return entry


def _not_enabled(flow: str, door: Door) -> str:
    """Clients branch on these words, which differ by flow and by who asks."""
    if door == "admin":
        return "Auth flow not enabled for this client"
    return (
        "CUSTOM_AUTH is not enabled for the client."
        if flow == "CUSTOM_AUTH"
        else f"{flow} flow not enabled for this client"
    )


def _name(client: Client, values: Values, door: Door) -> str:
    """USERNAME, once the client has proven its secret with it; the pages need not."""
    name = required(values, "USERNAME")
    check_name(name)
    if door != "pages":
        check_secret_hash(client, name, values.get("SECRET_HASH"))
    return name


def _admit_unknown(sign_in: SignIn, entry: Entry, parameters: Values, metadata: Values | None) -> SignIn:
    """Lets a pool migrate an unknown user; else the sign-in goes on with a simulated one, or ends if that need not be."""
    if entry.migrates:
        try:
            sign_in = migrate_at_sign_in(sign_in, parameters, metadata)
        except UserNotFoundException:
            if not sign_in.hides_existence:
                raise
            _call_pre_authentication(sign_in, metadata)
            raise NotAuthorizedException from None
    if sign_in.candidate.user is None and not sign_in.hides_existence:
        raise UserNotFoundException()
    return sign_in


def _check_device(sign_in: SignIn) -> None:
    """Clients that hear of a forgotten device begin anew without it; asked at the end they would ask for ever."""
    refusal = device_refusal(sign_in)
    if refusal:
        raise refusal


def _check_importable(sign_in: SignIn) -> None:
    """A user imported without a password can never give a right one; where existence is no secret, say what to do."""
    user = sign_in.candidate.user
    if user and user.status == users.RESET_REQUIRED and not sign_in.candidate.password and not sign_in.hides_existence:
        raise PasswordResetRequiredException()


def _call_pre_authentication(sign_in: SignIn, metadata: Values | None) -> None:
    candidate = sign_in.candidate
    with _noting_refusals(sign_in):
        call_pre_authentication(
            sign_in.work,
            sign_in.pool,
            candidate.user,
            user_name=candidate.stored_name,
            client_id=sign_in.client.client.client_id,
            validation_data=metadata,
        )


@contextmanager
def _noting_refusals(sign_in: SignIn) -> Iterator[None]:
    """Tells the audit trail, by its buffer, that a function has ended the sign-in."""
    try:
        yield
    except AppError as error:
        sign_in.work.resources.note_usage(sign_in_event(sign_in, "sign_in.failure", error.code))
        raise


def _options(client: ClientSnapshot, known: Values, given: Values) -> dict[str, str]:
    """What holds for the whole sign-in. A client may name its device when it begins or with any answer."""
    return {**known, **device_option(client.pool, given)}


def _go_on(sign_in: SignIn, outcome: Outcome) -> Challenge | SignedIn:
    if isinstance(outcome, Chosen):
        return _go_on(sign_in, _asked(sign_in, outcome.challenge, outcome.values))
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
    """Spends the session of an answer that led to another question: each may be answered with success once."""
    if sign_in.session is None:
        return sign_in
    with sign_in.work.write() as db:
        sessions.spend(db, sign_in.pool.pool_id, sign_in.session.spent())
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
        return _go_on(sign_in, _asked(sign_in, following, {}))
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
    with _noting_refusals(sign_in):
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
