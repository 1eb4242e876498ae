"""Signing in on a device: it proves itself by SRP, in place of MFA or behind it, through botocore and pycognito."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pycognito import aws_srp
from pycognito.aws_srp import generate_hash_device
from sqlalchemy import func, select

from app.db.tables.devices import DeviceSession
from app.flows.work import Resources
from app.jobs.expire_rows import expire_rows
from tests.aws.cognito_idp.devices import BAD_SESSION, GONE, KEEPS_MFA, OPT_IN, WRONG, Phone, Scene, Totp
from tests.aws.refusals import refusal
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser, claims_of
from tests.in_process import InProcessServer


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any) -> Scene:
    return Scene(make, operator, public)


@pytest.fixture
def untracked(make: Factory, operator: Any, public: Any) -> Scene:
    return Scene(make, operator, public, rules=None)


@pytest.fixture
def opt_in(make: Factory, operator: Any, public: Any) -> Scene:
    return Scene(make, operator, public, rules=OPT_IN)


class TestPycognito:
    @pytest.fixture
    def through(self, server: InProcessServer, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Sends what pycognito posts to Cognito's own address here, and gives the statuses."""
        statuses: list[int] = []

        def post(url: str, *, headers: dict[str, str], data: str, timeout: float) -> httpx.Response:
            assert url == "https://cognito-idp.us-east-1.amazonaws.com/"
            with server.http_client() as http:
                reply = http.post("/", headers=headers, content=data, timeout=timeout)
            statuses.append(reply.status_code)
            return reply

        monkeypatch.setattr(aws_srp.requests, "post", post)
        return statuses

    def test_confirms_signs_in_and_forgets(self, scene: Scene, clock: Clock, through: list[int]) -> None:
        client = scene.srp()
        tokens = client.authenticate_user()
        reply, password = client.confirm_device(tokens, device_name="workstation")
        assert reply.json() == {"UserConfirmationNecessary": False}
        phone = Phone(tokens["AuthenticationResult"])
        assert scene.get(phone)["DeviceAttributes"]["device_name"] == "workstation"
        clock.advance(minutes=10)
        # It sends no Session, and the same A for user and device.
        result = scene.srp(phone, password).authenticate_user()["AuthenticationResult"]
        assert "NewDeviceMetadata" not in result
        assert claims_of(result["AccessToken"])["device_key"] == phone.key
        assert claims_of(result["AccessToken"])["amr"] == ["pwd"]
        assert scene.get(phone)["DeviceLastAuthenticatedDate"].timestamp() == clock.now // 1_000
        client.update_device_status(False, result["AccessToken"], phone.key)
        assert scene.get(phone)["DeviceAttributes"]["dev:device_remembered_status"] == "not_remembered"
        client.update_device_status(True, result["AccessToken"], phone.key)
        client.forget_device(result["AccessToken"], phone.key)
        assert through == [200, 200, 200, 200]
        assert refusal(lambda: scene.get(phone)) == GONE


class TestSignIn:
    def test_a_remembered_device_proves_itself(self, scene: Scene) -> None:
        phone = scene.confirmed()
        exchange = scene.srp(phone)
        asked = scene.asked(phone)
        assert asked["ChallengeParameters"] == {}
        begun = scene.begun(phone, exchange)
        assert begun["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
        parameters = begun["ChallengeParameters"]
        assert parameters.keys() == {"SALT", "SRP_B", "SECRET_BLOCK", "USERNAME", "DEVICE_KEY"}
        assert parameters["DEVICE_KEY"] == phone.key
        assert parameters["USERNAME"] == scene.user.username
        assert parameters["SECRET_BLOCK"] == begun["Session"]
        claim = exchange.process_device_challenge(parameters)
        result = scene.respond("DEVICE_PASSWORD_VERIFIER", **claim)["AuthenticationResult"]
        assert claims_of(result["AccessToken"])["device_key"] == phone.key
        assert "NewDeviceMetadata" not in result

    def test_one_that_is_not_remembered_need_not(self, opt_in: Scene) -> None:
        phone = opt_in.confirmed()
        result = opt_in.password(DEVICE_KEY=phone.key)["AuthenticationResult"]
        assert "NewDeviceMetadata" not in result
        assert claims_of(result["AccessToken"])["device_key"] == phone.key
        opt_in.set_status(phone, "remembered")
        assert "AuthenticationResult" in opt_in.prove(phone)

    def test_named_with_the_answer_only(self, scene: Scene) -> None:
        phone = scene.confirmed()
        exchange = scene.srp()
        begun = scene.public.initiate_auth(
            ClientId=scene.client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=exchange.get_auth_params()
        )
        claim = exchange.process_challenge(begun["ChallengeParameters"], exchange.get_auth_params())
        answer = scene.respond("PASSWORD_VERIFIER", begun["Session"], **claim, DEVICE_KEY=phone.key)
        assert answer["ChallengeName"] == "DEVICE_SRP_AUTH"

    def test_an_operators_sign_in_may_name_one(self, scene: Scene) -> None:
        phone = scene.confirmed()
        answer = scene.operator.admin_initiate_auth(
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": scene.user.username, "PASSWORD": PASSWORD, "DEVICE_KEY": phone.key},
        )
        exchange = scene.srp(phone)
        pool = {"UserPoolId": scene.pool_id, "ClientId": scene.client_id}
        begun = scene.operator.admin_respond_to_auth_challenge(
            **pool,
            ChallengeName=answer["ChallengeName"],
            Session=answer["Session"],
            ChallengeResponses={
                "USERNAME": scene.user.username,
                "DEVICE_KEY": phone.key,
                "SRP_A": aws_srp.long_to_hex(exchange.large_a_value),
            },
        )
        done = scene.operator.admin_respond_to_auth_challenge(
            **pool,
            ChallengeName=begun["ChallengeName"],
            ChallengeResponses=exchange.process_device_challenge(begun["ChallengeParameters"]),
        )
        assert claims_of(done["AuthenticationResult"]["AccessToken"])["device_key"] == phone.key

    def test_salts_of_any_first_byte(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        for salt in (0x80 << 120, 0x7F << 120 | 1, 0x0F << 112, 1):
            phone = scene.new_phone()
            monkeypatch.setattr(aws_srp, "get_random", lambda _, salt=salt: salt)
            phone.password, phone.config = generate_hash_device(phone.group_key, phone.key)
            monkeypatch.undo()
            scene.confirm(phone)
            assert "AuthenticationResult" in scene.prove(phone)

    def test_a_wrong_secret(self, scene: Scene) -> None:
        phone = scene.confirmed()
        assert refusal(lambda: scene.prove(phone, "wrong")) == WRONG
        assert "AuthenticationResult" in scene.prove(phone)

    def test_guesses_are_counted_whatever_the_password_does(self, scene: Scene) -> None:
        phone = scene.confirmed()
        for _ in range(5):
            assert refusal(lambda: scene.prove(phone, "wrong")) == WRONG
        locked = ("NotAuthorizedException", "Password attempts exceeded", 400)
        assert refusal(lambda: scene.prove(phone)) == locked
        scene.new_phone()
        assert refusal(lambda: scene.prove(phone)) == locked

    @pytest.mark.parametrize("key", ["x", "us-east-1_", f"us-east-1_{uuid4()}", "é_1", "x" * 5_000, "us_1\n"])
    def test_what_is_no_device(self, scene: Scene, key: str) -> None:
        assert refusal(lambda: scene.password(DEVICE_KEY=key)) == GONE
        exchange = scene.srp()
        begin = scene.public.initiate_auth
        given = {**exchange.get_auth_params(), "DEVICE_KEY": key}
        assert refusal(begin, ClientId=scene.client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=given) == GONE
        given = exchange.get_auth_params()
        begun = begin(ClientId=scene.client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=given)
        claim = exchange.process_challenge(begun["ChallengeParameters"], given)
        for _ in range(6):
            answer = lambda: scene.respond("PASSWORD_VERIFIER", begun["Session"], **claim, DEVICE_KEY=key)  # noqa: E731
            assert refusal(answer) == GONE
        # Clients ask again at once, without the device: a right password is no guess, and the session is not spent.
        assert "AuthenticationResult" in scene.respond("PASSWORD_VERIFIER", begun["Session"], **claim)

    def test_a_key_that_was_never_confirmed(self, scene: Scene) -> None:
        phone = scene.new_phone()
        assert refusal(lambda: scene.password(DEVICE_KEY=phone.key)) == GONE

    def test_where_tracking_is_off_any_key_is_ignored(self, untracked: Scene) -> None:
        assert "AuthenticationResult" in untracked.password(DEVICE_KEY="x" * 5_000)

    def test_names_for_nobody_hear_the_same(self, make: Factory, operator: Any, public: Any) -> None:
        hiding = Scene(make, operator, public, PreventUserExistenceErrors="ENABLED")
        nobody = MadeUser("nobody", "", PASSWORD)
        for user in (hiding.user, nobody):
            assert refusal(lambda user=user: hiding.password(user, DEVICE_KEY=f"us-east-1_{uuid4()}")) == GONE

    def test_a_null_key_is_none(self, scene: Scene, http: httpx.Client) -> None:
        """What amazon-cognito-identity-js sends once it has heard that a device is gone."""
        parameters = {"USERNAME": scene.user.username, "PASSWORD": PASSWORD, "DEVICE_KEY": None}
        reply = http.post(
            "/",
            headers={
                "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
                "Content-Type": "application/x-amz-json-1.1",
            },
            content=json.dumps(
                {"ClientId": scene.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
            ),
        )
        assert "NewDeviceMetadata" in reply.json()["AuthenticationResult"]


class TestSessions:
    def test_only_the_device_that_was_asked(self, scene: Scene) -> None:
        phone, tablet = scene.confirmed(), scene.confirmed()
        public = aws_srp.long_to_hex(scene.srp().large_a_value)
        session = scene.asked(phone)["Session"]
        answer = lambda: scene.respond("DEVICE_SRP_AUTH", session, DEVICE_KEY=tablet.key, SRP_A=public)  # noqa: E731
        assert refusal(answer) == BAD_SESSION
        exchange = scene.srp(tablet)
        begun = scene.begun(phone, exchange)
        claim = exchange.process_device_challenge(begun["ChallengeParameters"])
        assert refusal(lambda: scene.respond("DEVICE_PASSWORD_VERIFIER", **claim)) == BAD_SESSION

    @pytest.mark.parametrize("missing", ["DEVICE_KEY", "SRP_A"])
    def test_a_missing_response(self, scene: Scene, missing: str) -> None:
        phone = scene.confirmed()
        given = {"DEVICE_KEY": phone.key, "SRP_A": aws_srp.long_to_hex(scene.srp().large_a_value)}
        del given[missing]
        session = scene.asked(phone)["Session"]
        error = refusal(lambda: scene.respond("DEVICE_SRP_AUTH", session, **given))
        assert error[:2] == ("InvalidParameterException", f"Missing required parameter {missing}")

    def test_a_proof_works_once(self, scene: Scene) -> None:
        phone = scene.confirmed()
        exchange = scene.srp(phone)
        begun = scene.begun(phone, exchange)
        claim = exchange.process_device_challenge(begun["ChallengeParameters"])
        scene.respond("DEVICE_PASSWORD_VERIFIER", **claim)
        error = refusal(lambda: scene.respond("DEVICE_PASSWORD_VERIFIER", **claim))
        assert error[1] == "Invalid session for the user, session can only be used once."

    def test_an_answer_comes_within_minutes(self, scene: Scene, clock: Clock) -> None:
        phone = scene.confirmed()
        exchange = scene.srp(phone)
        begun = scene.begun(phone, exchange)
        asked = scene.asked(phone)
        clock.advance(minutes=3)
        claim = exchange.process_device_challenge(begun["ChallengeParameters"])
        expired = "Invalid session for the user, session is expired."
        assert refusal(lambda: scene.respond("DEVICE_PASSWORD_VERIFIER", **claim))[1] == expired
        public = {"DEVICE_KEY": phone.key, "SRP_A": aws_srp.long_to_hex(exchange.large_a_value)}
        assert refusal(lambda: scene.respond("DEVICE_SRP_AUTH", asked["Session"], **public))[1] == expired

    def test_without_session_only_what_was_asked(self, scene: Scene, clock: Clock) -> None:
        """A client that answers without Session goes on with the sign-in of that user, device and client, and with no other."""
        phone, tablet = scene.confirmed(), scene.confirmed()
        public = aws_srp.long_to_hex(scene.srp().large_a_value)
        missing = ("InvalidParameterException", "Missing required parameter Session", 400)

        def answer(key: str, **more: str) -> dict[str, Any]:
            return scene.respond("DEVICE_SRP_AUTH", DEVICE_KEY=key, SRP_A=public, **more)

        assert refusal(lambda: answer(phone.key)) == missing
        scene.asked(phone)
        assert refusal(lambda: answer(tablet.key)) == missing
        other = scene.make.user(scene.pool_id).username
        assert refusal(lambda: answer(phone.key, USERNAME=other)) == missing
        another_client = scene.make.client(scene.pool_id)["ClientId"]
        call = scene.public.respond_to_auth_challenge
        responses = {"USERNAME": scene.user.username, "DEVICE_KEY": phone.key, "SRP_A": public}
        given = {"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeResponses": responses}
        assert refusal(call, ClientId=another_client, **given) == missing
        assert answer(phone.key)["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
        assert refusal(lambda: answer(phone.key)) == missing
        scene.asked(phone)
        clock.advance(minutes=3)
        assert refusal(lambda: answer(phone.key)) == missing

    def test_without_session_an_answered_sign_in_is_passed_over(self, scene: Scene) -> None:
        phone = scene.confirmed()
        scene.asked(phone)
        scene.prove(phone)
        public = aws_srp.long_to_hex(scene.srp().large_a_value)
        begun = scene.respond("DEVICE_SRP_AUTH", DEVICE_KEY=phone.key, SRP_A=public)
        assert begun["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"

    def test_the_session_of_the_code_before_goes_on_with_that_sign_in_only(self, scene: Scene, clock: Clock) -> None:
        """amazon-cognito-identity-js answers DEVICE_SRP_AUTH so where it came behind a code."""
        phone, totp = scene.confirmed(), Totp(scene, clock)
        totp.enroll(phone.access_token)
        exchange = scene.srp(phone)
        public = {"DEVICE_KEY": phone.key, "SRP_A": aws_srp.long_to_hex(exchange.large_a_value)}
        # Remembered, but no code was given on it yet: it asks for one, then for the device.
        before, other = (scene.password(DEVICE_KEY=phone.key) for _ in range(2))

        def answer(challenge: dict[str, Any]) -> dict[str, Any]:
            return scene.respond("DEVICE_SRP_AUTH", challenge["Session"], **public)

        assert refusal(lambda: answer(before)) == BAD_SESSION
        assert totp.answer(before)["ChallengeName"] == "DEVICE_SRP_AUTH"
        begun = answer(before)
        assert begun["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
        claim = exchange.process_device_challenge(begun["ChallengeParameters"])
        assert "AuthenticationResult" in scene.respond("DEVICE_PASSWORD_VERIFIER", **claim)
        assert refusal(lambda: answer(before)) == BAD_SESSION
        # Now that it is trusted it is asked at once, in another sign-in.
        scene.asked(phone)
        assert refusal(lambda: answer(other)) == BAD_SESSION

    def test_waiting_sessions_expire(self, scene: Scene, resources: Resources, clock: Clock) -> None:
        def waiting() -> int:
            count = select(func.count()).select_from(DeviceSession).where(DeviceSession.pool_id == scene.pool_id)
            with resources.database.read() as db:
                return db.execute(count).scalar_one()

        scene.asked(scene.confirmed())
        expire_rows(scene.make.work())
        assert waiting() == 1
        clock.advance(minutes=4)
        expire_rows(scene.make.work())
        assert waiting() == 0

    def test_a_device_forgotten_on_the_way(self, scene: Scene) -> None:
        phone, tablet = scene.confirmed(), scene.confirmed()
        exchange = scene.srp(phone)
        begun, asked = scene.begun(phone, exchange), scene.asked(tablet)
        claim = exchange.process_device_challenge(begun["ChallengeParameters"])
        for device in (phone, tablet):
            scene.operator.admin_forget_device(
                UserPoolId=scene.pool_id, Username=scene.user.username, DeviceKey=device.key
            )
        assert refusal(lambda: scene.respond("DEVICE_PASSWORD_VERIFIER", **claim)) == GONE
        public = {"DEVICE_KEY": tablet.key, "SRP_A": aws_srp.long_to_hex(exchange.large_a_value)}
        assert refusal(lambda: scene.respond("DEVICE_SRP_AUTH", asked["Session"], **public)) == GONE

    def test_a_device_no_longer_remembered_on_the_way(self, scene: Scene) -> None:
        phone = scene.confirmed()
        exchange = scene.srp(phone)
        begun = scene.begun(phone, exchange)
        claim = exchange.process_device_challenge(begun["ChallengeParameters"])
        scene.set_status(phone, "not_remembered")
        assert refusal(lambda: scene.respond("DEVICE_PASSWORD_VERIFIER", **claim)) == GONE


class TestMfa:
    def test_a_remembered_device_stands_in_for_it(self, scene: Scene, clock: Clock) -> None:
        totp = Totp(scene, clock)
        totp.enroll(scene.new_phone().access_token)
        phone = totp.trusted()
        result = scene.prove(phone)["AuthenticationResult"]
        assert claims_of(result["AccessToken"])["amr"] == ["pwd"]
        assert scene.password()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        scene.set_status(phone, "not_remembered")
        assert scene.password(DEVICE_KEY=phone.key)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"

    def test_pycognito_needs_no_code(self, scene: Scene, clock: Clock) -> None:
        totp = Totp(scene, clock)
        totp.enroll(scene.new_phone().access_token)
        phone = totp.trusted()
        result = scene.srp(phone).authenticate_user()["AuthenticationResult"]
        assert claims_of(result["AccessToken"])["device_key"] == phone.key

    def test_in_a_pool_that_requires_mfa(self, scene: Scene, clock: Clock) -> None:
        access_token = scene.new_phone().access_token
        totp = Totp(scene, clock, "ON")
        totp.enroll(access_token)
        assert "AuthenticationResult" in scene.prove(totp.trusted())

    def test_a_device_from_before_the_second_factor_is_not_worth_one(self, scene: Scene, clock: Clock) -> None:
        """Whoever had only the password could have confirmed it; once MFA was passed on it, it is."""
        totp = Totp(scene, clock)
        phone = scene.confirmed()
        totp.enroll(phone.access_token)
        # Remembered as it is, it proves itself behind the code.
        asked = totp.answer(scene.password(DEVICE_KEY=phone.key))
        assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
        exchange = scene.srp(phone)
        public = aws_srp.long_to_hex(exchange.large_a_value)
        begun = scene.respond("DEVICE_SRP_AUTH", asked["Session"], DEVICE_KEY=phone.key, SRP_A=public)
        claim = exchange.process_device_challenge(begun["ChallengeParameters"])
        result = scene.respond("DEVICE_PASSWORD_VERIFIER", **claim)["AuthenticationResult"]
        assert claims_of(result["AccessToken"])["amr"] == ["pwd", "otp", "mfa"]
        assert "AuthenticationResult" in scene.prove(phone)

    def test_another_device_cannot_answer_for_it(self, scene: Scene, clock: Clock) -> None:
        totp = Totp(scene, clock)
        cheap = scene.confirmed()
        totp.enroll(cheap.access_token)
        phone = totp.trusted()
        session = scene.asked(phone)["Session"]
        public = aws_srp.long_to_hex(scene.srp().large_a_value)
        answer = lambda: scene.respond("DEVICE_SRP_AUTH", session, DEVICE_KEY=cheap.key, SRP_A=public)  # noqa: E731
        assert refusal(answer) == BAD_SESSION

    def test_a_pool_may_want_both(self, make: Factory, operator: Any, public: Any, clock: Clock) -> None:
        scene = Scene(make, operator, public, rules=KEEPS_MFA)
        totp = Totp(scene, clock)
        totp.enroll(scene.new_phone().access_token)
        phone = totp.trusted()
        for _ in range(2):
            asked = totp.answer(scene.password(DEVICE_KEY=phone.key))
            assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
