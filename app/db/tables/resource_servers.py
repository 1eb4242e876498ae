"""Resource servers of a pool and their scopes."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class ResourceServer(Base):
    """An API with its scopes, `[{ScopeName, ScopeDescription}]`."""

    __tablename__ = "resource_servers"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    scopes: Mapped[list[Any]]
    created_at: Mapped[int]
    updated_at: Mapped[int]
