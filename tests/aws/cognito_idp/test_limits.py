"""Request-rate quotas through a real botocore client, with POOLHOUSE_RATE_LIMITS=cognito and without."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError

from app.core.access_keys import create_access_key
from app.core.limits import MAX_REQUESTS, RateMemory
from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.conftest import ROOT_KEY, Clock
from tests.factories import PASSWORD, Factory
from tests.in_process import InProcessServer

Members = dict[str, Any]
RATE = "TooManyRequestsException"


def definition(category: str) -> Members:
    return {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}


def limit(category: str, provisioned: int, free: int) -> Members:
    return {
        "LimitDefinition": definition(category),
        "ProvisionedLimitValue": provisioned,
        "FreeLimitValue": free,
    }


def outcomes(call: Callable[[], Any], tries: int) -> list[str]:
    """What each of some calls came to: "done", or the code of its refusal."""
    found = []
    for _ in range(tries):
        try:
            call()
            found.append("done")
        except ClientError as error:
            found.append(str(error.response["Error"]["Code"]))
    return found


def node(resources: Resources, **settings: Any) -> InProcessServer:
    """Another node over the same database, with quotas and a memory of its own."""
    changed = resources.settings.model_copy(update={"rate_limits": "cognito", **settings})
    return InProcessServer(replace(resources, settings=changed, rates=RateMemory()))


@pytest.fixture
def limited(resources: Resources, clock: Clock) -> Iterator[InProcessServer]:
    """A server with quotas, at a moment when no request of another test counts any more."""
    clock.advance(seconds=3)
    server = node(resources)
    yield server
    server.close()
    clock.advance(seconds=3)


@pytest.fixture
def calls(limited: InProcessServer) -> Any:
    return limited.boto_client("cognito-idp", ROOT_KEY)


@pytest.fixture
def account(resources: Resources) -> tuple[str, str]:
    """A key of an account that no other test has."""
    with resources.database.write() as db:
        account_id = f"{uuid4().int % 10**12:012}"
        return create_access_key(db, resources.keyring, account_id, "operator", None, resources.clock())


def test_limits_are_read_and_set(server: InProcessServer, account: tuple[str, str]) -> None:
    client = server.boto_client("cognito-idp", account)
    elsewhere = server.boto_client("cognito-idp", account, region="eu-north-1")
    named = {"LimitDefinition": definition("UserAuthentication")}
    assert client.get_provisioned_limit(**named)["Limit"] == limit("UserAuthentication", 120, 120)
    changed = client.update_provisioned_limit(**named, RequestedLimitValue=300)["Limit"]
    assert changed == limit("UserAuthentication", 300, 120)
    assert client.get_provisioned_limit(**named)["Limit"] == changed
    assert elsewhere.get_provisioned_limit(**named)["Limit"] == limit("UserAuthentication", 120, 120)
    client.update_provisioned_limit(**named, RequestedLimitValue=120)
    assert client.get_provisioned_limit(**named)["Limit"] == limit("UserAuthentication", 120, 120)
    read = {"LimitDefinition": definition("UserPoolRead")}
    assert client.get_provisioned_limit(**read)["Limit"] == limit("UserPoolRead", 15, 15)


@pytest.mark.parametrize(
    ("category", "value", "code"),
    [
        ("UserAuthentication", MAX_REQUESTS + 1, "ServiceQuotaExceededException"),
        ("UserAuthentication", 119, "InvalidParameterException"),
        ("UserAuthentication", -1, "InvalidParameterException"),
        ("UserPoolRead", 20, "InvalidParameterException"),
        ("Unknown", 200, "ResourceNotFoundException"),
    ],
)
def test_a_limit_has_bounds(operator: Any, category: str, value: int, code: str) -> None:
    named = {"LimitDefinition": definition(category), "RequestedLimitValue": value}
    assert refusal(operator.update_provisioned_limit, **named)[::2] == (code, 400)


def test_a_definition_names_a_category(operator: Any) -> None:
    for attributes in ({}, {"category": "UserRead"}, {"Category": "UserRead", "Region": "x"}):
        named = {"LimitDefinition": {"LimitClass": "API_CATEGORY", "Attributes": attributes}}
        assert refusal(operator.get_provisioned_limit, **named)[0] == "InvalidParameterException"
    named = {"LimitDefinition": definition("Unknown")}
    assert refusal(operator.get_provisioned_limit, **named)[0] == "ResourceNotFoundException"


def test_another_account_has_limits_of_its_own(
    server: InProcessServer, account: tuple[str, str], operator: Any
) -> None:
    named = {"LimitDefinition": definition("UserToken")}
    server.boto_client("cognito-idp", account).update_provisioned_limit(**named, RequestedLimitValue=500)
    assert operator.get_provisioned_limit(**named)["Limit"] == limit("UserToken", 120, 120)


def test_nothing_is_limited_unless_asked_for(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    assert set(outcomes(lambda: operator.list_users(UserPoolId=pool_id), 40)) == {"done"}


def test_a_category_counts_all_pools_of_an_account(calls: Any, make: Factory, clock: Clock) -> None:
    pool_ids = [make.pool(), make.pool()]
    turns = iter(pool_ids * 30)
    found = outcomes(lambda: calls.list_users(UserPoolId=next(turns)), 35)
    assert (found.count("done"), found[30:]) == (30, [RATE] * 5)
    assert calls.describe_user_pool(UserPoolId=pool_ids[0])["UserPool"], "another category has room"
    clock.advance(seconds=2)
    found = outcomes(lambda: calls.list_users(UserPoolId=pool_ids[0]), 31)
    assert found.count("done") == 30


def test_a_refusal_is_told_as_cognito_tells_it(calls: Any, make: Factory) -> None:
    pool_id = make.pool()
    outcomes(lambda: calls.list_users(UserPoolId=pool_id), 30)
    assert refusal(calls.list_users, UserPoolId=pool_id) == (RATE, "Rate exceeded", 400)


def test_each_operation_is_capped_in_each_pool(calls: Any, make: Factory) -> None:
    pool_id, other = make.pool(), make.pool()
    found = outcomes(lambda: calls.list_groups(UserPoolId=pool_id), 8)
    assert found == ["done"] * 5 + [RATE] * 3
    assert outcomes(lambda: calls.get_user_pool_mfa_config(UserPoolId=pool_id), 5) == ["done"] * 5
    assert outcomes(lambda: calls.list_groups(UserPoolId=other), 5) == ["done"] * 5
    third = outcomes(lambda: calls.list_resource_servers(UserPoolId=other), 6)
    assert third == ["done"] * 5 + [RATE], "that was all of the category's 20"
    assert outcomes(lambda: calls.get_csv_header(UserPoolId=other), 1) == [RATE]


def test_operations_without_a_signature_count_for_their_pools_account(
    limited: InProcessServer, make: Factory, calls: Any
) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    public = limited.boto_client("cognito-idp", None)
    nobody = {"ClientId": client_id, "Username": "nobody", "ConfirmationCode": "1"}
    found = outcomes(lambda: public.confirm_sign_up(**nobody), 51)
    assert RATE not in found[:50]
    assert found[50] == RATE
    make_user = {"UserPoolId": pool_id, "Username": "eve", "MessageAction": "SUPPRESS"}
    assert refusal(calls.admin_create_user, **make_user)[0] == RATE, "the same category of the same account"
    assert refusal(public.confirm_sign_up, **{**nobody, "ClientId": "unknown"})[0] == "ResourceNotFoundException"


def test_access_tokens_count_for_their_pools_account(limited: InProcessServer, make: Factory, calls: Any) -> None:
    pool_id = make.pool()
    user = make.user(pool_id)
    token = make.tokens(make.client(pool_id)["ClientId"], user)["AccessToken"]
    public = limited.boto_client("cognito-idp", None)
    found = outcomes(lambda: public.get_user(AccessToken=token), 121)
    assert found == ["done"] * 120 + [RATE]
    assert refusal(calls.admin_get_user, UserPoolId=pool_id, Username=user.username)[0] == RATE
    assert refusal(public.get_user, AccessToken="none")[0] == "NotAuthorizedException"


def test_answers_to_challenges_have_three_times_their_category(
    limited: InProcessServer, make: Factory, calls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.flows.limit_rates.CHALLENGE_FACTOR", 1)
    client_id = make.client(make.pool())["ClientId"]
    public = limited.boto_client("cognito-idp", None)
    wrong = {"ClientId": client_id, "Session": "x" * 20}
    verifier = {**wrong, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": {"USERNAME": "nobody"}}
    found = outcomes(lambda: public.respond_to_auth_challenge(**verifier), 241)
    assert RATE not in found[:240]
    assert found[240] == RATE, "120 of their own, and 120 of the category"
    begin = {"ClientId": client_id, "AuthFlow": "USER_PASSWORD_AUTH"}
    parameters = {"AuthParameters": {"USERNAME": "nobody", "PASSWORD": PASSWORD}}
    assert refusal(public.initiate_auth, **begin, **parameters)[0] == RATE
    recovery = {**wrong, "ChallengeName": "NEW_PASSWORD_REQUIRED", "ChallengeResponses": {"USERNAME": "nobody"}}
    found = outcomes(lambda: public.respond_to_auth_challenge(**recovery), 31)
    assert RATE not in found[:30]
    assert found[30] == RATE, "new passwords are account recovery"


def test_a_provisioned_limit_is_enforced(limited: InProcessServer, account: tuple[str, str], clock: Clock) -> None:
    client = limited.boto_client("cognito-idp", account)
    pool_id = client.create_user_pool(PoolName="own")["UserPool"]["Id"]
    client.update_provisioned_limit(LimitDefinition=definition("UserRead"), RequestedLimitValue=130)
    unknown = {"UserPoolId": pool_id, "Username": "nobody"}
    found = outcomes(lambda: client.admin_get_user(**unknown), 132)
    assert (found.count("UserNotFoundException"), found.count(RATE)) == (130, 2)


def test_another_node_knows_a_provisioned_limit_within_a_second(
    limited: InProcessServer, resources: Resources, account: tuple[str, str], clock: Clock
) -> None:
    other = node(resources)
    client, beside = (one.boto_client("cognito-idp", account) for one in (limited, other))
    unknown = {"UserPoolId": client.create_user_pool(PoolName="own")["UserPool"]["Id"], "Username": "nobody"}
    assert refusal(beside.admin_get_user, **unknown)[0] == "UserNotFoundException"
    client.update_provisioned_limit(LimitDefinition=definition("UserRead"), RequestedLimitValue=125)
    clock.advance(seconds=2)
    found = outcomes(lambda: beside.admin_get_user(**unknown), 126)
    other.close()
    assert (found.count("UserNotFoundException"), found.count(RATE)) == (125, 1)


def test_nodes_share_their_counters(limited: InProcessServer, resources: Resources, make: Factory) -> None:
    pool_id = make.pool()
    other = node(resources)
    clients = [one.boto_client("cognito-idp", ROOT_KEY) for one in (limited, other)]
    found = [outcomes(lambda one=one: one.list_users(UserPoolId=pool_id), 20) for one in clients]  # type: ignore[misc]
    other.close()
    assert [one.count("done") for one in found] == [20, 10]


def test_a_flood_is_refused_without_the_database(
    limited: InProcessServer, calls: Any, make: Factory, resources: Resources, clock: Clock
) -> None:
    """For a share of a second after a refusal; then one request may have come free."""
    pool_id = make.pool()
    assert outcomes(lambda: calls.list_users(UserPoolId=pool_id), 31).count(RATE) == 1
    (budget,) = limited.resources.rates.refused_until
    assert limited.resources.rates.refused_until[budget] == clock.now + 1_000 // 30
    assert budget.endswith("/us-east-1/UserList")


def _token(http: httpx.Client, pool_id: str, **fields: str) -> tuple[int, str]:
    reply = http.post(f"/{pool_id}/oauth2/token", data=fields)
    return reply.status_code, str(reply.json().get("error", ""))


def test_the_token_endpoint_counts_by_grant(limited: InProcessServer, make: Factory, operator: Any) -> None:
    pool_id = make.pool()
    operator.create_resource_server(
        UserPoolId=pool_id,
        Identifier="api",
        Name="api",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "Read"}],
    )
    machine = make.client(
        pool_id,
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["api/read"],
        ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
    )
    secrets = {"client_id": machine["ClientId"], "client_secret": machine["ClientSecret"]}
    with limited.http_client() as http:
        found = [_token(http, pool_id, grant_type="client_credentials", **secrets) for _ in range(152)]
        assert found == [(200, "")] * 150 + [(429, "temporarily_unavailable")] * 2
        for grant, field in (("refresh_token", "refresh_token"), ("authorization_code", "code")):
            fields = {"grant_type": grant, field: "none", "redirect_uri": "https://a.example/cb", **secrets}
            answers = [_token(http, pool_id, **fields) for _ in range(121)]
            assert (429, "temporarily_unavailable") not in answers[:120], grant
            assert answers[120] == (429, "temporarily_unavailable"), grant
        assert _token(http, pool_id, grant_type="unknown", **secrets) == (400, "unsupported_grant_type")
