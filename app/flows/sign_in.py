"""The one sign-in engine: the API's operations and the hosted pages begin and answer here and get the same two answers.

Order of checks (cognito.md 12.2 as Cognito does it): is the flow allowed, the client's secret hash, does the user exist,
triggers, the factor itself; disabled, unconfirmed and the like only after a right factor. What follows a factor is decided
in flows.next_challenge; the challenges are the files of flows/challenges.
"""

from collections.abc import Mapping
from dataclasses import replace

from app.core import sessions, users
from app.core.clients import Client
from app.flows import recovery_codes
from app.flows.challenge_session import ChallengeSession, invalid_session, open_session
from app.flows.challenge_steps import (
    Door,
    Entry,
    SignIn,
    Values,
    required,
)
from app.flows.client_secrets import check_secret_hash
from app.flows.continue_sign_in import REGISTRY, Challenge, SignedIn, go_on, noting_refusals
from app.flows.device_challenge import device_option, device_refusal
from app.flows.find_candidate import candidate_of, check_name, find_candidate
from app.flows.find_session import check_is_theirs, find_session
from app.flows.first_factors import factors_on_pages
from app.flows.migrate_user import migrate_at_sign_in
from app.flows.snapshots import ClientSnapshot
from app.flows.triggers.pre_authentication import call_pre_authentication
from app.flows.work import Work
from app.kit.errors import (
    InvalidParameterException,
    NotAuthorizedException,
    PasswordResetRequiredException,
    UserNotFoundException,
)
from app.kit.ids import new_uuid


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
    entry = _entry(work, client, flow, door)
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
    return go_on(sign_in, entry.begin(sign_in, parameters))


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
    check_is_theirs(client, opened, name)
    sign_in = _reopened(work, client, opened, door, metadata or {}, responses)
    if step.is_recoverable and recovery_codes.is_given(sign_in, responses):
        return go_on(sign_in, recovery_codes.check_recovery_code(sign_in, responses))
    return go_on(sign_in, step.answer(sign_in, responses))


def ask_again(work: Work, client: ClientSnapshot, challenge: str, session: str) -> Challenge | SignedIn:
    """Asks an open challenge of the pages anew: its code is sent once more. The code before is good in its own session only.

    Raises NotAuthorizedException for a session that is over, TooManyRequestsException after too many codes.
    """
    step = REGISTRY.steps.get(challenge)
    if step is None or step.ask is None:
        raise invalid_session()
    opened = find_session(work, client, step, session, {}, "pages")
    sign_in = _reopened(work, client, opened, "pages", {}, {})
    return go_on(sign_in, step.ask(sign_in, {}))


def is_open(work: Work, session: str) -> bool:
    """Whether a challenge session may still be answered: it has neither expired nor succeeded."""
    try:
        opened = open_session(work.keyring, session, work.now)
    except NotAuthorizedException:
        return False
    with work.read() as db:
        return not sessions.is_spent(db, opened.pool_id, opened.session_id)


def event_of(work: Work, session: str) -> str | None:
    """The id of the sign-in that a challenge session is a step of, succeeded or not; None for one that is over or not genuine."""
    try:
        return open_session(work.keyring, session, work.now).event_id
    except NotAuthorizedException:
        return None


def _reopened(
    work: Work, client: ClientSnapshot, opened: ChallengeSession, door: Door, metadata: Values, responses: Values
) -> SignIn:
    """The sign-in of a challenge session; raises NotAuthorizedException if the password is another one by now.

    Where this very session has brought the new password, the error is that of a session used again.
    """
    candidate = candidate_of(work, client.pool, opened)
    if candidate.user and opened.password_at != candidate.password_at:
        raise _outdated(work, opened)
    return SignIn(
        work,
        client,
        door,
        opened.flow,
        candidate,
        metadata,
        opened.event_id,
        opened.amr,
        opened.passed,
        opened,
        _options(client, opened.options, responses),
    )


def _outdated(work: Work, opened: ChallengeSession) -> NotAuthorizedException:
    with work.read() as db:
        is_spent = sessions.is_spent(db, opened.pool_id, opened.session_id)
    return sessions.used_session() if is_spent else invalid_session()


def _entry(work: Work, client: ClientSnapshot, flow: str, door: Door) -> Entry:
    """The way to begin; what the pages do not offer they refuse to everybody alike, as a wrong password."""
    entry = REGISTRY.entries[flow]
    if door not in entry.doors:
        raise InvalidParameterException("Initiate Auth method not supported.")
    if entry.permission and entry.permission not in client.client.auth_flows:
        raise InvalidParameterException(_not_enabled(flow, door))
    if entry.way_in and entry.way_in not in factors_on_pages(work, client):
        raise NotAuthorizedException()
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
    with noting_refusals(sign_in):
        call_pre_authentication(
            sign_in.work,
            sign_in.pool,
            candidate.user,
            user_name=candidate.stored_name,
            client_id=sign_in.client.client.client_id,
            validation_data=metadata,
        )


def _options(client: ClientSnapshot, known: Values, given: Values) -> dict[str, str]:
    """What holds for the whole sign-in. A client may name its device when it begins or with any answer."""
    return {**known, **device_option(client.pool, given)}
