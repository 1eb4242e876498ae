"""npm amazon-cognito-identity-js in a pool that tracks devices: everything the library does with them by itself."""

from collections.abc import Callable
from typing import Any

import pytest

from conformance.clients.conftest import PASSWORD, Pool, Pools

pytestmark = pytest.mark.clients

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]


RULES = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}


def test_a_device_from_its_first_sign_in_to_the_end(run_node: RunNode, pools: Pools) -> None:
    pool = pools.make(DeviceConfiguration=RULES)
    username = pools.make_user(pool)
    told = run_node("cognito_identity_devices.mjs", _given(pool, username))

    first, proven, unproven, anew, after = told["keys"]
    assert first == proven == unproven == told["refreshedKey"]
    assert len({first, anew, after}) == 3
    assert told["mustAsk"] is True
    assert told["device"]["Device"]["DeviceKey"] == first
    assert (told["listed"], told["unlisted"]) == ([first], [])
    assert {told[step] for step in ("remembered", "notRemembered", "forgotten")} == {"SUCCESS"}
    assert (told["ended"]["code"], told["ended"]["message"]) == ("NotAuthorizedException", "Invalid Refresh Token.")
    kept = pools.operator.admin_list_devices(UserPoolId=pool.pool_id, Username=username)["Devices"]
    assert [device["DeviceKey"] for device in kept] == [after]


def test_a_remembered_device_in_place_of_a_code(run_node: RunNode, pools: Pools) -> None:
    pool = pools.make(
        DeviceConfiguration=RULES,
        mfa={"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": True}},
    )
    told = run_node("cognito_identity_device_mfa.mjs", _given(pool, pools.make_user(pool)))
    assert told["asked"] == "SOFTWARE_TOKEN_MFA"
    assert len(set(told["keys"])) == 1


def _given(pool: Pool, username: str) -> dict[str, str]:
    return {"userPoolId": pool.pool_id, "clientId": pool.client_id, "username": username, "password": PASSWORD}
