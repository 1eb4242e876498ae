"""Second factors on the hosted pages, and the level of assurance that an app asks for."""

import re
from typing import Any

import httpx
import pyotp
import pytest

from app.flows.work import Resources
from tests.conftest import Clock
from tests.factories import PASSWORD, SNS, Factory, MadeUser, claims_of
from tests.pages.browsing import App, Visitor, messages_to

LOA = "urn:cognito:loa:"


@pytest.fixture
def user(make: Factory, app: App) -> MadeUser:
    return make.user(
        app.pool_id,
        email="jane@example.com",
        email_verified="true",
        phone_number="+12065550123",
        phone_number_verified="true",
    )


def demand(operator: Any, app: App, mfa: str, *factors: str) -> None:
    members: dict[str, Any] = {}
    if "SMS" in factors:
        members["SmsMfaConfiguration"] = {"SmsConfiguration": SNS}
    if "TOTP" in factors:
        members["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
    if "EMAIL" in factors:
        members["EmailMfaConfiguration"] = {"Message": "{####}"}
    operator.set_user_pool_mfa_config(UserPoolId=app.pool_id, MfaConfiguration=mfa, **members)


def prefer(operator: Any, app: App, user: MadeUser, *settings: str) -> None:
    operator.admin_set_user_mfa_preference(
        UserPoolId=app.pool_id, Username=user.username, **{name: {"Enabled": True} for name in settings}
    )


def sign_in(visitor: Visitor, app: App, user: MadeUser, **changes: str) -> Visitor:
    return visitor.open(app.url(**changes)).submit({"username": user.username, "password": PASSWORD})


def claims(http: httpx.Client, app: App, code: str) -> dict[str, Any]:
    return claims_of(http.post(f"/{app.pool_id}/oauth2/token", data=app.exchange(code)).json()["id_token"])


def code_to(resources: Resources, address: str) -> str:
    return str(messages_to(resources, address)[0].code)


def test_a_code_by_mail(visitor: Visitor, app: App, user: MadeUser, operator: Any, resources: Resources) -> None:
    demand(operator, app, "OPTIONAL", "EMAIL")
    prefer(operator, app, user, "EmailMfaSettings")
    sign_in(visitor, app, user)
    assert (visitor.path, visitor.heading) == ("/challenge", "Enter your code")
    assert "j***@e***" in visitor.text
    visitor.submit({"code": ""})
    assert visitor.errors == ["Enter the code."]
    visitor.submit({"code": "00000000"})
    assert visitor.response.status_code == 400
    assert visitor.wrong_inputs.keys() == {"code"}
    code = code_to(resources, "jane@example.com")
    visitor.submit({"code": f" {code[:4]} {code[4:]}"})
    found = claims(visitor.http, app, visitor.code())
    assert (found["amr"], found["acr"]) == (["pwd", "email_otp", "mfa"], f"{LOA}3")


def test_a_code_by_sms(visitor: Visitor, app: App, user: MadeUser, operator: Any, resources: Resources) -> None:
    demand(operator, app, "ON", "SMS")
    sign_in(visitor, app, user)
    assert "+*******0123" in visitor.text
    visitor.submit({"code": code_to(resources, "+12065550123")})
    assert visitor.code()


def test_choosing_one_of_several(
    visitor: Visitor, app: App, user: MadeUser, operator: Any, resources: Resources
) -> None:
    demand(operator, app, "OPTIONAL", "EMAIL", "SMS")
    prefer(operator, app, user, "EmailMfaSettings", "SMSMfaSettings")
    sign_in(visitor, app, user)
    assert visitor.heading == "Confirm that it is you"
    offered = [item.get("value") for item in visitor.page.all("input") if item.get("name") == "factor"]
    assert offered == ["SMS_MFA", "EMAIL_OTP"]
    visitor.submit({"factor": "SOFTWARE_TOKEN_MFA"})
    assert visitor.errors == ["Choose one."]
    visitor.submit({"factor": "EMAIL_OTP"})
    visitor.submit({"code": code_to(resources, "jane@example.com")})
    assert visitor.code()


def test_an_authenticator_is_set_up_and_used(
    visitor: Visitor, other_visitor: Visitor, app: App, user: MadeUser, operator: Any, clock: Clock
) -> None:
    demand(operator, app, "ON", "TOTP")
    sign_in(visitor, app, user)
    assert visitor.heading == "Set up your authenticator app"
    assert "svg" in {element.tag for element in visitor.page.elements}
    seed = visitor.page.with_id("seed").text.replace(" ", "")
    visitor.submit({"code": "000000" if totp(clock, seed) != "000000" else "000001"})
    assert visitor.errors == ["That code is not right. Enter the one that the app shows now."]
    assert visitor.page.with_id("seed").text.replace(" ", "") == seed
    visitor.submit({"code": totp(clock, seed)})
    assert visitor.code()
    sign_in(other_visitor, app, user)
    assert other_visitor.heading == "Enter your code"
    other_visitor.submit({"code": totp(clock, seed)})
    assert other_visitor.errors == ["That code no longer works. Ask for a new one."]
    clock.advance(seconds=31)
    other_visitor.submit({"code": totp(clock, seed)})
    assert claims(other_visitor.http, app, other_visitor.code())["acr"] == f"{LOA}4"


def test_an_address_is_set_up(visitor: Visitor, app: App, make: Factory, operator: Any, resources: Resources) -> None:
    bare = make.user(app.pool_id)
    demand(operator, app, "ON", "EMAIL")
    sign_in(visitor, app, bare)
    assert visitor.heading == "Add your email address"
    visitor.submit({"email": "nonsense"})
    assert visitor.wrong_inputs.keys() == {"email"}
    visitor.submit({"email": "bare@example.com"})
    visitor.submit({"code": code_to(resources, "bare@example.com")})
    assert visitor.code()


def test_guesses_end_in_waiting(visitor: Visitor, app: App, user: MadeUser, operator: Any, clock: Clock) -> None:
    demand(operator, app, "OPTIONAL", "EMAIL")
    prefer(operator, app, user, "EmailMfaSettings")
    sign_in(visitor, app, user)
    for _ in range(5):
        visitor.submit({"code": "0"})
    visitor.submit({"code": "0"})
    assert visitor.errors == ["Too many attempts. Wait a while, then try again."]
    clock.advance(minutes=4)
    visitor.submit({"code": "0"})
    assert visitor.heading == "This page has expired"


def test_a_second_press_does_no_harm(
    visitor: Visitor, app: App, user: MadeUser, operator: Any, resources: Resources
) -> None:
    demand(operator, app, "OPTIONAL", "EMAIL")
    prefer(operator, app, user, "EmailMfaSettings")
    sign_in(visitor, app, user)
    action, fields = visitor.action(), visitor.hidden()
    code = code_to(resources, "jane@example.com")
    visitor.submit({"code": code})
    assert visitor.code()
    assert visitor.post(action, {**fields, "code": code}).code()


class TestAcrValues:
    def test_more_is_asked_for(
        self, visitor: Visitor, app: App, user: MadeUser, operator: Any, resources: Resources
    ) -> None:
        demand(operator, app, "OPTIONAL", "EMAIL")
        prefer(operator, app, user, "EmailMfaSettings")
        demand(operator, app, "OFF")
        sign_in(visitor, app, user)
        assert claims(visitor.http, app, visitor.code())["acr"] == f"{LOA}1"
        visitor.open(app.url(acr_values=f"urn:other {LOA}1"))
        assert visitor.code(), "what the session has is enough"

    def test_a_session_that_is_not_sure_enough(
        self, visitor: Visitor, app: App, user: MadeUser, operator: Any, clock: Clock, public: Any, make: Factory
    ) -> None:
        demand(operator, app, "OPTIONAL", "TOTP")
        client = make.client(app.pool_id)
        token = make.tokens(client["ClientId"], user)["AccessToken"]
        seed = public.associate_software_token(AccessToken=token)["SecretCode"]
        public.verify_software_token(AccessToken=token, UserCode=totp(clock, seed))
        sign_in(visitor, app, user)
        assert visitor.code()
        assert visitor.open(app.url(acr_values=f"{LOA}4", prompt="none")).code(), (
            "a wish does not stop a silent renewal"
        )
        visitor.open(app.url(acr_values=f"{LOA}4"))
        assert visitor.heading == "Sign in"
        visitor.submit({"username": user.username, "password": PASSWORD})
        assert visitor.heading == "Enter your code"
        clock.advance(seconds=31)
        visitor.submit({"code": totp(clock, seed)})
        assert claims(visitor.http, app, visitor.code())["acr"] == f"{LOA}4"
        assert visitor.open(app.url(acr_values=f"{LOA}4")).code(), "now it is"

    def test_what_nobody_can_reach_is_left(self, visitor: Visitor, app: App, make: Factory) -> None:
        sign_in(visitor, app, make.user(app.pool_id), acr_values=f"{LOA}4")
        assert claims(visitor.http, app, visitor.code())["acr"] == f"{LOA}1"

    def test_discovery_names_the_levels(self, visitor: Visitor, app: App, operator: Any) -> None:
        operator.update_user_pool(UserPoolId=app.pool_id, AcrConfiguration={"Level2": {"AcrValue": "urn:two"}})
        found = visitor.http.get(f"/{app.pool_id}/.well-known/openid-configuration").json()
        assert found["acr_values_supported"] == [f"{LOA}1", "urn:two", f"{LOA}3", f"{LOA}4"]


def totp(clock: Clock, seed: str) -> str:
    assert re.fullmatch(r"[A-Z2-7]{52}", seed)
    return pyotp.TOTP(seed).at(clock.now // 1_000)


class TestRecoveryCodes:
    @pytest.fixture
    def codes(self, app: App, user: MadeUser, operator: Any, ours: Any) -> list[str]:
        ours.update_pool_settings(UserPoolId=app.pool_id, RecoveryCodes="ENABLED")
        demand(operator, app, "OPTIONAL", "EMAIL", "SMS")
        prefer(operator, app, user, "EmailMfaSettings", "SMSMfaSettings")
        made = ours.admin_generate_recovery_codes(UserPoolId=app.pool_id, Username=user.username)
        return list(made["RecoveryCodes"])

    def test_one_takes_the_place_of_a_code(
        self, visitor: Visitor, app: App, user: MadeUser, codes: list[str], resources: Resources
    ) -> None:
        sign_in(visitor, app, user).follow("Use a recovery code")
        assert (visitor.path, visitor.heading) == ("/challenge", "Use a recovery code")
        assert visitor.submit({"code": ""}).errors == ["Enter the code."]
        assert visitor.submit({"code": "WRONG-WRONG"}).wrong_inputs.keys() == {"code"}
        visitor.follow("Use a code instead").submit({"factor": "EMAIL_OTP"}).follow("Use a recovery code")
        visitor.submit({"code": codes[0].lower().replace("-", " ")})
        assert claims(visitor.http, app, visitor.code())["amr"] == ["pwd", "recovery_code", "mfa"]
        sign_in(visitor, app, user, prompt="login").follow("Use a recovery code")
        assert visitor.submit({"code": codes[0]}).wrong_inputs.keys() == {"code"}, "each works once"
        assert visitor.submit({"code": codes[1]}).code()

    def test_guesses_end_in_waiting(self, visitor: Visitor, app: App, user: MadeUser, codes: list[str]) -> None:
        sign_in(visitor, app, user).follow("Use a recovery code")
        for _ in range(6):
            visitor.submit({"code": "WRONG-WRONG"})
        assert visitor.submit({"code": codes[0]}).errors == ["Too many attempts. Wait a while, then try again."]

    def test_a_pool_without_them_offers_none(
        self, visitor: Visitor, app: App, user: MadeUser, codes: list[str], ours: Any
    ) -> None:
        ours.update_pool_settings(UserPoolId=app.pool_id, RecoveryCodes="DISABLED")
        assert "recovery" not in sign_in(visitor, app, user).text
