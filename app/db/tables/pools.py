"""User pools."""

from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base

_TO_PURGE = text("deleted_at IS NOT NULL AND purged_at IS NULL")


class Pool(Base):
    """A user pool. `configuration` is AWS-shaped with defaults merged; `schema` holds all attributes and only grows."""

    __tablename__ = "pools"
    __table_args__ = (
        Index("pools_by_account", "account_id", "region", "pool_id"),
        Index("pools_by_version", "version"),
        Index("pools_to_purge", "pool_id", postgresql_where=_TO_PURGE, sqlite_where=_TO_PURGE),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    region: Mapped[str]
    name: Mapped[str]
    issuer: Mapped[str]
    configuration: Mapped[dict[str, Any]]
    schema: Mapped[list[Any]]
    tags: Mapped[dict[str, Any]]
    version: Mapped[int]
    estimated_users: Mapped[int]
    created_at: Mapped[int]
    updated_at: Mapped[int]
    deleted_at: Mapped[int | None]
    # When everything else of a deleted pool was gone; the row itself stays, so that its id is never used again.
    purged_at: Mapped[int | None]


class PoolSettings(Base):
    """What Cognito does not know about a pool; UpdateUserPool never touches it."""

    __tablename__ = "pool_settings"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    settings: Mapped[dict[str, Any]]
    updated_at: Mapped[int]
