"""Domains of a pool: one prefix and one full host name."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Domain(Base):
    """A prefix domain (`is_custom` false) or a full host name."""

    __tablename__ = "domains"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True)
    is_custom: Mapped[bool]
    configuration: Mapped[dict[str, Any]]
    created_at: Mapped[int]
    updated_at: Mapped[int]
