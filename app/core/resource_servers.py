"""Resource servers: APIs and the scopes that they define (RFC 6749 section 3.3)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from app.db.tables.resource_servers import ResourceServer as ResourceServerRow


@dataclass(frozen=True)
class ResourceServer:
    """A resource server; `scopes` is `[{ScopeName, ScopeDescription}]`."""

    pool_id: str
    identifier: str
    name: str
    scopes: list[dict[str, Any]]
    created_at: int
    updated_at: int

    def scope_names(self) -> list[str]:
        """The full scope strings, `<identifier>/<scope name>`."""
        return [f"{self.identifier}/{scope['ScopeName']}" for scope in self.scopes]


def all_resource_servers(db: Connection, pool_id: str) -> tuple[ResourceServer, ...]:
    """All resource servers of a pool; there are at most 300."""
    rows = db.execute(
        select(ResourceServerRow).where(ResourceServerRow.pool_id == pool_id).order_by(ResourceServerRow.identifier)
    )
    return tuple(ResourceServer(**row._mapping) for row in rows)
