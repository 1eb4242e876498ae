"""Groups of a pool and who is in them."""

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base

_LIVE = text("deleted_at IS NULL")


class Group(Base):
    """A group; a lower precedence number wins. A deleted one is a tombstone until a job has removed its memberships."""

    __tablename__ = "groups"
    __table_args__ = (
        Index("groups_by_name", "pool_id", "name", unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE),
        Index(
            "groups_to_purge",
            "pool_id",
            "group_id",
            postgresql_where=text("deleted_at IS NOT NULL"),
            sqlite_where=text("deleted_at IS NOT NULL"),
        ),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    # A name may be used again while the memberships of the group that had it are still being removed.
    group_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    role_arn: Mapped[str | None]
    precedence: Mapped[int | None]
    created_at: Mapped[int]
    updated_at: Mapped[int]
    deleted_at: Mapped[int | None]


class Membership(Base):
    """A user in a group."""

    __tablename__ = "memberships"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        ForeignKeyConstraint(["pool_id", "group_id"], ["groups.pool_id", "groups.group_id"], ondelete="CASCADE"),
        Index("memberships_by_group", "pool_id", "group_id", "sub"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[int]
