"""Sign-ins bent by whoever holds a name, a session or a token that is not meant for that."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.db.tables.audit import AuditEvent
from app.flows.work import Resources
from tests.aws.cognito_idp import passkeys, test_custom_auth, test_mfa, test_step_up, test_user_auth
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import Factory
from tests.functions import FakeFunctions
from tests.outbox import posted

WRONG = ("NotAuthorizedException", "Incorrect username or password.")
ELSEWHERE = "eve@elsewhere.example"
NEW_PASSWORD = "Another-Horse-88"


@pytest.fixture
def choosing(make: Factory, operator: Any, public: Any, resources: Resources) -> test_user_auth.Scene:
    return test_user_auth.Scene(make, operator, public, resources)


@pytest.fixture
def riddle(make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> test_custom_auth.Scene:
    functions.calls.clear()
    return test_custom_auth.Scene(make, operator, public, functions)


@pytest.fixture
def required(make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock) -> test_mfa.Scene:
    scene = test_mfa.Scene(make, operator, public, resources, clock)
    scene.demand("ON", "TOTP", "EMAIL")
    scene.user = make.user(scene.pool_id)
    return scene


@pytest.mark.parametrize("is_preferred", [True, False])
def test_a_code_goes_to_no_address_of_the_askers_choice(choosing: test_user_auth.Scene, is_preferred: bool) -> None:
    before = choosing.operator.admin_get_user(UserPoolId=choosing.pool_id, Username=choosing.user.username)
    if is_preferred:
        asked = choosing.start(PREFERRED_CHALLENGE="EMAIL_OTP", ADDRESS=ELSEWHERE)
    else:
        asked = choosing.respond(choosing.start(), ANSWER="EMAIL_OTP", ADDRESS=ELSEWHERE)
    assert ELSEWHERE not in {message.destination for message in posted(choosing.resources, choosing.pool_id)}
    assert "AuthenticationResult" in choosing.respond(asked, EMAIL_OTP_CODE=choosing.codes()[-1])
    after = choosing.operator.admin_get_user(UserPoolId=choosing.pool_id, Username=choosing.user.username)
    assert after["UserAttributes"] == before["UserAttributes"]


def _guesses(riddle: test_custom_auth.Scene, asked: dict[str, Any]) -> list[tuple[str, str] | None]:
    """What eight answers at once to the same question give; None for one that succeeded."""

    def guess(answer: str) -> tuple[str, str] | None:
        try:
            riddle.respond(asked, ANSWER=answer)
        except riddle.public.exceptions.ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        return None

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(guess, "56789123"))


def _verifications(riddle: test_custom_auth.Scene) -> int:
    return sum(call["triggerSource"].startswith("Verify") for call in riddle.functions.calls)


def test_each_question_of_a_function_takes_one_answer(riddle: test_custom_auth.Scene, resources: Resources) -> None:
    asked = riddle.start()
    for wrong in "12":
        asked = riddle.respond(asked, ANSWER=wrong)
    before = _verifications(riddle)
    _guesses(riddle, asked)
    assert _verifications(riddle) == before + 1
    assert refused(riddle.respond, asked, ANSWER="4")[0] == "NotAuthorizedException"
    with resources.database.read() as db:
        kinds = list(db.scalars(select(AuditEvent.kind).where(AuditEvent.pool_id == riddle.pool_id)))
    assert kinds.count("sign_in.failure") == 4  # three wrong answers, and then it was over


def test_a_function_that_fails_has_taken_the_answer(riddle: test_custom_auth.Scene) -> None:
    def verify(event: dict[str, Any]) -> dict[str, Any]:
        if event["request"]["challengeAnswer"] != "4":
            raise ValueError("wrong")
        event["response"]["answerCorrect"] = True
        return event

    riddle.configure(test_custom_auth._define, test_custom_auth._create, verify)
    asked = riddle.start()
    assert refused(riddle.respond, asked, ANSWER="1")[0] == "UserLambdaValidationException"
    assert refused(riddle.respond, asked, ANSWER="4")[0] == "NotAuthorizedException"


class TestHeldSessions:
    """MFA_SETUP is asked after a right password: a session kept from then must not outlive what the user does about it."""

    def _set_up(self, scene: test_mfa.Scene, asked: dict[str, Any]) -> dict[str, Any]:
        begun = scene.public.associate_software_token(Session=asked["Session"])
        verified = scene.public.verify_software_token(
            Session=begun["Session"], UserCode=scene.totp(begun["SecretCode"])
        )
        return scene.respond({**asked, "Session": verified["Session"]})

    def test_an_authenticator_is_not_replaced(self, required: test_mfa.Scene) -> None:
        held, asked = required.start(), required.start()
        assert "AuthenticationResult" in self._set_up(required, asked)
        assert refused(self._set_up, required, held) == ("NotAuthorizedException", "Invalid session for the user.")

    def test_an_address_is_not_replaced(self, required: test_mfa.Scene) -> None:
        held = required.respond(required.start(), EMAIL=ELSEWHERE)
        code = required.last_code()
        own = [{"Name": "email", "Value": "own@example.com"}, {"Name": "email_verified", "Value": "true"}]
        named = {"UserPoolId": required.pool_id, "Username": required.user.username}
        required.operator.admin_update_user_attributes(**named, UserAttributes=own)
        assert refused(required.respond, held, EMAIL_OTP_CODE=code)[0] == "NotAuthorizedException"
        told = {pair["Name"]: pair["Value"] for pair in required.operator.admin_get_user(**named)["UserAttributes"]}
        assert told["email"] == "own@example.com"

    def test_a_new_password_ends_them(self, required: test_mfa.Scene) -> None:
        held = required.start()
        required.clock.advance(seconds=1)
        required.operator.admin_set_user_password(
            UserPoolId=required.pool_id, Username=required.user.username, Password=NEW_PASSWORD, Permanent=True
        )
        assert refused(self._set_up, required, held) == ("NotAuthorizedException", "Invalid session for the user.")


class TestWhoExists:
    def _told(self, scene: test_user_auth.Scene, username: str, **parameters: str) -> tuple[Any, ...]:
        asked = scene.start(username, scene.hiding_id, **parameters)
        return asked["ChallengeName"], len(asked["Session"]), asked.get("AvailableChallenges")

    @pytest.mark.parametrize("parameters", [{}, {"PREFERRED_CHALLENGE": "EMAIL_OTP"}])
    def test_sessions_are_as_long(self, choosing: test_user_auth.Scene, parameters: dict[str, str]) -> None:
        known = choosing.make.user(
            choosing.pool_id,
            "known-1",
            email="somebody.with.a.long.name@example.com",
            email_verified="true",
            phone_number="+12065550123",
            phone_number_verified="true",
        )
        assert self._told(choosing, known.username, **parameters) == self._told(choosing, "never-1", **parameters)

    def test_who_can_begin_with_nothing_is_as_nobody(self, choosing: test_user_auth.Scene) -> None:
        bare = choosing.make.user(choosing.pool_id, "known-1", email="a@example.com", email_verified="false")
        choosing.operator.admin_disable_provider_for_user(
            UserPoolId=choosing.pool_id,
            User={
                "ProviderName": "Cognito",
                "ProviderAttributeName": "Cognito_Subject",
                "ProviderAttributeValue": bare.username,
            },
        )
        choosing.operator.admin_enable_user(UserPoolId=choosing.pool_id, Username=bare.username)
        assert self._told(choosing, "known-1") == self._told(choosing, "never-1")
        sent = len(posted(choosing.resources, choosing.pool_id))
        asked = choosing.start("known-1", choosing.hiding_id, PREFERRED_CHALLENGE="EMAIL_OTP")
        assert asked["ChallengeName"] == "EMAIL_OTP"
        assert len(posted(choosing.resources, choosing.pool_id)) == sent

    def test_a_session_of_sign_up_tells_nothing(self, choosing: test_user_auth.Scene) -> None:
        def confirm(username: str) -> tuple[str, str]:
            return refused(
                choosing.public.confirm_sign_up,
                ClientId=choosing.hiding_id,
                Username=username,
                ConfirmationCode="123456",
                Session="A" * 40,
            )

        assert confirm(choosing.user.username) == confirm("never-1")


def test_codes_by_mail_do_not_start_the_count_of_authenticator_codes_anew(
    make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock
) -> None:
    scene = test_step_up.Scene(make, operator, public, resources, clock)

    def guess(count: int) -> tuple[str, str]:
        clock.advance(seconds=1)
        asked = scene.start(PREFERRED_CHALLENGE="EMAIL_OTP", TARGET_ACR_VALUES="urn:example:strong")
        asked = scene.respond(asked, EMAIL_OTP_CODE=scene.code())
        return [refused(scene.respond, asked, SOFTWARE_TOKEN_MFA_CODE="000000") for _ in range(count)][-1]

    assert guess(3)[0] == "CodeMismatchException"
    assert guess(3) == ("NotAuthorizedException", "Password attempts exceeded")


def test_nobody_locks_the_passkeys_of_another(make: Factory, operator: Any, public: Any, resources: Resources) -> None:
    scene = passkeys.Scene(make, operator, public, resources)
    authenticator = scene.register()
    for _ in range(8):
        assert refused(scene.prove, scene.asked()[0], {"id": "AA"})[0] in ("InvalidParameterException", WRONG[0])
    challenge, options = scene.asked()
    assert "AuthenticationResult" in scene.prove(challenge, authenticator.get(options))
