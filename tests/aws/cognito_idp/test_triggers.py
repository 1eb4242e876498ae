"""Which operation calls which function of a pool, in which order and with what, through a real botocore client."""

from collections.abc import Callable
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP

from tests.aws.cognito_idp.devices import ALWAYS
from tests.aws.cognito_idp.devices import Scene as DeviceScene
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import PASSWORD, SNS, Factory, MadeUser
from tests.functions import FakeFunctions
from tests.signing_in import SigningIn
from tests.triggers import Event, Triggers, failing

NEW = "New-Horse-Battery-8"
METADATA = {"tenant": "seven"}
CHANGE = {"UserAttributes": [{"Name": "email", "Value": "new@example.com"}], "ClientMetadata": METADATA}
SELF = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
}
SIGNED_IN = ["PostAuthentication_Authentication", "TokenGeneration_Authentication"]
LastCode = Callable[[str, str], str]


class Scene(SigningIn):
    """A pool with a function at every trigger, a client that may everything, and a user with a verified address."""

    def __init__(self, make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> None:
        self.make, self.operator, self.public = make, operator, public
        self.triggers = Triggers(functions)
        self.pool_id = make.pool(
            LambdaConfig=self.triggers.config,
            AutoVerifiedAttributes=["email"],
            EmailConfiguration=SELF,
            SmsConfiguration=SNS,
        )
        flows = ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_SRP_AUTH", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH"]
        self.client_options = {"ExplicitAuthFlows": [f"ALLOW_{flow}" for flow in flows]}
        self.client_id = make.client(self.pool_id, **self.client_options)["ClientId"]
        self.user = make.user(self.pool_id, email="ada@example.com", email_verified="true", phone_number="+12065550100")
        self.triggers.calls.clear()

    @property
    def named(self) -> dict[str, str]:
        return {"ClientId": self.client_id, "Username": self.user.username}

    @property
    def in_pool(self) -> dict[str, str]:
        return {"UserPoolId": self.pool_id, "Username": self.user.username}

    def sign_up(self, username: str, **more: Any) -> dict[str, Any]:
        given = {"UserAttributes": [{"Name": "email", "Value": f"{username}@example.com"}], **more}
        answer: dict[str, Any] = self.public.sign_up(
            ClientId=self.client_id, Username=username, Password=PASSWORD, **given
        )
        return answer

    def signed_in(self) -> dict[str, Any]:
        result: dict[str, Any] = self.initiate("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)["AuthenticationResult"]
        self.triggers.calls.clear()
        return result

    def invite(self, username: str, **more: Any) -> None:
        self.operator.admin_create_user(
            UserPoolId=self.pool_id,
            Username=username,
            TemporaryPassword=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": f"{username}@example.com"}],
            **more,
        )


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> Scene:
    return Scene(make, operator, public, functions)


class TestEvent:
    def test_has_what_every_event_has(self, scene: Scene) -> None:
        scene.initiate("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)
        event = scene.triggers.calls[0]
        assert list(event) == [
            "version",
            "region",
            "userPoolId",
            "userName",
            "callerContext",
            "triggerSource",
            "request",
            "response",
        ]
        assert (event["version"], event["region"], event["userPoolId"]) == ("1", "us-east-1", scene.pool_id)
        assert event["userName"] == scene.user.username
        assert event["callerContext"] == {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": scene.client_id}
        assert event["request"]["userAttributes"] == {
            "sub": scene.user.sub,
            "cognito:user_status": "CONFIRMED",
            "email": "ada@example.com",
            "email_verified": "true",
            "phone_number": "+12065550100",
        }

    def test_operators_call_for_no_client(self, scene: Scene) -> None:
        scene.operator.admin_reset_user_password(**scene.in_pool)
        assert scene.triggers.calls[0]["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            ({"UsernameAttributes": ["email"]}, {"cognito:email_alias": "bea@example.com"}),
            ({"AliasAttributes": ["email"]}, {}),
            ({"AliasAttributes": ["phone_number"]}, {"cognito:phone_number_alias": "+12065550101"}),
        ],
    )
    def test_tells_the_names_that_lead_to_the_user(
        self, make: Factory, operator: Any, functions: FakeFunctions, options: dict[str, Any], told: dict[str, str]
    ) -> None:
        triggers = Triggers(functions, ("PreAuthentication",))
        pool_id = make.pool(LambdaConfig=triggers.config, **options)
        name = "bea@example.com" if "UsernameAttributes" in options else "bea"
        user = make.user(
            pool_id, name, email="bea@example.com", phone_number="+12065550101", phone_number_verified="true"
        )
        operator.initiate_auth(
            ClientId=make.client(pool_id)["ClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )
        attributes = triggers.calls[0]["request"]["userAttributes"]
        assert {key: value for key, value in attributes.items() if key.endswith("_alias")} == told
        assert triggers.calls[0]["userName"] == user.username


class TestSignUp:
    def test_and_confirmation(self, scene: Scene, last_code: LastCode) -> None:
        scene.sign_up("bob", ValidationData=[{"Name": "captcha", "Value": "ok"}], ClientMetadata=METADATA)
        before, message = scene.triggers.calls
        assert (before["triggerSource"], message["triggerSource"]) == ("PreSignUp_SignUp", "CustomMessage_SignUp")
        assert before["request"] == {
            "userAttributes": {"email": "bob@example.com", "email_verified": "false"},
            "validationData": {"captcha": "ok"},
            "clientMetadata": METADATA,
        }
        assert before["userName"] == "bob"
        assert message["request"]["clientMetadata"] == METADATA
        assert message["request"]["userAttributes"]["cognito:user_status"] == "UNCONFIRMED"
        scene.triggers.calls.clear()
        code = last_code(scene.pool_id, "bob@example.com")
        scene.public.confirm_sign_up(
            ClientId=scene.client_id, Username="bob", ConfirmationCode=code, ClientMetadata=METADATA
        )
        (confirmed,) = scene.triggers.calls
        assert confirmed["triggerSource"] == "PostConfirmation_ConfirmSignUp"
        assert confirmed["request"]["clientMetadata"] == METADATA
        assert confirmed["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
        assert confirmed["request"]["userAttributes"]["email_verified"] == "true"

    def test_that_the_function_confirms(self, scene: Scene) -> None:
        scene.triggers.answers["PreSignUp_SignUp"] = {"autoConfirmUser": True}
        assert scene.sign_up("carl")["UserConfirmed"] is True
        assert scene.triggers.taken() == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]

    def test_confirmed_by_an_operator(self, scene: Scene) -> None:
        scene.sign_up("dora")
        scene.triggers.calls.clear()
        scene.operator.admin_confirm_sign_up(UserPoolId=scene.pool_id, Username="dora", ClientMetadata=METADATA)
        assert scene.triggers.requests("PostConfirmation_ConfirmSignUp")[0]["clientMetadata"] == METADATA
        assert scene.triggers.taken() == ["PostConfirmation_ConfirmSignUp"]

    def test_another_code(self, scene: Scene) -> None:
        scene.sign_up("emil")
        scene.triggers.calls.clear()
        scene.public.resend_confirmation_code(ClientId=scene.client_id, Username="emil", ClientMetadata=METADATA)
        assert scene.triggers.requests("CustomMessage_ResendCode")[0]["clientMetadata"] == METADATA
        assert scene.triggers.taken() == ["CustomMessage_ResendCode"]

    def test_a_taken_name_calls_nobody(self, scene: Scene) -> None:
        assert refused(scene.sign_up, scene.user.username)[0] == "UsernameExistsException"
        assert scene.triggers.taken() == []

    def test_what_was_confirmed_stays_so_when_the_function_fails(self, scene: Scene) -> None:
        scene.sign_up("finn")
        scene.triggers.answers["PostConfirmation_ConfirmSignUp"] = failing("no room")
        error = refused(scene.operator.admin_confirm_sign_up, UserPoolId=scene.pool_id, Username="finn")
        assert error == ("UserLambdaValidationException", "PostConfirmation failed with error no room.")
        user = scene.operator.admin_get_user(UserPoolId=scene.pool_id, Username="finn")
        assert user["UserStatus"] == "CONFIRMED"


class TestUsersOfOperators:
    def test_made_and_invited(self, scene: Scene) -> None:
        scene.invite("gina", ValidationData=[{"Name": "source", "Value": "crm"}], ClientMetadata=METADATA)
        before, message = scene.triggers.calls
        assert before["triggerSource"] == "PreSignUp_AdminCreateUser"
        assert before["request"] == {
            "userAttributes": {"email": "gina@example.com"},
            "validationData": {"source": "crm"},
            "clientMetadata": METADATA,
        }
        assert message["triggerSource"] == "CustomMessage_AdminCreateUser"
        assert message["request"]["usernameParameter"] == "{username}"
        assert message["request"]["clientMetadata"] == METADATA
        scene.triggers.calls.clear()
        scene.invite("gina", MessageAction="RESEND", ClientMetadata=METADATA)
        assert scene.triggers.taken() == ["CustomMessage_AdminCreateUser"]

    def test_that_nobody_is_told_of(self, scene: Scene) -> None:
        scene.triggers.answers["PreSignUp_AdminCreateUser"] = {"autoConfirmUser": True, "autoVerifyPhone": True}
        scene.invite("hugo", MessageAction="SUPPRESS")
        assert scene.triggers.taken() == ["PreSignUp_AdminCreateUser"]
        user = scene.operator.admin_get_user(UserPoolId=scene.pool_id, Username="hugo")
        assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"

    def test_refused_by_the_function(self, scene: Scene) -> None:
        scene.triggers.answers["PreSignUp_AdminCreateUser"] = failing("Not here")
        error = refused(scene.invite, "ida")
        assert error == ("UserLambdaValidationException", "PreSignUp failed with error Not here.")
        assert refused(scene.operator.admin_get_user, UserPoolId=scene.pool_id, Username="ida")[0] == (
            "UserNotFoundException"
        )

    def test_their_new_password(self, scene: Scene) -> None:
        scene.invite("jon", MessageAction="SUPPRESS")
        scene.triggers.calls.clear()
        asked = scene.initiate("USER_PASSWORD_AUTH", "jon", PASSWORD=PASSWORD)
        assert scene.triggers.taken() == ["PreAuthentication_Authentication"]
        scene.respond(asked, USERNAME="jon", NEW_PASSWORD=NEW)
        assert scene.triggers.taken() == [
            "PostAuthentication_Authentication",
            "TokenGeneration_NewPasswordChallenge",
        ]


class TestPasswords:
    def test_forgotten(self, scene: Scene, last_code: LastCode) -> None:
        scene.public.forgot_password(**scene.named, ClientMetadata=METADATA)
        assert scene.triggers.requests("CustomMessage_ForgotPassword")[0]["clientMetadata"] == METADATA
        assert scene.triggers.taken() == ["CustomMessage_ForgotPassword"]
        code = last_code(scene.pool_id, "ada@example.com")
        scene.public.confirm_forgot_password(
            **scene.named, ConfirmationCode=code, Password=NEW, ClientMetadata=METADATA
        )
        assert scene.triggers.requests("PostConfirmation_ConfirmForgotPassword")[0]["clientMetadata"] == METADATA
        assert scene.triggers.taken() == ["PostConfirmation_ConfirmForgotPassword"]

    def test_reset_by_an_operator(self, scene: Scene) -> None:
        scene.operator.admin_reset_user_password(**scene.in_pool, ClientMetadata=METADATA)
        assert scene.triggers.requests("CustomMessage_ForgotPassword")[0]["clientMetadata"] == METADATA
        assert scene.triggers.taken() == ["CustomMessage_ForgotPassword"]

    def test_changed_and_set(self, scene: Scene) -> None:
        token = scene.signed_in()["AccessToken"]
        scene.public.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW)
        scene.operator.admin_set_user_password(**scene.in_pool, Password=PASSWORD, Permanent=True)
        assert scene.triggers.taken() == []


class TestAttributes:
    def test_changed(self, scene: Scene) -> None:
        scene.public.update_user_attributes(AccessToken=scene.signed_in()["AccessToken"], **CHANGE)
        assert scene.triggers.requests("CustomMessage_UpdateUserAttribute")[0]["clientMetadata"] == METADATA
        assert scene.triggers.taken() == ["CustomMessage_UpdateUserAttribute"]

    def test_changed_by_an_operator(self, scene: Scene) -> None:
        scene.operator.admin_update_user_attributes(**scene.in_pool, **CHANGE)
        assert scene.triggers.requests("CustomMessage_UpdateUserAttribute")[0]["clientMetadata"] == METADATA
        assert scene.triggers.taken() == ["CustomMessage_UpdateUserAttribute"]

    def test_are_told_as_they_will_be(self, scene: Scene) -> None:
        changes = {"email": "new@example.com", "name": "Ada", "phone_number": ""}
        scene.operator.admin_update_user_attributes(
            **scene.in_pool, UserAttributes=[{"Name": name, "Value": value} for name, value in changes.items()]
        )
        assert scene.triggers.requests("CustomMessage_UpdateUserAttribute")[0]["userAttributes"] == {
            "sub": scene.user.sub,
            "cognito:user_status": "CONFIRMED",
            "email": "new@example.com",
            "email_verified": "false",
            "name": "Ada",
        }

    def test_that_must_be_proven_first_are_told_as_they_are(self, scene: Scene) -> None:
        scene.operator.update_user_pool(
            UserPoolId=scene.pool_id,
            AutoVerifiedAttributes=["email"],
            LambdaConfig=scene.triggers.config,
            UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
        )
        scene.operator.admin_update_user_attributes(
            **scene.in_pool, UserAttributes=[*CHANGE["UserAttributes"], {"Name": "name", "Value": "Ada"}]
        )
        told = scene.triggers.requests("CustomMessage_UpdateUserAttribute")[0]["userAttributes"]
        assert (told["email"], told["email_verified"], told["name"]) == ("ada@example.com", "true", "Ada")

    def test_that_nothing_has_to_prove(self, scene: Scene) -> None:
        scene.operator.admin_update_user_attributes(**scene.in_pool, UserAttributes=[{"Name": "name", "Value": "Ada"}])
        assert scene.triggers.taken() == []

    def test_verified(self, scene: Scene) -> None:
        scene.public.get_user_attribute_verification_code(
            AccessToken=scene.signed_in()["AccessToken"], AttributeName="email", ClientMetadata=METADATA
        )
        assert scene.triggers.requests("CustomMessage_VerifyUserAttribute")[0]["clientMetadata"] == METADATA
        assert scene.triggers.taken() == ["CustomMessage_VerifyUserAttribute"]


class TestSignIn:
    def test_by_password(self, scene: Scene) -> None:
        scene.public.initiate_auth(
            ClientId=scene.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": scene.user.username, "PASSWORD": PASSWORD},
            ClientMetadata=METADATA,
        )
        requests = [call["request"] for call in scene.triggers.calls]
        assert scene.triggers.taken() == ["PreAuthentication_Authentication", *SIGNED_IN]
        assert (requests[0]["validationData"], requests[0]["userNotFound"]) == (METADATA, False)
        # "it doesn't provide the ClientMetadata value" to what comes later (API of InitiateAuth).
        assert [request.get("clientMetadata") for request in requests] == [None, None, None]
        assert requests[1]["newDeviceUsed"] is False

    def test_by_an_operator(self, scene: Scene) -> None:
        scene.operator.admin_initiate_auth(
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": scene.user.username, "PASSWORD": PASSWORD},
            ClientMetadata=METADATA,
        )
        assert scene.triggers.requests("PreAuthentication_Authentication")[0]["validationData"] == METADATA
        assert scene.triggers.taken() == ["PreAuthentication_Authentication", *SIGNED_IN]

    def test_by_srp(self, scene: Scene) -> None:
        srp = AWSSRP(scene.user.username, PASSWORD, scene.pool_id, scene.client_id, client=scene.public)
        asked = scene.initiate("USER_SRP_AUTH", SRP_A=srp.get_auth_params()["SRP_A"])
        assert scene.triggers.taken() == ["PreAuthentication_Authentication"]
        proof = srp.process_challenge(asked["ChallengeParameters"], {"USERNAME": scene.user.username})
        scene.public.respond_to_auth_challenge(
            ClientId=scene.client_id,
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=proof,
            ClientMetadata=METADATA,
        )
        assert [call["request"]["clientMetadata"] for call in scene.triggers.calls] == [METADATA, METADATA]
        assert scene.triggers.taken() == SIGNED_IN

    def test_with_a_code(self, scene: Scene, last_code: LastCode) -> None:
        scene.operator.set_user_pool_mfa_config(
            UserPoolId=scene.pool_id,
            MfaConfiguration="ON",
            SmsMfaConfiguration={"SmsConfiguration": SNS},
        )
        scene.operator.admin_set_user_mfa_preference(
            **scene.in_pool, SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
        )
        asked = scene.initiate("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)
        message = scene.triggers.calls[1]["request"]
        assert (message["codeParameter"], message["usernameParameter"]) == ("{####}", None)
        assert message["userAttributes"]["cognito:mfa_enabled"] == "true"
        assert scene.triggers.taken() == ["PreAuthentication_Authentication", "CustomMessage_Authentication"]
        scene.respond(asked, SMS_MFA_CODE=last_code(scene.pool_id, "+12065550100"))
        assert scene.triggers.taken() == SIGNED_IN

    def test_by_a_wrong_password(self, scene: Scene) -> None:
        refused(scene.initiate, flow="USER_PASSWORD_AUTH", PASSWORD="Wrong-Horse-9")
        assert scene.triggers.taken() == ["PreAuthentication_Authentication"]

    def test_of_nobody(self, scene: Scene) -> None:
        refused(scene.initiate, flow="USER_PASSWORD_AUTH", username="nobody", PASSWORD=PASSWORD)
        assert scene.triggers.taken() == ["UserMigration_Authentication"]

    def test_of_nobody_where_existence_is_hidden(self, scene: Scene) -> None:
        hiding = scene.make.client(scene.pool_id, **scene.client_options, PreventUserExistenceErrors="ENABLED")
        error = refused(
            scene.initiate,
            flow="USER_PASSWORD_AUTH",
            username="nobody",
            client_id=hiding["ClientId"],
            PASSWORD=PASSWORD,
        )
        assert error == ("NotAuthorizedException", "Incorrect username or password.")
        assert scene.triggers.requests("PreAuthentication_Authentication") == [
            {"userAttributes": {}, "validationData": {}, "userNotFound": True}
        ]
        assert scene.triggers.taken() == ["UserMigration_Authentication", "PreAuthentication_Authentication"]

    def test_refused_by_a_function_many_times_locks_nobody(self, scene: Scene) -> None:
        for source in ("PreAuthentication_Authentication", *SIGNED_IN):
            trigger = source.split("_")[0].replace("TokenGeneration", "PreTokenGeneration")
            scene.triggers.answers = {source: failing("not today")}
            for _ in range(7):
                error = refused(scene.initiate, flow="USER_PASSWORD_AUTH", PASSWORD=PASSWORD)
                assert error == ("UserLambdaValidationException", f"{trigger} failed with error not today.")
        scene.triggers.answers = {}
        assert scene.signed_in()["AccessToken"]

    def test_an_answer_that_was_told_of_is_used_up(self, scene: Scene) -> None:
        scene.invite("kim", MessageAction="SUPPRESS")
        asked = scene.initiate("USER_PASSWORD_AUTH", "kim", PASSWORD=PASSWORD)
        scene.triggers.answers["PostAuthentication_Authentication"] = failing("not today")
        assert refused(scene.respond, challenge=asked, USERNAME="kim", NEW_PASSWORD=NEW)[0] == (
            "UserLambdaValidationException"
        )
        scene.triggers.calls.clear()
        again = refused(scene.respond, challenge=asked, USERNAME="kim", NEW_PASSWORD=NEW)
        assert again[0] == "NotAuthorizedException"
        assert scene.triggers.taken() == []


class TestCustomAuth:
    def test_from_beginning_to_end(self, scene: Scene) -> None:
        def define(event: Event) -> dict[str, Any]:
            tries = event["request"]["session"]
            is_done = bool(tries) and tries[-1]["challengeResult"]
            return {"issueTokens": True} if is_done else {"challengeName": "CUSTOM_CHALLENGE"}

        scene.triggers.answers = {
            "DefineAuthChallenge_Authentication": define,
            "CreateAuthChallenge_Authentication": {
                "publicChallengeParameters": {"riddle": "2 + 2"},
                "privateChallengeParameters": {"answer": 4},
                "challengeMetadata": "sum",
            },
            "VerifyAuthChallengeResponse_Authentication": lambda event: {
                "answerCorrect": event["request"]["challengeAnswer"]
                == event["request"]["privateChallengeParameters"]["answer"]
            },
        }
        asked = scene.public.initiate_auth(
            ClientId=scene.client_id,
            AuthFlow="CUSTOM_AUTH",
            AuthParameters={"USERNAME": scene.user.username},
            ClientMetadata=METADATA,
        )
        assert [call["request"].get("clientMetadata") for call in scene.triggers.calls] == [None, None, None]
        assert scene.triggers.calls[2]["request"] == {
            "userAttributes": scene.triggers.calls[1]["request"]["userAttributes"],
            "challengeName": "CUSTOM_CHALLENGE",
            "session": [],
            "userNotFound": False,
        }
        assert scene.triggers.taken() == [
            "PreAuthentication_Authentication",
            "DefineAuthChallenge_Authentication",
            "CreateAuthChallenge_Authentication",
        ]
        scene.public.respond_to_auth_challenge(
            ClientId=scene.client_id,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": scene.user.username, "ANSWER": "4"},
            ClientMetadata=METADATA,
        )
        assert {str(call["request"]["clientMetadata"]) for call in scene.triggers.calls} == {str(METADATA)}
        assert scene.triggers.requests("VerifyAuthChallengeResponse_Authentication")[0][
            "privateChallengeParameters"
        ] == {"answer": "4"}
        assert scene.triggers.requests("DefineAuthChallenge_Authentication")[0]["session"] == [
            {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": "sum"}
        ]
        assert scene.triggers.taken() == [
            "VerifyAuthChallengeResponse_Authentication",
            "DefineAuthChallenge_Authentication",
            *SIGNED_IN,
        ]


class TestDevices:
    def test_new_and_remembered(self, make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> None:
        scene = DeviceScene(make, operator, public)
        triggers = Triggers(functions)
        operator.update_user_pool(UserPoolId=scene.pool_id, LambdaConfig=triggers.config, DeviceConfiguration=ALWAYS)
        phone = scene.confirmed()
        assert triggers.requests("PostAuthentication_Authentication")[0]["newDeviceUsed"] is True
        triggers.calls.clear()
        scene.prove(phone)
        assert triggers.requests("PostAuthentication_Authentication")[0]["newDeviceUsed"] is False
        assert triggers.taken() == [
            "PreAuthentication_Authentication",
            "PostAuthentication_Authentication",
            "TokenGeneration_AuthenticateDevice",
        ]


class TestTokens:
    def test_refreshed(self, scene: Scene, clock: Clock) -> None:
        token = scene.signed_in()["RefreshToken"]
        clock.advance(minutes=1)
        scene.public.initiate_auth(
            ClientId=scene.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": token},
            ClientMetadata=METADATA,
        )
        assert "clientMetadata" not in scene.triggers.calls[0]["request"]
        assert scene.triggers.taken() == ["TokenGeneration_RefreshTokens"]
        scene.public.get_tokens_from_refresh_token(
            ClientId=scene.client_id, RefreshToken=token, ClientMetadata=METADATA
        )
        assert scene.triggers.calls[0]["request"]["clientMetadata"] == METADATA
        assert scene.triggers.taken() == ["TokenGeneration_RefreshTokens"]

    def test_used_and_revoked(self, scene: Scene) -> None:
        tokens = scene.signed_in()
        scene.public.get_user(AccessToken=tokens["AccessToken"])
        scene.public.revoke_token(ClientId=scene.client_id, Token=tokens["RefreshToken"])
        scene.operator.admin_user_global_sign_out(**scene.in_pool)
        scene.operator.admin_disable_user(**scene.in_pool)
        scene.operator.admin_delete_user(**scene.in_pool)
        assert scene.triggers.taken() == []


def test_no_function_costs_no_call(make: Factory, public: Any, functions: FakeFunctions) -> None:
    pool_id = make.pool()
    user: MadeUser = make.user(pool_id)
    before = len(functions.calls)
    make.tokens(make.client(pool_id)["ClientId"], user)
    assert len(functions.calls) == before
