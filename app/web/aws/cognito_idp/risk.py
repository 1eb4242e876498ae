"""Configuration of threat protection. It is stored and told; nothing on this server assesses risks yet."""

from typing import Any

from app.core.risk import RiskConfiguration
from app.flows import configure_risk
from app.flows.work import Work
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("SetRiskConfiguration", rest="given")
def set_risk_configuration(work: Work, user_pool_id: str, given: Members, client_id: str | None = None) -> Members:
    """Replaces the whole configuration of the pool or client; with none given that of the pool is dropped, or inherited."""
    stored = configure_risk.set_risk_configuration(work, user_pool_id, client_id, given)
    return {"RiskConfiguration": _risk_configuration(user_pool_id, stored)}


@cognito_idp.operation("DescribeRiskConfiguration")
def describe_risk_configuration(work: Work, user_pool_id: str, client_id: str | None = None) -> Members:
    """The configuration in force. Without ClientId in the answer it is the pool's, which a client may inherit."""
    found = configure_risk.describe_risk_configuration(work, user_pool_id, client_id)
    return {"RiskConfiguration": _risk_configuration(user_pool_id, found)}


def _risk_configuration(pool_id: str, stored: RiskConfiguration | None) -> Members:
    """RiskConfigurationType."""
    if stored is None:
        return {"UserPoolId": pool_id}
    return {
        "UserPoolId": pool_id,
        "ClientId": stored.client_id,
        **stored.document,
        "LastModifiedDate": stored.updated_at,
    }
