"""Domains: the prefix or full host name on which a pool's pages and OAuth server answer."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, false, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.db.tables.directory import HostDirectory
from app.db.tables.domains import Domain as DomainRow
from app.kit.errors import InvalidParameterException, ResourceNotFoundException

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PREFIX = re.compile(_LABEL)
_HOST_NAME = re.compile(rf"(?=.{{4,253}}\Z)(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")


@dataclass(frozen=True)
class Domain:
    """A domain of a pool: a prefix, or (`is_custom`) a full host name. `configuration` is as CreateUserPoolDomain had it."""

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


def find_host_pool(db: Connection, host: str, suffix: str) -> str | None:
    """The id of the pool whose domain answers on a host name: a prefix under `suffix` ("": there are none), else a custom one.

    A prefix is one label and a custom domain has several, so neither is ever found for the other.
    """
    prefix, dot, rest = host.partition(".")
    if not dot:
        return None
    if suffix and (rest == suffix or host.endswith(f".{suffix}")):
        return find_domain_pool(db, prefix) if rest == suffix else None
    return find_domain_pool(db, host)


def list_hidden_domains(db: Connection, own: Collection[str], suffix: str) -> list[str]:
    """Custom domains, over all pools, on which no pool answers: they are one of the server's own names or under `suffix`."""
    domain = HostDirectory.domain
    is_hidden = or_(domain.in_(own), domain.endswith(f".{suffix}", autoescape=True) if suffix else false())
    return list(db.execute(select(domain).where(is_hidden).order_by(domain)).scalars())


def get_domain(db: Connection, pool_id: str, domain: str) -> Domain:
    """The domain; raises ResourceNotFoundException."""
    row = db.execute(select(DomainRow).where(DomainRow.pool_id == pool_id, DomainRow.domain == domain)).one_or_none()
    if row is None:
        raise ResourceNotFoundException(f"Domain {domain} does not exist.")
    return Domain(**row._mapping)


def create_domain(
    db: Connection, pool_id: str, domain: str, *, is_custom: bool, configuration: Mapping[str, Any], now: int
) -> Domain:
    """Gives a pool a domain; the caller has locked the pool and rolls back when this raises.

    Raises InvalidParameterException for a malformed or taken name, or when the pool has a domain of this kind.
    """
    _check_name(domain, is_custom)
    if any(other.is_custom == is_custom for other in list_domains(db, pool_id)):
        kind = "custom domain" if is_custom else "domain"
        raise InvalidParameterException(f"User pool already has a {kind} configured.")
    try:
        db.execute(insert(HostDirectory).values(domain=domain, pool_id=pool_id))
    except IntegrityError:
        raise InvalidParameterException("Domain already associated with another user pool.") from None
    values = {"pool_id": pool_id, "domain": domain, "is_custom": is_custom, "configuration": dict(configuration)}
    db.execute(insert(DomainRow).values(**values, created_at=now, updated_at=now))
    return get_domain(db, pool_id, domain)


def update_domain(db: Connection, pool_id: str, domain: str, configuration: Mapping[str, Any], now: int) -> Domain:
    """Replaces a domain's configuration, never its name; raises ResourceNotFoundException."""
    db.execute(
        update(DomainRow)
        .where(DomainRow.pool_id == pool_id, DomainRow.domain == domain)
        .values(configuration=dict(configuration), updated_at=now)
    )
    return get_domain(db, pool_id, domain)


def delete_domain(db: Connection, pool_id: str, domain: str) -> None:
    """Takes a domain from a pool; its name is free at once. Raises ResourceNotFoundException."""
    get_domain(db, pool_id, domain)
    db.execute(delete(DomainRow).where(DomainRow.pool_id == pool_id, DomainRow.domain == domain))
    db.execute(delete(HostDirectory).where(HostDirectory.domain == domain, HostDirectory.pool_id == pool_id))


def _check_name(domain: str, is_custom: bool) -> None:
    if is_custom and not _HOST_NAME.fullmatch(domain):
        raise InvalidParameterException("A custom domain must be a fully-qualified domain name in lower case.")
    if not is_custom and not _PREFIX.fullmatch(domain):
        raise InvalidParameterException("A domain prefix must be a single label; a host name needs CustomDomainConfig.")
