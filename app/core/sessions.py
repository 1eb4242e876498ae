"""Browser sessions of the hosted pages (single sign-on), and the ids of challenge sessions that are spent.

A browser session's cookie holds a secret of which only the hash is stored; each authentication gives it a new one. It
lives one hour from the authentication, as Cognito's does, and is not prolonged by use. In a pool that tracks sessions it lives
as long as some client may reuse it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, true, tuple_, update

from app.db.prepared import Prepared
from app.db.tables.sessions import SpentSession as SpentRow
from app.db.tables.sessions import SsoSession as SsoRow
from app.db.tables.users import User as UserRow
from app.db.upsert import upsert
from app.kit.clock import MINUTE
from app.kit.errors import NotAuthorizedException
from app.kit.ids import new_session_id
from app.kit.secrets import random_token, token_hash

_STAMP_EVERY_MS = MINUTE
# Beside what Authentication writes.
_OWN_PASSWORD = "own_password_at"


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
    client_id: str | None
    authentication: dict[str, Any]
    user_agent: str
    source_ip: str
    created_at: int
    last_active_at: int
    expires_at: int

    @property
    def own_password_at(self) -> int:
        """When the user last chose another password in this session; 0 for never."""
        return int(self.authentication.get(_OWN_PASSWORD, 0))


def try_spend(db: Connection, pool_id: str, spent: SpentSession) -> bool:
    """Spends a session; False if it was spent before. The row is the lock: of two at once one waits, then hears False."""
    return _spending(db.dialect.name).run(db, _spent_row(pool_id, spent)) == 1


@cache
def _spending(dialect: str) -> Prepared:
    return Prepared(upsert(dialect, SpentRow).on_conflict_do_nothing(), takes_columns=True)


def is_spent(db: Connection, pool_id: str, session_id: str) -> bool:
    """Whether a challenge session has succeeded already; only spending it decides."""
    place = (SpentRow.pool_id == pool_id, SpentRow.session_id == session_id)
    return db.execute(select(SpentRow.session_id).where(*place)).first() is not None


def spend(db: Connection, pool_id: str, spent: SpentSession, on_refusal: Callable[[], object] = lambda: None) -> None:
    """Spends a session, at the end of the open segment at the latest.

    If it was spent before, calls `on_refusal` and raises NotAuthorizedException, here or at the segment's end.
    """

    def check(changed: int) -> None:
        if changed != 1:
            on_refusal()
            raise used_session()

    _spending(db.dialect.name).later(db, _spent_row(pool_id, spent), check)


def mark_spent(db: Connection, pool_id: str, spent: SpentSession) -> None:
    """Sees to it that a session is spent, at the end of the open segment at the latest; it may have been before."""
    _spending(db.dialect.name).later(db, _spent_row(pool_id, spent))


def used_session() -> NotAuthorizedException:
    """The error for a session that has succeeded before."""
    return NotAuthorizedException("Invalid session for the user, session can only be used once.")


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
    client_id: str | None,
    user_agent: str,
    source_ip: str,
    lifetime_ms: int,
    now: int,
) -> str:
    """Begins the session of a browser that has just signed in and returns the secret for its cookie.

    The row is there at the end of the open segment at the latest.
    """
    secret = random_token(32)
    row = {
        "pool_id": pool_id,
        "session_id": session_id,
        "sub": sub,
        "client_id": client_id,
        "secret_hash": token_hash(secret),
        "authentication": dict(authentication),
        "user_agent": user_agent,
        "source_ip": source_ip,
        "created_at": now,
        "last_active_at": now,
        "expires_at": now + lifetime_ms,
    }
    _INSERT.later(db, row)
    return secret


def renew_sso_session(
    db: Connection,
    pool_id: str,
    sub: str,
    secret: str,
    authentication: Mapping[str, Any],
    *,
    user_agent: str,
    source_ip: str,
    lifetime_ms: int,
    now: int,
) -> tuple[str, str] | None:
    """The user's live session that `secret` opens, after a new authentication: its id and its new secret; None without one."""
    replacement = random_token(32)
    session_id = db.execute(
        update(SsoRow)
        .where(
            SsoRow.pool_id == pool_id,
            SsoRow.secret_hash == token_hash(secret),
            SsoRow.sub == sub,
            SsoRow.expires_at > now,
        )
        .values(
            secret_hash=token_hash(replacement),
            authentication=dict(authentication),
            user_agent=user_agent,
            source_ip=source_ip,
            last_active_at=now,
            expires_at=now + lifetime_ms,
        )
        .returning(SsoRow.session_id)
    ).scalar_one_or_none()
    return None if session_id is None else (session_id, replacement)


def find_sso_session(db: Connection, pool_id: str, secret: str | None, now: int) -> SsoSession | None:
    """The live session that a cookie's secret opens, None also if its user is disabled."""
    if not secret:
        return None
    row = _FIND.row(db, {"b_pool_id": pool_id, "b_secret_hash": token_hash(secret), "b_now": now})
    return None if row is None else _sso_session(row)


def list_sso_sessions(
    db: Connection, pool_id: str, sub: str, now: int, *, before: tuple[int, str] | None, limit: int
) -> list[SsoSession]:
    """At most `limit` live sessions of a user, the newest first, those before a (created_at, session_id)."""
    position = tuple_(SsoRow.created_at, SsoRow.session_id)
    rows = db.execute(
        select(SsoRow)
        .where(
            SsoRow.pool_id == pool_id,
            SsoRow.sub == sub,
            SsoRow.expires_at > now,
            true() if before is None else position < before,
        )
        .order_by(SsoRow.created_at.desc(), SsoRow.session_id.desc())
        .limit(limit)
    )
    return [_sso_session(row) for row in rows]


def try_lock_sso_session(db: Connection, pool_id: str, session_id: str) -> bool:
    """Keeps a session from being ended or changed until the write segment ends; False if it has ended."""
    wanted = select(SsoRow.session_id).where(SsoRow.pool_id == pool_id, SsoRow.session_id == session_id)
    return db.execute(wanted.with_for_update(key_share=True)).first() is not None


def touch_sso_session(db: Connection, session: SsoSession, *, user_agent: str, source_ip: str, now: int) -> None:
    """Notes that its browser used the session, at most once a minute."""
    if now - session.last_active_at >= _STAMP_EVERY_MS:
        db.execute(
            update(SsoRow)
            .where(SsoRow.pool_id == session.pool_id, SsoRow.session_id == session.session_id)
            .values(last_active_at=now, user_agent=user_agent, source_ip=source_ip)
        )


def stamp_sso_session(db: Connection, pool_id: str, session_id: str, now: int) -> None:
    """Notes that tokens of the session were rotated, at most once a minute; which browser it is in stays as it was."""
    _STAMP.run(db, {"b_pool_id": pool_id, "b_session_id": session_id, "b_due": now - _STAMP_EVERY_MS, "b_now": now})


def end_sso_session(db: Connection, pool_id: str, secret: str) -> SsoSession | None:
    """Ends the session that a cookie's secret opens and returns what it was."""
    row = db.execute(
        delete(SsoRow)
        .where(SsoRow.pool_id == pool_id, SsoRow.secret_hash == token_hash(secret))
        .returning(*(getattr(SsoRow, name) for name in SsoSession.__slots__))
    ).one_or_none()
    return None if row is None else SsoSession(**row._mapping)


def end_sso_session_of(db: Connection, pool_id: str, sub: str, session_id: str, now: int) -> bool:
    """Ends a user's session by its id; False if there is no such live session."""
    row = db.execute(
        delete(SsoRow)
        .where(SsoRow.pool_id == pool_id, SsoRow.session_id == session_id, SsoRow.sub == sub)
        .returning(SsoRow.expires_at)
    ).one_or_none()
    return row is not None and row.expires_at > now


def end_sso_sessions_of(db: Connection, pool_id: str, sub: str, *, kept: str = "") -> list[str]:
    """Ends every session of a user, but the one with the id `kept`; gives the ids of what was ended."""
    ended = delete(SsoRow).where(SsoRow.pool_id == pool_id, SsoRow.sub == sub, SsoRow.session_id != kept)
    return sorted(db.execute(ended.returning(SsoRow.session_id)).scalars())


def note_own_password(db: Connection, pool_id: str, session_id: str, now: int) -> None:
    """Notes that the user has chosen another password in a session, which is no stranger to it therefore."""
    place = (SsoRow.pool_id == pool_id, SsoRow.session_id == session_id)
    authentication = db.execute(select(SsoRow.authentication).where(*place)).scalar_one_or_none() or {}
    db.execute(update(SsoRow).where(*place).values(authentication={**authentication, _OWN_PASSWORD: now}))


def _sso_session(row: Any) -> SsoSession:
    return SsoSession(**{name: getattr(row, name) for name in SsoSession.__slots__})


_INSERT = Prepared(insert(SsoRow), takes_columns=True)
_FIND = Prepared(
    select(SsoRow)
    .join(UserRow, (UserRow.pool_id == SsoRow.pool_id) & (UserRow.sub == SsoRow.sub))
    .where(
        SsoRow.pool_id == bindparam("b_pool_id"),
        SsoRow.secret_hash == bindparam("b_secret_hash"),
        SsoRow.expires_at > bindparam("b_now"),
        UserRow.enabled,
    )
)
_STAMP = Prepared(
    update(SsoRow)
    .where(
        SsoRow.pool_id == bindparam("b_pool_id"),
        SsoRow.session_id == bindparam("b_session_id"),
        SsoRow.last_active_at <= bindparam("b_due"),
    )
    .values(last_active_at=bindparam("b_now"))
)
