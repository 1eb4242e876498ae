"""Passkeys of users (WebAuthn credentials), and the registrations that wait for one."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Passkey(Base):
    """A public key credential. An authenticator makes its id up, and no two users of a pool may have the same."""

    __tablename__ = "passkeys"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        Index("passkeys_by_user", "pool_id", "sub", "created_at", "credential_id"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    # Base64url, as every API shows it.
    credential_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str]
    rp_id: Mapped[str]
    # COSE_Key (RFC 9052 section 7).
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    backup_eligible: Mapped[bool]
    backed_up: Mapped[bool]
    # The model of the authenticator, as it says itself.
    aaguid: Mapped[str]
    name: Mapped[str]
    attachment: Mapped[str | None]
    transports: Mapped[list[str]]
    created_at: Mapped[int]
    last_used_at: Mapped[int | None]


class PasskeyRegistration(Base):
    """The one open registration of a user: its challenge, which app client began it, and for which relying party."""

    __tablename__ = "passkey_registrations"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        Index("passkey_registrations_by_expiry", "expires_at"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    challenge: Mapped[bytes]
    created_at: Mapped[int]
    expires_at: Mapped[int]
