"""/passkeys/add: an app sends its user to make a passkey, and gets them back."""

from typing import Any

import orjson
import pytest

from app.flows.work import Resources
from tests.authenticator import Authenticator
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser
from tests.pages.browsing import CALLBACK, App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.pages.test_first_factors import ORIGIN, choosing, options_of, use_passkey

REFUSED = ["That passkey could not be added. Try again."]


@pytest.fixture
def app(make_app: AppMaker) -> App:
    return choosing(make_app, "PASSWORD", "WEB_AUTHN")


@pytest.fixture
def user(make: Factory, app: App) -> MadeUser:
    return make.user(app.pool_id, email=f"adds.{app.client_id}@example.com", email_verified="true")


def address(app: App, **changes: str | None) -> str:
    return app.url(
        "/passkeys/add",
        response_type=None,
        scope=None,
        state=None,
        code_challenge=None,
        code_challenge_method=None,
        **changes,
    )


def sign_in(visitor: Visitor, app: App, user: MadeUser) -> Visitor:
    return visitor.submit({"username": user.username}).submit({"password": PASSWORD})


def test_signing_in_first_then_adding_then_using_it(
    visitor: Visitor, app: App, user: MadeUser, resources: Resources
) -> None:
    visitor.open(address(app))
    assert (visitor.path, visitor.heading) == ("/login", "Sign in")
    sign_in(visitor, app, user)
    assert (visitor.path, visitor.heading) == ("/passkeys/add", "Sign in faster next time")
    assert user.username in visitor.text
    authenticator = Authenticator(origin=ORIGIN)
    use_passkey(visitor, authenticator.create(options_of(visitor)))
    assert visitor.away == CALLBACK
    sent = messages_to(resources, f"adds.{app.client_id}@example.com")
    assert [message.purpose for message in sent] == ["security_notice"]
    visitor.open(app.url(prompt="login"))
    use_passkey(visitor, authenticator.get(options_of(visitor)))
    assert visitor.code()


def test_whoever_has_just_signed_in_is_not_asked_again(
    visitor: Visitor, app: App, user: MadeUser, clock: Clock
) -> None:
    sign_in(visitor.open(app.url()), app, user)
    assert visitor.open(address(app)).heading == "Sign in faster next time"
    assert visitor.submit().away == CALLBACK, "not now"
    clock.advance(minutes=10)
    assert visitor.open(address(app)).heading == "Sign in"


def test_a_browser_that_signed_out_meanwhile_adds_nothing(
    visitor: Visitor, app: App, user: MadeUser, operator: Any
) -> None:
    sign_in(visitor.open(address(app)), app, user)
    answer = Authenticator(origin=ORIGIN).create(options_of(visitor))
    action, form = visitor.action("use_passkey"), visitor.hidden("use_passkey")
    form["credential"] = orjson.dumps(answer).decode()
    operator.admin_user_global_sign_out(UserPoolId=app.pool_id, Username=user.username)
    assert visitor.post(action, form).heading == "Sign in"
    sign_in(visitor, app, user)
    visitor.sign_out(app)
    assert visitor.post(action, form).heading == "This page has expired"
    assert visitor.follow("Go to sign in").heading == "Sign in"


def test_what_is_no_new_passkey_is_refused(visitor: Visitor, app: App, user: MadeUser) -> None:
    sign_in(visitor.open(address(app)), app, user)
    form = {**visitor.hidden("use_passkey"), "credential": "nonsense"}
    assert visitor.post(visitor.action("use_passkey"), form).errors == REFUSED
    answer = Authenticator(origin="https://evil.example").create(options_of(visitor))
    assert use_passkey(visitor, answer).errors == REFUSED
    authenticator = Authenticator(origin=ORIGIN)
    assert use_passkey(visitor, authenticator.create(options_of(visitor))).away == CALLBACK


def test_twenty_are_enough(visitor: Visitor, app: App, user: MadeUser) -> None:
    sign_in(visitor.open(address(app)), app, user)
    for _ in range(20):
        assert use_passkey(visitor, Authenticator(origin=ORIGIN).create(options_of(visitor))).away == CALLBACK
        visitor.open(address(app))
    assert visitor.errors == ["You have as many passkeys as you can have. Remove one before you add another."]
    assert not visitor.page.all("script")
    assert visitor.submit().away == CALLBACK


@pytest.mark.parametrize(
    "changes", [{"redirect_uri": "https://evil.example/"}, {"redirect_uri": None}, {"client_id": "nobody"}]
)
def test_an_app_that_cannot_be_trusted_leads_nowhere(
    visitor: Visitor, app: App, user: MadeUser, changes: dict[str, str | None]
) -> None:
    visitor.open(address(app, **changes))
    assert (visitor.response.status_code, visitor.heading) == (400, "This link does not work")


def test_a_pool_without_passkeys_has_no_such_page(visitor: Visitor, make_app: AppMaker, make: Factory) -> None:
    plain = make_app()
    user = make.user(plain.pool_id)
    visitor.open(address(plain)).submit({"username": user.username, "password": PASSWORD})
    assert (visitor.response.status_code, visitor.heading) == (404, "Page not found")


def test_the_mark_of_the_way_back_makes_no_authorize_request(visitor: Visitor, app: App) -> None:
    visitor.open(app.url("/login", then="add-passkey", response_type=None))
    assert "error=invalid_request" in visitor.away
