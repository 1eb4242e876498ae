"""Second factors: setting them up, choosing among them, and signing in with them, through a real botocore client."""

import json
from typing import Any

import pyotp
import pytest

from app.core.messages import Message
from app.flows.work import Resources
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import PASSWORD, SNS, Factory, claims_of
from tests.outbox import posted
from tests.signing_in import SigningIn

NOT_RIGHT = ("CodeMismatchException", "Invalid code or auth state for the user.")


class Scene(SigningIn):
    """A pool whose second factors are set up, with a client and a user who has both addresses."""

    def __init__(self, make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock) -> None:
        self.make, self.operator, self.public, self.resources, self.clock = make, operator, public, resources, clock
        self.pool_id = make.pool()
        self.client_id = make.client(self.pool_id)["ClientId"]
        self.user = make.user(
            self.pool_id,
            email="jane@example.com",
            email_verified="true",
            phone_number="+12065550123",
            phone_number_verified="true",
        )

    def demand(self, mfa: str, *factors: str, **pool: Any) -> None:
        """Sets the pool's MFA, with SMS, TOTP or EMAIL; `pool` are other members of UpdateUserPool."""
        if pool:
            self.operator.update_user_pool(UserPoolId=self.pool_id, **pool)
        members: dict[str, Any] = {}
        if "SMS" in factors:
            members["SmsMfaConfiguration"] = {
                "SmsConfiguration": SNS,
                "SmsAuthenticationMessage": "Here you are: {####}",
            }
        if "TOTP" in factors:
            members["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
        if "EMAIL" in factors:
            members["EmailMfaConfiguration"] = {"Message": "<b>{####}</b> it is", "Subject": "Signing in"}
        self.operator.set_user_pool_mfa_config(UserPoolId=self.pool_id, MfaConfiguration=mfa, **members)

    def start(self, password: str = PASSWORD) -> dict[str, Any]:
        return self.initiate("USER_PASSWORD_AUTH", PASSWORD=password)

    def access_token(self) -> str:
        return str(self.start()["AuthenticationResult"]["AccessToken"])

    def enrol(self, token: str) -> str:
        """Sets up an authenticator and switches it on; gives its seed."""
        seed = str(self.public.associate_software_token(AccessToken=token)["SecretCode"])
        code = self.totp(seed)
        self.public.verify_software_token(AccessToken=token, UserCode=code, FriendlyDeviceName="Jane's phone")
        self.public.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True})
        return seed

    def totp(self, seed: str, steps: int = 0) -> str:
        return pyotp.TOTP(seed).at(self.clock.now // 1_000 + 30 * steps)

    def messages(self) -> list[Message]:
        return [message for message in posted(self.resources, self.pool_id) if message.purpose == "authentication"]

    def last_code(self) -> str:
        return self.messages()[-1].code


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock) -> Scene:
    clock.advance(seconds=61)  # each test has time steps of its own
    return Scene(make, operator, public, resources, clock)


class TestSoftwareToken:
    def test_set_up_and_sign_in(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "TOTP")
        token = scene.access_token()
        assert scene.public.get_user(AccessToken=token).get("UserMFASettingList") is None
        seed = scene.public.associate_software_token(AccessToken=token)["SecretCode"]
        assert len(seed) == 52
        verified = scene.public.verify_software_token(
            AccessToken=token, UserCode=scene.totp(seed), FriendlyDeviceName="Jane's phone"
        )
        assert verified["Status"] == "SUCCESS"
        assert "AuthenticationResult" in scene.start()
        scene.public.set_user_mfa_preference(
            AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
        )
        user = scene.public.get_user(AccessToken=token)
        assert (user["UserMFASettingList"], user["PreferredMfaSetting"]) == (
            ["SOFTWARE_TOKEN_MFA"],
            "SOFTWARE_TOKEN_MFA",
        )
        challenge = scene.start()
        assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        assert challenge["ChallengeParameters"] == {
            "USER_ID_FOR_SRP": scene.user.username,
            "FRIENDLY_DEVICE_NAME": "Jane's phone",
        }
        scene.clock.advance(seconds=30)
        answer = scene.respond(challenge, SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed))
        claims = claims_of(answer["AuthenticationResult"]["IdToken"])
        assert claims["amr"] == ["pwd", "otp", "mfa"]
        assert claims["acr"] == "urn:cognito:loa:4"

    def test_a_code_works_once(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "TOTP")
        seed = scene.enrol(scene.access_token())
        used = scene.totp(seed)
        replayed = refused(scene.respond, challenge=scene.start(), SOFTWARE_TOKEN_MFA_CODE=used)
        assert replayed == ("ExpiredCodeException", "Your software token has already been used once.")
        scene.clock.advance(seconds=30)
        fresh = scene.totp(seed)
        assert "AuthenticationResult" in scene.respond(scene.start(), SOFTWARE_TOKEN_MFA_CODE=fresh)
        assert (
            refused(scene.respond, challenge=scene.start(), SOFTWARE_TOKEN_MFA_CODE=fresh)[0] == "ExpiredCodeException"
        )

    def test_one_step_of_drift_is_forgiven(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "TOTP")
        seed = scene.enrol(scene.access_token())
        scene.clock.advance(minutes=5)
        challenge = scene.start()
        for steps in (-2, 2, 9):
            assert (
                refused(scene.respond, challenge=challenge, SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed, steps))
                == NOT_RIGHT
            )
        assert "AuthenticationResult" in scene.respond(challenge, SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed, -1))
        assert "AuthenticationResult" in scene.respond(scene.start(), SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed, 1))

    def test_wrong_codes_lock_apart_from_the_password(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "TOTP")
        seed = scene.enrol(scene.access_token())
        scene.clock.advance(minutes=20)
        wrong = "000000" if scene.totp(seed) != "000000" else "000001"
        challenge = scene.start()
        for _ in range(5):
            assert refused(scene.respond, challenge=challenge, SOFTWARE_TOKEN_MFA_CODE=wrong) == NOT_RIGHT
            scene.start()  # a right password must not give five more guesses
        locked = refused(scene.respond, challenge=challenge, SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed))
        assert locked == ("NotAuthorizedException", "Password attempts exceeded")
        scene.clock.advance(seconds=2)
        assert "AuthenticationResult" in scene.respond(challenge, SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed))

    def test_the_session_succeeds_once(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "TOTP")
        seed = scene.enrol(scene.access_token())
        scene.clock.advance(minutes=1)
        challenge = scene.start()
        scene.respond(challenge, SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed))
        again = refused(scene.respond, challenge=challenge, SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed, 1))
        assert again == ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")

    def test_a_wrong_code_does_not_set_it_up(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "TOTP")
        token = scene.access_token()
        seed = scene.public.associate_software_token(AccessToken=token)["SecretCode"]
        wrong = "000000" if scene.totp(seed) != "000000" else "000001"
        assert refused(scene.public.verify_software_token, AccessToken=token, UserCode=wrong) == (
            "EnableSoftwareTokenMFAException",
            "Code mismatch",
        )
        error = refused(
            scene.public.set_user_mfa_preference, AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True}
        )
        assert error == ("InvalidParameterException", "User has not verified software token mfa")

    def test_only_the_newest_seed_can_be_verified(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "TOTP")
        token = scene.access_token()
        old = scene.public.associate_software_token(AccessToken=token)["SecretCode"]
        new = scene.public.associate_software_token(AccessToken=token)["SecretCode"]
        error = refused(scene.public.verify_software_token, AccessToken=token, UserCode=scene.totp(old))
        assert error[0] == "EnableSoftwareTokenMFAException"
        scene.public.verify_software_token(AccessToken=token, UserCode=scene.totp(new))
        assert refused(scene.public.verify_software_token, AccessToken=token, UserCode=scene.totp(new))[0] == (
            "InvalidParameterException"
        )

    def test_a_pool_without_it_says_so(self, scene: Scene) -> None:
        token = scene.access_token()
        missing = ("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool")
        assert refused(scene.public.associate_software_token, AccessToken=token) == missing
        assert refused(scene.public.verify_software_token, AccessToken=token, UserCode="123456") == missing

    def test_an_operator_removes_it(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "TOTP")
        scene.enrol(scene.access_token())
        named = {"UserPoolId": scene.pool_id, "Username": scene.user.username}
        factors = scene.operator.admin_get_user_auth_factors(**named)
        assert factors["ConfiguredUserAuthFactors"] == ["PASSWORD", "SOFTWARE_TOKEN"]
        scene.operator.admin_delete_software_token(**named)
        factors = scene.operator.admin_get_user_auth_factors(**named)
        assert factors["ConfiguredUserAuthFactors"] == ["PASSWORD"]
        assert "UserMFASettingList" not in factors
        assert "AuthenticationResult" in scene.start()

    def test_neither_token_nor_session(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "TOTP")
        assert refused(scene.public.associate_software_token)[0] == "InvalidParameterException"
        assert refused(scene.public.verify_software_token, UserCode="123456")[0] == "InvalidParameterException"
        assert refused(scene.public.associate_software_token, Session="x" * 40) == (
            "NotAuthorizedException",
            "Invalid session for the user.",
        )


class TestCodes:
    def test_by_sms(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS")
        scene.public.set_user_mfa_preference(AccessToken=scene.access_token(), SMSMfaSettings={"Enabled": True})
        challenge = scene.start()
        assert challenge["ChallengeName"] == "SMS_MFA"
        assert challenge["ChallengeParameters"] == {
            "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
            "CODE_DELIVERY_DESTINATION": "+*******0123",
            "USER_ID_FOR_SRP": scene.user.username,
        }
        (message,) = scene.messages()
        assert (message.medium, message.destination) == ("SMS", "+12065550123")
        assert message.text == f"Here you are: {message.code}"
        assert len(message.code) == 6
        answer = scene.respond(challenge, SMS_MFA_CODE=message.code)
        assert claims_of(answer["AuthenticationResult"]["AccessToken"])["acr"] == "urn:cognito:loa:3"

    def test_by_mail(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "EMAIL")
        scene.public.set_user_mfa_preference(AccessToken=scene.access_token(), EmailMfaSettings={"Enabled": True})
        challenge = scene.start()
        assert challenge["ChallengeName"] == "EMAIL_OTP"
        assert challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "j***@e***"
        (message,) = scene.messages()
        assert (message.subject, message.text) == ("Signing in", f"{message.code} it is\n")
        assert len(message.code) == 8
        assert "AuthenticationResult" in scene.respond(challenge, EMAIL_OTP_CODE=message.code)

    def test_wrong_codes_do_not_use_the_session_up(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS")
        scene.public.set_user_mfa_preference(AccessToken=scene.access_token(), SMSMfaSettings={"Enabled": True})
        challenge = scene.start()
        for _ in range(4):
            assert refused(scene.respond, challenge=challenge, SMS_MFA_CODE="0") == NOT_RIGHT
        assert "AuthenticationResult" in scene.respond(challenge, SMS_MFA_CODE=scene.last_code())

    def test_a_code_is_good_for_its_own_session(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS")
        scene.public.set_user_mfa_preference(AccessToken=scene.access_token(), SMSMfaSettings={"Enabled": True})
        first = scene.start()
        code = scene.last_code()
        scene.clock.advance(seconds=1)
        second = scene.start()
        if scene.last_code() != code:
            assert refused(scene.respond, challenge=second, SMS_MFA_CODE=code) == NOT_RIGHT
        assert "AuthenticationResult" in scene.respond(first, SMS_MFA_CODE=code)

    def test_it_ends_with_the_session(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS")
        scene.public.set_user_mfa_preference(AccessToken=scene.access_token(), SMSMfaSettings={"Enabled": True})
        challenge = scene.start()
        scene.clock.advance(minutes=3)
        assert refused(scene.respond, challenge=challenge, SMS_MFA_CODE=scene.last_code()) == (
            "NotAuthorizedException",
            "Invalid session for the user, session is expired.",
        )

    def test_success_verifies_the_address(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS")
        scene.public.set_user_mfa_preference(AccessToken=scene.access_token(), SMSMfaSettings={"Enabled": True})
        named = {"UserPoolId": scene.pool_id, "Username": scene.user.username}
        scene.operator.admin_update_user_attributes(
            **named, UserAttributes=[{"Name": "phone_number_verified", "Value": "false"}]
        )
        scene.respond(scene.start(), SMS_MFA_CODE=scene.last_code())
        attributes = {a["Name"]: a["Value"] for a in scene.operator.admin_get_user(**named)["UserAttributes"]}
        assert attributes["phone_number_verified"] == "true"

    def test_a_changed_address_ends_the_challenge(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS")
        scene.public.set_user_mfa_preference(AccessToken=scene.access_token(), SMSMfaSettings={"Enabled": True})
        challenge, code = scene.start(), scene.last_code()
        scene.operator.admin_update_user_attributes(
            UserPoolId=scene.pool_id,
            Username=scene.user.username,
            UserAttributes=[{"Name": "phone_number", "Value": "+12065550199"}],
        )
        assert refused(scene.respond, challenge=challenge, SMS_MFA_CODE=code) == (
            "NotAuthorizedException",
            "Invalid session for the user.",
        )

    def test_twenty_messages_an_hour(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS")
        scene.public.set_user_mfa_preference(AccessToken=scene.access_token(), SMSMfaSettings={"Enabled": True})
        for _ in range(20):
            scene.start()
        assert refused(scene.start)[0] == "TooManyRequestsException"
        assert len(scene.messages()) == 20
        scene.clock.advance(hours=1)
        assert scene.start()["ChallengeName"] == "SMS_MFA"


class TestDecision:
    def test_off_asks_nobody(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS")
        scene.public.set_user_mfa_preference(AccessToken=scene.access_token(), SMSMfaSettings={"Enabled": True})
        scene.demand("OFF")
        assert "AuthenticationResult" in scene.start()

    def test_optional_asks_whoever_wants_it(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS", "EMAIL", "TOTP")
        assert "AuthenticationResult" in scene.start()

    def test_several_without_a_preference_are_chosen_from(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS", "EMAIL")
        token = scene.access_token()
        scene.public.set_user_mfa_preference(
            AccessToken=token, SMSMfaSettings={"Enabled": True}, EmailMfaSettings={"Enabled": True}
        )
        challenge = scene.start()
        assert challenge["ChallengeName"] == "SELECT_MFA_TYPE"
        assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == ["SMS_MFA", "EMAIL_OTP"]
        assert scene.messages() == []
        assert (
            refused(scene.respond, challenge=challenge, ANSWER="SOFTWARE_TOKEN_MFA")[0] == "InvalidParameterException"
        )
        chosen = scene.respond(challenge, ANSWER="EMAIL_MFA")
        assert chosen["ChallengeName"] == "EMAIL_OTP"
        assert refused(scene.respond, challenge=challenge, ANSWER="SMS_MFA") == (
            "NotAuthorizedException",
            "Invalid session for the user, session can only be used once.",
        )
        assert len(scene.messages()) == 1
        assert "AuthenticationResult" in scene.respond(chosen, EMAIL_OTP_CODE=scene.last_code())

    def test_the_preferred_one_is_asked(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS", "EMAIL")
        token = scene.access_token()
        scene.public.set_user_mfa_preference(
            AccessToken=token,
            SMSMfaSettings={"Enabled": True},
            EmailMfaSettings={"Enabled": True, "PreferredMfa": True},
        )
        assert scene.start()["ChallengeName"] == "EMAIL_OTP"

    def test_required_takes_the_address_at_hand(self, scene: Scene) -> None:
        scene.demand("ON", "SMS")
        assert scene.start()["ChallengeName"] == "SMS_MFA"

    def test_required_leaves_the_first_recovery_aside(self, scene: Scene) -> None:
        recovery = {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]}
        scene.demand("ON", "SMS", "EMAIL", AccountRecoverySetting=recovery)
        assert scene.start()["ChallengeName"] == "SMS_MFA"

    def test_required_with_both_at_hand_lets_choose(self, scene: Scene) -> None:
        recovery = {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]}
        scene.demand("ON", "SMS", "EMAIL", AccountRecoverySetting=recovery)
        assert scene.start()["ChallengeName"] == "SELECT_MFA_TYPE"

    def test_required_sets_an_authenticator_up(self, scene: Scene) -> None:
        scene.demand("ON", "TOTP")
        challenge = scene.start()
        assert challenge["ChallengeName"] == "MFA_SETUP"
        assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
        assert refused(scene.respond, challenge=challenge)[0] == "InvalidParameterException"
        associated = scene.public.associate_software_token(Session=challenge["Session"])
        seed, session = associated["SecretCode"], associated["Session"]
        assert refused(scene.respond, {**challenge, "Session": session})[0] == "InvalidParameterException"
        verified = scene.public.verify_software_token(Session=session, UserCode=scene.totp(seed))
        answer = scene.respond({**challenge, "Session": verified["Session"]})
        assert claims_of(answer["AuthenticationResult"]["IdToken"])["amr"] == ["pwd", "otp", "mfa"]
        for used in (challenge["Session"], session, verified["Session"]):
            assert refused(scene.public.associate_software_token, Session=used)[0] == "NotAuthorizedException"
        again = refused(scene.respond, {**challenge, "Session": verified["Session"]})
        assert again[0] == "NotAuthorizedException"
        challenge = scene.start()
        assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        replayed = refused(scene.respond, challenge=challenge, SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed))
        assert replayed[0] == "ExpiredCodeException"
        assert "AuthenticationResult" in scene.respond(challenge, SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed, 1))

    def test_required_sets_mail_up(self, scene: Scene) -> None:
        named = {"UserPoolId": scene.pool_id, "Username": scene.user.username}
        scene.operator.admin_delete_user_attributes(**named, UserAttributeNames=["email", "phone_number"])
        scene.demand("ON", "EMAIL", "TOTP")
        challenge = scene.start()
        assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
        assert refused(scene.respond, challenge=challenge, EMAIL="nonsense") == (
            "InvalidParameterException",
            "Invalid email address format.",
        )
        code_asked = scene.respond(challenge, EMAIL="jane@new.example")
        assert code_asked["ChallengeName"] == "EMAIL_OTP"
        assert code_asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "j***@n***"
        assert "email" not in {a["Name"] for a in scene.operator.admin_get_user(**named)["UserAttributes"]}
        scene.respond(code_asked, EMAIL_OTP_CODE=scene.last_code())
        user = scene.operator.admin_get_user(**named)
        attributes = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
        assert (attributes["email"], attributes["email_verified"]) == ("jane@new.example", "true")
        assert user["UserMFASettingList"] == ["EMAIL_OTP"]

    def test_required_with_nothing_to_set_up_is_refused(self, scene: Scene) -> None:
        named = {"UserPoolId": scene.pool_id, "Username": scene.user.username}
        scene.operator.admin_delete_user_attributes(**named, UserAttributeNames=["email", "phone_number"])
        scene.demand("ON", "SMS")
        assert refused(scene.start)[0] == "InvalidParameterException"

    def test_a_new_password_comes_before_it(self, scene: Scene) -> None:
        scene.demand("ON", "SMS")
        scene.operator.admin_set_user_password(
            UserPoolId=scene.pool_id, Username=scene.user.username, Password="Temporary-Horse-1", Permanent=False
        )
        challenge = scene.start("Temporary-Horse-1")
        assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        assert scene.messages() == []
        following = scene.respond(challenge, NEW_PASSWORD="Chosen-Horse-2")
        assert following["ChallengeName"] == "SMS_MFA"
        assert "AuthenticationResult" in scene.respond(following, SMS_MFA_CODE=scene.last_code())


class TestPreferences:
    def test_an_operator_sets_them_too(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS", "EMAIL")
        named = {"UserPoolId": scene.pool_id, "Username": scene.user.username}
        scene.operator.admin_set_user_mfa_preference(
            **named,
            SMSMfaSettings={"Enabled": True, "PreferredMfa": True},
            EmailMfaSettings={"Enabled": True},
        )
        user = scene.operator.admin_get_user(**named)
        assert (user["UserMFASettingList"], user["PreferredMfaSetting"]) == (["SMS_MFA", "EMAIL_OTP"], "SMS_MFA")
        scene.operator.admin_set_user_mfa_preference(**named, SMSMfaSettings={"Enabled": False})
        user = scene.operator.admin_get_user(**named)
        assert user["UserMFASettingList"] == ["EMAIL_OTP"]
        assert "PreferredMfaSetting" not in user

    @pytest.mark.parametrize(
        "given",
        [
            {"SMSMfaSettings": {"PreferredMfa": True}},
            {
                "SMSMfaSettings": {"Enabled": True, "PreferredMfa": True},
                "EmailMfaSettings": {"Enabled": True, "PreferredMfa": True},
            },
            {"SoftwareTokenMfaSettings": {"Enabled": True}},
            {"WebAuthnMfaSettings": {"Enabled": True}},
        ],
    )
    def test_what_cannot_be(self, scene: Scene, given: dict[str, Any]) -> None:
        scene.demand("OPTIONAL", "SMS", "EMAIL")
        token = scene.access_token()
        before = scene.public.get_user(AccessToken=token)
        assert (
            refused(scene.public.set_user_mfa_preference, AccessToken=token, **given)[0] == "InvalidParameterException"
        )
        after = scene.public.get_user(AccessToken=token)
        assert before["UserAttributes"] == after["UserAttributes"]
        assert "UserMFASettingList" not in after

    def test_a_factor_needs_its_address(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS", "EMAIL")
        bare = scene.make.user(scene.pool_id)
        named = {"UserPoolId": scene.pool_id, "Username": bare.username}
        for setting in ("SMSMfaSettings", "EmailMfaSettings"):
            error = refused(scene.operator.admin_set_user_mfa_preference, **named, **{setting: {"Enabled": True}})
            assert error[0] == "InvalidParameterException"

    def test_the_old_way(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS")
        token = scene.access_token()
        option = {"DeliveryMedium": "SMS", "AttributeName": "phone_number"}
        scene.public.set_user_settings(AccessToken=token, MFAOptions=[option])
        assert scene.public.get_user(AccessToken=token)["MFAOptions"] == [option]
        assert scene.start()["ChallengeName"] == "SMS_MFA"
        named = {"UserPoolId": scene.pool_id, "Username": scene.user.username}
        wrong = {"DeliveryMedium": "EMAIL", "AttributeName": "email"}
        error = refused(scene.operator.admin_set_user_settings, **named, MFAOptions=[wrong])
        assert error[0] == "InvalidParameterException"
        scene.operator.admin_set_user_settings(**named, MFAOptions=[])
        assert "MFAOptions" not in scene.operator.admin_get_user(**named)
        assert "AuthenticationResult" in scene.start()

    def test_an_mfa_channel_does_not_recover_the_account(self, scene: Scene) -> None:
        scene.demand("OPTIONAL", "SMS", "EMAIL")
        scene.public.set_user_mfa_preference(AccessToken=scene.access_token(), SMSMfaSettings={"Enabled": True})
        details = scene.public.forgot_password(ClientId=scene.client_id, Username=scene.user.username)
        assert details["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
