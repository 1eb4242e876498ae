"""userInfo, revocation, introspection and discovery."""

from typing import Any

import pytest

from tests.conftest import Clock
from tests.factories import Factory, MadeUser
from tests.in_process import InProcessServer
from tests.oauth.relying_party import OAuth, Party, Verifier


def test_userinfo_three_ways(oauth: OAuth, web: Party, user: MadeUser) -> None:
    token = oauth.tokens(web, user, scope="openid email")["access_token"]
    path, header = f"/{oauth.pool_id}/oauth2/userInfo", {"Authorization": f"Bearer {token}"}
    expected = {
        "sub": user.sub,
        "username": user.username,
        "email": "ada@example.com",
        "email_verified": "true",
    }
    answers = [
        oauth.http.get(path, headers=header),
        oauth.http.post(path, headers=header),
        oauth.http.post(path, data={"access_token": token}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (200, expected)
        assert answer.headers["content-type"] == "application/json;charset=UTF-8"
        assert answer.headers["access-control-allow-origin"] == "*"


def test_userinfo_refusals(oauth: OAuth, web: Party, user: MadeUser, service: Party) -> None:
    path = f"/{oauth.pool_id}/oauth2/userInfo"
    nothing = oauth.http.get(path)
    assert (nothing.status_code, nothing.headers["www-authenticate"]) == (401, 'Bearer realm="userInfo"')
    tokens = oauth.tokens(web, user)
    twice = oauth.http.post(
        path,
        data={"access_token": tokens["access_token"]},
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    machine = oauth.post("/oauth2/token", {"grant_type": "client_credentials"}, service.basic).json()
    for wrong in (tokens["id_token"], tokens["refresh_token"], "x", "", machine["access_token"]):
        refused = oauth.userinfo(wrong)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    narrow = oauth.userinfo(oauth.tokens(web, user, scope="orders/read")["access_token"])
    assert (narrow.status_code, narrow.json()["error"]) == (403, "insufficient_scope")


def test_userinfo_after_expiry_revocation_and_sign_out(
    oauth: OAuth, web: Party, user: MadeUser, clock: Clock, operator: Any
) -> None:
    tokens = oauth.tokens(web, user)
    oauth.post("/oauth2/revoke", {"token": tokens["refresh_token"]}, web.basic)
    assert oauth.userinfo(tokens["access_token"]).status_code == 401
    tokens = oauth.tokens(web, user)
    operator.admin_user_global_sign_out(UserPoolId=oauth.pool_id, Username=user.username)
    assert oauth.userinfo(tokens["access_token"]).status_code == 401
    tokens = oauth.tokens(web, user)
    assert oauth.userinfo(tokens["access_token"]).status_code == 200
    clock.advance(hours=1)
    assert oauth.userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.parametrize("is_revocable", [True, False])
def test_code_reuse_revokes_what_it_gave(oauth: OAuth, user: MadeUser, clock: Clock, is_revocable: bool) -> None:
    client = oauth.client(GenerateSecret=True, EnableTokenRevocation=is_revocable)
    code = oauth.code(client, user)
    tokens = oauth.redeem(client, code).json()
    others = oauth.tokens(client, user)["access_token"]
    clock.advance(seconds=30)
    refreshed = oauth.refresh(client, tokens["refresh_token"]).json()["access_token"]
    assert oauth.userinfo(tokens["access_token"]).status_code == oauth.userinfo(refreshed).status_code == 200
    again = oauth.redeem(client, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert again.headers["cache-control"] == "no-store"
    for dead in (tokens["access_token"], refreshed):
        assert oauth.userinfo(dead).status_code == 401
        asked = oauth.post("/oauth2/introspect", {"token": dead}, client.basic)
        assert asked.json() == {"active": False}
    assert oauth.refresh(client, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert oauth.userinfo(others).status_code == 200


def test_codes_live_for_five_minutes(oauth: OAuth, web: Party, user: MadeUser, clock: Clock) -> None:
    code = oauth.code(web, user)
    clock.advance(minutes=5)
    assert oauth.redeem(web, code).json()["error"] == "invalid_grant"


def test_code_is_bound_to_client_redirect_and_verifier(oauth: OAuth, web: Party, app: Party, user: MadeUser) -> None:
    pkce = Verifier()
    code = oauth.code(app, user, pkce)
    assert oauth.redeem(web, code, pkce).json()["error"] == "invalid_grant"
    assert oauth.redeem(app, code, Verifier()).json()["error"] == "invalid_grant"
    assert oauth.redeem(app, code).json()["error"] == "invalid_request"
    assert oauth.redeem(app, code, pkce, redirect_uri="myapp://callback").json()["error"] == "invalid_grant"
    assert oauth.redeem(app, code, pkce).status_code == 200
    unbound = oauth.code(web, user)
    assert oauth.redeem(web, unbound, Verifier()).json()["error"] == "invalid_request"


def test_code_dies_with_global_sign_out(oauth: OAuth, web: Party, user: MadeUser, operator: Any, clock: Clock) -> None:
    code = oauth.code(web, user)
    clock.advance(ms=1)
    operator.admin_user_global_sign_out(UserPoolId=oauth.pool_id, Username=user.username)
    assert oauth.redeem(web, code).json()["error"] == "invalid_grant"


def test_revocation(oauth: OAuth, web: Party, app: Party, user: MadeUser) -> None:
    tokens = oauth.tokens(web, user)
    foreign = oauth.post("/oauth2/revoke", {"token": tokens["refresh_token"], "client_id": app.client_id})
    assert (foreign.status_code, foreign.json()["error"]) == (400, "invalid_grant")
    wrong_kind = oauth.post("/oauth2/revoke", {"token": tokens["access_token"]}, web.basic)
    assert (wrong_kind.status_code, wrong_kind.json()["error"]) == (400, "unsupported_token_type")
    missing = oauth.post("/oauth2/revoke", {}, web.basic)
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    nobody = oauth.post("/oauth2/revoke", {"token": "x", "client_id": web.client_id})
    assert (nobody.status_code, nobody.json()["error"]) == (401, "invalid_client")
    for token in (tokens["refresh_token"], tokens["refresh_token"], "unknown"):
        done = oauth.post("/oauth2/revoke", {"token": token, "token_type_hint": "refresh_token"}, web.basic)
        assert (done.status_code, done.content) == (200, b"")
    refused = oauth.refresh(web, tokens["refresh_token"])
    assert refused.json() == {"error": "invalid_grant", "error_description": "Refresh Token has been revoked"}


def test_revocation_must_be_enabled(oauth: OAuth, user: MadeUser) -> None:
    client = oauth.client(EnableTokenRevocation=False)
    tokens = oauth.tokens(client, user)
    assert "origin_jti" not in oauth.decode(tokens["access_token"]).claims
    refused = oauth.post("/oauth2/revoke", {"token": tokens["refresh_token"], "client_id": client.client_id})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_introspection(oauth: OAuth, web: Party, app: Party, service: Party, user: MadeUser, make: Factory) -> None:
    def ask(token: str, party: Party = web) -> dict[str, Any]:
        response = oauth.post("/oauth2/introspect", {"token": token}, party.basic)
        assert response.status_code == 200
        body: dict[str, Any] = response.json()
        return body

    tokens = oauth.tokens(web, user)
    alive = ask(tokens["access_token"], service)
    assert (alive["active"], alive["client_id"], alive["sub"]) == (True, web.client_id, user.sub)
    assert (alive["username"], alive["scope"], alive["token_type"]) == (user.username, "openid", "Bearer")
    assert ask(tokens["refresh_token"])["active"] is True
    assert ask(tokens["refresh_token"], service) == {"active": False}
    assert ask(tokens["id_token"]) == ask("nonsense") == ask("a.b.c") == {"active": False}
    machine = oauth.post("/oauth2/token", {"grant_type": "client_credentials"}, service.basic).json()
    assert ask(machine["access_token"])["sub"] == service.client_id
    other = OAuth(oauth.http, make, oauth.resources, make.pool())
    stranger = other.client(GenerateSecret=True, AllowedOAuthScopes=["openid"])
    theirs = oauth.http.post(
        f"/{other.pool_id}/oauth2/introspect", data={"token": tokens["access_token"]}, headers=stranger.basic
    )
    assert theirs.json() == {"active": False}
    public = oauth.post("/oauth2/introspect", {"token": tokens["access_token"], "client_id": app.client_id})
    assert (public.status_code, public.json()["error"]) == (401, "invalid_client")
    oauth.post("/oauth2/revoke", {"token": tokens["refresh_token"]}, web.basic)
    assert ask(tokens["access_token"]) == ask(tokens["refresh_token"]) == {"active": False}


def test_introspection_of_a_token_whose_client_is_gone(oauth: OAuth, web: Party, service: Party, operator: Any) -> None:
    token = oauth.post("/oauth2/token", {"grant_type": "client_credentials"}, service.basic).json()["access_token"]
    assert oauth.post("/oauth2/introspect", {"token": token}, web.basic).json()["active"] is True
    operator.delete_user_pool_client(UserPoolId=oauth.pool_id, ClientId=service.client_id)
    assert oauth.post("/oauth2/introspect", {"token": token}, web.basic).json() == {"active": False}


def test_discovery(oauth: OAuth) -> None:
    response = oauth.http.get(f"/{oauth.pool_id}/.well-known/openid-configuration")
    document = response.json()
    assert document["issuer"] == oauth.issuer
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["id_token_signing_alg_values_supported"] == ["RS256"]
    assert document["end_session_endpoint"] == f"{oauth.issuer}/logout"
    assert document["prompt_values_supported"] == ["none", "login", "select_account"]
    assert {"en", "pt-BR", "zh-TW", "ar"} <= set(document["ui_locales_supported"])
    assert response.headers["cache-control"] == "public, max-age=300"
    for path in ("openid-configuration", "oauth-authorization-server"):
        assert oauth.http.get(f"/.well-known/{path}/{oauth.pool_id}").content == response.content
        assert oauth.http.get(f"/{oauth.pool_id}/.well-known/{path}").content == response.content
    resource = oauth.http.get(f"/.well-known/oauth-protected-resource/{oauth.pool_id}").json()
    assert (resource["resource"], resource["authorization_servers"]) == (oauth.issuer, [oauth.issuer])
    unchanged = oauth.http.get(
        f"/{oauth.pool_id}/.well-known/openid-configuration", headers={"If-None-Match": response.headers["etag"]}
    )
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert oauth.http.get("/us-east-1_000000000/.well-known/openid-configuration").status_code == 404
    assert oauth.http.get("/.well-known/openid-configuration/nonsense").status_code == 404


def test_discovery_promises_only_claims_that_are_issued(oauth: OAuth, web: Party, make: Factory) -> None:
    standard = ("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile")
    told = dict.fromkeys((*standard, "picture", "website", "gender", "zoneinfo", "locale", "address"), "x")
    addresses = {"email": "ada@example.com", "phone_number": "+12065550100"}
    verified = {"email_verified": "true", "phone_number_verified": "true"}
    user = make.user(oauth.pool_id, **told, **addresses, **verified, birthdate="1815-12-10", updated_at="1700000000")
    claims = oauth.decode(oauth.tokens(web, user, scope="openid profile email phone", nonce="n")["id_token"]).claims
    document = oauth.http.get(f"/{oauth.pool_id}/.well-known/openid-configuration").json()
    # `acr` is of a sign-in that says how sure it is; the one of these tests says nothing.
    assert set(document["claims_supported"]) == {"acr", *claims} - {
        *("cognito:username", "event_id", "origin_jti", "token_use")
    }


def test_every_advertised_endpoint_answers(oauth: OAuth) -> None:
    document = oauth.http.get(f"/{oauth.pool_id}/.well-known/openid-configuration").json()
    for name, url in document.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert oauth.http.request("GET" if "jwks" in name else "POST", url).status_code != 404


def test_key_set(oauth: OAuth) -> None:
    keys = oauth.http.get(f"/{oauth.pool_id}/.well-known/jwks.json").json()["keys"]
    assert len(keys) == 2
    for key in keys:
        assert key.keys() == {"alg", "e", "kid", "kty", "n", "use"}
        assert (key["alg"], key["kty"], key["use"]) == ("RS256", "RSA", "sig")


def test_pool_with_a_domain(oauth: OAuth, web: Party, user: MadeUser, operator: Any, served: InProcessServer) -> None:
    base = f"https://id.example.com/{oauth.pool_id}"
    domain = f"login-{user.sub[:8]}.example.com"
    operator.create_user_pool_domain(
        UserPoolId=oauth.pool_id,
        Domain=domain,
        CustomDomainConfig={"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"},
    )
    with served.http_client() as http:
        document = http.get(f"{base}/.well-known/openid-configuration").json()
        assert document["authorization_endpoint"] == f"https://{domain}/oauth2/authorize"
        assert document["jwks_uri"] == f"{base}/.well-known/jwks.json"
        moved = http.get(f"{base}/oauth2/authorize?{oauth.authorize_query(web)}")
        assert moved.headers["location"].startswith(f"https://{domain}/oauth2/authorize?response_type=code&")
        there = http.get(moved.headers["location"])
        assert there.headers["location"].startswith("/login?response_type=code&")
        form = {"grant_type": "refresh_token", "refresh_token": "x"}
        tokens = http.post(f"{base}/oauth2/token", data=form, headers=web.basic)
        on_domain = http.post(f"https://{domain}/oauth2/token", data=form, headers=web.basic)
        assert tokens.json() == on_domain.json()
