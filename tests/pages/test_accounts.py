"""A browser that several users are signed in in: changing between them, and out of all of them at once."""

from typing import Any

import pytest

from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser
from tests.pages.browsing import App, Visitor
from tests.pages.test_second_factors import claims


@pytest.fixture
def users(make: Factory, app: App) -> list[MadeUser]:
    return [make.user(app.pool_id, name, email=f"{name}.acc@example.com") for name in ("ann", "bob", "cid")]


def add(visitor: Visitor, app: App, user: MadeUser) -> None:
    """Signs in another user in the same browser."""
    visitor.open(app.url(prompt="select_account"))
    if visitor.heading == "Choose an account":
        visitor.submit(button="another")
    assert claims(visitor.http, app, submit(visitor, user).code())["sub"] == user.sub


def submit(visitor: Visitor, user: MadeUser) -> Visitor:
    return visitor.submit({"username": user.username, "password": PASSWORD})


def names(visitor: Visitor, app: App, **changes: str) -> list[str]:
    visitor.open(app.url(**{"prompt": "select_account", **changes}))
    assert visitor.heading == "Choose an account"
    return [strong.text for strong in visitor.page.all("strong") if strong.text != "Boats"]


def choose(visitor: Visitor, name: str) -> Visitor:
    (shown,) = (strong for strong in visitor.page.all("strong") if strong.text == name)
    button = next(element for element in shown.path if element.tag == "button")
    return visitor.submit(button=button.get("id"))


def test_changing_between_them(visitor: Visitor, app: App, users: list[MadeUser]) -> None:
    for user in users:
        add(visitor, app, user)
    assert names(visitor, app) == ["cid", "bob", "ann"]
    assert "ann.acc@example.com" in visitor.text
    assert claims(visitor.http, app, choose(visitor, "ann").code())["sub"] == users[0].sub
    assert claims(visitor.http, app, visitor.open(app.url()).code())["sub"] == users[0].sub, "the one at hand now"
    assert names(visitor, app) == ["ann", "cid", "bob"]
    assert claims(visitor.http, app, choose(visitor, "ann").code())["sub"] == users[0].sub


def test_signing_in_again_as_one_of_them(visitor: Visitor, app: App, users: list[MadeUser]) -> None:
    for user in (users[0], users[1], users[0]):
        add(visitor, app, user)
    assert names(visitor, app) == ["ann", "bob"]


def test_signing_out_ends_them_all(visitor: Visitor, app: App, users: list[MadeUser]) -> None:
    for user in users:
        add(visitor, app, user)
    kept = dict(visitor.http.cookies)
    visitor.open(f"/{app.pool_id}/logout")
    assert [strong.text for strong in visitor.page.all("strong")] == ["cid", "bob", "ann"]
    visitor.submit(button="logout-yes")
    assert not [name for name in visitor.http.cookies if "session" in name or "accounts" in name]
    for name, value in kept.items():
        visitor.http.cookies.set(name, value)
    assert visitor.open(app.url(prompt="select_account")).heading == "Sign in", "what was copied opens nothing"


def test_sessions_that_the_app_is_not_content_with_are_not_offered(
    visitor: Visitor, app: App, users: list[MadeUser], clock: Clock, operator: Any
) -> None:
    add(visitor, app, users[0])
    clock.advance(minutes=5)
    add(visitor, app, users[1])
    add(visitor, app, users[2])
    assert names(visitor, app, max_age="60") == ["cid", "bob"]
    operator.admin_disable_user(UserPoolId=app.pool_id, Username="cid")
    assert names(visitor, app) == ["bob", "ann"]
    assert visitor.open(app.url(prompt="login")).heading == "Sign in"


def test_an_account_that_is_not_there_is_not_changed_to(
    visitor: Visitor, other_visitor: Visitor, app: App, users: list[MadeUser]
) -> None:
    add(visitor, app, users[0])
    add(visitor, app, users[1])
    names(visitor, app)
    foreign = [button.get("value") for button in visitor.page.all("button") if button.get("name") == "account"]
    add(other_visitor, app, users[2])
    names(other_visitor, app)
    action, form = other_visitor.action(), other_visitor.hidden()
    for session in (*foreign, "", "nonsense"):
        other_visitor.post(action, {**form, "account": session})
        assert (other_visitor.path, other_visitor.away) == ("/login", "")
        assert "Your session has ended." in other_visitor.text


def test_a_password_typed_later_ends_no_session_of_another(visitor: Visitor, app: App, users: list[MadeUser]) -> None:
    add(visitor, app, users[0])
    visitor.open(app.url(prompt="login"))
    assert submit(visitor, users[1]).code()
    assert names(visitor, app) == ["bob", "ann"]


def test_five_at_most(visitor: Visitor, app: App, make: Factory) -> None:
    for number in range(7):
        add(visitor, app, make.user(app.pool_id, f"user{number}"))
    assert names(visitor, app) == [f"user{number}" for number in (6, 5, 4, 3, 2)]
