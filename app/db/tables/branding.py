"""Managed login branding: a style for each app client, and its pictures."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Branding(Base):
    """The style of one client; it goes with the client. `settings` are AWS-shaped and hold only what differs from ours."""

    __tablename__ = "brandings"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "client_id"], ["clients.pool_id", "clients.client_id"], ondelete="CASCADE"),
        Index("brandings_by_client", "pool_id", "client_id", unique=True),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    branding_id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    uses_provided_values: Mapped[bool]
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[int]
    updated_at: Mapped[int]


class BrandingAsset(Base):
    """A picture of a style. `provider` tells apart the icons of identity providers, and is empty for all others."""

    __tablename__ = "branding_assets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["pool_id", "branding_id"], ["brandings.pool_id", "brandings.branding_id"], ondelete="CASCADE"
        ),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    branding_id: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    color_mode: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    extension: Mapped[str]
    resource_id: Mapped[str | None]
    content: Mapped[bytes]
