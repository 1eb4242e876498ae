"""Single sign-on: the session of a browser that has signed in on the hosted pages, and its end."""

from collections.abc import Callable

from sqlalchemy import Connection

from app.core import audit, sessions
from app.core.sessions import SsoSession
from app.core.tokens import Authentication
from app.core.users import User
from app.flows.work import Work


def begin_session(
    work: Work, user: User, authentication: Authentication, settle: Callable[[Connection], object] | None = None
) -> tuple[str, str]:
    """Begins the session of a browser in which `user` has just signed in; gives its id and the secret for its cookie.

    Each authentication begins a new one. `settle` is SignedIn's; raises NotAuthorizedException if it refuses.
    """
    session_id = sessions.new_sso_session_id()
    with work.write() as db:
        if settle:
            settle(db)
        secret = sessions.create_sso_session(
            db,
            user.pool_id,
            user.sub,
            session_id,
            authentication.to_json(),
            user_agent=work.user_agent,
            source_ip=work.source_ip,
            now=work.now,
        )
        audit.record(db, _event(work, user.pool_id, user.sub, session_id, "session.begun"))
    return session_id, secret


def find_session(work: Work, pool_id: str, secret: str | None) -> SsoSession | None:
    """The live session that a cookie's secret opens; None if there is none, or its user is disabled or deleted."""
    if not secret:
        return None
    with work.read() as db:
        return sessions.find_sso_session(db, pool_id, secret, work.now)


def end_session(work: Work, pool_id: str, secret: str | None) -> None:
    """Ends the session that a cookie's secret opens, if there is one. Tokens stay."""
    if not secret:
        return
    with work.write() as db:
        session = sessions.end_sso_session(db, pool_id, secret)
        if session is not None:
            audit.record(db, _event(work, pool_id, session.sub, session.session_id, "session.ended"))


def _event(work: Work, pool_id: str, sub: str, session_id: str, kind: str) -> audit.Event:
    return audit.Event(
        kind=kind,
        at=work.now,
        request_id=work.request_id,
        pool_id=pool_id,
        sub=sub,
        source_ip=work.source_ip,
        details={"session_id": session_id},
    )
