"""Pools whose own functions send their messages: what the functions are told, when they are called again, what is left."""

import base64
import html
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog
from sqlalchemy import select, update

from app.core import messages
from app.core.messages import Message
from app.db.tables.audit import AuditEvent
from app.db.tables.outbox import OutboxMessage
from app.db.tables.sender_keys import SenderKey
from app.flows.custom_senders import sender_event
from app.flows.deliver_messages import LEASE_MS, MAX_ATTEMPTS, deliver_messages
from app.flows.work import Resources
from app.gateways.functions import Invocation
from app.gateways.messages import OutgoingMessage
from app.kit.clock import MINUTE
from tests.conftest import Clock
from tests.encryption import decrypt
from tests.factories import PASSWORD, SNS, Factory
from tests.functions import FakeFunctions

PHONE, EMAIL = "+12065550123", "jane@example.com"
TYPES = {"CustomEmailSender": "customEmailSenderRequestV1", "CustomSMSSender": "customSMSSenderRequestV1"}
METADATA = {"campaign": "spring"}
MISSING_KEY = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
MISSING_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:nobody"
Event = dict[str, Any]


class Gateway:
    """Takes the messages that go out by a gateway."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []

    def send(self, message: OutgoingMessage) -> None:
        self.sent.append(message)

    def close(self) -> None:
        pass


class Recorded:
    """Functions that a test has registered, and the invocations."""

    def __init__(self, functions: FakeFunctions) -> None:
        self._functions = functions
        self.invocations: list[Invocation] = []

    def invoke(self, invocation: Invocation) -> Any:
        self.invocations.append(invocation)
        return self._functions.invoke(invocation)


class Scene:
    """A pool of which some media are sent by a function, with a client and the outbox to itself."""

    def __init__(self, make: Factory, operator: Any, public: Any, ours: Any, resources: Resources) -> None:
        self.make, self.operator, self.public, self.ours = make, operator, public, ours
        self.functions, self.gateway = FakeFunctions(), Gateway()
        self.recorded = Recorded(self.functions)
        gateways = {"EMAIL": self.gateway, "SMS": self.gateway}
        self.resources = replace(resources, functions=self.recorded, gateways=gateways)
        self.key_arn = ours.create_sender_key()["SenderKey"]["KeyArn"]
        self.body: Callable[[Event], Any] = lambda event: event
        with resources.database.write() as db:
            db.execute(update(OutboxMessage).values(state="dead", sealed=b"", finished_at=0))

    def open(self, *senders: str, **pool: Any) -> None:
        """Makes the pool; `senders` of CustomEmailSender and CustomSMSSender are functions of it."""
        arn = self.functions.register(self._called)
        config = {name: {"LambdaVersion": "V1_0", "LambdaArn": arn} for name in senders}
        options = {"AutoVerifiedAttributes": ["email", "phone_number"], "SmsConfiguration": SNS, **pool}
        options["LambdaConfig"] = {**config, "KMSKeyID": self.key_arn, **pool.get("LambdaConfig", {})}
        self.pool_id = self.make.pool(**options)
        self.client_id = self.make.client(self.pool_id)["ClientId"]

    def _called(self, event: Event) -> Any:
        return self.body(event)

    def sign_up(self, **attributes: str) -> str:
        """Signs Jane up; her `sub`."""
        answer = self.public.sign_up(
            ClientId=self.client_id,
            Username="jane",
            Password=PASSWORD,
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            ClientMetadata=METADATA,
        )
        return str(answer["UserSub"])

    def deliver(self) -> int:
        return deliver_messages(self.resources)

    def events(self) -> list[Event]:
        return self.functions.calls

    def code(self, event: Event) -> str:
        """The code of an event, as a handler gets at it."""
        shown = self.ours.export_sender_key(KeyArn=self.key_arn)["SenderKey"]
        key = base64.b64decode(shown["WrappingKey"])
        plaintext, header = decrypt(event["request"]["code"], key, shown["KeyName"], namespace=shown["KeyNamespace"])
        assert header.encryption_context["userpool-id"] == self.pool_id
        return plaintext

    def row(self) -> Any:
        """The pool's one message in the outbox."""
        with self.resources.database.read() as db:
            return db.execute(select(OutboxMessage).where(OutboxMessage.pool_id == self.pool_id)).one()

    def audited(self) -> str:
        with self.resources.database.read() as db:
            return repr(db.execute(select(AuditEvent).where(AuditEvent.pool_id == self.pool_id)).all())

    def event(self, source: str, code: Any, attributes: dict[str, str], **more: Any) -> Event:
        """What the whole event should be."""
        return {
            "version": "1",
            "region": "us-east-1",
            "userPoolId": self.pool_id,
            "userName": more.get("user_name", "jane"),
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": more.get("client_id", self.client_id),
            },
            "triggerSource": source,
            "request": {
                "type": TYPES[source.split("_", maxsplit=1)[0]],
                "code": code,
                "clientMetadata": more.get("metadata", METADATA),
                "userAttributes": attributes,
            },
            "response": {},
        }


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, ours: Any, resources: Resources) -> Scene:
    return Scene(make, operator, public, ours, resources)


def one_event(scene: Scene) -> tuple[Event, str]:
    """Delivers the one message that waits; its event and the code in it."""
    assert scene.deliver() == 1
    event = scene.events()[-1]
    return event, scene.code(event)


@pytest.mark.parametrize(
    ("sender", "address", "value"),
    [("CustomEmailSender", "email", EMAIL), ("CustomSMSSender", "phone_number", PHONE)],
)
class TestOccasions:
    """Each occasion, through the door that it comes by, for both media. Codes are used where they are good for something."""

    def user(self, scene: Scene, address: str, value: str) -> str:
        return scene.make.user(scene.pool_id, "jane", **{address: value, f"{address}_verified": "true"}).sub

    def token(self, scene: Scene) -> str:
        answer = scene.public.initiate_auth(
            ClientId=scene.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
        )
        return str(answer["AuthenticationResult"]["AccessToken"])

    def test_sign_up_and_resend(self, scene: Scene, sender: str, address: str, value: str) -> None:
        scene.open(sender)
        sub = scene.sign_up(**{address: value, "name": "Jane"})
        event, _ = one_event(scene)
        attributes = {
            "sub": sub,
            "cognito:user_status": "UNCONFIRMED",
            address: value,
            f"{address}_verified": "false",
            "name": "Jane",
        }
        assert event == scene.event(f"{sender}_SignUp", event["request"]["code"], attributes)
        scene.public.resend_confirmation_code(ClientId=scene.client_id, Username="jane")
        event, code = one_event(scene)
        assert event == scene.event(f"{sender}_ResendCode", event["request"]["code"], attributes, metadata=None)
        scene.public.confirm_sign_up(ClientId=scene.client_id, Username="jane", ConfirmationCode=code)
        assert scene.gateway.sent == []

    def test_forgot_password(self, scene: Scene, sender: str, address: str, value: str) -> None:
        scene.open(sender)
        sub = self.user(scene, address, value)
        scene.public.forgot_password(ClientId=scene.client_id, Username="jane", ClientMetadata=METADATA)
        event, code = one_event(scene)
        attributes = {"sub": sub, "cognito:user_status": "CONFIRMED", address: value, f"{address}_verified": "true"}
        assert event == scene.event(f"{sender}_ForgotPassword", event["request"]["code"], attributes)
        scene.public.confirm_forgot_password(
            ClientId=scene.client_id, Username="jane", ConfirmationCode=code, Password="New-Horse-Battery-7"
        )

    def test_admin_create_user(self, scene: Scene, sender: str, address: str, value: str) -> None:
        scene.open(sender)
        password = "Temp<&>\"'orary-7"
        made = scene.operator.admin_create_user(
            UserPoolId=scene.pool_id,
            Username="jane",
            TemporaryPassword=password,
            UserAttributes=[{"Name": address, "Value": value}],
            DesiredDeliveryMediums=["EMAIL" if address == "email" else "SMS"],
            ClientMetadata=METADATA,
        )["User"]
        event, code = one_event(scene)
        sub = next(attribute["Value"] for attribute in made["Attributes"] if attribute["Name"] == "sub")
        attributes = {"sub": sub, "cognito:user_status": "FORCE_CHANGE_PASSWORD", address: value}
        expected = scene.event(
            f"{sender}_AdminCreateUser", event["request"]["code"], attributes, client_id="CLIENT_ID_NOT_APPLICABLE"
        )
        assert event == expected
        assert code == "Temp&lt;&amp;&gt;\"'orary-7"
        assert html.unescape(code) == password

    def test_attributes(self, scene: Scene, sender: str, address: str, value: str) -> None:
        scene.open(sender)
        sub = self.user(scene, address, value)
        token, new = self.token(scene), {"email": "jane@example.org", "phone_number": "+12065550199"}[address]
        changes = [{"Name": address, "Value": new}, {"Name": "name", "Value": "Jane"}]
        scene.public.update_user_attributes(AccessToken=token, UserAttributes=changes, ClientMetadata=METADATA)
        event, _ = one_event(scene)
        changed = {address: new, f"{address}_verified": "false", "name": "Jane"}
        attributes = {"sub": sub, "cognito:user_status": "CONFIRMED", **changed}
        assert event == scene.event(f"{sender}_UpdateUserAttribute", event["request"]["code"], attributes)
        scene.public.get_user_attribute_verification_code(
            AccessToken=token, AttributeName=address, ClientMetadata=METADATA
        )
        event, code = one_event(scene)
        assert event == scene.event(f"{sender}_VerifyUserAttribute", event["request"]["code"], attributes)
        scene.public.verify_user_attribute(AccessToken=token, AttributeName=address, Code=code)

    def test_an_address_that_waits_for_its_code_is_the_one_told(
        self, scene: Scene, sender: str, address: str, value: str
    ) -> None:
        settings = {"AttributesRequireVerificationBeforeUpdate": [address]}
        scene.open(sender, UserAttributeUpdateSettings=settings)
        self.user(scene, address, value)
        token, new = self.token(scene), {"email": "jane@example.org", "phone_number": "+12065550199"}[address]
        scene.public.update_user_attributes(AccessToken=token, UserAttributes=[{"Name": address, "Value": new}])
        told = one_event(scene)[0]["request"]["userAttributes"]
        assert (told[address], told[f"{address}_verified"]) == (new, "false")

    def test_sign_in(self, scene: Scene, sender: str, address: str, value: str) -> None:
        scene.open(
            sender,
            EmailConfiguration={
                "EmailSendingAccount": "DEVELOPER",
                "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/no-reply@example.com",
            },
            AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
        )
        factors: dict[str, Any] = {
            "email": {"EmailMfaConfiguration": {"Message": "{####}", "Subject": "Code"}},
            "phone_number": {"SmsMfaConfiguration": {"SmsConfiguration": SNS}},
        }
        scene.operator.set_user_pool_mfa_config(UserPoolId=scene.pool_id, MfaConfiguration="ON", **factors[address])
        sub = self.user(scene, address, value)
        answer = scene.public.initiate_auth(
            ClientId=scene.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
        )
        event, code = one_event(scene)
        attributes = {"sub": sub, "cognito:user_status": "CONFIRMED", address: value, f"{address}_verified": "true"}
        told = dict(event["request"]["userAttributes"])
        told.pop("cognito:mfa_enabled", None)
        assert told == attributes
        expected = scene.event(
            f"{sender}_Authentication",
            event["request"]["code"],
            event["request"]["userAttributes"],
            metadata=event["request"]["clientMetadata"],
        )
        assert event == expected
        name = answer["ChallengeName"]
        answer = scene.public.respond_to_auth_challenge(
            ClientId=scene.client_id,
            ChallengeName=name,
            Session=answer["Session"],
            ChallengeResponses={"USERNAME": "jane", f"{name}_CODE": code},
        )
        assert "AccessToken" in answer["AuthenticationResult"]


def test_a_takeover_notice_has_no_code(scene: Scene) -> None:
    scene.open("CustomEmailSender")
    pool = scene.resources.snapshots.pool(scene.pool_id).pool
    told = {"EVENT_ID": "e", "USER_NAME": "jane", "IP_ADDRESS": "192.0.2.1", "ACCOUNT_TAKE_OVER_ACTION": "BLOCK"}
    message = Message(
        medium="EMAIL",
        destination=EMAIL,
        subject="",
        text="",
        html=None,
        purpose="notice",
        username="jane",
        trigger_source="AccountTakeOverNotification",
        user_name="jane",
        client_id=scene.client_id,
        user_attributes=told,
    )
    with scene.resources.database.write() as db:
        messages.post(db, scene.resources.keyring, scene.pool_id, message, scene.resources.clock())
    assert scene.deliver() == 1
    expected = scene.event(
        "CustomEmailSender_AccountTakeOverNotification", None, {**told, "email": EMAIL}, metadata=None
    )
    assert scene.events() == [expected] == [sender_event(pool, message, None)]


@pytest.mark.parametrize(
    ("sender", "sent"), [("CustomEmailSender", {"SMS"}), ("CustomSMSSender", {"EMAIL"}), (None, {"SMS", "EMAIL"})]
)
def test_each_medium_has_its_own_way(scene: Scene, sender: str | None, sent: set[str]) -> None:
    scene.open(*filter(None, [sender]))
    scene.operator.admin_create_user(
        UserPoolId=scene.pool_id,
        Username="jane",
        UserAttributes=[{"Name": "email", "Value": EMAIL}, {"Name": "phone_number", "Value": PHONE}],
        DesiredDeliveryMediums=["EMAIL", "SMS"],
    )
    assert scene.deliver() == 2
    assert {message.medium for message in scene.gateway.sent} == sent
    called = [event["triggerSource"] for event in scene.events()]
    assert called == ([f"{sender}_AdminCreateUser"] if sender else [])


@pytest.mark.parametrize(("address", "value", "is_asked"), [("email", EMAIL, False), ("phone_number", PHONE, True)])
def test_custom_message_is_for_what_gateways_send(
    scene: Scene, functions: FakeFunctions, address: str, value: str, is_asked: bool
) -> None:
    asked: list[Event] = []

    def custom_message(event: Event) -> Event:
        asked.append(event)
        return event

    scene.open("CustomEmailSender", LambdaConfig={"CustomMessage": functions.register(custom_message)})
    scene.sign_up(**{address: value})
    assert bool(asked) is is_asked
    scene.deliver()
    assert len(scene.events()) == (not is_asked)


def test_a_message_that_cognito_does_not_have_goes_by_the_gateway(scene: Scene) -> None:
    scene.open("CustomEmailSender")
    message = Message("EMAIL", EMAIL, "Hello", "Text", None, "notice", "jane")
    with scene.resources.database.write() as db:
        messages.post(db, scene.resources.keyring, scene.pool_id, message, scene.resources.clock())
    assert scene.deliver() == 1
    assert [sent.text for sent in scene.gateway.sent] == ["Text"]
    assert scene.events() == []


def test_a_pool_that_has_no_sender_any_more_sends_what_waits_by_the_gateway(scene: Scene) -> None:
    scene.open("CustomEmailSender")
    scene.sign_up(email=EMAIL)
    scene.operator.update_user_pool(UserPoolId=scene.pool_id, AutoVerifiedAttributes=["email"])
    assert scene.deliver() == 1
    assert len(scene.gateway.sent) == 1
    assert scene.events() == []


def test_the_row_is_sealed_until_it_is_blank(scene: Scene) -> None:
    scene.open("CustomEmailSender")
    scene.sign_up(email=EMAIL)
    waiting = scene.row()
    assert waiting.sealed
    assert EMAIL.encode() not in waiting.sealed
    one_event(scene)
    row = scene.row()
    assert (row.state, row.sealed, row.attempts, row.reason) == ("delivered", b"", 1, None)


@pytest.mark.parametrize("answer", [None, "done", {"response": 5}, [1]])
def test_what_the_function_answers_says_nothing(scene: Scene, answer: Any) -> None:
    scene.open("CustomEmailSender")
    scene.body = lambda _: answer
    scene.sign_up(email=EMAIL)
    one_event(scene)
    assert scene.row().state == "delivered"


def test_the_function_is_called_outside_any_segment(scene: Scene) -> None:
    def read(event: Event) -> Event:
        with scene.resources.database.read() as db:
            db.execute(select(1))
        return event

    scene.open("CustomEmailSender")
    scene.body = read
    scene.sign_up(email=EMAIL)
    one_event(scene)
    assert scene.row().state == "delivered"


def test_a_function_that_fails_is_called_again_with_the_same_code_and_id(scene: Scene, clock: Clock) -> None:
    scene.open("CustomEmailSender")
    codes: list[str] = []

    def fail(event: Event) -> Event:
        codes.append(scene.code(event))
        if len(codes) == 1:
            # Such a text must not be kept: it repeats the code, which no search would find in it.
            raise ValueError(" ".join(codes[0]))
        return event

    scene.body = fail
    with structlog.testing.capture_logs() as lines:
        scene.sign_up(email=EMAIL)
        assert scene.deliver() == 1
        row = scene.row()
        assert (row.state, row.attempts) == ("waiting", 1)
        assert row.reason == "CustomEmailSender failed; the function's calls tell more"
        clock.advance(ms=MINUTE)
        assert scene.deliver() == 1
    assert scene.row().state == "delivered"
    assert codes[0] == codes[1]
    first, second = (invocation.request_id for invocation in scene.recorded.invocations)
    assert first == second == row.message_id
    assert [line["event"] for line in lines if line["event"] != "request"] == ["message_retried"]
    for told in (repr(lines), scene.audited()):
        assert codes[0] not in told
        assert " ".join(codes[0]) not in told
    scene.public.confirm_sign_up(ClientId=scene.client_id, Username="jane", ConfirmationCode=codes[0])


def test_a_function_that_is_not_there_is_given_up_in_the_end(scene: Scene, clock: Clock) -> None:
    sender = {"LambdaVersion": "V1_0", "LambdaArn": MISSING_FUNCTION}
    scene.open(LambdaConfig={"CustomEmailSender": sender})
    scene.sign_up(email=EMAIL)
    for _ in range(MAX_ATTEMPTS):
        assert scene.deliver() == 1
        clock.advance(ms=max(0, scene.row().due_at - clock.now))
    row = scene.row()
    assert (row.state, row.sealed, row.attempts) == ("dead", b"", MAX_ATTEMPTS)
    assert row.reason == "CustomEmailSender invocation failed due to error no function of this server runs it"
    assert scene.deliver() == 0


def test_a_key_that_is_missing_is_told_and_may_still_be_made(scene: Scene, clock: Clock) -> None:
    scene.open("CustomEmailSender", LambdaConfig={"KMSKeyID": MISSING_KEY})
    scene.sign_up(email=EMAIL)
    with structlog.testing.capture_logs() as lines:
        assert scene.deliver() == 1
    assert {"event": "sender_key_missing", "pool": scene.pool_id, "key_arn": MISSING_KEY, "log_level": "error"} in lines
    row = scene.row()
    assert (row.state, row.reason) == ("waiting", f"KMSKeyID {MISSING_KEY} is no sender key of this server")
    assert (scene.events(), scene.gateway.sent) == ([], [])
    scene.key_arn = scene.ours.create_sender_key(KeyArn=MISSING_KEY)["SenderKey"]["KeyArn"]
    clock.advance(ms=MINUTE)
    one_event(scene)
    assert scene.row().state == "delivered"
    scene.operator.delete_user_pool(UserPoolId=scene.pool_id)
    scene.ours.delete_sender_key(KeyArn=MISSING_KEY)


def test_a_key_of_another_account_is_none(scene: Scene) -> None:
    scene.open("CustomEmailSender")
    with scene.resources.database.write() as db:
        db.execute(update(SenderKey).where(SenderKey.key_arn == scene.key_arn).values(account_id="999999999999"))
    scene.sign_up(email=EMAIL)
    scene.deliver()
    assert scene.row().reason == f"KMSKeyID {scene.key_arn} is no sender key of this server"


def test_a_process_that_is_killed_while_it_calls_loses_nothing(scene: Scene, clock: Clock) -> None:
    def die(_: Event) -> Any:
        raise KeyboardInterrupt

    scene.open("CustomEmailSender")
    scene.body = die
    scene.sign_up(email=EMAIL)
    with pytest.raises(KeyboardInterrupt):
        scene.deliver()
    assert scene.row().state == "sending"
    scene.body = lambda event: event
    assert scene.deliver() == 0
    clock.advance(ms=LEASE_MS)
    first = scene.code(scene.events()[0])
    assert one_event(scene)[1] == first
    assert scene.row().state == "delivered"
