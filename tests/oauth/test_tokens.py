"""The token endpoint's happy paths: what each grant gives, verified with the published keys."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import delete

from app.core.keys import NEXT_MS
from app.db.tables.users import User
from app.flows import exchange_code
from app.flows.work import Resources
from app.jobs.rotate_keys import rotate_keys
from tests.conftest import Clock
from tests.factories import Factory, MadeUser
from tests.oauth.relying_party import CALLBACK, CODE_CLIENT, OAuth, Party, Verifier, answer_of


def test_code_flow_of_a_public_client(oauth: OAuth, app: Party, user: MadeUser, clock: Clock) -> None:
    pkce = Verifier()
    code = oauth.code(app, user, pkce, scope="openid email orders/read", nonce="n-1")
    response = oauth.redeem(app, code, pkce)

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["access-control-allow-origin"] == "*"
    body = response.json()
    assert body.keys() == {"access_token", "id_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3_600)
    access, ident = oauth.decode(body["access_token"]), oauth.decode(body["id_token"])
    assert access.header.keys() == ident.header.keys() == {"kid", "alg"}
    assert access.header["kid"] != ident.header["kid"]
    now = clock.now // 1_000
    assert access.claims == {
        "sub": user.sub,
        "iss": oauth.issuer,
        "version": 2,
        "client_id": app.client_id,
        "event_id": access.claims["event_id"],
        "origin_jti": access.claims["origin_jti"],
        "token_use": "access",
        "scope": "openid email orders/read",
        "auth_time": now,
        "iat": now,
        "exp": now + 3_600,
        "amr": ["pwd"],
        "jti": access.claims["jti"],
        "username": user.username,
    }
    digest = hashlib.sha256(body["access_token"].encode()).digest()[:16]
    assert ident.claims == {
        "email": "ada@example.com",
        "email_verified": True,
        "sub": user.sub,
        "iss": oauth.issuer,
        "aud": app.client_id,
        "auth_time": now,
        "iat": now,
        "exp": now + 3_600,
        "amr": ["pwd"],
        "jti": ident.claims["jti"],
        "cognito:username": user.username,
        "event_id": access.claims["event_id"],
        "origin_jti": access.claims["origin_jti"],
        "token_use": "id",
        "nonce": "n-1",
        "at_hash": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    }


def test_id_token_has_json_types_of_cognito(oauth: OAuth, app: Party, user: MadeUser) -> None:
    claims = oauth.decode(oauth.tokens(app, user, scope="openid")["id_token"]).claims
    assert claims["email_verified"] is True
    assert claims["phone_number_verified"] is False
    assert claims["address"] == {"formatted": "1 Analytical Way"}
    assert claims["updated_at"] == 1_700_000_000
    assert "nonce" not in claims
    assert "custom:level" not in claims  # no ReadAttributes: standard attributes only


def test_scope_and_read_attributes_limit_claims(oauth: OAuth, user: MadeUser) -> None:
    client = oauth.client(ReadAttributes=["custom:level", "email", "phone_number"])
    profile = oauth.decode(oauth.tokens(client, user, scope="openid profile")["id_token"]).claims
    assert profile["custom:level"] == "7"
    assert profile["email"] == "ada@example.com"
    assert profile.keys().isdisjoint({"name", "email_verified", "address"})
    phone = oauth.decode(oauth.tokens(client, user, scope="openid phone")["id_token"]).claims
    assert phone["phone_number"] == "+12065550100"
    assert phone.keys().isdisjoint({"email", "custom:level"})


def test_no_id_token_without_openid(oauth: OAuth, app: Party, user: MadeUser) -> None:
    assert "id_token" not in oauth.tokens(app, user, scope="orders/read")


def test_groups_and_roles(oauth: OAuth, app: Party, user: MadeUser, operator: Any) -> None:
    arn = "arn:aws:iam::123456789012:role/"
    for name, precedence, role in (("b", 5, "two"), ("a", 5, "two"), ("z", 1, "one"), ("n", None, None)):
        options: dict[str, Any] = {"RoleArn": arn + role} if role else {}
        if precedence is not None:
            options["Precedence"] = precedence
        operator.create_group(UserPoolId=oauth.pool_id, GroupName=name, **options)
        operator.admin_add_user_to_group(UserPoolId=oauth.pool_id, Username=user.username, GroupName=name)
    tokens = oauth.tokens(app, user)
    ident, access = oauth.decode(tokens["id_token"]).claims, oauth.decode(tokens["access_token"]).claims
    assert ident["cognito:groups"] == access["cognito:groups"] == ["z", "a", "b", "n"]
    assert ident["cognito:roles"] == [arn + "one", arn + "two"]
    assert ident["cognito:preferred_role"] == arn + "one"
    assert "cognito:roles" not in access


def test_no_preferred_role_when_equal_groups_disagree(oauth: OAuth, app: Party, user: MadeUser, operator: Any) -> None:
    for name in ("first", "second"):
        role = f"arn:aws:iam::123456789012:role/{name}"
        operator.create_group(UserPoolId=oauth.pool_id, GroupName=name, RoleArn=role, Precedence=0)
        operator.admin_add_user_to_group(UserPoolId=oauth.pool_id, Username=user.username, GroupName=name)
    claims = oauth.decode(oauth.tokens(app, user)["id_token"]).claims
    assert len(claims["cognito:roles"]) == 2
    assert "cognito:preferred_role" not in claims


def test_strict_profile_tells_protocol_claims_only(
    oauth: OAuth, web: Party, user: MadeUser, set_client: Callable[..., None]
) -> None:
    set_client(web, Profile="oidc")
    tokens = oauth.tokens(web, user, scope="openid email profile unknown", nonce="n")
    assert tokens["scope"] == "openid email profile"
    claims = oauth.decode(tokens["id_token"]).claims
    assert claims.keys() == {"sub", "iss", "aud", "auth_time", "iat", "exp", "amr", "jti", "nonce", "at_hash"}
    told = oauth.userinfo(tokens["access_token"]).json()
    assert told == {
        "sub": user.sub,
        "email": "ada@example.com",
        "email_verified": True,
        "name": "Ada",
        "updated_at": 1_700_000_000,
    }


def test_es256_client(
    oauth: OAuth, web: Party, user: MadeUser, set_client: Callable[..., None], make: Factory, clock: Clock
) -> None:
    set_client(web, SigningAlgorithm="ES256")
    clock.advance(ms=NEXT_MS)
    rotate_keys(make.work())
    tokens = oauth.tokens(web, user)
    for name in ("access_token", "id_token"):
        assert oauth.decode(tokens[name]).header["alg"] == "ES256"
    assert oauth.userinfo(tokens["access_token"]).status_code == 200
    discovery = oauth.http.get(f"/{oauth.pool_id}/.well-known/openid-configuration").json()
    assert discovery["id_token_signing_alg_values_supported"] == ["RS256", "ES256"]


@pytest.mark.parametrize("method", ["basic", "post"])
def test_confidential_client(oauth: OAuth, web: Party, user: MadeUser, method: str) -> None:
    code = oauth.code(web, user)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    if method == "basic":
        response = oauth.post("/oauth2/token", form, web.basic)
    else:
        response = oauth.post("/oauth2/token", {**form, "client_id": web.client_id, "client_secret": str(web.secret)})
    assert response.status_code == 200, response.text


def test_both_secrets_work(oauth: OAuth, service: Party, operator: Any) -> None:
    added = operator.add_user_pool_client_secret(UserPoolId=oauth.pool_id, ClientId=service.client_id)
    second = added["ClientSecretDescriptor"]["ClientSecretValue"]
    for party in (service, Party(oauth.pool_id, service.client_id, second)):
        assert oauth.post("/oauth2/token", {"grant_type": "client_credentials"}, party.basic).status_code == 200


def test_client_credentials(oauth: OAuth, service: Party, clock: Clock) -> None:
    response = oauth.post("/oauth2/token", {"grant_type": "client_credentials", "scope": "orders/write"}, service.basic)
    body = response.json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
    claims = oauth.decode(body["access_token"]).claims
    now = clock.now // 1_000
    assert claims == {
        "sub": service.client_id,
        "token_use": "access",
        "scope": "orders/write",
        "auth_time": now,
        "iss": oauth.issuer,
        "exp": now + 3_600,
        "iat": now,
        "version": 2,
        "jti": claims["jti"],
        "client_id": service.client_id,
    }
    everything = oauth.post("/oauth2/token", {"grant_type": "client_credentials"}, service.basic).json()
    assert everything["scope"] == "orders/read orders/write"


def test_refresh_reads_attributes_and_groups_again(
    oauth: OAuth, app: Party, user: MadeUser, operator: Any, clock: Clock
) -> None:
    first = oauth.tokens(app, user, nonce="n")
    before = oauth.decode(first["id_token"]).claims
    clock.advance(minutes=3)
    operator.admin_update_user_attributes(
        UserPoolId=oauth.pool_id, Username=user.username, UserAttributes=[{"Name": "name", "Value": "Augusta"}]
    )
    operator.create_group(UserPoolId=oauth.pool_id, GroupName="staff")
    operator.admin_add_user_to_group(UserPoolId=oauth.pool_id, Username=user.username, GroupName="staff")

    body = oauth.refresh(app, first["refresh_token"]).json()

    assert "refresh_token" not in body
    after = oauth.decode(body["id_token"]).claims
    assert (after["name"], after["cognito:groups"]) == ("Augusta", ["staff"])
    assert (after["auth_time"], after["origin_jti"]) == (before["auth_time"], before["origin_jti"])
    assert after["iat"] == before["iat"] + 180
    assert after["jti"] != before["jti"]
    assert "nonce" not in after


@pytest.mark.parametrize("by", ["client", "resource server"])
def test_a_scope_that_is_taken_away_is_not_refreshed(
    oauth: OAuth, user: MadeUser, operator: Any, set_client: Callable[..., None], by: str
) -> None:
    client = oauth.client(GenerateSecret=True)
    first = oauth.tokens(client, user, scope="openid email aws.cognito.signin.user.admin orders/read")
    if by == "client":
        left = ["openid", "email", "phone"]
        operator.update_user_pool_client(
            UserPoolId=oauth.pool_id, ClientId=client.client_id, **{**CODE_CLIENT, "AllowedOAuthScopes": left}
        )
    else:
        operator.delete_resource_server(UserPoolId=oauth.pool_id, Identifier="orders")
    expected = "openid email" if by == "client" else "openid email aws.cognito.signin.user.admin"
    body = oauth.refresh(client, first["refresh_token"]).json()
    assert body["scope"] == oauth.decode(body["access_token"]).claims["scope"] == expected
    assert oauth.decode(body["id_token"]).claims["email"] == "ada@example.com"
    told = oauth.post("/oauth2/introspect", {"token": first["refresh_token"]}, client.basic).json()
    assert told["scope"] == expected
    asked = oauth.refresh(client, first["refresh_token"], scope="openid orders/read").json()
    assert asked["scope"] == expected, "a wish gives nothing back"
    set_client(client, Profile="oidc")
    wider = oauth.refresh(client, first["refresh_token"], scope="openid orders/read")
    assert (wider.status_code, wider.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("by", ["client", "resource server"])
def test_a_scope_that_is_taken_away_is_not_in_the_code_any_more(
    oauth: OAuth, user: MadeUser, operator: Any, by: str
) -> None:
    client = oauth.client(GenerateSecret=True)
    code = oauth.code(client, user, scope="openid email orders/read")
    bare = oauth.code(client, user, scope="orders/read")
    if by == "client":
        operator.update_user_pool_client(
            UserPoolId=oauth.pool_id,
            ClientId=client.client_id,
            **{**CODE_CLIENT, "AllowedOAuthScopes": ["openid", "email"]},
        )
    else:
        operator.delete_resource_server(UserPoolId=oauth.pool_id, Identifier="orders")
    body = oauth.redeem(client, code).json()
    assert body["scope"] == oauth.decode(body["access_token"]).claims["scope"] == "openid email"
    assert oauth.refresh(client, body["refresh_token"]).json()["scope"] == "openid email"
    refused = oauth.redeem(client, bare)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


# Beyond what was granted, beyond what the client may have, nothing that exists; and narrower.
@pytest.mark.parametrize("scope", ["openid email profile", "openid offline_access", "bogus", "openid"])
def test_to_cognitos_clients_a_scope_means_nothing_at_a_refresh(
    oauth: OAuth, app: Party, user: MadeUser, scope: str
) -> None:
    first = oauth.tokens(app, user, scope="openid email")
    body = oauth.refresh(app, first["refresh_token"], scope=scope).json()
    assert body["scope"] == oauth.decode(body["access_token"]).claims["scope"] == "openid email"
    assert oauth.decode(body["id_token"]).claims["email"] == "ada@example.com"


def test_a_refresh_for_less(oauth: OAuth, app: Party, user: MadeUser, set_client: Callable[..., None]) -> None:
    """RFC 6749 section 6: the tokens of one answer are for less, what was granted stays."""
    set_client(app, Profile="oidc")
    first = oauth.tokens(app, user, scope="openid email orders/read")
    for scope in ("openid offline_access", "openid email profile", "bogus"):
        refused = oauth.refresh(app, first["refresh_token"], scope=scope)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    less = oauth.refresh(app, first["refresh_token"], scope="orders/read openid").json()
    assert less["scope"] == oauth.decode(less["access_token"]).claims["scope"] == "openid orders/read"
    assert "email" not in oauth.userinfo(less["access_token"]).json()
    assert oauth.decode(less["id_token"]).claims["sub"] == user.sub
    assert "id_token" not in oauth.refresh(app, first["refresh_token"], scope="orders/read").json()
    assert oauth.refresh(app, first["refresh_token"]).json()["scope"] == "openid email orders/read"


@pytest.mark.parametrize("profile", ["cognito", "oidc"])
def test_losing_a_scope_never_tells_more(
    oauth: OAuth, user: MadeUser, operator: Any, set_client: Callable[..., None], profile: str
) -> None:
    """To Cognito's clients `openid` alone stands for every claim, so the last of the others stays beside it."""
    client = oauth.client(GenerateSecret=True)
    set_client(client, Profile=profile)
    first = oauth.tokens(client, user, scope="openid email")
    operator.update_user_pool_client(
        UserPoolId=oauth.pool_id, ClientId=client.client_id, **{**CODE_CLIENT, "AllowedOAuthScopes": ["openid"]}
    )
    body = oauth.refresh(client, first["refresh_token"]).json()
    assert body["scope"] == ("openid email" if profile == "cognito" else "openid")
    told = oauth.userinfo(body["access_token"]).json()
    assert ("email" in told, "phone_number" in told) == (profile == "cognito", False)


def test_a_token_without_any_scope_left_is_not_refreshed(
    oauth: OAuth, app: Party, user: MadeUser, operator: Any
) -> None:
    token = oauth.tokens(app, user, scope="orders/read")["refresh_token"]
    of_api = oauth.make.tokens(app.client_id, user)["RefreshToken"]
    operator.delete_resource_server(UserPoolId=oauth.pool_id, Identifier="orders")
    refused = oauth.refresh(app, token)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert oauth.refresh(app, of_api).json()["scope"] == "aws.cognito.signin.user.admin"


def test_rotation_gives_a_new_token_and_ends_the_old(oauth: OAuth, user: MadeUser) -> None:
    client = oauth.client(
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
    )
    first = oauth.tokens(client, user)["refresh_token"]
    second = oauth.refresh(client, first).json()["refresh_token"]
    third = oauth.refresh(client, second).json()["refresh_token"]
    assert len({first, second, third}) == 3
    reused = oauth.refresh(client, first)
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert oauth.refresh(client, third).json()["error"] == "invalid_grant"  # reuse has revoked the family


def test_rotation_grace(oauth: OAuth, user: MadeUser, clock: Clock) -> None:
    client = oauth.client(
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
    )
    first = oauth.tokens(client, user)["refresh_token"]
    second = oauth.refresh(client, first).json()["refresh_token"]
    clock.advance(seconds=9)
    retried = oauth.refresh(client, first).json()["refresh_token"]
    assert oauth.refresh(client, retried).status_code == 200
    clock.advance(seconds=1)
    assert oauth.refresh(client, first).status_code == 400
    assert oauth.refresh(client, second).status_code == 400


def test_rotated_token_lives_for_the_rest_of_the_original(oauth: OAuth, user: MadeUser, clock: Clock) -> None:
    client = oauth.client(
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenValidity=2,
        TokenValidityUnits={"RefreshToken": "hours"},
    )
    first = oauth.tokens(client, user)["refresh_token"]
    clock.advance(minutes=90)
    second = oauth.refresh(client, first).json()["refresh_token"]
    clock.advance(minutes=30)
    assert oauth.refresh(client, second).json()["error_description"] == "Refresh Token has expired"


def test_disabled_and_deleted_users_get_nothing(
    oauth: OAuth, app: Party, user: MadeUser, make: Factory, operator: Any
) -> None:
    refresh_token = oauth.tokens(app, user)["refresh_token"]
    pkce = Verifier()
    code = oauth.code(app, user, pkce)
    operator.admin_disable_user(UserPoolId=oauth.pool_id, Username=user.username)
    assert oauth.refresh(app, refresh_token).json()["error"] == "invalid_grant"
    assert oauth.redeem(app, code, pkce).json()["error"] == "invalid_grant"
    assert answer_of(oauth.authorize(app, **pkce.parameters, prompt="none"))["error"] == "login_required"
    other = make.user(oauth.pool_id)
    refresh_token = oauth.tokens(app, other)["refresh_token"]
    operator.admin_delete_user(UserPoolId=oauth.pool_id, Username=other.username)
    assert oauth.refresh(app, refresh_token).json()["error"] == "invalid_grant"


def test_who_is_deleted_while_a_code_is_redeemed_gets_nothing(
    oauth: OAuth, app: Party, user: MadeUser, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    pkce = Verifier()
    code = oauth.code(app, user, pkce)

    def delete_user(*_: object) -> None:
        with resources.database.write() as db:
            db.execute(delete(User).where(User.pool_id == oauth.pool_id, User.sub == user.sub))

    monkeypatch.setattr(exchange_code, "call_token_trigger", delete_user)
    assert oauth.redeem(app, code, pkce).json()["error"] == "invalid_grant"


def test_api_tokens_refresh_at_the_token_endpoint(oauth: OAuth, app: Party, user: MadeUser, make: Factory) -> None:
    result = make.tokens(app.client_id, user)
    claims = oauth.decode(result["AccessToken"]).claims
    assert claims["scope"] == "aws.cognito.signin.user.admin"
    assert "at_hash" not in oauth.decode(result["IdToken"]).claims
    refreshed = oauth.refresh(app, result["RefreshToken"]).json()
    assert oauth.decode(refreshed["access_token"]).claims["origin_jti"] == claims["origin_jti"]


def test_resource_becomes_the_audience_and_stays(oauth: OAuth, app: Party, user: MadeUser) -> None:
    tokens = oauth.tokens(app, user, resource="https://api.example/v1")
    assert oauth.decode(tokens["access_token"]).claims["aud"] == "https://api.example/v1"
    refreshed = oauth.refresh(app, tokens["refresh_token"]).json()
    assert oauth.decode(refreshed["access_token"]).claims["aud"] == "https://api.example/v1"


def test_preflight(oauth: OAuth) -> None:
    response = oauth.http.options(f"/{oauth.pool_id}/oauth2/token", headers={"Origin": "https://app.example"})
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (204, "*")
    assert isinstance(response, httpx.Response)
