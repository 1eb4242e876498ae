"""Whoever must have a second factor and has none chooses on the pages which one to set up, and may change their mind."""

import itertools
import re
from typing import Any

import pytest

from app.flows.work import Resources
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.pages.test_second_factors import code_to, demand, sign_in, totp

EMAIL = "new@example.com"
# The inbox is every test's.
NUMBERS = itertools.count(1)
FACTOR = {"SMS": "SMS_MFA", "TOTP": "SOFTWARE_TOKEN_MFA", "EMAIL": "EMAIL_OTP"}
HEADING = {
    "SMS": "Add your phone number",
    "TOTP": "Set up your authenticator app",
    "EMAIL": "Add your email address",
}
COMBINATIONS = (("SMS", "TOTP"), ("SMS", "EMAIL"), ("TOTP", "EMAIL"), ("SMS", "TOTP", "EMAIL"))


@pytest.fixture
def bare(make: Factory, app: App) -> MadeUser:
    """A user without any address."""
    return make.user(app.pool_id)


@pytest.fixture
def phone() -> str:
    """A number that no other test has sent to."""
    return f"+120655{next(NUMBERS):05}"


def _set_up(visitor: Visitor, factor: str, phone: str, resources: Resources, clock: Clock) -> None:
    """From the page of a factor to the end of the sign-in."""
    if factor == "TOTP":
        visitor.submit({"code": totp(clock, visitor.page.with_id("seed").text.replace(" ", ""))})
        return
    name, address = ("phone_number", phone) if factor == "SMS" else ("email", EMAIL)
    visitor.submit({name: address})
    visitor.submit({"code": code_to(resources, address)})


def _stored(operator: Any, app: App, user: MadeUser) -> tuple[dict[str, str], list[str] | None]:
    """The user's attributes but for `sub`, and the factors that are on."""
    found = operator.admin_get_user(UserPoolId=app.pool_id, Username=user.username)
    attributes = {pair["Name"]: pair["Value"] for pair in found["UserAttributes"]}
    attributes.pop("sub")
    return attributes, found.get("UserMFASettingList")


def _offered(visitor: Visitor) -> list[str]:
    return [item.get("value") for item in visitor.page.all("input") if item.get("name") == "factor"]


@pytest.mark.parametrize(("factors", "chosen"), [(given, one) for given in COMBINATIONS for one in given])
def test_one_of_several_is_chosen_and_set_up(
    visitor: Visitor,
    other_visitor: Visitor,
    app: App,
    bare: MadeUser,
    operator: Any,
    resources: Resources,
    clock: Clock,
    factors: tuple[str, ...],
    chosen: str,
    phone: str,
) -> None:
    demand(operator, app, "ON", *factors)
    sign_in(visitor, app, bare)
    assert (visitor.path, visitor.heading) == ("/challenge", "Add a second step")
    first = ["SOFTWARE_TOKEN_MFA"] if "TOTP" in factors else []
    assert _offered(visitor) == [*first, *(FACTOR[name] for name in factors if name != "TOTP")]
    visitor.submit({"factor": FACTOR[chosen]})
    assert visitor.heading == HEADING[chosen]
    _set_up(visitor, chosen, phone, resources, clock)
    assert visitor.code()
    addresses = {"SMS": {"phone_number": phone}, "EMAIL": {"email": EMAIL}}.get(chosen, {})
    flags = {f"{name}_verified": "true" for name in addresses}
    assert _stored(operator, app, bare) == ({**addresses, **flags}, [FACTOR[chosen]])
    sign_in(other_visitor, app, bare)
    assert other_visitor.heading == "Enter your code", "from now on it is asked for"


def test_a_phone_number_is_all_there_is(
    visitor: Visitor, app: App, bare: MadeUser, operator: Any, resources: Resources, phone: str
) -> None:
    demand(operator, app, "ON", "SMS")
    sign_in(visitor, app, bare)
    assert visitor.heading == "Add your phone number"
    assert "another way" not in visitor.text
    assert visitor.submit({"phone_number": ""}).wrong_inputs == {"phone_number": "Enter your phone number."}
    visitor.submit({"phone_number": "0206 5550"})
    assert visitor.wrong_inputs == {"phone_number": "Enter a phone number with its country code."}
    visitor.submit({"phone_number": f"{phone[:2]} ({phone[2:5]}) {phone[5:8]}-{phone[8:]}"})
    assert f"+*******{phone[-4:]}" in visitor.text
    assert visitor.submit({"code": "no"}).wrong_inputs.keys() == {"code"}
    assert _stored(operator, app, bare) == ({}, None), "nothing before the code has come back"
    assert visitor.submit({"code": code_to(resources, phone)}).code()


def test_no_choice_made(visitor: Visitor, app: App, bare: MadeUser, operator: Any) -> None:
    demand(operator, app, "ON", "SMS", "TOTP")
    sign_in(visitor, app, bare)
    for nothing in ({}, {"factor": "EMAIL_OTP"}):
        assert visitor.submit(nothing).wrong_inputs == {"factor": "Choose one."}


class TestChangingOnesMind:
    def test_another_number(
        self, visitor: Visitor, app: App, bare: MadeUser, operator: Any, resources: Resources, phone: str
    ) -> None:
        demand(operator, app, "ON", "SMS")
        sign_in(visitor, app, bare).submit({"phone_number": "+12065570177"})
        mistyped = code_to(resources, "+12065570177")
        visitor.follow("Use another phone number")
        assert visitor.heading == "Add your phone number"
        visitor.submit({"phone_number": phone})
        assert visitor.submit({"code": mistyped}).wrong_inputs.keys() == {"code"}
        assert visitor.submit({"code": code_to(resources, phone)}).code()
        assert _stored(operator, app, bare)[0]["phone_number"] == phone

    def test_a_new_code(
        self, visitor: Visitor, app: App, bare: MadeUser, operator: Any, resources: Resources, clock: Clock, phone: str
    ) -> None:
        demand(operator, app, "ON", "SMS", "TOTP")
        sign_in(visitor, app, bare).submit({"factor": "SMS_MFA"}).submit({"phone_number": phone})
        clock.advance(seconds=40)
        visitor.submit(button="resend")
        assert "We have sent a new code." in visitor.text
        assert len(messages_to(resources, phone)) == 2
        visitor.follow("Use another phone number").follow("Choose another way")
        assert visitor.heading == "Add a second step"
        visitor.submit({"factor": "SMS_MFA"}).submit({"phone_number": phone})
        assert visitor.submit({"code": code_to(resources, phone)}).code()

    @pytest.mark.parametrize(("first", "second"), [("SMS", "TOTP"), ("EMAIL", "SMS"), ("TOTP", "EMAIL")])
    def test_another_way(
        self,
        visitor: Visitor,
        app: App,
        bare: MadeUser,
        operator: Any,
        resources: Resources,
        clock: Clock,
        first: str,
        second: str,
        phone: str,
    ) -> None:
        demand(operator, app, "ON", "SMS", "TOTP", "EMAIL")
        sign_in(visitor, app, bare).submit({"factor": FACTOR[first]})
        if first == "SMS":
            visitor.submit({"phone_number": phone}).follow("Use another phone number")
        if first == "EMAIL":
            visitor.submit({"email": EMAIL}).follow("Use another email address")
        visitor.follow("Choose another way").submit({"factor": FACTOR[second]})
        _set_up(visitor, second, phone, resources, clock)
        assert visitor.code()
        assert _stored(operator, app, bare)[1] == [FACTOR[second]]

    def test_reloading_keeps_the_seed(self, visitor: Visitor, app: App, bare: MadeUser, operator: Any) -> None:
        demand(operator, app, "ON", "SMS", "TOTP")
        sign_in(visitor, app, bare).submit({"factor": "SOFTWARE_TOKEN_MFA"})
        seed = visitor.page.with_id("seed").text
        visitor.follow("Choose another way").submit({"factor": "SOFTWARE_TOKEN_MFA"})
        assert visitor.page.with_id("seed").text == seed


class TestLimits:
    def test_twenty_codes_an_hour(
        self, visitor: Visitor, app: App, bare: MadeUser, operator: Any, resources: Resources, phone: str
    ) -> None:
        demand(operator, app, "ON", "SMS")
        sign_in(visitor, app, bare)
        for number in range(20):
            visitor.submit({"phone_number": f"+120655601{number:02}"}).follow("Use another phone number")
        visitor.submit({"phone_number": phone})
        assert visitor.errors == ["Too many attempts. Wait a while, then try again."]
        assert messages_to(resources, phone) == []

    def test_five_guesses(
        self, visitor: Visitor, app: App, bare: MadeUser, operator: Any, resources: Resources, phone: str
    ) -> None:
        demand(operator, app, "ON", "SMS")
        sign_in(visitor, app, bare).submit({"phone_number": phone})
        for _ in range(5):
            visitor.submit({"code": "no"})
        visitor.submit({"code": code_to(resources, phone)})
        assert visitor.errors == ["Too many attempts. Wait a while, then try again."]

    def test_a_country_that_the_pool_does_not_send_to(
        self, visitor: Visitor, app: App, bare: MadeUser, operator: Any, resources: Resources, ours: Any, phone: str
    ) -> None:
        ours.update_pool_settings(UserPoolId=app.pool_id, SmsCountries="DE")
        demand(operator, app, "ON", "SMS")
        sign_in(visitor, app, bare).submit({"phone_number": phone})
        assert visitor.heading == "Add your phone number"
        assert visitor.errors == ["We could not send the code. Try again in a moment."]
        assert messages_to(resources, phone) == []

    def test_somebody_elses_number(
        self,
        visitor: Visitor,
        make_app: AppMaker,
        make: Factory,
        operator: Any,
        resources: Resources,
        phone: str,
    ) -> None:
        app = make_app(AliasAttributes=["phone_number"])
        make.user(app.pool_id, phone_number=phone, phone_number_verified="true")
        bare = make.user(app.pool_id)
        demand(operator, app, "ON", "SMS", "TOTP")
        sign_in(visitor, app, bare).submit({"factor": "SMS_MFA"}).submit({"phone_number": phone})
        visitor.submit({"code": code_to(resources, phone)})
        assert visitor.errors == ["Another account already uses this email address or phone number."]
        assert _stored(operator, app, bare) == ({}, None)
        visitor.follow("Use another phone number").submit({"phone_number": "+12065570166"})
        assert visitor.submit({"code": code_to(resources, "+12065570166")}).code()

    def test_a_code_that_was_kept_replaces_nothing(
        self,
        visitor: Visitor,
        other_visitor: Visitor,
        app: App,
        bare: MadeUser,
        operator: Any,
        resources: Resources,
        phone: str,
    ) -> None:
        demand(operator, app, "ON", "SMS", "TOTP")
        sign_in(visitor, app, bare).submit({"factor": "SMS_MFA"}).submit({"phone_number": "+12065570111"})
        sign_in(other_visitor, app, bare).submit({"factor": "SMS_MFA"}).submit({"phone_number": phone})
        assert other_visitor.submit({"code": code_to(resources, phone)}).code()
        visitor.submit({"code": code_to(resources, "+12065570111")})
        assert visitor.response.status_code == 400
        assert _stored(operator, app, bare)[0]["phone_number"] == phone

    def test_a_client_that_may_not_write_it(
        self, visitor: Visitor, app: App, bare: MadeUser, operator: Any, resources: Resources, phone: str
    ) -> None:
        """As for an address by mail: it is the pool that demands a second factor, not the app that writes the profile."""
        client = operator.describe_user_pool_client(UserPoolId=app.pool_id, ClientId=app.client_id)["UserPoolClient"]
        operator.update_user_pool_client(
            **{
                name: value
                for name, value in client.items()
                if name not in ("ClientType", "CreationDate", "LastModifiedDate")
            },
            WriteAttributes=["name"],
        )
        demand(operator, app, "ON", "SMS")
        sign_in(visitor, app, bare).submit({"phone_number": phone})
        assert visitor.submit({"code": code_to(resources, phone)}).code()


class TestNoWay:
    """A right password must not be told as a wrong one."""

    def _is_told(self, visitor: Visitor) -> None:
        assert (visitor.path, visitor.heading) == ("/challenge", "You cannot sign in yet")
        assert visitor.response.status_code == 200, "going back and reloading ask again"
        assert "needs a second step" in visitor.text
        assert visitor.follow("Go to sign in").heading == "Sign in"

    def test_the_number_recovers_the_account(
        self, visitor: Visitor, app: App, make: Factory, operator: Any, phone: str
    ) -> None:
        user = make.user(app.pool_id, phone_number=phone, phone_number_verified="true")
        recovery = {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"}]}
        operator.update_user_pool(UserPoolId=app.pool_id, AccountRecoverySetting=recovery)
        demand(operator, app, "ON", "SMS")
        self._is_told(sign_in(visitor, app, user))

    def test_after_a_new_password(self, visitor: Visitor, make_app: AppMaker, make: Factory, operator: Any) -> None:
        immutable = {"Name": "phone_number", "AttributeDataType": "String", "Mutable": False}
        app = make_app(Schema=[immutable])
        user = make.user(app.pool_id)
        demand(operator, app, "ON", "SMS")
        operator.admin_set_user_password(
            UserPoolId=app.pool_id, Username=user.username, Password=PASSWORD, Permanent=False
        )
        sign_in(visitor, app, user)
        assert visitor.heading == "Set your own password"
        self._is_told(visitor.submit({"password": "Chosen-Horse-2"}))

    def test_the_number_is_gone(self, visitor: Visitor, app: App, make: Factory, operator: Any, phone: str) -> None:
        user = make.user(app.pool_id, phone_number=phone)
        demand(operator, app, "OPTIONAL", "SMS")
        named = {"UserPoolId": app.pool_id, "Username": user.username}
        operator.admin_set_user_mfa_preference(**named, SMSMfaSettings={"Enabled": True})
        operator.admin_delete_user_attributes(**named, UserAttributeNames=["phone_number"])
        self._is_told(sign_in(visitor, app, user))
        assert _stored(operator, app, user)[1] == ["SMS_MFA"], "a password alone takes no second factor away"


def test_an_impossible_name_is_a_wrong_one(visitor: Visitor, app: App) -> None:
    visitor.open(app.url()).submit({"username": "no body", "password": PASSWORD})
    assert visitor.errors == ["The sign-in details are not right. Check them and try again."]


class TestAtTheApi:
    """Cognito's own answers: a number is added apart from the sign-in."""

    @pytest.mark.parametrize("factors", COMBINATIONS)
    def test_a_phone_number_is_not_offered(
        self, app: App, bare: MadeUser, make: Factory, operator: Any, public: Any, factors: tuple[str, ...], phone: str
    ) -> None:
        demand(operator, app, "ON", *factors)
        client_id = make.client(app.pool_id)["ClientId"]
        parameters = {"USERNAME": bare.username, "PASSWORD": PASSWORD}
        asked = public.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
        assert asked["ChallengeName"] == "MFA_SETUP"
        offered = re.findall(r"\w+", asked["ChallengeParameters"]["MFAS_CAN_SETUP"])
        assert offered == [FACTOR[name] for name in factors if name != "SMS"]
        responses = {"USERNAME": bare.username, "PHONE_NUMBER": phone}
        error = refused(
            public.respond_to_auth_challenge,
            ClientId=client_id,
            ChallengeName="MFA_SETUP",
            Session=asked["Session"],
            ChallengeResponses=responses,
        )
        assert error == (
            "InvalidParameterException",
            "Software token MFA has not been verified for this session.",
        )

    def test_nothing_can_be_set_up(self, app: App, bare: MadeUser, make: Factory, operator: Any, public: Any) -> None:
        demand(operator, app, "ON", "SMS")
        client_id = make.client(app.pool_id)["ClientId"]
        error = refused(
            public.initiate_auth,
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": bare.username, "PASSWORD": PASSWORD},
        )
        assert error == ("InvalidParameterException", "User does not have delivery config set to turn on MFA.")
