"""What people type wrong, or only differently: told at the input it stands in, or understood."""

from typing import Any

import pytest

from app.flows.work import Resources
from tests.factories import PASSWORD, Factory
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.pages.test_journeys import sign_in

PHONE = "Enter a phone number with its country code."
EMAIL = "Enter an email address like name@example.com."
USERNAME = "Choose a username of at most 128 characters, without spaces."
SEVERAL = [
    {"Name": "phone_number", "Required": True, "Mutable": True, "AttributeDataType": "String"},
    {"Name": "email", "Required": True, "Mutable": True, "AttributeDataType": "String"},
    {"Name": "birthdate", "Required": True, "Mutable": True, "AttributeDataType": "String"},
    {
        "Name": "nickname",
        "Required": True,
        "Mutable": True,
        "AttributeDataType": "String",
        "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "20"},
    },
    {"Name": "name", "Required": True, "Mutable": True, "AttributeDataType": "String"},
]
GOOD = {
    "username": "maya",
    "phone_number": "+1 (206) 555-0100",
    "email": "maya@example.com",
    "birthdate": "2000-02-29",
    "nickname": "Ma",
    "name": "Maya",
    "password": PASSWORD,
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"phone_number": "12345"}, {"phone_number": PHONE}),
        ({"phone_number": "+1 206 555 01"}, {"phone_number": PHONE}),
        ({"email": "notanemail"}, {"email": EMAIL}),
        ({"username": "a b"}, {"username": USERNAME}),
        ({"username": "x" * 129}, {"username": USERNAME}),
        ({"birthdate": "2000-02-30"}, {"birthdate": "Enter a date that exists, for example 1990-02-28."}),
        ({"nickname": "M"}, {"nickname": "Use 2 to 20 characters."}),
        ({"password": "short"}, {"password": "Choose a password that meets all of the rules."}),
        (
            {"username": "a b", "phone_number": "1", "email": "", "birthdate": "0", "nickname": "M", "password": ""},
            {
                "username": USERNAME,
                "phone_number": PHONE,
                "email": "Enter your email address.",
                "birthdate": "Enter a date that exists, for example 1990-02-28.",
                "nickname": "Use 2 to 20 characters.",
                "password": "Enter a password.",
            },
        ),
    ],
)
def test_what_sign_up_refuses_is_told_at_its_input(
    visitor: Visitor, make_app: AppMaker, changes: dict[str, str], told: dict[str, str]
) -> None:
    app = make_app(Schema=SEVERAL)
    visitor.open(app.url("/signup")).submit({**GOOD, **changes})
    assert visitor.wrong_inputs == told
    typed = {control.get("name"): control.get("value") for control in visitor.page.controls}
    assert typed == {**GOOD, **changes, "password": ""}


@pytest.mark.parametrize(
    ("password", "broken"),
    [
        ("short", ["At least 8 characters", "A number"]),
        ("horse horse 1", ["No spaces"]),
        ("horse1" + "x" * 298, ["At most 256 characters"]),
    ],
)
def test_the_rules_that_a_password_breaks_are_marked(
    visitor: Visitor, make_app: AppMaker, password: str, broken: list[str]
) -> None:
    app = make_app(Policies={"PasswordPolicy": {"MinimumLength": 8, "RequireNumbers": True}}, Schema=SEVERAL)
    visitor.open(app.url("/signup")).submit({**GOOD, "password": password})
    rules = visitor.page.with_id("password-hint")
    seen = [item for item in visitor.page.all("li") if rules in item.path and "hidden" not in item.attributes]
    heard = {" ".join(item.text.split()): item.get("class") for item in seen}
    assert heard == {name: "is-unmet" if name.startswith("Not met: ") else "is-met" for name in heard}
    assert [name.removeprefix("Not met: ") for name, look in heard.items() if look == "is-unmet"] == broken


def test_sign_up_takes_a_phone_number_as_people_write_it(visitor: Visitor, make_app: AppMaker, operator: Any) -> None:
    app = make_app(Schema=SEVERAL)
    visitor.open(app.url("/signup")).submit(GOOD)
    assert visitor.path == "/confirm"
    attributes = operator.admin_get_user(UserPoolId=app.pool_id, Username="maya")["UserAttributes"]
    assert {"Name": "phone_number", "Value": "+12065550100"} in attributes


@pytest.mark.parametrize(
    ("options", "name", "value", "told"),
    [
        ({"UsernameAttributes": ["email"]}, "email", "notanemail", EMAIL),
        ({"UsernameAttributes": ["phone_number"]}, "phone_number", "12345", PHONE),
        (
            {"UsernameAttributes": ["email", "phone_number"]},
            "username",
            "12345",
            "Enter an email address, or a phone number with its country code.",
        ),
        (
            {"AliasAttributes": ["email", "phone_number"]},
            "username",
            "maya@example.com",
            "Choose a username without spaces that is no email address and no phone number.",
        ),
        (
            {"AliasAttributes": ["email"]},
            "username",
            "a b",
            "Choose a username without spaces that is no email address.",
        ),
        (
            {"AliasAttributes": ["phone_number"]},
            "username",
            "+12065550100",
            "Choose a username without spaces that is no phone number.",
        ),
    ],
)
def test_a_name_that_the_pool_does_not_take_is_told_at_its_input(
    visitor: Visitor, make_app: AppMaker, options: dict[str, Any], name: str, value: str, told: str
) -> None:
    app = make_app(**options)
    fields = {"email": "maya@example.com", name: value, "password": PASSWORD}
    visitor.open(app.url("/signup")).submit(fields)
    assert visitor.wrong_inputs == {name: told}


def test_two_addresses_that_differ_are_told_at_the_second(visitor: Visitor, make_app: AppMaker) -> None:
    app = make_app(UsernameAttributes=["email", "phone_number"], Schema=SEVERAL[1:2])
    fields = {"username": "maya@example.com", "email": "other@example.com", "password": PASSWORD}
    visitor.open(app.url("/signup")).submit(fields)
    assert visitor.wrong_inputs == {"email": "This differs from what you entered above."}
    assert visitor.submit({**fields, "email": "maya@example.com"}).heading == "Check your inbox"


def test_what_a_new_password_lacks_is_told_at_its_input(visitor: Visitor, make_app: AppMaker, operator: Any) -> None:
    app = make_app(Schema=SEVERAL)
    operator.admin_create_user(
        UserPoolId=app.pool_id,
        Username="nora",
        TemporaryPassword="Temp-Horse-1",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "name", "Value": "Nora"}],
    )
    sign_in(visitor, app, "nora", "Temp-Horse-1")
    fields = {name: value for name, value in GOOD.items() if name not in ("username", "name")}
    wrong = {"phone_number": "12345", "email": "", "birthdate": "2000-02-30", "nickname": "M", "password": "short"}
    visitor.submit(wrong)
    assert visitor.wrong_inputs == {
        "password": "Choose a password that meets all of the rules.",
        "phone_number": PHONE,
        "email": "Enter your email address.",
        "birthdate": "Enter a date that exists, for example 1990-02-28.",
        "nickname": "Use 2 to 20 characters.",
    }
    assert visitor.submit(fields).code()
    attributes = operator.admin_get_user(UserPoolId=app.pool_id, Username="nora")["UserAttributes"]
    assert {"Name": "phone_number", "Value": "+12065550100"} in attributes


def test_a_phone_number_signs_in_as_people_write_it(visitor: Visitor, make_app: AppMaker, make: Factory) -> None:
    by_number = make_app(UsernameAttributes=["phone_number"], AutoVerifiedAttributes=["phone_number"])
    make.user(by_number.pool_id, "+12065550100", phone_number_verified="true")
    assert sign_in(visitor, by_number, "+1 206 555-0100").code()
    by_alias = make_app(AliasAttributes=["phone_number"])
    make.user(by_alias.pool_id, phone_number="+12065550100", phone_number_verified="true")
    assert sign_in(visitor, by_alias, "+1 206 555 0100").code()
    visitor.open(by_alias.url("/forgotPassword")).submit({"username": "+1 206 555 0100"})
    assert "+*******0100" in visitor.text


def test_a_name_that_nobody_can_have_signs_nobody_in(visitor: Visitor, app: App) -> None:
    for name in ("a b", "x" * 129):
        sign_in(visitor, app, name)
        assert visitor.errors == ["The sign-in details are not right. Check them and try again."]


def test_a_name_is_one_name_in_every_normal_form(
    visitor: Visitor, other_visitor: Visitor, app: App, resources: Resources, operator: Any
) -> None:
    composed, decomposed = "Zo\u00eb-\u1e9b\u0323", "Zoe\u0308-\u017f\u0323\u0307"
    fields = {"username": decomposed, "email": "zoe@example.com", "password": PASSWORD}
    visitor.open(app.url("/signup")).submit(fields)
    assert visitor.submit({"code": messages_to(resources, "zoe@example.com")[0].code}).code()
    for name in (composed, decomposed):
        other_visitor.open(app.url("/signup")).submit({**fields, "username": name, "password": "Another-Horse-1"})
        assert other_visitor.wrong_inputs == {"username": "This username is taken. Choose another one."}
        other_visitor.http.cookies.clear()
        assert sign_in(other_visitor, app, name).code()
        messages_to(resources, "zoe@example.com")  # delivered before the next one is made: both are of one moment
        other_visitor.open(app.url("/forgotPassword")).submit({"username": name})
        assert "z***@e***" in other_visitor.text
    assert operator.admin_get_user(UserPoolId=app.pool_id, Username=composed)["UserStatus"] == "CONFIRMED"
    assert operator.list_users(UserPoolId=app.pool_id)["Users"][0]["Username"] == decomposed


def test_too_long_an_attribute_is_stored_nowhere(visitor: Visitor, make_app: AppMaker, operator: Any) -> None:
    app = make_app(Schema=SEVERAL)
    for letter in ("x", "\U0001f600"):
        visitor.open(app.url("/signup")).submit({**GOOD, "name": letter * 2_049})
        assert visitor.wrong_inputs == {"name": "Use at most 2048 characters."}
    assert operator.list_users(UserPoolId=app.pool_id)["Users"] == []
    assert visitor.submit({**GOOD, "name": "\U0001f600" * 2_048}).path == "/confirm"


def test_a_password_with_a_space_breaks_a_rule_that_is_told(visitor: Visitor, app: App) -> None:
    visitor.open(app.url("/signup"))
    visitor.submit({"username": "maya", "email": "maya@example.com", "password": "Correct horse 7!"})
    assert visitor.wrong_inputs == {"password": "Choose a password that meets all of the rules."}
    assert "No spaces" in visitor.page.with_id("password-hint").text


def test_nobody_is_asked_for_what_the_app_may_not_write(visitor: Visitor, app: App, operator: Any) -> None:
    options = {
        "CallbackURLs": [app.redirect_uri],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email"],
        "WriteAttributes": ["name"],
    }
    operator.update_user_pool_client(UserPoolId=app.pool_id, ClientId=app.client_id, **options)
    visitor.open(app.url("/signup"))
    assert [control.get("name") for control in visitor.page.controls] == ["username", "password"]
    assert visitor.submit({"username": "maya", "password": PASSWORD}).path == "/confirm"
