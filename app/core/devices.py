"""Devices that users sign in on. One exists once its client has confirmed it, with the SRP verifier of a secret it keeps.

Cognito Developer Guide, "Working with user devices in your user pool". A remembered device proves itself at each sign-in. It
stands in for MFA only after MFA was passed on it: a device from before the user had a second factor is not worth one.
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Connection, bindparam, delete, or_, select, true, update

from app.db.keyring import Keyring
from app.db.prepared import Prepared
from app.db.tables.devices import Device as DeviceRow
from app.db.tables.devices import DeviceSession as SessionRow
from app.db.tables.sessions import SpentSession as SpentRow
from app.db.upsert import upsert
from app.kit.clock import DAY, HOUR
from app.kit.errors import DeviceKeyExistsException, InvalidParameterException, ResourceNotFoundException

# An access token lives for a day at most.
TOMBSTONE_MS = DAY + HOUR
_COLUMN = "devices.verifier"


@dataclass(frozen=True, slots=True)
class Device:
    """A device. `is_trusted`: MFA was passed on it; `has_secret`: it can prove itself by SRP. Times in epoch ms."""

    device_key: str
    name: str | None
    is_remembered: bool
    is_trusted: bool
    has_secret: bool
    last_ip: str
    created_at: int
    updated_at: int
    last_authenticated_at: int


@dataclass(frozen=True, slots=True)
class DeviceSecret:
    """What SRP needs of a device: salt (hex, as the client made it) and verifier (384 bytes)."""

    salt: str
    verifier: bytes


@dataclass(frozen=True, slots=True)
class WaitingSession:
    """The sealed session of an open DEVICE_SRP_AUTH. Times in epoch ms."""

    session_id: str
    sub: str
    device_key: str
    client_id: str
    session: str
    created_at: int
    expires_at: int


def group_key(pool_id: str) -> str:
    """DeviceGroupKey: `-` and 8 characters, the same for all devices of a pool. No secret: it sets SRP's group apart."""
    return "-" + urlsafe_b64encode(hashlib.sha256(f"device group|{pool_id}".encode()).digest())[:8].decode()


def no_such_device() -> ResourceNotFoundException:
    """The error that makes clients forget what they know of a device, word for word."""
    return ResourceNotFoundException("Device does not exist.")


def invalid_device_key() -> InvalidParameterException:
    """The error for confirming a device that is not the one of the sign-in."""
    return InvalidParameterException("Invalid device key given.")


def create_device(
    db: Connection,
    keyring: Keyring,
    pool_id: str,
    sub: str,
    device_key: str,
    *,
    name: str | None,
    secret: DeviceSecret | None,
    is_remembered: bool,
    is_trusted: bool,
    last_ip: str,
    authenticated_at: int,
    now: int,
) -> None:
    """A new device; raises DeviceKeyExistsException, and InvalidParameterException for one that was forgotten."""
    sealed = None if secret is None else keyring.seal(pool_id, _COLUMN, _row_name(sub, device_key), secret.verifier)
    done = db.execute(
        upsert(db.dialect.name, DeviceRow)
        .values(
            pool_id=pool_id,
            sub=sub,
            device_key=device_key,
            name=name,
            is_remembered=is_remembered,
            is_trusted=is_trusted,
            salt=secret and secret.salt,
            sealed_verifier=sealed,
            last_ip=last_ip,
            created_at=now,
            updated_at=now,
            last_authenticated_at=authenticated_at,
            forgotten_at=None,
        )
        .on_conflict_do_nothing()
        .returning(DeviceRow.device_key)
    )
    if done.first() is not None:
        return
    if find_device(db, pool_id, sub, device_key) is None:
        raise invalid_device_key()
    raise DeviceKeyExistsException


def find_device(db: Connection, pool_id: str, sub: str, device_key: str) -> Device | None:
    """The user's device with a key."""
    row = _FIND.row(db, {"p_pool": pool_id, "p_sub": sub, "p_key": device_key})
    return None if row is None else _device(row)


def get_device(db: Connection, pool_id: str, sub: str, device_key: str) -> Device:
    """The user's device with a key; raises ResourceNotFoundException."""
    device = find_device(db, pool_id, sub, device_key)
    if device is None:
        raise no_such_device()
    return device


def list_devices(
    db: Connection, pool_id: str, sub: str, *, after: str | None, limit: int, only_remembered: bool = False
) -> list[Device]:
    """At most `limit` devices of a user by key, those after the key `after`."""
    rows = db.execute(
        select(DeviceRow)
        .where(
            DeviceRow.pool_id == pool_id,
            DeviceRow.sub == sub,
            DeviceRow.forgotten_at.is_(None),
            DeviceRow.device_key > (after or ""),
            DeviceRow.is_remembered if only_remembered else true(),
        )
        .order_by(DeviceRow.device_key)
        .limit(limit)
    )
    return [_device(row) for row in rows]


def find_secret(db: Connection, keyring: Keyring, pool_id: str, sub: str, device_key: str) -> DeviceSecret | None:
    """What a remembered device proves itself with; None if there is no such device, or it has none."""
    row = _FIND.row(db, {"p_pool": pool_id, "p_sub": sub, "p_key": device_key})
    if row is None or not row.is_remembered or row.sealed_verifier is None:
        return None
    return DeviceSecret(row.salt, keyring.unseal(pool_id, _COLUMN, _row_name(sub, device_key), row.sealed_verifier))


def set_remembered(db: Connection, pool_id: str, sub: str, device_key: str, *, is_remembered: bool, now: int) -> None:
    """Marks a device as remembered or not; raises ResourceNotFoundException."""
    done = db.execute(
        update(DeviceRow).where(*_is(pool_id, sub, device_key)).values(is_remembered=is_remembered, updated_at=now)
    )
    if done.rowcount != 1:
        raise no_such_device()


def note_sign_in(
    db: Connection, pool_id: str, sub: str, device_key: str, *, passed_mfa: bool, ip: str, now: int
) -> None:
    """Notes that the user signed in on a device; raises ResourceNotFoundException if it was forgotten meanwhile."""
    values = {"b_pool": pool_id, "b_sub": sub, "b_key": device_key, "b_mfa": passed_mfa, "b_ip": ip, "b_now": now}
    if _NOTE.run(db, values) != 1:
        raise no_such_device()


def forget_device(db: Connection, pool_id: str, sub: str, device_key: str, now: int) -> None:
    """Forgets a device with its secret, for good; raises ResourceNotFoundException."""
    done = db.execute(
        update(DeviceRow)
        .where(*_is(pool_id, sub, device_key))
        .values(forgotten_at=now, name=None, salt=None, sealed_verifier=None, last_ip="")
    )
    if done.rowcount != 1:
        raise no_such_device()
    db.execute(delete(SessionRow).where(*_waits_for(pool_id, sub, device_key)))


def keep_session(db: Connection, pool_id: str, waiting: WaitingSession) -> None:
    """Keeps the session of a DEVICE_SRP_AUTH that was asked."""
    values = {name: getattr(waiting, name) for name in WaitingSession.__slots__}
    db.execute(upsert(db.dialect.name, SessionRow).values(pool_id=pool_id, **values))


def take_session(db: Connection, pool_id: str, client_id: str, sub: str, device_key: str, now: int) -> str | None:
    """The newest session that waits for a device and has not succeeded. It is taken: of two at once nobody gets the same."""
    is_spent = select(SpentRow.session_id).where(
        SpentRow.pool_id == SessionRow.pool_id, SpentRow.session_id == SessionRow.session_id
    )
    waits = (*_waits_for(pool_id, sub, device_key), SessionRow.client_id == client_id, SessionRow.expires_at > now)
    row = db.execute(
        select(SessionRow.session_id, SessionRow.session)
        .where(*waits, ~is_spent.exists())
        .order_by(SessionRow.created_at.desc(), SessionRow.session_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    db.execute(delete(SessionRow).where(SessionRow.pool_id == pool_id, SessionRow.session_id == row.session_id))
    return str(row.session)


def _row_name(sub: str, device_key: str) -> str:
    return f"{sub}|{device_key}"


def _is(pool_id: str, sub: str, device_key: str) -> tuple[Any, ...]:
    return (
        DeviceRow.pool_id == pool_id,
        DeviceRow.sub == sub,
        DeviceRow.device_key == device_key,
        DeviceRow.forgotten_at.is_(None),
    )


def _waits_for(pool_id: str, sub: str, device_key: str) -> tuple[Any, ...]:
    return SessionRow.pool_id == pool_id, SessionRow.sub == sub, SessionRow.device_key == device_key


def _device(row: Any) -> Device:
    return Device(
        device_key=row.device_key,
        name=row.name,
        is_remembered=row.is_remembered,
        is_trusted=row.is_trusted,
        has_secret=row.sealed_verifier is not None,
        last_ip=row.last_ip,
        created_at=row.created_at,
        updated_at=row.updated_at,
        last_authenticated_at=row.last_authenticated_at,
    )


_FIND = Prepared(
    select(DeviceRow).where(
        DeviceRow.pool_id == bindparam("p_pool"),
        DeviceRow.sub == bindparam("p_sub"),
        DeviceRow.device_key == bindparam("p_key"),
        DeviceRow.forgotten_at.is_(None),
    )
)
_NOTE = Prepared(
    update(DeviceRow)
    .where(
        DeviceRow.pool_id == bindparam("b_pool"),
        DeviceRow.sub == bindparam("b_sub"),
        DeviceRow.device_key == bindparam("b_key"),
        DeviceRow.forgotten_at.is_(None),
    )
    .values(
        last_authenticated_at=bindparam("b_now"),
        last_ip=bindparam("b_ip"),
        is_trusted=or_(DeviceRow.is_trusted, bindparam("b_mfa", type_=Boolean())),
    )
)
