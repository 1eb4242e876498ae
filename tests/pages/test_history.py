"""What the browser's history must not bring back: sign-ins that nobody has proven anew, and the seeds of authenticator apps."""

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from app.core import sessions
from app.flows.work import Resources
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.pages.test_confirm_by_link import BY_LINK
from tests.pages.test_second_factors import code_to, demand, sign_in, totp

EXPIRED = "This page has expired"
CONFIRMED = "Your account is confirmed. You can sign in now."
SEED = re.compile(r"(?:[A-Z2-7]{4} ?){13}")
BYE = "https://app.example/bye"


def sign_up(visitor: Visitor, app: App) -> tuple[str, dict[str, str]]:
    """Signs up, and gives what the form for the code sends with a wrong one."""
    fields = {"username": "maya", "email": address(app), "password": PASSWORD}
    visitor.open(app.url("/signup")).submit(fields)
    assert visitor.path == "/confirm"
    return visitor.action(), {**visitor.hidden(), "code": "000000"}


def address(app: App) -> str:
    return f"maya.{app.client_id}@example.com"


def end_session(resources: Resources, operator: Any, app: App) -> None:
    """Ends the browser's session elsewhere: the browser keeps its cookies."""
    found = operator.admin_get_user(UserPoolId=app.pool_id, Username="maya")["UserAttributes"]
    sub = next(pair["Value"] for pair in found if pair["Name"] == "sub")
    with resources.database.write() as db:
        assert sessions.end_sso_sessions_of(db, app.pool_id, sub)


def by_link(visitor: Visitor, app: App) -> None:
    visitor.open(f"/{app.pool_id}/logout?{urlencode({'client_id': app.client_id, 'logout_uri': BYE})}")
    assert visitor.away == BYE


def by_question(visitor: Visitor, app: App) -> None:
    assert visitor.sign_out(app).heading == "You are signed out"


def by_account_page(visitor: Visitor, app: App) -> None:
    visitor.open(f"/{app.pool_id}/account").submit(button="sign_out")
    assert visitor.heading == "You are signed out"


def everywhere(visitor: Visitor, app: App) -> None:
    visitor.open(f"/{app.pool_id}/account/sessions").submit(button="everywhere")
    assert visitor.heading == "You are signed out"


@pytest.mark.parametrize("sign_out", [by_link, by_question, by_account_page, everywhere])
def test_after_signing_out_no_page_opens_any_more(
    visitor: Visitor, app: App, resources: Resources, ours: Any, sign_out: Callable[[Visitor, App], None]
) -> None:
    ours.update_pool_settings(UserPoolId=app.pool_id, AccountPage="ENABLED")
    action, form = sign_up(visitor, app)
    page = str(visitor.response.url)
    assert visitor.submit({"code": code_to(resources, address(app))}).code()
    sign_out(visitor, app)
    assert visitor.open(page).heading == EXPIRED
    assert visitor.post(action, form).heading == EXPIRED
    assert visitor.follow("Go to sign in").heading == "Sign in"
    assert visitor.submit({"username": "maya", "password": PASSWORD}).code()


def test_a_sign_up_signs_in_once_however_many_pages_lead_there(
    visitor: Visitor, app: App, resources: Resources, operator: Any
) -> None:
    first = sign_up(visitor, app)
    visitor.open(app.url()).submit({"username": "maya", "password": PASSWORD})
    assert visitor.path == "/confirm"
    assert visitor.submit({"code": code_to(resources, address(app))}).code()
    end_session(resources, operator, app)
    assert CONFIRMED in visitor.post(*first).text


def test_whoever_has_signed_in_otherwise_needs_no_sign_up_any_more(
    visitor: Visitor, app: App, resources: Resources, operator: Any
) -> None:
    form = sign_up(visitor, app)
    operator.admin_confirm_sign_up(UserPoolId=app.pool_id, Username="maya")
    assert visitor.open(app.url()).submit({"username": "maya", "password": PASSWORD}).code()
    end_session(resources, operator, app)
    assert CONFIRMED in visitor.post(*form).text


def test_a_user_who_was_signed_out_everywhere_gives_the_password_again(
    visitor: Visitor, app: App, operator: Any, clock: Clock
) -> None:
    form = sign_up(visitor, app)
    operator.admin_confirm_sign_up(UserPoolId=app.pool_id, Username="maya")
    operator.admin_user_global_sign_out(UserPoolId=app.pool_id, Username="maya")
    clock.advance(seconds=1)
    assert CONFIRMED in visitor.post(*form).text


@pytest.mark.parametrize("names", [{}, {"UsernameAttributes": ["email"]}])
def test_the_page_that_waits_for_a_link_after_a_sign_in_elsewhere(
    visitor: Visitor, other_visitor: Visitor, make_app: AppMaker, resources: Resources, names: dict[str, Any]
) -> None:
    app = make_app(VerificationMessageTemplate=BY_LINK, **names)
    fields = {"email": address(app), "password": PASSWORD} | ({} if names else {"username": "maya"})
    visitor.open(app.url("/signup")).submit(fields)
    (url,) = re.findall(r'href="([^"]*)"', messages_to(resources, address(app))[0].html or "")
    other_visitor.open(html.unescape(url)).submit()
    name = address(app) if names else "maya"
    assert other_visitor.open(app.url()).submit({"username": name, "password": PASSWORD}).code()
    assert visitor.submit().heading == "Sign in"
    assert CONFIRMED in visitor.text


@pytest.mark.parametrize("other_way", [False, True])
def test_a_seed_is_not_shown_after_the_sign_in_that_it_was_set_up_in(
    visitor: Visitor,
    app: App,
    make: Factory,
    operator: Any,
    resources: Resources,
    clock: Clock,
    *,
    other_way: bool,
) -> None:
    user = make.user(app.pool_id)
    demand(operator, app, "ON", "TOTP", *(["EMAIL"] if other_way else []))
    sign_in(visitor, app, user)
    if other_way:
        visitor.submit({"factor": "SOFTWARE_TOKEN_MFA"})
    page, seed = str(visitor.response.url), visitor.page.with_id("seed").text
    assert visitor.open(page).page.with_id("seed").text == seed, "while it is set up it may be reloaded"
    if other_way:
        clock.advance(minutes=4)
    else:
        assert visitor.submit({"code": totp(clock, seed.replace(" ", ""))}).code()
        with resources.database.write() as db:
            assert sessions.end_sso_sessions_of(db, app.pool_id, user.sub)
    assert visitor.open(page).heading == EXPIRED
    assert not SEED.search(visitor.text)
    assert visitor.follow("Go to sign in").heading == "Sign in"
