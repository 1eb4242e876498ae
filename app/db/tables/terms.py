"""Terms documents: links to the terms of use and the privacy policy of an app client."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Terms(Base):
    """One document of a client, which it goes with; `links` maps languages (`cognito:english`) to URLs."""

    __tablename__ = "terms"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "client_id"], ["clients.pool_id", "clients.client_id"], ondelete="CASCADE"),
        Index("terms_by_client", "pool_id", "client_id", "name", unique=True),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    terms_id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    name: Mapped[str]
    source: Mapped[str]
    enforcement: Mapped[str]
    links: Mapped[dict[str, Any]]
    created_at: Mapped[int]
    updated_at: Mapped[int]
