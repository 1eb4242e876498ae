"""Secondary replicas of a pool, one in another Region.

Amazon Cognito user pools API, UserPoolReplicaType. A replica is made INACTIVE: it takes no traffic of users. Nothing is copied
to it yet, so it cannot become ACTIVE.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from app.db.tables.replicas import Replica as ReplicaRow
from app.kit.errors import (
    InvalidParameterException,
    LimitExceededException,
    OperationNotEnabledException,
    ResourceNotFoundException,
)

MAX_REPLICAS = 1
INACTIVE = "INACTIVE"
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
# AWS KMS Developer Guide, "Multi-Region keys": such a key's id begins with mrk-.
_MULTI_REGION_KEY = re.compile(r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/mrk-[0-9a-f]{32}")


@dataclass(frozen=True)
class Replica:
    """A secondary replica; times in epoch ms."""

    pool_id: str
    region: str
    status: str
    tags: dict[str, str]
    created_at: int
    updated_at: int


def list_replicas(db: Connection, pool_id: str, *, after: str, limit: int) -> list[Replica]:
    """At most `limit` replicas, by Region, those after the Region `after`."""
    rows = db.execute(
        select(ReplicaRow)
        .where(ReplicaRow.pool_id == pool_id, ReplicaRow.region > after)
        .order_by(ReplicaRow.region)
        .limit(limit)
    )
    return [Replica(**row._mapping) for row in rows]


def get_replica(db: Connection, pool_id: str, region: str) -> Replica:
    """The replica in a Region; raises ResourceNotFoundException."""
    row = db.execute(select(ReplicaRow).where(ReplicaRow.pool_id == pool_id, ReplicaRow.region == region)).one_or_none()
    if row is None:
        raise ResourceNotFoundException(f"User pool {pool_id} has no replica in {region}.")
    return Replica(**row._mapping)


def create_replica(db: Connection, pool_id: str, region: str, tags: dict[str, str], now: int) -> Replica:
    """A new replica; the caller has locked the pool. Raises InvalidParameterException, LimitExceededException."""
    known = list_replicas(db, pool_id, after="", limit=MAX_REPLICAS)
    if any(replica.region == region for replica in known):
        raise InvalidParameterException(f"User pool {pool_id} has a replica in {region} already.")
    if len(known) >= MAX_REPLICAS:
        raise LimitExceededException(f"A user pool can have {MAX_REPLICAS} replica.")
    replica = Replica(pool_id, region, INACTIVE, tags, now, now)
    db.execute(insert(ReplicaRow).values(**vars(replica)))
    return replica


def check_status(replica: Replica, wanted: str) -> None:
    """Raises OperationNotEnabledException for a status that the replica cannot have: ACTIVE would be a promise."""
    if wanted != replica.status:
        raise OperationNotEnabledException(
            f"The replica in {replica.region} cannot become {wanted}: this server does not replicate user pools yet."
        )


def delete_replica(db: Connection, replica: Replica) -> None:
    """Removes the replica; raises InvalidParameterException unless it is INACTIVE. The caller has locked the pool."""
    if replica.status != INACTIVE:
        raise InvalidParameterException(f"Only {INACTIVE} replicas can be deleted; this one is {replica.status}.")
    db.execute(delete(ReplicaRow).where(ReplicaRow.pool_id == replica.pool_id, ReplicaRow.region == replica.region))


def check_eligible(configuration: Mapping[str, Any], primary_region: str, region: str) -> None:
    """Raises InvalidParameterException for a pool that cannot have a replica, or not in this Region."""
    if not _REGION.fullmatch(region):
        raise InvalidParameterException(f"{region} is not a Region.")
    if region == primary_region:
        raise InvalidParameterException(f"{region} is the Region of the user pool itself.")
    key = configuration.get("KeyConfiguration") or {}
    is_own = key.get("KeyType") == "CUSTOMER_MANAGED_KEY"
    if not is_own or not _MULTI_REGION_KEY.fullmatch(key.get("KmsKeyArn") or ""):
        raise InvalidParameterException(
            "Only a user pool whose KeyConfiguration names a multi-Region customer managed key can have replicas."
        )
