"""A thousand requests at once at a second factor: a code signs in once, guesses are counted, one message is sent."""

import json
from typing import Any

import pyotp
import pytest
from sqlalchemy import func, select

from app.db.tables.outbox import OutboxMessage
from app.db.tables.tokens import TokenFamily
from app.flows.work import Resources
from tests.concurrency.burst import Burst, outcomes
from tests.conftest import Clock
from tests.factories import PASSWORD, SNS, Factory, MadeUser
from tests.signing_in import SigningIn

pytestmark = pytest.mark.slow
BUSY = {"TooManyRequestsException"}


class Scene(SigningIn):
    """A user with an authenticator, in a pool of their own."""

    def __init__(self, make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock) -> None:
        self.public, self.resources, self.clock = public, resources, clock
        self.burst = Burst(resources)
        self.pool_id = make.pool()
        operator.set_user_pool_mfa_config(
            UserPoolId=self.pool_id,
            MfaConfiguration="OPTIONAL",
            SmsMfaConfiguration={"SmsConfiguration": SNS},
            SoftwareTokenMfaConfiguration={"Enabled": True},
        )
        self.client_id = make.client(self.pool_id)["ClientId"]
        self.user: MadeUser = make.user(self.pool_id, phone_number="+12065550123", phone_number_verified="true")
        token = self.start()["AuthenticationResult"]["AccessToken"]
        self.seed = public.associate_software_token(AccessToken=token)["SecretCode"]
        public.verify_software_token(AccessToken=token, UserCode=self.code())
        public.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True})
        self.token = token
        clock.advance(seconds=31)

    def code(self) -> str:
        return pyotp.TOTP(self.seed).at(self.clock.now // 1_000)

    def start(self) -> dict[str, Any]:
        return self.initiate("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)

    def answer(self, challenge: dict[str, Any], **responses: str) -> dict[str, Any]:
        return {
            "ClientId": self.client_id,
            "ChallengeName": challenge["ChallengeName"],
            "Session": challenge["Session"],
            "ChallengeResponses": {"USERNAME": self.user.username, **responses},
        }

    def count(self, table: Any) -> int:
        with self.resources.database.read() as db:
            return int(db.execute(select(func.count()).where(table.pool_id == self.pool_id)).scalar_one())


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock) -> Scene:
    return Scene(make, operator, public, resources, clock)


def test_a_right_code_in_one_session(scene: Scene) -> None:
    challenge, before = scene.start(), scene.count(TokenFamily)
    answer = scene.answer(challenge, SOFTWARE_TOKEN_MFA_CODE=scene.code())
    found = outcomes(scene.burst.aws("RespondToAuthChallenge", lambda _: answer))
    assert found["200"] == 1
    assert set(found) <= {"200", "NotAuthorizedException", "ExpiredCodeException", *BUSY}
    assert scene.count(TokenFamily) == before + 1


def test_a_right_code_in_many_sessions(scene: Scene) -> None:
    challenges, before = [scene.start() for _ in range(20)], scene.count(TokenFamily)
    code = scene.code()
    answers = [scene.answer(challenge, SOFTWARE_TOKEN_MFA_CODE=code) for challenge in challenges]
    found = outcomes(scene.burst.aws("RespondToAuthChallenge", lambda number: answers[number % 20], 200))
    assert found["200"] == 1
    assert scene.count(TokenFamily) == before + 1


def test_guesses_in_many_sessions(scene: Scene) -> None:
    wrong = [code for code in ("000000", "111111", "222222") if code != scene.code()]
    challenges = [scene.start() for _ in range(20)]
    answers = [
        scene.answer(challenge, SOFTWARE_TOKEN_MFA_CODE=wrong[number % len(wrong)])
        for number, challenge in enumerate(challenges)
    ]
    found = outcomes(scene.burst.aws("RespondToAuthChallenge", lambda number: answers[number % 20]))
    assert found["CodeMismatchException"] == 5
    assert set(found) <= {"CodeMismatchException", "NotAuthorizedException", *BUSY}


def test_a_choice_sends_one_message(scene: Scene) -> None:
    scene.public.set_user_mfa_preference(AccessToken=scene.token, SMSMfaSettings={"Enabled": True})
    challenge = scene.start()
    assert challenge["ChallengeName"] == "SELECT_MFA_TYPE"
    answer = scene.answer(challenge, ANSWER="SMS_MFA")
    replies = scene.burst.aws("RespondToAuthChallenge", lambda _: answer, 200)
    assert outcomes(replies)["200"] == 1
    assert scene.count(OutboxMessage) == 1
    (sent,) = (json.loads(reply.body) for reply in replies if reply.status == 200)
    assert sent["ChallengeName"] == "SMS_MFA"
