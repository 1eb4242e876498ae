"""Recovery codes, and several authenticator apps of one user: what Cognito has not, off by default."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyotp
import pytest
from botocore.exceptions import ClientError

from tests.aws.refusals import refusal
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, claims_of
from tests.signing_in import SigningIn


class Scene(SigningIn):
    """A pool where the user signs in with an authenticator app."""

    def __init__(self, make: Factory, operator: Any, public: Any, ours: Any, clock: Clock) -> None:
        self.make, self.operator, self.public, self.ours, self.clock = make, operator, public, ours, clock
        self.pool_id = make.pool()
        operator.set_user_pool_mfa_config(
            UserPoolId=self.pool_id, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
        )
        self.client_id = make.client(self.pool_id)["ClientId"]
        self.user = make.user(self.pool_id)
        self.token = str(self.start()["AuthenticationResult"]["AccessToken"])
        self.seed = self.enrol("first")
        public.set_user_mfa_preference(AccessToken=self.token, SoftwareTokenMfaSettings={"Enabled": True})

    def enrol(self, name: str) -> str:
        seed = str(self.public.associate_software_token(AccessToken=self.token)["SecretCode"])
        code = self.totp(seed)
        self.public.verify_software_token(AccessToken=self.token, UserCode=code, FriendlyDeviceName=name)
        return seed

    def totp(self, seed: str) -> str:
        self.clock.advance(seconds=31)
        return pyotp.TOTP(seed).at(self.clock.now // 1_000)

    def start(self) -> dict[str, Any]:
        return self.initiate("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)

    def codes(self) -> list[str]:
        return list(self.ours.generate_recovery_codes(AccessToken=self.token)["RecoveryCodes"])


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, ours: Any, clock: Clock) -> Scene:
    return Scene(make, operator, public, ours, clock)


class TestRecoveryCodes:
    @pytest.fixture(autouse=True)
    def _enabled(self, scene: Scene) -> None:
        scene.ours.update_pool_settings(UserPoolId=scene.pool_id, RecoveryCodes="ENABLED")

    def test_one_signs_in_once(self, scene: Scene) -> None:
        codes = scene.codes()
        assert len(set(codes)) == 10
        answer = scene.respond(scene.start(), RECOVERY_CODE=codes[3].lower().replace("-", ""))
        claims = claims_of(answer["AuthenticationResult"]["AccessToken"])
        assert (claims["amr"], claims["acr"]) == (["pwd", "recovery_code", "mfa"], "urn:cognito:loa:1")
        assert refusal(scene.respond, challenge=scene.start(), RECOVERY_CODE=codes[3])[0] == "CodeMismatchException"
        assert "AuthenticationResult" in scene.respond(scene.start(), RECOVERY_CODE=codes[4])

    def test_new_ones_replace_the_old(self, scene: Scene) -> None:
        old = scene.codes()
        named = {"UserPoolId": scene.pool_id, "Username": scene.user.username}
        new = scene.ours.admin_generate_recovery_codes(**named)["RecoveryCodes"]
        assert refusal(scene.respond, challenge=scene.start(), RECOVERY_CODE=old[0])[0] == "CodeMismatchException"
        assert "AuthenticationResult" in scene.respond(scene.start(), RECOVERY_CODE=new[0])

    def test_guesses_are_counted(self, scene: Scene) -> None:
        codes, challenge = scene.codes(), scene.start()
        for _ in range(5):
            error = refusal(scene.respond, challenge=challenge, RECOVERY_CODE="22222-22222")
            assert error[0] == "CodeMismatchException"
        assert refusal(scene.respond, challenge=challenge, RECOVERY_CODE=codes[0])[0] == "NotAuthorizedException"

    def test_one_cannot_replace_the_password(self, scene: Scene) -> None:
        codes = scene.codes()
        asked = refusal(
            scene.public.initiate_auth,
            ClientId=scene.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": scene.user.username, "RECOVERY_CODE": codes[0]},
        )
        assert asked[0] == "InvalidParameterException"

    def test_of_many_at_once_one_succeeds(self, scene: Scene) -> None:
        code = scene.codes()[0]
        challenges = [scene.start() for _ in range(8)]

        def attempt(challenge: dict[str, Any]) -> bool:
            try:
                return "AuthenticationResult" in scene.respond(challenge, RECOVERY_CODE=code)
            except ClientError:
                return False

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(attempt, challenges)).count(True) == 1

    def test_one_users_code_is_nothing_to_another(self, scene: Scene, make: Factory) -> None:
        codes = scene.codes()
        other = make.user(scene.pool_id)
        named = {"UserPoolId": scene.pool_id, "Username": other.username}
        scene.ours.admin_generate_recovery_codes(**named)
        assert refusal(scene.ours.admin_generate_recovery_codes, **{**named, "Username": "nobody"})[0] == (
            "UserNotFoundException"
        )
        scene.ours.admin_generate_recovery_codes(UserPoolId=scene.pool_id, Username=scene.user.username)
        assert refusal(scene.respond, challenge=scene.start(), RECOVERY_CODE=codes[0])[0] == "CodeMismatchException"


def test_off_by_default(scene: Scene) -> None:
    assert refusal(scene.ours.generate_recovery_codes, AccessToken=scene.token)[0] == "InvalidParameterException"
    error = refusal(scene.respond, challenge=scene.start(), RECOVERY_CODE="22222-22222")
    assert error[:2] == ("InvalidParameterException", "Missing required parameter SOFTWARE_TOKEN_MFA_CODE")


def _right(scene: Scene, seed: str) -> Callable[[], bool]:
    def attempt() -> bool:
        challenge = scene.start()
        if "AuthenticationResult" in challenge:
            return True
        try:
            return "AuthenticationResult" in scene.respond(challenge, SOFTWARE_TOKEN_MFA_CODE=scene.totp(seed))
        except ClientError:
            return False

    return attempt


def test_a_new_authenticator_replaces_the_one_before(scene: Scene) -> None:
    second = scene.enrol("second")
    assert (_right(scene, scene.seed)(), _right(scene, second)()) == (False, True)


def test_several_where_the_pool_lets_them(scene: Scene) -> None:
    scene.ours.update_pool_settings(UserPoolId=scene.pool_id, SeveralSoftwareTokens="ENABLED")
    second = scene.enrol("second")
    assert (_right(scene, scene.seed)(), _right(scene, second)()) == (True, True)
    found = scene.ours.list_software_tokens(AccessToken=scene.token)["SoftwareTokens"]
    assert [token["FriendlyDeviceName"] for token in found] == ["first", "second"]
    scene.ours.delete_software_token(AccessToken=scene.token, SoftwareTokenId=found[0]["SoftwareTokenId"])
    assert (_right(scene, scene.seed)(), _right(scene, second)()) == (False, True)
    gone = refusal(
        scene.ours.delete_software_token, AccessToken=scene.token, SoftwareTokenId=found[0]["SoftwareTokenId"]
    )
    assert gone[0] == "ResourceNotFoundException"
    scene.ours.delete_software_token(AccessToken=scene.token, SoftwareTokenId=found[1]["SoftwareTokenId"])
    assert "AuthenticationResult" in scene.start()
