"""Recovery codes: ten codes that a user keeps on paper, each good once in place of a second factor.

A code has 50 random bits and is kept as an HMAC under a sealed key; every comparison is a counted attempt all the same.
"""

import secrets
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from app.db.keyring import Keyring
from app.db.tables.recovery_codes import RecoveryCode
from app.kit.sealing import KEY_ID_BYTES
from app.kit.secrets import keyed_hash

COUNT = 10
# Without 0, 1, I and O, which people mistake for one another.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_HALF = 5
_COLUMN = "recovery_codes.code_hash"


def replace_codes(db: Connection, keyring: Keyring, pool_id: str, sub: str, now: int) -> list[str]:
    """Ten new codes such as `7KQ2M-XW9PA`, which make all earlier ones useless; the caller has locked the user."""
    db.execute(delete(RecoveryCode).where(*_of(pool_id, sub)))
    codes = [_new_code() for _ in range(COUNT)]
    key = keyring.key(pool_id, _COLUMN)
    rows = [
        {
            "pool_id": pool_id,
            "sub": sub,
            "code_hash": key.key_id + keyed_hash(key.key, pool_id, sub, _plain(code)),
            "created_at": now,
        }
        for code in codes
    ]
    db.execute(insert(RecoveryCode), rows)
    return codes


def find_code(db: Connection, keyring: Keyring, pool_id: str, sub: str, code: str) -> bytes | None:
    """What stands for a code that has not been used, None for any other text."""
    hashes = db.execute(select(RecoveryCode.code_hash).where(*_of(pool_id, sub))).scalars().all()
    keys = {known[:KEY_ID_BYTES] for known in hashes}
    wanted = {key + keyed_hash(keyring.key(pool_id, _COLUMN, key).key, pool_id, sub, _plain(code)) for key in keys}
    return next((known for known in hashes if known in wanted), None)


def use_code(db: Connection, pool_id: str, sub: str, code_hash: bytes) -> bool:
    """Uses a code up; of many at once one succeeds."""
    return db.execute(delete(RecoveryCode).where(*_of(pool_id, sub), RecoveryCode.code_hash == code_hash)).rowcount == 1


def count_codes(db: Connection, pool_id: str, sub: str) -> int:
    """How many codes are left."""
    return db.execute(select(func.count()).select_from(RecoveryCode).where(*_of(pool_id, sub))).scalar_one()


def _new_code() -> str:
    halves = ("".join(secrets.choice(_ALPHABET) for _ in range(_HALF)) for _ in range(2))
    return "-".join(halves)


def _plain(code: str) -> str:
    """A code as it is compared: people type small letters, and leave out the dash."""
    return code.replace("-", "").replace(" ", "").upper()


def _of(pool_id: str, sub: str) -> tuple[Any, ...]:
    return RecoveryCode.pool_id == pool_id, RecoveryCode.sub == sub
