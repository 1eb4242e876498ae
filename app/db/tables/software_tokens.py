"""Authenticator apps of users (TOTP, RFC 6238)."""

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class SoftwareToken(Base):
    """A seed that an authenticator app shares. `last_step` is the newest time step that was used: none works twice."""

    __tablename__ = "software_tokens"
    __table_args__ = (ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    token_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    sealed_seed: Mapped[bytes]
    is_verified: Mapped[bool]
    last_step: Mapped[int]
    created_at: Mapped[int]
