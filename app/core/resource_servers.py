"""Resource servers: APIs and the scopes that they define (RFC 6749 section 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from app.db.tables.resource_servers import ResourceServer as ResourceServerRow
from app.kit.errors import InvalidParameterException, LimitExceededException, ResourceNotFoundException

MAX_RESOURCE_SERVERS = 300
Scopes = Sequence[dict[str, Any]]


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
    return tuple(list_resource_servers(db, pool_id, after=None, limit=MAX_RESOURCE_SERVERS))


def list_resource_servers(db: Connection, pool_id: str, *, after: str | None, limit: int) -> list[ResourceServer]:
    """At most `limit` resource servers, by identifier, those after the identifier `after`."""
    rows = db.execute(
        select(ResourceServerRow)
        .where(ResourceServerRow.pool_id == pool_id, ResourceServerRow.identifier > (after or ""))
        .order_by(ResourceServerRow.identifier)
        .limit(limit)
    )
    return [ResourceServer(**row._mapping) for row in rows]


def get_resource_server(db: Connection, pool_id: str, identifier: str) -> ResourceServer:
    """The resource server; raises ResourceNotFoundException."""
    row = db.execute(
        select(ResourceServerRow).where(
            ResourceServerRow.pool_id == pool_id, ResourceServerRow.identifier == identifier
        )
    ).one_or_none()
    if row is None:
        raise _missing(identifier)
    return ResourceServer(**row._mapping)


def create_resource_server(
    db: Connection, pool_id: str, identifier: str, name: str, scopes: Scopes, now: int
) -> ResourceServer:
    """A new resource server; the caller has locked the pool.

    Raises InvalidParameterException for a taken identifier, LimitExceededException.
    """
    servers = all_resource_servers(db, pool_id)
    if any(server.identifier == identifier for server in servers):
        raise InvalidParameterException(f"{identifier} already exists in user pool {pool_id}.")
    if len(servers) >= MAX_RESOURCE_SERVERS:
        raise LimitExceededException(f"A user pool can have at most {MAX_RESOURCE_SERVERS} resource servers.")
    db.execute(
        insert(ResourceServerRow).values(
            pool_id=pool_id,
            identifier=identifier,
            name=name,
            scopes=_checked(scopes),
            created_at=now,
            updated_at=now,
        )
    )
    return get_resource_server(db, pool_id, identifier)


def update_resource_server(
    db: Connection, pool_id: str, identifier: str, name: str, scopes: Scopes, now: int
) -> ResourceServer:
    """Replaces name and scopes. A scope that is gone is granted no longer, clients that name it keep it for its return.

    Raises ResourceNotFoundException, InvalidParameterException.
    """
    done = db.execute(
        update(ResourceServerRow)
        .where(ResourceServerRow.pool_id == pool_id, ResourceServerRow.identifier == identifier)
        .values(name=name, scopes=_checked(scopes), updated_at=now)
    )
    if not done.rowcount:
        raise _missing(identifier)
    return get_resource_server(db, pool_id, identifier)


def delete_resource_server(db: Connection, pool_id: str, identifier: str) -> None:
    """Removes the resource server; raises ResourceNotFoundException."""
    done = db.execute(
        delete(ResourceServerRow).where(
            ResourceServerRow.pool_id == pool_id, ResourceServerRow.identifier == identifier
        )
    )
    if not done.rowcount:
        raise _missing(identifier)


def _checked(scopes: Scopes) -> list[dict[str, Any]]:
    names = [scope["ScopeName"] for scope in scopes]
    if len(set(names)) != len(names):
        raise InvalidParameterException("Scope names of a resource server must be unique.")
    return list(scopes)


def _missing(identifier: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Resource server {identifier} does not exist.")
