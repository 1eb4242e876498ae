"""The browser's session where sessions are tracked: how long its cookie lives, what a new sign-in does to it, who may go on with it."""

from typing import Any

import pytest

from tests.aws.cognito_idp.test_sessions import limit, track
from tests.conftest import Clock
from tests.factories import Factory, MadeUser
from tests.pages.browsing import App, Visitor
from tests.pages.conftest import AppMaker


@pytest.fixture
def user(app: App, make: Factory) -> MadeUser:
    return make.user(app.pool_id)


def _sign_in(visitor: Visitor, app: App, user: MadeUser, **changes: str) -> Visitor:
    visitor.open(app.url(**changes)).submit({"username": user.username, "password": user.password})
    assert visitor.code()
    return visitor


def _browser_sessions(operator: Any, app: App, user: MadeUser) -> list[dict[str, Any]]:
    answer = operator.admin_list_user_sessions(UserPoolId=app.pool_id, Username=user.username)
    return [session for session in answer["Sessions"] if session["SessionType"] == "SSO"]


@pytest.mark.parametrize(("minutes", "lived"), [(None, 60), (0, 60), (30, 60), (129_600, 129_600)])
def test_the_cookie_lives_as_long_as_some_app_may_reuse_it(
    visitor: Visitor, app: App, user: MadeUser, make_app: AppMaker, operator: Any, minutes: int | None, lived: int
) -> None:
    if minutes is not None:
        track(operator, app.pool_id)
        limit(operator, app.pool_id, make_app(app.pool_id).client_id, minutes)
    set_cookies: list[str] = []
    visitor.http.event_hooks["response"].append(
        lambda response: set_cookies.extend(response.headers.get_list("set-cookie"))
    )
    _sign_in(visitor, app, user)
    (cookie,) = (line for line in set_cookies if "session" in line.partition("=")[0])
    assert f"Max-Age={lived * 60};" in cookie


def test_it_belongs_to_the_app_that_was_signed_in_to(
    visitor: Visitor, app: App, user: MadeUser, make_app: AppMaker, operator: Any
) -> None:
    track(operator, app.pool_id)
    visitor.http.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    _sign_in(visitor, app, user)
    assert visitor.open(make_app(app.pool_id, "https://second.example/cb").url()).away
    (session,) = _browser_sessions(operator, app, user)
    assert (session["ClientId"], session["DeviceType"]) == (app.client_id, "Linux, Firefox 128")
    assert session["IsCurrentSession"] is False


def test_signing_in_again_renews_it(
    visitor: Visitor, app: App, user: MadeUser, operator: Any, clock: Clock, make: Factory
) -> None:
    track(operator, app.pool_id)
    _sign_in(visitor, app, user)
    (first,) = _browser_sessions(operator, app, user)
    clock.advance(minutes=10)
    _sign_in(visitor, app, user, prompt="login")
    (again,) = _browser_sessions(operator, app, user)
    assert again["SessionId"] == first["SessionId"]
    assert again["LastActiveDate"] > first["LastActiveDate"]
    other = make.user(app.pool_id)
    _sign_in(visitor, app, other, prompt="login")
    (kept,) = _browser_sessions(operator, app, user)
    assert kept["SessionId"] == first["SessionId"], "another user ends nothing: the browser may change back"
    assert len(_browser_sessions(operator, app, other)) == 1


def test_an_app_that_never_reuses_it_offers_no_account_to_go_on_with(
    visitor: Visitor, app: App, user: MadeUser, make_app: AppMaker, operator: Any
) -> None:
    strict = make_app(app.pool_id, "https://strict.example/cb")
    track(operator, app.pool_id)
    limit(operator, app.pool_id, strict.client_id, 0)
    _sign_in(visitor, app, user)
    assert visitor.open(app.url(prompt="select_account")).heading == "Choose an account"
    assert visitor.open(strict.url(prompt="select_account")).heading == "Sign in"
    for _ in range(2):
        assert visitor.open(strict.url()).heading == "Sign in"
        visitor.submit({"username": user.username, "password": user.password})
        assert visitor.away.startswith("https://strict.example/cb?code=")
    assert visitor.open(app.url()).code()


def test_a_revoked_browser_signs_in_anew(visitor: Visitor, app: App, user: MadeUser, operator: Any) -> None:
    track(operator, app.pool_id)
    _sign_in(visitor, app, user)
    (session,) = _browser_sessions(operator, app, user)
    operator.admin_revoke_user_session(UserPoolId=app.pool_id, Username=user.username, SessionId=session["SessionId"])
    assert visitor.open(app.url()).heading == "Sign in"
    assert visitor.submit({"username": user.username, "password": user.password}).code()
    (renewed,) = _browser_sessions(operator, app, user)
    assert renewed["SessionId"] != session["SessionId"]
