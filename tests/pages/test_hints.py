"""`id_token_hint` on the pages: the app wants to hear of one user and no other (OpenID Connect Core section 3.1.2.1)."""

from typing import Any

import pytest

from tests.factories import PASSWORD, Factory, MadeUser
from tests.pages.browsing import App, Visitor
from tests.pages.test_consent import error_of
from tests.pages.test_second_factors import claims


def _sign_in(visitor: Visitor, user: MadeUser) -> Visitor:
    return visitor.submit({"username": user.username, "password": PASSWORD})


@pytest.fixture
def ann(make: Factory, app: App) -> MadeUser:
    return make.user(app.pool_id)


@pytest.fixture
def hint(visitor: Visitor, app: App, ann: MadeUser) -> str:
    """An ID token of Ann, who is signed out by now."""
    code = _sign_in(visitor.open(app.url()), ann).code()
    reply = visitor.http.post(f"/{app.pool_id}/oauth2/token", data=app.exchange(code))
    visitor.http.cookies.clear()
    return str(reply.json()["id_token"])


@pytest.mark.parametrize("prompt", ["", "login", "select_account"])
def test_the_app_hears_that_another_user_has_signed_in(
    visitor: Visitor, app: App, make: Factory, ann: MadeUser, hint: str, ours: Any, prompt: str
) -> None:
    """At once: the other one is not asked for consent to what the app will not get."""
    ours.update_client_settings(UserPoolId=app.pool_id, ClientId=app.client_id, Consent="REQUIRED")
    url = app.url(id_token_hint=hint, prompt=prompt)
    _sign_in(visitor.open(url), make.user(app.pool_id))
    assert error_of(visitor)["error"] == ["login_required"]
    assert error_of(visitor)["state"] == ["st&te=1"]
    assert visitor.open(url).heading == "Sign in"
    assert _sign_in(visitor, ann).path == "/consent"
    code = visitor.submit().code()
    assert claims(visitor.http, app, code)["sub"] == ann.sub


def test_the_app_hears_of_a_hint_that_is_none(visitor: Visitor, app: App) -> None:
    for path in ("/oauth2/authorize", "/login"):
        visitor.open(app.url(path, id_token_hint="x"))
        assert error_of(visitor)["error"] == ["invalid_request"]
