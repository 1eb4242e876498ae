"""The audit trail: security events and changes in their own transaction, usage events within a second."""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class AuditEvent(Base):
    """Something that happened in a pool (`pool_id` empty: to the server). `details` never holds a secret."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("audit_events_by_time", "pool_id", "at"),
        Index("audit_events_by_user", "pool_id", "sub", "at"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[int]
    kind: Mapped[str]
    outcome: Mapped[str]
    sub: Mapped[str | None]
    client_id: Mapped[str | None]
    principal: Mapped[str | None]
    source_ip: Mapped[str]
    request_id: Mapped[str]
    details: Mapped[dict[str, Any]]
