"""What users and administrators said about sign-ins and the like; the events themselves are in the audit trail."""

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class AuthEventFeedback(Base):
    """The newest feedback to an event of a user; `value` is Valid or Invalid."""

    __tablename__ = "auth_event_feedback"
    __table_args__ = (ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    provider: Mapped[str]
    given_at: Mapped[int]
