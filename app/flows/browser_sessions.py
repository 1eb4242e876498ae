"""Single sign-on: the session of a browser that has signed in on the hosted pages, and its end."""

from collections.abc import Callable, Iterable
from typing import TypedDict

from sqlalchemy import Connection

from app.core import audit, authorization_codes, sessions, token_sessions
from app.core.sessions import SsoSession
from app.core.tokens import Authentication
from app.core.users import User
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work


class _Facts(TypedDict):
    user_agent: str
    source_ip: str
    lifetime_ms: int
    now: int


def begin_session(
    work: Work,
    user: User,
    authentication: Authentication,
    settle: Callable[[Connection], object] | None = None,
    *,
    client_id: str | None = None,
    replaced: str | None = None,
) -> tuple[str, str]:
    """Begins the session of a browser in which `user` has just signed in; gives its id and the secret for its cookie.

    Each authentication gives a new secret, and ends the session that the user had there, which the secret `replaced` opens.
    Where sessions are tracked it goes on instead if it is of the same user, as what it led to is linked to it.
    `settle` is SignedIn's; raises NotAuthorizedException if it refuses.
    """
    configuration = work.snapshots.pool(user.pool_id).sessions
    facts: _Facts = {
        "user_agent": work.user_agent,
        "source_ip": work.source_ip,
        "lifetime_ms": configuration.sso_lifetime_ms,
        "now": work.now,
    }
    with work.write() as db:
        if settle:
            settle(db)
        if replaced and configuration.is_tracking:
            renewed = sessions.renew_sso_session(
                db, user.pool_id, user.sub, replaced, authentication.to_json(), **facts
            )
            if renewed is not None:
                audit.record(db, _event(work, user.pool_id, user.sub, renewed[0], "session.renewed"))
                return renewed
        _end(work, db, user.pool_id, replaced)
        session_id = sessions.new_sso_session_id()
        secret = sessions.create_sso_session(
            db, user.pool_id, user.sub, session_id, authentication.to_json(), client_id=client_id, **facts
        )
        audit.record(db, _event(work, user.pool_id, user.sub, session_id, "session.begun"))
    return session_id, secret


def is_reusable(work: Work, client: ClientSnapshot, session: SsoSession) -> bool:
    """Whether the client may use the session without another authentication (MaxValidityMinutes where sessions are tracked)."""
    # A session that was renewed began before its last authentication, one of an identity provider may have begun after it.
    since = max(Authentication.from_json(session.authentication).auth_time, session.created_at)
    return work.now - since < client.pool_snapshot.sessions.reuse_ms(client.sso_validity_minutes)


def find_session(work: Work, pool_id: str, secret: str | None) -> SsoSession | None:
    """The live session that a cookie's secret opens; None if there is none, or its user is disabled or deleted."""
    if not secret:
        return None
    with work.read() as db:
        return sessions.find_sso_session(db, pool_id, secret, work.now)


def sort_out(work: Work, pool_id: str, sub: str, secrets: Iterable[str]) -> tuple[str | None, list[str]]:
    """Of a browser in which user `sub` signs in: the secret of the user's own session there, and those of other users.

    More sessions of the user than one are ended; what opens nothing is left out.
    """
    own: list[str] = []
    others: list[str] = []
    for secret in secrets:
        session = find_session(work, pool_id, secret)
        if session is not None:
            (own if session.sub == sub else others).append(secret)
    for secret in own[1:]:
        end_session(work, pool_id, secret)
    return (own[0] if own else None), others


def end_session(work: Work, pool_id: str, secret: str | None) -> None:
    """Ends the session that a cookie's secret opens, if there is one. Tokens stay."""
    if not secret:
        return
    with work.write() as db:
        _end(work, db, pool_id, secret)


def end_sessions_of(db: Connection, pool_id: str, sub: str, now: int, *, kept: str = "") -> list[str]:
    """Ends every browser session of a user but the one with the id `kept`, with the codes that they gave; gives their ids.

    In the open segment, before the user is locked there: whoever uses a session locks it first.
    """
    # As where sessions begin: none can begin unseen meanwhile.
    token_sessions.lock_owner(db, pool_id, sub)
    ended = sessions.end_sso_sessions_of(db, pool_id, sub, kept=kept)
    if ended:
        authorization_codes.end_codes(db, pool_id, sub, ended, now)
    return ended


def _end(work: Work, db: Connection, pool_id: str, secret: str | None) -> None:
    session = sessions.end_sso_session(db, pool_id, secret) if secret else None
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
