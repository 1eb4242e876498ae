"""Refresh, revocation, machine-to-machine tokens and global sign-out through a botocore client."""

from typing import Any
from uuid import UUID

import pytest

from tests.conftest import Clock
from tests.factories import Factory, MadeUser, claims_of

_USER_FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


@pytest.fixture
def pool_id(make: Factory) -> str:
    return make.pool()


@pytest.fixture
def user(make: Factory, pool_id: str) -> MadeUser:
    return make.user(pool_id)


def test_get_tokens_from_refresh_token(make: Factory, pool_id: str, user: MadeUser, public: Any, clock: Clock) -> None:
    client_id = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS)["ClientId"]
    first = make.tokens(client_id, user)
    clock.advance(minutes=1)
    result = public.get_tokens_from_refresh_token(ClientId=client_id, RefreshToken=first["RefreshToken"])
    result = result["AuthenticationResult"]
    assert result.keys() == {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}
    before, after = claims_of(first["AccessToken"]), claims_of(result["AccessToken"])
    assert before["origin_jti"] == after["origin_jti"]
    assert before["auth_time"] == after["auth_time"] == after["iat"] - 60


def test_get_tokens_from_refresh_token_with_rotation(make: Factory, pool_id: str, user: MadeUser, public: Any) -> None:
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    client_id = make.client(pool_id, ExplicitAuthFlows=flows, RefreshTokenRotation=rotation)["ClientId"]
    first = make.tokens(client_id, user)["RefreshToken"]
    rotated = public.get_tokens_from_refresh_token(ClientId=client_id, RefreshToken=first)["AuthenticationResult"]
    assert rotated["RefreshToken"] != first
    with pytest.raises(public.exceptions.RefreshTokenReuseException):
        public.get_tokens_from_refresh_token(ClientId=client_id, RefreshToken=first)
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Refresh Token has been revoked"):
        public.get_tokens_from_refresh_token(ClientId=client_id, RefreshToken=rotated["RefreshToken"])


def test_get_tokens_from_refresh_token_errors(
    make: Factory, pool_id: str, user: MadeUser, public: Any, operator: Any, clock: Clock
) -> None:
    def get(client_id: str, token: str, **options: str) -> Any:
        return public.get_tokens_from_refresh_token(ClientId=client_id, RefreshToken=token, **options)

    refused = public.exceptions.NotAuthorizedException
    secretive = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS, GenerateSecret=True)
    open_client = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS, RefreshTokenValidity=1)["ClientId"]
    token = make.tokens(open_client, user)["RefreshToken"]
    with pytest.raises(public.exceptions.ResourceNotFoundException, match="User pool client 0 does not exist"):
        get("0", token)
    with pytest.raises(refused, match="Invalid client or secret"):
        get(secretive["ClientId"], token)
    with pytest.raises(refused, match="Invalid client or secret"):
        get(secretive["ClientId"], token, ClientSecret="w" * 30)
    with pytest.raises(refused, match="Invalid client or secret"):
        get(open_client, token, ClientSecret="w" * 30)
    with pytest.raises(refused, match="Invalid Refresh Token"):
        get(secretive["ClientId"], token, ClientSecret=secretive["ClientSecret"])
    with pytest.raises(refused, match="Invalid Refresh Token"):
        get(open_client, "unknown")
    operator.admin_disable_user(UserPoolId=pool_id, Username=user.username)
    operator.admin_enable_user(UserPoolId=pool_id, Username=user.username)
    with pytest.raises(refused, match="Refresh Token has been revoked"):
        get(open_client, token)
    token = make.tokens(open_client, user)["RefreshToken"]
    clock.advance(days=1)
    with pytest.raises(refused, match="Refresh Token has expired"):
        get(open_client, token)


def test_revoke_token(make: Factory, pool_id: str, user: MadeUser, public: Any) -> None:
    client = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS)
    tokens = make.tokens(client["ClientId"], user)
    others = make.tokens(client["ClientId"], user)
    for token in (tokens["RefreshToken"], tokens["RefreshToken"], "unknown"):
        answer = public.revoke_token(ClientId=client["ClientId"], Token=token)
        assert answer.keys() == {"ResponseMetadata"}
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Refresh Token has been revoked"):
        public.get_tokens_from_refresh_token(ClientId=client["ClientId"], RefreshToken=tokens["RefreshToken"])
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        public.get_user(AccessToken=tokens["AccessToken"])
    assert public.get_user(AccessToken=others["AccessToken"])["Username"] == user.username


def test_revoke_token_errors(make: Factory, pool_id: str, user: MadeUser, public: Any) -> None:
    client_id = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS)["ClientId"]
    secretive = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS, GenerateSecret=True)
    tokens = make.tokens(client_id, user)
    for kind in ("AccessToken", "IdToken"):
        with pytest.raises(public.exceptions.UnsupportedTokenTypeException):
            public.revoke_token(ClientId=client_id, Token=tokens[kind])
    for wrong in ({"ClientId": "0"}, {"ClientId": secretive["ClientId"]}):
        with pytest.raises(public.exceptions.UnauthorizedException, match="Invalid client or secret"):
            public.revoke_token(Token=tokens["RefreshToken"], **wrong)
    with pytest.raises(public.exceptions.UnauthorizedException, match="another client"):
        public.revoke_token(
            Token=tokens["RefreshToken"], ClientId=secretive["ClientId"], ClientSecret=secretive["ClientSecret"]
        )
    disabled = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS, EnableTokenRevocation=False)["ClientId"]
    with pytest.raises(public.exceptions.UnsupportedOperationException):
        public.revoke_token(ClientId=disabled, Token=make.tokens(disabled, user)["RefreshToken"])


def test_get_client_token(make: Factory, pool_id: str, operator: Any, public: Any) -> None:
    operator.create_resource_server(
        UserPoolId=pool_id,
        Identifier="orders",
        Name="Orders",
        Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")],
    )
    client = make.client(
        pool_id,
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["orders/read", "orders/write"],
    )
    mine = {"ClientId": client["ClientId"], "Secret": client["ClientSecret"]}
    result = public.get_client_token(**mine)["ClientAuthenticationResult"]
    assert result.keys() == {"AccessToken", "ExpiresIn", "TokenType"}
    claims = claims_of(result["AccessToken"])
    assert (claims["sub"], claims["scope"]) == (client["ClientId"], "orders/read orders/write")
    narrow = public.get_client_token(**mine, Scopes=["orders/read"])["ClientAuthenticationResult"]
    assert claims_of(narrow["AccessToken"])["scope"] == "orders/read"
    with pytest.raises(public.exceptions.InvalidParameterException):
        public.get_client_token(**mine, Scopes=["orders/delete"])
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Invalid client or secret"):
        public.get_client_token(ClientId=client["ClientId"], Secret="w" * 30)
    with pytest.raises(public.exceptions.ResourceNotFoundException):
        public.get_client_token(ClientId="0", Secret="w" * 30)
    user_client = make.client(pool_id, GenerateSecret=True)
    with pytest.raises(public.exceptions.InvalidParameterException, match="Auth flow not enabled"):
        public.get_client_token(ClientId=user_client["ClientId"], Secret=user_client["ClientSecret"])


def test_global_sign_out(make: Factory, pool_id: str, user: MadeUser, public: Any, clock: Clock) -> None:
    client_id = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS)["ClientId"]
    unrevocable = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS, EnableTokenRevocation=False)["ClientId"]
    holders = (client_id, client_id, unrevocable)
    everything = [(holder, make.tokens(holder, user)) for holder in holders]
    clock.advance(seconds=1)
    public.global_sign_out(AccessToken=everything[0][1]["AccessToken"])
    for holder, tokens in everything:
        with pytest.raises(public.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
            public.get_user(AccessToken=tokens["AccessToken"])
        with pytest.raises(public.exceptions.NotAuthorizedException, match="Refresh Token has been revoked"):
            public.get_tokens_from_refresh_token(ClientId=holder, RefreshToken=tokens["RefreshToken"])
    for holder in holders:
        again = make.tokens(holder, user)
        assert public.get_user(AccessToken=again["AccessToken"])["Username"] == user.username


def test_global_sign_out_is_exact_without_token_revocation(
    make: Factory, pool_id: str, user: MadeUser, public: Any, operator: Any, clock: Clock
) -> None:
    """`iat` tells seconds: of tokens of one second, those from before the sign-out are dead and those from after it good."""
    client_id = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS, EnableTokenRevocation=False)["ClientId"]
    clock.advance(ms=1_000 - clock.now % 1_000)
    before = make.tokens(client_id, user)
    clock.advance(ms=1)
    refresh = {"ClientId": client_id, "RefreshToken": before["RefreshToken"]}
    refreshed = public.get_tokens_from_refresh_token(**refresh)["AuthenticationResult"]
    assert public.get_user(AccessToken=before["AccessToken"])["Username"] == user.username
    operator.admin_user_global_sign_out(UserPoolId=pool_id, Username=user.username)
    after = make.tokens(client_id, user)
    for dead in (before, refreshed):
        with pytest.raises(public.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
            public.get_user(AccessToken=dead["AccessToken"])
    assert public.get_user(AccessToken=after["AccessToken"])["Username"] == user.username
    claims = [claims_of(tokens["AccessToken"]) for tokens in (before, refreshed, after)]
    assert len({claim["iat"] for claim in claims}) == 1
    assert len({UUID(claim["jti"]) for claim in claims}) == 3
    assert {UUID(claim["jti"]).version for claim in claims} == {4}
    assert not [claim for claim in claims if "origin_jti" in claim]


def test_global_sign_out_errors(make: Factory, pool_id: str, user: MadeUser, public: Any, clock: Clock) -> None:
    client_id = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS)["ClientId"]
    tokens = make.tokens(client_id, user)
    for wrong in (tokens["IdToken"], "x.y.z", "nonsense"):
        with pytest.raises(public.exceptions.NotAuthorizedException, match="Invalid Access Token"):
            public.global_sign_out(AccessToken=wrong)
    clock.advance(hours=1)
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Access Token has expired"):
        public.global_sign_out(AccessToken=tokens["AccessToken"])


def test_admin_user_global_sign_out(make: Factory, pool_id: str, user: MadeUser, public: Any, operator: Any) -> None:
    client_id = make.client(pool_id, ExplicitAuthFlows=_USER_FLOWS)["ClientId"]
    tokens = make.tokens(client_id, user)
    operator.admin_user_global_sign_out(UserPoolId=pool_id, Username=user.username)
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        public.get_user(AccessToken=tokens["AccessToken"])
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_user_global_sign_out(UserPoolId=pool_id, Username="nobody")
    with pytest.raises(operator.exceptions.ResourceNotFoundException):
        operator.admin_user_global_sign_out(UserPoolId="us-east-1_000000000", Username="nobody")


def test_refresh_token_auth_of_a_client_that_rotates(make: Factory, pool_id: str, user: MadeUser, public: Any) -> None:
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    client_id = make.client(pool_id, ExplicitAuthFlows=flows, RefreshTokenRotation=rotation)["ClientId"]
    token = make.tokens(client_id, user)["RefreshToken"]
    with pytest.raises(public.exceptions.InvalidParameterException):
        public.initiate_auth(ClientId=client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token})
