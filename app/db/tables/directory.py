"""The named exceptions to "pool first": names that are unique over the whole server and lead to a pool or principal."""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class ClientDirectory(Base):
    """App client id -> pool."""

    __tablename__ = "client_directory"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    pool_id: Mapped[str]


class HostDirectory(Base):
    """Domain (a prefix or a full host name) -> pool."""

    __tablename__ = "host_directory"

    domain: Mapped[str] = mapped_column(primary_key=True)
    pool_id: Mapped[str]


class AccessKey(Base):
    """Access key id -> principal: its ARN, sealed secret and policy (null: every right, the root user's)."""

    __tablename__ = "access_keys"
    __table_args__ = (Index("access_keys_by_account", "account_id", "access_key_id"),)

    access_key_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    principal_arn: Mapped[str]
    sealed_secret: Mapped[bytes]
    policy: Mapped[dict[str, Any] | None]
    active: Mapped[bool]
    created_at: Mapped[int]
    last_used_at: Mapped[int | None]
