"""App clients of a pool, their secrets and our own settings."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Client(Base):
    """An app client; `configuration` is AWS-shaped with defaults merged."""

    __tablename__ = "clients"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    configuration: Mapped[dict[str, Any]]
    created_at: Mapped[int]
    updated_at: Mapped[int]


class ClientSettings(Base):
    """What Cognito does not know about a client: profile, signing algorithm, PKCE rule."""

    __tablename__ = "client_settings"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    settings: Mapped[dict[str, Any]]
    updated_at: Mapped[int]


class ClientSecret(Base):
    """A client secret, sealed; at most two live at once."""

    __tablename__ = "client_secrets"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    secret_id: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    created_at: Mapped[int]
