"""Request-rate quotas of the caller's account in the Region that the call is signed for.

They are enforced with POOLHOUSE_RATE_LIMITS=cognito; without it they are only stored and told.
"""

from typing import Any

from app.core import limits
from app.core.limits import Category
from app.flows.limit_rates import set_limit
from app.flows.work import Work
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("GetProvisionedLimit")
def get_provisioned_limit(work: Work, limit_definition: Members) -> Members:
    """What a category may have now, and what is free."""
    category = limits.get_category(limit_definition)
    with work.read() as db:
        provisioned = limits.provisioned_limits(db, work.caller.account_id, work.region)
    return _answer(category, provisioned.get(category.name, category.free))


@cognito_idp.operation("UpdateProvisionedLimit")
def update_provisioned_limit(work: Work, limit_definition: Members, requested_limit_value: int) -> Members:
    """In force on every node within a second."""
    category = limits.get_category(limit_definition)
    set_limit(work, category, requested_limit_value)
    return _answer(category, requested_limit_value)


def _answer(category: Category, requests: int) -> Members:
    """LimitType."""
    definition = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category.name}}
    return {
        "Limit": {
            "LimitDefinition": definition,
            "ProvisionedLimitValue": requests,
            "FreeLimitValue": category.free,
        }
    }
