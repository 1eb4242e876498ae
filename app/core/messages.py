"""Mail and SMS that must go out: sealed into the outbox by the transaction that causes them, sent after its commit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

import orjson
from sqlalchemy import Connection, delete, insert

from app.db.keyring import Keyring
from app.db.tables.outbox import WAITING, OutboxMessage
from app.kit.ids import new_ordered_uuid

Medium = Literal["EMAIL", "SMS"]
COLUMN = "outbox.sealed"


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one address. `html` is the other form of an e-mail; `code` is what the dev inbox shows beside it.

    `username` is the name that the user knows. The members from `trigger_source` on are what the event of a pool's own
    sender needs: `trigger_source` without the function's name before it (`SignUp` of `CustomEmailSender_SignUp`; empty
    where no sender is called), `user_name` and `sub` of the user, the client that asked (empty: an operator's call), the
    user's attributes as trigger events carry them, and the request's ClientMetadata.
    """

    medium: Medium
    destination: str
    subject: str
    text: str
    html: str | None
    purpose: str
    username: str
    code: str = ""
    trigger_source: str = ""
    user_name: str = ""
    sub: str = ""
    client_id: str = ""
    user_attributes: Mapping[str, str] = field(default_factory=dict)
    client_metadata: Mapping[str, str] = field(default_factory=dict)


def lane_of(medium: str, pool_id: str, *, is_own: bool) -> str:
    """The lane of the outbox in which a message waits: its pool's own, or the server's for the medium."""
    return f"{medium}/{pool_id}" if is_own else medium


def post(db: Connection, keyring: Keyring, pool_id: str, message: Message, now: int, *, lane: str = "") -> str:
    """Puts a message into the outbox and gives its id. The caller wakes the sender after commit.

    `lane` is as of `lane_of`; without one it is the server's.
    """
    message_id = new_ordered_uuid()
    db.execute(
        insert(OutboxMessage).values(
            pool_id=pool_id,
            message_id=message_id,
            medium=message.medium,
            lane=lane or message.medium,
            purpose=message.purpose,
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


def pretend_to_post(db: Connection, keyring: Keyring, pool_id: str, message: Message, now: int, *, lane: str) -> None:
    """The work of `post` for a message that nobody gets: the row is gone before anybody else could see it."""
    message_id = post(db, keyring, pool_id, message, now, lane=lane)
    db.execute(delete(OutboxMessage).where(OutboxMessage.pool_id == pool_id, OutboxMessage.message_id == message_id))


def sealed(keyring: Keyring, pool_id: str, message_id: str, message: Message) -> bytes:
    """The message as the outbox holds it."""
    return keyring.seal(pool_id, COLUMN, message_id, orjson.dumps(asdict(message)))


def open_message(keyring: Keyring, pool_id: str, message_id: str, blob: bytes) -> Message:
    """The message of an outbox row; raises SealError."""
    return Message(**orjson.loads(keyring.unseal(pool_id, COLUMN, message_id, blob)))
