"""Users of another directory: what a UserMigration function makes of an unknown name and its password."""

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import islice, product
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP
from sqlalchemy import select

from app.core.messages import Message
from app.db.tables.audit import AuditEvent
from app.flows.work import Resources
from app.kit.hashing import PasswordHasher
from app.kit.slow import pause
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import SNS, Factory, claims_of
from tests.functions import FakeFunctions
from tests.in_process import InProcessServer
from tests.signing_in import SigningIn
from tests.triggers import Event, Triggers, failing

AT_SIGN_IN, FORGOTTEN = "UserMigration_Authentication", "UserMigration_ForgotPassword"
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")
# Shorter than the pool's policy wants: passwords of other directories are taken as they are.
OLD = "old-pw"
ADA = {"email": "ada@example.com", "email_verified": "true"}


class CountingHasher(PasswordHasher):
    """Counts the passwords that are compared."""

    def __init__(self) -> None:
        super().__init__(memory_kib=8, time_cost=1, parallelism=1, slots=1)
        self.compared = 0

    def verify(self, pool_id: str, password_hash: str | None, password: str) -> bool:
        self.compared += 1
        return super().verify(pool_id, password_hash, password)


def other_directory(event: Event) -> dict[str, Any]:
    """Knows `ada` and her password, as people write such a handler."""
    if event["request"]["password"] != OLD or not event["userName"].startswith("ada"):
        raise ValueError("Bad password")
    return {"userAttributes": ADA, "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS"}


class Scene(SigningIn):
    """A pool with a UserMigration function, nobody in it, and two clients, one of which hides who exists."""

    def __init__(self, make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> None:
        self.make, self.operator, self.public = make, operator, public
        self.triggers = Triggers(functions, ("UserMigration", "PreAuthentication"))
        self.triggers.answers[AT_SIGN_IN] = other_directory
        self.use(make.pool(LambdaConfig=self.triggers.config, AutoVerifiedAttributes=["email"]))

    def use(self, pool_id: str) -> None:
        self.pool_id = pool_id
        self.client_id = self.make.client(pool_id)["ClientId"]
        self.hiding_id = self.make.client(pool_id, PreventUserExistenceErrors="ENABLED")["ClientId"]

    def sign_in(self, name: str = "ada", password: str = OLD, client_id: str | None = None) -> dict[str, Any]:
        return self.initiate("USER_PASSWORD_AUTH", name, client_id, PASSWORD=password)

    def stored(self, name: str = "ada") -> dict[str, Any]:
        user: dict[str, Any] = self.operator.admin_get_user(UserPoolId=self.pool_id, Username=name)
        return {**user, "attributes": {item["Name"]: item["Value"] for item in user["UserAttributes"]}}


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, functions: FakeFunctions) -> Scene:
    return Scene(make, operator, public, functions)


class TestSignIn:
    def test_makes_the_user_and_goes_on(self, scene: Scene) -> None:
        result = scene.public.initiate_auth(
            ClientId=scene.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": OLD},
            ClientMetadata={"tenant": "seven"},
        )["AuthenticationResult"]
        user = scene.stored()
        assert (user["UserStatus"], user["attributes"]["email_verified"]) == ("CONFIRMED", "true")
        assert claims_of(result["AccessToken"])["sub"] == user["attributes"]["sub"]
        event = scene.triggers.calls[0]
        assert event["userName"] == "ada"
        assert event["request"] == {"password": OLD, "validationData": {"tenant": "seven"}}
        assert scene.triggers.taken() == [AT_SIGN_IN, "PreAuthentication_Authentication"]

    def test_once(self, scene: Scene) -> None:
        scene.sign_in()
        scene.triggers.calls.clear()
        assert "AuthenticationResult" in scene.sign_in()
        assert scene.triggers.taken() == ["PreAuthentication_Authentication"]

    def test_the_password_then_works_by_srp(self, scene: Scene) -> None:
        scene.sign_in()
        srp = AWSSRP("ada", OLD, scene.pool_id, scene.client_id, client=scene.public)
        assert "AuthenticationResult" in srp.authenticate_user()

    def test_by_an_operator(self, scene: Scene) -> None:
        answer = scene.operator.admin_initiate_auth(
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": OLD},
        )
        assert "AuthenticationResult" in answer

    def test_only_where_the_password_is_shown(self, scene: Scene) -> None:
        srp = AWSSRP("ada", OLD, scene.pool_id, scene.client_id, client=scene.public)
        error = refused(scene.initiate, flow="USER_SRP_AUTH", username="ada", SRP_A=srp.get_auth_params()["SRP_A"])
        assert error == ("UserNotFoundException", "User does not exist.")
        assert scene.triggers.taken() == []

    def test_a_function_that_throws_ends_it(self, scene: Scene) -> None:
        expected = ("UserLambdaValidationException", "UserMigration failed with error Bad password.")
        assert refused(scene.sign_in, password="another") == expected
        assert refused(scene.stored)[0] == "UserNotFoundException"

    def test_one_that_throws_does_not_tell_who_is_here(self, scene: Scene) -> None:
        here = scene.make.user(scene.pool_id, "grace")
        for name in (here.username, "nobody"):
            assert refused(scene.sign_in, name=name, password="another", client_id=scene.hiding_id) == WRONG
        assert scene.triggers.taken() == [
            "PreAuthentication_Authentication",
            AT_SIGN_IN,
            "PreAuthentication_Authentication",
        ]

    @pytest.mark.parametrize("answer", [{}, {"userAttributes": None}, {"userAttributes": {}}])
    def test_a_function_that_finds_nobody(self, scene: Scene, answer: Any) -> None:
        scene.triggers.answers[AT_SIGN_IN] = answer
        assert refused(scene.sign_in) == ("UserNotFoundException", "User does not exist.")
        assert scene.triggers.taken() == [AT_SIGN_IN]
        assert refused(scene.sign_in, client_id=scene.hiding_id) == WRONG
        assert scene.triggers.taken() == [AT_SIGN_IN, "PreAuthentication_Authentication"]

    @pytest.mark.parametrize("answer", [{}, failing("Bad password"), {"userAttributes": []}])
    def test_guesses_are_counted_before_the_function_hears_of_them(self, scene: Scene, answer: Any) -> None:
        scene.triggers.answers[AT_SIGN_IN] = answer
        for _ in range(5):
            refused(scene.sign_in, client_id=scene.hiding_id)
        scene.triggers.calls.clear()
        locked = refused(scene.sign_in, client_id=scene.hiding_id)
        assert locked == ("NotAuthorizedException", "Password attempts exceeded")
        assert scene.triggers.taken() == []

    def test_a_success_forgets_the_failures(self, scene: Scene) -> None:
        for _ in range(4):
            refused(scene.sign_in, password="another")
        assert "AuthenticationResult" in scene.sign_in()
        for _ in range(4):
            assert refused(scene.sign_in, password="another") == WRONG
        assert "AuthenticationResult" in scene.sign_in()

    def test_many_at_once_make_one(self, scene: Scene) -> None:
        """Two of one name are under way at a time (flows.check_guess): both have asked before either makes the user."""
        asked: list[Event] = []
        answers: list[Any] = []

        def slow(event: Event) -> dict[str, Any]:
            asked.append(event)
            for _ in range(1_000):
                if len(asked) == 2:
                    return other_directory(event)
                pause(0.01)
            raise ValueError("alone")

        scene.triggers.answers[AT_SIGN_IN] = slow
        threads = [threading.Thread(target=lambda: answers.append(scene.sign_in())) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert ["AuthenticationResult" in answer for answer in answers] == [True, True]
        subs = {claims_of(answer["AuthenticationResult"]["AccessToken"])["sub"] for answer in answers}
        assert subs == {scene.stored()["attributes"]["sub"]}
        assert len(scene.operator.list_users(UserPoolId=scene.pool_id)["Users"]) == 1

    def test_reset_required(self, scene: Scene) -> None:
        scene.triggers.answers[AT_SIGN_IN] = {"userAttributes": ADA, "finalUserStatus": "RESET_REQUIRED"}
        assert refused(scene.sign_in)[0] == "PasswordResetRequiredException"
        assert scene.stored()["UserStatus"] == "RESET_REQUIRED"
        assert refused(scene.sign_in, password="another") == WRONG

    def test_the_audit_trail_has_it(self, scene: Scene, resources: Resources) -> None:
        scene.sign_in()
        with resources.database.read() as db:
            wanted = select(AuditEvent.sub).where(
                AuditEvent.pool_id == scene.pool_id, AuditEvent.kind == "user.migrated"
            )
            subs = db.execute(wanted).scalars().all()
        assert subs == [scene.stored()["attributes"]["sub"]]


# Names that another directory may take for one: by case, accents, width, marks that nobody sees.
SPELLINGS = ["Ada", "aDa", "\u00e1da", "\uff41da", "ad\ufe0fa", "ADA"]


class TestSpellings:
    """To the pool they are names of six people, to a directory like LDAP one person's."""

    @pytest.fixture
    def folding(self, scene: Scene) -> Scene:
        def directory(event: Event) -> dict[str, Any]:
            return {"userAttributes": ADA} if event["request"]["password"] == OLD else {}

        scene.triggers.answers[AT_SIGN_IN] = directory
        return scene

    def guess(self, scene: Scene, names: list[str]) -> None:
        for name in names:
            assert refused(scene.sign_in, name, "another", client_id=scene.hiding_id) == WRONG

    def test_share_five_guesses(self, folding: Scene, clock: Clock) -> None:
        self.guess(folding, SPELLINGS[:5])
        folding.triggers.calls.clear()
        assert refused(folding.sign_in, SPELLINGS[5], OLD, client_id=folding.hiding_id) == WRONG
        assert refused(folding.sign_in, "ada", OLD) == ("UserNotFoundException", "User does not exist.")
        assert folding.triggers.taken() == ["PreAuthentication_Authentication"]
        assert "AuthenticationResult" in folding.sign_in("bea")
        clock.advance(seconds=1)
        assert "AuthenticationResult" in folding.sign_in("ada")

    def test_a_success_does_not_forget_the_failures_of_others(self, folding: Scene) -> None:
        self.guess(folding, SPELLINGS[:4])
        assert "AuthenticationResult" in folding.sign_in("ada")
        folding.triggers.calls.clear()
        self.guess(folding, SPELLINGS[4:])
        assert folding.triggers.taken().count(AT_SIGN_IN) == 0

    def test_a_guess_that_is_not_made_takes_the_time_of_a_wrong_password(
        self, folding: Scene, resources: Resources
    ) -> None:
        hasher = CountingHasher()
        server = InProcessServer(replace(resources, hasher=hasher))
        folding.public = server.boto_client("cognito-idp", None)
        here = folding.make.user(folding.pool_id, "grace")
        for name, hashes in ((here.username, 1), *((name, 0) for name in SPELLINGS[:5]), (SPELLINGS[5], 1)):
            hasher.compared = 0
            self.guess(folding, [name])
            assert hasher.compared == hashes
        server.close()


class TestNames:
    def test_where_addresses_are_usernames(self, scene: Scene) -> None:
        scene.use(scene.make.pool(LambdaConfig=scene.triggers.config, UsernameAttributes=["email"]))
        scene.triggers.answers[AT_SIGN_IN] = {"userAttributes": {"email_verified": "true", "name": "Ada"}}
        result = scene.sign_in("ada@example.com")["AuthenticationResult"]
        user = scene.stored("ada@example.com")
        assert user["attributes"]["email"] == "ada@example.com"
        assert user["Username"] == user["attributes"]["sub"] == claims_of(result["AccessToken"])["username"]

    def test_by_an_alias(self, scene: Scene) -> None:
        scene.use(scene.make.pool(LambdaConfig=scene.triggers.config, AliasAttributes=["email"]))
        scene.triggers.answers[AT_SIGN_IN] = {"userAttributes": {**ADA, "username": "countess"}}
        assert "AuthenticationResult" in scene.sign_in("ada@example.com")
        assert scene.stored("countess")["attributes"]["email"] == "ada@example.com"

    def test_an_alias_that_is_somebody_elses(self, scene: Scene) -> None:
        scene.use(scene.make.pool(LambdaConfig=scene.triggers.config, AliasAttributes=["email"]))
        scene.make.user(scene.pool_id, "first", **ADA)
        answer = {"userAttributes": ADA}
        scene.triggers.answers[AT_SIGN_IN] = answer
        assert refused(scene.sign_in) == UNRECOGNIZABLE
        scene.triggers.answers[AT_SIGN_IN] = {**answer, "forceAliasCreation": True}
        assert "AuthenticationResult" in scene.sign_in()
        assert scene.stored("first")["attributes"]["email_verified"] == "false"
        assert scene.stored("ada@example.com")["Username"] == "ada"

    def test_nobody_becomes_somebody_who_is_here(self, scene: Scene) -> None:
        scene.use(scene.make.pool(LambdaConfig=scene.triggers.config, AliasAttributes=["email"]))
        victim = scene.make.user(scene.pool_id, "victim")
        scene.triggers.answers[AT_SIGN_IN] = {"userAttributes": {**ADA, "username": "victim"}}
        assert refused(scene.sign_in, name="ada@example.com") == UNRECOGNIZABLE
        assert scene.stored("victim")["attributes"] == {"sub": victim.sub}
        assert "AuthenticationResult" in scene.sign_in("victim", victim.password)


class TestSecondFactor:
    @pytest.fixture
    def phones(self, scene: Scene) -> Scene:
        scene.use(
            scene.make.pool(LambdaConfig=scene.triggers.config, SmsConfiguration=SNS, MfaConfiguration="OPTIONAL")
        )
        return scene

    def test_by_sms(self, phones: Scene) -> None:
        attributes = {"phone_number": "+12065550100", "phone_number_verified": "true"}
        phones.triggers.answers[AT_SIGN_IN] = {"userAttributes": attributes, "enableSMSMFA": True}
        assert phones.sign_in()["ChallengeName"] == "SMS_MFA"
        assert phones.stored()["UserMFASettingList"] == ["SMS_MFA"]

    def test_needs_a_phone_and_a_pool_with_mfa(self, phones: Scene, scene: Scene) -> None:
        answer = {"userAttributes": ADA, "enableSMSMFA": True}
        phones.triggers.answers[AT_SIGN_IN] = answer
        assert refused(phones.sign_in) == UNRECOGNIZABLE


@pytest.mark.parametrize(
    "answer",
    [
        {"userAttributes": [ADA]},
        {"userAttributes": {"email": ["ada@example.com"]}},
        {"userAttributes": {"email": "no address"}},
        {"userAttributes": {"custom:unknown": "x"}},
        {"userAttributes": {"sub": "11111111-2222-4333-8444-555555555555"}},
        {"userAttributes": ADA, "finalUserStatus": "UNCONFIRMED"},
        {"userAttributes": ADA, "messageAction": "SHOUT"},
        {"userAttributes": ADA, "desiredDeliveryMediums": "EMAIL"},
        {"userAttributes": ADA, "desiredDeliveryMediums": ["PIGEON"]},
        {"userAttributes": ADA, "forceAliasCreation": "perhaps"},
    ],
)
def test_answers_that_make_nobody(scene: Scene, answer: Any) -> None:
    scene.triggers.answers[AT_SIGN_IN] = answer
    assert refused(scene.sign_in)[0] == "InvalidLambdaResponseException"
    assert refused(scene.stored)[0] == "UserNotFoundException"


class TestForgotPassword:
    def test_makes_the_user_and_sends_the_code(
        self, scene: Scene, clock: Clock, last_code: Callable[[str, str], str]
    ) -> None:
        scene.triggers.answers[FORGOTTEN] = {"userAttributes": ADA, "messageAction": "SUPPRESS"}
        delivery = scene.public.forgot_password(
            ClientId=scene.client_id, Username="ada", ClientMetadata={"tenant": "seven"}
        )["CodeDeliveryDetails"]
        assert delivery["Destination"] == "a***@e***"
        assert scene.triggers.requests(FORGOTTEN) == [{"validationData": None, "clientMetadata": {"tenant": "seven"}}]
        assert scene.stored()["UserStatus"] == "RESET_REQUIRED"
        scene.public.confirm_forgot_password(
            ClientId=scene.client_id,
            Username="ada",
            ConfirmationCode=last_code(scene.pool_id, "ada@example.com"),
            Password="New-Horse-Battery-8",
        )
        assert scene.stored()["UserStatus"] == "CONFIRMED"
        assert "AuthenticationResult" in scene.sign_in(password="New-Horse-Battery-8")

    def test_of_nobody(self, scene: Scene, outbox: Callable[[str], list[Message]]) -> None:
        forgot = scene.public.forgot_password
        assert refused(forgot, ClientId=scene.client_id, Username="ada")[0] == "UserNotFoundException"
        assert forgot(ClientId=scene.hiding_id, Username="ada")["CodeDeliveryDetails"]
        assert scene.triggers.taken() == [FORGOTTEN, FORGOTTEN]
        assert outbox(scene.pool_id) == []

    def test_spellings_share_their_limit(self, scene: Scene, clock: Clock) -> None:
        scene.triggers.answers[FORGOTTEN] = failing("Not known")
        *names, last = islice(map("".join, product("aA", "dD", "aA", "lL")), 11)
        for name in [*names, last]:
            assert scene.public.forgot_password(ClientId=scene.hiding_id, Username=name)["CodeDeliveryDetails"]
        assert [event["userName"] for event in scene.triggers.calls] == names
        error = refused(scene.public.forgot_password, ClientId=scene.client_id, Username=last)
        assert error[0] == "UserNotFoundException"
        clock.advance(hours=1)
        error = refused(scene.public.forgot_password, ClientId=scene.client_id, Username=last)
        assert error[0] == "UserLambdaValidationException"

    def test_without_a_verified_address(self, scene: Scene) -> None:
        scene.triggers.answers[FORGOTTEN] = {"userAttributes": {"email": "ada@example.com"}}
        error = refused(scene.public.forgot_password, ClientId=scene.client_id, Username="ada")
        assert error[0] == "InvalidParameterException"

    def test_a_function_that_throws(self, scene: Scene) -> None:
        scene.triggers.answers[FORGOTTEN] = failing("Not known")
        error = refused(scene.public.forgot_password, ClientId=scene.client_id, Username="ada")
        assert error == ("UserLambdaValidationException", "UserMigration failed with error Not known.")
        hidden = scene.public.forgot_password(ClientId=scene.hiding_id, Username="ada")
        assert hidden["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
