"""Mail and SMS that must go out: sealed into the outbox by the transaction that causes them, sent after its commit."""

from dataclasses import asdict, dataclass
from typing import Literal

import orjson
from sqlalchemy import Connection, insert

from app.db.keyring import Keyring
from app.db.tables.outbox import OutboxMessage
from app.kit.ids import new_uuid

Medium = Literal["EMAIL", "SMS"]
COLUMN = "outbox.sealed"
WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one address. `html` is the other form of an e-mail; `code` is what the dev inbox shows beside it."""

    medium: Medium
    destination: str
    subject: str
    text: str
    html: str | None
    purpose: str
    username: str
    code: str = ""


def post(db: Connection, keyring: Keyring, pool_id: str, message: Message, now: int) -> str:
    """Puts a message into the outbox and gives its id. The caller wakes the sender after commit."""
    message_id = new_uuid()
    db.execute(
        insert(OutboxMessage).values(
            pool_id=pool_id,
            message_id=message_id,
            medium=message.medium,
            sealed=sealed(keyring, pool_id, message_id, message),
            state=WAITING,
            attempts=0,
            due_at=now,
            reason=None,
            created_at=now,
            finished_at=None,
        )
    )
    return message_id


def sealed(keyring: Keyring, pool_id: str, message_id: str, message: Message) -> bytes:
    """The message as the outbox holds it."""
    return keyring.seal(pool_id, COLUMN, message_id, orjson.dumps(asdict(message)))


def open_message(keyring: Keyring, pool_id: str, message_id: str, blob: bytes) -> Message:
    """The message of an outbox row; raises SealError."""
    return Message(**orjson.loads(keyring.unseal(pool_id, COLUMN, message_id, blob)))
