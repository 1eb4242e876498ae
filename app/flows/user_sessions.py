"""The sessions of a user, as they and their operators list and end them, in a pool that tracks sessions.

Amazon Cognito user pools API, ListUserSessions and RevokeUserSession. A token session is a token family of one client, an SSO
session a signed-in browser of the hosted pages. Without tracking there are no records, so nothing is found.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from app.core import authorization_codes, sessions, token_sessions
from app.core.sessions import SsoSession
from app.core.token_sessions import TokenSession
from app.core.users import User
from app.flows.snapshots import PoolSnapshot
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import InvalidParameterException, ResourceNotFoundException

TOKEN_PREFIX = "tkn"


@dataclass(frozen=True, slots=True)
class UserSession:
    """A live session. `user_agent` and `source_ip` are of its last use, times in epoch ms.

    `origin_session_id` is the SSO session that a token session came through; None if it began through the API.
    """

    session_id: str
    kind: Literal["TOKEN", "SSO"]
    client_id: str | None
    created_at: int
    last_active_at: int
    user_agent: str
    source_ip: str
    origin_session_id: str | None = None
    is_current: bool = False

    @property
    def position(self) -> tuple[int, str]:
        """Where it stands in a list, the newest first."""
        return self.created_at, self.session_id


def list_sessions(
    work: Work,
    snapshot: PoolSnapshot,
    sub: str,
    *,
    before: tuple[int, str] | None,
    limit: int,
    current_family: str | None = None,
) -> list[UserSession]:
    """At most `limit` live sessions of a user, the newest first, those before a position."""
    if not snapshot.sessions.is_tracking:
        return []
    pool_id = snapshot.pool.pool_id
    with work.read() as db:
        of_tokens = token_sessions.live_sessions(db, pool_id, sub, work.now)
        of_browsers = sessions.list_sso_sessions(db, pool_id, sub, work.now, before=before, limit=limit)
    found = [session_of_tokens(session, current_family) for session in of_tokens]
    found += [session_of_browser(one) for one in of_browsers]
    found.sort(key=lambda session: session.position, reverse=True)
    return [session for session in found if before is None or session.position < before][:limit]


def revoke_session(
    work: Work,
    snapshot: PoolSnapshot,
    user: User,
    session_id: str,
    *,
    is_linked: bool,
    current_family: str | None = None,
) -> None:
    """Ends a session of a user; `is_linked` also those directly linked to it.

    Raises ResourceNotFoundException if the user has no such live session, and InvalidParameterException if it is the one that
    `current_family` belongs to.
    """
    if not snapshot.sessions.is_tracking:
        raise _missing(session_id)
    with work.write() as db:
        # As where sessions begin: none that is linked can begin unseen meanwhile.
        token_sessions.lock_owner(db, user.pool_id, user.sub)
        if session_id.startswith(TOKEN_PREFIX):
            ended = _end_token_session(db, work, user, session_id, current_family, is_linked=is_linked)
        else:
            ended = _end_sso_session(db, work, user, session_id, is_linked=is_linked)
        client_id = work.caller.client_id or None
        record_user_event(db, work, user, "session.revoked", client_id=client_id, session_id=session_id, ended=ended)


def _end_token_session(
    db: Connection, work: Work, user: User, session_id: str, current_family: str | None, *, is_linked: bool
) -> list[str]:
    """The ids of what was ended: the session, and the browser session that it came through."""
    live = token_sessions.live_sessions(db, user.pool_id, user.sub, work.now)
    session = next((one for one in live if one.session_id == session_id), None)
    if session is None:
        raise _missing(session_id)
    if session.family_id == current_family:
        raise InvalidParameterException("The session that the access token belongs to cannot be revoked.")
    token_sessions.end_sessions(db, user.pool_id, [session], work.now)
    parent = session.sso_session_id
    if not (is_linked and parent and sessions.end_sso_session_of(db, user.pool_id, user.sub, parent, work.now)):
        return [session_id]
    return [session_id, parent]


def _end_sso_session(db: Connection, work: Work, user: User, session_id: str, *, is_linked: bool) -> list[str]:
    """The ids of what was ended: the browser session, and the token sessions that came through it or still would."""
    linked: list[TokenSession] = []
    if is_linked:
        live = token_sessions.live_sessions(db, user.pool_id, user.sub, work.now)
        linked = [one for one in live if one.sso_session_id == session_id]
        token_sessions.end_sessions(db, user.pool_id, linked, work.now)
    if not sessions.end_sso_session_of(db, user.pool_id, user.sub, session_id, work.now):
        raise _missing(session_id)
    if is_linked:
        authorization_codes.end_codes(db, user.pool_id, user.sub, [session_id], work.now)
    return [session_id, *(one.session_id for one in linked)]


def _missing(session_id: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Session {session_id} does not exist.")


def session_of_tokens(session: TokenSession, current_family: str | None = None) -> UserSession:
    """A token session as it is listed."""
    return UserSession(
        session_id=session.session_id,
        kind="TOKEN",
        client_id=session.client_id,
        created_at=session.created_at,
        last_active_at=session.last_active_at,
        user_agent=session.user_agent,
        source_ip=session.source_ip,
        origin_session_id=session.sso_session_id,
        is_current=session.family_id == current_family,
    )


def session_of_browser(session: SsoSession, current_session: str | None = None) -> UserSession:
    """A browser session as it is listed."""
    return UserSession(
        session_id=session.session_id,
        kind="SSO",
        client_id=session.client_id,
        created_at=session.created_at,
        last_active_at=session.last_active_at,
        user_agent=session.user_agent,
        source_ip=session.source_ip,
        is_current=session.session_id == current_session,
    )
