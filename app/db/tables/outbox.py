"""Mail and SMS that must go out: sealed in the transaction that caused them, blanked once delivered or given up."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class OutboxMessage(Base):
    """A message in state waiting, sending, delivered or dead. `sealed` is emptied when it leaves waiting for good."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_due", "state", "due_at"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    medium: Mapped[str]
    sealed: Mapped[bytes]
    state: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[int]
    reason: Mapped[str | None]
    created_at: Mapped[int]
    finished_at: Mapped[int | None]
