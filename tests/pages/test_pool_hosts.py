"""A pool with a domain of its own is seen there, at the root, and nowhere else; and nobody else is seen there."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.authenticator import Authenticator
from tests.conftest import ROOT_KEY
from tests.factories import Factory, MadeUser
from tests.in_process import InProcessServer
from tests.pages.browsing import App, Visitor
from tests.pages.conftest import AppMaker

BASE = "https://id.example.com"
CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/abcdef"}


@pytest.fixture
def app(make_app: AppMaker) -> App:
    """An app that a user signs in to."""
    return make_app()


@pytest.fixture
def host(app: App, operator: Any) -> str:
    """The custom domain of the app's pool."""
    name = f"{uuid4().hex[:12]}.harbour.example"
    operator.create_user_pool_domain(UserPoolId=app.pool_id, Domain=name, CustomDomainConfig=CERTIFICATE)
    return name


@pytest.fixture
def prefix_host(app: App, operator: Any) -> str:
    """The host of the prefix domain of the app's pool."""
    prefix = f"p{uuid4().hex[:12]}"
    operator.create_user_pool_domain(UserPoolId=app.pool_id, Domain=prefix)
    return f"{prefix}.pools.example.net"


@pytest.fixture
def web(served: InProcessServer) -> Iterator[httpx.Client]:
    """A browser before the server as `serve` runs it."""
    with served.http_client() as client:
        yield client


def sign_in(web: httpx.Client, app: App, host: str, user: MadeUser) -> Visitor:
    """A sign-in on a pool's own host; the browser has been sent home."""
    web.base_url = httpx.URL(f"https://{host}")
    visitor = Visitor(web).open(f"/oauth2/authorize?{urlencode(app.parameters())}")
    assert visitor.action().startswith("/login?")
    return visitor.submit({"username": user.username, "password": user.password}, headers={"origin": f"https://{host}"})


@pytest.mark.parametrize("kind", ["host", "prefix_host"])
def test_a_sign_in_at_the_root_of_the_pools_host(
    web: httpx.Client, app: App, make: Factory, kind: str, request: pytest.FixtureRequest
) -> None:
    host: str = request.getfixturevalue(kind)
    user = make.user(app.pool_id)
    visitor = sign_in(web, app, host, user)
    assert visitor.code()
    assert parse_qs(urlsplit(visitor.away).query)["iss"] == [f"http://localhost:9229/{app.pool_id}"]
    for cookie in web.cookies.jar:
        assert (cookie.domain, cookie.path, cookie.secure) == (host, "/", True)
        assert cookie.name.startswith("__Host-ph_")
        assert not cookie.domain_specified
    visitor.open("/logout?" + urlencode({"client_id": app.client_id}))
    assert (visitor.response.url.path, visitor.heading) == ("/signout", "Do you want to sign out?")
    visitor.submit(button="logout-yes", headers={"origin": f"https://{host}"})
    assert (visitor.response.url.path, visitor.heading) == ("/signedout", "You are signed out")
    web.cookies.clear()
    for link in (link for link in visitor.page.all("link") if link.get("rel") != "expect"):
        assert web.get(link.get("href")).status_code == 200


BROWSER_PATHS = [
    "/login",
    "/signup",
    "/confirmUser",
    "/forgotPassword",
    "/confirmforgotPassword",
    "/error",
    "/signedout",
    "/signout",
]


@pytest.mark.parametrize("path", [*BROWSER_PATHS, "/passkeys/add"])
def test_pages_under_the_issuer_lead_to_the_pools_host(web: httpx.Client, app: App, host: str, path: str) -> None:
    query = urlencode(app.parameters())
    moved = web.get(f"{BASE}/{app.pool_id}{path}?{query}")
    assert (moved.status_code, moved.headers["location"]) == (303, f"https://{host}{path}?{query}")
    bare = web.get(f"{BASE}/{app.pool_id}{path}")
    assert bare.headers["location"] == f"https://{host}{path}"
    assert "set-cookie" not in moved.headers


def test_endpoints_for_browsers_lead_there_as_well(web: httpx.Client, app: App, host: str) -> None:
    authorize, sign_out = f"{BASE}/{app.pool_id}/oauth2/authorize", f"{BASE}/{app.pool_id}/logout"
    for moved in (web.get(authorize, params=app.parameters()), web.post(authorize, data=app.parameters())):
        assert moved.headers["location"].startswith(f"https://{host}/oauth2/authorize?client_id={app.client_id}&")
    asked = {"client_id": app.client_id, "logout_uri": "https://app.example/bye"}
    for moved in (web.get(sign_out, params=asked), web.post(sign_out, data=asked)):
        assert moved.headers["location"] == f"https://{host}/logout?{urlencode(asked)}"
        assert "set-cookie" not in moved.headers


def test_an_id_token_does_not_travel_on_in_the_address(web: httpx.Client, app: App, make: Factory, host: str) -> None:
    code = sign_in(web, app, host, make.user(app.pool_id)).code()
    id_token = web.post(f"https://{host}/oauth2/token", data=app.exchange(code)).json()["id_token"]
    asked = {"id_token_hint": id_token, "post_logout_redirect_uri": "https://app.example/bye"}
    location = web.get(f"{BASE}/{app.pool_id}/logout", params=asked).headers["location"]
    assert location.startswith(f"https://{host}/logout?post_logout_redirect_uri=")
    assert id_token not in location
    assert web.get(location).headers["location"] == "https://app.example/bye"


def test_a_form_of_the_issuer_path_has_expired_once_there_is_a_domain(
    web: httpx.Client, app: App, make: Factory, operator: Any
) -> None:
    user, visitor = make.user(app.pool_id), Visitor(web)
    visitor.open(app.url())
    name = f"{uuid4().hex[:12]}.harbour.example"
    operator.create_user_pool_domain(UserPoolId=app.pool_id, Domain=name, CustomDomainConfig=CERTIFICATE)
    visitor.submit({"username": user.username, "password": user.password}, headers={"origin": BASE})
    assert visitor.heading == "This page has expired"
    operator.delete_user_pool_domain(UserPoolId=app.pool_id, Domain=name)
    visitor.open(app.url()).submit({"username": user.username, "password": user.password}, headers={"origin": BASE})
    assert visitor.code()


def test_browsers_see_a_pool_with_two_domains_on_the_custom_one(
    web: httpx.Client, app: App, host: str, prefix_host: str
) -> None:
    query = urlencode(app.parameters(), quote_via=quote)
    for path in ("/login", "/oauth2/authorize"):
        assert web.get(f"https://{prefix_host}{path}?{query}").headers["location"] == f"https://{host}{path}?{query}"
    assert web.get(f"https://{host}/login?{query}").status_code == 200


def test_programs_are_answered_on_every_host(
    web: httpx.Client, app: App, host: str, prefix_host: str, make: Factory, operator: Any
) -> None:
    client = make.client(app.pool_id)
    token = make.tokens(client["ClientId"], make.user(app.pool_id))["AccessToken"]
    document = web.get(f"{BASE}/{app.pool_id}/.well-known/openid-configuration").json()
    for member, path in (
        ("authorization_endpoint", "/oauth2/authorize"),
        ("token_endpoint", "/oauth2/token"),
        ("userinfo_endpoint", "/oauth2/userInfo"),
        ("revocation_endpoint", "/oauth2/revoke"),
        ("end_session_endpoint", "/logout"),
    ):
        assert document[member] == f"https://{host}{path}"
    assert document["jwks_uri"] == f"{BASE}/{app.pool_id}/.well-known/jwks.json"
    answers = []
    for base in (f"{BASE}/{app.pool_id}", f"https://{host}", f"https://{prefix_host}"):
        form = {"client_id": client["ClientId"], "token": "x", "grant_type": "refresh_token", "refresh_token": "x"}
        answers.append(
            [
                web.get(f"{base}/.well-known/jwks.json").json(),
                web.get(f"{base}/.well-known/openid-configuration").json(),
                web.post(f"{base}/oauth2/token", data=form).json(),
                {"revoke": web.post(f"{base}/oauth2/revoke", data=form).status_code},
                web.get(f"{base}/oauth2/userInfo", headers={"Authorization": f"Bearer {token}"}).json(),
            ]
        )
    assert answers[0] == answers[1] == answers[2]
    assert [next(iter(answer)) for answer in answers[0]] == ["keys", "issuer", "error", "revoke", "error"]


def test_a_pools_host_serves_no_other_pool(
    web: httpx.Client, app: App, host: str, make_app: AppMaker, make: Factory
) -> None:
    other = make_app()
    user = make.user(other.pool_id)
    public = make.client(other.pool_id)["ClientId"]
    token = make.tokens(public, user)["AccessToken"]
    for path in (f"/{other.pool_id}/login", f"/{app.pool_id}/login", f"/{other.pool_id}/.well-known/jwks.json"):
        assert web.get(f"https://{host}{path}?{urlencode(other.parameters())}").status_code == 404
    for path in (f"/.well-known/openid-configuration/{other.pool_id}", "/_dev"):
        assert web.get(f"https://{host}{path}").status_code == 404
    web.base_url = httpx.URL(f"https://{host}")
    visitor = Visitor(web).open(f"/oauth2/authorize?{urlencode(other.parameters())}")
    assert (visitor.response.status_code, visitor.away) == (400, "")
    assert visitor.open(f"/login?{urlencode(other.parameters())}").response.status_code == 400
    refused = web.post("/oauth2/token", data={"grant_type": "refresh_token", "refresh_token": "x", "client_id": public})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")
    assert web.get("/oauth2/userInfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    ours = web.get("/.well-known/openid-configuration").json()
    assert ours["issuer"].endswith(app.pool_id)
    # Cognito's own API is the server's, not a pool's.
    target = {"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"}
    assert web.post("/", headers=target, content=b"{}").status_code == 404


def test_a_session_of_one_pools_host_is_nothing_on_another(
    served: InProcessServer, web: httpx.Client, app: App, host: str, make_app: AppMaker, make: Factory, operator: Any
) -> None:
    sign_in(web, app, host, make.user(app.pool_id))
    shown = "; ".join(f"{cookie.name}={cookie.value}" for cookie in web.cookies.jar)
    other = make_app()
    theirs = f"{uuid4().hex[:12]}.lighthouse.example"
    operator.create_user_pool_domain(UserPoolId=other.pool_id, Domain=theirs, CustomDomainConfig=CERTIFICATE)
    with served.http_client() as browser:
        query = urlencode(other.parameters(prompt="none"))
        answer = browser.get(f"https://{theirs}/oauth2/authorize?{query}", headers={"cookie": shown})
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == ["login_required"]


def test_hosts_that_belong_to_nobody(web: httpx.Client, app: App, host: str, prefix_host: str, operator: Any) -> None:
    prefix = prefix_host.partition(".")[0]
    for name in (
        "pools.example.net",
        f"x.{prefix_host}",
        f"{host}.pools.example.net",
        f"{prefix}.example.net",
        prefix,
        f"x.{host}",
        f"{host}.evil.example",
        "harbour.example",
    ):
        assert web.get(f"https://{name}/login").status_code == 421, name
    for name in (host, prefix_host.upper(), f"{host}.", f"{host}:8443"):
        assert web.get(f"https://{name}/.well-known/jwks.json").status_code == 200, name
    operator.delete_user_pool_domain(UserPoolId=app.pool_id, Domain=host)
    operator.delete_user_pool_domain(UserPoolId=app.pool_id, Domain=prefix)


def test_a_domain_that_is_gone(
    served: InProcessServer, app: App, make: Factory, operator: Any, web: httpx.Client
) -> None:
    """Its host is unknown within a second, and browsers see the pool at its issuer path again."""
    name = f"{uuid4().hex[:12]}.harbour.example"
    operator.create_user_pool_domain(UserPoolId=app.pool_id, Domain=name, CustomDomainConfig=CERTIFICATE)
    assert served.resources.snapshots.pool_of_host(name) == app.pool_id
    operator.delete_user_pool_domain(UserPoolId=app.pool_id, Domain=name)
    assert web.get(f"https://{name}/login").status_code == 421
    assert web.get(f"{BASE}{app.url('/login')}").status_code == 200


def test_in_dev_nothing_needs_a_name(http: httpx.Client, app: App, host: str, make: Factory) -> None:
    base = f"http://localhost:9229/{app.pool_id}"
    document = http.get(f"{base}/.well-known/openid-configuration").json()
    assert document["authorization_endpoint"] == f"{base}/oauth2/authorize"
    visitor, user = Visitor(http), make.user(app.pool_id)
    assert visitor.open(app.url()).submit({"username": user.username, "password": user.password}).code()
    # Who made a name for it may use it all the same.
    assert http.get(f"http://{host}/login?{urlencode(app.parameters())}").status_code == 200


def test_browsers_learn_which_origin_may_use_the_host_for_passkeys(web: httpx.Client, app: App, host: str) -> None:
    expected = {"origins": [f"https://{host}"]}
    assert web.get(f"https://{host}/.well-known/webauthn").json() == expected
    at_issuer = web.get(f"{BASE}/{app.pool_id}/.well-known/webauthn")
    assert (at_issuer.status_code, at_issuer.json()) == (200, expected)
    assert at_issuer.headers["content-type"] == "application/json"


def test_a_passkey_of_another_domain_is_good_on_the_pools_own_host(
    served: InProcessServer, make_app: AppMaker, operator: Any, make: Factory
) -> None:
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    app = make_app(Policies=policy)
    host = f"{uuid4().hex[:12]}.harbour.example"
    operator.create_user_pool_domain(UserPoolId=app.pool_id, Domain=host, CustomDomainConfig=CERTIFICATE)
    operator.set_user_pool_mfa_config(
        UserPoolId=app.pool_id, MfaConfiguration="OFF", WebAuthnConfiguration={"RelyingPartyId": "old.example"}
    )
    client = make.client(app.pool_id)
    token = make.tokens(client["ClientId"], make.user(app.pool_id))["AccessToken"]
    public = served.boto_client("cognito-idp", ROOT_KEY)
    for origin, is_taken in (
        (f"https://{host}", True),
        (f"http://{host}", False),
        (f"https://{host}:444", False),
        (f"https://x.{host}", False),
        ("https://other.example", False),
        ("https://app.old.example", True),
    ):
        options = public.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
        assert options["rp"]["id"] == "old.example"
        response = Authenticator(origin=origin).create(options)
        if is_taken:
            public.complete_web_authn_registration(AccessToken=token, Credential=response)
        else:
            with pytest.raises(public.exceptions.WebAuthnOriginNotAllowedException):
                public.complete_web_authn_registration(AccessToken=token, Credential=response)
