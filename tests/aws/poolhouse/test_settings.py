"""Our own settings of pools and clients, through a botocore client over our own service model."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.factories import Factory


def settings_in(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_settings_of_a_pool(ours: Any, operator: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    defaults = {
        "UserPoolId": pool_id,
        "Srp": "ENABLED",
        "RecoveryCodes": "DISABLED",
        "SeveralSoftwareTokens": "DISABLED",
        "AccountPage": "DISABLED",
        "DefaultBranding": "NONE",
        "MessagesPerDestination": 30,
        "SmsPerDay": 10_000,
        "EmailPerDay": 0,
        "SmsCountries": "ALL",
    }
    assert settings_in(ours.get_pool_settings(UserPoolId=pool_id)) == defaults
    answer = ours.update_pool_settings(UserPoolId=pool_id, Srp="DISABLED")
    assert settings_in(answer) == {**defaults, "Srp": "DISABLED"}
    assert resources.snapshots.pool(pool_id).pool.settings == {"Srp": "DISABLED"}
    operator.update_user_pool(UserPoolId=pool_id)
    assert ours.update_pool_settings(UserPoolId=pool_id)["Srp"] == "DISABLED"
    assert refusal(ours.get_pool_settings, UserPoolId="us-east-1_none")[0] == "ResourceNotFoundException"
    assert refusal(ours.update_pool_settings, UserPoolId="us-east-1_none")[0] == "ResourceNotFoundException"
    assert refusal(ours.update_pool_settings, UserPoolId=pool_id, Srp="MAYBE")[0] == "InvalidParameterException"


def test_settings_of_a_client(ours: Any, operator: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    names = {"UserPoolId": pool_id, "ClientId": make.client(pool_id)["ClientId"]}
    defaults = {**names, "Profile": "cognito", "SigningAlgorithm": "RS256", "Pkce": "REQUIRED", "Consent": "NONE"}
    assert settings_in(ours.get_client_settings(**names)) == defaults
    changed = {**defaults, "Profile": "oidc", "Pkce": "OPTIONAL"}
    assert settings_in(ours.update_client_settings(**names, Profile="oidc", Pkce="OPTIONAL")) == changed
    assert settings_in(ours.update_client_settings(**names, Consent="REQUIRED")) == {**changed, "Consent": "REQUIRED"}
    assert settings_in(ours.update_client_settings(**names, Consent="NONE")) == changed
    operator.update_user_pool_client(**names)
    assert settings_in(ours.update_client_settings(**names)) == changed
    client = resources.snapshots.client(names["ClientId"]).client
    assert (client.profile, client.requires_pkce) == ("oidc", False)
    confidential = make.client(pool_id, GenerateSecret=True)["ClientId"]
    assert ours.get_client_settings(UserPoolId=pool_id, ClientId=confidential)["Pkce"] == "OPTIONAL"
    assert refusal(ours.update_client_settings, **names, Profile="fapi9")[0] == "InvalidParameterException"
    for call in (ours.get_client_settings, ours.update_client_settings):
        assert refusal(call, UserPoolId=pool_id, ClientId="nobody")[0] == "ResourceNotFoundException"
        assert refusal(call, UserPoolId=make.pool(), ClientId=names["ClientId"])[0] == "ResourceNotFoundException"


def test_the_first_es256_client_gives_its_pool_ec_keys(ours: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    clients = [make.client(pool_id)["ClientId"] for _ in range(6)]

    def set_algorithm(client_id: str) -> None:
        ours.update_client_settings(UserPoolId=pool_id, ClientId=client_id, SigningAlgorithm="ES256")

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(set_algorithm, clients))
    keys = resources.snapshots.pool(pool_id).signing_keys
    assert sorted((key.algorithm, key.use, key.state) for key in keys) == [
        ("ES256", "access", "next"),
        ("ES256", "id", "next"),
        ("RS256", "access", "active"),
        ("RS256", "id", "active"),
    ]
    ec = next(key for key in keys if key.algorithm == "ES256")
    assert ec.public_jwk["crv"] == "P-256"
    assert "d" not in ec.public_jwk
    assert resources.snapshots.client(clients[0]).client.signing_algorithm == "ES256"
