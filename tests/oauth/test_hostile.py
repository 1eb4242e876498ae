"""What attackers send: each gets a clear 4xx in the door's own form, and nothing is stored."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from tests.factories import Factory, MadeUser
from tests.oauth.relying_party import CALLBACK, OAuth, Party

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _basic(text: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text).decode()}


def _error(response: Any, status: int, error: str) -> None:
    assert (response.status_code, response.json()["error"]) == (status, error), response.text
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"
    # RFC 9110 section 11.6.1 and RFC 7617: a challenge of the scheme Basic names its realm.
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert response.headers.get("www-authenticate", "Basic realm=").startswith("Basic realm=")


def test_token_endpoint_takes_post_only(oauth: OAuth) -> None:
    for method in ("GET", "PUT", "DELETE"):
        response = oauth.http.request(method, f"/{oauth.pool_id}/oauth2/token")
        _error(response, 405, "invalid_request")
        assert "POST" in response.headers["allow"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 400),
        (b"grant_type=client_credentials", {}, 400),
        (b"", FORM, 400),
        (b"grant_type=", FORM, 400),
        (b"grant_type=a&grant_type=a", FORM, 400),
        (b"grant_type=client_credentials&scope=&scope=", FORM, 400),
        (b"grant_type=client_credentials&client_id=a&client_id=b", FORM, 400),
        (b"grant_type=%ff", FORM, 400),
        (b"grant_type=\xff", FORM, 400),
        (b"grant_type=client_credentials&client_id=%00", FORM, 400),
        (b"&".join(b"a%d=1" % number for number in range(101)), FORM, 400),
        (b"grant_type=client_credentials&scope=" + b"x" * 65_536, FORM, 413),
        (b"x" * 5_000_000, FORM, 413),
    ],
)
def test_malformed_bodies(oauth: OAuth, body: bytes, headers: dict[str, str], status: int) -> None:
    response = oauth.http.post(f"/{oauth.pool_id}/oauth2/token", content=body, headers=headers)
    _error(response, status, "invalid_request")


def test_unsupported_and_forbidden_grants(oauth: OAuth, service: Party, web: Party, app: Party) -> None:
    for grant_type in ("password", "implicit", "x" * 1_000, 'a"\\\r\nb'):
        _error(oauth.post("/oauth2/token", {"grant_type": grant_type}, web.basic), 400, "unsupported_grant_type")
    _error(oauth.post("/oauth2/token", {"grant_type": "client_credentials"}, web.basic), 400, "unauthorized_client")
    code = {"grant_type": "authorization_code", "code": "x"}
    _error(oauth.post("/oauth2/token", code, service.basic), 400, "unauthorized_client")
    as_public = {"grant_type": "client_credentials", "client_id": app.client_id}
    _error(oauth.post("/oauth2/token", as_public), 400, "invalid_client")


@pytest.mark.parametrize("scope", ["openid", "orders/nothing", "orders/read openid", "other/read", "\x7f"])
def test_scopes_that_a_service_may_not_have(oauth: OAuth, service: Party, scope: str) -> None:
    form = {"grant_type": "client_credentials", "scope": scope}
    _error(oauth.post("/oauth2/token", form, service.basic), 400, "invalid_scope")


def test_scope_of_a_deleted_resource_server(oauth: OAuth, service: Party, operator: Any) -> None:
    operator.delete_resource_server(UserPoolId=oauth.pool_id, Identifier="orders")
    _error(oauth.post("/oauth2/token", {"grant_type": "client_credentials"}, service.basic), 400, "invalid_scope")


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic " + base64.b64encode(b":secret").decode(),
        "Basic " + base64.b64encode(b"%ff:%ff").decode(),
        "Basic " + base64.b64encode(b"a\0b:c").decode(),
        "Basic " + base64.b64encode(b"a%00b:c").decode(),
        "Bearer abc",
        "\u00fc",
    ],
)
def test_malformed_authorization_headers(oauth: OAuth, authorization: str) -> None:
    response = oauth.http.post(
        f"/{oauth.pool_id}/oauth2/token",
        data={"grant_type": "client_credentials"},
        headers=[(b"Authorization", authorization.encode("latin-1"))],
    )
    _error(response, 401, "invalid_client")
    assert response.headers["www-authenticate"].startswith("Basic ")


def test_wrong_client_credentials(oauth: OAuth, service: Party, make: Factory) -> None:
    grant = {"grant_type": "client_credentials"}
    wrong = oauth.post("/oauth2/token", grant, _basic(f"{service.client_id}:wrong".encode()))
    _error(wrong, 401, "invalid_client")
    assert wrong.headers["www-authenticate"].startswith("Basic ")
    _error(oauth.post("/oauth2/token", grant, _basic(b"unknown:x")), 401, "invalid_client")
    in_body = {**grant, "client_id": service.client_id, "client_secret": "wrong"}
    _error(oauth.post("/oauth2/token", in_body), 400, "invalid_client")
    _error(oauth.post("/oauth2/token", {**grant, "client_id": service.client_id}), 400, "invalid_client")
    _error(oauth.post("/oauth2/token", grant), 401, "invalid_client")
    both = {**grant, "client_secret": str(service.secret)}
    _error(oauth.post("/oauth2/token", both, service.basic), 400, "invalid_request")
    other = {**grant, "client_id": "somebody-else"}
    _error(oauth.post("/oauth2/token", other, service.basic), 400, "invalid_request")
    foreign_pool = make.pool()
    response = oauth.http.post(f"/{foreign_pool}/oauth2/token", data=grant, headers=service.basic)
    _error(response, 401, "invalid_client")
    _error(
        oauth.http.post("/us-east-1_000000000/oauth2/token", data=grant, headers=service.basic), 404, "invalid_request"
    )


def test_public_client_with_a_secret_is_refused(oauth: OAuth, app: Party) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": app.client_id, "client_secret": "guess"}
    _error(oauth.post("/oauth2/token", form), 400, "invalid_client")


def test_parameters_without_a_value_count_as_omitted(oauth: OAuth, app: Party, service: Party, user: MadeUser) -> None:
    """RFC 6749 section 3.2."""
    token = oauth.tokens(app, user)["refresh_token"]
    assert oauth.refresh(app, token, client_secret="", scope="").status_code == 200
    grant = {"grant_type": "client_credentials", "client_id": "", "client_secret": "", "scope": ""}
    assert oauth.post("/oauth2/token", grant, service.basic).json()["scope"] == "orders/read orders/write"
    _error(oauth.post("/oauth2/token", {"grant_type": "refresh_token", "client_id": ""}), 401, "invalid_client")
    asked = oauth.post("/oauth2/introspect", {"token": token, "client_secret": ""}, service.basic)
    assert asked.json() == {"active": False}
    _error(oauth.post("/oauth2/introspect", {"token": ""}, service.basic), 400, "invalid_request")


def test_refresh_token_of_another_client(
    oauth: OAuth, app: Party, web: Party, user: MadeUser, set_client: Callable[..., None]
) -> None:
    set_client(web, Profile="oidc")
    token = oauth.tokens(web, user)["refresh_token"]
    _error(oauth.refresh(app, token), 400, "invalid_grant")
    _error(oauth.refresh(web, "x" * 5_000), 400, "invalid_grant")
    missing = {"grant_type": "refresh_token"}
    _error(oauth.post("/oauth2/token", missing, web.basic), 400, "invalid_request")
    wider = oauth.refresh(web, token, scope="openid email")
    _error(wider, 400, "invalid_scope")
    assert oauth.refresh(web, token, scope="openid").status_code == 200


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(claims)


def _encode(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_forged_access_tokens(oauth: OAuth, web: Party, user: MadeUser, make: Factory, public: Any) -> None:
    scope = "openid aws.cognito.signin.user.admin"
    good = oauth.tokens(web, user, scope=scope)["access_token"]
    header, claims = _parts(good)
    signed_part = good.rpartition(".")[0]
    public_keys = oauth.http.get(f"/{oauth.pool_id}/.well-known/jwks.json").json()["keys"]
    own = next(key for key in public_keys if key["kid"] == header["kid"])
    pem = RSAKey.import_key(own).as_pem(private=False)
    hs_input = f"{_encode({**header, 'alg': 'HS256'})}.{_encode(claims)}"
    attacker = RSAKey.generate_key(2048)
    other = OAuth(oauth.http, make, oauth.resources, make.pool())
    theirs = other.client(AllowedOAuthScopes=["openid", "aws.cognito.signin.user.admin"])
    their_token = other.tokens(theirs, make.user(other.pool_id), scope=scope)["access_token"]
    forgeries = {
        "alg none": f"{_encode({**header, 'alg': 'none'})}.{_encode(claims)}.",
        "alg None": f"{_encode({**header, 'alg': 'None'})}.{_encode(claims)}.",
        "no signature": f"{signed_part}.",
        "HS256 with the public key": f"{hs_input}."
        + _encode(hmac.new(pem, hs_input.encode(), hashlib.sha256).digest()),
        "attacker's key": jws.serialize_compact(header, json.dumps(claims), attacker, algorithms=["RS256"]),
        "attacker's key in the header": jws.serialize_compact(
            {**header, "jwk": attacker.as_dict(private=False)}, json.dumps(claims), attacker, algorithms=["RS256"]
        ),
        "changed claims": f"{_encode(header)}.{_encode({**claims, 'sub': 'x'})}.{good.rpartition('.')[2]}",
        "crit": f"{_encode({**header, 'crit': ['exp']})}.{_encode(claims)}.{good.rpartition('.')[2]}",
        "not base64": "!.!.!",
        "not JSON": f"{_encode(b'x')}.{_encode(b'x')}.{_encode(b'x')}",
        "JSON of another kind": f"{_encode([1])}.{_encode([1])}.{_encode(b'x')}",
        "too long": "a" * 100_000 + ".b.c",
        "another pool's": their_token,
    }
    assert oauth.userinfo(good).status_code == 200
    for name, forged in forgeries.items():
        response = oauth.userinfo(forged)
        assert (name, response.status_code, response.json()["error"]) == (name, 401, "invalid_token")
        if len(forged) < 10_000 and name not in ("another pool's", "not base64"):
            with pytest.raises(public.exceptions.NotAuthorizedException):
                public.global_sign_out(AccessToken=forged)
    mixed = f"{_encode({**header, 'kid': _parts(their_token)[0]['kid']})}.{_encode(claims)}.{_encode(b'x' * 256)}"
    assert oauth.userinfo(mixed).status_code == 401


def test_token_with_a_pool_id_that_is_no_pool_id(oauth: OAuth, public: Any) -> None:
    for issuer in ("", "http://localhost:9229/a\0b", "http://localhost:9229/\ud800", 7, None):
        claims = json.dumps({"iss": issuer}).encode()
        forged = f"{_encode({'alg': 'RS256', 'kid': 'k'})}.{_encode(claims)}.{_encode(b'x')}"
        with pytest.raises(public.exceptions.NotAuthorizedException):
            public.global_sign_out(AccessToken=forged)


def test_codes_of_others_are_unknown(oauth: OAuth, web: Party, user: MadeUser) -> None:
    for code in ("", "x", "\x7f", "x" * 10_000):
        assert oauth.redeem(web, code).status_code == 400
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    _error(oauth.post("/oauth2/token", form, web.basic), 400, "invalid_request")


@pytest.mark.parametrize("path", ["/oauth2/revoke", "/oauth2/introspect"])
def test_other_endpoints_are_as_strict(oauth: OAuth, web: Party, path: str) -> None:
    url = f"/{oauth.pool_id}{path}"
    _error(oauth.http.post(url, content=b"{}", headers={"Content-Type": "application/json"}), 400, "invalid_request")
    _error(oauth.http.post(url, content=b"token=a&token=b", headers=FORM), 400, "invalid_request")
    _error(oauth.http.post(url, data={"token": "x"}, headers=_basic(b"\xff:\xff")), 401, "invalid_client")
    _error(oauth.http.post(url, data={"token": "x"}), 401, "invalid_client")
    _error(oauth.http.post(url, content=b"token=" + b"x" * 70_000, headers=FORM), 413, "invalid_request")
    assert oauth.http.get(url).status_code == 405
