"""What an authorize request's parameters do to the pages, each as Cognito names it."""

import pytest

from tests.factories import Factory
from tests.pages.browsing import App, Visitor

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
