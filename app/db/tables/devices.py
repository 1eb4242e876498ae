"""Devices that users have confirmed, and the challenge sessions that wait for one."""

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base

_FORGOTTEN = text("forgotten_at IS NOT NULL")


class Device(Base):
    """A device of a user. A forgotten one stays as a tombstone while access tokens may name it."""

    __tablename__ = "devices"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        Index("devices_forgotten", "forgotten_at", postgresql_where=_FORGOTTEN, sqlite_where=_FORGOTTEN),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    # `<region>_<uuid>`.
    device_key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    is_remembered: Mapped[bool]
    # Whether its user has passed MFA on it: only then may it stand in for MFA.
    is_trusted: Mapped[bool]
    # Salt (hex) and SRP verifier (sealed) of the secret that the client keeps; null if it gave none.
    salt: Mapped[str | None]
    sealed_verifier: Mapped[bytes | None]
    last_ip: Mapped[str]
    created_at: Mapped[int]
    updated_at: Mapped[int]
    last_authenticated_at: Mapped[int]
    forgotten_at: Mapped[int | None]


class DeviceSession(Base):
    """The session of an open DEVICE_SRP_AUTH, sealed, for clients that answer without it."""

    __tablename__ = "device_sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["pool_id", "sub", "device_key"],
            ["devices.pool_id", "devices.sub", "devices.device_key"],
            ondelete="CASCADE",
        ),
        Index("device_sessions_by_device", "pool_id", "sub", "device_key"),
        Index("device_sessions_by_expiry", "expires_at"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str]
    device_key: Mapped[str]
    client_id: Mapped[str]
    session: Mapped[str]
    created_at: Mapped[int]
    expires_at: Mapped[int]
