"""New accounts confirmed by a link in the mail (CONFIRM_WITH_LINK): opening it does nothing, its button does."""

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from app.flows.work import Resources
from app.gateways.messages import OutgoingMessage
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser
from tests.functions import FakeFunctions
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.triggers import Triggers

BY_LINK = {"DefaultEmailOption": "CONFIRM_WITH_LINK"}
NOT_YET = ["Your account is not confirmed yet. Open the link in the message first."]
OVER = "This link is no longer valid"


@pytest.fixture
def app(make_app: AppMaker) -> App:
    return make_app(VerificationMessageTemplate=BY_LINK)


def sign_up(visitor: Visitor, app: App, name: str = "maya") -> str:
    """Signs up and gives the address."""
    address = f"{name}.{app.client_id}@example.com"
    visitor.open(app.url("/signup")).submit({"username": name, "email": address, "password": PASSWORD})
    return address


def link_of(message: OutgoingMessage) -> str:
    """The address that the only link of a mail leads to; its plain form has the same."""
    (found,) = re.findall(r'href="([^"]*)"', message.html or "")
    url = html.unescape(found)
    assert url in message.text
    assert url.startswith("http://localhost:9229/")
    return url


def status(operator: Any, app: App, name: str = "maya") -> str:
    return str(operator.admin_get_user(UserPoolId=app.pool_id, Username=name)["UserStatus"])


def test_its_button_confirms(
    visitor: Visitor, other_visitor: Visitor, app: App, resources: Resources, operator: Any
) -> None:
    address = sign_up(visitor, app)
    assert (visitor.path, visitor.heading) == ("/confirm", "Check your inbox")
    assert "m***@e***" in visitor.text
    assert visitor.submit().errors == NOT_YET
    (message,) = messages_to(resources, address)
    assert message.subject == "Confirm your account"
    assert "Enter this code" not in message.text
    url = link_of(message)
    query = parse_qs(urlsplit(url).query)
    assert query == {"client_id": [app.client_id], "user_name": ["maya"], "confirmation_code": [message.code]}
    for _ in range(3):
        assert other_visitor.open(url).heading == "Confirm your account"
    assert status(operator, app) == "UNCONFIRMED", "whatever opens links in mails confirms nothing"
    action, form = other_visitor.action(), other_visitor.hidden()
    assert other_visitor.submit().heading == "Your account is confirmed"
    assert status(operator, app) == "CONFIRMED"
    assert other_visitor.open(str(other_visitor.response.url)).heading == "Your account is confirmed", "reloaded"
    assert other_visitor.post(action, form).heading == OVER
    assert visitor.submit().code(), "the first browser has given the password"


def test_a_link_that_is_over(
    visitor: Visitor, other_visitor: Visitor, app: App, resources: Resources, clock: Clock
) -> None:
    address = sign_up(visitor, app)
    first = link_of(messages_to(resources, address)[0])
    visitor.submit(button="resend")
    assert "We have sent a new message." in visitor.text
    assert other_visitor.open(first).submit().heading == OVER
    clock.advance(hours=24)
    assert other_visitor.open(link_of(messages_to(resources, address)[0])).submit().heading == OVER
    assert [link.get("href") for link in other_visitor.page.all("a")] == ["https://app.example/bye"]
    assert "Press the button" not in other_visitor.text


def test_a_new_link_from_the_one_that_is_over(
    visitor: Visitor, other_visitor: Visitor, app: App, resources: Resources, clock: Clock, operator: Any
) -> None:
    address = sign_up(visitor, app)
    clock.advance(hours=24)
    other_visitor.open(link_of(messages_to(resources, address)[0])).submit()
    assert other_visitor.submit().heading == OVER
    assert "We have sent a new message." in other_visitor.text
    assert (
        other_visitor.open(link_of(messages_to(resources, address)[0])).submit().heading == "Your account is confirmed"
    )
    assert status(operator, app) == "CONFIRMED"


def test_a_new_link_tells_nothing_and_has_its_limit(
    visitor: Visitor, app: App, make: Factory, resources: Resources
) -> None:
    make.user(app.pool_id, "maya", email=f"maya.{app.client_id}@example.com", email_verified="true")
    for name in ("maya", "nobody"):
        query = {"client_id": app.client_id, "user_name": name, "confirmation_code": "000000"}
        visitor.open(f"/{app.pool_id}/confirmUser?{urlencode(query)}").submit()
        assert visitor.submit().heading == OVER
        assert "We have sent a new message." in visitor.text
    assert messages_to(resources, f"maya.{app.client_id}@example.com") == []
    while not visitor.errors:
        visitor.submit()
    assert visitor.errors == ["Too many attempts. Wait a while, then try again."]
    assert visitor.heading == OVER


def test_the_code_in_it_works_by_hand(visitor: Visitor, app: App, resources: Resources) -> None:
    address = sign_up(visitor, app)
    assert visitor.submit({"code": "000000"}, button="enter").wrong_inputs.keys() == {"code"}
    assert visitor.submit({"code": messages_to(resources, address)[0].code}, button="enter").code()


def test_the_pools_own_text(visitor: Visitor, make_app: AppMaker, resources: Resources) -> None:
    app = make_app(
        EmailConfiguration={
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        },
        VerificationMessageTemplate={
            **BY_LINK,
            "EmailSubjectByLink": "Come aboard",
            "EmailMessageByLink": "<p>Ahoy! {##Yes, it is <b>me</b>##}</p>",
            "EmailMessage": "Your code is {####}",
        },
    )
    (message,) = messages_to(resources, sign_up(visitor, app))
    assert message.subject == "Come aboard"
    assert (message.html or "").startswith('<p>Ahoy! <a href="http://localhost:9229/')
    assert ">Yes, it is <b>me</b></a></p>" in (message.html or "")
    link_of(message)


@pytest.mark.parametrize(
    ("text", "is_taken"), [("Ahoy {##Click Here##}", True), ("Ahoy {####}", True), ("Ahoy", False), ("{####", False)]
)
def test_the_text_of_a_function(
    visitor: Visitor, make_app: AppMaker, resources: Resources, functions: FakeFunctions, text: str, *, is_taken: bool
) -> None:
    triggers = Triggers(functions, ("CustomMessage",))
    triggers.answers["CustomMessage_SignUp"] = {"emailMessage": text}
    app = make_app(
        LambdaConfig=triggers.config,
        EmailConfiguration={
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        },
        VerificationMessageTemplate=BY_LINK,
    )
    address = sign_up(visitor, app)
    assert triggers.requests("CustomMessage_SignUp")[0]["linkParameter"] == "{##Click Here##}"
    messages = messages_to(resources, address)
    assert len(messages) == int(is_taken)
    if is_taken:
        assert ("confirmation_code=" in messages[0].text) == ("##C" in text)


def test_nobody_learns_who_has_an_address(
    visitor: Visitor, make_app: AppMaker, make: Factory, resources: Resources
) -> None:
    app = make_app(UsernameAttributes=["email"], VerificationMessageTemplate=BY_LINK)
    make.user(app.pool_id, f"known.{app.client_id}@example.com")
    pages = []
    for name in ("known", "fresh"):
        address = f"{name}.{app.client_id}@example.com"
        visitor.open(app.url("/signup")).submit({"email": address, "password": "Another-Horse-1"})
        shown = [visitor.path, visitor.heading, visitor.text.replace(address, "ADDRESS")]
        visitor.submit()
        shown += [str(visitor.errors)]
        messages_to(resources, address)  # delivered before the next one is made: both are of one moment
        visitor.submit(button="resend")
        pages.append([*shown, visitor.text.replace(address, "ADDRESS")])
    assert pages[0] == pages[1]
    assert "We have sent a new message." in pages[0][-1]


def test_a_changed_address_is_verified_by_a_code(
    app: App, make: Factory, operator: Any, public: Any, resources: Resources
) -> None:
    user: MadeUser = make.user(app.pool_id, email=f"a.{app.client_id}@example.com")
    token = make.tokens(make.client(app.pool_id)["ClientId"], user)["AccessToken"]
    public.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    (message,) = messages_to(resources, f"a.{app.client_id}@example.com")
    assert message.code in message.text
    assert "confirmUser" not in message.text


def test_by_the_api(make: Factory, app: App, public: Any, visitor: Visitor, resources: Resources) -> None:
    client = make.client(app.pool_id)
    address = f"api.{app.client_id}@example.com"
    attributes = [{"Name": "email", "Value": address}]
    public.sign_up(ClientId=client["ClientId"], Username="apia", Password=PASSWORD, UserAttributes=attributes)
    url = link_of(messages_to(resources, address)[0])
    assert visitor.open(url).submit().heading == "Your account is confirmed"
