"""Pages at which a visit ends lead back to the app, where there is one that may be named: to registered addresses only."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.factories import Factory
from tests.pages.browsing import App, Visitor
from tests.pages.conftest import AppMaker

BYE = {"Continue to Boats": "https://app.example/bye"}
OTHER_URI = "https://other.example/callback"


def ways_on(visitor: Visitor) -> Mapping[str, str]:
    """The links of a page and where they lead."""
    assert "evil" not in visitor.response.text
    return {link.text.strip(): link.get("href") for link in visitor.page.all("a")}


def test_after_a_sign_out_to_the_app_that_asked_for_it(visitor: Visitor, app: App, make_app: AppMaker) -> None:
    make_app(app.pool_id, OTHER_URI)
    visitor.open(f"/{app.pool_id}/logout?client_id={app.client_id}")
    assert (visitor.heading, ways_on(visitor)) == ("You are signed out", BYE)
    assert "Boats" in visitor.text


def test_after_a_bare_sign_out_to_the_only_app(visitor: Visitor, app: App, make: Factory) -> None:
    make.client(app.pool_id)  # no app of pages
    assert ways_on(visitor.open(f"/{app.pool_id}/logout")) == BYE


def test_after_a_bare_sign_out_one_of_several_apps_is_not_guessed(
    visitor: Visitor, app: App, make_app: AppMaker
) -> None:
    foreign = make_app()
    make_app(app.pool_id, OTHER_URI)
    for query in ("", "?client_id=", "?client_id=evil", f"?client_id={foreign.client_id}"):
        visitor.open(f"/{app.pool_id}/signedout{query}")
        assert ways_on(visitor) == {}
        assert "You can close this window, or go back to the app that you used." in visitor.text


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({"LogoutURLs": []}, "https://app.example/"),
        ({"LogoutURLs": ["myapp://bye"]}, "https://app.example/"),
        ({"LogoutURLs": ["myapp://bye", "https://app.example/out"]}, "https://app.example/out"),
        ({"LogoutURLs": [], "CallbackURLs": ["myapp://cb", "http://localhost:3000/cb?x=1"]}, "http://localhost:3000/"),
        (
            {
                "LogoutURLs": [],
                "CallbackURLs": ["https://a.example/cb", "https://b.example/cb"],
                "DefaultRedirectURI": "https://b.example/cb",
            },
            "https://b.example/",
        ),
        ({"LogoutURLs": [], "CallbackURLs": ["myapp://cb"]}, None),
    ],
)
def test_the_address_of_an_app(
    visitor: Visitor, app: App, operator: Any, changes: dict[str, Any], address: str | None
) -> None:
    options = {
        "ClientName": "Boats",
        "CallbackURLs": ["https://app.example/callback"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        **changes,
    }
    operator.update_user_pool_client(UserPoolId=app.pool_id, ClientId=app.client_id, **options)
    visitor.open(f"/{app.pool_id}/signedout?client_id={app.client_id}")
    assert ways_on(visitor) == ({"Continue to Boats": address} if address else {})


@pytest.mark.parametrize("path", ["/oauth2/authorize", "/login", "/signup"])
def test_a_link_that_does_not_work_leads_to_its_app(visitor: Visitor, app: App, make_app: AppMaker, path: str) -> None:
    make_app(app.pool_id, OTHER_URI)
    visitor.open(app.url(path, redirect_uri="https://evil.example/"))
    assert (visitor.heading, ways_on(visitor)) == ("This link does not work", BYE)
    visitor.open(app.url(path, client_id="evil"))
    assert (visitor.heading, ways_on(visitor)) == ("This link does not work", {})
    assert "Go back to the app and try again." in visitor.text


def test_a_sign_out_that_leads_nowhere_known_is_told_with_a_way_on(visitor: Visitor, app: App) -> None:
    visitor.open(f"/{app.pool_id}/logout?client_id={app.client_id}&logout_uri=https://evil.example/")
    assert (visitor.heading, ways_on(visitor)) == ("This link does not work", BYE)


def test_a_sign_up_that_is_closed_leads_to_the_sign_in(visitor: Visitor, make_app: AppMaker) -> None:
    app = make_app(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    visitor.open(app.url("/signup"))
    assert visitor.response.status_code == 404
    assert visitor.follow("Go to sign in").heading == "Sign in"


def test_a_broken_link_of_a_mail_leads_to_its_app(visitor: Visitor, app: App) -> None:
    visitor.open(f"/{app.pool_id}/confirmUser?client_id={app.client_id}")
    assert (visitor.heading, ways_on(visitor)) == ("This link does not work", BYE)
