"""Challenge sessions: bound to pool, client, user and challenge; none can be skipped ahead, none succeeds twice.

Every session that a sign-in can give is answered as every other challenge, for another client, pool and user, and once more
after its success. Whatever is refused leaves the session as good as it was.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyotp
import pytest
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP

from app.flows.work import Resources
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import PASSWORD, SNS, Factory, MadeUser
from tests.functions import FakeFunctions
from tests.outbox import posted
from tests.signing_in import SigningIn

FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
INVALID = ("NotAuthorizedException", "Invalid session for the user.")
USED = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")


@dataclass(frozen=True)
class Open:
    """A challenge that was asked, whom it was asked, and the responses that are right for it."""

    asked: dict[str, Any]
    user: MadeUser
    responses: Callable[[], dict[str, str]]

    @property
    def name(self) -> str:
        return str(self.asked["ChallengeName"])


class Scene(SigningIn):
    """One pool with everything on, users in every state that leads to another challenge."""

    def __init__(
        self, make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock, functions: FakeFunctions
    ) -> None:
        self.make, self.operator, self.public, self.resources, self.clock = make, operator, public, resources, clock
        self.pool_id = self._pool(functions)
        self.client_id = make.client(self.pool_id, ExplicitAuthFlows=FLOWS)["ClientId"]
        self.other_client = make.client(self.pool_id, ExplicitAuthFlows=FLOWS)["ClientId"]
        self.other_pool_client = make.client(self._pool(functions), ExplicitAuthFlows=FLOWS)["ClientId"]
        self.user = make.user(self.pool_id, email="plain@example.com", email_verified="true")
        self.seeds: dict[str, str] = {}

    def _pool(self, functions: FakeFunctions) -> str:
        def define(event: dict[str, Any]) -> dict[str, Any]:
            done = [entry for entry in event["request"]["session"] if entry["challengeResult"]]
            event["response"] = {"issueTokens": True} if done else {"challengeName": "CUSTOM_CHALLENGE"}
            return event

        def create(event: dict[str, Any]) -> dict[str, Any]:
            return {**event, "response": {"privateChallengeParameters": {"answer": "4"}}}

        def verify(event: dict[str, Any]) -> dict[str, Any]:
            return {**event, "response": {"answerCorrect": event["request"]["challengeAnswer"] == "4"}}

        pool_id = self.make.pool(
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}},
            LambdaConfig={
                "DefineAuthChallenge": functions.register(define),
                "CreateAuthChallenge": functions.register(create),
                "VerifyAuthChallengeResponse": functions.register(verify),
            },
        )
        self.operator.set_user_pool_mfa_config(
            UserPoolId=pool_id,
            MfaConfiguration="OPTIONAL",
            SmsMfaConfiguration={"SmsConfiguration": SNS},
            SoftwareTokenMfaConfiguration={"Enabled": True},
            EmailMfaConfiguration={"Message": "{####}"},
        )
        return pool_id

    def with_factors(self, *factors: str) -> MadeUser:
        user = self.make.user(
            self.pool_id,
            email=f"{len(self.seeds)}{''.join(factors)}@example.com",
            email_verified="true",
            phone_number="+12065550123",
            phone_number_verified="true",
        )
        if "SoftwareTokenMfaSettings" in factors:
            token = self.start(user, "USER_PASSWORD_AUTH", PASSWORD=PASSWORD)["AuthenticationResult"]["AccessToken"]
            seed = self.public.associate_software_token(AccessToken=token)["SecretCode"]
            self.public.verify_software_token(AccessToken=token, UserCode=self._totp(seed))
            self.seeds[user.username] = seed
        self.operator.admin_set_user_mfa_preference(
            UserPoolId=self.pool_id, Username=user.username, **{name: {"Enabled": True} for name in factors}
        )
        return user

    def start(self, user: MadeUser, flow: str, **parameters: str) -> dict[str, Any]:
        return self.initiate(flow, user.username, None, **parameters)

    def outcome(
        self,
        session: str | None,
        challenge: str,
        responses: dict[str, str],
        username: str,
        client_id: str | None = None,
    ) -> tuple[str, str] | dict[str, Any]:
        """What a challenge's answer brings: the error's code and message, or the answer of the server."""
        asked = {"ChallengeName": challenge, **({"Session": session} if session else {})}
        try:
            return self.respond(asked, client_id, **{**responses, "USERNAME": username})
        except ClientError as raised:
            error = raised.response["Error"]
            return error["Code"], error["Message"]

    def every_session(self) -> dict[str, Open]:
        """One open challenge of each kind."""
        sms, mail = self.with_factors("SMSMfaSettings"), self.with_factors("EmailMfaSettings")
        totp, both = (
            self.with_factors("SoftwareTokenMfaSettings"),
            self.with_factors("SMSMfaSettings", "EmailMfaSettings"),
        )
        invited = self.make.user(self.pool_id)
        self.operator.admin_set_user_password(
            UserPoolId=self.pool_id, Username=invited.username, Password="Temporary-Horse-1", Permanent=False
        )
        password = {"PASSWORD": PASSWORD}
        found = [
            Open(
                self.start(invited, "USER_PASSWORD_AUTH", PASSWORD="Temporary-Horse-1"),
                invited,
                lambda: {"NEW_PASSWORD": "Chosen-Horse-2"},
            ),
            self._sent(sms, "USER_PASSWORD_AUTH", "SMS_MFA_CODE", **password),
            self._sent(mail, "USER_PASSWORD_AUTH", "EMAIL_OTP_CODE", **password),
            Open(
                self.start(totp, "USER_PASSWORD_AUTH", **password),
                totp,
                lambda: {"SOFTWARE_TOKEN_MFA_CODE": self._totp(self.seeds[totp.username])},
            ),
            Open(self.start(both, "USER_PASSWORD_AUTH", **password), both, lambda: {"ANSWER": "SMS_MFA"}),
            Open(self.start(self.user, "CUSTOM_AUTH"), self.user, lambda: {"ANSWER": "4"}),
            Open(self.start(self.user, "USER_AUTH"), self.user, lambda: {"ANSWER": "PASSWORD", **password}),
            Open(self.start(self.user, "USER_AUTH", PREFERRED_CHALLENGE="PASSWORD"), self.user, lambda: password),
            Open(
                self.start(self.user, "USER_AUTH", PREFERRED_CHALLENGE="PASSWORD_SRP"),
                self.user,
                lambda: {"SRP_A": self._srp(self.user).get_auth_params()["SRP_A"]},
            ),
            self._srp_session(),
        ]
        first_factor = self._sent(self.user, "USER_AUTH", "EMAIL_OTP_CODE", PREFERRED_CHALLENGE="EMAIL_OTP")
        return {**{session.name: session for session in found}, "EMAIL_OTP as a first factor": first_factor}

    def _sent(self, user: MadeUser, flow: str, response: str, **parameters: str) -> Open:
        self.clock.advance(seconds=1)  # so that what is sent now is the newest
        asked = self.start(user, flow, **parameters)
        code = posted(self.resources, self.pool_id)[-1].code
        return Open(asked, user, lambda: {response: code})

    def _totp(self, seed: str) -> str:
        self.clock.advance(seconds=31)
        return pyotp.TOTP(seed).at(self.clock.now // 1_000)

    def _srp(self, user: MadeUser) -> AWSSRP:
        return AWSSRP(user.username, PASSWORD, self.pool_id, self.client_id, client=self.public)

    def _srp_session(self) -> Open:
        srp = self._srp(self.user)
        asked = self.start(self.user, "USER_SRP_AUTH", SRP_A=srp.get_auth_params()["SRP_A"])

        def proof() -> dict[str, str]:
            made: dict[str, str] = srp.process_challenge(asked["ChallengeParameters"], {"USERNAME": self.user.username})
            return made

        return Open(asked, self.user, proof)


@pytest.fixture
def scene(
    make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock, functions: FakeFunctions
) -> Scene:
    return Scene(make, operator, public, resources, clock, functions)


def test_every_illegal_transition(scene: Scene) -> None:
    sessions = scene.every_session()
    # The last is in the model and never asked.
    names = [*sorted({session.name for session in sessions.values()}), "ADMIN_NO_SRP_AUTH"]
    assert len(sessions) >= 11
    right = {name: session.responses() for name, session in sessions.items()}
    for name, session in sessions.items():
        text, user = session.asked["Session"], session.user.username
        for other in names:
            if other == session.name:
                continue
            answers = right.get(other, {})
            outcome = scene.outcome(text, other, answers, user)
            # SRP's proof names its own session; without one that fits it is refused as such.
            assert outcome == INVALID, (name, other, outcome)
        for client_id in (scene.other_client, scene.other_pool_client):
            assert scene.outcome(text, session.name, right[name], user, client_id=client_id) == INVALID, name
        stranger = next(other.user for other in sessions.values() if other.user.username != user)
        assert scene.outcome(text, session.name, right[name], stranger.username) == INVALID, name
        for broken in (
            text[:-6],
            text[::-1],
            "A" * len(text),
            text[:40] + ("x" if text[40] != "x" else "y") + text[41:],
        ):
            assert scene.outcome(broken, session.name, right[name], user) == INVALID, name


def test_every_session_succeeds_exactly_once(scene: Scene) -> None:
    for name, session in scene.every_session().items():
        text, user = session.asked["Session"], session.user.username
        first = scene.outcome(text, session.name, session.responses(), user)
        assert isinstance(first, dict), (name, first)
        assert first.get("AuthenticationResult") or first.get("ChallengeName"), name
        again = scene.outcome(text, session.name, session.responses(), user)
        assert again == USED, (name, again)


def test_every_session_expires(scene: Scene) -> None:
    sessions = scene.every_session()
    scene.clock.advance(minutes=3)
    for name, session in sessions.items():
        outcome = scene.outcome(session.asked["Session"], session.name, session.responses(), session.user.username)
        expired = ("NotAuthorizedException", "Invalid session for the user, session is expired.")
        assert outcome == expired, (name, outcome)


def test_srp_is_tied_by_its_secret_block(scene: Scene) -> None:
    """PASSWORD_VERIFIER may come without a Session; a block of another exchange, or a changed one, is refused."""
    first, second = scene._srp_session(), scene._srp_session()
    name, user = "PASSWORD_VERIFIER", scene.user.username
    mixed = {
        **first.responses(),
        "PASSWORD_CLAIM_SECRET_BLOCK": second.responses()["PASSWORD_CLAIM_SECRET_BLOCK"],
    }
    assert scene.outcome(None, name, mixed, user) == ("NotAuthorizedException", "Incorrect username or password.")
    assert scene.outcome(second.asked["Session"], name, first.responses(), user) == INVALID
    forged = {**first.responses(), "PASSWORD_CLAIM_SECRET_BLOCK": base64.b64encode(b"x" * 300).decode()}
    assert scene.outcome(None, name, forged, user) == INVALID
    assert isinstance(scene.outcome(None, name, first.responses(), user), dict)
    assert scene.outcome(None, name, first.responses(), user) == USED


def test_no_session_opens_an_operation_of_another_kind(scene: Scene) -> None:
    for name, session in scene.every_session().items():
        text = session.asked["Session"]
        if session.name != "MFA_SETUP":
            assert refused(scene.public.associate_software_token, Session=text)[1] == INVALID[1], name
        begun = {"ClientId": scene.client_id, "AuthFlow": "USER_AUTH", "Session": text}
        parameters = {"USERNAME": session.user.username}
        assert refused(scene.public.initiate_auth, **begun, AuthParameters=parameters)[1] == INVALID[1], name
