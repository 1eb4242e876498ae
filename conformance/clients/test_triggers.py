"""Handlers for Cognito's triggers as people write them, in Python and for Node, run by the server under the clients of the
Lambda Runtime API; boto3 as the app and as the operator sees what they do."""

import secrets
from typing import Any

import pytest

from conformance.clients.conftest import PASSWORD, Pool, Pools
from conformance.clients.handlers import Handlers
from conformance.clients.receivers import Mailbox
from conformance.clients.tokens import claims_of
from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients


def test_sign_up_is_judged_and_welcomed(
    handlers: Handlers, pools: Pools, operator: Any, mail: Mailbox, server: DevServer
) -> None:
    judge = handlers.add("pre_sign_up.handler", {"OUR_DOMAINS": "ours.example our.example"})
    welcome = handlers.add("post_confirmation.handler", mail.environment)
    pool = pools.make(AutoVerifiedAttributes=["email"], LambdaConfig={"PreSignUp": judge, "PostConfirmation": welcome})

    ours, other = f"ours-{secrets.token_hex(4)}", f"other-{secrets.token_hex(4)}"
    assert _sign_up(operator, pool, ours, f"{ours}@our.example")["UserConfirmed"] is True
    user = operator.admin_get_user(UserPoolId=pool.pool_id, Username=ours)
    assert user["UserStatus"] == "CONFIRMED"
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]
    assert mail.wait(f"{ours}@our.example")["Subject"] == f"Welcome, {ours}"

    assert _sign_up(operator, pool, other, f"{other}@example.com")["UserConfirmed"] is False
    assert mail.mails_to(f"{other}@example.com") == []
    code = server.wait_for_message(f"{other}@example.com")["code"]
    operator.confirm_sign_up(ClientId=pool.client_id, Username=other, ConfirmationCode=code)
    assert mail.wait(f"{other}@example.com")["Subject"] == f"Welcome, {other}"

    operator.forgot_password(ClientId=pool.client_id, Username=other)
    code = server.wait_for_message(f"{other}@example.com", 2)["code"]
    operator.confirm_forgot_password(
        ClientId=pool.client_id, Username=other, ConfirmationCode=code, Password="Second-Horse-8"
    )
    assert mail.wait(f"{other}@example.com", 2)["Subject"] == f"Your password was changed, {other}"

    with pytest.raises(operator.exceptions.UserLambdaValidationException) as refused:
        _sign_up(operator, pool, "zoë", "zoë@our.example")
    assert refused.value.response["Error"]["Message"] == (
        "PreSignUp failed with error A user name has at least 5 characters."
    )
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_get_user(UserPoolId=pool.pool_id, Username="zoë")


def test_sign_in_is_refused_by_client_and_by_release(handlers: Handlers, pools: Pools, operator: Any) -> None:
    pool = pools.make()
    withdrawn = operator.create_user_pool_client(
        UserPoolId=pool.pool_id, ClientName="withdrawn", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    judge = handlers.add("pre_authentication.handler", {"WITHDRAWN_CLIENTS": f"none {withdrawn}"}, (pool.pool_id,))
    _name_functions(operator, pool, PreAuthentication=judge)
    username = pools.make_user(pool)

    assert _sign_in(operator, pool, username)["AuthenticationResult"]
    assert _sign_in(operator, pool, username, ClientMetadata={"release": "3"})["AuthenticationResult"]
    for refused, reason in (
        ({"ClientId": withdrawn}, "This app was withdrawn"),
        ({"ClientMetadata": {"release": "2"}}, "Please update the app"),
    ):
        with pytest.raises(operator.exceptions.UserLambdaValidationException) as raised:
            _sign_in(operator, pool, username, **refused)
        assert raised.value.response["Error"]["Message"] == f"PreAuthentication failed with error {reason}."


def test_a_sign_in_leaves_a_line_in_the_functions_log(handlers: Handlers, pools: Pools, operator: Any) -> None:
    note = handlers.add("post_authentication.handler")
    pool = pools.make(LambdaConfig={"PostAuthentication": note})
    username = pools.make_user(pool)
    signed_in = _sign_in(operator, pool, username)
    request_id = signed_in["ResponseMetadata"]["RequestId"]
    (call,) = handlers.wait_for_calls(note)
    assert (call["Outcome"], call["TriggerSource"]) == ("ANSWERED", "PostAuthentication_Authentication")
    assert (call["UserPoolId"], call["RequestId"]) == (pool.pool_id, request_id)
    line = f"{username} has signed in by {pool.client_id} of {pool.pool_id}, request {call['CallId']}"
    assert line in call["Log"]


def test_tokens_of_version_1(handlers: Handlers, pools: Pools, operator: Any) -> None:
    arn = handlers.add("pre_token_generation.version_1")
    pool = pools.make(LambdaConfig={"PreTokenGeneration": arn})
    username = _member(pools, operator, pool, "staff")
    tokens = _sign_in(operator, pool, username)["AuthenticationResult"]
    refreshed = operator.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )["AuthenticationResult"]
    for given in (tokens, refreshed):
        claims = claims_of(given["IdToken"])
        assert claims["tenant"] == "example"
        assert "email" not in claims
        assert claims["cognito:groups"] == ["staff-of-example"]
        assert claims["cognito:username"] == username
        access = claims_of(given["AccessToken"])
        assert "tenant" not in access
        assert access["cognito:groups"] == ["staff-of-example"]


def test_tokens_of_version_2(handlers: Handlers, pools: Pools, operator: Any) -> None:
    arn = handlers.add("pre_token_generation.version_2")
    version = {"LambdaVersion": "V2_0", "LambdaArn": arn}
    pool = pools.make(LambdaConfig={"PreTokenGenerationConfig": version})
    tokens = _sign_in(operator, pool, _member(pools, operator, pool, "staff"))["AuthenticationResult"]
    claims, access = claims_of(tokens["IdToken"]), claims_of(tokens["AccessToken"])
    assert claims["tenant"] == {"name": "example", "seats": 12}
    assert claims.keys().isdisjoint({"email", "email_verified", "beta"})
    assert (access["tenant"], access["beta"]) == ("example", True)
    assert "event_id" not in access or access["event_id"] == claims["event_id"]
    assert access["scope"] == "shop/write"
    assert claims["cognito:groups"] == access["cognito:groups"] == ["staff", "everybody"]

    tokens = _sign_in(operator, pool, pools.make_user(pool))["AuthenticationResult"]
    assert "scope" not in claims_of(tokens["AccessToken"])


def test_tokens_of_version_3_are_for_services_too(handlers: Handlers, pools: Pools, operator: Any) -> None:
    arn = handlers.add("pre_token_generation.version_3")
    version = {"LambdaVersion": "V3_0", "LambdaArn": arn}
    pool = pools.make(LambdaConfig={"PreTokenGenerationConfig": version})
    operator.create_resource_server(
        UserPoolId=pool.pool_id,
        Identifier="shop",
        Name="shop",
        Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write", "batch")],
    )
    service = operator.create_user_pool_client(
        UserPoolId=pool.pool_id,
        ClientName="service",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["shop/read", "shop/write"],
    )["UserPoolClient"]
    granted = operator.get_client_token(
        ClientId=service["ClientId"], Secret=service["ClientSecret"], ClientMetadata={"release": "7"}
    )["ClientAuthenticationResult"]
    access = claims_of(granted["AccessToken"])
    assert (access["release"], access["service"]) == ("7", service["ClientId"])
    assert set(access["scope"].split()) == {"shop/write", "shop/batch"}

    tokens = _sign_in(operator, pool, pools.make_user(pool))["AuthenticationResult"]
    assert claims_of(tokens["AccessToken"])["tenant"] == "example"


def test_messages_in_our_own_words(handlers: Handlers, pools: Pools, operator: Any, server: DevServer) -> None:
    arn = handlers.add("custom_message.handler")
    pool = pools.make(
        AutoVerifiedAttributes=["email"],
        EmailConfiguration={
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.org",
        },
        LambdaConfig={"CustomMessage": arn},
    )
    username = f"user-{secrets.token_hex(4)}"
    email = f"{username}@example.com"
    _sign_up(operator, pool, username, email, ClientMetadata={"language": "de"})
    sent = server.wait_for_message(email)
    assert sent["subject"] == "Willkommen im Laden"
    assert f"Ihr Code ist {sent['code']}." in sent["html"]
    operator.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=sent["code"])
    operator.forgot_password(ClientId=pool.client_id, Username=username)
    assert server.wait_for_message(email, 2)["subject"] == "A new password"

    invited = f"user-{secrets.token_hex(4)}"
    operator.admin_create_user(
        UserPoolId=pool.pool_id,
        Username=invited,
        TemporaryPassword=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": f"{invited}@example.com"}],
        DesiredDeliveryMediums=["EMAIL"],
    )
    sent = server.wait_for_message(f"{invited}@example.com")
    assert sent["subject"] == "Your account in the shop"
    assert f"Sign in as {invited} with {PASSWORD}." in sent["html"]


def _sign_up(operator: Any, pool: Pool, username: str, email: str, **options: Any) -> dict[str, Any]:
    answer: dict[str, Any] = operator.sign_up(
        ClientId=pool.client_id,
        Username=username,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
        **options,
    )
    return answer


def _sign_in(operator: Any, pool: Pool, username: str, **options: Any) -> dict[str, Any]:
    members = {
        "ClientId": pool.client_id,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": username, "PASSWORD": PASSWORD},
        **options,
    }
    answer: dict[str, Any] = operator.initiate_auth(**members)
    return answer


def _member(pools: Pools, operator: Any, pool: Pool, group: str) -> str:
    username = pools.make_user(pool)
    operator.create_group(UserPoolId=pool.pool_id, GroupName=group)
    operator.admin_add_user_to_group(UserPoolId=pool.pool_id, Username=username, GroupName=group)
    return username


def _name_functions(operator: Any, pool: Pool, **functions: Any) -> None:
    operator.update_user_pool(UserPoolId=pool.pool_id, LambdaConfig=functions)
