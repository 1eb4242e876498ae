"""What Cognito's API cannot say about a user pool."""

from typing import Any

from app.core import clients, message_limits, pools
from app.flows.work import Work
from app.web.aws.registry import poolhouse

Members = dict[str, Any]
_DEFAULTS: Members = {
    "Srp": "ENABLED",
    "RecoveryCodes": "DISABLED",
    "SeveralSoftwareTokens": "DISABLED",
    "AccountPage": "DISABLED",
    "DefaultBranding": "NONE",
    **message_limits.DEFAULTS,
}


@poolhouse.operation("GetPoolSettings")
def get_pool_settings(work: Work, user_pool_id: str) -> Members:
    """All settings, defaults merged."""
    with work.read() as db:
        settings = pools.get_pool(db, user_pool_id).settings
    return _answer(user_pool_id, settings)


@poolhouse.operation("UpdatePoolSettings", rest="changes")
def update_pool_settings(work: Work, user_pool_id: str, changes: Members) -> Members:
    """Changes what is given and keeps the rest.

    Raises InvalidParameterException for a country that there is none, ResourceNotFoundException for a client.
    """
    message_limits.check_countries(changes)
    with work.write() as db:
        if changes.get("DefaultBranding", "NONE") != "NONE":
            clients.get_client(db, work.keyring, user_pool_id, changes["DefaultBranding"])
        settings = pools.update_settings(db, user_pool_id, changes, work.now)
    return _answer(user_pool_id, settings)


def _answer(user_pool_id: str, settings: Members) -> Members:
    return {**_DEFAULTS, **settings, "UserPoolId": user_pool_id}
