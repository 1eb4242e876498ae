"""The sessions of an account, as its user sees and ends them on the account page.

Browsers that are signed in are known in every pool, the apps' own sessions only where the pool tracks sessions.
"""

from sqlalchemy import Connection

from app.core import authorization_codes, sessions, token_sessions
from app.flows.account_access import Account
from app.flows.revoke_tokens import sign_out_everywhere as revoke_everything
from app.flows.user_events import record_user_event
from app.flows.user_sessions import UserSession, revoke_session, session_of_browser, session_of_tokens
from app.flows.work import Work
from app.kit.errors import ResourceNotFoundException

MOST_SESSIONS = 50


def list_own_sessions(work: Work, account: Account) -> list[UserSession]:
    """The live sessions, the newest first, this browser's own at the head."""
    with work.read() as db:
        found = sessions_of(db, account, work.now)
    return sorted(found, key=lambda session: not session.is_current)


def sessions_of(db: Connection, account: Account, now: int) -> list[UserSession]:
    """The live sessions, the newest first."""
    pool_id, sub = account.pool.pool_id, account.user.sub
    is_tracking = account.client.pool_snapshot.sessions.is_tracking
    browsers = sessions.list_sso_sessions(db, pool_id, sub, now, before=None, limit=MOST_SESSIONS)
    apps = token_sessions.live_sessions(db, pool_id, sub, now) if is_tracking else []
    current = account.session.session_id
    found = [session_of_browser(one, current) for one in browsers] + [session_of_tokens(one) for one in apps]
    return sorted(found, key=lambda session: session.position, reverse=True)[:MOST_SESSIONS]


def end_own_session(work: Work, account: Account, session_id: str) -> None:
    """Ends a session of the user with what came through it, as far as that is known; raises ResourceNotFoundException."""
    snapshot, user = account.client.pool_snapshot, account.user
    if snapshot.sessions.is_tracking:
        revoke_session(work, snapshot, user, session_id, is_linked=True)
        return
    with work.write() as db:
        if not sessions.end_sso_session_of(db, user.pool_id, user.sub, session_id, work.now):
            raise ResourceNotFoundException("The session does not exist.")
        authorization_codes.end_codes(db, user.pool_id, user.sub, [session_id], work.now)
        record_user_event(
            db, work, user, "session.revoked", client_id=account.client_id, session_id=session_id, ended=[session_id]
        )


def sign_out_everywhere(work: Work, account: Account, *, keeps_this_browser: bool = False) -> None:
    """Ends every browser session of the user, and every token: whoever was signed in anywhere must sign in again."""
    user = account.user
    with work.write() as db:
        kept = account.session.session_id if keeps_this_browser else ""
        ended = revoke_everything(db, user.pool_id, user.sub, work.now, kept=kept)
        record_user_event(db, work, user, "sign_out", client_id=account.client_id, ended=ended)
