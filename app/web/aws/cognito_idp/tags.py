"""Tags of user pools, the only resource that has them."""

from typing import Any

from app.core import pools
from app.flows import update_pool
from app.flows.work import Work
from app.kit.errors import ResourceNotFoundException
from app.web.aws.registry import cognito_idp


@cognito_idp.operation("TagResource")
def tag_resource(work: Work, resource_arn: str, tags: dict[str, str]) -> None:
    """Sets these tags and keeps the others."""
    update_pool.add_tags(work, _pool_id(work, resource_arn), tags)


@cognito_idp.operation("UntagResource")
def untag_resource(work: Work, resource_arn: str, tag_keys: list[str]) -> None:
    """Removes these tags; those that the pool does not have are no error."""
    update_pool.remove_tags(work, _pool_id(work, resource_arn), tag_keys)


@cognito_idp.operation("ListTagsForResource")
def list_tags_for_resource(work: Work, resource_arn: str) -> dict[str, Any]:
    """All tags of a pool."""
    pool_id = _pool_id(work, resource_arn)
    with work.read() as db:
        return {"Tags": pools.get_pool(db, pool_id).tags}


def _pool_id(work: Work, resource_arn: str) -> str:
    """The pool of an ARN; raises ResourceNotFoundException for whatever is not the ARN of one of the caller's pools."""
    pool_id = resource_arn.rpartition("/")[2]
    if work.snapshots.pool(pool_id).pool.arn != resource_arn:
        raise ResourceNotFoundException(f"Resource {resource_arn} does not exist.")
    return pool_id
