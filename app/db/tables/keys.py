"""Signing keys of a pool."""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class SigningKey(Base):
    """A key pair for ID or access tokens (`use`), RS256 or ES256, in state next, active or retiring."""

    __tablename__ = "signing_keys"
    __table_args__ = (Index("signing_keys_by_retirement", "state", "retire_at"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(primary_key=True)
    use: Mapped[str]
    algorithm: Mapped[str]
    state: Mapped[str]
    sealed: Mapped[bytes]
    public_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[int]
    retire_at: Mapped[int | None]
