"""What the sign-in flow answered -> the next page, or the redirect home. The only router between the steps of a sign-in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy import Connection
from starlette.responses import Response

from app.core import credentials, users
from app.core.tokens import Authentication
from app.flows import sign_in
from app.flows.ask_consent import needs_consent
from app.flows.authorize import seal_continuation
from app.flows.browser_devices import remember_browser
from app.flows.browser_sessions import begin_session, find_session, sort_out
from app.flows.challenges import sign_up_proof
from app.flows.continue_sign_in import Challenge, SignedIn
from app.flows.message_texts import CONFIRM_PATH
from app.flows.second_factors import NoSecondFactorError
from app.flows.software_tokens import associate_in_session
from app.kit.clock import MINUTE
from app.kit.errors import (
    AppError,
    NotImplementedException,
    PasswordResetRequiredException,
    UserNotConfirmedException,
)
from app.web.cookies import other_secrets, session_secret, set_other_sessions, set_session_cookie
from app.web.pages.browser_cookies import browser_devices, keep_devices
from app.web.pages.contexts import Medium
from app.web.pages.custom_questions import shown_parameters
from app.web.pages.handles import Progress
from app.web.pages.visits import Visit

LOGIN = "/login"
SIGN_UP = "/signup"
CONFIRM = "/confirm"
CONFIRM_LINK = CONFIRM_PATH
RESEND = "/resendcode"
FORGOT_PASSWORD = "/forgotPassword"
RESET_PASSWORD = "/confirmforgotPassword"
CHALLENGE = "/challenge"
CONSENT = "/consent"
SIGN_OUT = "/signout"
SIGNED_OUT = "/signedout"
ERROR = "/error"
# The challenge of the choice what to begin with. The pages ask it themselves, of everybody alike.
SELECT = "SELECT_CHALLENGE"
SET_UP = "MFA_SETUP"

_PREFIX = "userAttributes."


def go_on(
    visit: Visit, answer: Challenge | SignedIn, account: str, *, resent: bool = False, remembers: bool = False
) -> Response:
    """Where the sign-in flow's answer leads. Raises NotAuthorizedException for a challenge session spent before."""
    if isinstance(answer, SignedIn):
        return _go_home(visit, answer, remembers=remembers)
    make = _PROGRESS.get(answer.name)
    if make is None:
        raise NotImplementedException(f"There is no page for {answer.name}.")
    known = Progress(account=account, challenge=answer.name, resent=resent)
    return visit.go(CHALLENGE, make(visit, answer, known))


def find_detour(visit: Visit, error: AppError, account: str, *, gave_password: bool = True) -> Response | None:
    """The page for somebody whose first factor was right but who cannot go on yet; None for any other error."""
    if isinstance(error, NoSecondFactorError):
        return visit.go(CHALLENGE, Progress(account=account, challenge=SET_UP))
    if isinstance(error, UserNotConfirmedException):
        return visit.go(CONFIRM, Progress(account=account, proof=_proof_of(visit, account) if gave_password else ""))
    if isinstance(error, PasswordResetRequiredException):
        return visit.go(RESET_PASSWORD, Progress(account=account, is_reset=True))
    return None


def sign_in_with_proof(visit: Visit) -> Response | None:
    """Signs in whoever gave the password in this browser and has confirmed the account; None if they must sign in anew.

    Who is signed in by now, as by the same form sent before, goes on.
    """
    progress = visit.progress
    parameters = {"USERNAME": progress.account, "PROOF": progress.proof}
    try:
        answer = sign_in.start(visit.work, visit.client, sign_up_proof.FLOW, parameters, door="pages")
        return go_on(visit, answer, progress.account)
    except AppError:
        return visit.go_to(visit.restart_url()) if _is_signed_in(visit, progress.account) else None


def has_confirmed(visit: Visit) -> bool:
    """Whether the account whose password was given in this browser is confirmed by now, as by the same form sent before.

    Its proof may be over: the user has signed in, or was signed out everywhere, since.
    """
    with visit.work.read() as db:
        user = users.find_user(db, visit.client.pool, visit.progress.account)
    if user is None or user.status != users.CONFIRMED:
        return False
    return sign_up_proof.is_proof_of(visit.work, visit.pool_id, visit.progress.proof, user.sub)


def resume(visit: Visit) -> Response | None:
    """Where the open challenge's sign-in has led to, if it has been completed in this browser; None if it has not.

    So goes on who sends a form twice, or goes back to it. A while after the sign-in the request's own wishes count again.
    """
    begun = visit.progress.session
    session = find_session(visit.work, visit.pool_id, session_secret(visit.request)) if begun else None
    if session is None:
        return None
    authentication = Authentication.from_json(session.authentication)
    if authentication.event_id != sign_in.event_of(visit.work, begun):
        return None
    is_new = visit.work.now - authentication.auth_time < MINUTE
    return continue_as(visit, session.session_id, session.sub) if is_new else visit.go_to(visit.restart_url())


def continue_as(visit: Visit, session_id: str, sub: str) -> Response:
    """Back to the authorize endpoint, with proof that this browser's session has just done what the request asks for.

    Who signs in for an account page goes there; who must allow the app first is asked, unless the app wants somebody else.
    """
    if visit.authorize is None:
        return visit.go_to(visit.restart_url())
    continuation = seal_continuation(visit.work, visit.pool_id, visit.parameters, session_id)
    if visit.authorize.wants(sub) and needs_consent(visit.work, visit.authorize, sub):
        return visit.go(CONSENT, Progress(consents=session_id, continuation=continuation))
    return finish(visit, continuation)


def finish(visit: Visit, continuation: str) -> Response:
    """Back to the authorize endpoint: nothing is left to be asked."""
    return visit.go_to(visit.link("/oauth2/authorize", ("continuation", continuation)))


def _new_password(_: Visit, answer: Challenge, known: Progress) -> Progress:
    missing = json.loads(answer.parameters["requiredAttributes"])
    names = tuple(name.removeprefix(_PREFIX) for name in missing)
    return replace(known, session=answer.session, missing_attributes=names)


def _code_sent(visit: Visit, answer: Challenge, known: Progress) -> Progress:
    """A code for an address that is being set up keeps what leads back to the set-up."""
    medium: Medium = "SMS" if answer.parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS" else "EMAIL"
    destination = answer.parameters["CODE_DELIVERY_DESTINATION"]
    is_first, before = bool(answer.available), visit.progress
    set_up_session = before.session if before.challenge == SET_UP else before.set_up_session
    if set_up_session:
        known = replace(before, challenge=known.challenge, resent=known.resent, set_up_session=set_up_session)
    return replace(known, session=answer.session, destination=destination, medium=medium, is_first=is_first)


def _authenticator(_: Visit, answer: Challenge, known: Progress) -> Progress:
    return replace(known, session=answer.session, device=answer.parameters.get("FRIENDLY_DEVICE_NAME", ""))


def _mfa_choice(_: Visit, answer: Challenge, known: Progress) -> Progress:
    return replace(known, session=answer.session, choices=tuple(json.loads(answer.parameters["MFAS_CAN_CHOOSE"])))


def _set_up(visit: Visit, answer: Challenge, known: Progress) -> Progress:
    """The factors to choose from. The seed of an authenticator app is made now, so that reloading its page keeps it."""
    factors = tuple(json.loads(answer.parameters["MFAS_CAN_SETUP"]))
    if "SOFTWARE_TOKEN_MFA" not in factors:
        return replace(known, session=answer.session, choices=factors)
    seed, session = associate_in_session(visit.work, answer.session)
    return replace(known, session=session, choices=factors, seed=seed)


def _question(_: Visit, answer: Challenge, known: Progress) -> Progress:
    return replace(known, session=answer.session, parameters=tuple(shown_parameters(answer.parameters).items()))


# Of each challenge that has a page: what its page needs to know.
_PROGRESS: Mapping[str, Callable[[Visit, Challenge, Progress], Progress]] = {
    "NEW_PASSWORD_REQUIRED": _new_password,
    "SMS_MFA": _code_sent,
    "EMAIL_OTP": _code_sent,
    "SMS_OTP": _code_sent,
    "SOFTWARE_TOKEN_MFA": _authenticator,
    "SELECT_MFA_TYPE": _mfa_choice,
    SET_UP: _set_up,
    "CUSTOM_CHALLENGE": _question,
}


def _go_home(visit: Visit, signed_in: SignedIn, *, remembers: bool) -> Response:
    work, pool_id = visit.work, visit.pool_id
    current = session_secret(visit.request)
    secrets = dict.fromkeys(filter(None, (current, *other_secrets(visit.request))))
    replaced, others = sort_out(work, pool_id, signed_in.user.sub, secrets)
    session_id, secret = begin_session(
        work,
        signed_in.user,
        signed_in.authentication,
        lambda db: _settle(db, signed_in, work.now),
        client_id=visit.client.client.client_id,
        replaced=replaced,
    )
    response = continue_as(visit, session_id, signed_in.user.sub)
    lifetime_ms = visit.client.pool_snapshot.sessions.sso_lifetime_ms
    set_session_cookie(response, work.settings, pool_id, secret, lifetime_ms)
    if secrets:
        set_other_sessions(response, work.settings, pool_id, others, lifetime_ms)
    devices = remember_browser(
        work,
        visit.client.pool,
        signed_in.user,
        signed_in.authentication,
        browser_devices(visit.request),
        is_wished=remembers,
    )
    if devices is not None:
        keep_devices(response, work.settings, pool_id, devices)
    return response


def _settle(db: Connection, signed_in: SignedIn, now: int) -> None:
    signed_in.settle(db)
    sign_up_proof.end_proofs(db, signed_in.user, now)


def _is_signed_in(visit: Visit, account: str) -> bool:
    """Whether this browser's session is of the user that a name leads to."""
    session = find_session(visit.work, visit.pool_id, session_secret(visit.request))
    if session is None:
        return False
    with visit.work.read() as db:
        user = users.find_user(db, visit.client.pool, account)
    return user is not None and user.sub == session.sub


def _proof_of(visit: Visit, account: str) -> str:
    work, pool_id = visit.work, visit.pool_id
    with work.read() as db:
        user = users.find_user(db, visit.client.pool, account)
        password = credentials.find_password(db, pool_id, user.sub) if user else None
    return sign_up_proof.seal_proof(work, pool_id, user.sub, password.hash) if user and password else ""
