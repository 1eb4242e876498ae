"""npm amazon-cognito-identity-js in a pool that tracks devices: everything the library does with them by itself."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.clients.conftest import PASSWORD, Pool

pytestmark = pytest.mark.clients

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]


@pytest.fixture
def tracking(operator: Any) -> Iterator[Pool]:
    """A pool that asks users whether to remember their devices."""
    rules = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
    name = f"devices-{secrets.token_hex(4)}"
    pool_id = operator.create_user_pool(PoolName=name, DeviceConfiguration=rules)["UserPool"]["Id"]
    client = operator.create_user_pool_client(
        UserPoolId=pool_id, ClientName="public", ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]
    yield Pool(pool_id, client["ClientId"])
    operator.delete_user_pool(UserPoolId=pool_id)


def test_a_device_from_its_first_sign_in_to_the_end(run_node: RunNode, operator: Any, tracking: Pool) -> None:
    pool = {"UserPoolId": tracking.pool_id, "Username": "ada"}
    operator.admin_create_user(**pool, MessageAction="SUPPRESS")
    operator.admin_set_user_password(**pool, Password=PASSWORD, Permanent=True)
    given = {"userPoolId": tracking.pool_id, "clientId": tracking.client_id, "username": "ada", "password": PASSWORD}
    told = run_node("cognito_identity_devices.mjs", given)

    first, proven, unproven, anew, after = told["keys"]
    assert first == proven == unproven == told["refreshedKey"]
    assert len({first, anew, after}) == 3
    assert told["mustAsk"] is True
    assert told["device"]["Device"]["DeviceKey"] == first
    assert (told["listed"], told["unlisted"]) == ([first], [])
    assert {told[step] for step in ("remembered", "notRemembered", "forgotten")} == {"SUCCESS"}
    assert (told["ended"]["code"], told["ended"]["message"]) == ("NotAuthorizedException", "Invalid Refresh Token.")
    kept = operator.admin_list_devices(**pool)["Devices"]
    assert [device["DeviceKey"] for device in kept] == [after]
