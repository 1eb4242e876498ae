"""Passkeys: the public keys that users have registered, at most 20 each, and the challenges of open registrations.

Nothing here is secret: a challenge is only ever good for the user and the app client that it was made for, and once.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, true, tuple_, update

from app.db.prepared import Prepared
from app.db.tables.passkeys import Passkey as PasskeyRow
from app.db.tables.passkeys import PasskeyRegistration as RegistrationRow
from app.db.upsert import upsert
from app.kit.clock import MINUTE
from app.kit.errors import InvalidParameterException, LimitExceededException, ResourceNotFoundException

MAX_PASSKEYS = 20
REGISTRATION_LIFETIME_MS = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey. `credential_id` in base64url, `public_key` a COSE_Key, `rp_id` the relying party that it is bound to.

    `attachment` is "platform", "cross-platform" or unknown; `transports` are those of WebAuthn. Times in epoch ms.
    """

    credential_id: str
    rp_id: str
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    aaguid: str
    name: str
    attachment: str | None
    transports: tuple[str, ...]
    created_at: int


@dataclass(frozen=True, slots=True)
class Registration:
    """An open registration: the challenge that the authenticator must sign, and the app client that began it."""

    client_id: str
    challenge: bytes


def limit_exceeded() -> LimitExceededException:
    """The error for a user who has as many passkeys as a user can have."""
    return LimitExceededException(f"A user can have at most {MAX_PASSKEYS} passkeys.")


def begin_registration(db: Connection, pool_id: str, sub: str, registration: Registration, now: int) -> None:
    """Opens a registration, in place of any earlier one of the user."""
    values = {
        "client_id": registration.client_id,
        "challenge": registration.challenge,
        "created_at": now,
        "expires_at": now + REGISTRATION_LIFETIME_MS,
    }
    db.execute(
        upsert(db.dialect.name, RegistrationRow)
        .values(pool_id=pool_id, sub=sub, **values)
        .on_conflict_do_update(index_elements=["pool_id", "sub"], set_=values)
    )


def find_registration(db: Connection, pool_id: str, sub: str, now: int) -> Registration | None:
    """The open registration of a user, None if there is none any more."""
    row = db.execute(
        select(RegistrationRow.client_id, RegistrationRow.challenge).where(
            RegistrationRow.pool_id == pool_id, RegistrationRow.sub == sub, RegistrationRow.expires_at > now
        )
    ).one_or_none()
    return None if row is None else Registration(row.client_id, row.challenge)


def try_end_registration(db: Connection, pool_id: str, sub: str, registration: Registration) -> bool:
    """Uses a registration up; False if it was used before or another one has taken its place. Of many at once one succeeds."""
    done = db.execute(
        delete(RegistrationRow).where(
            RegistrationRow.pool_id == pool_id,
            RegistrationRow.sub == sub,
            RegistrationRow.challenge == registration.challenge,
        )
    )
    return done.rowcount == 1


def count_passkeys(db: Connection, pool_id: str, sub: str) -> int:
    """How many passkeys a user has."""
    wanted = select(func.count()).where(PasskeyRow.pool_id == pool_id, PasskeyRow.sub == sub)
    return db.execute(wanted).scalar_one()


def add_passkey(db: Connection, pool_id: str, sub: str, passkey: Passkey) -> int:
    """Stores a passkey and tells how many the user has now; the caller has locked the user.

    Raises LimitExceededException, InvalidParameterException for a credential that is registered already.
    """
    count = count_passkeys(db, pool_id, sub)
    if count >= MAX_PASSKEYS:
        raise limit_exceeded()
    values = {name: getattr(passkey, name) for name in Passkey.__slots__}
    added = db.execute(
        upsert(db.dialect.name, PasskeyRow)
        .values(pool_id=pool_id, sub=sub, last_used_at=None, **{**values, "transports": list(passkey.transports)})
        .on_conflict_do_nothing()
        .returning(PasskeyRow.credential_id)
    )
    if added.first() is None:
        raise InvalidParameterException("The passkey is registered already.")
    return count + 1


def list_passkeys(
    db: Connection, pool_id: str, sub: str, *, after: tuple[int, str] | None = None, limit: int = MAX_PASSKEYS
) -> list[Passkey]:
    """At most `limit` passkeys of a user, the oldest first, those after a (created_at, credential_id)."""
    position = tuple_(PasskeyRow.created_at, PasskeyRow.credential_id)
    rows = db.execute(
        select(PasskeyRow)
        .where(PasskeyRow.pool_id == pool_id, PasskeyRow.sub == sub, true() if after is None else position > after)
        .order_by(PasskeyRow.created_at, PasskeyRow.credential_id)
        .limit(limit)
    )
    return [_passkey(row) for row in rows]


def find_passkey(db: Connection, pool_id: str, sub: str, credential_id: str) -> Passkey | None:
    """The user's passkey with an id; somebody else's is none."""
    row = _FIND.row(db, {"p_pool": pool_id, "p_sub": sub, "p_id": credential_id})
    return None if row is None else _passkey(row)


def is_newer_count(known: int, told: int) -> bool:
    """Whether a signature counter may follow another: it has grown, or the authenticator does not count (always 0).

    One that stands still or goes back tells of a copy of the private key (WebAuthn section 6.1.1).
    """
    return told > known or told == known == 0


def use_passkey(
    db: Connection, pool_id: str, sub: str, credential_id: str, *, sign_count: int, backed_up: bool, now: int
) -> bool:
    """Notes a use. False if the counter does not follow the one that is stored, or the passkey is gone."""
    values = {"b_pool": pool_id, "b_sub": sub, "b_id": credential_id, "b_now": now}
    return _USE.run(db, {**values, "b_count": sign_count, "b_backed_up": backed_up}) == 1


def rename_passkey(db: Connection, pool_id: str, sub: str, credential_id: str, name: str) -> None:
    """Gives a passkey the name that its user knows it by; raises ResourceNotFoundException."""
    done = db.execute(
        update(PasskeyRow)
        .where(PasskeyRow.pool_id == pool_id, PasskeyRow.sub == sub, PasskeyRow.credential_id == credential_id)
        .values(name=name)
    )
    if done.rowcount != 1:
        raise _missing()


def delete_passkey(db: Connection, pool_id: str, sub: str, credential_id: str) -> int:
    """Deletes a passkey and tells how many are left; the caller has locked the user. Raises ResourceNotFoundException."""
    done = db.execute(
        delete(PasskeyRow).where(
            PasskeyRow.pool_id == pool_id, PasskeyRow.sub == sub, PasskeyRow.credential_id == credential_id
        )
    )
    if done.rowcount != 1:
        raise _missing()
    return count_passkeys(db, pool_id, sub)


def _missing() -> ResourceNotFoundException:
    return ResourceNotFoundException("The passkey does not exist.")


def _passkey(row: Any) -> Passkey:
    values = {name: getattr(row, name) for name in Passkey.__slots__}
    return Passkey(**{**values, "transports": tuple(row.transports)})


_FIND = Prepared(
    select(PasskeyRow).where(
        PasskeyRow.pool_id == bindparam("p_pool"),
        PasskeyRow.sub == bindparam("p_sub"),
        PasskeyRow.credential_id == bindparam("p_id"),
    )
)
_USE = Prepared(
    update(PasskeyRow)
    .where(
        PasskeyRow.pool_id == bindparam("b_pool"),
        PasskeyRow.sub == bindparam("b_sub"),
        PasskeyRow.credential_id == bindparam("b_id"),
        or_(
            PasskeyRow.sign_count < bindparam("b_count"),
            and_(PasskeyRow.sign_count == 0, PasskeyRow.sign_count == bindparam("b_count")),
        ),
    )
    .values(sign_count=bindparam("b_count"), backed_up=bindparam("b_backed_up"), last_used_at=bindparam("b_now"))
)
