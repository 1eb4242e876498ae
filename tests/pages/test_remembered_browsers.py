"""Browsers that are not asked for MFA again, in pools that track devices."""

from typing import Any

import httpx
import pytest

from app.flows.work import Resources
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser
from tests.in_process import InProcessServer
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.pages.test_second_factors import claims

ALWAYS = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
ASKED = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}


class Scene:
    """A pool in which every sign-in needs a code by mail, and a user of it."""

    def __init__(self, make_app: AppMaker, make: Factory, operator: Any, resources: Resources) -> None:
        self.make_app, self.make, self.operator, self.resources = make_app, make, operator, resources

    def begin(self, rules: dict[str, bool] | None) -> None:
        self.app: App = self.make_app(DeviceConfiguration=rules) if rules is not None else self.make_app()
        self.operator.set_user_pool_mfa_config(
            UserPoolId=self.app.pool_id, MfaConfiguration="OPTIONAL", EmailMfaConfiguration={"Message": "{####}"}
        )
        self.user = self.add_user()

    def add_user(self) -> MadeUser:
        user = self.make.user(self.app.pool_id)
        self.operator.admin_update_user_attributes(
            **self.named(user),
            UserAttributes=[
                {"Name": "email", "Value": f"{user.username}@example.com"},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        self.operator.admin_set_user_mfa_preference(**self.named(user), EmailMfaSettings={"Enabled": True})
        return user

    def named(self, user: MadeUser | None = None) -> dict[str, str]:
        return {"UserPoolId": self.app.pool_id, "Username": (user or self.user).username}

    def password(self, visitor: Visitor, user: MadeUser | None = None) -> Visitor:
        """Signs in anew as far as the password leads."""
        visitor.open(self.app.url(prompt="login"))
        return visitor.submit({"username": (user or self.user).username, "password": PASSWORD})

    def code(self, visitor: Visitor, user: MadeUser | None = None, **fields: str) -> Visitor:
        assert visitor.heading == "Enter your code"
        sent = messages_to(self.resources, f"{(user or self.user).username}@example.com")[0].code
        return visitor.submit({"code": sent, **fields})

    def devices(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.operator.admin_list_devices(**self.named())["Devices"]
        return found


@pytest.fixture
def scene(make_app: AppMaker, make: Factory, operator: Any, resources: Resources) -> Scene:
    return Scene(make_app, make, operator, resources)


def test_always(visitor: Visitor, other_visitor: Visitor, scene: Scene) -> None:
    visitor.http.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    scene.begin(ALWAYS)
    scene.password(visitor)
    assert "remember" not in [control.get("name") for control in visitor.page.controls]
    scene.code(visitor)
    assert claims(visitor.http, scene.app, visitor.code())["amr"] == ["pwd", "email_otp", "mfa"]
    scene.password(visitor)
    assert claims(visitor.http, scene.app, visitor.code())["amr"] == ["pwd"], "what was not done now is not told"
    assert scene.password(other_visitor).heading == "Enter your code", "another browser"
    (device,) = scene.devices()
    attributes = {item["Name"]: item["Value"] for item in device["DeviceAttributes"]}
    assert (attributes["device_status"], attributes["device_name"]) == ("valid", "Firefox on Linux")


def test_only_who_wishes_it(visitor: Visitor, scene: Scene) -> None:
    scene.begin(ASKED)
    scene.code(scene.password(visitor))
    assert visitor.code()
    scene.password(visitor)
    assert visitor.page.with_id("remember").get("type") == "checkbox"
    assert visitor.submit({"code": "0", "remember": "true"}).page.with_id("remember").attributes["checked"] == ""
    assert scene.code(visitor, remember="true").code()
    assert scene.password(visitor).code()


@pytest.mark.parametrize(
    "rules", [None, {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False}]
)
def test_a_pool_in_which_devices_do_not_stand_for_mfa(
    visitor: Visitor, scene: Scene, rules: dict[str, bool] | None
) -> None:
    scene.begin(rules)
    scene.code(scene.password(visitor), remember="true")
    assert visitor.code()
    assert scene.password(visitor).heading == "Enter your code"


def test_a_browser_of_two_users(visitor: Visitor, scene: Scene) -> None:
    scene.begin(ALWAYS)
    other = scene.add_user()
    assert scene.code(scene.password(visitor)).code()
    assert scene.password(visitor, other).heading == "Enter your code", "it is nothing to the other"
    assert scene.code(visitor, other).code()
    assert scene.password(visitor).code()
    assert scene.password(visitor, other).code()


def test_one_that_was_forgotten(visitor: Visitor, scene: Scene, operator: Any) -> None:
    scene.begin(ALWAYS)
    assert scene.code(scene.password(visitor)).code()
    key = scene.devices()[0]["DeviceKey"]
    operator.admin_update_device_status(**scene.named(), DeviceKey=key, DeviceRememberedStatus="not_remembered")
    assert scene.password(visitor).heading == "Enter your code"
    operator.admin_update_device_status(**scene.named(), DeviceKey=key, DeviceRememberedStatus="remembered")
    assert scene.password(visitor).code()
    operator.admin_forget_device(**scene.named(), DeviceKey=key)
    assert scene.password(visitor).heading == "Enter your code"


@pytest.mark.parametrize("change", ["secret", "key", "nonsense", "long"])
def test_a_cookie_that_is_not_ours(
    visitor: Visitor, other_visitor: Visitor, scene: Scene, server: InProcessServer, change: str
) -> None:
    scene.begin(ALWAYS)
    assert scene.code(scene.password(visitor)).code()
    name, value = next((name, value) for name, value in visitor.http.cookies.items() if "device" in name)
    key, _, secret = value.partition(".")
    forged = {
        "secret": f"{key}.{secret[::-1]}",
        "key": f"us-east-1_00000000-0000-0000-0000-000000000000.{secret}",
        "nonsense": "~~..~us-east-1_.",
        "long": "~".join([f"{key}.{'A' * 43}"] * 40),
    }[change]
    other_visitor.http.cookies.set(name, forged, domain=next(iter(visitor.http.cookies.jar)).domain)
    assert scene.password(other_visitor).heading == "Enter your code"
    other_visitor.http.cookies.set(name, value, domain=next(iter(visitor.http.cookies.jar)).domain)
    assert scene.password(other_visitor).code(), "the right one is"


def test_the_cookie_lives_a_year_and_no_script_reads_it(visitor: Visitor, scene: Scene) -> None:
    scene.begin(ALWAYS)
    scene.password(visitor)
    code = messages_to(scene.resources, f"{scene.user.username}@example.com")[0].code
    pressed = {**visitor.hidden(), "code": code, "submit": "code"}
    response: httpx.Response = visitor.http.post(visitor.action(), data=pressed)
    (cookie,) = (text for text in response.headers.get_list("set-cookie") if "_device_" in text)
    assert "HttpOnly" in cookie
    assert "Max-Age=31536000" in cookie
    assert "SameSite=lax" in cookie


def test_without_the_password_it_is_worth_nothing(visitor: Visitor, scene: Scene, clock: Clock) -> None:
    scene.begin(ALWAYS)
    assert scene.code(scene.password(visitor)).code()
    clock.advance(hours=2)
    visitor.open(scene.app.url())
    assert visitor.submit({"username": scene.user.username, "password": "Wrong-Horse-9"}).heading == "Sign in"
