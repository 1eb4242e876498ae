"""The whole server behind a TLS proxy: what it says of a request counts, what anybody else says has no effect."""

import itertools
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from app.core.audit import list_events_of
from tests.factories import PASSWORD, Factory
from tests.in_process import InProcessServer, Reply
from tests.pages.browsing import App

PROXY, CLIENT = "10.0.0.1", "203.0.113.9"
CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/abcdef"}


@pytest.fixture
def pool_id(make: Factory) -> str:
    return make.pool()


@pytest.fixture
def host(pool_id: str, operator: Any) -> str:
    """The custom domain of the pool."""
    name = f"{uuid4().hex[:12]}.harbour.example"
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=name, CustomDomainConfig=CERTIFICATE)
    return name


def ask(
    server: InProcessServer, path: str, peer: str, headers: Mapping[str, str], *, method: str = "GET", body: bytes = b""
) -> Reply:
    """A request as it comes to the server: over http, from `peer`."""
    given = {"host": "id.example.com", **headers}
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    return server.request(method, f"http://id.example.com{path}", raw, body, peer)


def test_the_host_that_a_proxy_names(served: InProcessServer, pool_id: str, host: str) -> None:
    path, forwarded = "/.well-known/openid-configuration", {"x-forwarded-host": host}
    found = ask(served, path, PROXY, forwarded)
    assert json.loads(found.body)["authorization_endpoint"] == f"https://{host}/oauth2/authorize"
    assert ask(served, path, PROXY, {"x-forwarded-host": f"evil.example, {host}"}).body == found.body
    assert ask(served, path, CLIENT, forwarded).status == 404
    assert ask(served, path, PROXY, {"x-forwarded-host": f"{host}, evil.example"}).status == 421
    assert ask(served, path, PROXY, {"x-forwarded-host": f"{host}/x"}).status == 400


def test_urls_and_cookies_are_of_https_whatever_a_request_says(served: InProcessServer, app: App) -> None:
    claims = [
        {},
        {"x-forwarded-proto": "http"},
        {"x-forwarded-proto": "javascript"},
        {"x-forwarded-port": "8080"},
        {"forwarded": "host=evil.example;proto=http"},
        {"x-original-url": "/evil", "x-rewrite-url": "/evil"},
        {"x-forwarded-prefix": "/evil"},
    ]
    for peer, headers in itertools.product((PROXY, CLIENT), claims):
        base = f"https://id.example.com/{app.pool_id}"
        document = json.loads(ask(served, f"/{app.pool_id}/.well-known/openid-configuration", peer, headers).body)
        assert {document[name] for name in document if name.endswith("_endpoint")} == {
            f"{base}/logout",
            *(f"{base}/oauth2/{name}" for name in ("authorize", "token", "userInfo", "revoke", "introspect")),
        }
        page = dict(ask(served, app.url("/login"), peer, headers).headers)
        assert "; Secure" in page["set-cookie"]
        assert page["set-cookie"].startswith("__Host-ph_")
        assert page["strict-transport-security"] == "max-age=31536000"
        sent_on = dict(ask(served, app.url(), peer, headers).headers)
        assert sent_on["location"].startswith(f"/{app.pool_id}/login?")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        (CLIENT, "198.51.100.7", CLIENT),
        (PROXY, "198.51.100.7", "198.51.100.7"),
        (PROXY, "1.1.1.1, 198.51.100.7", "198.51.100.7"),
        (PROXY, "198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (PROXY, "1.1.1.1, 10.0.0.2, 10.0.0.1", "10.0.0.2"),
        (PROXY, "1.1.1.1, nonsense", PROXY),
        (PROXY, "", PROXY),
    ],
)
def test_the_address_in_the_audit_trail(
    served: InProcessServer, make: Factory, pool_id: str, peer: str, forwarded: str, expected: str
) -> None:
    user, client = make.user(pool_id), make.client(pool_id)
    body = {
        "ClientId": client["ClientId"],
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": user.username, "PASSWORD": PASSWORD},
    }
    headers = {
        "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
        "content-type": "application/x-amz-json-1.1",
        "x-forwarded-for": forwarded,
        "x-real-ip": "192.0.2.1",
    }
    assert ask(served, "/", peer, headers, method="POST", body=json.dumps(body).encode()).status == 200
    with served.resources.database.read() as db:
        events = list_events_of(db, pool_id, user.sub, limit=20)
    assert expected in {event.source_ip for event in events}
    assert {event.source_ip for event in events} <= {expected, "127.0.0.1"}
