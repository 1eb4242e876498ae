"""What a PreSignUp function may do: confirm users, vouch for addresses, refuse; and what it may answer."""

from typing import Any

import pytest

from tests.aws.refusals import refused
from tests.factories import PASSWORD, Factory
from tests.functions import FakeFunctions
from tests.triggers import Triggers, failing

SOURCE = "PreSignUp_SignUp"
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")


class Scene:
    """A pool with a PreSignUp function whose users sign in with their verified e-mail address, too."""

    def __init__(self, make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> None:
        self.make, self.operator, self.public = make, operator, public
        self.triggers = Triggers(functions, ("PreSignUp",))
        self.pool_id = make.pool(
            LambdaConfig=self.triggers.config, AliasAttributes=["email"], AutoVerifiedAttributes=["email"]
        )
        self.client_id = make.client(self.pool_id)["ClientId"]

    def sign_up(self, answer: Any, username: str = "ada", **attributes: str) -> dict[str, Any]:
        self.triggers.answers[SOURCE] = answer
        given: dict[str, Any] = self.public.sign_up(
            ClientId=self.client_id,
            Username=username,
            Password=PASSWORD,
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )
        return given

    def attributes(self, username: str) -> dict[str, str]:
        user = self.operator.admin_get_user(UserPoolId=self.pool_id, Username=username)
        return {"status": user["UserStatus"], **{item["Name"]: item["Value"] for item in user["UserAttributes"]}}


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> Scene:
    return Scene(make, operator, public, functions)


def test_confirms_without_verifying(scene: Scene) -> None:
    made = scene.sign_up({"autoConfirmUser": True}, email="ada@example.com")
    assert made["UserConfirmed"] is True
    assert "CodeDeliveryDetails" not in made
    assert scene.attributes("ada") == {
        "status": "CONFIRMED",
        "sub": made["UserSub"],
        "email": "ada@example.com",
        "email_verified": "false",
    }
    signed_in = scene.make.tokens(scene.client_id, scene.make.user(scene.pool_id))
    assert signed_in["AccessToken"]


def test_verifies_both_addresses(scene: Scene) -> None:
    answer = {"autoConfirmUser": "true", "autoVerifyEmail": True, "autoVerifyPhone": True}
    scene.sign_up(answer, email="ada@example.com", phone_number="+12065550100")
    found = scene.attributes("ada")
    assert (found["email_verified"], found["phone_number_verified"]) == ("true", "true")


def test_takes_an_alias_from_whoever_had_it(scene: Scene) -> None:
    scene.make.user(scene.pool_id, "first", email="ada@example.com", email_verified="true")
    scene.sign_up({"autoConfirmUser": True, "autoVerifyEmail": True}, "second", email="ada@example.com")
    assert scene.attributes("first")["email_verified"] == "false"
    by_alias = scene.operator.admin_get_user(UserPoolId=scene.pool_id, Username="ada@example.com")
    assert by_alias["Username"] == "second"


def test_one_that_vouches_for_nothing_takes_nothing(scene: Scene) -> None:
    scene.make.user(scene.pool_id, "first", email="ada@example.com", email_verified="true")
    scene.sign_up({"autoConfirmUser": True}, "second", email="ada@example.com")
    assert scene.attributes("first")["email_verified"] == "true"


def test_verifies_without_confirming(scene: Scene) -> None:
    made = scene.sign_up({"autoVerifyEmail": True}, email="ada@example.com")
    assert made["UserConfirmed"] is False
    assert made["CodeDeliveryDetails"]["AttributeName"] == "email"
    found = scene.attributes("ada")
    assert (found["status"], found["email_verified"]) == ("UNCONFIRMED", "true")


def test_refuses(scene: Scene) -> None:
    error = refused(scene.sign_up, failing("Only from our office"), email="ada@example.com")
    assert error == ("UserLambdaValidationException", "PreSignUp failed with error Only from our office.")
    assert refused(scene.attributes, "ada")[0] == "UserNotFoundException"


@pytest.mark.parametrize(
    "answer",
    [
        {"autoConfirmUser": "yes"},
        {"autoConfirmUser": 1},
        {"autoVerifyEmail": [True]},
        {"autoVerifyPhone": True},  # there is no phone number
        "confirmed",
        [],
    ],
)
def test_answers_that_cannot_be_read(scene: Scene, answer: Any) -> None:
    assert refused(scene.sign_up, answer, email="ada@example.com") == UNRECOGNIZABLE
    assert refused(scene.attributes, "ada")[0] == "UserNotFoundException"


def test_null_and_unknown_members_say_nothing(scene: Scene) -> None:
    made = scene.sign_up({"autoConfirmUser": None, "other": {"a": 1}}, email="ada@example.com")
    assert made["UserConfirmed"] is False


@pytest.mark.parametrize(
    "returned",
    [None, "", [], {}, {"statusCode": 200, "body": "{}"}, {"response": {"autoConfirmUser": True}}],
)
def test_what_is_no_event(scene: Scene, functions: FakeFunctions, returned: Any) -> None:
    scene.operator.update_user_pool(
        UserPoolId=scene.pool_id, LambdaConfig={"PreSignUp": functions.register(lambda _: returned)}
    )
    assert refused(scene.sign_up, {}) == UNRECOGNIZABLE


def test_a_function_that_is_not_there(scene: Scene) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:nowhere"
    scene.operator.update_user_pool(UserPoolId=scene.pool_id, LambdaConfig={"PreSignUp": arn})
    assert refused(scene.sign_up, {}) == (
        "UnexpectedLambdaException",
        "PreSignUp invocation failed due to error no function of this server runs it.",
    )
