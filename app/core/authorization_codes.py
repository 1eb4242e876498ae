"""Authorization codes (RFC 6749 section 4.1.2): 256 random bits, stored by hash, alive for five minutes, used once.

A used code is kept until it would have expired, so that whoever shows it again can be told from whoever made one up.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.db.tables.tokens import AuthorizationCode as CodeRow
from app.kit.clock import MINUTE
from app.kit.secrets import random_token, token_hash

LIFETIME_MS = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """What a code stands for. `redirect_uri` is empty if the request had none; `family_id` is what its exchange begins."""

    pool_id: str
    client_id: str
    sub: str
    redirect_uri: str
    scope: str
    code_challenge: str | None
    nonce: str | None
    authentication: dict[str, Any]
    family_id: str
    created_at: int
    expires_at: int
    used_at: int | None = None


def create_code(db: Connection, code: AuthorizationCode) -> str:
    """Stores a code and returns it."""
    text = random_token(32)
    values = {name: getattr(code, name) for name in AuthorizationCode.__slots__}
    db.execute(insert(CodeRow).values(code_hash=token_hash(text), **values))
    return text


def find_code(db: Connection, pool_id: str, text: str) -> AuthorizationCode | None:
    """The code, used or expired as it may be."""
    row = db.execute(
        select(CodeRow).where(CodeRow.pool_id == pool_id, CodeRow.code_hash == token_hash(text))
    ).one_or_none()
    if row is None:
        return None
    return AuthorizationCode(**{name: getattr(row, name) for name in AuthorizationCode.__slots__})


def use_code(db: Connection, pool_id: str, text: str, now: int) -> bool:
    """Uses a code up; False if it was used before or has expired. Of any number of callers at once one hears True."""
    used = db.execute(
        update(CodeRow)
        .where(
            CodeRow.pool_id == pool_id,
            CodeRow.code_hash == token_hash(text),
            CodeRow.used_at.is_(None),
            CodeRow.expires_at > now,
        )
        .values(used_at=now)
        .returning(CodeRow.code_hash)
    )
    return used.one_or_none() is not None
