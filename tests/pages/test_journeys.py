"""Whole journeys over the hosted pages."""

import re
from typing import Any

import pytest

from app.flows.work import Resources
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory
from tests.pages.browsing import CALLBACK, App, Visitor, messages_to
from tests.pages.conftest import AppMaker

NEW_PASSWORD = "Other-Horse-8"


def sign_in(visitor: Visitor, app: App, username: str, password: str = PASSWORD) -> Visitor:
    return visitor.open(app.url()).submit({"username": username, "password": password})


def test_sign_in_leads_home_with_a_code(visitor: Visitor, app: App, make: Factory) -> None:
    user = make.user(app.pool_id)
    visitor.open(app.url())
    assert (visitor.path, visitor.heading, visitor.response.status_code) == ("/login", "Sign in", 200)
    assert "Boats" in visitor.text
    visitor.submit({"username": user.username, "password": user.password})
    assert visitor.away.startswith(CALLBACK + "?code=")
    assert visitor.code()


def test_the_second_app_needs_no_password(visitor: Visitor, app: App, make_app: AppMaker, make: Factory) -> None:
    user = make.user(app.pool_id)
    sign_in(visitor, app, user.username)
    second = make_app(app.pool_id, "https://second.example/cb")
    assert visitor.open(second.url()).away.startswith("https://second.example/cb?code=")


def test_a_wrong_password_and_an_unknown_user_look_the_same(visitor: Visitor, app: App, make: Factory) -> None:
    user = make.user(app.pool_id)
    wrong = sign_in(visitor, app, user.username, "Wrong-Horse-9")
    shown = (wrong.response.status_code, wrong.errors)
    assert shown == (400, ["The sign-in details are not right. Check them and try again."])
    assert visitor.page.with_id("username").get("value") == user.username
    assert visitor.page.with_id("password").get("value") == ""
    unknown = sign_in(visitor, app, "nobody-at-all", "Wrong-Horse-9")
    assert (unknown.response.status_code, unknown.errors) == shown


def test_empty_fields_are_named(visitor: Visitor, app: App) -> None:
    visitor.open(app.url()).submit({"username": " ", "password": ""})
    assert visitor.response.status_code == 400
    assert visitor.errors == ["Enter your username.", "Enter a password."]


def test_sign_up_confirm_and_land_in_the_app(visitor: Visitor, app: App, resources: Resources, operator: Any) -> None:
    visitor.open(app.url()).follow("Create an account")
    assert (visitor.path, visitor.heading) == ("/signup", "Create your account")
    visitor.submit({"username": "maya", "email": "maya@example.com", "password": PASSWORD})
    assert (visitor.path, visitor.heading) == ("/confirm", "Confirm your account")
    assert "m***@e***" in visitor.text
    visitor.submit({"code": "000000"})
    assert visitor.errors == ["That code is not right or no longer works. Check it, or ask for a new one."]
    code = messages_to(resources, "maya@example.com")[0].code
    visitor.submit({"code": f" {code} "})
    assert visitor.code()
    user = operator.admin_get_user(UserPoolId=app.pool_id, Username="maya")
    assert user["UserStatus"] == "CONFIRMED"
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]


def test_another_browser_confirms_but_is_not_signed_in(
    visitor: Visitor, other_visitor: Visitor, app: App, resources: Resources
) -> None:
    visitor.open(app.url("/signup")).submit({"username": "maya", "email": "m2@example.com", "password": PASSWORD})
    # The other browser knows neither the password nor the handle, but has the code.
    link = f"/{app.pool_id}/confirmUser?client_id={app.client_id}&user_name=maya&confirmation_code="
    other_visitor.open(link + messages_to(resources, "m2@example.com")[0].code)
    assert other_visitor.heading == "Confirm your account"
    other_visitor.submit()
    assert other_visitor.heading == "Your account is confirmed"
    (way_on,) = other_visitor.page.all("a")
    assert (way_on.text.strip(), way_on.get("href")) == ("Continue to Boats", "https://app.example/bye")
    assert not any("session" in name for name in other_visitor.http.cookies)
    # The first one gave the password: what it sends now is late, and leads on all the same.
    assert visitor.submit({"code": "123456"}).code()


def test_following_a_link_confirms_nothing(
    visitor: Visitor, other_visitor: Visitor, app: App, resources: Resources, operator: Any
) -> None:
    visitor.open(app.url("/signup")).submit({"username": "maya", "email": "m3@example.com", "password": PASSWORD})
    code = messages_to(resources, "m3@example.com")[0].code
    link = f"/{app.pool_id}/confirmUser?client_id={app.client_id}&user_name=maya&confirmation_code={code}"
    for _ in range(3):
        assert other_visitor.open(link).response.status_code == 200
    assert operator.admin_get_user(UserPoolId=app.pool_id, Username="maya")["UserStatus"] == "UNCONFIRMED"


def test_a_sign_up_sent_twice_ends_at_the_same_page(visitor: Visitor, app: App, resources: Resources) -> None:
    fields = {"username": "maya", "email": "m4@example.com", "password": PASSWORD}
    visitor.open(app.url("/signup"))
    action, data = visitor.action(), {**visitor.hidden(), **fields}
    assert visitor.post(action, data).path == "/confirm"
    assert visitor.post(action, data).path == "/confirm"
    visitor.submit({"code": messages_to(resources, "m4@example.com")[0].code})
    assert visitor.code()


def test_a_sign_up_by_address_sent_twice_is_one_sign_up(visitor: Visitor, email_app: App, resources: Resources) -> None:
    visitor.open(email_app.url("/signup"))
    action, data = visitor.action(), {**visitor.hidden(), "email": "twice@example.com", "password": PASSWORD}
    visitor.post(action, data)
    assert visitor.post(action, data).heading == "Check your inbox"
    (sent,) = messages_to(resources, "twice@example.com")
    assert visitor.submit({"code": sent.code}).code()


def test_a_code_sent_twice_leads_on_once(visitor: Visitor, app: App, resources: Resources) -> None:
    visitor.open(app.url("/signup")).submit({"username": "maya", "email": "m5@example.com", "password": PASSWORD})
    data = {**visitor.hidden(), "code": messages_to(resources, "m5@example.com")[0].code}
    action = visitor.action()
    assert visitor.post(action, data).code() != visitor.post(action, data).code()
    visitor.http.cookies.delete(next(name for name in visitor.http.cookies if "session" in name))
    assert "Your account is confirmed. You can sign in now." in visitor.post(action, data).text


def test_a_taken_username_is_told_until_it_is_too_often(visitor: Visitor, app: App, make: Factory) -> None:
    user = make.user(app.pool_id)
    visitor.open(app.url("/signup"))
    fields = {"username": user.username, "email": "x@example.com", "password": "Another-Horse-1"}
    action, data = visitor.action(), {**visitor.hidden(), **fields}
    told = []
    for _ in range(31):
        visitor.post(action, data)
        told.append((visitor.response.status_code, visitor.errors))
    assert told[0] == (400, ["This username is taken. Choose another one."])
    assert told[30] == (429, ["Too many attempts. Wait a while, then try again."])
    assert visitor.page.with_id("email").get("value") == "x@example.com"
    visitor.submit({"username": "somebody-new", "email": "y@example.com", "password": "Another-Horse-1"})
    assert visitor.path == "/confirm", "others behind the same address sign up all the same"


def test_taken_addresses_are_not_told_by_a_limit(visitor: Visitor, email_app: App, make: Factory) -> None:
    make.user(email_app.pool_id, "counted@example.com")
    visitor.open(email_app.url("/signup"))
    action, data = visitor.action(), {**visitor.hidden(), "password": "Another-Horse-1"}
    for address in [*["counted@example.com"] * 31, "not.counted@example.com"]:
        assert visitor.post(action, {**data, "email": address}).heading == "Check your inbox"


def test_nobody_learns_who_has_an_address(
    visitor: Visitor,
    other_visitor: Visitor,
    email_app: App,
    make: Factory,
    resources: Resources,
    public: Any,
    clock: Clock,
) -> None:
    make.user(email_app.pool_id, "known.one@example.com")
    public.sign_up(ClientId=email_app.client_id, Username="early.one@example.com", Password=PASSWORD)
    messages_to(resources, "early.one@example.com")
    clock.advance(seconds=1)
    pages = []
    addresses = ("known.one@example.com", "early.one@example.com", "fresh.one@example.com")
    for browser, address in zip((visitor, visitor, other_visitor), addresses, strict=True):
        browser.open(email_app.url("/signup")).submit({"email": address, "password": "Another-Horse-1"})
        handle = browser.hidden()["request"]
        shown = [(browser.path, browser.heading, browser.text.replace(address, "ADDRESS"), len(handle))]
        messages_to(resources, address)  # delivered before the next one is made: both are of one moment
        browser.submit(button="resend")
        shown.append((browser.path, browser.heading, browser.text.replace(address, "ADDRESS"), 0))
        browser.submit({"code": "000000"})
        shown.append((str(browser.response.status_code), str(browser.errors), "", 0))
        pages.append(shown)
    assert pages[0] == pages[1] == pages[2]
    assert [message.purpose for message in messages_to(resources, "known.one@example.com")] == ["account_exists"]
    assert len(messages_to(resources, "early.one@example.com")) == 3
    assert len(messages_to(resources, "fresh.one@example.com")) == 2
    other_visitor.submit({"code": messages_to(resources, "fresh.one@example.com")[0].code})
    assert other_visitor.code()


def test_the_owner_is_not_flooded(visitor: Visitor, email_app: App, make: Factory, resources: Resources) -> None:
    make.user(email_app.pool_id, "calm@example.com")
    for _ in range(5):
        visitor.open(email_app.url("/signup")).submit({"email": "calm@example.com", "password": PASSWORD})
        assert visitor.heading == "Check your inbox"
    assert len(messages_to(resources, "calm@example.com")) == 3


def test_an_unconfirmed_user_is_led_to_the_code(
    visitor: Visitor, other_visitor: Visitor, app: App, resources: Resources
) -> None:
    visitor.open(app.url("/signup")).submit({"username": "maya", "email": "m6@example.com", "password": PASSWORD})
    sign_in(other_visitor, app, "maya", "Wrong-Horse-9")
    assert other_visitor.path == "/login"
    sign_in(other_visitor, app, "maya")
    assert other_visitor.path == "/confirm"
    messages_to(resources, "m6@example.com")  # delivered before the next one is made: both are of one moment
    other_visitor.submit(button="resend")
    assert "We have sent a new code." in other_visitor.text
    assert "m***@e***" in other_visitor.text
    sent = messages_to(resources, "m6@example.com")
    assert len(sent) == 2
    other_visitor.submit({"code": sent[0].code})
    assert other_visitor.code()


def test_a_forgotten_password(visitor: Visitor, app: App, make: Factory, resources: Resources) -> None:
    user = make.user(app.pool_id, email="m7@example.com", email_verified="true")
    visitor.open(app.url()).follow("Forgot password?")
    assert visitor.path == "/forgotPassword"
    visitor.submit({"username": user.username})
    assert (visitor.path, visitor.heading) == ("/confirmforgotPassword", "Choose a new password")
    query = str(visitor.response.url).partition("?")[2]
    for path in ("/confirmForgotPassword", "/confirmforgotpassword"):
        assert visitor.open(f"/{app.pool_id}{path}?{query}").heading == "Choose a new password"
    assert "m***@e***" in visitor.text
    visitor.submit()
    assert visitor.errors == ["Enter the code.", "Enter a password.", "Enter the new password again."]
    assert visitor.page.with_id("confirm_password").get("aria-invalid") == "true"
    code = messages_to(resources, "m7@example.com")[0].code
    visitor.submit({"code": code, "password": NEW_PASSWORD})
    assert visitor.errors == ["Enter the new password again."]
    visitor.submit({"code": code, "password": NEW_PASSWORD, "confirm_password": "different"})
    assert visitor.errors == ["The two passwords are not the same."]
    visitor.submit({"code": "000000", "password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD})
    assert visitor.errors == ["That code is not right or no longer works. Check it, or ask for a new one."]
    visitor.submit({"code": code, "password": "short", "confirm_password": "short"})
    assert visitor.errors == ["Choose a password that meets all of the rules."]
    visitor.submit({"code": code, "password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD})
    assert visitor.path == "/login"
    assert "Your password is changed." in visitor.text
    assert visitor.page.with_id("username").get("value") == user.username
    visitor.submit({"username": user.username, "password": NEW_PASSWORD})
    assert visitor.code()


def test_forgetting_tells_nobody_who_exists(visitor: Visitor, app: App, make: Factory, resources: Resources) -> None:
    make.user(app.pool_id, "m8x", email="m8@example.com", email_verified="true")
    pages = []
    for name in ("m8x", "m8y"):
        visitor.open(app.url("/forgotPassword")).submit({"username": name})
        assert "***@" in visitor.text  # the pool verifies e-mail, so that is where codes go
        shown = [visitor.path, visitor.heading, *_lead_and_icon(visitor)]
        visitor.submit(button="resend")
        shown += [visitor.path, visitor.heading, *_lead_and_icon(visitor)]
        fields = {"code": "000000", "password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
        shown += [str(visitor.submit(fields).errors), str(visitor.response.status_code)]
        pages.append(shown)
    assert pages[0] == pages[1]


def _lead_and_icon(visitor: Visitor) -> list[str]:
    """What the page says below its heading, whatever the letters of the masked address, and what it draws above."""
    (lead,) = (element for element in visitor.page.all("p") if element.get("class") == "lead")
    drawing = [
        element for element in visitor.page.elements if any(item.get("class") == "icon" for item in element.path)
    ]
    return [re.sub(r"\w\*\*\*@\w\*\*\*", "ADDRESS", lead.text), str([element.attributes for element in drawing])]


def test_a_temporary_password_is_replaced(visitor: Visitor, make_app: AppMaker, operator: Any) -> None:
    app = make_app(Schema=[{"Name": "name", "Required": True, "Mutable": True, "AttributeDataType": "String"}])
    operator.admin_create_user(
        UserPoolId=app.pool_id, Username="nora", TemporaryPassword="Temp-Horse-1", MessageAction="SUPPRESS"
    )
    sign_in(visitor, app, "nora", "Temp-Horse-1")
    assert (visitor.path, visitor.heading) == ("/challenge", "Set your own password")
    visitor.submit({"password": NEW_PASSWORD, "name": " "})
    assert visitor.errors == ["Enter your name."]
    visitor.submit({"password": "short", "name": "Nora"})
    assert visitor.errors == ["Choose a password that meets all of the rules."]
    assert visitor.page.with_id("name").get("value") == "Nora"
    action, data = visitor.action(), {**visitor.hidden(), "password": NEW_PASSWORD, "name": "Nora"}
    assert visitor.post(action, data).code()
    assert visitor.post(action, data).code(), "the same form again leads to where the first one has led"


def test_an_operators_reset_leads_to_a_new_password(
    visitor: Visitor, app: App, make: Factory, operator: Any, resources: Resources
) -> None:
    user = make.user(app.pool_id, email="m9@example.com", email_verified="true")
    operator.admin_reset_user_password(UserPoolId=app.pool_id, Username=user.username)
    sign_in(visitor, app, user.username)
    assert visitor.path == "/confirmforgotPassword"
    code = messages_to(resources, "m9@example.com")[0].code
    visitor.submit({"code": code, "password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD})
    assert visitor.submit({"username": user.username, "password": NEW_PASSWORD}).code()


def test_prompt_login_asks_again_and_goes_home(visitor: Visitor, app: App, make: Factory, clock: Clock) -> None:
    user = make.user(app.pool_id)
    sign_in(visitor, app, user.username)
    before = dict(visitor.http.cookies)
    visitor.open(app.url(prompt="login"))
    assert visitor.heading == "Sign in"
    visitor.submit({"username": user.username, "password": user.password})
    assert visitor.code()
    session = next(name for name in before if "session" in name)
    assert before[session] != dict(visitor.http.cookies)[session], "a new secret at every authentication"


def test_the_account_chooser(visitor: Visitor, app: App, make: Factory) -> None:
    user = make.user(app.pool_id, email="m10@example.com")
    sign_in(visitor, app, user.username)
    visitor.open(app.url(prompt="select_account"))
    assert visitor.heading == "Choose an account"
    assert user.username in visitor.text
    assert "m10@example.com" in visitor.text
    action, data = visitor.action(), {**visitor.hidden(), "submit": "continue"}
    assert visitor.submit().code()
    assert visitor.post(action, data).away, "going back and pressing again is no mistake"
    visitor.open(app.url(prompt="select_account")).submit(button="another")
    assert visitor.heading == "Sign in"
    other = make.user(app.pool_id)
    assert visitor.submit({"username": other.username, "password": other.password}).code()
    assert other.username in visitor.open(app.url("/login")).text


def test_an_app_that_forbids_to_ask_gets_its_answer(visitor: Visitor, app: App, make: Factory) -> None:
    assert "error=login_required" in visitor.open(app.url("/login", prompt="none")).away
    user = make.user(app.pool_id)
    sign_in(visitor, app, user.username)
    assert visitor.open(app.url("/login", prompt="none")).code()


def test_an_old_sign_in_is_renewed_for_max_age(visitor: Visitor, app: App, make: Factory, clock: Clock) -> None:
    user = make.user(app.pool_id)
    sign_in(visitor, app, user.username)
    clock.advance(minutes=5)
    visitor.open(app.url(max_age="60"))
    assert visitor.heading == "Sign in"
    assert visitor.submit({"username": user.username, "password": user.password}).code()


def test_signed_out_after_logout(visitor: Visitor, app: App, make: Factory) -> None:
    user = make.user(app.pool_id)
    sign_in(visitor, app, user.username)
    visitor.sign_out(app)
    assert (visitor.path, visitor.heading) == ("/signedout", "You are signed out")
    assert visitor.open(app.url()).heading == "Sign in"


def test_tabs_do_not_mix(visitor: Visitor, app: App, make: Factory) -> None:
    user = make.user(app.pool_id)
    first = visitor.open(app.url(state="one"))
    action, one = first.action(), first.hidden()
    visitor.open(app.url(state="two"))
    fields = {"username": user.username, "password": user.password}
    two = visitor.hidden()
    assert "state=two" in visitor.post(action, {**two, **fields}).away
    assert "state=one" in visitor.post(action, {**one, **fields}).away


def test_a_long_request_gets_through(visitor: Visitor, app: App, resources: Resources) -> None:
    state = "x" * 7_000
    visitor.open(app.url("/signup", state=state))
    visitor.submit({"username": "maya", "email": "long@example.com", "password": PASSWORD})
    visitor.submit({"code": messages_to(resources, "long@example.com")[0].code})
    assert f"state={state}" in visitor.away


@pytest.mark.parametrize("path", ["/login", "/signup", "/forgotPassword", "/forgotpassword"])
def test_a_hint_and_the_request_survive_every_link(visitor: Visitor, app: App, path: str) -> None:
    visitor.open(app.url(path, login_hint="maya@example.com"))
    assert visitor.response.status_code == 200
    if "signup" not in path:
        assert visitor.page.with_id("username").get("value") == "maya@example.com"
    links = [link.get("href") for link in visitor.page.all("a") if app.pool_id in link.get("href")]
    assert links
    assert all("state=st%26te%3D1" in link and "login_hint=maya%40example.com" in link for link in links)


def test_sign_up_can_be_closed(visitor: Visitor, make_app: AppMaker) -> None:
    app = make_app(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    assert "Create an account" not in visitor.open(app.url()).text
    assert visitor.open(app.url("/signup")).response.status_code == 404


def test_sign_up_asks_what_the_schema_requires(
    visitor: Visitor, make_app: AppMaker, operator: Any, resources: Resources
) -> None:
    required = [
        {"Name": name, "Required": True, "Mutable": True, "AttributeDataType": "String"}
        for name in ("birthdate", "family_name", "email")
    ]
    app = make_app(Schema=required)
    visitor.open(app.url("/signup"))
    assert {item.get("name") for item in visitor.page.controls} == {
        "username",
        "email",
        "birthdate",
        "family_name",
        "password",
    }
    fields = {"username": "maya", "email": "m11@example.com", "family_name": "Müller", "password": PASSWORD}
    visitor.submit(fields)
    assert visitor.errors == ["Enter your date of birth."]
    assert visitor.page.with_id("family_name").get("value") == "Müller"
    visitor.submit({**fields, "birthdate": "2000-02-30"})
    assert visitor.wrong_inputs == {"birthdate": "Enter a date that exists, for example 1990-02-28."}
    visitor.submit({**fields, "birthdate": "2000-02-29"})
    assert visitor.path == "/confirm"
    attributes = operator.admin_get_user(UserPoolId=app.pool_id, Username="maya")["UserAttributes"]
    assert {"Name": "family_name", "Value": "Müller"} in attributes
