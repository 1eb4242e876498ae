"""Clients adopt USER_ID_FOR_SRP as the USERNAME of all that follows; it differs from the stored name by case or normal form."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import pyotp
import pytest
from pycognito import aws_srp
from pycognito.aws_srp import AWSSRP

from tests.aws.cognito_idp.devices import ALWAYS, Phone
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory

NEW = "New-Horse-Battery-7"


@dataclass
class Scene:
    """A client with a secret. `stored` is how the user's name was given, `adopted` what sign-ins make of it."""

    make: Factory
    operator: Any
    public: Any
    pool_id: str
    client: dict[str, Any]
    stored: str
    adopted: str

    def named(self, name: str | None = None) -> dict[str, str]:
        name = self.adopted if name is None else name
        message = f"{name}{self.client['ClientId']}".encode()
        digest = hmac.digest(self.client["ClientSecret"].encode(), message, hashlib.sha256)
        return {"USERNAME": name, "SECRET_HASH": base64.b64encode(digest).decode()}

    def srp(self, phone: Phone | None = None, password: str = PASSWORD) -> AWSSRP:
        device = {} if phone is None else {"device_key": phone.key, "device_group_key": phone.group_key}
        if phone:
            device["device_password"] = phone.password
        return AWSSRP(
            username=self.stored,
            password=password,
            pool_id=self.pool_id,
            client_id=self.client["ClientId"],
            client_secret=self.client["ClientSecret"],
            client=self.public,
            **device,
        )

    def initiate(self, flow: str, **parameters: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.public.initiate_auth(
            ClientId=self.client["ClientId"], AuthFlow=flow, AuthParameters=parameters
        )
        return answer

    def prove(self, password: str = PASSWORD, **parameters: str) -> dict[str, Any]:
        """A sign-in by SRP up to what is asked after the password, or to tokens."""
        exchange = self.srp(password=password)
        asked = self.initiate("USER_SRP_AUTH", **exchange.get_auth_params(), **parameters)
        assert asked["ChallengeParameters"]["USER_ID_FOR_SRP"] == self.adopted
        claim = exchange.process_challenge(asked["ChallengeParameters"], exchange.get_auth_params())
        return self.respond(asked, **claim, **parameters)

    def respond(self, asked: dict[str, Any], **responses: str) -> dict[str, Any]:
        """Answers under the adopted name."""
        answer: dict[str, Any] = self.public.respond_to_auth_challenge(
            ClientId=self.client["ClientId"],
            ChallengeName=asked["ChallengeName"],
            Session=asked["Session"],
            ChallengeResponses={**responses, **self.named()},
        )
        return answer

    def refresh(self, name: str, tokens: dict[str, Any]) -> dict[str, Any]:
        """REFRESH_TOKEN_AUTH with a SECRET_HASH over the name."""
        named = {"REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": self.named(name)["SECRET_HASH"]}
        fresh: dict[str, Any] = self.initiate("REFRESH_TOKEN_AUTH", **named)["AuthenticationResult"]
        return fresh


@pytest.fixture(params=["case", "normal form"])
def scene(request: pytest.FixtureRequest, make: Factory, operator: Any, public: Any) -> Scene:
    is_case = request.param == "case"
    stored, adopted = ("María", "maría") if is_case else ("Ame\u0301lie", "Amélie")
    pool_id = make.pool(AutoVerifiedAttributes=["email"], UsernameConfiguration={"CaseSensitive": not is_case})
    client = make.client(pool_id, GenerateSecret=True)
    return Scene(make, operator, public, pool_id, client, stored, adopted)


def test_sign_up_and_recovery(scene: Scene, clock: Clock, last_code: Any) -> None:
    def members(name: str | None = None) -> dict[str, str]:
        named = scene.named(name)
        return {"ClientId": scene.client["ClientId"], "Username": named["USERNAME"], "SecretHash": named["SECRET_HASH"]}

    mail = [{"Name": "email", "Value": "m@example.com"}]
    scene.public.sign_up(**members(scene.stored), Password=PASSWORD, UserAttributes=mail)
    clock.advance(seconds=1)
    scene.public.resend_confirmation_code(**members())
    scene.public.confirm_sign_up(**members(), ConfirmationCode=last_code(scene.pool_id, "m@example.com"))
    clock.advance(seconds=1)
    scene.public.forgot_password(**members())
    code = last_code(scene.pool_id, "m@example.com")
    scene.public.confirm_forgot_password(**members(), ConfirmationCode=code, Password=NEW)
    assert "AuthenticationResult" in scene.prove(NEW)


def test_refresh(scene: Scene) -> None:
    user = scene.make.user(scene.pool_id, scene.stored)
    tokens = scene.prove()["AuthenticationResult"]
    for name in (scene.adopted, scene.stored, user.sub):
        assert "AccessToken" in scene.refresh(name, tokens)
    error = refused(lambda: scene.refresh("another", tokens))
    assert error == ("NotAuthorizedException", f"SecretHash does not match for the client: {scene.client['ClientId']}")


def test_new_password(scene: Scene) -> None:
    scene.operator.admin_create_user(
        UserPoolId=scene.pool_id, Username=scene.stored, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    plain = scene.initiate("USER_PASSWORD_AUTH", **scene.named(scene.stored), PASSWORD=PASSWORD)
    for asked in (plain, scene.prove()):
        assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        assert asked["ChallengeParameters"]["USER_ID_FOR_SRP"] == scene.adopted
    tokens = scene.respond(asked, NEW_PASSWORD=NEW)["AuthenticationResult"]
    assert "AccessToken" in scene.refresh(scene.adopted, tokens)


def test_second_factor_and_device(scene: Scene, clock: Clock) -> None:
    """A software token, then a remembered device in its place; the tokens are refreshed under the same name."""
    clock.advance(seconds=61)  # a time step of its own
    pool = {"UserPoolId": scene.pool_id}
    scene.make.user(scene.pool_id, scene.stored)
    totp: dict[str, Any] = {"SoftwareTokenMfaConfiguration": {"Enabled": True}, "MfaConfiguration": "OPTIONAL"}
    scene.operator.set_user_pool_mfa_config(**pool, **totp)
    mine = {"AccessToken": scene.prove()["AuthenticationResult"]["AccessToken"]}
    seed = pyotp.TOTP(scene.public.associate_software_token(**mine)["SecretCode"])
    scene.public.verify_software_token(**mine, UserCode=seed.at(clock.now // 1_000))
    scene.public.set_user_mfa_preference(**mine, SoftwareTokenMfaSettings={"Enabled": True})
    scene.operator.update_user_pool(**pool, MfaConfiguration="OPTIONAL", DeviceConfiguration=ALWAYS)
    clock.advance(seconds=60)
    asked = scene.prove()
    assert asked["ChallengeParameters"]["USER_ID_FOR_SRP"] == scene.adopted
    tokens = scene.respond(asked, SOFTWARE_TOKEN_MFA_CODE=seed.at(clock.now // 1_000))["AuthenticationResult"]
    phone = Phone(tokens)
    scene.public.confirm_device(
        AccessToken=phone.access_token, DeviceKey=phone.key, DeviceSecretVerifierConfig=phone.config
    )
    asked = scene.prove(DEVICE_KEY=phone.key)
    exchange = scene.srp(phone)
    public = aws_srp.long_to_hex(exchange.large_a_value)
    asked = scene.respond(asked, DEVICE_KEY=phone.key, SRP_A=public)
    assert asked["ChallengeParameters"]["USERNAME"] == scene.adopted
    claim = exchange.process_device_challenge(asked["ChallengeParameters"])
    result = scene.respond(asked, **claim)["AuthenticationResult"]
    again = {"REFRESH_TOKEN": result["RefreshToken"], "SECRET_HASH": scene.named()["SECRET_HASH"]}
    assert "AccessToken" in scene.initiate("REFRESH_TOKEN_AUTH", **again, DEVICE_KEY=phone.key)["AuthenticationResult"]
