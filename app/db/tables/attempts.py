"""Counted attempts: reserved before the check, released on success."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Attempt(Base):
    """Attempts of one kind by one subject (a sub, or an HMAC of a name that may not exist)."""

    __tablename__ = "attempts"
    __table_args__ = (Index("attempts_by_age", "last_at"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    # Of `count`, those whose checks have not ended yet (lockouts only).
    pending: Mapped[int]
    window_started_at: Mapped[int]
    last_at: Mapped[int]
    locked_until: Mapped[int]
