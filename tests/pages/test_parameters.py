"""What an authorize request's parameters do to the pages, each as Cognito names it."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.factories import Factory
from tests.pages.browsing import App, Visitor
from tests.pages.conftest import AppMaker

UNKNOWN = ["That way to sign in is not available here. Sign in another way."]


@pytest.mark.parametrize("named", [{"identity_provider": "Nobody"}, {"idp_identifier": "nobody.example"}])
def test_a_provider_that_is_not_there_is_told_once(
    visitor: Visitor, app: App, make: Factory, named: dict[str, str]
) -> None:
    """As on Cognito's page, where every other way to sign in stays open."""
    user = make.user(app.pool_id)
    assert visitor.open(app.url(**named)).errors == UNKNOWN
    assert visitor.response.status_code == 200
    visitor.submit({"username": user.username, "password": "Wrong-Horse-9"})
    assert visitor.errors == ["The sign-in details are not right. Check them and try again."]
    assert visitor.submit({"username": user.username, "password": user.password}).code()
    assert visitor.open(app.url(**named)).code(), "nobody is asked"


@pytest.mark.parametrize("named", [{"identity_provider": "COGNITO"}, {"identity_provider": ""}, {"idp_identifier": ""}])
def test_the_pools_own_users_are_a_provider_that_is_there(visitor: Visitor, app: App, named: dict[str, str]) -> None:
    assert visitor.open(app.url(**named)).errors == []


@pytest.mark.parametrize("path", ["/login", "/forgotPassword"])
def test_a_hint_is_filled_in(visitor: Visitor, app: App, path: str) -> None:
    assert visitor.open(app.url(path, login_hint="maya")).page.with_id("username").get("value") == "maya"


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        ("https://api.example/boats", ""),
        ("myapp://boats", ""),
        ("http://localhost:3000", ""),
        ("http://api.example", "invalid_target"),
        ("https://api.example/#x", "invalid_target"),
        ("boats", "invalid_target"),
    ],
)
def test_a_resource_is_carried_or_refused_to_the_app(
    visitor: Visitor, app: App, make: Factory, resource: str, error: str
) -> None:
    user = make.user(app.pool_id)
    visitor.open(app.url("/login", resource=resource))
    if error:
        assert f"error={error}" in visitor.away
    else:
        assert visitor.submit({"username": user.username, "password": user.password}).code()


def test_an_app_of_other_providers_only_is_not_for_the_pools_own_users(
    visitor: Visitor, app: App, make: Factory, make_app: AppMaker, operator: Any
) -> None:
    """Nor for those who are signed in already: who runs the pool has said by whom its users are to be known."""
    details = {"MetadataURL": "https://idp.example/metadata"}
    operator.create_identity_provider(
        UserPoolId=app.pool_id, ProviderName="Lighthouse", ProviderType="SAML", ProviderDetails=details
    )
    foreign = make_app(app.pool_id)
    known = operator.describe_user_pool_client(UserPoolId=app.pool_id, ClientId=foreign.client_id)["UserPoolClient"]
    kept = ("ClientName", "CallbackURLs", "AllowedOAuthFlows", "AllowedOAuthScopes", "AllowedOAuthFlowsUserPoolClient")
    operator.update_user_pool_client(
        UserPoolId=app.pool_id,
        ClientId=foreign.client_id,
        SupportedIdentityProviders=["Lighthouse"],
        **{name: known[name] for name in kept},
    )
    user = make.user(app.pool_id)
    visitor.open(
        f"/{app.pool_id}/passkeys/add?{urlencode({'client_id': foreign.client_id, 'redirect_uri': foreign.redirect_uri})}"
    )
    assert visitor.heading == "This link does not work"
    for path in ("/oauth2/authorize", "/login", "/signup", "/forgotPassword"):
        assert "error=unauthorized_client" in visitor.open(foreign.url(path)).away
    assert visitor.open(app.url()).submit({"username": user.username, "password": user.password}).code()
    for prompt in ("", "none"):
        assert "error=unauthorized_client" in visitor.open(foreign.url(prompt=prompt)).away
