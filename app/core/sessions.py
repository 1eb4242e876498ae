"""Browser sessions of the hosted pages (single sign-on), and the ids of challenge sessions that are spent.

A browser session's cookie holds a secret of which only the hash is stored; each authentication gives it a new one. It
lives one hour from the authentication, as Cognito's does, and is not prolonged by use.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from app.db.prepared import Prepared
from app.db.tables.sessions import SpentSession as SpentRow
from app.db.tables.sessions import SsoSession as SsoRow
from app.db.tables.users import User as UserRow
from app.db.upsert import upsert
from app.kit.clock import HOUR, MINUTE
from app.kit.errors import NotAuthorizedException
from app.kit.ids import new_session_id
from app.kit.secrets import random_token, token_hash

SSO_LIFETIME_MS = HOUR
_STAMP_EVERY_MS = MINUTE


@dataclass(frozen=True, slots=True)
class SpentSession:
    """A challenge session that must not succeed again; forgotten after `expires_at` (epoch ms)."""

    session_id: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class SsoSession:
    """A signed-in browser. `authentication` is what core.tokens.Authentication writes; times in epoch ms."""

    pool_id: str
    session_id: str
    sub: str
    authentication: dict[str, Any]
    created_at: int
    last_active_at: int
    expires_at: int


def try_spend(db: Connection, pool_id: str, spent: SpentSession) -> bool:
    """Spends a session; False if it was spent before. The row is the lock: of two at once one waits, then hears False."""
    return _spending(db.dialect.name).run(db, _spent_row(pool_id, spent)) == 1


@cache
def _spending(dialect: str) -> Prepared:
    return Prepared(upsert(dialect, SpentRow).on_conflict_do_nothing(), takes_columns=True)


def spend(db: Connection, pool_id: str, spent: SpentSession, on_refusal: Callable[[], object] = lambda: None) -> None:
    """Spends a session, at the end of the open segment at the latest.

    If it was spent before, calls `on_refusal` and raises NotAuthorizedException, here or at the segment's end.
    """

    def check(changed: int) -> None:
        if changed != 1:
            on_refusal()
            raise NotAuthorizedException("Invalid session for the user, session can only be used once.")

    _spending(db.dialect.name).later(db, _spent_row(pool_id, spent), check)


def _spent_row(pool_id: str, spent: SpentSession) -> dict[str, Any]:
    return {"pool_id": pool_id, "session_id": spent.session_id, "expires_at": spent.expires_at}


def new_sso_session_id() -> str:
    """An id for `create_sso_session`, so that the authentication may name its session beforehand."""
    return new_session_id("sso")


def create_sso_session(
    db: Connection,
    pool_id: str,
    sub: str,
    session_id: str,
    authentication: Mapping[str, Any],
    *,
    user_agent: str,
    source_ip: str,
    now: int,
) -> str:
    """Begins the session of a browser that has just signed in and returns the secret for its cookie."""
    secret = random_token(32)
    db.execute(
        insert(SsoRow).values(
            pool_id=pool_id,
            session_id=session_id,
            sub=sub,
            secret_hash=token_hash(secret),
            authentication=dict(authentication),
            user_agent=user_agent,
            source_ip=source_ip,
            created_at=now,
            last_active_at=now,
            expires_at=now + SSO_LIFETIME_MS,
        )
    )
    return secret


def find_sso_session(db: Connection, pool_id: str, secret: str | None, now: int) -> SsoSession | None:
    """The live session that a cookie's secret opens, None also if its user is disabled."""
    if not secret:
        return None
    row = db.execute(
        select(SsoRow)
        .join(UserRow, (UserRow.pool_id == SsoRow.pool_id) & (UserRow.sub == SsoRow.sub))
        .where(
            SsoRow.pool_id == pool_id,
            SsoRow.secret_hash == token_hash(secret),
            SsoRow.expires_at > now,
            UserRow.enabled,
        )
    ).one_or_none()
    return None if row is None else SsoSession(**{name: getattr(row, name) for name in SsoSession.__slots__})


def touch_sso_session(db: Connection, session: SsoSession, now: int) -> None:
    """Notes that the session was used, at most once a minute."""
    if now - session.last_active_at >= _STAMP_EVERY_MS:
        db.execute(
            update(SsoRow)
            .where(SsoRow.pool_id == session.pool_id, SsoRow.session_id == session.session_id)
            .values(last_active_at=now)
        )


def end_sso_session(db: Connection, pool_id: str, secret: str) -> SsoSession | None:
    """Ends the session that a cookie's secret opens and returns what it was."""
    row = db.execute(
        delete(SsoRow)
        .where(SsoRow.pool_id == pool_id, SsoRow.secret_hash == token_hash(secret))
        .returning(*(getattr(SsoRow, name) for name in SsoSession.__slots__))
    ).one_or_none()
    return None if row is None else SsoSession(**row._mapping)
