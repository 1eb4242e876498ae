"""InitiateAuth, RespondToAuthChallenge and their operators' twins, through a real botocore client and pycognito's SRP."""

import base64
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP
from sqlalchemy import delete, select, update

from app.db.tables.audit import AuditEvent
from app.db.tables.tokens import TokenFamily
from app.db.tables.users import User
from app.flows.work import Resources
from app.kit.hashing import PasswordHasher
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser, claims_of

USED = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")


def _hash(client: dict[str, Any], username: str) -> str:
    message = f"{username}{client['ClientId']}".encode()
    return base64.b64encode(hmac.digest(client["ClientSecret"].encode(), message, hashlib.sha256)).decode()


class Scene:
    """A pool with a client and a user, and short ways to sign in there."""

    def __init__(self, make: Factory, public: Any, operator: Any, **client: Any) -> None:
        self.public, self.operator, self.make = public, operator, make
        self.pool_id = make.pool()
        self.client = make.client(self.pool_id, **client)
        self.client_id: str = self.client["ClientId"]
        self.user = make.user(self.pool_id)

    def password(self, username: str, password: str, **parameters: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.public.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password, **parameters},
        )
        return answer

    def password_error(self, username: str, password: str, **parameters: str) -> tuple[str, str]:
        return refused(lambda: self.password(username, password, **parameters))

    def srp(self, username: str, password: str) -> AWSSRP:
        return AWSSRP(
            username=username,
            password=password,
            pool_id=self.pool_id,
            client_id=self.client_id,
            client=self.public,
            client_secret=self.client.get("ClientSecret"),
        )

    def srp_challenge(self, exchange: AWSSRP) -> dict[str, Any]:
        answer: dict[str, Any] = self.public.initiate_auth(
            ClientId=self.client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=exchange.get_auth_params()
        )
        return answer

    def respond(self, challenge: str, responses: dict[str, str], session: str | None = None) -> dict[str, Any]:
        more = {} if session is None else {"Session": session}
        answer: dict[str, Any] = self.public.respond_to_auth_challenge(
            ClientId=self.client_id, ChallengeName=challenge, ChallengeResponses=responses, **more
        )
        return answer

    def invited(self, **options: Any) -> MadeUser:
        """A user with a temporary password."""
        username = options.pop("Username", "invited")
        made = self.operator.admin_create_user(
            UserPoolId=self.pool_id,
            Username=username,
            TemporaryPassword="Temporary-1",
            MessageAction="SUPPRESS",
            **options,
        )["User"]
        return MadeUser(made["Username"], made["Attributes"][-1]["Value"], "Temporary-1")


@pytest.fixture
def scene(make: Factory, public: Any, operator: Any) -> Scene:
    return Scene(make, public, operator)


@pytest.fixture
def hiding(make: Factory, public: Any, operator: Any) -> Scene:
    return Scene(make, public, operator, PreventUserExistenceErrors="ENABLED")


WRONG = ("NotAuthorizedException", "Incorrect username or password.")


class TestPassword:
    def test_gives_tokens(self, scene: Scene) -> None:
        answer = scene.password(scene.user.username, PASSWORD)
        assert answer["ChallengeParameters"] == {}
        result = answer["AuthenticationResult"]
        assert result.keys() == {"AccessToken", "ExpiresIn", "TokenType", "RefreshToken", "IdToken"}
        assert (result["TokenType"], result["ExpiresIn"]) == ("Bearer", 3600)
        access, identity = claims_of(result["AccessToken"]), claims_of(result["IdToken"])
        assert access["sub"] == identity["sub"] == scene.user.sub
        assert access["scope"] == "aws.cognito.signin.user.admin"
        assert identity["aud"] == access["client_id"] == scene.client_id

    def test_a_wrong_password(self, scene: Scene) -> None:
        assert scene.password_error(scene.user.username, "wrong") == WRONG

    def test_an_unknown_user(self, scene: Scene, hiding: Scene) -> None:
        assert scene.password_error("nobody", "x") == ("UserNotFoundException", "User does not exist.")
        assert hiding.password_error("nobody", "x") == WRONG

    @pytest.mark.parametrize("name", ["USERNAME", "PASSWORD"])
    def test_a_missing_parameter(self, scene: Scene, name: str) -> None:
        parameters = {"USERNAME": scene.user.username, "PASSWORD": PASSWORD}
        del parameters[name]
        error = refused(
            scene.public.initiate_auth,
            ClientId=scene.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters=parameters,
        )
        assert error == ("InvalidParameterException", f"Missing required parameter {name}")

    def test_no_parameters_at_all(self, scene: Scene) -> None:
        error = refused(scene.public.initiate_auth, ClientId=scene.client_id, AuthFlow="USER_PASSWORD_AUTH")
        assert error == ("InvalidParameterException", "Missing required parameter USERNAME")

    @pytest.mark.parametrize("name", ["a b", "x" * 129, "tab\t"])
    def test_what_cannot_be_a_name(self, scene: Scene, name: str) -> None:
        assert scene.password_error(name, "x")[0] == "InvalidParameterException"

    def test_a_flow_that_the_client_has_not(self, make: Factory, public: Any, operator: Any) -> None:
        scene = Scene(make, public, operator, ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])
        assert scene.password_error("x", "x") == (
            "InvalidParameterException",
            "USER_PASSWORD_AUTH flow not enabled for this client",
        )
        assert refused(
            operator.admin_initiate_auth,
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "x", "PASSWORD": "x"},
        ) == ("InvalidParameterException", "Auth flow not enabled for this client")

    @pytest.mark.parametrize("flow", ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"])
    def test_operators_flows_are_not_for_the_public(self, scene: Scene, flow: str) -> None:
        parameters = {"USERNAME": scene.user.username, "PASSWORD": PASSWORD}
        error = refused(scene.public.initiate_auth, ClientId=scene.client_id, AuthFlow=flow, AuthParameters=parameters)
        assert error == ("InvalidParameterException", "Initiate Auth method not supported.")

    def test_an_unknown_client(self, scene: Scene) -> None:
        error = refused(
            scene.public.initiate_auth,
            ClientId="nosuchclient",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "x", "PASSWORD": "x"},
        )
        assert error == ("ResourceNotFoundException", "User pool client nosuchclient does not exist.")

    def test_names_are_compared_in_nfc(self, scene: Scene) -> None:
        scene.make.user(scene.pool_id, "ren\u00e9e")
        assert "AuthenticationResult" in scene.password("rene\u0301e", PASSWORD)

    def test_an_alias_leads_to_the_user(self, make: Factory, public: Any, operator: Any) -> None:
        scene = Scene(make, public, operator)
        pool_id = make.pool(AliasAttributes=["email"])
        client_id = make.client(pool_id)["ClientId"]
        user = make.user(pool_id, "alice", email="alice@example.com", email_verified="true")
        scene.client_id = client_id
        assert "AuthenticationResult" in scene.password("alice@example.com", user.password)

    def test_a_pool_that_demands_mfa_is_refused(self, scene: Scene) -> None:
        scene.operator.update_user_pool(UserPoolId=scene.pool_id, MfaConfiguration="OFF")
        assert "AuthenticationResult" in scene.password(scene.user.username, PASSWORD)


class TestUserStates:
    def test_disabled_is_told_after_a_right_password(self, scene: Scene) -> None:
        scene.operator.admin_disable_user(UserPoolId=scene.pool_id, Username=scene.user.username)
        assert scene.password_error(scene.user.username, "wrong") == WRONG
        assert scene.password_error(scene.user.username, PASSWORD) == ("NotAuthorizedException", "User is disabled.")

    def test_unconfirmed_is_told_after_a_right_password(self, hiding: Scene) -> None:
        hiding.public.sign_up(ClientId=hiding.client_id, Username="newcomer", Password=PASSWORD)
        assert hiding.password_error("newcomer", "wrong") == WRONG
        assert hiding.password_error("newcomer", PASSWORD) == ("UserNotConfirmedException", "User is not confirmed.")

    def test_a_reset_is_told_after_a_right_password(self, scene: Scene) -> None:
        user = scene.make.user(scene.pool_id, email="r@example.com", email_verified="true")
        scene.operator.admin_reset_user_password(UserPoolId=scene.pool_id, Username=user.username)
        assert scene.password_error(user.username, "wrong") == WRONG
        assert scene.password_error(user.username, PASSWORD)[0] == "PasswordResetRequiredException"

    def test_a_right_password_that_leads_nowhere_is_no_failed_guess(self, scene: Scene) -> None:
        scene.operator.admin_disable_user(UserPoolId=scene.pool_id, Username=scene.user.username)
        errors = [scene.password_error(scene.user.username, PASSWORD)[1] for _ in range(8)]
        assert set(errors) == {"User is disabled."}

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (update(User).values(enabled=False), "User is disabled."),
            (update(User).values(signed_out_at=2**50), "Invalid session for the user."),
            (delete(User), "User does not exist."),
        ],
    )
    def test_whose_account_ends_while_the_password_is_checked_gets_nothing(
        self, scene: Scene, resources: Resources, monkeypatch: pytest.MonkeyPatch, change: Any, message: str
    ) -> None:
        scene.operator.update_user_pool(
            UserPoolId=scene.pool_id, UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"}
        )
        verify = PasswordHasher.verify

        def verify_slowly(hasher: PasswordHasher, *arguments: Any) -> bool:
            with resources.database.write() as db:
                db.execute(change.where(User.pool_id == scene.pool_id, User.sub == scene.user.sub))
            return verify(hasher, *arguments)

        monkeypatch.setattr(PasswordHasher, "verify", verify_slowly)
        assert scene.password_error(scene.user.username, PASSWORD) == ("NotAuthorizedException", message)
        alive = (TokenFamily.sub == scene.user.sub) & TokenFamily.revoked_at.is_(None)
        told = select(AuditEvent.kind, AuditEvent.details).where(AuditEvent.pool_id == scene.pool_id)
        with resources.database.read() as db:
            assert not db.execute(select(TokenFamily.family_id).where(alive)).all()
            events = [(event.kind, event.details.get("reason")) for event in db.execute(told)]
        is_deleted = message == "User does not exist."
        for kind in ("sign_in.success", "tokens.issued", "tokens.revoked"):
            assert events.count((kind, None)) == (0 if is_deleted else 1), kind
        assert events.count(("sign_in.failure", "ended_meanwhile")) == (0 if is_deleted else 1)
        if not is_deleted:
            (event,) = scene.operator.admin_list_user_auth_events(
                UserPoolId=scene.pool_id, Username=scene.user.username
            )["AuthEvents"]
            assert (event["EventType"], event["EventResponse"]) == ("SignIn", "Fail")


class TestLockout:
    def test_the_sixth_wrong_password_is_not_compared(self, scene: Scene, clock: Clock) -> None:
        name = scene.user.username
        assert [scene.password_error(name, "wrong") for _ in range(5)] == [WRONG] * 5
        locked = ("NotAuthorizedException", "Password attempts exceeded")
        assert scene.password_error(name, "wrong") == locked
        assert scene.password_error(name, PASSWORD) == locked
        clock.advance(seconds=1)
        assert "AuthenticationResult" in scene.password(name, PASSWORD)
        assert [scene.password_error(name, "wrong") for _ in range(5)] == [WRONG] * 5

    def test_names_of_nobody_lock_alike(self, hiding: Scene, clock: Clock) -> None:
        answers = {
            name: [hiding.password_error(name, "wrong") for _ in range(7)] for name in (hiding.user.username, "nobody")
        }
        assert answers["nobody"] == answers[hiding.user.username]
        clock.advance(seconds=1)
        assert hiding.password_error("nobody", "wrong") == hiding.password_error(hiding.user.username, "wrong") == WRONG

    def test_srp_and_passwords_count_together(self, scene: Scene) -> None:
        name = scene.user.username
        for _ in range(4):
            scene.password_error(name, "wrong")
        with pytest.raises(ClientError, match="Incorrect username or password"):
            scene.srp(name, "wrong").authenticate_user()
        with pytest.raises(ClientError, match="Password attempts exceeded"):
            scene.srp(name, PASSWORD).authenticate_user()

    def test_every_name_of_a_user_counts_together(self, make: Factory, public: Any, operator: Any) -> None:
        scene = Scene(make, public, operator)
        pool_id = make.pool(AliasAttributes=["email"])
        scene.client_id = make.client(pool_id)["ClientId"]
        make.user(pool_id, "alice", email="alice@example.com", email_verified="true")
        for _ in range(5):
            scene.password_error("alice", "wrong")
        assert scene.password_error("alice@example.com", "wrong")[1] == "Password attempts exceeded"


class TestSecretHash:
    @pytest.fixture
    def scene(self, make: Factory, public: Any, operator: Any) -> Scene:
        return Scene(make, public, operator, GenerateSecret=True)

    def test_right(self, scene: Scene) -> None:
        name = scene.user.username
        answer = scene.password(name, PASSWORD, SECRET_HASH=_hash(scene.client, name))
        assert "AuthenticationResult" in answer

    def test_wrong_missing_and_unexpected(self, scene: Scene, hiding: Scene) -> None:
        name, client_id = scene.user.username, scene.client_id
        assert scene.password_error(name, PASSWORD) == (
            "NotAuthorizedException",
            f"Client {client_id} is configured with secret but SECRET_HASH was not received",
        )
        # Before existence: an unknown user hears the same.
        for who in (name, "nobody"):
            assert scene.password_error(who, PASSWORD, SECRET_HASH="wrong") == (
                "NotAuthorizedException",
                f"Unable to verify secret hash for client {client_id}",
            )
        assert hiding.password_error("x", "x", SECRET_HASH="unexpected")[0] == "NotAuthorizedException"

    def test_srp(self, scene: Scene) -> None:
        assert "AuthenticationResult" in scene.srp(scene.user.username, PASSWORD).authenticate_user()

    def test_refresh_takes_username_or_sub(self, scene: Scene) -> None:
        name = scene.user.username
        tokens = scene.password(name, PASSWORD, SECRET_HASH=_hash(scene.client, name))["AuthenticationResult"]
        for known in (name, scene.user.sub):
            answer = scene.public.initiate_auth(
                ClientId=scene.client_id,
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": _hash(scene.client, known)},
            )
            assert "RefreshToken" not in answer["AuthenticationResult"]
        error = refused(
            scene.public.initiate_auth,
            ClientId=scene.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": _hash(scene.client, "other")},
        )
        assert error == ("NotAuthorizedException", f"SecretHash does not match for the client: {scene.client_id}")


class TestSrp:
    def test_pycognito_signs_in(self, scene: Scene) -> None:
        answer = scene.srp(scene.user.username, PASSWORD).authenticate_user()
        assert claims_of(answer["AuthenticationResult"]["IdToken"])["sub"] == scene.user.sub

    def test_the_challenge(self, scene: Scene) -> None:
        answer = scene.srp_challenge(scene.srp(scene.user.username, PASSWORD))
        assert answer["ChallengeName"] == "PASSWORD_VERIFIER"
        parameters = answer["ChallengeParameters"]
        assert parameters.keys() == {"USER_ID_FOR_SRP", "USERNAME", "SALT", "SRP_B", "SECRET_BLOCK"}
        assert parameters["USER_ID_FOR_SRP"] == parameters["USERNAME"] == scene.user.username
        assert 20 <= len(answer["Session"]) <= 4096
        block = base64.b64decode(parameters["SECRET_BLOCK"], validate=True)
        assert scene.pool_id.encode() in block[:80]

    def test_with_and_without_session(self, scene: Scene) -> None:
        for with_session in (True, False):
            exchange = scene.srp(scene.user.username, PASSWORD)
            answer = scene.srp_challenge(exchange)
            responses = exchange.process_challenge(answer["ChallengeParameters"], exchange.get_auth_params())
            result = scene.respond("PASSWORD_VERIFIER", responses, answer["Session"] if with_session else None)
            assert "AuthenticationResult" in result

    def test_a_wrong_password(self, scene: Scene) -> None:
        with pytest.raises(ClientError, match="Incorrect username or password"):
            scene.srp(scene.user.username, "wrong").authenticate_user()

    def test_a_secret_block_succeeds_once(self, scene: Scene) -> None:
        exchange = scene.srp(scene.user.username, PASSWORD)
        answer = scene.srp_challenge(exchange)
        responses = exchange.process_challenge(answer["ChallengeParameters"], exchange.get_auth_params())
        scene.respond("PASSWORD_VERIFIER", responses)
        assert refused(lambda: scene.respond("PASSWORD_VERIFIER", responses)) == (
            "NotAuthorizedException",
            "Invalid session for the user, session can only be used once.",
        )

    def test_a_secret_block_expires(self, scene: Scene, clock: Clock) -> None:
        exchange = scene.srp(scene.user.username, PASSWORD)
        answer = scene.srp_challenge(exchange)
        responses = exchange.process_challenge(answer["ChallengeParameters"], exchange.get_auth_params())
        clock.advance(minutes=3)
        assert refused(lambda: scene.respond("PASSWORD_VERIFIER", responses)) == (
            "NotAuthorizedException",
            "Invalid session for the user, session is expired.",
        )

    def test_a_wrong_answer_does_not_use_it_up(self, scene: Scene) -> None:
        exchange = scene.srp(scene.user.username, PASSWORD)
        answer = scene.srp_challenge(exchange)
        responses = exchange.process_challenge(answer["ChallengeParameters"], exchange.get_auth_params())
        assert (
            refused(lambda: scene.respond("PASSWORD_VERIFIER", {**responses, "PASSWORD_CLAIM_SIGNATURE": "x"})) == WRONG
        )
        assert "AuthenticationResult" in scene.respond("PASSWORD_VERIFIER", responses)

    def test_what_the_block_is_bound_to(self, scene: Scene) -> None:
        other_client = scene.make.client(scene.pool_id)["ClientId"]
        other_user = scene.make.user(scene.pool_id)
        exchange = scene.srp(scene.user.username, PASSWORD)
        answer = scene.srp_challenge(exchange)
        responses = exchange.process_challenge(answer["ChallengeParameters"], exchange.get_auth_params())
        block = responses["PASSWORD_CLAIM_SECRET_BLOCK"]
        invalid = ("NotAuthorizedException", "Invalid session for the user.")
        assert invalid == refused(
            scene.public.respond_to_auth_challenge,
            ClientId=other_client,
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=responses,
        )
        changed = [
            {"USERNAME": other_user.username},
            {"PASSWORD_CLAIM_SECRET_BLOCK": "not base64!"},
            {"PASSWORD_CLAIM_SECRET_BLOCK": block[:-8] + "AAAAAAA="},
            {"PASSWORD_CLAIM_SECRET_BLOCK": "AAAA"},
            {"PASSWORD_CLAIM_SECRET_BLOCK": base64.b64encode(b"\x01" + b"x" * 60).decode()},
        ]
        for change in changed:
            assert refused(lambda change=change: scene.respond("PASSWORD_VERIFIER", {**responses, **change})) == invalid
        assert (
            refused(lambda: scene.respond("NEW_PASSWORD_REQUIRED", {**responses, "NEW_PASSWORD": "x"}, block))
            == invalid
        )
        assert refused(lambda: scene.respond("PASSWORD_VERIFIER", responses, "x" * 40)) == invalid

    def test_parameters(self, scene: Scene) -> None:
        for value, text in ((None, "Missing required parameter SRP_A"), ("xyz", None), ("0", None)):
            parameters = {"USERNAME": scene.user.username} | ({} if value is None else {"SRP_A": value})
            error = refused(
                scene.public.initiate_auth,
                ClientId=scene.client_id,
                AuthFlow="USER_SRP_AUTH",
                AuthParameters=parameters,
            )
            assert error[0] == "InvalidParameterException"
            assert text in (None, error[1])

    def test_a_timestamp_of_another_form(self, scene: Scene) -> None:
        exchange = scene.srp(scene.user.username, PASSWORD)
        answer = scene.srp_challenge(exchange)
        responses = exchange.process_challenge(answer["ChallengeParameters"], exchange.get_auth_params())
        error = refused(lambda: scene.respond("PASSWORD_VERIFIER", {**responses, "TIMESTAMP": "now"}))
        assert error[0] == "InvalidParameterException"

    def test_an_unknown_user_is_simulated(self, hiding: Scene, scene: Scene) -> None:
        with pytest.raises(ClientError, match="User does not exist"):
            scene.srp("nobody", PASSWORD).authenticate_user()
        seen = [hiding.srp_challenge(hiding.srp("nobody", PASSWORD))["ChallengeParameters"] for _ in range(2)]
        real = hiding.srp_challenge(hiding.srp(hiding.user.username, PASSWORD))["ChallengeParameters"]
        assert seen[0].keys() == real.keys()
        assert [len(seen[0][name]) for name in ("SALT",)] == [len(real[name]) for name in ("SALT",)]
        for name in ("SALT", "USER_ID_FOR_SRP", "USERNAME"):
            assert seen[0][name] == seen[1][name]
        assert seen[0]["SRP_B"] != seen[1]["SRP_B"]
        with pytest.raises(ClientError, match="Incorrect username or password"):
            hiding.srp("nobody", PASSWORD).authenticate_user()

    def test_a_simulated_user_of_an_email_pool_has_a_uuid(self, make: Factory, public: Any, operator: Any) -> None:
        pool_id = make.pool(UsernameAttributes=["email"])
        client = make.client(pool_id, PreventUserExistenceErrors="ENABLED")
        make.user(pool_id, "real@example.com")
        answers = []
        for name in ("real@example.com", "fake@example.com", "FAKE@example.com"):
            srp = AWSSRP(name, PASSWORD, pool_id, client["ClientId"], client=public)
            answers.append(
                public.initiate_auth(
                    ClientId=client["ClientId"], AuthFlow="USER_SRP_AUTH", AuthParameters=srp.get_auth_params()
                )["ChallengeParameters"]
            )
        assert [str(UUID(answer["USER_ID_FOR_SRP"])) for answer in answers]
        assert len(answers[0]["SECRET_BLOCK"]) == len(answers[1]["SECRET_BLOCK"])

    def test_states_are_told_after_the_verifier(self, scene: Scene) -> None:
        scene.operator.admin_disable_user(UserPoolId=scene.pool_id, Username=scene.user.username)
        with pytest.raises(ClientError, match="Incorrect username or password"):
            scene.srp(scene.user.username, "wrong").authenticate_user()
        with pytest.raises(ClientError, match="User is disabled"):
            scene.srp(scene.user.username, PASSWORD).authenticate_user()

    def test_a_changed_password_ends_an_exchange(self, scene: Scene) -> None:
        exchange = scene.srp(scene.user.username, PASSWORD)
        answer = scene.srp_challenge(exchange)
        responses = exchange.process_challenge(answer["ChallengeParameters"], exchange.get_auth_params())
        scene.operator.admin_set_user_password(
            UserPoolId=scene.pool_id, Username=scene.user.username, Password="Another-Horse-8", Permanent=True
        )
        assert refused(lambda: scene.respond("PASSWORD_VERIFIER", responses)) == WRONG


class TestNewPassword:
    def _begin(self, scene: Scene, user: MadeUser) -> dict[str, Any]:
        answer = scene.password(user.username, user.password)
        assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        assert "AuthenticationResult" not in answer
        return answer

    def _respond(self, scene: Scene, begun: dict[str, Any], **responses: str) -> dict[str, Any]:
        username = begun["ChallengeParameters"]["USER_ID_FOR_SRP"]
        return scene.respond("NEW_PASSWORD_REQUIRED", {"USERNAME": username, **responses}, begun["Session"])

    def test_a_temporary_password_is_replaced(self, scene: Scene) -> None:
        user = scene.invited()
        begun = self._begin(scene, user)
        assert begun["ChallengeParameters"]["USER_ID_FOR_SRP"] == "invited"
        assert json.loads(begun["ChallengeParameters"]["requiredAttributes"]) == []
        result = self._respond(scene, begun, NEW_PASSWORD="My-Own-Horse-9")
        assert claims_of(result["AuthenticationResult"]["IdToken"])["cognito:username"] == "invited"
        state = scene.operator.admin_get_user(UserPoolId=scene.pool_id, Username="invited")["UserStatus"]
        assert state == "CONFIRMED"
        assert scene.password_error("invited", user.password) == WRONG
        assert "AuthenticationResult" in scene.password("invited", "My-Own-Horse-9")
        assert "AuthenticationResult" in scene.srp("invited", "My-Own-Horse-9").authenticate_user()

    def test_by_srp(self, scene: Scene) -> None:
        user = scene.invited()
        result = scene.srp(user.username, user.password).set_new_password_challenge("My-Own-Horse-9")
        assert "AuthenticationResult" in result

    @pytest.mark.parametrize("seconds", [0, 1])
    def test_the_session_succeeds_once(self, scene: Scene, clock: Clock, seconds: int) -> None:
        begun = self._begin(scene, scene.invited())
        self._respond(scene, begun, NEW_PASSWORD="My-Own-Horse-9")
        clock.advance(seconds=seconds)
        assert refused(lambda: self._respond(scene, begun, NEW_PASSWORD="Their-Horse-9")) == USED
        assert scene.password_error("invited", "Their-Horse-9") == WRONG

    def test_of_answers_at_once_one_succeeds(self, scene: Scene) -> None:
        begun = self._begin(scene, scene.invited())

        def respond(number: int) -> tuple[str, str]:
            try:
                self._respond(scene, begun, NEW_PASSWORD=f"My-Own-Horse-{number}")
            except ClientError as error:
                return error.response["Error"]["Code"], error.response["Error"]["Message"]
            return "", ""

        with ThreadPoolExecutor(6) as threads:
            assert sorted(threads.map(respond, range(6))) == [("", ""), *[USED] * 5]

    def test_a_second_session_does_not_reset_the_password(self, scene: Scene) -> None:
        user = scene.invited()
        first, second = self._begin(scene, user), self._begin(scene, user)
        self._respond(scene, first, NEW_PASSWORD="My-Own-Horse-9")
        error = refused(lambda: self._respond(scene, second, NEW_PASSWORD="Their-Horse-9"))
        assert error == ("NotAuthorizedException", "Invalid session for the user.")

    def test_the_session_expires(self, scene: Scene, clock: Clock) -> None:
        begun = self._begin(scene, scene.invited())
        clock.advance(minutes=3)
        assert refused(lambda: self._respond(scene, begun, NEW_PASSWORD="My-Own-Horse-9")) == (
            "NotAuthorizedException",
            "Invalid session for the user, session is expired.",
        )

    def test_the_policy_applies(self, scene: Scene) -> None:
        begun = self._begin(scene, scene.invited())
        assert refused(lambda: self._respond(scene, begun, NEW_PASSWORD="short")) == (
            "InvalidPasswordException",
            "Password does not conform to policy: Password not long enough",
        )
        # A refused answer leaves the session good.
        assert "AuthenticationResult" in self._respond(scene, begun, NEW_PASSWORD="My-Own-Horse-9")

    def test_missing_members(self, scene: Scene) -> None:
        begun = self._begin(scene, scene.invited())
        assert refused(lambda: self._respond(scene, begun))[1] == "Missing required parameter NEW_PASSWORD"
        error = refused(lambda: scene.respond("NEW_PASSWORD_REQUIRED", {"USERNAME": "invited", "NEW_PASSWORD": "x"}))
        assert error == ("InvalidParameterException", "Missing required parameter Session")
        error = refused(lambda: scene.respond("NEW_PASSWORD_REQUIRED", {"NEW_PASSWORD": "x"}, begun["Session"]))
        assert error == ("InvalidParameterException", "Missing required parameter USERNAME")

    def test_attributes(self, make: Factory, public: Any, operator: Any) -> None:
        scene = Scene.__new__(Scene)
        scene.make, scene.public, scene.operator = make, public, operator
        required = [{"Name": name, "Required": True, "Mutable": True} for name in ("email", "given_name")]
        scene.pool_id = make.pool(Schema=required)
        scene.client = make.client(scene.pool_id)
        scene.client_id = scene.client["ClientId"]
        user = scene.invited(UserAttributes=[{"Name": "email", "Value": "i@example.com"}])
        begun = self._begin(scene, user)
        parameters = begun["ChallengeParameters"]
        assert json.loads(parameters["requiredAttributes"]) == ["userAttributes.given_name"]
        assert json.loads(parameters["userAttributes"])["email"] == "i@example.com"
        good = {"NEW_PASSWORD": "My-Own-Horse-9"}
        refusals = [
            (good, "given_name: The attribute is required"),
            (
                good | {"userAttributes.given_name": "I", "userAttributes.email": "x@example.com"},
                "Cannot modify an already",
            ),
            (good | {"userAttributes.given_name": "I", "userAttributes.nosuch": "x"}, "does not exist in the schema"),
        ]
        for responses, text in refusals:
            code, message = refused(lambda responses=responses: self._respond(scene, begun, **responses))
            assert code == "InvalidParameterException"
            assert text in message
        self._respond(
            scene, begun, **good, **{"userAttributes.given_name": "Ida", "userAttributes.email": "i@example.com"}
        )
        found = operator.admin_get_user(UserPoolId=scene.pool_id, Username=user.username)["UserAttributes"]
        assert {"Name": "given_name", "Value": "Ida"} in found

    @pytest.mark.parametrize(
        ("client", "told"),
        [
            ({"ReadAttributes": ["email"], "WriteAttributes": ["name"]}, {"email"}),
            ({"ReadAttributes": ["custom:team"]}, {"custom:team"}),
            ({}, {"name", "email", "email_verified"}),
        ],
    )
    def test_a_client_is_told_what_it_may_read(
        self, make: Factory, public: Any, operator: Any, client: dict[str, Any], told: set[str]
    ) -> None:
        scene = Scene(make, public, operator)
        own = [
            {"Name": name, "AttributeDataType": "String", "DeveloperOnlyAttribute": name == "rank"}
            for name in ("team", "rank")
        ]
        operator.add_custom_attributes(UserPoolId=scene.pool_id, CustomAttributes=own)
        scene.client_id = make.client(scene.pool_id, **client)["ClientId"]
        values = {"name": "Ida", "email": "i@example.com", "email_verified": "true"}
        values |= {"custom:team": "blue", "dev:custom:rank": "7"}
        user = scene.invited(UserAttributes=[{"Name": name, "Value": value} for name, value in values.items()])
        parameters = self._begin(scene, user)["ChallengeParameters"]
        assert json.loads(parameters["userAttributes"]) == {name: values[name] for name in told}

    def test_a_temporary_password_expires(self, scene: Scene, clock: Clock) -> None:
        user = scene.invited()
        clock.advance(days=7)
        assert scene.password_error(user.username, user.password) == (
            "NotAuthorizedException",
            "Temporary password has expired and must be reset by an administrator.",
        )

    def test_history(self, make: Factory, public: Any, operator: Any) -> None:
        scene = Scene(make, public, operator)
        policy = {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}
        operator.update_user_pool(UserPoolId=scene.pool_id, Policies=policy)
        user = scene.invited()
        begun = self._begin(scene, user)
        error = refused(lambda: self._respond(scene, begun, NEW_PASSWORD=user.password))
        assert error[0] == "PasswordHistoryPolicyViolationException"
        assert "AuthenticationResult" in self._respond(scene, begun, NEW_PASSWORD="My-Own-Horse-9")


class TestAdmin:
    @pytest.mark.parametrize("flow", ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"])
    def test_gives_tokens(self, scene: Scene, flow: str) -> None:
        answer = scene.operator.admin_initiate_auth(
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            AuthFlow=flow,
            AuthParameters={"USERNAME": scene.user.username, "PASSWORD": PASSWORD},
        )
        assert "AuthenticationResult" in answer

    def test_answers_challenges(self, scene: Scene) -> None:
        user = scene.invited()
        begun = scene.operator.admin_initiate_auth(
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user.username, "PASSWORD": user.password},
        )
        answer = scene.operator.admin_respond_to_auth_challenge(
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            ChallengeName=begun["ChallengeName"],
            Session=begun["Session"],
            ChallengeResponses={"USERNAME": user.username, "NEW_PASSWORD": "My-Own-Horse-9"},
        )
        assert "AuthenticationResult" in answer

    def test_the_client_must_be_the_pools(self, scene: Scene) -> None:
        other_pool = scene.make.pool()
        parameters = {"USERNAME": scene.user.username, "PASSWORD": PASSWORD}
        missing = ("ResourceNotFoundException", f"User pool client {scene.client_id} does not exist.")
        assert missing == refused(
            scene.operator.admin_initiate_auth,
            UserPoolId=other_pool,
            ClientId=scene.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters=parameters,
        )
        assert missing == refused(
            scene.operator.admin_respond_to_auth_challenge,
            UserPoolId=other_pool,
            ClientId=scene.client_id,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session="x" * 20,
        )

    def test_needs_a_signature(self, scene: Scene) -> None:
        code, _ = refused(
            scene.public.admin_initiate_auth,
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={},
        )
        assert code == "UnrecognizedClientException"

    def test_the_publics_password_flow_is_not_for_operators(self, scene: Scene) -> None:
        error = refused(
            scene.operator.admin_initiate_auth,
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "x", "PASSWORD": "x"},
        )
        assert error == ("InvalidParameterException", "Initiate Auth method not supported.")


class TestRefresh:
    @pytest.mark.parametrize("flow", ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])
    def test_gives_new_tokens_and_no_refresh_token(self, scene: Scene, clock: Clock, flow: str) -> None:
        first = scene.password(scene.user.username, PASSWORD)["AuthenticationResult"]
        clock.advance(minutes=5)
        again = scene.public.initiate_auth(
            ClientId=scene.client_id, AuthFlow=flow, AuthParameters={"REFRESH_TOKEN": first["RefreshToken"]}
        )["AuthenticationResult"]
        assert again.keys() == {"AccessToken", "ExpiresIn", "TokenType", "IdToken"}
        before, after = claims_of(first["AccessToken"]), claims_of(again["AccessToken"])
        assert before["auth_time"] == after["auth_time"]
        assert before["iat"] < after["iat"]

    def test_an_unknown_token(self, scene: Scene) -> None:
        error = refused(
            scene.public.initiate_auth,
            ClientId=scene.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": "unknown"},
        )
        assert error == ("NotAuthorizedException", "Invalid Refresh Token.")

    def test_a_secret_hash_of_a_client_without_a_secret(self, scene: Scene) -> None:
        tokens = scene.password(scene.user.username, PASSWORD)["AuthenticationResult"]
        error = refused(
            scene.public.initiate_auth,
            ClientId=scene.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": "unexpected"},
        )
        text = f"Client {scene.client_id} is not configured for secret but secret hash was received"
        assert error == ("NotAuthorizedException", text)

    def test_is_refused_where_tokens_rotate(self, make: Factory, public: Any, operator: Any) -> None:
        scene = Scene(
            make,
            public,
            operator,
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
            RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
        )
        tokens = scene.password(scene.user.username, PASSWORD)["AuthenticationResult"]
        error = refused(
            public.initiate_auth,
            ClientId=scene.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )
        assert error[0] == "InvalidParameterException"
