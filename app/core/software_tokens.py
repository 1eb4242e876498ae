"""Authenticator apps: time-based one-time passwords (RFC 6238, six digits, 30 seconds, SHA-1 as every app computes them).

A code is accepted from one step before to one step after the present one, and no step serves twice.
"""

from dataclasses import dataclass

import pyotp
from sqlalchemy import Connection, delete, insert, select, update

from app.db.keyring import Keyring
from app.db.tables.software_tokens import SoftwareToken as TokenRow
from app.kit.clock import SECOND
from app.kit.ids import new_uuid
from app.kit.secrets import equal

# 160 bits, as RFC 4226 section 4 recommends; Cognito's seeds have 52 characters.
SEED_CHARACTERS = 52
_COLUMN = "software_tokens.seed"
_STEP_MS = 30 * SECOND
_WINDOW = (0, -1, 1)


@dataclass(frozen=True, slots=True)
class SoftwareToken:
    """An authenticator with its seed (base32) in clear, only ever in memory. `last_step` counts 30 seconds from the epoch."""

    token_id: str
    name: str
    seed: str
    is_verified: bool
    last_step: int


def new_seed() -> str:
    """A random seed in base32."""
    return pyotp.random_base32(SEED_CHARACTERS)


def matching_step(seed: str, code: str, now: int) -> int | None:
    """The time step that a code is of, None if it is of none near `now` (epoch ms). All of them are compared."""
    step = now // _STEP_MS
    otp = pyotp.TOTP(seed)
    fits = [candidate for candidate in (step + shift for shift in _WINDOW) if equal(otp.generate_otp(candidate), code)]
    return max(fits, default=None)


def list_tokens(
    db: Connection, keyring: Keyring, pool_id: str, sub: str, *, verified: bool = True
) -> list[SoftwareToken]:
    """The user's authenticators, the oldest first: those that are verified, or the one that is about to be."""
    rows = db.execute(
        select(TokenRow)
        .where(TokenRow.pool_id == pool_id, TokenRow.sub == sub, TokenRow.is_verified == verified)
        .order_by(TokenRow.created_at, TokenRow.token_id)
    )
    return [
        SoftwareToken(
            row.token_id,
            row.name,
            keyring.unseal(pool_id, _COLUMN, row.token_id, row.sealed_seed).decode(),
            row.is_verified,
            row.last_step,
        )
        for row in rows
    ]


def add_pending(db: Connection, keyring: Keyring, pool_id: str, sub: str, seed: str, now: int) -> None:
    """Stores a seed that is not verified yet, in place of any earlier such one; the caller has locked the user."""
    place = (TokenRow.pool_id == pool_id, TokenRow.sub == sub)
    db.execute(delete(TokenRow).where(*place, TokenRow.is_verified.is_(False)))
    _insert(db, keyring, pool_id, sub, seed, name="", is_verified=False, last_step=0, now=now)


def add_verified(
    db: Connection, keyring: Keyring, pool_id: str, sub: str, seed: str, *, name: str, step: int, keeps: bool, now: int
) -> None:
    """Stores an authenticator whose code of time step `step` was right; drops all others unless `keeps`."""
    kept = (TokenRow.is_verified.is_(False),) if keeps else ()
    db.execute(delete(TokenRow).where(TokenRow.pool_id == pool_id, TokenRow.sub == sub, *kept))
    _insert(db, keyring, pool_id, sub, seed, name=name, is_verified=True, last_step=step, now=now)


def use_step(db: Connection, pool_id: str, sub: str, token_id: str, step: int) -> bool:
    """Uses a time step up; False if it, or a later one, was used before. Of many at once one succeeds."""
    done = db.execute(
        update(TokenRow)
        .where(
            TokenRow.pool_id == pool_id, TokenRow.sub == sub, TokenRow.token_id == token_id, TokenRow.last_step < step
        )
        .values(last_step=step)
    )
    return done.rowcount == 1


def delete_token(db: Connection, pool_id: str, sub: str, token_id: str) -> bool:
    """Deletes one verified authenticator, and tells whether there was one."""
    place = (TokenRow.pool_id == pool_id, TokenRow.sub == sub, TokenRow.token_id == token_id)
    return db.execute(delete(TokenRow).where(*place, TokenRow.is_verified)).rowcount == 1


def delete_tokens(db: Connection, pool_id: str, sub: str) -> int:
    """Deletes every authenticator of a user; returns how many there were."""
    return db.execute(delete(TokenRow).where(TokenRow.pool_id == pool_id, TokenRow.sub == sub)).rowcount


def _insert(
    db: Connection,
    keyring: Keyring,
    pool_id: str,
    sub: str,
    seed: str,
    *,
    name: str,
    is_verified: bool,
    last_step: int,
    now: int,
) -> None:
    token_id = new_uuid()
    db.execute(
        insert(TokenRow).values(
            pool_id=pool_id,
            sub=sub,
            token_id=token_id,
            name=name,
            sealed_seed=keyring.seal(pool_id, _COLUMN, token_id, seed.encode()),
            is_verified=is_verified,
            last_step=last_step,
            created_at=now,
        )
    )
