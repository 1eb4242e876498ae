"""Replicas of user pools. They are stored and told; nothing is copied to another Region yet, so none can be activated."""

from typing import Any

from app.core import pools, replicas
from app.core.pools import Pool
from app.core.replicas import Replica
from app.flows import configure_replica
from app.flows.work import Work
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("CreateUserPoolReplica")
def create_user_pool_replica(
    work: Work, user_pool_id: str, region_name: str, user_pool_tags: dict[str, str] | None = None
) -> Members:
    """An INACTIVE replica of a pool with a multi-Region key."""
    made = configure_replica.create_replica(work, user_pool_id, region_name, user_pool_tags or {})
    return _answer(work, made)


@cognito_idp.operation("ListUserPoolReplicas")
def list_user_pool_replicas(work: Work, user_pool_id: str, next_token: str | None = None) -> Members:
    """The primary replica, which is the pool itself, and then the others by Region."""
    with work.read() as db:
        pool = pools.get_pool(db, user_pool_id)

    def load(after: str | None, count: int) -> list[Members]:
        with work.read() as db:
            others = replicas.list_replicas(db, user_pool_id, after=after or "", limit=count)
        primary = [] if after else [_replica(pool, pool.region, "ACTIVE", "PRIMARY")]
        return [*primary, *(_replica(pool, other.region, other.status) for other in others)][:count]

    scope = (user_pool_id, "ListUserPoolReplicas")
    found, token = list_page(work, scope, next_token, None, load, lambda replica: str(replica["RegionName"]))
    return {"UserPoolReplicas": found, "NextToken": token}


@cognito_idp.operation("UpdateUserPoolReplica")
def update_user_pool_replica(work: Work, user_pool_id: str, region_name: str, status: str) -> Members:
    """Refuses ACTIVE."""
    return _answer(work, configure_replica.set_replica_status(work, user_pool_id, region_name, status))


@cognito_idp.operation("DeleteUserPoolReplica")
def delete_user_pool_replica(work: Work, user_pool_id: str, region_name: str) -> Members:
    """Answers with the replica as it is while it goes."""
    gone = configure_replica.delete_replica(work, user_pool_id, region_name)
    pool = work.snapshots.pool(user_pool_id).pool
    return {"UserPoolReplica": _replica(pool, gone.region, "DELETING")}


def _answer(work: Work, replica: Replica) -> Members:
    pool = work.snapshots.pool(replica.pool_id).pool
    return {"UserPoolReplica": _replica(pool, replica.region, replica.status)}


def _replica(pool: Pool, region: str, status: str, role: str = "SECONDARY") -> Members:
    """UserPoolReplicaType."""
    return {
        "RegionName": region,
        "Status": status,
        "Role": role,
        "UserPoolArn": f"arn:aws:cognito-idp:{region}:{pool.account_id}:userpool/{pool.pool_id}",
    }
