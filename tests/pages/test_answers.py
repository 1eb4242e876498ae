"""The address that the answer to a form takes, where scripts run: it shows the same page and needs no form sent again."""

from urllib.parse import urljoin

import pytest

from app.flows.work import Resources
from tests.factories import Factory
from tests.pages.browsing import App, Visitor, messages_to


def address_of(visitor: Visitor) -> str:
    """What answer.js makes of the address of the page that came."""
    (script,) = [item for item in visitor.page.all("script") if "data-address" in item.attributes]
    assert script.get("src").startswith("/_static/answer.")
    assert "script-src 'self'" in visitor.response.headers["content-security-policy"]
    return urljoin(str(visitor.response.url), script.get("data-address"))


def come_back(visitor: Visitor) -> Visitor:
    """Goes back to the page that came, or reloads it."""
    visitor.open(address_of(visitor))
    assert "data-address" not in visitor.response.text, "asked for, not sent"
    return visitor


@pytest.mark.parametrize("path", ["/login", "/signup", "/forgotPassword"])
def test_of_a_page_with_errors(visitor: Visitor, app: App, path: str) -> None:
    heading = visitor.open(app.url(path, lang="en")).heading
    visitor.submit({"username": ""})
    assert visitor.errors
    assert come_back(visitor).heading == heading
    assert visitor.errors == []


def test_of_a_page_that_another_one_leads_to(visitor: Visitor, app: App, make: Factory, resources: Resources) -> None:
    user = make.user(app.pool_id, email="comes.back@example.com", email_verified="true")
    visitor.open(app.url("/forgotPassword")).submit({"username": user.username})
    while visitor.path != "/resendcode":
        visitor.submit(button="resend")
    sent = len(messages_to(resources, "comes.back@example.com"))
    assert visitor.errors
    assert come_back(visitor).heading == "Choose a new password"
    assert len(messages_to(resources, "comes.back@example.com")) == sent


def test_of_an_error_page(visitor: Visitor, app: App) -> None:
    visitor.open(app.url("/login"))
    visitor.http.cookies.clear()
    assert visitor.submit({"username": "maya"}).heading == "Your browser sent no cookie"
    assert come_back(visitor).heading == "Sign in"
