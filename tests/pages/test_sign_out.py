"""The page that asks whether to sign out: only its own button does it, and it leads where /logout has proven."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser
from tests.pages.browsing import App, Visitor
from tests.pages.conftest import AppMaker

BYE = "https://app.example/bye"


@pytest.fixture
def user(visitor: Visitor, app: App, make: Factory) -> MadeUser:
    """Who is signed in in the visitor's browser."""
    user = make.user(app.pool_id)
    sign_in(visitor, app, user)
    return user


def sign_in(visitor: Visitor, app: App, user: MadeUser) -> None:
    visitor.open(app.url(prompt="login")).submit({"username": user.username, "password": PASSWORD})
    assert visitor.code()


def ask(visitor: Visitor, app: App, **parameters: str) -> Visitor:
    """To the question, by a link with these parameters."""
    visitor.open(f"/{app.pool_id}/logout?{urlencode(parameters)}")
    assert (visitor.path, visitor.heading) == ("/signout", "Do you want to sign out?")
    return visitor


def is_signed_in(visitor: Visitor, app: App) -> bool:
    visitor.open(app.url(prompt="none"))
    return "code" in parse_qs(urlsplit(visitor.away).query)


def test_yes_ends_the_session_and_leads_to_the_app(visitor: Visitor, app: App, user: MadeUser) -> None:
    ask(visitor, app, client_id=app.client_id, post_logout_redirect_uri=BYE, state="a&b")
    assert user.username in visitor.text
    assert "Boats" in visitor.page.one("title").text
    assert visitor.response.headers["cache-control"] == "no-store"
    assert "script-src" not in visitor.response.headers["content-security-policy"]
    kept = dict(visitor.http.cookies)
    action, form = visitor.action("logout-yes"), {**visitor.hidden("logout-yes"), "submit": "sign_out"}
    assert visitor.submit(button="logout-yes").away == f"{BYE}?state=a%26b"
    assert not [name for name in visitor.http.cookies if "session" in name]
    visitor.http.cookies.update(kept)
    assert not is_signed_in(visitor, app)
    assert visitor.post(action, form).away == f"{BYE}?state=a%26b", "pressed twice it leads there all the same"


def test_yes_without_a_place_to_go_to(visitor: Visitor, app: App, user: MadeUser) -> None:
    ask(visitor, app, state="x").submit(button="logout-yes")
    assert (visitor.path, visitor.heading) == ("/signedout", "You are signed out")
    assert not is_signed_in(visitor, app)


def test_whoever_does_not_answer_stays(visitor: Visitor, app: App, user: MadeUser) -> None:
    ask(visitor, app)
    stay = visitor.page.with_id("stay")
    assert (stay.text, stay.get("href")) == ("Stay signed in", BYE)
    assert is_signed_in(visitor, app)


def test_no_app_is_guessed(visitor: Visitor, app: App, user: MadeUser, make_app: AppMaker) -> None:
    make_app(app.pool_id, "https://other.example/callback")
    ask(visitor, app)
    assert [link.text for link in visitor.page.all("a")] == []


@pytest.mark.parametrize("change", ["no token", "another token", "another site", "another origin", "no cookie"])
def test_only_the_pages_own_form_signs_out(visitor: Visitor, app: App, user: MadeUser, change: str) -> None:
    ask(visitor, app, client_id=app.client_id, post_logout_redirect_uri=BYE)
    action, form = visitor.action("logout-yes"), {**visitor.hidden("logout-yes"), "submit": "sign_out"}
    headers = {}
    if change == "no token":
        del form["_csrf"]
    elif change == "another token":
        form["_csrf"] = form["_csrf"][:-1] + ("A" if form["_csrf"][-1] != "A" else "B")
    elif change == "another site":
        headers["sec-fetch-site"] = "cross-site"
    elif change == "another origin":
        headers["origin"] = "https://evil.example"
    else:
        name = next(name for name in visitor.http.cookies if "browser" in name)
        visitor.http.cookies.delete(name)
    visitor.post(action, form, headers=headers)
    assert (visitor.path, visitor.heading) == ("/signout", "Do you want to sign out?"), "it is asked again"
    assert is_signed_in(visitor, app)


def test_another_users_question_is_asked_anew(visitor: Visitor, app: App, user: MadeUser, make: Factory) -> None:
    ask(visitor, app)
    action, form = visitor.action("logout-yes"), {**visitor.hidden("logout-yes"), "submit": "sign_out"}
    other = make.user(app.pool_id)
    sign_in(visitor, app, other)
    assert visitor.post(action, form).heading == "Do you want to sign out?"
    assert [strong.text for strong in visitor.page.all("strong")] == [other.username, user.username]
    assert is_signed_in(visitor, app)


def test_a_post_that_shows_no_session_takes_no_cookie(
    visitor: Visitor, other_visitor: Visitor, app: App, user: MadeUser
) -> None:
    """So another site's form comes: without the session's cookie, but able to set one."""
    ask(visitor, app, client_id=app.client_id, post_logout_redirect_uri=BYE)
    form = {**visitor.hidden("logout-yes"), "submit": "sign_out"}
    answer = other_visitor.http.post(visitor.action("logout-yes"), data=form, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, answer.headers["location"]) == (303, BYE)
    assert "set-cookie" not in answer.headers
    assert is_signed_in(visitor, app)


def test_an_old_question_is_asked_anew_without_its_place(
    visitor: Visitor, app: App, user: MadeUser, clock: Clock, operator: Any
) -> None:
    ask(visitor, app, client_id=app.client_id, post_logout_redirect_uri=BYE)
    action, form = visitor.action("logout-yes"), {**visitor.hidden("logout-yes"), "submit": "sign_out"}
    clock.advance(minutes=60)
    sign_in(visitor, app, user)
    assert visitor.post(action, form).heading == "Do you want to sign out?"
    assert visitor.submit(button="logout-yes").path == "/signedout"


@pytest.mark.parametrize("sealed", ["", "nonsense", "https://evil.example/", "é", "A" * 20_000])
def test_what_was_not_sealed_here_leads_nowhere(visitor: Visitor, app: App, user: MadeUser, sealed: str) -> None:
    visitor.open(f"/{app.pool_id}/signout?{urlencode({'request': sealed})}")
    assert (visitor.path, visitor.heading) == ("/signout", "Do you want to sign out?")
    assert visitor.submit(button="logout-yes").path == "/signedout"


def test_the_question_of_another_pool(visitor: Visitor, app: App, user: MadeUser, make_app: AppMaker) -> None:
    sealed = ask(visitor, app, client_id=app.client_id, post_logout_redirect_uri=BYE).hidden("logout-yes")["request"]
    foreign = make_app()
    visitor.open(f"/{foreign.pool_id}/signout?{urlencode({'request': sealed})}")
    assert (visitor.path, visitor.heading) == ("/signedout", "You are signed out"), "nobody is signed in there"
    assert is_signed_in(visitor, app)


def test_the_language_that_the_app_asks_for(visitor: Visitor, app: App, user: MadeUser) -> None:
    visitor.open(f"/{app.pool_id}/logout?{urlencode({'client_id': app.client_id, 'ui_locales': 'de'})}")
    assert visitor.page.one("html").get("lang") == "de"
    visitor.submit(button="logout-yes")
    assert (visitor.path, visitor.page.one("html").get("lang")) == ("/signedout", "de")


def test_a_session_that_ends_meanwhile(visitor: Visitor, app: App, user: MadeUser, operator: Any) -> None:
    ask(visitor, app, client_id=app.client_id, post_logout_redirect_uri=BYE)
    operator.admin_disable_user(UserPoolId=app.pool_id, Username=user.username)
    assert visitor.submit(button="logout-yes").away == BYE
