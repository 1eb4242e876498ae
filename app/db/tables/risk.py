"""Risk configurations (threat protection): one of a pool, and one of each client that does not inherit it."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class RiskConfiguration(Base):
    """`subject` is the client's id, empty for the pool's own; `configuration` is AWS-shaped with defaults merged."""

    __tablename__ = "risk_configurations"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "client_id"], ["clients.pool_id", "clients.client_id"], ondelete="CASCADE"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    # As `subject`, but null for the pool's own: what ends with the client refers to it.
    client_id: Mapped[str | None]
    configuration: Mapped[dict[str, Any]]
    updated_at: Mapped[int]
