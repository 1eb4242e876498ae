"""Keys that encrypt the codes in the events of pools' own senders: what a KMS key is to Cognito (KMSKeyID of LambdaConfig)."""

import os
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from app.db.keyring import Keyring
from app.db.tables.sender_keys import SenderKey as SenderKeyRow
from app.db.tables.server import SERVER
from app.db.upsert import upsert
from app.kit.errors import InvalidParameterException, ResourceNotFoundException
from app.kit.ids import new_uuid

KEY_BYTES = 32
_COLUMN = "sender_keys.sealed_key"


@dataclass(frozen=True, slots=True)
class SenderKey:
    """A key without its bytes; `created_at` in epoch ms."""

    key_arn: str
    created_at: int


def new_key_arn(region: str, account_id: str) -> str:
    """An ARN that no key has, in the form of KMS's."""
    return f"arn:aws:kms:{region}:{account_id}:key/{new_uuid()}"


def create_sender_key(db: Connection, keyring: Keyring, account_id: str, key_arn: str, now: int) -> SenderKey:
    """Makes a random key under an ARN; raises InvalidParameterException if the account has a key of that ARN."""
    sealed = keyring.seal(SERVER, _COLUMN, _row(account_id, key_arn), os.urandom(KEY_BYTES))
    made = upsert(db.dialect.name, SenderKeyRow).values(
        account_id=account_id, key_arn=key_arn, sealed_key=sealed, created_at=now
    )
    if not db.execute(made.on_conflict_do_nothing()).rowcount:
        raise InvalidParameterException(f"Sender key {key_arn} already exists.")
    return SenderKey(key_arn, now)


def list_sender_keys(db: Connection, account_id: str, *, after: str | None, limit: int) -> list[SenderKey]:
    """At most `limit` keys of an account, by ARN, those after the ARN `after`."""
    rows = db.execute(
        select(SenderKeyRow.key_arn, SenderKeyRow.created_at)
        .where(SenderKeyRow.account_id == account_id, SenderKeyRow.key_arn > (after or ""))
        .order_by(SenderKeyRow.key_arn)
        .limit(limit)
    )
    return [SenderKey(**row._mapping) for row in rows]


def find_key_bytes(db: Connection, keyring: Keyring, account_id: str, key_arn: str) -> bytes | None:
    """The 32 bytes of a key; raises SealError for a row that does not open."""
    query = select(SenderKeyRow.sealed_key).where(
        SenderKeyRow.account_id == account_id, SenderKeyRow.key_arn == key_arn
    )
    sealed = db.execute(query).scalar_one_or_none()
    return None if sealed is None else keyring.unseal(SERVER, _COLUMN, _row(account_id, key_arn), sealed)


def get_key_bytes(db: Connection, keyring: Keyring, account_id: str, key_arn: str) -> bytes:
    """The 32 bytes of a key; raises ResourceNotFoundException."""
    key = find_key_bytes(db, keyring, account_id, key_arn)
    if key is None:
        raise _missing(key_arn)
    return key


def delete_sender_key(db: Connection, account_id: str, key_arn: str) -> None:
    """Removes a key for good; raises ResourceNotFoundException."""
    gone = delete(SenderKeyRow).where(SenderKeyRow.account_id == account_id, SenderKeyRow.key_arn == key_arn)
    if not db.execute(gone).rowcount:
        raise _missing(key_arn)


def _row(account_id: str, key_arn: str) -> str:
    return f"{account_id}|{key_arn}"


def _missing(key_arn: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Sender key {key_arn} does not exist.")
