"""Mail and SMS that must go out: sealed in the transaction that caused them, blanked once delivered or given up."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base

WAITING = "waiting"
_OPEN = text("finished_at IS NULL")


class OutboxMessage(Base):
    """A message in state waiting, sending, delivered or dead. `sealed` is emptied when it leaves waiting for good.

    `lane` names the way out that it waits for, so that one that hangs holds up no other; `purpose` is the kind of message.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_due", "state", "due_at"),
        Index("outbox_open", "lane", "due_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("outbox_by_time", "pool_id", "created_at", "message_id"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    medium: Mapped[str]
    lane: Mapped[str] = mapped_column(server_default="")
    purpose: Mapped[str] = mapped_column(server_default="")
    sealed: Mapped[bytes]
    state: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[int]
    reason: Mapped[str | None]
    created_at: Mapped[int]
    finished_at: Mapped[int | None]
