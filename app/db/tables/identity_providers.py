"""Third-party identity providers of a pool, and the other names that they are known by."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class IdentityProvider(Base):
    """A provider. `details` is ProviderDetails without what is secret, `issuer` how the provider names itself if known."""

    __tablename__ = "identity_providers"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    issuer: Mapped[str | None]
    details: Mapped[dict[str, Any]]
    sealed_secrets: Mapped[bytes]
    attribute_mapping: Mapped[dict[str, Any]]
    acr_mapping: Mapped[dict[str, Any]]
    created_at: Mapped[int]
    updated_at: Mapped[int]


class IdpIdentifier(Base):
    """An IdpIdentifier leads to one provider of the pool; `position` is its place in the list as given."""

    __tablename__ = "idp_identifiers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["pool_id", "name"], ["identity_providers.pool_id", "identity_providers.name"], ondelete="CASCADE"
        ),
        Index("idp_identifiers_by_provider", "pool_id", "name"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int]
