"""Identities at third-party providers that are linked to users."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class LinkedIdentity(Base):
    """Whoever the provider vouches for as `attribute` = `value` signs in as the user.

    `attribute` is Cognito_Subject or a pool attribute that the provider maps. Type and issuer are the provider's when the
    link was made.
    """

    __tablename__ = "linked_identities"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        Index("linked_identities_by_user", "pool_id", "sub"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    attribute: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str]
    provider_type: Mapped[str]
    issuer: Mapped[str | None]
    linked_at: Mapped[int]
