"""Apps of somebody else: their users are asked what such an app may have, once for each scope."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser
from tests.pages.browsing import CALLBACK, App, Visitor
from tests.pages.conftest import AppMaker
from tests.pages.samples import HOSTILE


@pytest.fixture
def foreign(app: App, ours: Any) -> App:
    """An app whose users are asked."""
    ours.update_client_settings(UserPoolId=app.pool_id, ClientId=app.client_id, Consent="REQUIRED")
    return app


@pytest.fixture
def user(make: Factory, app: App) -> MadeUser:
    return make.user(app.pool_id, email="con@example.com")


def sign_in(visitor: Visitor, app: App, user: MadeUser, **changes: str) -> Visitor:
    return visitor.open(app.url(**changes)).submit({"username": user.username, "password": PASSWORD})


def wishes(visitor: Visitor) -> list[str]:
    assert visitor.path == "/consent"
    return [item.text.strip() for item in visitor.page.all("li")]


def error_of(visitor: Visitor) -> dict[str, list[str]]:
    assert visitor.away.startswith(CALLBACK)
    return parse_qs(urlsplit(visitor.away).query)


def test_asked_once_for_each_scope(visitor: Visitor, foreign: App, user: MadeUser, operator: Any) -> None:
    sign_in(visitor, foreign, user)
    assert visitor.heading == "Boats wants to access your account"
    assert wishes(visitor) == ["Know that it is you", "See your email address"]
    assert user.username in visitor.text
    assert visitor.submit().code()
    assert visitor.open(foreign.url()).code(), "not again"
    assert visitor.open(foreign.url(scope="openid")).code(), "less is allowed, too"
    visitor.open(foreign.url(scope="openid profile"))
    assert wishes(visitor) == ["Know that it is you", "See your profile, such as name and picture"]
    assert visitor.submit().code()
    assert visitor.open(foreign.url(scope="openid email profile")).code(), "both together"


def test_who_does_not_allow_it(visitor: Visitor, foreign: App, user: MadeUser) -> None:
    for _ in range(2):
        visitor.open(foreign.url())
        if visitor.path == "/login":
            visitor.submit({"username": user.username, "password": PASSWORD})
        assert visitor.submit(button="deny").away
        answer = error_of(visitor)
        assert (answer["error"], answer["state"]) == (["access_denied"], ["st&te=1"])
        assert "code" not in answer


def test_an_app_of_ones_own_asks_nothing(visitor: Visitor, foreign: App, user: MadeUser, make_app: AppMaker) -> None:
    own = make_app(foreign.pool_id, "https://own.example/cb")
    assert sign_in(visitor, own, user).code()
    assert visitor.open(foreign.url()).path == "/consent", "what one app may another may not"


def test_it_may_not_be_asked(visitor: Visitor, foreign: App, user: MadeUser) -> None:
    sign_in(visitor, foreign, user)
    assert error_of(visitor.open(foreign.url(prompt="none")))["error"] == ["consent_required"]
    assert visitor.open(foreign.url()).submit().code()
    assert visitor.open(foreign.url(prompt="none")).code()


def test_prompt_consent(visitor: Visitor, foreign: App, user: MadeUser, make_app: AppMaker, ours: Any) -> None:
    assert sign_in(visitor, foreign, user).submit().code()
    for prompt in ("consent", "login consent"):
        visitor.open(foreign.url(prompt=prompt))
        if visitor.path == "/login":
            visitor.submit({"username": user.username, "password": PASSWORD})
        assert visitor.heading == "Boats wants to access your account"
        assert visitor.submit().code()
    own = make_app(foreign.pool_id, "https://own.example/cb")
    assert visitor.open(own.url(prompt="consent")).code(), "Cognito passes over it"
    ours.update_client_settings(UserPoolId=own.pool_id, ClientId=own.client_id, Profile="oidc")
    assert visitor.open(own.url(prompt="consent")).path == "/consent"
    assert visitor.submit().code()


def test_the_chooser_comes_first(visitor: Visitor, foreign: App, user: MadeUser) -> None:
    sign_in(visitor, foreign, user)
    visitor.open(foreign.url(prompt="select_account"))
    assert visitor.heading == "Choose an account"
    visitor.submit()
    assert visitor.path == "/consent"
    visitor.follow(f"Change: {user.username}")
    assert visitor.heading == "Sign in"


def test_it_does_not_stand_for_a_sign_in(visitor: Visitor, foreign: App, user: MadeUser, clock: Clock) -> None:
    assert sign_in(visitor, foreign, user).submit().code()
    # The form of a page that asks for a password, sent to where only a sign-in leads.
    visitor.open(foreign.url(prompt="login"))
    form = {**visitor.hidden(), "submit": "allow"}
    visitor.post(f"/{foreign.pool_id}/consent", form)
    assert (visitor.path, visitor.heading) == ("/login", "Sign in")
    assert visitor.open(foreign.url("/consent")).path == "/login"


@pytest.mark.parametrize("wish", [{}, {"prompt": "login"}, {"max_age": "2"}])
def test_a_sign_in_is_good_for_one_answer(
    visitor: Visitor, foreign: App, user: MadeUser, clock: Clock, wish: dict[str, str]
) -> None:
    page = str(sign_in(visitor, foreign, user, **wish).response.url)
    action, form = visitor.action(), {**visitor.hidden(), "submit": "allow"}
    assert visitor.post(action, form).code()
    clock.advance(seconds=3)
    visitor.post(action, form)
    assert visitor.heading == "Sign in" if wish else visitor.code(), "what the app wishes counts again"
    visitor.open(page)
    assert visitor.heading == "Sign in" if wish else visitor.code()


@pytest.mark.parametrize("button", ["allow", "deny"])
@pytest.mark.parametrize("wish", [{}, {"prompt": "login"}, {"max_age": "2"}])
def test_going_back_after_a_refusal(
    visitor: Visitor, foreign: App, user: MadeUser, clock: Clock, wish: dict[str, str], button: str
) -> None:
    page = str(sign_in(visitor, foreign, user, **wish).response.url)
    action, form = visitor.action(), {**visitor.hidden(), "submit": button}
    visitor.submit(button="deny")
    clock.advance(seconds=3)
    assert visitor.open(page).path == ("/login" if wish else "/consent")
    visitor.post(action, form)
    if button == "deny":
        assert error_of(visitor)["error"] == ["access_denied"]
    else:
        assert visitor.path == "/login" if wish else visitor.code()


@pytest.mark.parametrize("wish", [{}, {"prompt": "login"}, {"max_age": "2"}])
def test_who_thinks_for_long(
    visitor: Visitor, foreign: App, user: MadeUser, clock: Clock, wish: dict[str, str]
) -> None:
    sign_in(visitor, foreign, user, **wish)
    clock.advance(minutes=5)
    visitor.submit()
    if wish:
        assert visitor.heading == "Sign in"
        visitor.submit({"username": user.username, "password": PASSWORD})
    assert visitor.code(), "it is allowed by now"


def test_within_five_minutes_a_sign_in_is_recent_enough(
    visitor: Visitor, foreign: App, user: MadeUser, clock: Clock
) -> None:
    sign_in(visitor, foreign, user, prompt="login", max_age="2")
    clock.advance(minutes=4)
    assert visitor.submit().code()


def test_in_another_language_it_is_the_same_request(visitor: Visitor, foreign: App, user: MadeUser) -> None:
    page = str(sign_in(visitor, foreign, user, prompt="login", lang="en").response.url)
    assert visitor.open(f"{page}&lang=de").page.one("html").get("lang") == "de"
    assert visitor.submit().code()


def test_a_session_that_ended_meanwhile(visitor: Visitor, foreign: App, user: MadeUser, operator: Any) -> None:
    sign_in(visitor, foreign, user)
    action, form = visitor.action(), {**visitor.hidden(), "submit": "allow"}
    operator.admin_user_global_sign_out(UserPoolId=foreign.pool_id, Username=user.username)
    visitor.post(action, form)
    assert visitor.path == "/login"
    assert "Your session has ended. Sign in again." in visitor.text


def test_the_scopes_of_an_api_in_its_own_words(visitor: Visitor, foreign: App, user: MadeUser, operator: Any) -> None:
    operator.create_resource_server(
        UserPoolId=foreign.pool_id,
        Identifier="tides",
        Name="Tides",
        Scopes=[
            {"ScopeName": "read", "ScopeDescription": "Read your tide tables"},
            {"ScopeName": "write", "ScopeDescription": HOSTILE},
        ],
    )
    operator.update_user_pool_client(
        UserPoolId=foreign.pool_id,
        ClientId=foreign.client_id,
        ClientName="Boats",
        CallbackURLs=[foreign.redirect_uri],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "tides/read", "tides/write", "aws.cognito.signin.user.admin"],
    )
    sign_in(visitor, foreign, user, scope="tides/read tides/write aws.cognito.signin.user.admin")
    assert wishes(visitor) == [
        "Read your tide tables",
        HOSTILE,
        "Look after your account: profile, password, devices and second steps",
    ]
    assert visitor.submit().code()


def test_it_goes_with_the_user(visitor: Visitor, foreign: App, user: MadeUser, operator: Any, make: Factory) -> None:
    assert sign_in(visitor, foreign, user).submit().code()
    operator.admin_delete_user(UserPoolId=foreign.pool_id, Username=user.username)
    again = make.user(foreign.pool_id, user.username)
    visitor.open(foreign.url())
    visitor.submit({"username": again.username, "password": PASSWORD})
    assert visitor.path == "/consent"
