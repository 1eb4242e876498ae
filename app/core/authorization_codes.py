"""Authorization codes (RFC 6749 section 4.1.2): 256 random bits, stored by hash, alive for five minutes, used once.

A used code is kept until it would have expired, so that whoever shows it again can be told from whoever made one up.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from app.db.prepared import Prepared
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
    _INSERT.later(db, {"code_hash": token_hash(text), **values})
    return text


def find_code(db: Connection, pool_id: str, text: str) -> AuthorizationCode | None:
    """The code, used or expired as it may be."""
    row = _FIND.row(db, {"p_pool": pool_id, "p_hash": token_hash(text)})
    if row is None:
        return None
    return AuthorizationCode(**{name: getattr(row, name) for name in AuthorizationCode.__slots__})


def use_code(db: Connection, pool_id: str, text: str, now: int, refusal: type[Exception]) -> None:
    """Uses a code up. Of any number of callers at once one succeeds; raises `refusal` if it was used before or has expired.

    At once, not put off: the family that a code gives has its id from the code, so whoever is late must not get to insert it.
    """
    if _USE.run(db, {"p_pool": pool_id, "p_hash": token_hash(text), "p_now": now}) != 1:
        raise refusal


def end_codes(db: Connection, pool_id: str, sub: str, sso_session_ids: Collection[str], now: int) -> None:
    """Lets the codes that these sessions of browsers gave and nobody has redeemed yet expire at once.

    As of when they were made: an exchange that has begun before this moment still compares with its own.
    """
    rows = db.execute(
        select(CodeRow.code_hash, CodeRow.authentication)
        .where(CodeRow.pool_id == pool_id, CodeRow.sub == sub, CodeRow.used_at.is_(None), CodeRow.expires_at > now)
        .order_by(CodeRow.code_hash)
    )
    for row in rows.all():
        if row.authentication.get("sso_session_id") in sso_session_ids:
            db.execute(
                update(CodeRow)
                .where(CodeRow.pool_id == pool_id, CodeRow.code_hash == row.code_hash)
                .values(expires_at=CodeRow.created_at)
            )


_IS_IT = (CodeRow.pool_id == bindparam("p_pool"), CodeRow.code_hash == bindparam("p_hash"))
_INSERT = Prepared(insert(CodeRow), takes_columns=True)
_FIND = Prepared(select(CodeRow).where(*_IS_IT))
_USE = Prepared(
    update(CodeRow)
    .where(*_IS_IT, CodeRow.used_at.is_(None), CodeRow.expires_at > bindparam("p_now"))
    .values(used_at=bindparam("p_now"))
)
