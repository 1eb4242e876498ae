"""Browser sessions of the hosted pages, and challenge sessions that are spent."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class SsoSession(Base):
    """A signed-in browser. Its cookie holds a secret of which only the hash is stored."""

    __tablename__ = "sso_sessions"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        Index("sso_sessions_by_secret", "pool_id", "secret_hash", unique=True),
        Index("sso_sessions_by_user", "pool_id", "sub"),
        Index("sso_sessions_by_expiry", "expires_at"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str]
    # The app client that the first sign-in was for.
    client_id: Mapped[str | None]
    secret_hash: Mapped[bytes]
    authentication: Mapped[dict[str, Any]]
    user_agent: Mapped[str]
    source_ip: Mapped[str]
    created_at: Mapped[int]
    last_active_at: Mapped[int]
    expires_at: Mapped[int]


class SpentSession(Base):
    """The id of a challenge session that has succeeded; inserting it twice fails, which is what makes it single use."""

    __tablename__ = "spent_sessions"
    __table_args__ = (Index("spent_sessions_by_expiry", "expires_at"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[int]
