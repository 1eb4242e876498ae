"""Going back, pressing a button twice, and several tabs: each leads where the person wants to be."""

from typing import Any

import httpx
import pytest

from app.flows.work import Resources
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.test_second_factors import claims

NEW = "Other-Horse-8"


@pytest.fixture
def user(make: Factory, app: App, operator: Any) -> MadeUser:
    """A user with two second factors."""
    made = make.user(
        app.pool_id,
        email="goes.back@example.com",
        email_verified="true",
        phone_number="+12065550177",
        phone_number_verified="true",
    )
    _offer_codes(operator, app)
    operator.admin_set_user_mfa_preference(
        UserPoolId=app.pool_id,
        Username=made.username,
        SMSMfaSettings={"Enabled": True},
        EmailMfaSettings={"Enabled": True},
    )
    return made


def _offer_codes(operator: Any, app: App, mfa: str = "OPTIONAL") -> None:
    operator.set_user_pool_mfa_config(
        UserPoolId=app.pool_id,
        MfaConfiguration=mfa,
        SmsMfaConfiguration={"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"}},
        EmailMfaConfiguration={"Message": "{####}"},
    )


def _sign_in(visitor: Visitor, app: App, user: MadeUser, **changes: str) -> Visitor:
    return visitor.open(app.url(**changes)).submit({"username": user.username, "password": PASSWORD})


def _code(resources: Resources, address: str = "goes.back@example.com") -> str:
    return str(messages_to(resources, address)[0].code)


def test_back_to_choose_another_second_factor(visitor: Visitor, app: App, user: MadeUser, resources: Resources) -> None:
    choice = str(_sign_in(visitor, app, user).response.url)
    visitor.submit({"factor": "SMS_MFA"})
    assert "+*******0177" in visitor.text
    assert visitor.open(choice).heading == "Confirm that it is you"
    visitor.submit({"factor": "EMAIL_OTP"})
    assert visitor.submit({"code": _code(resources)}).code()


def test_a_choice_sent_twice_asks_for_the_second_code(
    visitor: Visitor, app: App, user: MadeUser, resources: Resources
) -> None:
    _sign_in(visitor, app, user)
    action, chosen = visitor.action(), {**visitor.hidden(), "factor": "EMAIL_OTP"}
    visitor.post(action, chosen)
    first = _code(resources)
    assert visitor.post(action, chosen).heading == "Enter your code"
    assert visitor.submit({"code": first}).wrong_inputs.keys() == {"code"}
    assert visitor.submit({"code": _code(resources)}).code()


def test_another_code_asked_for_twice(visitor: Visitor, app: App, user: MadeUser, resources: Resources) -> None:
    _sign_in(visitor, app, user).submit({"factor": "EMAIL_OTP"})
    action, form = visitor.action("resend"), visitor.hidden("resend")
    for _ in range(2):
        assert "We have sent a new code." in visitor.post(action, form).text
    assert visitor.submit({"code": _code(resources)}).code()


def test_back_to_mend_a_mistyped_address(
    visitor: Visitor, app: App, make: Factory, operator: Any, resources: Resources
) -> None:
    bare = make.user(app.pool_id)
    _offer_codes(operator, app, "ON")
    question = str(_sign_in(visitor, app, bare).submit({"factor": "EMAIL_OTP"}).response.url)
    assert visitor.heading == "Add your email address"
    visitor.submit({"email": "mistyped@example.com"})
    visitor.open(question).submit({"email": "mended@example.com"})
    assert visitor.submit({"code": _code(resources, "mended@example.com")}).code()
    found = operator.admin_get_user(UserPoolId=app.pool_id, Username=bare.username)["UserAttributes"]
    assert {"Name": "email", "Value": "mended@example.com"} in found


@pytest.mark.parametrize("prompt", ["", "login"])
def test_back_to_a_step_that_is_done_leads_on(
    visitor: Visitor, app: App, user: MadeUser, resources: Resources, clock: Clock, prompt: str
) -> None:
    _sign_in(visitor, app, user, prompt=prompt)
    choice = str(visitor.response.url)
    visitor.submit({"factor": "EMAIL_OTP"})
    question = str(visitor.response.url)
    resend, form = visitor.action("resend"), visitor.hidden("resend")
    visitor.submit({"code": _code(resources)})
    codes = {
        visitor.code(),
        visitor.post(resend, form).code(),
        *(visitor.open(url).code() for url in (choice, question)),
    }
    assert len(codes) == 4
    clock.advance(seconds=61)
    visitor.open(question)
    assert visitor.away if not prompt else visitor.heading == "Sign in", "by then the app's wish counts again"


def test_it_leads_on_in_the_same_sign_in_only(
    visitor: Visitor, app: App, user: MadeUser, make: Factory, resources: Resources
) -> None:
    _sign_in(visitor, app, user).submit({"factor": "EMAIL_OTP"})
    question, code = str(visitor.response.url), _code(resources)
    other = make.user(app.pool_id)
    _sign_in(visitor, app, other).code()
    assert visitor.open(question).heading == "Enter your code"
    assert claims(visitor.http, app, visitor.submit({"code": code}).code())["sub"] == user.sub


def test_without_the_session_that_it_gave_a_step_that_is_done_is_over(
    visitor: Visitor, app: App, user: MadeUser, resources: Resources
) -> None:
    _sign_in(visitor, app, user).submit({"factor": "EMAIL_OTP"})
    question = str(visitor.response.url)
    action, form = visitor.action(), {**visitor.hidden(), "code": _code(resources)}
    again, resend = visitor.action("resend"), visitor.hidden("resend")
    assert visitor.post(action, form).code()
    visitor.http.cookies.delete(next(name for name in visitor.http.cookies if "session" in name))
    sent = len(messages_to(resources, "goes.back@example.com"))
    assert visitor.post(action, form).heading == "This page has expired"
    assert visitor.post(again, resend).heading == "This page has expired"
    assert len(messages_to(resources, "goes.back@example.com")) == sent
    assert visitor.open(question).heading == "Enter your code"
    assert visitor.submit({"code": form["code"]}).heading == "This page has expired"
    assert visitor.follow("Go to sign in").heading == "Sign in"


def test_a_new_password_sent_twice_is_told_once(
    visitor: Visitor, app: App, make: Factory, resources: Resources, clock: Clock
) -> None:
    user = make.user(app.pool_id, email="twice.reset@example.com", email_verified="true")
    visitor.open(app.url("/forgotPassword")).submit({"username": user.username})
    action = visitor.action()
    form = {
        **visitor.hidden(),
        "code": _code(resources, "twice.reset@example.com"),
        "password": NEW,
        "confirm_password": NEW,
    }
    for _ in range(2):
        assert "Your password is changed." in visitor.post(action, form).text
    wrong = {**form, "password": "Third-Horse-9", "confirm_password": "Third-Horse-9"}
    assert visitor.post(action, wrong).wrong_inputs.keys() == {"code"}
    clock.advance(minutes=1)
    assert visitor.post(action, form).wrong_inputs.keys() == {"code"}


def test_a_guess_among_doubles_is_counted(visitor: Visitor, app: App, make: Factory, resources: Resources) -> None:
    user = make.user(app.pool_id, email="guessed@example.com", email_verified="true")
    visitor.open(app.url("/forgotPassword")).submit({"username": user.username})
    action, hidden = visitor.action(), visitor.hidden()

    def post(password: str, code: str) -> Visitor:
        return visitor.post(action, {**hidden, "code": code, "password": password, "confirm_password": password})

    post(NEW, _code(resources, "guessed@example.com"))
    for number in range(20):
        post(f"Guessed-Horse-{number}", "000000")
    assert post(NEW, "000000").errors == ["Too many attempts. Wait a while, then try again."]


def test_another_tab_changes_the_account_meanwhile(visitor: Visitor, app: App, make: Factory) -> None:
    """Between the answer to one tab's form and the request that follows it, another tab signs somebody else in."""
    ann, bob = make.user(app.pool_id), make.user(app.pool_id)
    visitor.open(app.url(prompt="login"))
    form = {**visitor.hidden(), "username": ann.username, "password": PASSWORD, "submit": "sign_in"}
    headers = {"origin": "http://localhost:9229"}
    onward = visitor.http.post(visitor.action(), data=form, headers=headers).headers["location"]
    visitor.open(app.url(prompt="login")).submit({"username": bob.username, "password": PASSWORD})
    assert claims(visitor.http, app, visitor.code())["sub"] == bob.sub
    assert claims(visitor.http, app, visitor.open(onward).code())["sub"] == ann.sub
    assert claims(visitor.http, app, visitor.open(app.url()).code())["sub"] == bob.sub, "still the one at hand"


def test_a_sign_in_that_the_browser_has_forgotten_gives_nobody_else(visitor: Visitor, app: App, make: Factory) -> None:
    ann, bob = make.user(app.pool_id), make.user(app.pool_id)
    visitor.open(app.url())
    form = {**visitor.hidden(), "username": ann.username, "password": PASSWORD, "submit": "sign_in"}
    headers = {"origin": "http://localhost:9229"}
    onward = visitor.http.post(visitor.action(), data=form, headers=headers).headers["location"]
    visitor.sign_out(app)
    _sign_in(visitor, app, bob).code()
    assert visitor.open(onward).heading == "Choose an account"
    assert bob.username in visitor.text


@pytest.mark.parametrize("path", ["/login", "/signup", "/forgotPassword", "/forgotpassword"])
def test_a_page_with_errors_keeps_its_address(visitor: Visitor, app: App, path: str) -> None:
    url = app.url(path, lang="en", login_hint="<maya>")
    heading = visitor.open(url).heading
    visitor.submit({"username": ""})
    assert visitor.errors
    assert str(visitor.response.url).lower().endswith(url.lower())
    assert visitor.open(str(visitor.response.url)).heading == heading
    assert visitor.errors == []


def test_a_step_with_errors_keeps_its_address(visitor: Visitor, app: App, user: MadeUser, resources: Resources) -> None:
    _sign_in(visitor, app, user).submit({"factor": "EMAIL_OTP"})
    visitor.submit({"code": "0"})
    assert visitor.open(str(visitor.response.url)).heading == "Enter your code"
    assert visitor.submit({"code": _code(resources)}).code()


def test_the_page_that_refuses_another_code_may_be_asked_for_again(
    visitor: Visitor, app: App, user: MadeUser, resources: Resources
) -> None:
    _sign_in(visitor, app, user).submit({"factor": "EMAIL_OTP"})
    for _ in range(20):
        visitor.submit(button="resend")
    assert visitor.errors == ["Too many attempts. Wait a while, then try again."]
    assert visitor.path == "/resendcode"
    sent = len(messages_to(resources, "goes.back@example.com"))
    again = str(httpx.URL(str(visitor.response.url), params={"request": visitor.hidden("resend")["request"]}))
    assert visitor.open(again).heading == "Enter your code"
    assert visitor.errors == []
    assert visitor.open(app.url("/resendcode")).path == "/login"
    assert len(messages_to(resources, "goes.back@example.com")) == sent
