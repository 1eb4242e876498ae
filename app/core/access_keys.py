"""Access keys of operators: who signs a call, with which secret, under which policy."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, literal, select, update

from app.db.keyring import Keyring
from app.db.tables.directory import AccessKey as AccessKeyRow
from app.db.tables.server import SERVER
from app.kit.clock import MINUTE
from app.kit.errors import InvalidParameterException, ResourceNotFoundException
from app.kit.ids import new_access_key_id
from app.kit.secrets import random_token

_COLUMN = "access_keys.secret"
_is_root = AccessKeyRow.principal_arn == literal("arn:aws:iam::") + AccessKeyRow.account_id + ":root"


@dataclass(frozen=True)
class AccessKey:
    """An access key; `policy` is the IAM policy document, None for the root user who may do everything."""

    access_key_id: str
    account_id: str
    principal_arn: str
    secret: str
    policy: dict[str, Any] | None
    active: bool
    created_at: int
    last_used_at: int | None


def find_access_key(db: Connection, keyring: Keyring, access_key_id: str) -> AccessKey | None:
    """The key with its secret opened, revoked ones too."""
    row = db.execute(select(AccessKeyRow).where(AccessKeyRow.access_key_id == access_key_id)).one_or_none()
    if row is None:
        return None
    secret = keyring.unseal(SERVER, _COLUMN, access_key_id, row.sealed_secret).decode()
    return AccessKey(
        access_key_id=row.access_key_id,
        account_id=row.account_id,
        principal_arn=row.principal_arn,
        secret=secret,
        policy=row.policy,
        active=row.active,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )


def create_access_key(
    db: Connection, keyring: Keyring, account_id: str, user_name: str, policy: dict[str, Any] | None, now: int
) -> tuple[str, str]:
    """Makes a key for the principal `arn:aws:iam::<account>:user/<user_name>`; returns its id and secret, shown only here.

    `policy` must have passed `core.policies.check_policy`; None gives every right.
    """
    access_key_id, secret = new_access_key_id(), random_token(30)
    db.execute(
        insert(AccessKeyRow).values(
            access_key_id=access_key_id,
            account_id=account_id,
            principal_arn=f"arn:aws:iam::{account_id}:user/{user_name}",
            sealed_secret=keyring.seal(SERVER, _COLUMN, access_key_id, secret.encode()),
            policy=policy,
            active=True,
            created_at=now,
            last_used_at=None,
        )
    )
    return access_key_id, secret


def put_root_key(db: Connection, keyring: Keyring, account_id: str, access_key_id: str, secret: str, now: int) -> None:
    """Makes the settings' root key the only one: any other is revoked, and with an empty id there is none at all."""
    others = _is_root, AccessKeyRow.access_key_id != access_key_id, AccessKeyRow.active
    db.execute(update(AccessKeyRow).where(*others).values(active=False))
    if not access_key_id:
        return
    known = find_access_key(db, keyring, access_key_id)
    arn = root_arn(account_id)
    if known and known.active and (known.principal_arn, known.secret) == (arn, secret):
        return
    values = {
        "account_id": account_id,
        "principal_arn": arn,
        "sealed_secret": keyring.seal(SERVER, _COLUMN, access_key_id, secret.encode()),
        "policy": None,
        "active": True,
    }
    if known:
        db.execute(update(AccessKeyRow).where(AccessKeyRow.access_key_id == access_key_id).values(**values))
    else:
        row = {**values, "access_key_id": access_key_id, "created_at": now, "last_used_at": None}
        db.execute(insert(AccessKeyRow).values(**row))


def find_root_account(db: Connection) -> str | None:
    """The account of the root key that the server was last started with; None if root is switched off."""
    account_id: str | None = db.execute(select(AccessKeyRow.account_id).where(_is_root, AccessKeyRow.active)).scalar()
    return account_id


def root_arn(account_id: str) -> str:
    """The principal of an account's root key."""
    return f"arn:aws:iam::{account_id}:root"


def list_access_keys(
    db: Connection, account_id: str, *, after: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """The account's keys without their secrets: id, principal, policy, active, created_at, last_used_at; by id."""
    rows = db.execute(
        select(
            AccessKeyRow.access_key_id,
            AccessKeyRow.principal_arn,
            AccessKeyRow.policy,
            AccessKeyRow.active,
            AccessKeyRow.created_at,
            AccessKeyRow.last_used_at,
        )
        .where(AccessKeyRow.account_id == account_id, AccessKeyRow.access_key_id > (after or ""))
        .order_by(AccessKeyRow.access_key_id)
        .limit(limit)
    )
    return [dict(row._mapping) for row in rows]


def revoke_access_key(db: Connection, account_id: str, access_key_id: str) -> None:
    """Makes a key useless for good; raises ResourceNotFoundException, and InvalidParameterException for the root key.

    That one is the settings': any server that starts with it would make it good again.
    """
    is_key = (AccessKeyRow.access_key_id == access_key_id) & (AccessKeyRow.account_id == account_id)
    known = db.execute(select(AccessKeyRow.principal_arn, AccessKeyRow.active).where(is_key)).one_or_none()
    if known is None:
        raise ResourceNotFoundException(f"Access key {access_key_id} does not exist.")
    if known.active and known.principal_arn == root_arn(account_id):
        raise InvalidParameterException(
            f"Access key {access_key_id} is the root key. It is switched off in the settings: start the servers without "
            "POOLHOUSE_ROOT_ACCESS_KEY_ID."
        )
    db.execute(update(AccessKeyRow).where(is_key).values(active=False))


def stamp_use(db: Connection, access_key_id: str, now: int) -> None:
    """Notes that the key was used, at most once a minute."""
    db.execute(
        update(AccessKeyRow)
        .where(
            AccessKeyRow.access_key_id == access_key_id,
            AccessKeyRow.last_used_at.is_(None) | (AccessKeyRow.last_used_at < now - MINUTE),
        )
        .values(last_used_at=now)
    )
