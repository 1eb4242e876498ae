"""The messages that pools have posted."""

from sqlalchemy import select

from app.core.messages import Message, open_message
from app.db.tables.outbox import OutboxMessage
from app.flows.work import Resources


def posted(resources: Resources, pool_id: str) -> list[Message]:
    """The messages of a pool that wait to be sent, oldest first."""
    with resources.database.read() as db:
        rows = db.execute(
            select(OutboxMessage)
            .where(OutboxMessage.pool_id == pool_id, OutboxMessage.sealed != b"")
            .order_by(OutboxMessage.created_at, OutboxMessage.message_id)
        ).all()
    return [open_message(resources.keyring, pool_id, row.message_id, row.sealed) for row in rows]
