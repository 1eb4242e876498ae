"""The functions of a pool behind the hosted pages: the same events in the same order as by the API."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from app.flows.work import Resources
from tests.factories import PASSWORD, Factory, claims_of
from tests.functions import FakeFunctions
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.triggers import Triggers, failing

SIGN_IN = ["PreAuthentication_Authentication", "PostAuthentication_Authentication"]
HOSTED = "TokenGeneration_HostedAuth"
REX = {"userAttributes": {"email": "rex@example.com", "email_verified": "true"}, "messageAction": "SUPPRESS"}


@pytest.fixture
def triggers(functions: FakeFunctions) -> Triggers:
    return Triggers(functions)


@pytest.fixture
def app(make_app: AppMaker, triggers: Triggers) -> App:
    return make_app(LambdaConfig=triggers.config)


def enter(visitor: Visitor, app: App, username: str, password: str = PASSWORD) -> Visitor:
    return visitor.open(app.url()).submit({"username": username, "password": password})


def redeem(http: httpx.Client, app: App, code: str) -> Mapping[str, Any]:
    answer: dict[str, Any] = http.post(f"/{app.pool_id}/oauth2/token", data=app.exchange(code)).json()
    return answer


def test_sign_in_and_tokens(visitor: Visitor, app: App, triggers: Triggers, make: Factory, make_app: AppMaker) -> None:
    user = make.user(app.pool_id)
    triggers.calls.clear()
    code = enter(visitor, app, user.username).code()
    assert {call["callerContext"]["clientId"] for call in triggers.calls} == {app.client_id}
    assert triggers.requests(SIGN_IN[1])[0]["newDeviceUsed"] is False
    assert triggers.taken() == SIGN_IN
    triggers.answers[HOSTED] = {"claimsOverrideDetails": {"claimsToAddOrOverride": {"plan": "gold"}}}
    assert claims_of(redeem(visitor.http, app, code)["id_token"])["plan"] == "gold"
    assert triggers.taken() == [HOSTED]
    # The second app's users are signed in already: nobody authenticates.
    second = make_app(app.pool_id, "https://second.example/cb")
    redeem(visitor.http, second, visitor.open(second.url()).code())
    assert triggers.taken() == [HOSTED]


@pytest.mark.parametrize("source", SIGN_IN)
def test_a_function_refuses(visitor: Visitor, app: App, triggers: Triggers, make: Factory, source: str) -> None:
    user = make.user(app.pool_id)
    for said, shown in (
        ("Members only.\nSorry.", "Members only. Sorry."),
        ("<b onclick=alert(1)>{{ 7*7 }}", "<b onclick=alert(1)>{{ 7*7 }}"),
        ("x" * 501, "x" * 500 + "…"),
        (" ", "This request was refused."),
    ):
        triggers.answers[source] = failing(said)
        enter(visitor, app, user.username)
        assert (visitor.response.status_code, visitor.errors) == (400, [shown])
        assert not visitor.page.all("b")
    assert "secret of the function" not in visitor.response.text
    triggers.answers.clear()
    assert enter(visitor, app, user.username).code()


def test_a_function_that_answers_nonsense(visitor: Visitor, app: App, triggers: Triggers, make: Factory) -> None:
    user = make.user(app.pool_id)
    triggers.answers[SIGN_IN[0]] = "nonsense"
    enter(visitor, app, user.username)
    assert visitor.response.status_code == 500
    assert visitor.errors == ["Something went wrong on our side. Try again in a moment."]


def test_sign_up_and_confirm(visitor: Visitor, app: App, triggers: Triggers, resources: Resources) -> None:
    visitor.open(app.url()).follow("Create an account")
    visitor.submit({"username": "maya", "email": "maya-t@example.com", "password": PASSWORD})
    request = triggers.requests("PreSignUp_SignUp")[0]
    assert request == {
        "userAttributes": {"email": "maya-t@example.com", "email_verified": "false"},
        "validationData": None,
    }
    assert triggers.taken() == ["PreSignUp_SignUp", "CustomMessage_SignUp"]
    visitor.submit({"code": messages_to(resources, "maya-t@example.com")[0].code})
    assert visitor.code()
    assert triggers.taken() == ["PostConfirmation_ConfirmSignUp", *SIGN_IN]


def test_a_user_whom_the_function_confirms(visitor: Visitor, app: App, triggers: Triggers) -> None:
    triggers.answers["PreSignUp_SignUp"] = {"autoConfirmUser": True, "autoVerifyEmail": True}
    visitor.open(app.url("/signup")).submit({"username": "noor", "email": "noor@example.com", "password": PASSWORD})
    assert triggers.taken()[:2] == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]


def test_another_code(visitor: Visitor, app: App, triggers: Triggers) -> None:
    visitor.open(app.url("/signup")).submit({"username": "otto", "email": "otto@example.com", "password": PASSWORD})
    triggers.calls.clear()
    visitor.submit(button="resend")
    assert triggers.taken() == ["CustomMessage_ResendCode"]


def test_a_forgotten_password(
    visitor: Visitor, app: App, triggers: Triggers, make: Factory, resources: Resources
) -> None:
    user = make.user(app.pool_id, email="pia@example.com", email_verified="true")
    triggers.calls.clear()
    visitor.open(app.url("/forgotPassword")).submit({"username": user.username})
    assert triggers.taken() == ["CustomMessage_ForgotPassword"]
    code = messages_to(resources, "pia@example.com")[0].code
    visitor.submit({"code": code, "password": "Other-Horse-8", "confirm_password": "Other-Horse-8"})
    assert triggers.taken()[:1] == ["PostConfirmation_ConfirmForgotPassword"]


class TestMigration:
    def test_at_sign_in(self, visitor: Visitor, app: App, triggers: Triggers) -> None:
        triggers.answers["UserMigration_Authentication"] = REX
        assert enter(visitor, app, "rex", "old-pw").code()
        assert triggers.requests("UserMigration_Authentication")[0]["password"] == "old-pw"
        assert triggers.taken() == ["UserMigration_Authentication", *SIGN_IN]

    def test_of_nobody_looks_like_a_wrong_password(self, visitor: Visitor, app: App, triggers: Triggers) -> None:
        enter(visitor, app, "nobody-here", "old-pw")
        assert visitor.errors == ["The sign-in details are not right. Check them and try again."]
        assert triggers.taken() == ["UserMigration_Authentication", SIGN_IN[0]]

    def test_of_a_forgotten_password(
        self, visitor: Visitor, app: App, triggers: Triggers, resources: Resources
    ) -> None:
        triggers.answers["UserMigration_ForgotPassword"] = REX
        visitor.open(app.url("/forgotPassword")).submit({"username": "rex"})
        assert triggers.taken() == ["UserMigration_ForgotPassword", "CustomMessage_ForgotPassword"]
        assert messages_to(resources, "rex@example.com")[0].code
