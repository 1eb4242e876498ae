"""What a sign-in may begin with on the hosted pages: a password, a code, a passkey; and that the choice tells of nobody."""

import re
from typing import Any

import orjson
import pytest
from webauthn.helpers import base64url_to_bytes

from app.flows.work import Resources
from tests.authenticator import Authenticator
from tests.conftest import Clock
from tests.factories import PASSWORD, SNS, Factory, MadeUser
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.pages.test_second_factors import claims

ALL = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
WRONG = ["The sign-in details are not right. Check them and try again."]
ORIGIN = "http://localhost:9229"


def choosing(make_app: AppMaker, *factors: str, **options: Any) -> App:
    """An app of a pool that lets people begin with `factors`."""
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": list(factors or ALL)}}
    return make_app(Policies=policy, SmsConfiguration=SNS, **options)


@pytest.fixture
def choice_app(make_app: AppMaker) -> App:
    return choosing(make_app)


@pytest.fixture
def user(make: Factory, choice_app: App) -> MadeUser:
    return make.user(
        choice_app.pool_id,
        email="jane.first@example.com",
        email_verified="true",
        phone_number="+12065550123",
        phone_number_verified="true",
    )


def identify(visitor: Visitor, app: App, name: str, **changes: str) -> Visitor:
    return visitor.open(app.url(**changes)).submit({"username": name})


def ways(visitor: Visitor) -> list[str]:
    return [button.get("id") for button in visitor.page.all("button") if button.get("id")]


def test_the_name_first_then_the_choice(visitor: Visitor, choice_app: App, user: MadeUser) -> None:
    visitor.open(choice_app.url())
    assert [control.get("name") for control in visitor.page.controls] == ["username"]
    assert visitor.submit({"username": " "}).errors == ["Enter your username."]
    identify(visitor, choice_app, user.username)
    assert (visitor.path, visitor.heading) == ("/challenge", "Welcome back")
    assert user.username in visitor.text
    assert ways(visitor) == ["submit", "use_passkey", "EMAIL_OTP", "SMS_OTP"]
    assert visitor.submit({"password": ""}).errors == ["Enter a password."]
    assert visitor.submit({"password": "Wrong-Horse-9"}).errors == WRONG
    assert visitor.submit({"password": PASSWORD}).code()


def test_a_pool_of_passwords_asks_for_both_at_once(visitor: Visitor, app: App) -> None:
    visitor.open(app.url())
    assert [control.get("name") for control in visitor.page.controls] == ["username", "password"]
    assert [script.get("src").split(".")[0] for script in visitor.page.all("script")] == ["/_static/password"]


@pytest.mark.parametrize(
    ("factor", "address", "shown", "amr"),
    [
        ("EMAIL_OTP", "jane.first@example.com", "j***@e***", ["email_otp"]),
        ("SMS_OTP", "+12065550123", "+*******0123", ["sms"]),
    ],
)
def test_a_code_instead_of_a_password(
    visitor: Visitor,
    choice_app: App,
    user: MadeUser,
    resources: Resources,
    factor: str,
    address: str,
    shown: str,
    amr: list[str],
) -> None:
    identify(visitor, choice_app, user.username).submit(button=factor)
    assert (visitor.path, visitor.heading) == ("/challenge", "Enter your code")
    assert shown in visitor.text
    assert visitor.submit({"code": "00000000"}).wrong_inputs.keys() == {"code"}
    first = messages_to(resources, address)[0].code
    visitor.submit(button="resend")
    assert "We have sent a new code." in visitor.text
    assert visitor.submit({"code": first}).wrong_inputs.keys() == {"code"}
    visitor.submit({"code": messages_to(resources, address)[0].code})
    assert claims(visitor.http, choice_app, visitor.code())["amr"] == amr


def test_going_back_to_choose_another_way(visitor: Visitor, choice_app: App, user: MadeUser) -> None:
    identify(visitor, choice_app, user.username)
    action, chosen = visitor.action(), visitor.hidden()
    visitor.submit(button="EMAIL_OTP").follow("Sign in another way")
    assert visitor.heading == "Welcome back"
    assert visitor.post(action, {**chosen, "submit": "PASSWORD", "password": PASSWORD}).code()


def test_somebody_else_after_all(visitor: Visitor, choice_app: App, user: MadeUser) -> None:
    identify(visitor, choice_app, "nobody").follow("Change: nobody")
    assert visitor.page.with_id("username").get("value") == "nobody"
    assert visitor.submit({"username": user.username}).submit({"password": PASSWORD}).code()


def test_the_choice_tells_of_nobody(
    visitor: Visitor, choice_app: App, user: MadeUser, make: Factory, resources: Resources
) -> None:
    bare, before = make.user(choice_app.pool_id), len(messages_to(resources, "jane.first@example.com"))
    seen = []
    for name in (user.username, bare.username, "nobody", "a" * 40):
        identify(visitor, choice_app, name)
        shown = [_neutral(visitor, name), visitor.submit({"password": "Wrong-Horse-9"}).errors]
        for factor in ("EMAIL_OTP", "SMS_OTP"):
            identify(visitor, choice_app, name).submit(button=factor)
            shown += [_neutral(visitor, name), visitor.submit({"code": "00000000"}).errors]
            shown += [_neutral(visitor.submit(button="resend"), name)]
        seen.append(shown)
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert len(messages_to(resources, "jane.first@example.com")) == before + 2


def _neutral(visitor: Visitor, name: str) -> str:
    text = visitor.text.replace(name, "NAME").replace(f"{name[:1].upper()} NAME", "NAME")
    return re.sub(r"\w\*\*\*@\w\*\*\*|\+\*{7}\d{4}", "ADDRESS", text)


def test_what_is_not_offered_is_not_done(
    visitor: Visitor, make_app: AppMaker, make: Factory, resources: Resources
) -> None:
    app = choosing(make_app, "PASSWORD", "SMS_OTP")
    user = make.user(app.pool_id, email="no.code@example.com", email_verified="true")
    identify(visitor, app, user.username)
    visitor.post(visitor.action(), {**visitor.hidden(), "submit": "EMAIL_OTP"})
    assert visitor.errors == ["That way to sign in is not available here. Sign in another way."]
    assert messages_to(resources, "no.code@example.com") == []


@pytest.mark.parametrize(
    "flows",
    [
        ("ALLOW_REFRESH_TOKEN_AUTH",),
        ("ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
        ("USER_PASSWORD_AUTH",),
    ],
)
def test_a_client_without_choice_asks_for_the_password(
    visitor: Visitor,
    make_app: AppMaker,
    choice_app: App,
    user: MadeUser,
    resources: Resources,
    flows: tuple[str, ...],
) -> None:
    """Whatever the pool lets people begin with; and nothing else is done."""
    app = make_app(choice_app.pool_id, flows=flows)
    visitor.open(app.url())
    assert [control.get("name") for control in visitor.page.controls] == ["username", "password"]
    assert not [element for element in visitor.page.elements if element.get("id") == "passkey"]
    before = len(messages_to(resources, "jane.first@example.com"))
    visitor.post(visitor.action(), {**visitor.hidden(), "username": user.username, "submit": "EMAIL_OTP"})
    assert visitor.errors == ["Enter a password."]
    assert len(messages_to(resources, "jane.first@example.com")) == before
    visitor.submit({"username": user.username, "password": PASSWORD})
    assert claims(visitor.http, app, visitor.code())["amr"] == ["pwd"]


def test_a_client_that_does_not_offer_the_choice_any_more(
    visitor: Visitor, choice_app: App, user: MadeUser, operator: Any, resources: Resources
) -> None:
    before = len(messages_to(resources, "jane.first@example.com"))
    identify(visitor, choice_app, user.username)
    without_choice(operator, choice_app)
    visitor.submit(button="EMAIL_OTP")
    assert visitor.errors == ["That way to sign in is not available here. Sign in another way."]
    assert len(messages_to(resources, "jane.first@example.com")) == before


def without_choice(operator: Any, app: App) -> None:
    """Takes USER_AUTH from an app's client."""
    names = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    found = operator.describe_user_pool_client(**names)["UserPoolClient"]
    kept = {
        name: value for name, value in found.items() if name not in ("CreationDate", "LastModifiedDate", "ClientType")
    }
    operator.update_user_pool_client(**{**kept, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]})


def register(public: Any, make: Factory, app: App, user: MadeUser, authenticator: Authenticator) -> None:
    """Gives a user a passkey, as an app does."""
    client = make.client(app.pool_id)
    token = make.tokens(client["ClientId"], user)["AccessToken"]
    options = public.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    public.complete_web_authn_registration(AccessToken=token, Credential=authenticator.create(options))


def options_of(visitor: Visitor) -> dict[str, Any]:
    """What the page gives its script to ask the browser with."""
    options: dict[str, Any] = orjson.loads(visitor.page.with_id("passkey").get("data-options"))
    return options


def use_passkey(visitor: Visitor, response: dict[str, Any]) -> Visitor:
    """What the script does with the browser's answer."""
    form = {**visitor.hidden("use_passkey"), "credential": orjson.dumps(response).decode()}
    return visitor.post(visitor.action("use_passkey"), form)


REFUSED = ["That passkey does not work here. Try again, or sign in another way."]


class TestPasskeys:
    @pytest.fixture
    def authenticator(self, choice_app: App, user: MadeUser, public: Any, make: Factory) -> Authenticator:
        made = Authenticator(origin=ORIGIN)
        register(public, make, choice_app, user, made)
        return made

    def test_from_the_first_page(
        self, visitor: Visitor, choice_app: App, user: MadeUser, authenticator: Authenticator
    ) -> None:
        visitor.open(choice_app.url())
        assert visitor.page.with_id("username").get("autocomplete") == "username webauthn"
        assert "hidden" in visitor.page.with_id("passkey").attributes
        assert "script-src 'self';" in visitor.response.headers["content-security-policy"]
        options = options_of(visitor)
        assert (options["rpId"], options["allowCredentials"]) == ("localhost", [])
        use_passkey(visitor, authenticator.get(options))
        found = claims(visitor.http, choice_app, visitor.code())
        assert (found["sub"], found["amr"]) == (user.sub, ["swk"])

    def test_from_the_choice_whoever_was_typed(
        self, visitor: Visitor, choice_app: App, user: MadeUser, authenticator: Authenticator
    ) -> None:
        identify(visitor, choice_app, "nobody")
        use_passkey(visitor, authenticator.get(options_of(visitor)))
        assert claims(visitor.http, choice_app, visitor.code())["sub"] == user.sub

    def test_an_answer_is_good_once(self, visitor: Visitor, choice_app: App, authenticator: Authenticator) -> None:
        visitor.open(choice_app.url(prompt="login"))
        action, hidden = visitor.action("use_passkey"), visitor.hidden("use_passkey")
        answer = orjson.dumps(authenticator.get(options_of(visitor))).decode()
        assert visitor.post(action, {**hidden, "credential": answer}).code()
        assert visitor.post(action, {**hidden, "credential": answer}).errors == REFUSED
        fresh = Authenticator(origin=ORIGIN, credentials=authenticator.credentials)
        again = orjson.dumps(fresh.get({"rpId": "localhost", "challenge": hidden_challenge(answer)})).decode()
        assert visitor.post(action, {**hidden, "credential": again}).errors == REFUSED

    def test_an_answer_to_another_page_is_refused(
        self, visitor: Visitor, choice_app: App, authenticator: Authenticator
    ) -> None:
        answer = authenticator.get(options_of(visitor.open(choice_app.url())))
        visitor.open(choice_app.url())
        assert use_passkey(visitor, answer).errors == REFUSED
        assert visitor.response.status_code == 400

    def test_an_answer_to_a_page_that_offers_none_any_more(
        self, visitor: Visitor, choice_app: App, authenticator: Authenticator, operator: Any
    ) -> None:
        answer = authenticator.get(options_of(visitor.open(choice_app.url())))
        without_choice(operator, choice_app)
        assert use_passkey(visitor, answer).errors == REFUSED

    @pytest.mark.parametrize("credential", ["", "{}", "[]", "nonsense", '{"id":"a","rawId":"a","response":{}}'])
    def test_nonsense_is_refused(self, visitor: Visitor, choice_app: App, credential: str) -> None:
        visitor.open(choice_app.url())
        form = {**visitor.hidden("use_passkey"), "credential": credential}
        assert visitor.post(visitor.action("use_passkey"), form).errors == REFUSED

    def test_a_passkey_of_nobody_and_one_that_names_another_user(
        self, visitor: Visitor, choice_app: App, user: MadeUser, authenticator: Authenticator, make: Factory
    ) -> None:
        other = make.user(choice_app.pool_id)
        for handle in (other.sub.encode(), other.username.encode(), b"nobody", b"\xff", None):
            answer = authenticator.get(options_of(visitor.open(choice_app.url())), user_handle=handle)
            assert use_passkey(visitor, answer).errors == REFUSED

    def test_who_has_mfa_needs_it_all_the_same(
        self,
        visitor: Visitor,
        choice_app: App,
        user: MadeUser,
        authenticator: Authenticator,
        operator: Any,
        clock: Clock,
    ) -> None:
        operator.set_user_pool_mfa_config(
            UserPoolId=choice_app.pool_id,
            MfaConfiguration="OPTIONAL",
            EmailMfaConfiguration={"Message": "{####}"},
        )
        operator.admin_set_user_mfa_preference(
            UserPoolId=choice_app.pool_id, Username=user.username, EmailMfaSettings={"Enabled": True}
        )
        answer = authenticator.get(options_of(visitor.open(choice_app.url())))
        assert use_passkey(visitor, answer).errors == REFUSED

    def test_one_passkey_where_two_factors_are_required(
        self, visitor: Visitor, make_app: AppMaker, make: Factory, operator: Any, public: Any
    ) -> None:
        app = choosing(make_app, "PASSWORD", "WEB_AUTHN")
        user, authenticator = make.user(app.pool_id), Authenticator(origin=ORIGIN)
        register(public, make, app, user, authenticator)
        operator.set_user_pool_mfa_config(
            UserPoolId=app.pool_id,
            MfaConfiguration="ON",
            SoftwareTokenMfaConfiguration={"Enabled": True},
            WebAuthnConfiguration={"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"},
        )
        options = options_of(visitor.open(app.url()))
        assert options["userVerification"] == "required"
        use_passkey(visitor, authenticator.get(options))
        assert claims(visitor.http, app, visitor.code())["amr"] == ["swk", "mfa"]

    def test_a_disabled_user(
        self, visitor: Visitor, choice_app: App, user: MadeUser, authenticator: Authenticator, operator: Any
    ) -> None:
        operator.admin_disable_user(UserPoolId=choice_app.pool_id, Username=user.username)
        answer = authenticator.get(options_of(visitor.open(choice_app.url())))
        assert use_passkey(visitor, answer).errors == REFUSED


def hidden_challenge(answer: str) -> str:
    """The challenge that a response signs."""

    client_data = orjson.loads(base64url_to_bytes(orjson.loads(answer)["response"]["clientDataJSON"]))
    return str(client_data["challenge"])
