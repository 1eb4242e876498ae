"""Replicas of pools in other Regions; the pool itself is the primary one and has no row."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Replica(Base):
    """A secondary replica; `status` is as ReplicaStatusType names it."""

    __tablename__ = "replicas"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    tags: Mapped[dict[str, Any]]
    created_at: Mapped[int]
    updated_at: Mapped[int]
