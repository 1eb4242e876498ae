"""Threat protection is configured for a pool or one of its clients (API: SetRiskConfiguration, DescribeRiskConfiguration)."""

from collections.abc import Mapping
from typing import Any

from app.core import clients, domains, pools, risk
from app.core.pools import Pool
from app.core.risk import RiskConfiguration
from app.flows.work import Work
from app.kit.errors import UserPoolAddOnNotEnabledException


def set_risk_configuration(
    work: Work, pool_id: str, client_id: str | None, given: Mapping[str, Any]
) -> RiskConfiguration:
    """Replaces the configuration; with nothing given the pool goes back to the defaults, a client to its pool's.

    A pool without threat protection may have one: Terraform configures both in either order. Raises
    ResourceNotFoundException, InvalidParameterException.
    """
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        if client_id is not None:
            clients.lock_client(db, work.keyring, pool_id, client_id)
        document = risk.checked_document(given, has_domain=bool(domains.list_domains(db, pool_id)))
        return risk.put_risk_configuration(db, pool_id, client_id, document, work.now)


def describe_risk_configuration(work: Work, pool_id: str, client_id: str | None) -> RiskConfiguration | None:
    """The configuration that is in force: a client's own, else the pool's, None where the defaults are.

    Raises ResourceNotFoundException.
    """
    with work.read() as db:
        pools.get_pool(db, pool_id)
        if client_id is not None:
            clients.get_client(db, work.keyring, pool_id, client_id)
            own = risk.find_risk_configuration(db, pool_id, client_id)
            if own is not None:
                return own
        return risk.find_risk_configuration(db, pool_id, None)


def check_threat_protection(pool: Pool) -> None:
    """Raises UserPoolAddOnNotEnabledException for a pool without threat protection."""
    if not risk.has_threat_protection(pool.configuration):
        raise UserPoolAddOnNotEnabledException(f"User pool {pool.pool_id} does not have advanced security enabled.")
