"""USER_AUTH: what there is to choose from, and each first factor, through a real botocore client."""

from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP

from app.flows.work import Resources
from tests.aws.refusals import refused
from tests.factories import PASSWORD, Factory, MadeUser, claims_of
from tests.outbox import posted
from tests.signing_in import SigningIn

FACTORS = ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
PASSWORDS = ["PASSWORD_SRP", "PASSWORD"]


class Scene(SigningIn):
    """A pool with passwordless factors, two clients (one hides who exists) and a user with a verified e-mail address."""

    def __init__(self, make: Factory, operator: Any, public: Any, resources: Resources) -> None:
        self.make, self.operator, self.public, self.resources = make, operator, public, resources
        self.pool_id = make.pool(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": FACTORS}})
        flows = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        self.client_id = make.client(self.pool_id, ExplicitAuthFlows=flows)["ClientId"]
        hiding = make.client(self.pool_id, ExplicitAuthFlows=flows, PreventUserExistenceErrors="ENABLED")
        self.hiding_id = hiding["ClientId"]
        self.user = make.user(self.pool_id, email="jane@example.com", email_verified="true")

    def start(self, username: str | None = None, client_id: str | None = None, **parameters: str) -> dict[str, Any]:
        return self.initiate("USER_AUTH", username, client_id, **parameters)

    def codes(self) -> list[str]:
        return [message.code for message in posted(self.resources, self.pool_id)]


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, resources: Resources) -> Scene:
    return Scene(make, operator, public, resources)


def _srp(scene: Scene) -> AWSSRP:
    return AWSSRP(
        username=scene.user.username,
        password=PASSWORD,
        pool_id=scene.pool_id,
        client_id=scene.client_id,
        client=scene.public,
    )


class TestChoice:
    def test_offers_what_pool_and_user_have(self, scene: Scene) -> None:
        asked = scene.start()
        assert asked["ChallengeName"] == "SELECT_CHALLENGE"
        assert asked["AvailableChallenges"] == ["EMAIL_OTP", *PASSWORDS]
        assert asked["ChallengeParameters"] == {}
        assert scene.codes() == []

    def test_an_address_that_is_not_verified_is_no_factor(self, scene: Scene) -> None:
        bare = scene.make.user(scene.pool_id, email="bare@example.com")
        assert scene.start(bare.username)["AvailableChallenges"] == PASSWORDS

    def test_a_temporary_password_must_be_replaced_first(self, scene: Scene) -> None:
        scene.operator.admin_set_user_password(
            UserPoolId=scene.pool_id, Username=scene.user.username, Password="Temporary-1-Horse", Permanent=False
        )
        assert scene.start(PREFERRED_CHALLENGE="EMAIL_OTP")["AvailableChallenges"] == PASSWORDS

    def test_a_preference_that_is_not_there_leads_to_the_choice(self, scene: Scene) -> None:
        assert scene.start(PREFERRED_CHALLENGE="SMS_OTP")["ChallengeName"] == "SELECT_CHALLENGE"
        assert scene.start(PREFERRED_CHALLENGE="NONSENSE")["ChallengeName"] == "SELECT_CHALLENGE"

    def test_only_what_was_offered_can_be_chosen(self, scene: Scene) -> None:
        asked = scene.start()
        for answer in ("SMS_OTP", "WEB_AUTHN", "NONSENSE", "SOFTWARE_TOKEN_MFA", "MFA_SETUP"):
            assert refused(scene.respond, challenge=asked, ANSWER=answer)[0] == "InvalidParameterException"
        assert scene.respond(asked, ANSWER="EMAIL_OTP")["ChallengeName"] == "EMAIL_OTP"
        assert refused(scene.respond, challenge=asked, ANSWER="PASSWORD", PASSWORD=PASSWORD) == (
            "NotAuthorizedException",
            "Invalid session for the user, session can only be used once.",
        )

    def test_the_client_must_allow_the_flow(self, scene: Scene) -> None:
        other = scene.make.client(scene.pool_id)["ClientId"]
        assert refused(scene.start, client_id=other) == (
            "InvalidParameterException",
            "USER_AUTH flow not enabled for this client",
        )

    def test_operators_may_use_it_too(self, scene: Scene) -> None:
        answer = scene.operator.admin_initiate_auth(
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            AuthFlow="USER_AUTH",
            AuthParameters={
                "USERNAME": scene.user.username,
                "PREFERRED_CHALLENGE": "PASSWORD",
                "PASSWORD": PASSWORD,
            },
        )
        assert "AuthenticationResult" in answer

    def test_whoever_uses_mfa_begins_with_the_password(self, scene: Scene) -> None:
        scene.operator.set_user_pool_mfa_config(
            UserPoolId=scene.pool_id, MfaConfiguration="OPTIONAL", EmailMfaConfiguration={"Message": "{####}"}
        )
        scene.operator.admin_set_user_mfa_preference(
            UserPoolId=scene.pool_id, Username=scene.user.username, EmailMfaSettings={"Enabled": True}
        )
        assert scene.start()["AvailableChallenges"] == PASSWORDS
        asked = scene.start(PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
        assert asked["ChallengeName"] == "EMAIL_OTP"
        assert "AvailableChallenges" not in asked
        assert "AuthenticationResult" in scene.respond(asked, EMAIL_OTP_CODE=scene.codes()[-1])


class TestPassword:
    def test_with_the_choice(self, scene: Scene) -> None:
        answer = scene.respond(scene.start(), ANSWER="PASSWORD", PASSWORD=PASSWORD)
        claims = claims_of(answer["AuthenticationResult"]["AccessToken"])
        assert (claims["amr"], claims["acr"]) == (["pwd"], "urn:cognito:loa:1")

    def test_at_once(self, scene: Scene) -> None:
        assert "AuthenticationResult" in scene.start(PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)

    def test_asked_by_itself(self, scene: Scene) -> None:
        asked = scene.start(PREFERRED_CHALLENGE="PASSWORD")
        assert asked["ChallengeName"] == "PASSWORD"
        assert refused(scene.respond, challenge=asked, PASSWORD="Wrong-Horse-1") == (
            "NotAuthorizedException",
            "Incorrect username or password.",
        )
        assert "AuthenticationResult" in scene.respond(asked, PASSWORD=PASSWORD)

    def test_a_wrong_one_leaves_the_choice_open(self, scene: Scene) -> None:
        asked = scene.start()
        error = refused(scene.respond, challenge=asked, ANSWER="PASSWORD", PASSWORD="Wrong-Horse-1")
        assert error[0] == "NotAuthorizedException"
        assert "AuthenticationResult" in scene.respond(asked, ANSWER="PASSWORD", PASSWORD=PASSWORD)


class TestSrp:
    @pytest.mark.parametrize("way", ["at once", "with the choice", "asked by itself"])
    def test_real_arithmetic(self, scene: Scene, way: str) -> None:
        client = _srp(scene)
        public_a = client.get_auth_params()["SRP_A"]
        if way == "at once":
            asked = scene.start(PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A=public_a)
        elif way == "with the choice":
            asked = scene.respond(scene.start(), ANSWER="PASSWORD_SRP", SRP_A=public_a)
        else:
            asked = scene.start(PREFERRED_CHALLENGE="PASSWORD_SRP")
            assert asked["ChallengeName"] == "PASSWORD_SRP"
            asked = scene.respond(asked, SRP_A=public_a)
        assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
        proof = client.process_challenge(asked["ChallengeParameters"], {"USERNAME": scene.user.username})
        assert "AuthenticationResult" in scene.respond({"ChallengeName": asked["ChallengeName"]}, **proof)


class TestEmail:
    def test_at_once(self, scene: Scene) -> None:
        asked = scene.start(PREFERRED_CHALLENGE="EMAIL_OTP")
        assert (asked["ChallengeName"], asked["AvailableChallenges"]) == ("EMAIL_OTP", ["EMAIL_OTP"])
        assert asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "j***@e***"
        for _ in range(4):
            assert refused(scene.respond, challenge=asked, EMAIL_OTP_CODE="0") == (
                "CodeMismatchException",
                "Invalid code or auth state for the user.",
            )
        answer = scene.respond(asked, EMAIL_OTP_CODE=scene.codes()[-1])
        claims = claims_of(answer["AuthenticationResult"]["IdToken"])
        assert (claims["amr"], claims["acr"]) == (["email_otp"], "urn:cognito:loa:2")

    def test_a_code_of_one_user_is_nothing_to_another(self, scene: Scene) -> None:
        other = scene.make.user(scene.pool_id, email="joe@example.com", email_verified="true")
        scene.start(PREFERRED_CHALLENGE="EMAIL_OTP")
        code = scene.codes()[-1]
        asked = scene.start(other.username, PREFERRED_CHALLENGE="EMAIL_OTP")
        error = refused(scene.respond, challenge=asked, USERNAME=other.username, EMAIL_OTP_CODE=code)
        assert error[0] == "CodeMismatchException"

    def test_disabled_is_told_only_after_the_code(self, scene: Scene) -> None:
        scene.operator.admin_disable_user(UserPoolId=scene.pool_id, Username=scene.user.username)
        asked = scene.start(PREFERRED_CHALLENGE="EMAIL_OTP")
        assert refused(scene.respond, challenge=asked, EMAIL_OTP_CODE="0")[0] == "CodeMismatchException"
        assert refused(scene.respond, challenge=asked, EMAIL_OTP_CODE=scene.codes()[-1]) == (
            "NotAuthorizedException",
            "User is disabled.",
        )


class TestNobody:
    def test_told_where_nothing_is_hidden(self, scene: Scene) -> None:
        assert refused(scene.start, username="nobody")[0] == "UserNotFoundException"

    def test_simulated_where_it_is(self, scene: Scene) -> None:
        real, other = self._asked(scene, scene.user), self._asked(scene, MadeUser("nobody", "", ""))
        assert real.keys() == other.keys()
        assert other["ChallengeName"] == "EMAIL_OTP"
        assert other["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "EMAIL"
        assert other == {
            **other,
            "ChallengeParameters": self._asked(scene, MadeUser("nobody", "", ""))["ChallengeParameters"],
        }
        assert abs(len(real["Session"]) - len(other["Session"])) < 200
        sent = len(scene.codes())
        for code in ("0", "12345678"):
            error = refused(
                scene.respond, challenge=other, client_id=scene.hiding_id, USERNAME="nobody", EMAIL_OTP_CODE=code
            )
            assert error == ("CodeMismatchException", "Invalid code or auth state for the user.")
        assert len(scene.codes()) == sent

    def test_sees_the_choice_of_a_user_with_addresses(self, scene: Scene) -> None:
        asked = scene.start("nobody", scene.hiding_id)
        assert asked["AvailableChallenges"] == ["EMAIL_OTP", "SMS_OTP", *PASSWORDS]

    def _asked(self, scene: Scene, user: MadeUser) -> dict[str, Any]:
        asked = scene.start(user.username, scene.hiding_id, PREFERRED_CHALLENGE="EMAIL_OTP")
        del asked["ResponseMetadata"]
        return asked


class TestSignUp:
    def _sign_up(self, scene: Scene, username: str = "new-person", **given: Any) -> dict[str, Any]:
        scene.operator.update_user_pool(
            UserPoolId=scene.pool_id,
            AutoVerifiedAttributes=["email"],
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": FACTORS}},
        )
        answer: dict[str, Any] = scene.public.sign_up(
            ClientId=scene.client_id,
            Username=username,
            UserAttributes=[{"Name": "email", "Value": "new@example.com"}],
            **given,
        )
        return answer

    def test_without_a_password_and_straight_in(self, scene: Scene) -> None:
        made = self._sign_up(scene)
        assert made["UserConfirmed"] is False
        confirmed = scene.public.confirm_sign_up(
            ClientId=scene.client_id,
            Username="new-person",
            ConfirmationCode=scene.codes()[-1],
            Session=made["Session"],
        )
        arguments = {"ClientId": scene.client_id, "AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "new-person"}}
        answer = scene.public.initiate_auth(**arguments, Session=confirmed["Session"])
        claims = claims_of(answer["AuthenticationResult"]["AccessToken"])
        assert (claims["amr"], claims["sub"]) == (["email_otp"], made["UserSub"])
        again = refused(scene.public.initiate_auth, **arguments, Session=confirmed["Session"])
        assert again == ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")
        assert scene.start("new-person")["AvailableChallenges"] == ["EMAIL_OTP"]

    def test_the_session_is_the_users_own(self, scene: Scene) -> None:
        made = self._sign_up(scene)
        (code,) = scene.codes()
        other = self._sign_up(scene, "another-person", Password=PASSWORD)
        named = {"ClientId": scene.client_id, "Username": "new-person"}
        for session in (other["Session"], "x" * 40):
            error = refused(scene.public.confirm_sign_up, **named, ConfirmationCode=code, Session=session)
            assert error == ("NotAuthorizedException", "Invalid session for the user.")
        confirmed = scene.public.confirm_sign_up(**named, ConfirmationCode=code)
        for username, session in (
            (scene.user.username, confirmed["Session"]),
            ("new-person", made["Session"]),
        ):
            error = refused(
                scene.public.initiate_auth,
                ClientId=scene.client_id,
                AuthFlow="USER_AUTH",
                AuthParameters={"USERNAME": username},
                Session=session,
            )
            assert error == ("NotAuthorizedException", "Invalid session for the user.")

    def test_other_clients_get_none(self, scene: Scene) -> None:
        client_id = scene.make.client(scene.pool_id)["ClientId"]
        made = scene.public.sign_up(ClientId=client_id, Username="plain", Password=PASSWORD)
        assert "Session" not in made

    def test_a_password_is_needed_where_it_is_the_only_factor(self, make: Factory, public: Any) -> None:
        client_id = make.client(make.pool())["ClientId"]
        assert refused(public.sign_up, ClientId=client_id, Username="x")[0] == "InvalidParameterException"


class TestMadeByAnOperator:
    def test_without_a_password(self, scene: Scene) -> None:
        made = scene.operator.admin_create_user(
            UserPoolId=scene.pool_id,
            Username="made",
            UserAttributes=[
                {"Name": "email", "Value": "made@example.com"},
                {"Name": "email_verified", "Value": "true"},
            ],
        )["User"]
        assert made["UserStatus"] == "CONFIRMED"
        assert scene.codes() == []
        assert scene.start("made")["AvailableChallenges"] == ["EMAIL_OTP"]
        factors = scene.operator.admin_get_user_auth_factors(UserPoolId=scene.pool_id, Username="made")
        assert factors["ConfiguredUserAuthFactors"] == ["EMAIL_OTP"]

    def test_chooses_a_password_later(self, scene: Scene) -> None:
        self.test_without_a_password(scene)
        asked = scene.start("made", PREFERRED_CHALLENGE="EMAIL_OTP")
        answer = scene.respond(asked, USERNAME="made", EMAIL_OTP_CODE=scene.codes()[-1])
        token = answer["AuthenticationResult"]["AccessToken"]
        scene.public.change_password(AccessToken=token, ProposedPassword=PASSWORD)
        assert "AuthenticationResult" in scene.start("made", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)

    def test_nobody_without_any_factor_gets_in(self, scene: Scene) -> None:
        made = scene.operator.admin_create_user(
            UserPoolId=scene.pool_id, Username="bare", UserAttributes=[{"Name": "email", "Value": "bare@example.com"}]
        )["User"]
        assert made["UserStatus"] == "CONFIRMED"
        assert refused(scene.start, username="bare") == (
            "NotAuthorizedException",
            "Incorrect username or password.",
        )
