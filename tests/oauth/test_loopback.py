"""Redirect URIs of programs on the user's own device, which listen on whatever port the system gives them."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.factories import MadeUser
from tests.oauth.relying_party import OAuth, Verifier

LOOPBACKS = ["http://127.0.0.1/cb?a=1", "http://[::1]:8080", "http://localhost:8080/cb", "https://127.0.0.1:8080/s"]


@pytest.mark.parametrize(
    ("uri", "other"),
    [
        ("http://127.0.0.1/cb?a=1", "http://127.0.0.1:80/cb?a=1"),
        ("http://127.0.0.1:51004/cb?a=1", "http://127.0.0.1/cb?a=1"),
        ("http://[::1]:9", "http://[::1]:8080"),
        ("http://[::1]", "http://[::1]:65535"),
    ],
)
def test_any_port_of_a_loopback_address(
    oauth: OAuth, user: MadeUser, set_client: Callable[..., None], uri: str, other: str
) -> None:
    """RFC 8252 section 7.3. The code is bound to the port that was used."""
    client = oauth.client(CallbackURLs=LOOPBACKS)
    oauth.sign_in(user)

    def code(pkce: Verifier) -> str:
        location = oauth.authorize(client, redirect_uri=uri, **pkce.parameters).headers["location"]
        assert location.startswith(uri + ("&" if "?" in uri else "?") + "code=")
        return dict(parse_qsl(urlsplit(location).query))["code"]

    set_client(client, Profile="oidc")
    pkce = Verifier()
    assert oauth.redeem(client, code(pkce), pkce, redirect_uri=uri).status_code == 200
    refused = oauth.redeem(client, code(pkce), pkce, redirect_uri=other)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("profile", "uri"),
    [
        ("cognito", "http://127.0.0.1:51004/cb?a=1"),
        ("oidc", "http://127.0.0.1:51004/cb"),
        ("oidc", "http://127.0.0.1:51004/cb?a=1&b=2"),
        ("oidc", "http://127.0.0.1:51004/CB?a=1"),
        ("oidc", "http://127.0.0.1:/cb?a=1"),
        ("oidc", "http://127.0.0.1:0/cb?a=1"),
        ("oidc", "http://127.0.0.1:65536/cb?a=1"),
        ("oidc", "http://127.0.0.1:123456/cb?a=1"),
        ("oidc", "http://127.0.0.1:80@evil.example/cb?a=1"),
        ("oidc", "http://127.0.0.1.evil.example/cb?a=1"),
        ("oidc", "http://a@127.0.0.1:51004/cb?a=1"),
        ("oidc", "http://127.0.0.2:51004/cb?a=1"),
        ("oidc", "HTTP://127.0.0.1:51004/cb?a=1"),
        ("oidc", "http://localhost:51004/cb"),
        ("oidc", "http://127.0.0.1:8080/cb"),
        ("oidc", "https://127.0.0.1:51004/s"),
        ("oidc", "http://[::1]:51004/"),
        ("oidc", "http://[::1]:51004#f"),
    ],
)
def test_nothing_else_of_a_redirect_uri_is_free(
    oauth: OAuth, user: MadeUser, set_client: Callable[..., None], profile: str, uri: str
) -> None:
    client = oauth.client(CallbackURLs=LOOPBACKS)
    set_client(client, Profile=profile)
    oauth.sign_in(user)
    location = oauth.authorize(client, redirect_uri=uri, **Verifier().parameters).headers["location"]
    assert location == f"/{oauth.pool_id}/error?error=redirect_mismatch&client_id={client.client_id}"
