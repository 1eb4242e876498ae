"""Users, the identifiers that are unique among them, and what ListUsers can search."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class User(Base):
    """A user of a pool. `attributes` maps names (without `sub`) to string values as given."""

    __tablename__ = "users"
    __table_args__ = (
        Index("users_by_username", "pool_id", "folded_username", "sub"),
        Index("users_by_status", "pool_id", "status", "sub"),
        Index("users_by_enabled", "pool_id", "enabled", "sub"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str]
    folded_username: Mapped[str]
    status: Mapped[str]
    enabled: Mapped[bool]
    attributes: Mapped[dict[str, Any]]
    mfa: Mapped[dict[str, Any]]
    # Access tokens issued before this moment are revoked (global sign-out, disable).
    signed_out_at: Mapped[int]
    created_at: Mapped[int]
    updated_at: Mapped[int]


class Identifier(Base):
    """The only place where usernames, e-mails, phone numbers and preferred usernames are unique, folded."""

    __tablename__ = "identifiers"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        Index("identifiers_by_user", "pool_id", "sub"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str]
    verified: Mapped[bool]


class SearchableAttribute(Base):
    """One row for each attribute value that ListUsers can filter by, folded for comparison and order."""

    __tablename__ = "searchable_attributes"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        Index("searchable_attributes_by_value", "pool_id", "name", "folded", "sub"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    folded: Mapped[str]
