"""Passwords as they are kept: an Argon2id hash, an SRP verifier beside it (sealed, may be missing), earlier hashes.

Plain passwords are checked against the hash only, SRP against the verifier only. The verifier hashes an identity, so the
exact USER_ID_FOR_SRP that it was made with is kept with it.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from app.db.keyring import Keyring
from app.db.prepared import Prepared
from app.db.tables.credentials import PASSWORD_COLUMNS, PasswordHistory
from app.db.tables.credentials import Password as PasswordRow
from app.db.upsert import upsert

_COLUMN = "passwords.verifier"


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password made ready to be stored: its hash and, unless the pool has no SRP, verifier with identity and salt (hex)."""

    hash: str
    srp_identity: str | None = None
    srp_salt: str | None = None
    verifier: bytes | None = None


@dataclass(frozen=True, slots=True)
class Password:
    """A stored password. `expires_at` (epoch ms) is set for a temporary one; the verifier is opened by `open_verifier`."""

    hash: str
    srp_identity: str | None
    srp_salt: str | None
    sealed_verifier: bytes | None
    expires_at: int | None
    created_at: int


def find_password(db: Connection, pool_id: str, sub: str) -> Password | None:
    """The user's password, None for a user without one (passwordless, federated, imported without hash)."""
    row = _FIND.row(db, {"p_pool": pool_id, "p_sub": sub})
    return None if row is None else read_password(row)


def password_set_at(db: Connection, pool_id: str, sub: str) -> int:
    """When the user was given the present password (epoch ms); 0 for a user without one."""
    row = _FIND.row(db, {"p_pool": pool_id, "p_sub": sub})
    return 0 if row is None else int(row.password_created_at)


def read_password(row: Any) -> Password | None:
    """The user's password in a row with PASSWORD_COLUMNS, all null for a user without one."""
    if row.password_hash is None:
        return None
    return Password(
        hash=row.password_hash,
        srp_identity=row.password_srp_identity,
        srp_salt=row.password_srp_salt,
        sealed_verifier=row.password_sealed_verifier,
        expires_at=row.password_expires_at,
        created_at=row.password_created_at,
    )


def open_verifier(keyring: Keyring, pool_id: str, sub: str, password: Password) -> bytes | None:
    """The SRP verifier of a user's password, None for one that has none; raises SealError."""
    sealed = password.sealed_verifier
    return None if sealed is None else keyring.unseal(pool_id, _COLUMN, sub, sealed)


def set_password(
    db: Connection,
    keyring: Keyring,
    pool_id: str,
    sub: str,
    new: NewPassword,
    *,
    expires_at: int | None,
    history_size: int,
    now: int,
) -> None:
    """Gives the user, locked in this segment, a password; the one before joins the last `history_size` hashes."""
    before = _FIND.row(db, {"p_pool": pool_id, "p_sub": sub})
    if before is not None:
        _remember(db, pool_id, sub, before, history_size)
    values = {**_srp_columns(keyring, pool_id, sub, new), "hash": new.hash, "expires_at": expires_at, "created_at": now}
    db.execute(
        upsert(db.dialect.name, PasswordRow)
        .values(pool_id=pool_id, sub=sub, **values)
        .on_conflict_do_update(index_elements=["pool_id", "sub"], set_=values)
    )


def delete_password(db: Connection, pool_id: str, sub: str, *, history_size: int) -> None:
    """Takes the password of the user, locked in this segment, away; it joins the last `history_size` hashes."""
    before = _FIND.row(db, {"p_pool": pool_id, "p_sub": sub})
    if before is not None:
        _remember(db, pool_id, sub, before, history_size)
        db.execute(delete(PasswordRow).where(PasswordRow.pool_id == pool_id, PasswordRow.sub == sub))


def upgrade_password(
    db: Connection, keyring: Keyring, pool_id: str, sub: str, known: Password, better: NewPassword
) -> bool:
    """Stores the same password anew (other hash parameters, a verifier); False if it was changed meanwhile."""
    done = db.execute(
        update(PasswordRow)
        .where(PasswordRow.pool_id == pool_id, PasswordRow.sub == sub, PasswordRow.hash == known.hash)
        .values(hash=better.hash, **_srp_columns(keyring, pool_id, sub, better))
    )
    return done.rowcount == 1


def previous_hashes(db: Connection, pool_id: str, sub: str, size: int) -> list[str]:
    """The hashes of the last `size` passwords, the present one first."""
    if size < 1:
        return []
    present = db.execute(
        select(PasswordRow.hash).where(PasswordRow.pool_id == pool_id, PasswordRow.sub == sub)
    ).scalars()
    earlier = db.execute(
        select(PasswordHistory.hash)
        .where(PasswordHistory.pool_id == pool_id, PasswordHistory.sub == sub)
        .order_by(PasswordHistory.created_at.desc())
        .limit(size)
    ).scalars()
    return [*present, *earlier][:size]


def _remember(db: Connection, pool_id: str, sub: str, before: Any, history_size: int) -> None:
    """Puts the replaced hash into the history and cuts the history to `history_size`, newest first."""
    place = (PasswordHistory.pool_id == pool_id, PasswordHistory.sub == sub)
    moments = list(
        db.execute(
            select(PasswordHistory.created_at).where(*place).order_by(PasswordHistory.created_at.desc())
        ).scalars()
    )
    kept = moments
    if history_size > 0:
        # The moment is part of the key; two changes may share a millisecond.
        moment = max([before.password_created_at, *(moment + 1 for moment in moments[:1])])
        db.execute(
            insert(PasswordHistory).values(pool_id=pool_id, sub=sub, created_at=moment, hash=before.password_hash)
        )
        kept = [moment, *moments]
    dropped = kept[history_size:]
    if dropped:
        db.execute(delete(PasswordHistory).where(*place, PasswordHistory.created_at <= dropped[0]))


def _srp_columns(keyring: Keyring, pool_id: str, sub: str, new: NewPassword) -> dict[str, Any]:
    sealed = None if new.verifier is None else keyring.seal(pool_id, _COLUMN, sub, new.verifier)
    return {"srp_identity": new.srp_identity, "srp_salt": new.srp_salt, "sealed_verifier": sealed}


_FIND = Prepared(
    select(*PASSWORD_COLUMNS).where(PasswordRow.pool_id == bindparam("p_pool"), PasswordRow.sub == bindparam("p_sub"))
)
