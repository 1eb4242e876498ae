"""The Session of SignUp and ConfirmSignUp: whoever has just confirmed an address by its code is signed in without another one.

Developer Guide, "Sign-in after sign-up": InitiateAuth with USER_AUTH takes the Session of ConfirmSignUp once, within the
client's AuthSessionValidity. It counts as a code to that address, so only where the pool takes such codes as a first factor.
"""

from sqlalchemy import Connection

from app.core import sessions, users
from app.core.users import User
from app.flows.challenge_session import ChallengeSession, invalid_session, open_session, seal_session
from app.flows.challenge_steps import Passed, SignIn
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.ids import new_uuid

_SIGNED_UP, _CONFIRMED = "SIGN_UP", "CONFIRM_SIGN_UP"
_FACTOR_OF = {"email": "EMAIL_OTP", "phone_number": "SMS_OTP"}
_AMR_OF = {"email": "email_otp", "phone_number": "sms"}


def after_sign_up(work: Work, client: ClientSnapshot, user: User) -> str | None:
    """The Session of SignUp; None where the client has no use for it."""
    return _seal(work, client, user, _SIGNED_UP, {}) if _may_go_on(client) else None


def check_sign_up(work: Work, client: ClientSnapshot, user: User | None, session: str | None) -> None:
    """Raises NotAuthorizedException for a Session that is not of this user's sign-up, of nobody's if there is no user."""
    if session is not None and _open(work, client, session, _SIGNED_UP).sub != (user.sub if user else ""):
        raise invalid_session()


def after_confirmation(work: Work, client: ClientSnapshot, user: User, attribute: str) -> str | None:
    """The Session of ConfirmSignUp; None unless a code to that attribute could begin a sign-in."""
    if not _may_go_on(client) or _FACTOR_OF[attribute] not in client.pool.first_factors:
        return None
    return _seal(work, client, user, _CONFIRMED, {"attribute": attribute})


def begin_with_session(sign_in: SignIn, session: str) -> Passed:
    """Takes the Session of ConfirmSignUp for a code; raises NotAuthorizedException for any other and for its second use."""
    opened = _open(sign_in.work, sign_in.client, session, _CONFIRMED)
    user = sign_in.candidate.user
    if user is None or opened.sub != user.sub or not user.has_verified(opened.state["attribute"]):
        raise invalid_session()
    return Passed(_CONFIRMED, (_AMR_OF[opened.state["attribute"]],), write=lambda db: _spend(db, user, opened))


def _may_go_on(client: ClientSnapshot) -> bool:
    return "ALLOW_USER_AUTH" in client.client.auth_flows


def _spend(db: Connection, user: User, session: ChallengeSession) -> User:
    sessions.spend(db, user.pool_id, session.spent())
    return users.lock_user(db, user.pool_id, user.sub)


def _open(work: Work, client: ClientSnapshot, text: str, challenge: str) -> ChallengeSession:
    opened = open_session(work.keyring, text, work.now)
    is_bound = opened.pool_id == client.pool.pool_id and opened.client_id == client.client.client_id
    if not is_bound or opened.challenge != challenge:
        raise invalid_session()
    return opened


def _seal(work: Work, client: ClientSnapshot, user: User, challenge: str, state: dict[str, str]) -> str:
    session = ChallengeSession(
        session_id=new_uuid(),
        pool_id=client.pool.pool_id,
        client_id=client.client.client_id,
        challenge=challenge,
        sub=user.sub,
        username=user.username,
        asked_name=user.username,
        is_known=1,
        flow="USER_AUTH",
        door="api",
        amr=(),
        passed=(),
        event_id=new_uuid(),
        expires_at=work.now + client.client.auth_session_ms,
        password_at=0,
        state=state,
        options={},
    )
    return seal_session(work.keyring, session)
