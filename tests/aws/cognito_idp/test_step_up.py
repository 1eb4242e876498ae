"""TARGET_ACR_VALUES, MAX_AGE and ACCESS_TOKEN: a client asks for a level and the user shows what is missing."""

from typing import Any

import pyotp
import pytest

from app.flows.work import Resources
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, claims_of
from tests.outbox import posted
from tests.signing_in import SigningIn

LOA = "urn:cognito:loa:"


class Scene(SigningIn):
    """A pool where MFA is optional, and a user with a verified address and an authenticator that no sign-in must use."""

    def __init__(self, make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock) -> None:
        self.make, self.operator, self.public, self.resources, self.clock = make, operator, public, resources, clock
        self.pool_id = make.pool(
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
            AcrConfiguration={"Level4": {"AcrValue": "urn:example:strong"}},
        )
        operator.set_user_pool_mfa_config(
            UserPoolId=self.pool_id, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
        )
        self.client_id = make.client(self.pool_id, ExplicitAuthFlows=["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])[
            "ClientId"
        ]
        self.user = make.user(self.pool_id, email="jane@example.com", email_verified="true")
        token = self.tokens(self.password())["AccessToken"]
        self.seed = public.associate_software_token(AccessToken=token)["SecretCode"]
        public.verify_software_token(AccessToken=token, UserCode=self.totp())

    def totp(self) -> str:
        self.clock.advance(seconds=31)
        return pyotp.TOTP(self.seed).at(self.clock.now // 1_000)

    def start(self, **parameters: str) -> dict[str, Any]:
        return self.initiate("USER_AUTH", **parameters)

    def password(self, **parameters: str) -> dict[str, Any]:
        return self.start(PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD, **parameters)

    def tokens(self, answer: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = answer["AuthenticationResult"]
        return result

    def claims(self, answer: dict[str, Any]) -> dict[str, Any]:
        return claims_of(self.tokens(answer)["AccessToken"])

    def code(self) -> str:
        return posted(self.resources, self.pool_id)[-1].code


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock) -> Scene:
    return Scene(make, operator, public, resources, clock)


def test_without_a_target_the_password_is_enough(scene: Scene) -> None:
    assert scene.claims(scene.password())["acr"] == f"{LOA}1"


def test_a_target_asks_for_what_is_missing(scene: Scene) -> None:
    asked = scene.password(TARGET_ACR_VALUES=f"urn:example:strong {LOA}1")
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    claims = scene.claims(scene.respond(asked, SOFTWARE_TOKEN_MFA_CODE=scene.totp()))
    assert (claims["acr"], claims["amr"]) == ("urn:example:strong", ["pwd", "otp", "mfa"])


def test_the_target_travels_through_every_step(scene: Scene) -> None:
    asked = scene.start(TARGET_ACR_VALUES="urn:example:strong")
    asked = scene.respond(asked, ANSWER="EMAIL_OTP")
    asked = scene.respond(asked, EMAIL_OTP_CODE=scene.code())
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    asked = scene.respond(asked, SOFTWARE_TOKEN_MFA_CODE=scene.totp())
    assert asked["ChallengeName"] == "PASSWORD"
    claims = scene.claims(scene.respond(asked, PASSWORD=PASSWORD))
    assert claims["acr"] == "urn:example:strong"
    assert claims["amr"] == ["email_otp", "otp", "pwd", "mfa"]


def test_level_three_takes_the_address(scene: Scene) -> None:
    asked = scene.start(PREFERRED_CHALLENGE="EMAIL_OTP", TARGET_ACR_VALUES=f"{LOA}3")
    asked = scene.respond(asked, EMAIL_OTP_CODE=scene.code())
    assert asked["ChallengeName"] == "PASSWORD"
    assert scene.claims(scene.respond(asked, PASSWORD=PASSWORD))["acr"] == f"{LOA}3"


def test_what_is_out_of_reach_is_left_and_told(scene: Scene) -> None:
    bare = scene.make.user(scene.pool_id)
    scene.user = bare
    claims = scene.claims(scene.password(TARGET_ACR_VALUES=f"urn:example:strong {LOA}3"))
    assert claims["acr"] == f"{LOA}1"


def test_a_token_is_counted(scene: Scene) -> None:
    first = scene.tokens(scene.password())
    before = claims_of(first["AccessToken"])
    scene.clock.advance(minutes=2)
    asked = scene.start(TARGET_ACR_VALUES="urn:example:strong", ACCESS_TOKEN=first["AccessToken"])
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    claims = scene.claims(scene.respond(asked, SOFTWARE_TOKEN_MFA_CODE=scene.totp()))
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    assert claims["auth_time"] > before["auth_time"]


def test_a_token_alone_signs_nobody_in(scene: Scene) -> None:
    first = scene.tokens(scene.password())
    again = scene.start(TARGET_ACR_VALUES=f"{LOA}1", ACCESS_TOKEN=first["AccessToken"])
    assert again["ChallengeName"] == "SELECT_CHALLENGE"


def test_an_old_token_is_not(scene: Scene) -> None:
    first = scene.tokens(scene.password())
    scene.clock.advance(minutes=2)
    given = {"TARGET_ACR_VALUES": "urn:example:strong", "ACCESS_TOKEN": first["AccessToken"]}
    assert scene.start(**given, MAX_AGE="60")["ChallengeName"] == "SELECT_CHALLENGE"
    assert scene.start(**given, MAX_AGE="600")["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_a_token_of_another_client_or_scope_is_not(scene: Scene) -> None:
    first = scene.tokens(scene.password())
    flows = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    scene.client_id = scene.make.client(scene.pool_id, ExplicitAuthFlows=flows)["ClientId"]
    given = {"TARGET_ACR_VALUES": "urn:example:strong"}
    assert refused(scene.start, **given, ACCESS_TOKEN=first["AccessToken"])[0] == "NotAuthorizedException"


def test_refresh_changes_none_of_it(scene: Scene) -> None:
    asked = scene.password(TARGET_ACR_VALUES="urn:example:strong")
    tokens = scene.tokens(scene.respond(asked, SOFTWARE_TOKEN_MFA_CODE=scene.totp()))
    before = claims_of(tokens["IdToken"])
    scene.clock.advance(minutes=10)
    refreshed = scene.public.get_tokens_from_refresh_token(
        RefreshToken=tokens["RefreshToken"], ClientId=scene.client_id
    )["AuthenticationResult"]
    after = claims_of(refreshed["IdToken"])
    assert {name: after[name] for name in ("acr", "amr", "auth_time")} == {
        name: before[name] for name in ("acr", "amr", "auth_time")
    }
    assert after["iat"] > before["iat"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"TARGET_ACR_VALUES": "urn:none"}, "InvalidParameterException"),
        ({"TARGET_ACR_VALUES": f"{LOA}4"}, "InvalidParameterException"),
        ({"ACCESS_TOKEN": "x"}, "InvalidParameterException"),
        ({"TARGET_ACR_VALUES": f"{LOA}1", "ACCESS_TOKEN": "x.y.z"}, "NotAuthorizedException"),
        ({"TARGET_ACR_VALUES": f"{LOA}1", "ACCESS_TOKEN": "{token}", "MAX_AGE": "-1"}, "InvalidParameterException"),
        ({"TARGET_ACR_VALUES": f"{LOA}1", "ACCESS_TOKEN": "{other}"}, "NotAuthorizedException"),
        ({"TARGET_ACR_VALUES": f"{LOA}1", "ACCESS_TOKEN": "{revoked}"}, "NotAuthorizedException"),
    ],
)
def test_refusals(scene: Scene, given: dict[str, str], code: str) -> None:
    jane = scene.user
    token = scene.tokens(scene.password())["AccessToken"]
    scene.user = scene.make.user(scene.pool_id)
    other = scene.tokens(scene.password())["AccessToken"]
    scene.user = jane
    revoked = scene.tokens(scene.password())
    scene.public.revoke_token(Token=revoked["RefreshToken"], ClientId=scene.client_id)
    known = {"{token}": token, "{other}": other, "{revoked}": revoked["AccessToken"]}
    parameters = {name: known.get(value, value) for name, value in given.items()}
    assert refused(scene.start, **parameters)[0] == code


def test_a_plan_without_it(gated: Any, make: Factory) -> None:
    pool_id = make.pool()
    client = make.client(pool_id, ExplicitAuthFlows=["ALLOW_USER_AUTH"])
    gated.update_user_pool(UserPoolId=pool_id, UserPoolTier="LITE")
    error = refused(
        gated.initiate_auth,
        ClientId=client["ClientId"],
        AuthFlow="USER_AUTH",
        AuthParameters={"USERNAME": make.user(pool_id).username, "TARGET_ACR_VALUES": f"{LOA}1"},
    )
    assert error[0] == "FeatureUnavailableInTierException"
