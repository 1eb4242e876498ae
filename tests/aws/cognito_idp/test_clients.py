"""App clients and their secrets through a real botocore client."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.factories import Factory

OAUTH = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "email"],
    "CallbackURLs": ["https://app.example.com/cb"],
}
OWN_SECRET = "my_own_secret_of_thirty_characters"
ANALYTICS = {"ApplicationId": "ab12"}


@pytest.fixture
def pool_id(operator: Any) -> str:
    pool: str = operator.create_user_pool(
        PoolName="clients",
        Schema=[
            {"Name": "level", "AttributeDataType": "String"},
            {"Name": "notes", "AttributeDataType": "String", "DeveloperOnlyAttribute": True},
        ],
    )["UserPool"]["Id"]
    operator.create_resource_server(
        UserPoolId=pool,
        Identifier="https://api.example.com",
        Name="api",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "Read"}],
    )
    return pool


def create(operator: Any, pool_id: str, **given: Any) -> dict[str, Any]:
    made: dict[str, Any] = operator.create_user_pool_client(UserPoolId=pool_id, ClientName="client", **given)[
        "UserPoolClient"
    ]
    return made


def test_a_client_needs_only_a_name(operator: Any, pool_id: str) -> None:
    made = create(operator, pool_id)
    client_id = made.pop("ClientId")
    assert len(client_id) == 26
    assert made.pop("CreationDate") == made.pop("LastModifiedDate")
    assert made == {
        "UserPoolId": pool_id,
        "ClientName": "client",
        "ClientType": "REGULAR",
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"],
        "AllowedOAuthFlowsUserPoolClient": False,
        "PreventUserExistenceErrors": "LEGACY",
        "EnableTokenRevocation": True,
        "EnablePropagateAdditionalUserContextData": False,
        "AuthSessionValidity": 3,
    }
    described = operator.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
    assert {**made, "ClientId": client_id} == {
        name: value for name, value in described.items() if name not in ("CreationDate", "LastModifiedDate")
    }


def test_what_is_given_is_kept_and_an_update_replaces_it(operator: Any, pool_id: str) -> None:
    given = {
        **OAUTH,
        "AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin", "https://api.example.com/read"],
        "CallbackURLs": ["https://app.example.com/cb", "http://localhost:3000/", "myapp://callback"],
        "LogoutURLs": ["https://app.example.com/bye", "http://[::1]:8080/bye", "http://127.0.0.1/bye"],
        "DefaultRedirectURI": "myapp://callback",
        "SupportedIdentityProviders": ["COGNITO"],
        "ReadAttributes": ["email", "email_verified", "custom:level"],
        "WriteAttributes": ["email", "custom:level"],
        "AccessTokenValidity": 10,
        "IdTokenValidity": 600,
        "RefreshTokenValidity": 48,
        "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "hours"},
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": False,
        "AuthSessionValidity": 15,
    }
    made = create(operator, pool_id, GenerateSecret=True, **given)
    for name, value in given.items():
        assert made[name] == value
    updated = operator.update_user_pool_client(UserPoolId=pool_id, ClientId=made["ClientId"])["UserPoolClient"]
    assert updated["ClientName"] == "client"
    assert updated["ClientSecret"] == made["ClientSecret"]
    assert updated["PreventUserExistenceErrors"] == "LEGACY"
    assert updated["EnableTokenRevocation"]
    assert updated["RefreshTokenValidity"] == 30
    for name in ("CallbackURLs", "AllowedOAuthFlows", "ReadAttributes", "RefreshTokenRotation", "AccessTokenValidity"):
        assert name not in updated
    renamed = operator.update_user_pool_client(UserPoolId=pool_id, ClientId=made["ClientId"], ClientName="new")
    assert renamed["UserPoolClient"]["ClientName"] == "new"


def test_a_change_of_a_client_is_in_force_at_once(operator: Any, pool_id: str, resources: Resources) -> None:
    client_id = create(operator, pool_id)["ClientId"]
    assert resources.snapshots.client(client_id).client.revocation_enabled
    operator.update_user_pool_client(UserPoolId=pool_id, ClientId=client_id, EnableTokenRevocation=False)
    assert not resources.snapshots.client(client_id).client.revocation_enabled


def test_secrets_are_generated_or_given(operator: Any, pool_id: str) -> None:
    generated = create(operator, pool_id, GenerateSecret=True)["ClientSecret"]
    assert generated.isalnum()
    assert 24 <= len(generated) <= 64
    assert create(operator, pool_id, ClientSecret=OWN_SECRET)["ClientSecret"] == OWN_SECRET
    assert "ClientSecret" not in create(operator, pool_id, GenerateSecret=False)
    code, _, _ = refusal(
        operator.create_user_pool_client,
        UserPoolId=pool_id,
        ClientName="x",
        GenerateSecret=True,
        ClientSecret=OWN_SECRET,
    )
    assert code == "InvalidParameterException"


def test_lives_are_shown_in_the_unit_that_was_given(operator: Any, pool_id: str) -> None:
    units = {"AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "minutes"}
    made = create(operator, pool_id, TokenValidityUnits=units)
    assert (made["AccessTokenValidity"], made["IdTokenValidity"], made["RefreshTokenValidity"]) == (60, 3600, 43200)
    assert create(operator, pool_id, RefreshTokenValidity=0)["RefreshTokenValidity"] == 30


def test_rotation_takes_refresh_out_of_the_default_flows(operator: Any, pool_id: str) -> None:
    made = create(operator, pool_id, RefreshTokenRotation={"Feature": "ENABLED"})
    assert made["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]


def test_implicit_is_stored_as_infrastructure_tools_send_it(operator: Any, pool_id: str) -> None:
    made = create(operator, pool_id, **{**OAUTH, "AllowedOAuthFlows": ["implicit", "code"]})
    assert made["AllowedOAuthFlows"] == ["implicit", "code"]


def test_flows_without_the_switch_are_stored_but_useless(operator: Any, pool_id: str, resources: Resources) -> None:
    made = create(operator, pool_id, AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid"])
    assert resources.snapshots.client(made["ClientId"]).client.oauth_flows == frozenset()


@pytest.mark.parametrize(
    ("given", "expected", "text"),
    [
        ({**OAUTH, "AllowedOAuthFlows": []}, "InvalidParameterException", "are required"),
        ({**OAUTH, "AllowedOAuthScopes": []}, "InvalidParameterException", "are required"),
        ({**OAUTH, "CallbackURLs": []}, "InvalidParameterException", "callback URL"),
        ({**OAUTH, "AllowedOAuthFlows": ["client_credentials"]}, "InvalidOAuthFlowException", "client secret"),
        (
            {**OAUTH, "AllowedOAuthFlows": ["client_credentials", "code"], "GenerateSecret": True},
            "InvalidOAuthFlowException",
            "along with",
        ),
        ({**OAUTH, "AllowedOAuthScopes": ["openid", "api/read"]}, "ScopeDoesNotExistException", "api/read"),
        (
            {**OAUTH, "AllowedOAuthScopes": ["https://api.example.com/write"]},
            "ScopeDoesNotExistException",
            "https://api.example.com/write",
        ),
        ({**OAUTH, "DefaultRedirectURI": "https://app.example.com/other"}, "InvalidParameterException", "CallbackURLs"),
        ({"SupportedIdentityProviders": ["Google"]}, "InvalidParameterException", "The provider Google does not exist"),
        ({"ReadAttributes": ["custom:other"]}, "InvalidParameterException", "Invalid read attributes"),
        ({"ReadAttributes": ["dev:custom:notes"]}, "InvalidParameterException", "Invalid read attributes"),
        ({"WriteAttributes": ["email_verified"]}, "InvalidParameterException", "Invalid write attributes"),
        ({"WriteAttributes": ["sub"]}, "InvalidParameterException", "Invalid write attributes"),
        (
            {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"]},
            "InvalidParameterException",
            "ALLOW_",
        ),
        (
            {"ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"], "GenerateSecret": True},
            "InvalidParameterException",
            "cannot be combined",
        ),
        ({"ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"]}, "InvalidParameterException", "secret"),
        (
            {"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"], "RefreshTokenRotation": {"Feature": "ENABLED"}},
            "InvalidParameterException",
            "rotation",
        ),
        ({"AccessTokenValidity": 25}, "InvalidParameterException", "Invalid range for token validity."),
        (
            {"IdTokenValidity": 4, "TokenValidityUnits": {"IdToken": "minutes"}},
            "InvalidParameterException",
            "Invalid range for token validity.",
        ),
        (
            {"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}},
            "InvalidParameterException",
            "Invalid range for token validity.",
        ),
        ({"RefreshTokenValidity": 3651}, "InvalidParameterException", "Invalid range for token validity."),
        ({"EnablePropagateAdditionalUserContextData": True}, "InvalidParameterException", "secret"),
        ({"AnalyticsConfiguration": ANALYTICS}, "NotImplementedException", "AnalyticsConfiguration"),
    ],
)
def test_invalid_clients_are_refused(
    operator: Any, pool_id: str, given: dict[str, Any], expected: str, text: str
) -> None:
    code, message, _ = refusal(operator.create_user_pool_client, UserPoolId=pool_id, ClientName="refused", **given)
    assert code == expected
    assert text in message


def test_updates_are_checked_as_creation_is(operator: Any, pool_id: str) -> None:
    client_id = create(operator, pool_id)["ClientId"]
    update = operator.update_user_pool_client
    names = {"UserPoolId": pool_id, "ClientId": client_id}
    m2m = {**OAUTH, "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["https://api.example.com/read"]}
    assert refusal(update, **names, **m2m)[0] == "InvalidOAuthFlowException"
    assert refusal(update, **names, **{**OAUTH, "AllowedOAuthScopes": ["no/scope"]})[0] == "ScopeDoesNotExistException"
    code, message, _ = refusal(update, **names, WriteAttributes=["custom:none"])
    assert (code, message) == (
        "InvalidParameterException",
        "Invalid write attributes specified while updating a client",
    )
    assert create(operator, pool_id, GenerateSecret=True, **m2m)["AllowedOAuthFlows"] == ["client_credentials"]


def test_a_client_for_get_client_token_has_that_flow_alone(operator: Any, pool_id: str) -> None:
    made = create(operator, pool_id, GenerateSecret=True, ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"])
    assert made["ExplicitAuthFlows"] == ["ALLOW_CLIENT_TOKEN_AUTH"]


def test_user_auth_needs_its_plan(gated: Any, make: Factory) -> None:
    code, _, _ = refusal(
        gated.create_user_pool_client,
        UserPoolId=make.pool(UserPoolTier="LITE"),
        ClientName="x",
        ExplicitAuthFlows=["ALLOW_USER_AUTH"],
    )
    assert code == "FeatureUnavailableInTierException"


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example.com/cb",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
        "http://localhost@evil.example.com/",
        "https://user@app.example.com/",
        "https://app.example.com/cb#fragment",
        "https://app.example.com/cb#",
        "myapp://cb#x",
        "/relative",
        "app.example.com",
        "https://",
        "https:///path",
        "https:app.example.com",
        "https://app.example.com:port/",
        "https://[::1",
        "myapp:",
        "javascript://localhost/%0aalert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "https://app.example.com\\@evil.example.com/",
        "https://exämple.com/",
    ],
)
@pytest.mark.parametrize("member", ["CallbackURLs", "LogoutURLs"])
def test_unsafe_urls_are_refused(operator: Any, pool_id: str, member: str, url: str) -> None:
    code, message, _ = refusal(
        operator.create_user_pool_client, UserPoolId=pool_id, ClientName="urls", **{member: [url]}
    )
    assert code == "InvalidParameterException"
    assert url in message


def test_unknown_clients_do_not_exist(operator: Any, pool_id: str, make: Factory) -> None:
    other = make.client(make.pool())["ClientId"]
    for client_id in ("nobody", other):
        for call in (
            operator.describe_user_pool_client,
            operator.update_user_pool_client,
            operator.delete_user_pool_client,
            operator.add_user_pool_client_secret,
            operator.list_user_pool_client_secrets,
        ):
            code, message, _ = refusal(call, UserPoolId=pool_id, ClientId=client_id)
            assert (code, message) == (
                "ResourceNotFoundException",
                f"User pool client {client_id} does not exist.",
            )


def test_a_deleted_client_is_gone(operator: Any, pool_id: str, resources: Resources) -> None:
    client_id = create(operator, pool_id, GenerateSecret=True)["ClientId"]
    resources.snapshots.client(client_id)
    operator.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    code, _, _ = refusal(operator.delete_user_pool_client, UserPoolId=pool_id, ClientId=client_id)
    assert code == "ResourceNotFoundException"
    code, message, _ = refusal(
        operator.initiate_auth, ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "x"}
    )
    assert (code, message) == ("ResourceNotFoundException", f"User pool client {client_id} does not exist.")


def test_clients_are_listed_in_pages(operator: Any, make: Factory) -> None:
    pool_id, other = make.pool(), make.pool()
    made = {make.client(pool_id, ClientName=f"client {number}")["ClientId"] for number in range(5)}
    make.client(other)
    first = operator.list_user_pool_clients(UserPoolId=pool_id, MaxResults=2)
    assert len(first["UserPoolClients"]) == 2
    assert set(first["UserPoolClients"][0]) == {"ClientId", "ClientName", "UserPoolId"}
    pages = operator.get_paginator("list_user_pool_clients").paginate(
        UserPoolId=pool_id, PaginationConfig={"PageSize": 2}
    )
    assert {client["ClientId"] for page in pages for client in page["UserPoolClients"]} == made
    for wrong in (
        {"UserPoolId": other, "NextToken": first["NextToken"]},
        {"UserPoolId": pool_id, "NextToken": first["NextToken"], "ClientType": "REGULAR"},
        {"UserPoolId": pool_id, "NextToken": "nonsense"},
    ):
        assert refusal(operator.list_user_pool_clients, **wrong)[0] == "InvalidParameterException"
    assert len(operator.list_user_pool_clients(UserPoolId=pool_id, ClientType="REGULAR")["UserPoolClients"]) == 5
    assert operator.list_user_pool_clients(UserPoolId=pool_id, ClientType="DCR")["UserPoolClients"] == []


# ---- secrets


def test_two_secrets_live_at_once(operator: Any, pool_id: str, resources: Resources) -> None:
    made = create(operator, pool_id, GenerateSecret=True)
    names = {"UserPoolId": pool_id, "ClientId": made["ClientId"]}
    first = operator.list_user_pool_client_secrets(**names)["ClientSecrets"]
    assert len(first) == 1
    added = operator.add_user_pool_client_secret(**names)["ClientSecretDescriptor"]
    assert added["ClientSecretId"].startswith(f"{made['ClientId']}--")
    client = resources.snapshots.client(made["ClientId"]).client
    assert client.has_secret(made["ClientSecret"])
    assert client.has_secret(added["ClientSecretValue"])
    listed = operator.list_user_pool_client_secrets(**names)["ClientSecrets"]
    assert [secret["ClientSecretId"] for secret in listed] == [first[0]["ClientSecretId"], added["ClientSecretId"]]
    assert all("ClientSecretValue" not in secret for secret in listed)
    assert refusal(operator.add_user_pool_client_secret, **names)[0] == "LimitExceededException"
    operator.delete_user_pool_client_secret(**names, ClientSecretId=first[0]["ClientSecretId"])
    client = resources.snapshots.client(made["ClientId"]).client
    assert not client.has_secret(made["ClientSecret"])
    assert client.has_secret(added["ClientSecretValue"])
    code, message, _ = refusal(operator.delete_user_pool_client_secret, **names, ClientSecretId=added["ClientSecretId"])
    assert (code, "last secret" in message) == ("InvalidParameterException", True)
    code, _, _ = refusal(operator.delete_user_pool_client_secret, **names, ClientSecretId=first[0]["ClientSecretId"])
    assert code == "ResourceNotFoundException"


def test_own_secrets_are_not_repeated(operator: Any, pool_id: str) -> None:
    names = {"UserPoolId": pool_id, "ClientId": create(operator, pool_id, ClientSecret=OWN_SECRET)["ClientId"]}
    code, _, _ = refusal(operator.add_user_pool_client_secret, **names, ClientSecret=OWN_SECRET)
    assert code == "InvalidParameterException"
    added = operator.add_user_pool_client_secret(**names, ClientSecret=OWN_SECRET + "2")["ClientSecretDescriptor"]
    assert "ClientSecretValue" not in added


def test_secret_ids_are_never_used_again(operator: Any, pool_id: str) -> None:
    names = {"UserPoolId": pool_id, "ClientId": create(operator, pool_id, GenerateSecret=True)["ClientId"]}
    seen = [operator.list_user_pool_client_secrets(**names)["ClientSecrets"][0]["ClientSecretId"]]
    for _ in range(3):
        added = operator.add_user_pool_client_secret(**names)["ClientSecretDescriptor"]["ClientSecretId"]
        operator.delete_user_pool_client_secret(**names, ClientSecretId=added)
        seen.append(added)
    assert len(set(seen)) == 4


def test_a_public_client_stays_public(operator: Any, pool_id: str) -> None:
    names = {"UserPoolId": pool_id, "ClientId": create(operator, pool_id)["ClientId"]}
    assert refusal(operator.add_user_pool_client_secret, **names)[0] == "InvalidParameterException"
    assert operator.list_user_pool_client_secrets(**names)["ClientSecrets"] == []


def test_fifty_callers_at_once_get_one_more_secret(operator: Any, pool_id: str) -> None:
    names = {"UserPoolId": pool_id, "ClientId": create(operator, pool_id, GenerateSecret=True)["ClientId"]}

    def add(_: int) -> str:
        try:
            operator.add_user_pool_client_secret(**names)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "added"

    with ThreadPoolExecutor(25) as threads:
        outcomes = list(threads.map(add, range(50)))
    assert sorted(set(outcomes)) == ["LimitExceededException", "added"]
    assert outcomes.count("added") == 1
    assert len(operator.list_user_pool_client_secrets(**names)["ClientSecrets"]) == 2


def test_a_secret_is_stored_sealed(operator: Any, pool_id: str, resources: Resources) -> None:
    made = create(operator, pool_id, ClientSecret=OWN_SECRET + "_sealed")
    with resources.database.read() as db:
        rows = db.exec_driver_sql("SELECT * FROM client_secrets").all()
        audit = db.exec_driver_sql("SELECT details FROM audit_events").all()
    assert any(made["ClientId"] in row for row in rows)
    assert OWN_SECRET not in repr(rows) + repr(audit)
