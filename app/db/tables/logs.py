"""Where a pool's logs shall be delivered."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class LogDelivery(Base):
    """A pool's log configurations, AWS-shaped; a pool without a row has none."""

    __tablename__ = "log_deliveries"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    configurations: Mapped[list[Any]]
    updated_at: Mapped[int]
