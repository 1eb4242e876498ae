"""boto3 as the operator, told nothing but the endpoint, as an administrator's script is: through the environment."""

import secrets
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.loaders import Loader

from conformance.clients.tokens import claims_of
from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients


@pytest.fixture
def cognito(server: DevServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in server.aws_environment.items():
        monkeypatch.setenv(name, value)
    return boto3.session.Session().client("cognito-idp")


@pytest.fixture
def pool_id(cognito: Any) -> Any:
    made: str = cognito.create_user_pool(PoolName=f"boto3-{secrets.token_hex(4)}")["UserPool"]["Id"]
    yield made
    cognito.delete_user_pool(UserPoolId=made)


def test_an_operator_configures_a_pool(cognito: Any, server: DevServer) -> None:
    made = cognito.create_user_pool(
        PoolName="The shop, no. 2",
        Policies={"PasswordPolicy": {"MinimumLength": 12, "RequireSymbols": False}},
        AutoVerifiedAttributes=["email"],
        UserPoolTags={"stage": "test"},
    )["UserPool"]
    pool_id = made["Id"]
    assert made["Arn"] == f"arn:aws:cognito-idp:{server.facts.region}:{server.facts.account_id}:userpool/{pool_id}"

    client = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="web", GenerateSecret=True)[
        "UserPoolClient"
    ]
    cognito.create_resource_server(
        UserPoolId=pool_id,
        Identifier="https://api.example.com",
        Name="API",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "Read"}],
    )
    cognito.add_custom_attributes(
        UserPoolId=pool_id, CustomAttributes=[{"Name": "team", "AttributeDataType": "String", "Mutable": True}]
    )
    cognito.update_user_pool(
        UserPoolId=pool_id,
        AutoVerifiedAttributes=["email"],
        UserPoolTags={"stage": "test"},
        DeletionProtection="ACTIVE",
    )

    described = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert described["Name"] == "The shop, no. 2"
    assert described["DeletionProtection"] == "ACTIVE"
    assert "custom:team" in {attribute["Name"] for attribute in described["SchemaAttributes"]}
    shown = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client["ClientId"])["UserPoolClient"]
    assert shown["ClientSecret"] == client["ClientSecret"]
    assert cognito.list_tags_for_resource(ResourceArn=made["Arn"])["Tags"] == {"stage": "test"}

    with pytest.raises(cognito.exceptions.InvalidParameterException):
        cognito.delete_user_pool(UserPoolId=pool_id)
    cognito.update_user_pool(UserPoolId=pool_id, DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=pool_id)
    with pytest.raises(cognito.exceptions.ResourceNotFoundException):
        cognito.describe_user_pool(UserPoolId=pool_id)


def test_an_operator_looks_after_users(cognito: Any, pool_id: str) -> None:
    made = cognito.admin_create_user(
        UserPoolId=pool_id,
        Username="Ada",
        MessageAction="SUPPRESS",
        TemporaryPassword="Correct-Horse-7",
        UserAttributes=[{"Name": "email", "Value": "ada@example.com"}, {"Name": "email_verified", "Value": "true"}],
    )["User"]
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    cognito.create_group(UserPoolId=pool_id, GroupName="engineers", Precedence=1)
    cognito.admin_add_user_to_group(UserPoolId=pool_id, Username="Ada", GroupName="engineers")
    cognito.admin_set_user_password(UserPoolId=pool_id, Username="Ada", Password="Correct-Horse-8", Permanent=True)
    cognito.admin_update_user_attributes(
        UserPoolId=pool_id, Username="Ada", UserAttributes=[{"Name": "name", "Value": "Ada Lovelace"}]
    )

    user = cognito.admin_get_user(UserPoolId=pool_id, Username="Ada")
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    assert user["UserStatus"] == "CONFIRMED"
    assert attributes["name"] == "Ada Lovelace"
    assert attributes["email_verified"] == "true"
    assert user["UserCreateDate"].tzinfo is not None
    found = cognito.list_users(UserPoolId=pool_id, Filter='email ^= "ada@"')["Users"]
    assert [one["Username"] for one in found] == ["Ada"]
    members = cognito.list_users_in_group(UserPoolId=pool_id, GroupName="engineers")["Users"]
    assert [one["Username"] for one in members] == ["Ada"]

    cognito.admin_disable_user(UserPoolId=pool_id, Username="Ada")
    assert cognito.admin_get_user(UserPoolId=pool_id, Username="Ada")["Enabled"] is False
    cognito.admin_delete_user(UserPoolId=pool_id, Username="Ada")
    with pytest.raises(cognito.exceptions.UserNotFoundException):
        cognito.admin_get_user(UserPoolId=pool_id, Username="Ada")


# Paginator by the member that it gathers, the key of an item, and what it must be asked for beside the pool.
PAGINATORS = {
    "ListUsers": ("Users", "Username", {}),
    "ListGroups": ("Groups", "GroupName", {}),
    "ListUsersInGroup": ("Users", "Username", {"GroupName": "item-00"}),
    "AdminListGroupsForUser": ("Groups", "GroupName", {"Username": "item-00"}),
    "AdminListUserAuthEvents": ("AuthEvents", "EventId", {"Username": "item-00"}),
    "ListUserPoolClients": ("UserPoolClients", "ClientName", {}),
    "ListResourceServers": ("ResourceServers", "Identifier", {}),
    "ListIdentityProviders": ("Providers", "ProviderName", {}),
}
OIDC = {
    "client_id": "poolhouse",
    "client_secret": "s3cret",
    "authorize_scopes": "openid",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example.com",
}


def test_every_paginator_reaches_the_end(cognito: Any) -> None:
    names = [f"item-{number:02}" for number in range(7)]
    pool_id = cognito.create_user_pool(PoolName="pages", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})["UserPool"][
        "Id"
    ]
    for name in names:
        cognito.admin_create_user(UserPoolId=pool_id, Username=name, MessageAction="SUPPRESS")
        cognito.create_group(UserPoolId=pool_id, GroupName=name)
        cognito.admin_add_user_to_group(UserPoolId=pool_id, Username="item-00", GroupName=name)
        cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName="item-00")
        cognito.create_user_pool_client(UserPoolId=pool_id, ClientName=name)
        cognito.create_resource_server(UserPoolId=pool_id, Identifier=name, Name=name)
        cognito.create_identity_provider(
            UserPoolId=pool_id, ProviderName=name, ProviderType="OIDC", ProviderDetails=OIDC
        )
    events = _sign_ins(cognito, pool_id, len(names))

    for operation, (member, key, arguments) in PAGINATORS.items():
        paginator = cognito.get_paginator(xform_name(operation))
        answered = list(paginator.paginate(UserPoolId=pool_id, PaginationConfig={"PageSize": 3}, **arguments))
        assert [len(page[member]) for page in answered if page[member]] == [3, 3, 1], operation
        found = [item[key] for page in answered for item in page[member]]
        assert sorted(found) == (sorted(events) if key == "EventId" else names), operation
    cognito.delete_user_pool(UserPoolId=pool_id)


def test_the_paginator_of_pools(cognito: Any, pool_id: str) -> None:
    pools = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 1})
    listed = [pool["Id"] for page in pools for pool in page["UserPools"]]
    assert pool_id in listed
    assert len(listed) == len(set(listed)) > 1


def test_there_are_no_other_paginators() -> None:
    known = Loader().load_service_model("cognito-idp", "paginators-1")["pagination"]
    assert known.keys() == {*PAGINATORS, "ListUserPools"}


def _sign_ins(cognito: Any, pool_id: str, count: int) -> set[str]:
    """The event ids of that many sign-ins of item-00, as its access tokens name them."""
    cognito.admin_set_user_password(UserPoolId=pool_id, Username="item-00", Password="Correct-Horse-7", Permanent=True)
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client_id = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="item-00", ExplicitAuthFlows=flows)[
        "UserPoolClient"
    ]["ClientId"]
    credentials = {"USERNAME": "item-00", "PASSWORD": "Correct-Horse-7"}
    tokens = [
        cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=credentials)
        for _ in range(count)
    ]
    cognito.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    return {claims_of(one["AuthenticationResult"]["AccessToken"])["event_id"] for one in tokens}


def test_refusals_are_typed_exceptions(cognito: Any, pool_id: str) -> None:
    cognito.admin_create_user(UserPoolId=pool_id, Username="Ada", MessageAction="SUPPRESS")
    with pytest.raises(cognito.exceptions.UsernameExistsException, match="User account already exists"):
        cognito.admin_create_user(UserPoolId=pool_id, Username="Ada", MessageAction="SUPPRESS")
    with pytest.raises(cognito.exceptions.InvalidPasswordException):
        cognito.admin_set_user_password(UserPoolId=pool_id, Username="Ada", Password="short", Permanent=True)
    with pytest.raises(cognito.exceptions.ResourceNotFoundException):
        cognito.list_users(UserPoolId="us-east-1_Nobody000")
    with pytest.raises(cognito.exceptions.InvalidParameterException):
        cognito.list_users(UserPoolId=pool_id, Filter="nonsense")
    with pytest.raises(cognito.exceptions.ClientError) as refused:
        cognito.describe_user_pool(UserPoolId="not a pool")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["ResponseMetadata"]["RequestId"]


def test_a_wrong_secret_is_refused_as_aws_does(cognito: Any, server: DevServer) -> None:
    stranger = boto3.session.Session(
        aws_access_key_id=server.facts.access_key_id, aws_secret_access_key="wrong", region_name=server.facts.region
    ).client("cognito-idp", endpoint_url=server.facts.endpoint)
    with pytest.raises(stranger.exceptions.ClientError) as refused:
        stranger.list_user_pools(MaxResults=1)
    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"


def test_a_person_signs_in_without_credentials(server: DevServer, cognito: Any, pool_id: str) -> None:
    client_id = cognito.create_user_pool_client(
        UserPoolId=pool_id, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool_id, Username="Ada", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool_id, Username="Ada", Password="Correct-Horse-7", Permanent=True)
    person = boto3.client("cognito-idp", config=Config(signature_version=UNSIGNED))
    tokens = person.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "Ada", "PASSWORD": "Correct-Horse-7"},
    )["AuthenticationResult"]
    assert person.get_user(AccessToken=tokens["AccessToken"])["Username"] == "Ada"
    refreshed = person.initiate_auth(
        ClientId=client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]}
    )["AuthenticationResult"]
    assert refreshed["AccessToken"] != tokens["AccessToken"]
    with pytest.raises(person.exceptions.NotAuthorizedException):
        person.initiate_auth(
            ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "Ada", "PASSWORD": "wrong"}
        )


def test_a_service_gets_a_token_with_and_without_a_signature(cognito: Any, pool_id: str) -> None:
    scope = {"ScopeName": "read", "ScopeDescription": "Read"}
    cognito.create_resource_server(UserPoolId=pool_id, Identifier="api", Name="API", Scopes=[scope])
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="service",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["api/read"],
    )["UserPoolClient"]
    unsigned = boto3.client("cognito-idp", config=Config(signature_version=UNSIGNED))
    for service in (cognito, unsigned):
        granted = service.get_client_token(ClientId=client["ClientId"], Secret=client["ClientSecret"])
        assert granted["ClientAuthenticationResult"]["TokenType"] == "Bearer"
    with pytest.raises(unsigned.exceptions.NotAuthorizedException):
        unsigned.get_client_token(ClientId=client["ClientId"], Secret="wrong" * 6)


def test_an_operation_that_is_not_built_says_so(cognito: Any) -> None:
    with pytest.raises(cognito.exceptions.ClientError) as refused:
        cognito.get_derived_token(
            ClientId="x" * 26,
            SubjectToken="x" * 20,
            SubjectTokenType="urn:ietf:params:oauth:token-type:access_token",
        )
    assert refused.value.response["Error"]["Code"] == "NotImplementedException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
