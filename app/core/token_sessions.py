"""Token sessions: what users and operators see of a token family in a pool that tracks sessions (`SessionDescription`).

A session is live until its family expires or is revoked, or its user signs out everywhere. When it was last used is noted at
most once a minute, so "least recently used" is exact to that minute.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from app.db.prepared import Prepared
from app.db.tables.tokens import TokenFamily as FamilyRow
from app.db.tables.users import User as UserRow
from app.kit.clock import MINUTE

STAMP_EVERY_MS = MINUTE


@dataclass(frozen=True, slots=True)
class TokenSession:
    """A live token session. `user_agent` and `source_ip` are of its last use, `sso_session_id` is the session it came through.

    Times in epoch ms.
    """

    session_id: str
    family_id: str
    client_id: str
    created_at: int
    last_active_at: int
    user_agent: str
    source_ip: str
    sso_session_id: str | None


def lock_owner(db: Connection, pool_id: str, sub: str) -> bool:
    """Lets nobody else begin or end sessions of a user until the write segment ends; False if there is no such user.

    Does not hold up what only refers to the user's row.
    """
    return _LOCK.row(db, {"b_pool_id": pool_id, "b_sub": sub}) is not None


def live_sessions(db: Connection, pool_id: str, sub: str, now: int) -> list[TokenSession]:
    """All live sessions of a user; the pool's MaxPerUser bounds them."""
    rows = _LIVE.rows(db, {"b_pool_id": pool_id, "b_sub": sub, "b_now": now})
    return [
        TokenSession(
            session_id=row.session_id,
            family_id=row.family_id,
            client_id=row.client_id,
            created_at=row.created_at,
            last_active_at=row.last_active_at,
            user_agent=row.user_agent,
            source_ip=row.source_ip,
            sso_session_id=row.authentication.get("sso_session_id"),
        )
        for row in rows
    ]


def surplus(sessions: Iterable[TokenSession], allowed: int) -> list[TokenSession]:
    """The least recently used ones, of which there must be so many fewer that `allowed` are left."""
    oldest_first = sorted(sessions, key=lambda one: (one.last_active_at, one.created_at, one.session_id))
    return oldest_first[: max(len(oldest_first) - allowed, 0)]


def end_sessions(db: Connection, pool_id: str, ended: Iterable[TokenSession], now: int) -> None:
    """Revokes the families of sessions, and so every token of theirs."""
    # In one order, so that two revocations never wait for each other.
    for family_id in sorted(session.family_id for session in ended):
        _END.run(db, {"b_pool_id": pool_id, "b_family_id": family_id, "b_now": now})


def touch_session(db: Connection, pool_id: str, family_id: str, *, user_agent: str, source_ip: str, now: int) -> None:
    """Notes that a session was used, unless that was noted within the last minute."""
    _TOUCH.run(
        db,
        {
            "b_pool_id": pool_id,
            "b_family_id": family_id,
            "b_due": now - STAMP_EVERY_MS,
            "b_now": now,
            "b_user_agent": user_agent,
            "b_source_ip": source_ip,
        },
    )


_LOCK = Prepared(
    select(UserRow.sub)
    .where(UserRow.pool_id == bindparam("b_pool_id"), UserRow.sub == bindparam("b_sub"))
    .with_for_update(key_share=True)
)
_LIVE = Prepared(
    select(
        FamilyRow.session_id,
        FamilyRow.family_id,
        FamilyRow.client_id,
        FamilyRow.created_at,
        FamilyRow.last_active_at,
        FamilyRow.user_agent,
        FamilyRow.source_ip,
        FamilyRow.authentication,
    )
    .join(UserRow, (UserRow.pool_id == FamilyRow.pool_id) & (UserRow.sub == FamilyRow.sub))
    .where(
        FamilyRow.pool_id == bindparam("b_pool_id"),
        FamilyRow.sub == bindparam("b_sub"),
        FamilyRow.session_id.is_not(None),
        FamilyRow.revoked_at.is_(None),
        FamilyRow.expires_at > bindparam("b_now"),
        FamilyRow.created_at >= UserRow.signed_out_at,
    )
)
_IS_IT = (FamilyRow.pool_id == bindparam("b_pool_id"), FamilyRow.family_id == bindparam("b_family_id"))
_END = Prepared(update(FamilyRow).where(*_IS_IT, FamilyRow.revoked_at.is_(None)).values(revoked_at=bindparam("b_now")))
_TOUCH = Prepared(
    update(FamilyRow)
    .where(*_IS_IT, FamilyRow.last_active_at <= bindparam("b_due"))
    .values(
        last_active_at=bindparam("b_now"),
        user_agent=bindparam("b_user_agent"),
        source_ip=bindparam("b_source_ip"),
    )
)
