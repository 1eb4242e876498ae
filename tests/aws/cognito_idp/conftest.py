"""What tests of user operations share: the messages that a pool has posted."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.messages import Message, open_message
from app.db.tables.outbox import OutboxMessage
from app.flows.work import Resources

Outbox = Callable[[str], list[Message]]


@pytest.fixture
def outbox(resources: Resources) -> Outbox:
    """The messages of a pool that wait to be sent, oldest first."""

    def messages(pool_id: str) -> list[Message]:
        with resources.database.read() as db:
            rows = db.execute(
                select(OutboxMessage)
                .where(OutboxMessage.pool_id == pool_id)
                .order_by(OutboxMessage.created_at, OutboxMessage.message_id)
            ).all()
        return [open_message(resources.keyring, pool_id, row.message_id, row.sealed) for row in rows]

    return messages


@pytest.fixture
def last_code(outbox: Outbox) -> Callable[[str, str], str]:
    """The newest code that a pool has sent to an address; the clock must move between two codes to the same one."""

    def code(pool_id: str, destination: str) -> str:
        return [message.code for message in outbox(pool_id) if message.destination == destination][-1]

    return code
