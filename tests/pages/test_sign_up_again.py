"""A sign-up with an address that somebody has typed before and nobody has confirmed: the account is whose browser enters the code."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from app.flows.work import Resources
from app.kit.clock import HOUR
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory
from tests.functions import FakeFunctions
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.triggers import Triggers, failing

FIRST, OWN = "First-Horse-1", "Own-Horse-22"
WRONG_CODE = ["That code is not right or no longer works. Check it, or ask for a new one."]
WRONG_DETAILS = ["The sign-in details are not right. Check them and try again."]
NAME = {"Name": "name", "Required": True, "Mutable": True, "AttributeDataType": "String"}
BY_LINK = {"DefaultEmailOption": "CONFIRM_WITH_LINK"}

Signs = Callable[..., Visitor]


@pytest.fixture
def by_address(make_app: AppMaker) -> Callable[..., App]:
    """Makes an app of a pool whose usernames are e-mail addresses, and whose users have names."""

    def made(**options: Any) -> App:
        return make_app(
            UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False}, Schema=[NAME], **options
        )

    return made


@pytest.fixture
def sign_up(clock: Clock, resources: Resources) -> Signs:
    """Signs up in a browser, later than whoever did before."""

    def signs(visitor: Visitor, app: App, password: str, *, name: str = "Bob", address: str = "") -> Visitor:
        address = address or bob(app)
        messages_to(resources, address)  # delivered before the next one is made: both are of one moment
        clock.advance(minutes=1)
        return visitor.open(app.url("/signup")).submit({"email": address, "name": name, "password": password})

    return signs


def bob(app: App) -> str:
    """The address of this test's owner: the inbox keeps the messages of other tests."""
    return f"bob.{app.client_id}@example.com"


def codes(resources: Resources, app: App) -> list[str]:
    """The codes of the messages that the owner got, newest first."""
    messages = messages_to(resources, bob(app))
    assert {message.purpose for message in messages} <= {"verification"}
    return [message.code for message in messages]


def sign_in(visitor: Visitor, app: App, password: str) -> Visitor:
    return visitor.open(app.url(prompt="login")).submit({"username": bob(app), "password": password})


def test_the_code_makes_it_the_account_of_the_browser_it_was_entered_in(
    visitor: Visitor,
    other_visitor: Visitor,
    by_address: Callable[..., App],
    sign_up: Signs,
    resources: Resources,
    operator: Any,
) -> None:
    app = by_address()
    sign_up(visitor, app, FIRST, name="Mallory")
    sign_up(other_visitor, app, OWN, address=bob(app).replace("bob", "Bob"))
    assert other_visitor.heading == "Check your inbox"
    newest, before = codes(resources, app)
    assert visitor.submit({"code": before}).errors == WRONG_CODE
    assert other_visitor.submit({"code": newest}).code()
    user = operator.admin_get_user(UserPoolId=app.pool_id, Username=bob(app))
    assert user["UserStatus"] == "CONFIRMED"
    given = {item["Name"]: item["Value"] for item in user["UserAttributes"]}
    assert (given["name"], given["email_verified"], given["sub"]) == ("Bob", "true", user["Username"])
    assert sign_in(visitor, app, FIRST).errors == WRONG_DETAILS
    assert sign_in(visitor, app, OWN).code()


def test_what_only_operators_write_stays(
    visitor: Visitor,
    other_visitor: Visitor,
    make_app: AppMaker,
    sign_up: Signs,
    resources: Resources,
    operator: Any,
) -> None:
    plan = {"Name": "plan", "Mutable": True, "AttributeDataType": "String"}
    app = make_app(UsernameAttributes=["email"], Schema=[NAME, plan])
    sign_up(visitor, app, FIRST, name="Mallory")
    given = [{"Name": "custom:plan", "Value": "gold"}, {"Name": "nickname", "Value": "Mal"}]
    operator.admin_update_user_attributes(UserPoolId=app.pool_id, Username=bob(app), UserAttributes=given)
    sign_up(other_visitor, app, OWN)
    assert other_visitor.submit({"code": codes(resources, app)[0]}).code()
    found = operator.admin_get_user(UserPoolId=app.pool_id, Username=bob(app))["UserAttributes"]
    stored = {item["Name"]: item["Value"] for item in found}
    assert stored.keys() == {"sub", "email", "email_verified", "name", "custom:plan"}
    assert (stored["name"], stored["custom:plan"]) == ("Bob", "gold")


def test_who_comes_back_with_another_password_has_that_one(
    visitor: Visitor, by_address: Callable[..., App], sign_up: Signs, resources: Resources
) -> None:
    app = by_address()
    sign_up(visitor, app, FIRST)
    sign_up(visitor, app, OWN)
    messages_to(resources, bob(app))
    visitor.submit(button="resend")
    newest, *earlier = codes(resources, app)
    assert len(earlier) == 2
    assert visitor.submit({"code": newest}).code()
    assert sign_in(visitor, app, OWN).code()


def test_the_first_browser_may_enter_the_code_too(
    visitor: Visitor, other_visitor: Visitor, by_address: Callable[..., App], sign_up: Signs, resources: Resources
) -> None:
    app = by_address()
    sign_up(visitor, app, FIRST, name="One")
    sign_up(other_visitor, app, OWN, name="Two")
    assert visitor.submit({"code": codes(resources, app)[0]}).code()
    assert other_visitor.submit({"code": codes(resources, app)[0]}).errors == []
    assert "Your account is confirmed. You can sign in now." in other_visitor.text
    assert sign_in(other_visitor, app, OWN).errors == WRONG_DETAILS
    assert sign_in(other_visitor, app, FIRST).code()


def test_nothing_that_was_typed_leaves_the_server_unsealed(
    visitor: Visitor, by_address: Callable[..., App], sign_up: Signs
) -> None:
    app = by_address()
    for password in (FIRST, OWN):
        sign_up(visitor, app, password, name="Roberta")
        for text in (str(visitor.response.url), visitor.response.text):
            assert password not in text
            assert "argon2" not in text
            assert "Roberta" not in text


def test_confirmed_by_the_api_it_has_no_password_of_somebody_before(
    visitor: Visitor,
    other_visitor: Visitor,
    by_address: Callable[..., App],
    sign_up: Signs,
    resources: Resources,
    public: Any,
) -> None:
    app = by_address()
    sign_up(visitor, app, FIRST)
    sign_up(other_visitor, app, OWN)
    public.confirm_sign_up(ClientId=app.client_id, Username=bob(app), ConfirmationCode=codes(resources, app)[0])
    assert sign_in(visitor, app, FIRST).errors == WRONG_DETAILS
    assert sign_in(visitor, app, OWN).errors == WRONG_DETAILS
    assert visitor.follow("Forgot password?").submit({"username": bob(app)}).path == "/confirmforgotPassword"
    code = messages_to(resources, bob(app))[0].code
    visitor.submit({"code": code, "password": OWN, "confirm_password": OWN})
    assert sign_in(visitor, app, OWN).code()


def test_a_link_confirms_and_a_code_brings_the_password(
    visitor: Visitor,
    other_visitor: Visitor,
    by_address: Callable[..., App],
    sign_up: Signs,
    resources: Resources,
    clock: Clock,
) -> None:
    app = by_address(VerificationMessageTemplate=BY_LINK)
    sign_up(visitor, app, FIRST)
    sign_up(other_visitor, app, OWN)
    assert "is not confirmed yet" in other_visitor.submit(button="submit").errors[0]
    waiting = other_visitor.action(), {**other_visitor.hidden(), "submit": "check"}
    (url,) = re.findall(r'href="([^"]*)"', messages_to(resources, bob(app))[0].html or "")
    assert other_visitor.open(html.unescape(url)).submit().heading == "Your account is confirmed"
    assert sign_in(visitor, app, FIRST).errors == WRONG_DETAILS
    clock.advance(seconds=1)
    assert other_visitor.post(*waiting).heading == "Choose a new password"
    code = messages_to(resources, bob(app))[0].code
    other_visitor.submit({"code": code, "password": OWN, "confirm_password": OWN})
    assert other_visitor.submit({"username": bob(app), "password": OWN}).code()


def test_a_code_of_another_account_confirms_nothing(
    visitor: Visitor,
    other_visitor: Visitor,
    by_address: Callable[..., App],
    sign_up: Signs,
    resources: Resources,
    operator: Any,
) -> None:
    app = by_address()
    operator.admin_create_user(
        UserPoolId=app.pool_id,
        Username=bob(app),
        UserAttributes=[{"Name": "name", "Value": "Old"}],
        MessageAction="SUPPRESS",
    )
    visitor.open(app.url("/signup")).submit({"email": bob(app), "name": "Bob", "password": OWN})
    assert messages_to(resources, bob(app))[0].purpose == "account_exists"
    operator.admin_delete_user(UserPoolId=app.pool_id, Username=bob(app))
    sign_up(other_visitor, app, FIRST)
    code = messages_to(resources, bob(app))[0].code
    assert visitor.submit({"code": code}).errors == WRONG_CODE
    assert operator.admin_get_user(UserPoolId=app.pool_id, Username=bob(app))["UserStatus"] == "UNCONFIRMED"
    assert other_visitor.submit({"code": code}).code()


def test_so_many_codes_go_out_and_no_more(
    visitor: Visitor, other_visitor: Visitor, by_address: Callable[..., App], sign_up: Signs, resources: Resources
) -> None:
    app = by_address()
    sign_up(visitor, app, FIRST)
    for _ in range(6):
        assert sign_up(other_visitor, app, OWN).heading == "Check your inbox"
    newest, *earlier = codes(resources, app)
    assert len(earlier) == 5
    assert other_visitor.submit({"code": newest}).code()
    assert sign_in(other_visitor, app, OWN).code()


def test_an_address_that_has_had_its_messages_is_not_told(
    visitor: Visitor,
    by_address: Callable[..., App],
    sign_up: Signs,
    resources: Resources,
    make: Factory,
    ours: Any,
    clock: Clock,
) -> None:
    # At the end of a window, which is a whole hour, a message of the one before counts a little less than one.
    clock.advance(ms=HOUR - clock.now % HOUR)
    app = by_address()
    known = f"known.{app.client_id}@example.com"
    make.user(app.pool_id, known, email_verified="true", name="Known")
    ours.update_pool_settings(UserPoolId=app.pool_id, MessagesPerDestination=1)
    assert sign_up(visitor, app, FIRST).heading == "Check your inbox"
    visitor.open(app.url("/forgotPassword")).submit({"username": known})
    for address in (bob(app), known, "somebody.new@example.com"):
        assert sign_up(visitor, app, OWN, address=address).heading == "Check your inbox"
    assert len(codes(resources, app)) == len(messages_to(resources, known)) == 1


def test_the_pools_function_may_refuse_it(
    visitor: Visitor,
    by_address: Callable[..., App],
    sign_up: Signs,
    resources: Resources,
    functions: FakeFunctions,
) -> None:
    triggers = Triggers(functions, ("PreSignUp",))
    app = by_address(LambdaConfig=triggers.config)
    sign_up(visitor, app, FIRST)
    triggers.answers["PreSignUp_SignUp"] = failing("Not you.")
    assert sign_up(visitor, app, OWN).response.status_code == 400
    assert len(codes(resources, app)) == 1


def test_attributes_of_any_length_fit(
    visitor: Visitor, other_visitor: Visitor, by_address: Callable[..., App], sign_up: Signs, resources: Resources
) -> None:
    app = by_address()
    sign_up(visitor, app, FIRST, name="x" * 2_048)
    sign_up(other_visitor, app, OWN, name="y" * 2_048)
    assert len(str(other_visitor.response.url)) < 8_000
    assert other_visitor.submit({"code": codes(resources, app)[0]}).code()


def test_an_account_that_was_made_elsewhere_is_sent_a_code_too(
    visitor: Visitor, by_address: Callable[..., App], sign_up: Signs, resources: Resources, public: Any
) -> None:
    app = by_address()
    public.sign_up(
        ClientId=app.client_id,
        Username=bob(app),
        Password=PASSWORD,
        UserAttributes=[{"Name": "name", "Value": "Bob"}],
    )
    sign_up(visitor, app, OWN)
    assert visitor.submit({"code": codes(resources, app)[0]}).code()
