"""Giving a pool a domain, and what such a name may not be: one of the server's own."""

from collections.abc import Mapping
from typing import Any

from app.core import domains, pools
from app.core.domains import Domain
from app.core.pools import Pool
from app.flows.locations import domain_host
from app.flows.work import Work
from app.kit.errors import FeatureUnavailableInTierException, InvalidParameterException, NotImplementedException
from app.kit.settings import Settings

_CLASSIC, _MANAGED_LOGIN = 1, 2


def create_domain(work: Work, pool_id: str, domain: str, given: Mapping[str, Any]) -> Domain:
    """A prefix, or with CustomDomainConfig a full host name.

    Raises ResourceNotFoundException, InvalidParameterException, FeatureUnavailableInTierException.
    """
    is_custom = given.get("CustomDomainConfig") is not None
    _check_not_ours(work.settings, domain, is_custom=is_custom)
    with work.write() as db:
        pool = pools.lock_pool(db, pool_id)
        configuration = _configuration(work.tier_of(pool), given)
        made = domains.create_domain(
            db, pool_id, domain, is_custom=is_custom, configuration=configuration, now=work.now
        )
        pools.publish_change(db, pool_id)
        return made


def update_domain(work: Work, pool_id: str, domain: str, given: Mapping[str, Any]) -> Domain:
    """Changes branding version and certificate, keeps what is not given; raises as `create_domain`."""
    with work.write() as db:
        pool = pools.lock_pool(db, pool_id)
        current = domains.get_domain(db, pool_id, domain)
        if given.get("CustomDomainConfig") is not None and not current.is_custom:
            raise InvalidParameterException("A prefix domain has no CustomDomainConfig.")
        configuration = _configuration(work.tier_of(pool), {**current.configuration, **given})
        changed = domains.update_domain(db, pool_id, domain, configuration, work.now)
        pools.publish_change(db, pool_id)
        return changed


def delete_domain(work: Work, pool_id: str, domain: str) -> None:
    """Raises ResourceNotFoundException."""
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        domains.delete_domain(db, pool_id, domain)
        pools.publish_change(db, pool_id)


def find_domain(work: Work, domain: str) -> tuple[Pool, Domain] | None:
    """A domain with its pool if the caller owns that, whichever pool it is."""
    with work.read() as db:
        pool_id = domains.find_domain_pool(db, domain)
        pool = pools.find_pool(db, pool_id) if pool_id else None
        if pool is None or (pool.account_id, pool.region) != (work.caller.account_id, work.region):
            return None
        return pool, domains.get_domain(db, pool.pool_id, domain)


def _configuration(tier: str, given: Mapping[str, Any]) -> dict[str, Any]:
    version = given.get("ManagedLoginVersion", _CLASSIC)
    if version not in (_CLASSIC, _MANAGED_LOGIN):
        raise InvalidParameterException("ManagedLoginVersion must be 1 or 2.")
    if version == _MANAGED_LOGIN and tier == "LITE":
        raise FeatureUnavailableInTierException("Managed login needs the feature plan ESSENTIALS or higher.")
    if given.get("Routing"):
        raise NotImplementedException("Routing between replicas is not built yet, so it cannot be turned on.")
    return {**given, "ManagedLoginVersion": version}


def _check_not_ours(settings: Settings, domain: str, *, is_custom: bool) -> None:
    """A pool's pages on the server's own name, or on another pool's prefix host, would be a trap for their users."""
    host, suffix = domain_host(settings, domain, is_custom), settings.domain_suffix
    if host in {*settings.own_hosts(), suffix} or (is_custom and suffix and domain.endswith(f".{suffix}")):
        raise InvalidParameterException(f"{domain} belongs to this server.")
