"""Passwords: the Argon2id hash, the SRP verifier beside it, and the hashes before it."""

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Password(Base):
    """A user's password. The verifier (sealed) may be missing; it was made with exactly `srp_identity`."""

    __tablename__ = "passwords"
    __table_args__ = (ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str]
    srp_identity: Mapped[str | None]
    srp_salt: Mapped[str | None]
    sealed_verifier: Mapped[bytes | None]
    # A temporary password stops working here (epoch ms); null for a permanent one.
    expires_at: Mapped[int | None]
    created_at: Mapped[int]


# Under names that leave room for those of a user in the same row.
PASSWORD_COLUMNS = tuple(
    getattr(Password, name).label(f"password_{name}")
    for name in ("hash", "srp_identity", "srp_salt", "sealed_verifier", "expires_at", "created_at")
)


class PasswordHistory(Base):
    """Hashes of earlier passwords, for PasswordHistorySize."""

    __tablename__ = "password_history"
    __table_args__ = (ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str]
