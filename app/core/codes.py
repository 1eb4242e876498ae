"""Short codes that are sent to people. One is live for each user and purpose; a new one replaces it, use deletes it.

Six digits can be guessed from a hash, so a code is kept as an HMAC under a key that is sealed, and every comparison is
preceded by a counted attempt (core/attempts).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from app.db.keyring import Keyring
from app.db.tables.codes import Code as CodeRow
from app.db.upsert import upsert
from app.kit.clock import HOUR
from app.kit.errors import CodeMismatchException, ExpiredCodeException
from app.kit.sealing import KEY_ID_BYTES
from app.kit.secrets import equal, keyed_hash, random_code

SIGN_UP = "sign_up"
RESET_PASSWORD = "reset_password"
SIGN_UP_LIFETIME_MS = 24 * HOUR
RESET_LIFETIME_MS = HOUR
VERIFY_LIFETIME_MS = 24 * HOUR
_COLUMN = "codes.code_hash"


def verification_of(attribute: str) -> str:
    """The purpose of codes that verify an attribute."""
    return f"verify:{attribute}"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code was sent for: the attribute and the value that it proves. `expires_at` in epoch ms."""

    attribute: str | None
    value: str | None
    expires_at: int


def new_code(
    db: Connection,
    keyring: Keyring,
    pool_id: str,
    sub: str,
    purpose: str,
    *,
    attribute: str | None,
    value: str | None,
    lifetime_ms: int,
    now: int,
) -> str:
    """A new six-digit code, which makes an older one of the same purpose useless."""
    code = random_code()
    key = keyring.key(pool_id, _COLUMN)
    values = {
        "code_hash": key.key_id + keyed_hash(key.key, pool_id, sub, purpose, code),
        "attribute": attribute,
        "value": value,
        "created_at": now,
        "expires_at": now + lifetime_ms,
    }
    db.execute(
        upsert(db.dialect.name, CodeRow)
        .values(pool_id=pool_id, sub=sub, purpose=purpose, **values)
        .on_conflict_do_update(index_elements=["pool_id", "sub", "purpose"], set_=values)
    )
    return code


def pretend_new_code(db: Connection, keyring: Keyring, pool_id: str, purpose: str) -> None:
    """The work of `new_code` for somebody who does not exist: nothing is stored, since a code hangs on its user."""
    key = keyring.key(pool_id, _COLUMN)
    keyed_hash(key.key, pool_id, "", purpose, random_code())
    drop_code(db, pool_id, "", purpose)


def find_code(db: Connection, pool_id: str, sub: str, purpose: str, now: int) -> Code | None:
    """What the live code of a purpose was sent for, without the code itself."""
    row = db.execute(
        select(CodeRow.attribute, CodeRow.value, CodeRow.expires_at).where(
            *_place(pool_id, sub, purpose), CodeRow.expires_at > now
        )
    ).one_or_none()
    return None if row is None else Code(row.attribute, row.value, row.expires_at)


def check_code(db: Connection, keyring: Keyring, pool_id: str, sub: str, purpose: str, code: str, now: int) -> None:
    """Raises as `use_code` does and uses nothing up: what follows may be slow, and only `use_code` decides."""
    _matching(db, keyring, pool_id, sub, purpose, code, now)


def use_code(db: Connection, keyring: Keyring, pool_id: str, sub: str, purpose: str, code: str, now: int) -> Code:
    """Uses a code up; of many at once one succeeds. A wrong one uses nothing up.

    Raises CodeMismatchException, and ExpiredCodeException when there is no code, no longer or not yet.
    """
    code_hash = _matching(db, keyring, pool_id, sub, purpose, code, now)
    row = db.execute(
        delete(CodeRow)
        .where(*_place(pool_id, sub, purpose), CodeRow.code_hash == code_hash)
        .returning(CodeRow.attribute, CodeRow.value, CodeRow.expires_at)
    ).one_or_none()
    if row is None:
        raise ExpiredCodeException
    return Code(row.attribute, row.value, row.expires_at)


def drop_code(db: Connection, pool_id: str, sub: str, purpose: str) -> None:
    """Makes the live code of a purpose useless, because what it was sent for is no longer so."""
    db.execute(delete(CodeRow).where(*_place(pool_id, sub, purpose)))


def _matching(db: Connection, keyring: Keyring, pool_id: str, sub: str, purpose: str, code: str, now: int) -> bytes:
    row = db.execute(select(CodeRow.code_hash, CodeRow.expires_at).where(*_place(pool_id, sub, purpose))).one_or_none()
    key = keyring.key(pool_id, _COLUMN, row.code_hash[:KEY_ID_BYTES]) if row else keyring.key(pool_id, _COLUMN)
    guess = key.key_id + keyed_hash(key.key, pool_id, sub, purpose, code)
    if row is None or row.expires_at <= now:
        raise ExpiredCodeException
    if not equal(row.code_hash, guess):
        raise CodeMismatchException
    code_hash: bytes = row.code_hash
    return code_hash


def _place(pool_id: str, sub: str, purpose: str) -> tuple[Any, ...]:
    return CodeRow.pool_id == pool_id, CodeRow.sub == sub, CodeRow.purpose == purpose
