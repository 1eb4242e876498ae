"""What the sign-in flow answered -> the next page, or the redirect home. The only router between the steps of a sign-in."""

import json

from starlette.responses import Response

from app.core import users
from app.flows import sign_in
from app.flows.authorize import seal_continuation
from app.flows.browser_sessions import begin_session
from app.flows.challenges import sign_up_proof
from app.flows.sign_in import Challenge, SignedIn
from app.kit.errors import (
    AppError,
    NotImplementedException,
    PasswordResetRequiredException,
    UserNotConfirmedException,
)
from app.web.cookies import session_secret, set_session_cookie
from app.web.pages.handles import Progress
from app.web.pages.visits import Visit

LOGIN = "/login"
SIGN_UP = "/signup"
CONFIRM = "/confirm"
CONFIRM_LINK = "/confirmUser"
RESEND = "/resendcode"
FORGOT_PASSWORD = "/forgotPassword"
RESET_PASSWORD = "/confirmforgotPassword"
CHALLENGE = "/challenge"
SIGNED_OUT = "/signedout"
ERROR = "/error"

NEW_PASSWORD_REQUIRED = "NEW_PASSWORD_REQUIRED"
_PREFIX = "userAttributes."


def go_on(visit: Visit, answer: Challenge | SignedIn, account: str) -> Response:
    """Where the sign-in flow's answer leads. Raises NotAuthorizedException for a challenge session spent before."""
    if isinstance(answer, SignedIn):
        return _go_home(visit, answer)
    if answer.name != NEW_PASSWORD_REQUIRED:
        raise NotImplementedException(f"There is no page for {answer.name}.")
    missing = json.loads(answer.parameters["requiredAttributes"])
    progress = Progress(
        account=account,
        challenge=answer.name,
        session=answer.session,
        missing_attributes=tuple(name.removeprefix(_PREFIX) for name in missing),
    )
    return visit.go(CHALLENGE, progress)


def find_detour(visit: Visit, error: AppError, account: str) -> Response | None:
    """The page for somebody whose password was right but whose account is not ready; None for any other error."""
    if isinstance(error, UserNotConfirmedException):
        return visit.go(CONFIRM, Progress(account=account, proof=_proof_of(visit, account)))
    if isinstance(error, PasswordResetRequiredException):
        return visit.go(RESET_PASSWORD, Progress(account=account, is_reset=True))
    return None


def sign_in_with_proof(visit: Visit) -> Response | None:
    """Signs in whoever gave the password in this browser and has confirmed the account; None if they must sign in anew."""
    progress = visit.progress
    parameters = {"USERNAME": progress.account, "PROOF": progress.proof}
    try:
        answer = sign_in.start(visit.work, visit.client, sign_up_proof.FLOW, parameters, door="pages")
        return go_on(visit, answer, progress.account)
    except AppError:
        return None


def continue_as(visit: Visit, session_id: str) -> Response:
    """Back to the authorize endpoint, with proof that this browser's session has just done what the request asks for."""
    continuation = seal_continuation(visit.work, visit.pool_id, visit.parameters, session_id)
    return visit.go_to(visit.link("/oauth2/authorize", ("continuation", continuation)))


def _go_home(visit: Visit, signed_in: SignedIn) -> Response:
    work, pool_id = visit.work, visit.pool_id
    session_id, secret = begin_session(
        work,
        signed_in.user,
        signed_in.authentication,
        signed_in.settle,
        client_id=visit.client.client.client_id,
        replaced=session_secret(visit.request),
    )
    response = continue_as(visit, session_id)
    lifetime_ms = visit.client.pool_snapshot.sessions.sso_lifetime_ms
    set_session_cookie(response, work.settings, pool_id, secret, lifetime_ms)
    return response


def _proof_of(visit: Visit, account: str) -> str:
    with visit.work.read() as db:
        user = users.find_user(db, visit.client.pool, account)
    return sign_up_proof.seal_proof(visit.work, visit.pool_id, user.sub) if user else ""
