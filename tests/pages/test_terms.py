"""Terms of use and privacy policy of an app on its sign-up page."""

from typing import Any

import pytest

from tests.pages.browsing import App, Visitor
from tests.pages.conftest import AppMaker

TERMS, PRIVACY = "https://app.example/terms?a=1&b=2", "https://app.example/privacy"


def add(operator: Any, app: App, name: str, **links: str) -> None:
    operator.create_terms(
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        TermsName=name,
        TermsSource="LINK",
        Enforcement="NONE",
        Links={f"cognito:{language}": url for language, url in links.items()},
    )


def documents(visitor: Visitor) -> dict[str, str]:
    return {link.text: link.get("href") for link in visitor.page.all("a") if link.get("target") == "_blank"}


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("terms-of-use", "privacy-policy"), "you agree to our Terms of use and Privacy policy."),
        (("terms-of-use",), "you agree to our Terms of use."),
        (("privacy-policy",), "you agree to our Privacy policy."),
    ],
)
def test_what_there_is_is_linked(visitor: Visitor, app: App, operator: Any, names: tuple[str, ...], text: str) -> None:
    urls = {"terms-of-use": TERMS, "privacy-policy": PRIVACY}
    for name in names:
        add(operator, app, name, default=urls[name], german="https://app.example/de")
    visitor.open(app.url("/signup"))
    assert f"By creating an account, {text}" in visitor.text
    assert sorted(documents(visitor).values()) == sorted(urls[name] for name in names)
    assert all(link.get("rel") == "noopener" for link in visitor.page.all("a") if link.get("target"))


def test_in_the_language_of_the_page(visitor: Visitor, app: App, operator: Any) -> None:
    add(operator, app, "terms-of-use", default=TERMS, english="https://app.example/en")
    assert documents(visitor.open(app.url("/signup"))) == {"Terms of use": "https://app.example/en"}


def test_those_of_another_app_are_not(visitor: Visitor, app: App, make_app: AppMaker, operator: Any) -> None:
    other = make_app(app.pool_id, "https://second.example/cb")
    add(operator, other, "terms-of-use", default=TERMS)
    assert "you agree" not in visitor.open(app.url("/signup")).text
