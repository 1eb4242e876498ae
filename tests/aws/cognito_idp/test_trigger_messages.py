"""What a CustomMessage function may write, and what of it is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core.messages import Message
from tests.aws.refusals import refused
from tests.factories import PASSWORD, SNS, Factory
from tests.functions import FakeFunctions
from tests.triggers import Triggers

SELF = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
}
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")
Outbox = Callable[[str], list[Message]]


class Scene:
    """A pool with a CustomMessage function; users have an address for each medium."""

    def __init__(self, make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> None:
        self.make, self.operator, self.public = make, operator, public
        self.triggers = Triggers(functions, ("CustomMessage",))
        self.options: dict[str, Any] = {
            "LambdaConfig": self.triggers.config,
            "AutoVerifiedAttributes": ["email"],
            "SmsConfiguration": SNS,
        }
        self.pool_id = make.pool(EmailConfiguration=SELF, **self.options)
        self.client_id = make.client(self.pool_id)["ClientId"]

    def sign_up(self, answer: Any, username: str = "ada") -> None:
        self.triggers.answers["CustomMessage_SignUp"] = answer
        self.public.sign_up(
            ClientId=self.client_id,
            Username=username,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": f"{username}@example.com"}],
        )

    def invite(self, answer: Any) -> None:
        self.triggers.answers["CustomMessage_AdminCreateUser"] = answer
        self.operator.admin_create_user(
            UserPoolId=self.pool_id,
            Username="bea",
            TemporaryPassword=PASSWORD,
            DesiredDeliveryMediums=["SMS", "EMAIL"],
            UserAttributes=[
                {"Name": "email", "Value": "bea@example.com"},
                {"Name": "phone_number", "Value": "+12065550100"},
            ],
        )


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> Scene:
    return Scene(make, operator, public, functions)


def test_mail_in_other_words(scene: Scene, outbox: Outbox) -> None:
    scene.sign_up({"emailSubject": "Hello", "emailMessage": "<b>{####}</b> is your code", "smsMessage": None})
    (message,) = outbox(scene.pool_id)
    assert message.subject == "Hello"
    assert message.html == f"<b>{message.code}</b> is your code"


def test_a_subject_alone(scene: Scene, outbox: Outbox) -> None:
    scene.sign_up({"emailSubject": "Hello"})
    (message,) = outbox(scene.pool_id)
    assert message.subject == "Hello"
    assert message.code in message.text


def test_an_invitation_by_both_media(scene: Scene, outbox: Outbox) -> None:
    scene.invite({"smsMessage": "{username}: {####}", "emailMessage": "<p>{username}, {####}</p>"})
    texts = {message.medium: message.text.strip() for message in outbox(scene.pool_id)}
    assert texts == {"SMS": f"bea: {PASSWORD}", "EMAIL": f"bea, {PASSWORD}"}


def test_sms_needs_no_mail_account(make: Factory, scene: Scene, outbox: Outbox) -> None:
    pool_id = make.pool(**scene.options)
    user = make.user(pool_id, phone_number="+12065550100", phone_number_verified="true")
    scene.triggers.answers["CustomMessage_ForgotPassword"] = {"smsMessage": "It is {####}."}
    scene.public.forgot_password(ClientId=make.client(pool_id)["ClientId"], Username=user.username)
    (message,) = outbox(pool_id)
    assert message.text == f"It is {message.code}."


@pytest.mark.parametrize("answer", [{"emailMessage": "{####}"}, {"emailSubject": "Hello"}])
def test_mail_needs_an_account_of_the_pools_own(make: Factory, scene: Scene, answer: Any) -> None:
    scene.client_id = make.client(make.pool(**scene.options))["ClientId"]
    assert refused(scene.sign_up, answer) == UNRECOGNIZABLE


@pytest.mark.parametrize(
    "answer",
    [
        {"emailMessage": "Hello"},  # where is the code?
        {"smsMessage": "Hello"},
        {"smsMessage": "{####}" + "x" * 135},
        {"emailMessage": "{####}" + "x" * 19_995},
        {"emailSubject": "x" * 141},
        {"emailMessage": 7},
        {"smsMessage": ["{####}"]},
    ],
)
def test_what_is_refused(scene: Scene, outbox: Outbox, answer: Any) -> None:
    assert refused(scene.sign_up, answer) == UNRECOGNIZABLE
    assert outbox(scene.pool_id) == []


def test_the_longest_texts(scene: Scene, outbox: Outbox) -> None:
    mail = "{####}" + "x" * 19_994
    scene.sign_up({"emailMessage": mail, "emailSubject": "y" * 140, "smsMessage": "{####}" + "z" * 134})
    (message,) = outbox(scene.pool_id)
    assert message.html == mail.replace("{####}", message.code)


@pytest.mark.parametrize("answer", [{"smsMessage": "{####}"}, {"emailMessage": "{username}"}])
def test_an_invitation_needs_name_and_password(scene: Scene, answer: Any) -> None:
    assert refused(scene.invite, answer) == UNRECOGNIZABLE


def test_messages_carry_what_a_sender_of_the_pool_is_told(scene: Scene, outbox: Outbox) -> None:
    scene.public.sign_up(
        ClientId=scene.client_id,
        Username="cy",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "cy@example.com"}],
        ClientMetadata={"tenant": "seven"},
    )
    (message,) = outbox(scene.pool_id)
    assert (message.trigger_source, message.user_name, message.client_id) == ("SignUp", "cy", scene.client_id)
    assert message.client_metadata == {"tenant": "seven"}
    assert message.user_attributes == {
        "sub": message.sub,
        "cognito:user_status": "UNCONFIRMED",
        "email_verified": "false",
        "email": "cy@example.com",
    }


def test_a_pool_that_sends_itself_writes_itself(scene: Scene, operator: Any, functions: FakeFunctions) -> None:
    """CustomMessage is for messages that Cognito sends (Developer Guide, "Custom sender Lambda triggers")."""
    sender = {"LambdaVersion": "V1_0", "LambdaArn": functions.register(lambda event: event)}
    kms = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    operator.update_user_pool(
        UserPoolId=scene.pool_id,
        **{**scene.options, "LambdaConfig": {**scene.triggers.config, "CustomEmailSender": sender, "KMSKeyID": kms}},
    )
    scene.sign_up({"emailMessage": "no code"})
    assert scene.triggers.taken() == []
    scene.triggers.answers["CustomMessage_AdminCreateUser"] = {"smsMessage": "{username}: {####}"}
    scene.invite({"smsMessage": "{username}: {####}"})
    assert scene.triggers.taken() == ["CustomMessage_AdminCreateUser"]  # for the SMS
