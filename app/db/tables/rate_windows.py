"""Counters of request rates, shared by all nodes."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class RateWindow(Base):
    """Requests of a budget in the newest window in which there were any, and in the window before that one."""

    __tablename__ = "rate_windows"
    __table_args__ = (Index("rate_windows_by_age", "ends_at"),)

    # `<account>/<region>/<category>` and the like.
    budget: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[int]
    ends_at: Mapped[int]
    requests: Mapped[int]
    requests_before: Mapped[int]
