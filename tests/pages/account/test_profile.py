"""The profile and the addresses: what may be changed, what is proven by code, what is told of a change."""

from typing import Any

import pytest

from tests.factories import SNS
from tests.pages.account.conftest import Scene, SceneMaker
from tests.pages.browsing import messages_to

SCHEMA = [
    {"Name": "team", "AttributeDataType": "String", "Mutable": True, "StringAttributeConstraints": {"MaxLength": "8"}},
    {"Name": "badge", "AttributeDataType": "String", "Mutable": False},
    {"Name": "news", "AttributeDataType": "Boolean", "Mutable": True},
    {"Name": "given_name", "AttributeDataType": "String", "Mutable": True, "Required": True},
]
WRITABLE = ["email", "phone_number", "name", "given_name", "custom:team", "custom:news", "custom:badge"]


@pytest.fixture
def schooled(make_scene: SceneMaker, operator: Any) -> Scene:
    """A user of a pool with attributes of its own, and an app that may write some."""
    scene = make_scene(Schema=SCHEMA, attributes={"given_name": "Maya", "custom:badge": "7", "custom:news": "true"})
    described = operator.describe_user_pool_client(UserPoolId=scene.app.pool_id, ClientId=scene.app.client_id)
    kept = {
        name: described["UserPoolClient"][name]
        for name in ("CallbackURLs", "AllowedOAuthFlows", "AllowedOAuthScopes", "SupportedIdentityProviders")
    }
    operator.update_user_pool_client(
        UserPoolId=scene.app.pool_id,
        ClientId=scene.app.client_id,
        ClientName="Boats",
        AllowedOAuthFlowsUserPoolClient=True,
        WriteAttributes=WRITABLE,
        **kept,
    )
    return scene.sign_in()


def test_what_the_app_lets_users_write_is_there_and_nothing_else(schooled: Scene) -> None:
    page = schooled.open("/account").page
    assert {control.get("name") for control in page.controls} == {"name", "given_name", "custom:team", "custom:news"}
    assert page.with_id("given_name").get("value") == "Maya"
    assert "checked" in page.with_id("custom-news").attributes


def test_only_what_changed_is_written(schooled: Scene) -> None:
    visitor = schooled.open("/account")
    visitor.submit({"given_name": "Maia", "name": "", "custom:team": " red ", "custom:news": "true"})
    assert visitor.path == "/account"
    assert "Your profile is saved." in visitor.text
    known = schooled.attributes()
    assert (known["given_name"], known["custom:team"], known["custom:news"]) == ("Maia", "red", "true")
    assert known["custom:badge"] == "7"
    assert "name" not in known
    assert schooled.kinds().count("attributes.updated") == 1
    schooled.open("/account").submit({"given_name": "Maia", "custom:team": "red", "custom:news": "true"})
    assert schooled.kinds().count("attributes.updated") == 1
    schooled.open("/account").submit({"given_name": "Maia", "custom:team": ""})
    known = schooled.attributes()
    assert known["custom:news"] == "false"
    assert "custom:team" not in known


def test_each_wrong_value_is_named(schooled: Scene) -> None:
    visitor = schooled.open("/account").submit({"given_name": " ", "custom:team": "much too long"})
    assert visitor.response.status_code == 400
    assert visitor.wrong_inputs == {
        "given_name": "Enter your first name.",
        "custom:team": "Use at most 8 characters.",
    }
    assert visitor.page.with_id("custom-team").get("value") == "much too long"
    assert schooled.attributes()["given_name"] == "Maya"


@pytest.mark.parametrize("name", ["email_verified", "sub", "custom:badge", "nickname", "email"])
def test_what_has_no_input_cannot_be_written(schooled: Scene, name: str) -> None:
    before = schooled.attributes()
    schooled.open("/account").submit({"given_name": "Maya", "custom:news": "true", name: "false"})
    assert schooled.attributes() == before


def test_a_new_address_waits_for_its_code(make_scene: SceneMaker) -> None:
    scene = make_scene(UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]}).sign_in()
    visitor = scene.open("/account/email").submit({"email": "new@example.com"}, button="change")
    assert visitor.path == "/account/email"
    assert "We have sent a code to new@example.com." in visitor.text
    assert scene.attributes()["email"] == scene.email
    assert scene.notices() == [], "nothing has changed yet"
    wrong = visitor.submit({"code": "000000"}, button="verify")
    assert wrong.wrong_inputs == {"code": "That code is not right or no longer works. Check it, or ask for a new one."}
    visitor.submit({"code": messages_to(scene.resources, "new@example.com")[0].code}, button="verify")
    assert "Your address is confirmed." in visitor.text
    known = scene.attributes()
    assert (known["email"], known["email_verified"]) == ("new@example.com", "true")
    assert {"attribute.verified", "attributes.updated"} <= set(scene.kinds())
    assert scene.notices() == ["Your email address was changed"]


def test_where_nothing_waits_it_is_unconfirmed_until_then(scene: Scene) -> None:
    scene.open("/account/email").submit({"email": "later@example.com"}, button="change")
    known = scene.attributes()
    assert (known["email"], known["email_verified"]) == ("later@example.com", "false")
    assert scene.notices() == ["Your email address was changed"]
    assert "Not confirmed" in scene.open("/account").text
    # Two that wait at once may go out in any order.
    assert len(messages_to(scene.resources, "later@example.com")) == 1
    visitor = scene.open("/account/email").submit(button="send")
    assert "We have sent you a code." in visitor.text
    visitor.submit({"code": messages_to(scene.resources, "later@example.com")[0].code}, button="verify")
    assert scene.attributes()["email_verified"] == "true"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("", "Enter your email address."),
        ("no address", "Enter an email address like name@example.com."),
        ("{known}", "This is your address already."),
    ],
)
def test_what_is_no_other_address(scene: Scene, typed: str, text: str) -> None:
    visitor = scene.open("/account/email").submit({"email": typed.format(known=scene.email)}, button="change")
    assert visitor.wrong_inputs == {"email": text}
    assert scene.attributes()["email"] == scene.email


def test_an_address_of_somebody_else_stays_theirs(make_scene: SceneMaker, make: Any) -> None:
    scene = make_scene(AliasAttributes=["email"]).sign_in()
    make.user(scene.app.pool_id, email="sam@example.com", email_verified="true")
    visitor = scene.open("/account/email").submit({"email": "sam@example.com"}, button="change")
    visitor.submit({"code": messages_to(scene.resources, "sam@example.com")[0].code}, button="verify")
    assert visitor.errors == ["Another account already uses this email address or phone number."]


@pytest.mark.parametrize(
    "options",
    [
        {"UsernameAttributes": ["email"]},
        {"AliasAttributes": ["email"]},
        # What the pool does not verify by itself neither.
        {"UsernameAttributes": ["email"], "AutoVerifiedAttributes": []},
    ],
)
def test_an_address_that_one_signs_in_with_waits_whatever_the_pool_says(
    make_scene: SceneMaker, options: dict[str, Any]
) -> None:
    """Else anybody's free address could be taken, and them kept out."""
    username = "kay@example.com" if "UsernameAttributes" in options else "kay"
    scene = make_scene(username=username, attributes={"email": "kay@example.com"}, **options).sign_in()
    visitor = scene.open("/account/email").submit({"email": "free@example.com"}, button="change")
    assert "We have sent a code to free@example.com." in visitor.text
    known = scene.attributes()
    assert (known["email"], known["email_verified"]) == ("kay@example.com", "true")
    with pytest.raises(scene.operator.exceptions.UserNotFoundException):
        scene.operator.admin_get_user(UserPoolId=scene.app.pool_id, Username="free@example.com")
    visitor.submit({"code": messages_to(scene.resources, "free@example.com")[0].code}, button="verify")
    found = scene.operator.admin_get_user(UserPoolId=scene.app.pool_id, Username="free@example.com")
    assert {"Name": "email_verified", "Value": "true"} in found["UserAttributes"]


def test_a_number_that_one_signs_in_with_waits_too(make_scene: SceneMaker) -> None:
    scene = make_scene(
        AliasAttributes=["phone_number"],
        SmsConfiguration=SNS,
        attributes={"phone_number": "+12065550100", "phone_number_verified": "true"},
    ).sign_in()
    visitor = scene.open("/account/phone").submit({"phone_number": "+12065550177"}, button="change")
    assert scene.attributes()["phone_number"] == "+12065550100"
    visitor.submit({"code": messages_to(scene.resources, "+12065550177")[0].code}, button="verify")
    known = scene.attributes()
    assert (known["phone_number"], known["phone_number_verified"]) == ("+12065550177", "true")


def test_a_phone_number_as_people_write_it(guarded: Scene) -> None:
    guarded.open("/account/phone").submit({"phone_number": "+1 (206) 555-0199"}, button="change")
    assert guarded.attributes()["phone_number"] == "+12065550199"
    guarded.open("/account/phone").submit(button="remove")
    assert guarded.visitor.path == "/account"
    assert "phone_number" not in guarded.attributes()


def test_the_address_that_one_signs_in_with_cannot_go(make_scene: SceneMaker) -> None:
    scene = make_scene(username="kim@example.com", UsernameAttributes=["email"]).sign_in()
    visitor = scene.open("/account/email")
    assert "remove" not in {button.get("id") for button in visitor.page.all("button")}
    forged = visitor.post(scene.url("/account/email"), {**visitor.hidden("change"), "submit": "remove"})
    assert forged.response.status_code == 400
    assert scene.attributes()["email"] == "kim@example.com"


def test_codes_are_not_sent_without_end(scene: Scene) -> None:
    for number in range(10):
        scene.open("/account/email").submit({"email": f"n{number}@example.com"}, button="change")
        assert scene.visitor.response.status_code == 200
    scene.open("/account/email").submit({"email": "last@example.com"}, button="change")
    assert scene.visitor.response.status_code == 429
    assert scene.visitor.errors == ["Too many attempts. Wait a while, then try again."]


def test_names_are_text(scene: Scene) -> None:
    hostile = '"><script>alert(1)</script>{{ 7*7 }}'
    visitor = scene.open("/account").submit({"name": hostile})
    assert scene.attributes()["name"] == hostile
    for place in ("/account", "/account/security", "/account/sessions", "/account/data"):
        assert scene.open(place).page.all("script") == []
        assert "49" not in visitor.page.one("title").text
    assert scene.open("/account").page.with_id("name").get("value") == hostile
