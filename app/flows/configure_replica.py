"""Replicas of a pool are made, changed and removed (API: CreateUserPoolReplica and its like)."""

from collections.abc import Mapping

from app.core import pools, replicas
from app.core.pool_configuration import check_tags
from app.core.replicas import Replica
from app.flows.work import Work
from app.kit.errors import FeatureUnavailableInTierException, InvalidParameterException, UserPoolTaggingException


def create_replica(work: Work, pool_id: str, region: str, tags: Mapping[str, str]) -> Replica:
    """A replica of an eligible pool.

    Raises FeatureUnavailableInTierException, InvalidParameterException, LimitExceededException, UserPoolTaggingException.
    """
    check_tags(tags, UserPoolTaggingException)
    with work.write() as db:
        pool = pools.lock_pool(db, pool_id)
        if work.tier_of(pool) == "LITE":
            raise FeatureUnavailableInTierException("Replicas need the feature plan ESSENTIALS or higher.")
        replicas.check_eligible(pool.configuration, pool.region, region)
        return replicas.create_replica(db, pool_id, region, dict(tags), work.now)


def set_replica_status(work: Work, pool_id: str, region: str, status: str) -> Replica:
    """The replica with the wanted status. Raises ResourceNotFoundException, OperationNotEnabledException."""
    with work.write() as db:
        _check_secondary(pools.lock_pool(db, pool_id).region, region)
        replica = replicas.get_replica(db, pool_id, region)
        replicas.check_status(replica, status)
    return replica


def delete_replica(work: Work, pool_id: str, region: str) -> Replica:
    """The replica that is gone now. Raises ResourceNotFoundException, InvalidParameterException."""
    with work.write() as db:
        _check_secondary(pools.lock_pool(db, pool_id).region, region)
        replica = replicas.get_replica(db, pool_id, region)
        replicas.delete_replica(db, replica)
    return replica


def _check_secondary(primary_region: str, region: str) -> None:
    if region == primary_region:
        raise InvalidParameterException(f"{region} is the primary Region of the user pool.")
