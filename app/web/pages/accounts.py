"""The accounts that this browser is signed in to: one is at hand, up to four others can be changed to in the account chooser."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from app.core import users
from app.core.sessions import SsoSession
from app.core.tokens import Authentication
from app.flows.authorize import reaches
from app.flows.browser_sessions import find_session, is_reusable
from app.flows.send_code import known_name
from app.kit.clock import SECOND
from app.web.cookies import other_secrets, session_secret, set_other_sessions, set_session_cookie
from app.web.pages.contexts import AccountChoice
from app.web.pages.visits import Visit


@dataclass(frozen=True, slots=True)
class SignedInAccount:
    """A live session of this browser, and the secret that opens it."""

    secret: str
    session: SsoSession


def continuable(visit: Visit) -> list[SignedInAccount]:
    """The sessions with which the authorize request is content once the person has agreed, the one at hand first."""
    request = visit.authorize
    if request is None or "login" in request.prompts:
        return []
    secrets = dict.fromkeys(filter(None, (session_secret(visit.request), *other_secrets(visit.request))))
    found = [
        SignedInAccount(secret, session)
        for secret in secrets
        if (session := find_session(visit.work, visit.pool_id, secret)) and _is_enough(visit, session)
    ]
    return list({known.session.sub: known for known in reversed(found)}.values())[::-1]


def choices(visit: Visit, accounts: Sequence[SignedInAccount]) -> list[AccountChoice]:
    """The accounts as the chooser shows them; those deleted meanwhile are left out."""
    shown, pool = [], visit.client.pool
    for known in accounts:
        with visit.work.read() as db:
            user = users.find_user_by_sub(db, pool.pool_id, known.session.sub)
        if user is not None:
            name, email = known_name(pool, user), user.attributes.get("email", "")
            shown.append(AccountChoice(known.session.session_id, name, email if email != name else ""))
    return shown


def change_to(visit: Visit, chosen: SignedInAccount, response: Response) -> None:
    """Makes an account the one at hand."""
    settings, request = visit.work.settings, visit.request
    current = session_secret(request)
    if chosen.secret == current:
        return
    others = [secret for secret in (current, *other_secrets(request)) if secret and secret != chosen.secret]
    left_ms = chosen.session.expires_at - visit.work.now
    set_session_cookie(response, settings, visit.pool_id, chosen.secret, left_ms)
    lifetime_ms = visit.client.pool_snapshot.sessions.sso_lifetime_ms
    set_other_sessions(response, settings, visit.pool_id, others, lifetime_ms)


def _is_enough(visit: Visit, session: SsoSession) -> bool:
    request, work = visit.authorize, visit.work
    if request is None or not is_reusable(work, visit.client, session) or not reaches(request, session):
        return False
    age = work.now - Authentication.from_json(session.authentication).auth_time
    if request.max_age is not None and age > request.max_age * SECOND:
        return False
    return request.wants(session.sub)
