"""Groups of a pool and who is in them."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Group(Base):
    """A group; a lower precedence number wins."""

    __tablename__ = "groups"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    description: Mapped[str | None]
    role_arn: Mapped[str | None]
    precedence: Mapped[int | None]
    created_at: Mapped[int]
    updated_at: Mapped[int]


class Membership(Base):
    """A user in a group."""

    __tablename__ = "memberships"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        ForeignKeyConstraint(["pool_id", "group_name"], ["groups.pool_id", "groups.name"], ondelete="CASCADE"),
        Index("memberships_by_group", "pool_id", "group_name", "sub"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    group_name: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[int]
