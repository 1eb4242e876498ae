"""Log delivery. The configuration is stored and told; nothing on this server delivers logs to AWS yet."""

from typing import Any

from app.core import logs, pools
from app.flows.work import Work
from app.kit.errors import FeatureUnavailableInTierException
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("SetLogDeliveryConfiguration")
def set_log_delivery_configuration(work: Work, user_pool_id: str, log_configurations: list[Members]) -> Members:
    """Replaces all log configurations; an empty list ends delivery."""
    with work.write() as db:
        pool = pools.lock_pool(db, user_pool_id)
        logs.check_log_configurations(log_configurations, pool.account_id)
        exports = any(configuration["EventSource"] == logs.AUTH_EVENTS for configuration in log_configurations)
        if exports and work.tier_of(pool) != "PLUS":
            raise FeatureUnavailableInTierException(f"{logs.AUTH_EVENTS} needs the feature plan PLUS.")
        logs.put_log_configurations(db, user_pool_id, log_configurations, work.now)
    return _log_delivery(user_pool_id, log_configurations)


@cognito_idp.operation("GetLogDeliveryConfiguration")
def get_log_delivery_configuration(work: Work, user_pool_id: str) -> Members:
    """Every log configuration, none where none was set."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        found = logs.get_log_configurations(db, user_pool_id)
    return _log_delivery(user_pool_id, found)


def _log_delivery(pool_id: str, configurations: list[Members]) -> Members:
    """LogDeliveryConfigurationType."""
    return {"LogDeliveryConfiguration": {"UserPoolId": pool_id, "LogConfigurations": configurations}}
