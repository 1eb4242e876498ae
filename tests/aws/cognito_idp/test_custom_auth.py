"""CUSTOM_AUTH: the three functions of a pool in charge, through a real botocore client."""

from collections.abc import Callable
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP

from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, claims_of
from tests.functions import FakeFunctions
from tests.signing_in import SigningIn

Event = dict[str, Any]
WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def _define(event: Event) -> Event:
    """A riddle, three times at most; behind SRP if the client began with it."""
    session = event["request"]["session"]
    names = [entry["challengeName"] for entry in session]
    riddles = [entry for entry in session if entry["challengeName"] == "CUSTOM_CHALLENGE"]
    if names == ["SRP_A"]:
        event["response"]["challengeName"] = "PASSWORD_VERIFIER"
    elif riddles and riddles[-1]["challengeResult"]:
        event["response"]["issueTokens"] = True
    elif len(riddles) == 3:
        event["response"]["failAuthentication"] = True
    else:
        event["response"]["challengeName"] = "CUSTOM_CHALLENGE"
    return event


def _create(event: Event) -> Event:
    event["response"] = {
        "publicChallengeParameters": {"riddle": "2 + 2"},
        "privateChallengeParameters": {"answer": "4"},
        "challengeMetadata": f"ROUND-{len(event['request']['session'])}",
    }
    return event


def _verify(event: Event) -> Event:
    request = event["request"]
    event["response"]["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    return event


class Scene(SigningIn):
    """A pool with three functions, a client and a user."""

    def __init__(self, make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> None:
        self.make, self.operator, self.public, self.functions = make, operator, public, functions
        self.pool_id = make.pool()
        self.configure(_define, _create, _verify)
        options: dict[str, Any] = {"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
        self.client_id = make.client(self.pool_id, **options)["ClientId"]
        self.hiding_id = make.client(self.pool_id, **options, PreventUserExistenceErrors="ENABLED")["ClientId"]
        self.user = make.user(self.pool_id)

    def configure(self, define: Any, create: Any, verify: Any) -> None:
        self.operator.update_user_pool(
            UserPoolId=self.pool_id,
            LambdaConfig={
                "DefineAuthChallenge": self.functions.register(define),
                "CreateAuthChallenge": self.functions.register(create),
                "VerifyAuthChallengeResponse": self.functions.register(verify),
            },
        )

    def start(self, username: str | None = None, client_id: str | None = None, **parameters: str) -> dict[str, Any]:
        return self.initiate("CUSTOM_AUTH", username, client_id, **parameters)


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> Scene:
    functions.calls.clear()
    return Scene(make, operator, public, functions)


def test_a_right_answer_signs_in(scene: Scene) -> None:
    asked = scene.start()
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert asked["ChallengeParameters"] == {"USERNAME": scene.user.username, "riddle": "2 + 2"}
    answer = scene.public.respond_to_auth_challenge(
        ClientId=scene.client_id,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": scene.user.username, "ANSWER": "4"},
        ClientMetadata={"device": "phone"},
    )
    assert "amr" not in claims_of(answer["AuthenticationResult"]["AccessToken"])
    verify = next(call for call in scene.functions.calls if call["triggerSource"].startswith("Verify"))
    assert verify["request"]["clientMetadata"] == {"device": "phone"}
    assert verify["callerContext"]["clientId"] == scene.client_id
    assert verify["request"]["userAttributes"]["sub"] == scene.user.sub
    assert [call["triggerSource"] for call in scene.functions.calls] == [
        "DefineAuthChallenge_Authentication",
        "CreateAuthChallenge_Authentication",
        "VerifyAuthChallengeResponse_Authentication",
        "DefineAuthChallenge_Authentication",
    ]


def test_define_sees_every_answer(scene: Scene) -> None:
    asked = scene.start()
    second = scene.respond(asked, ANSWER="3")
    assert second["ChallengeName"] == "CUSTOM_CHALLENGE"
    third = scene.respond(second, ANSWER="5")
    assert scene.functions.calls[-2]["request"]["session"] == [
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False, "challengeMetadata": f"ROUND-{number}"}
        for number in range(2)
    ]
    assert refused(scene.respond, challenge=third, ANSWER="6") == WRONG


def test_an_answered_session_is_used_up(scene: Scene) -> None:
    asked = scene.start()
    scene.respond(asked, ANSWER="3")
    for answer in ("3", "4"):
        assert refused(scene.respond, challenge=asked, ANSWER=answer) == (
            "NotAuthorizedException",
            "Invalid session for the user, session can only be used once.",
        )


def test_behind_srp(scene: Scene) -> None:
    srp = AWSSRP(scene.user.username, PASSWORD, scene.pool_id, scene.client_id, client=scene.public)
    asked = scene.start(CHALLENGE_NAME="SRP_A", SRP_A=srp.get_auth_params()["SRP_A"])
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    proof = srp.process_challenge(asked["ChallengeParameters"], {"USERNAME": scene.user.username})
    riddle = scene.respond(asked, **proof)
    assert riddle["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert scene.functions.calls[-1]["request"]["session"] == [
        {"challengeName": "SRP_A", "challengeResult": True},
        {"challengeName": "PASSWORD_VERIFIER", "challengeResult": True},
    ]
    answer = scene.respond(riddle, ANSWER="4")
    assert claims_of(answer["AuthenticationResult"]["AccessToken"])["amr"] == ["pwd"]


def test_srp_cannot_be_skipped(scene: Scene) -> None:
    srp = AWSSRP(scene.user.username, "Wrong-Horse-1", scene.pool_id, scene.client_id, client=scene.public)
    asked = scene.start(CHALLENGE_NAME="SRP_A", SRP_A=srp.get_auth_params()["SRP_A"])
    proof = srp.process_challenge(asked["ChallengeParameters"], {"USERNAME": scene.user.username})
    assert refused(scene.respond, challenge=asked, **proof) == WRONG
    custom = {**asked, "ChallengeName": "CUSTOM_CHALLENGE"}
    assert refused(scene.respond, challenge=custom, ANSWER="4") == (
        "NotAuthorizedException",
        "Invalid session for the user.",
    )


def test_nobody_is_told_apart_where_existence_is_hidden(scene: Scene) -> None:
    assert refused(scene.start, username="nobody")[0] == "UserNotFoundException"
    scene.functions.calls.clear()
    asked = scene.start("nobody", scene.hiding_id)
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert all(call["request"]["userNotFound"] is True for call in scene.functions.calls)
    assert scene.functions.calls[0]["request"]["userAttributes"] == {}
    right = refused(scene.respond, challenge=asked, client_id=scene.hiding_id, USERNAME="nobody", ANSWER="4")
    assert right == WRONG


def test_disabled_users_are_refused_at_the_end(scene: Scene) -> None:
    scene.operator.admin_disable_user(UserPoolId=scene.pool_id, Username=scene.user.username)
    asked = scene.start()
    assert refused(scene.respond, challenge=asked, ANSWER="4") == ("NotAuthorizedException", "User is disabled.")


def test_functions_decide_about_second_factors(scene: Scene) -> None:
    scene.operator.set_user_pool_mfa_config(
        UserPoolId=scene.pool_id, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    assert "AuthenticationResult" in scene.respond(scene.start(), ANSWER="4")


def test_a_pool_without_functions(make: Factory, public: Any) -> None:
    pool_id = make.pool()
    client = make.client(pool_id, ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"])
    error = refused(
        public.initiate_auth,
        ClientId=client["ClientId"],
        AuthFlow="CUSTOM_AUTH",
        AuthParameters={"USERNAME": make.user(pool_id).username},
    )
    assert error == ("InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool.")


def _raise(_: Event) -> Event:
    raise ValueError("Not today")


def _responding(response: Any) -> Callable[[Event], Event]:
    return lambda event: {**event, "response": response}


@pytest.mark.parametrize(
    ("define", "code", "message"),
    [
        (_raise, "UserLambdaValidationException", "DefineAuthChallenge failed with error Not today."),
        (lambda _: None, "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (lambda _: [], "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (_responding("x"), "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (_responding({"challengeName": "SMS_MFA"}), "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (_responding({"challengeName": "PASSWORD_VERIFIER"}), "InvalidLambdaResponseException", None),
        (_responding({"failAuthentication": True}), *WRONG),
    ],
)
def test_what_define_may_do_wrong(scene: Scene, define: Any, code: str, message: str | None) -> None:
    scene.configure(define, _create, _verify)
    error = refused(scene.start)
    assert error[0] == code
    assert message in (None, error[1])


@pytest.mark.parametrize("made", [{"publicChallengeParameters": {"a": {}}}, {"privateChallengeParameters": ["x"]}])
def test_challenge_parameters_are_texts(scene: Scene, made: dict[str, Any]) -> None:
    scene.configure(_define, _responding(made), _verify)
    assert refused(scene.start)[0] == "InvalidLambdaResponseException"


def test_a_question_longer_than_a_session(scene: Scene) -> None:
    scene.configure(_define, _responding({"privateChallengeParameters": {"answer": "x" * 5_000}}), _verify)
    assert refused(scene.start)[0] == "InvalidLambdaResponseException"


def test_the_private_part_stays_private(scene: Scene) -> None:
    asked = scene.start()
    assert "answer" not in str(asked["ChallengeParameters"])
    assert "ROUND" not in str(asked)


def test_the_session_expires(scene: Scene, clock: Clock) -> None:
    asked = scene.start()
    clock.advance(minutes=3)
    assert refused(scene.respond, challenge=asked, ANSWER="4") == (
        "NotAuthorizedException",
        "Invalid session for the user, session is expired.",
    )
