"""Domains: the prefix or full host name on which a pool's pages and OAuth server answer."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from app.db.tables.directory import HostDirectory
from app.db.tables.domains import Domain as DomainRow


@dataclass(frozen=True)
class Domain:
    """A domain of a pool: a prefix, or (`is_custom`) a full host name."""

    pool_id: str
    domain: str
    is_custom: bool
    configuration: dict[str, Any]
    created_at: int
    updated_at: int


def list_domains(db: Connection, pool_id: str) -> tuple[Domain, ...]:
    """The pool's domains, at most one prefix and one custom one."""
    rows = db.execute(select(DomainRow).where(DomainRow.pool_id == pool_id).order_by(DomainRow.is_custom))
    return tuple(Domain(**row._mapping) for row in rows)


def find_domain_pool(db: Connection, domain: str) -> str | None:
    """The id of the pool that holds a domain, over all pools."""
    return db.execute(select(HostDirectory.pool_id).where(HostDirectory.domain == domain)).scalar_one_or_none()
