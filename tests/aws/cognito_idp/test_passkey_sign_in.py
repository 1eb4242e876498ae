"""WEB_AUTHN in a sign-in, as first factor, as MFA and in step-up, through a real botocore client and a software authenticator."""

import json
from typing import Any

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from app.flows.work import Resources
from tests.authenticator import AT, BE, BS, ED, ES256, RS256, UP, UV, Authenticator, Json
from tests.aws.cognito_idp.passkeys import (
    BAD_SESSION,
    COPIED,
    FLOWS,
    INVALID,
    MULTI_FACTOR,
    NO_CHALLENGE,
    NOT_ENABLED,
    NOT_THEIRS,
    SPENT,
    UNVERIFIED,
    WRONG_ORIGIN,
    WRONG_PARTY,
    Scene,
    in_sign_in,
)
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, claims_of


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, resources: Resources) -> Scene:
    return Scene(make, operator, public, resources)


class TestSignIn:
    @pytest.mark.parametrize("algorithm", [ES256, RS256])
    def test_preferred(self, scene: Scene, clock: Clock, algorithm: int) -> None:
        authenticator = scene.register(Authenticator(algorithm=algorithm))
        (credential_id,) = authenticator.credentials
        challenge, options = scene.asked()
        assert challenge["AvailableChallenges"] == ["WEB_AUTHN"]
        assert set(challenge["ChallengeParameters"]) == {"CREDENTIAL_REQUEST_OPTIONS"}
        assert options == {
            "challenge": options["challenge"],
            "timeout": 180_000,
            "rpId": "localhost",
            "allowCredentials": [
                {"type": "public-key", "id": bytes_to_base64url(credential_id), "transports": ["internal"]}
            ],
            "userVerification": "preferred",
        }
        clock.advance(seconds=1)
        answer = scene.prove(challenge, authenticator.get(options))
        claims = claims_of(answer["AuthenticationResult"]["AccessToken"])
        assert (claims["sub"], claims["amr"], claims["auth_time"]) == (scene.user.sub, ["swk"], clock.now // 1_000)
        stored = scene.stored()
        assert (stored.sign_count, stored.last_used_at) == (2, clock.now)
        again = refused(scene.prove, challenge, authenticator.get(options))
        assert again == SPENT, "a session succeeds once"

    def test_chosen_as_clients_do(self, scene: Scene) -> None:
        """aws-amplify: SELECT_CHALLENGE with ANSWER alone, then WEB_AUTHN with CREDENTIAL; others send ANSWER along."""
        authenticator = scene.register()
        asked = scene.public.initiate_auth(
            ClientId=scene.client_id, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": scene.user.username}
        )
        assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"]
        challenge = scene.public.respond_to_auth_challenge(
            ClientId=scene.client_id,
            ChallengeName="SELECT_CHALLENGE",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": scene.user.username, "ANSWER": "WEB_AUTHN", "CREDENTIAL": "{}"},
        )
        options = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
        answer = scene.prove(challenge, authenticator.get(options), ANSWER="WEB_AUTHN")
        assert scene.amr(answer) == ["swk"]

    def test_by_operators(self, scene: Scene) -> None:
        authenticator = scene.register()
        pool = {"UserPoolId": scene.pool_id, "ClientId": scene.client_id}
        named = {"USERNAME": scene.user.username}
        asked = scene.operator.admin_initiate_auth(
            **pool, AuthFlow="USER_AUTH", AuthParameters={**named, "PREFERRED_CHALLENGE": "WEB_AUTHN"}
        )
        options = json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
        credential = json.dumps(authenticator.get(options))
        answer = scene.operator.admin_respond_to_auth_challenge(
            **pool,
            ChallengeName="WEB_AUTHN",
            Session=asked["Session"],
            ChallengeResponses={**named, "CREDENTIAL": credential},
        )
        assert scene.amr(answer) == ["swk"]

    @pytest.mark.parametrize(
        ("attachment", "flags", "amr"),
        [
            ("platform", UP | UV, "swk"),
            ("cross-platform", UP | UV, "hwk"),
            (None, UP, "hwk"),
            ("cross-platform", UP | UV | BE, "swk"),
        ],
    )
    def test_amr(self, scene: Scene, attachment: str | None, flags: int, amr: str) -> None:
        authenticator = scene.register(Authenticator(attachment=attachment, flags=flags))
        answer = scene.sign_in(authenticator)
        assert scene.amr(answer) == [amr]
        levels = scene.operator.describe_user_pool(UserPoolId=scene.pool_id)["UserPool"]["AcrConfiguration"]
        assert claims_of(answer["AuthenticationResult"]["AccessToken"])["acr"] == levels["Level3"]["AcrValue"]

    def test_an_authenticator_without_a_user_handle_or_a_counter(self, scene: Scene) -> None:
        authenticator = scene.register(Authenticator(counts=False))
        for _ in range(2):
            scene.sign_in(authenticator, user_handle=None)
        assert scene.stored().sign_count == 0

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"origin": "https://evil.example"}, in_sign_in(WRONG_ORIGIN)),
            ({"client_data": {"crossOrigin": True}}, in_sign_in(WRONG_ORIGIN)),
            ({"rp_id": "evil.example"}, in_sign_in(WRONG_PARTY)),
            ({"challenge": "AAAA"}, in_sign_in(NO_CHALLENGE)),
            ({"client_data": {"type": "webauthn.create"}}, in_sign_in(INVALID)),
            ({"flags": UV}, in_sign_in(INVALID)),
            ({"flags": UP | UV | BE}, in_sign_in(INVALID)),
            ({"flags": UP | UV | BS}, in_sign_in(INVALID)),
            ({"flags": UP | UV | ED}, in_sign_in(INVALID)),
            ({"flags": UP | UV | AT}, in_sign_in(INVALID)),
            ({"user_handle": b"somebody else"}, in_sign_in(INVALID)),
            ({"key": ec.generate_private_key(ec.SECP256R1())}, in_sign_in(INVALID)),
            ({"extensions": b"\x00"}, in_sign_in(INVALID)),
        ],
    )
    def test_answers_that_are_refused(self, scene: Scene, changes: Json, error: tuple[str, str]) -> None:
        authenticator = scene.register()
        challenge, options = scene.asked()
        assert refused(scene.prove, challenge, authenticator.get(options, **changes)) == error
        assert scene.amr(scene.prove(challenge, authenticator.get(options))) == ["swk"], "a wrong answer spends nothing"

    def test_what_is_no_credential_at_all(self, scene: Scene) -> None:
        authenticator = scene.register()
        challenge, options = scene.asked()
        assert refused(scene.prove, challenge, "{") == ("InvalidParameterException", "CREDENTIAL is not JSON.")
        missing = refused(scene.prove, challenge, "")
        assert missing == ("InvalidParameterException", "Missing required parameter CREDENTIAL")
        good = authenticator.get(options)
        wrongs: tuple[Any, ...] = ([], "text", {"id": "x"}, {**good, "rawId": "\x00", "id": "\x00"})
        for wrong in wrongs:
            assert refused(scene.prove, challenge, json.dumps(wrong))[0] == "NotAuthorizedException"

    def test_a_tampered_signature_or_what_it_signs(self, scene: Scene) -> None:
        authenticator = scene.register()
        challenge, options = scene.asked()
        good = authenticator.get(options)
        for name in ("signature", "authenticatorData"):
            bytes_before = base64url_to_bytes(good["response"][name])
            changed = bytes_to_base64url(bytes_before[:-1] + bytes([bytes_before[-1] ^ 1]))
            tampered = {**good, "response": {**good["response"], name: changed}}
            assert refused(scene.prove, challenge, tampered) == in_sign_in(INVALID)
        client_data = json.loads(base64url_to_bytes(good["response"]["clientDataJSON"]))
        changed = bytes_to_base64url(json.dumps({**client_data, "more": 1}).encode())
        tampered = {**good, "response": {**good["response"], "clientDataJSON": changed}}
        assert refused(scene.prove, challenge, tampered) == in_sign_in(INVALID)

    def test_an_answer_is_for_its_own_challenge(self, scene: Scene, clock: Clock) -> None:
        authenticator = scene.register()
        first, first_options = scene.asked()
        second, second_options = scene.asked()
        answer = authenticator.get(first_options)
        assert refused(scene.prove, second, answer) == in_sign_in(NO_CHALLENGE)
        scene.prove(first, answer)
        assert refused(scene.prove, second, answer) == in_sign_in(NO_CHALLENGE)
        clock.advance(minutes=3)
        late = refused(scene.prove, second, authenticator.get(second_options))
        assert late == ("NotAuthorizedException", "Invalid session for the user, session is expired.")

    def test_a_counter_that_does_not_grow(self, scene: Scene) -> None:
        authenticator = scene.register()
        scene.sign_in(authenticator, count=7)
        challenge, options = scene.asked()
        for count in (7, 6, 0):
            assert refused(scene.prove, challenge, authenticator.get(options, count=count)) == COPIED
        events = scene.events("passkey.counter_went_back")
        assert [(event.outcome, event.sub, event.client_id) for event in events] == [
            ("failure", scene.user.sub, scene.client_id)
        ] * 3
        assert events[0].details["credential_id"] == scene.stored().credential_id
        scene.prove(challenge, authenticator.get(options, count=8))
        assert scene.stored().sign_count == 8

    def test_a_counter_that_grows_while_an_answer_is_looked_at(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        authenticator = scene.register()
        challenge, options = scene.asked()
        monkeypatch.setattr("app.core.passkeys.is_newer_count", lambda *_: True)
        assert refused(scene.prove, challenge, authenticator.get(options, count=1)) == COPIED
        assert len(scene.events("passkey.counter_went_back")) == 1
        assert scene.stored().sign_count == 1

    def test_backup_flags(self, scene: Scene) -> None:
        authenticator = scene.register(Authenticator(flags=UP | UV | BE))
        assert (scene.stored().backup_eligible, scene.stored().backed_up) == (True, False)
        authenticator.flags |= BS
        scene.sign_in(authenticator)
        assert scene.stored().backed_up
        authenticator.flags = UP | UV
        assert refused(scene.sign_in, authenticator) == in_sign_in(INVALID)

    def test_somebody_elses_passkey(self, scene: Scene, make: Factory) -> None:
        mine, other = scene.register(), make.user(scene.pool_id)
        theirs = scene.register(user=other)
        challenge, options = scene.asked()
        (credential,) = theirs.credentials.values()
        assert refused(scene.prove, challenge, theirs.get(options, credential=credential)) == NOT_THEIRS
        challenge, options = scene.asked(other.username)
        (credential,) = mine.credentials.values()
        answer = mine.get(options, credential=credential)
        assert refused(scene.prove, challenge, answer, other.username) == NOT_THEIRS
        assert refused(scene.prove, challenge, answer) == BAD_SESSION

    def test_a_deleted_passkey(self, scene: Scene) -> None:
        authenticator = scene.register()
        challenge, options = scene.asked()
        scene.delete(scene.stored().credential_id)
        assert refused(scene.prove, challenge, authenticator.get(options)) == NOT_THEIRS

    def test_another_pool(self, scene: Scene, make: Factory, operator: Any, public: Any, resources: Resources) -> None:
        other = Scene(make, operator, public, resources)
        mine, theirs = scene.register(), other.register()
        (credential,) = mine.credentials.values()
        challenge, options = other.asked()
        foreign = mine.get(options, credential=credential)
        assert refused(other.prove, challenge, foreign) == NOT_THEIRS
        assert refused(scene.prove, challenge, foreign) == BAD_SESSION
        assert refused(scene.prove, scene.asked()[0], theirs.get(options)) == NOT_THEIRS
        assert (scene.stored().last_used_at, other.stored().last_used_at) == (None, None)
        assert refused(scene.complete, mine.create(other.begin())) == NO_CHALLENGE
        other.complete(mine.create(other.begin(), credential_id=credential.credential_id))
        assert len(other.passkeys()) == 2, "ids are unique within a pool only"

    def test_users_who_may_not_sign_in(self, scene: Scene) -> None:
        authenticator = scene.register()
        scene.operator.admin_disable_user(UserPoolId=scene.pool_id, Username=scene.user.username)
        challenge, options = scene.asked()
        disabled = refused(scene.prove, challenge, authenticator.get(options))
        assert disabled == ("NotAuthorizedException", "User is disabled.")
        scene.operator.admin_enable_user(UserPoolId=scene.pool_id, Username=scene.user.username)
        scene.prove(challenge, authenticator.get(options))

    def test_a_user_who_is_deleted_meanwhile(self, scene: Scene) -> None:
        authenticator = scene.register()
        challenge, options = scene.asked()
        scene.operator.admin_delete_user(UserPoolId=scene.pool_id, Username=scene.user.username)
        assert refused(scene.prove, challenge, authenticator.get(options)) == BAD_SESSION

    def test_a_pool_that_stops_having_passkeys(self, scene: Scene) -> None:
        authenticator = scene.register()
        challenge, options = scene.asked()
        scene.operator.update_user_pool(
            UserPoolId=scene.pool_id, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}
        )
        assert refused(scene.prove, challenge, authenticator.get(options)) == (
            "InvalidUserPoolConfigurationException",
            NOT_ENABLED[1],
        )
        assert scene.start()["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"]

    def test_nobody_is_offered_passkeys(self, scene: Scene) -> None:
        client_id = scene.make.client(scene.pool_id, ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED")
        scene.client_id = client_id["ClientId"]
        assert "WEB_AUTHN" not in scene.start("nobody")["AvailableChallenges"]

    def test_wrong_answers_lock_nothing(self, scene: Scene) -> None:
        authenticator = scene.register()
        challenge, options = scene.asked()
        wrong = authenticator.get(options, origin="https://evil.example")
        for _ in range(8):
            assert refused(scene.prove, challenge, wrong) == in_sign_in(WRONG_ORIGIN)
        scene.prove(challenge, authenticator.get(options))


class TestVerification:
    def test_preferred_takes_what_there_is(self, scene: Scene) -> None:
        scene.configure(UserVerification="preferred")
        authenticator = scene.register(Authenticator(flags=UP))
        assert scene.amr(scene.sign_in(authenticator)) == ["swk"]

    def test_required(self, scene: Scene) -> None:
        authenticator = scene.register(Authenticator(flags=UP))
        scene.configure(UserVerification="required")
        challenge, options = scene.asked()
        assert options["userVerification"] == "required"
        assert refused(scene.prove, challenge, authenticator.get(options)) == in_sign_in(UNVERIFIED)
        scene.prove(challenge, authenticator.get(options, flags=UP | UV))

    def test_what_counts_is_the_rule_when_the_answer_comes(self, scene: Scene) -> None:
        authenticator = scene.register(Authenticator(flags=UP))
        challenge, options = scene.asked()
        scene.configure(**MULTI_FACTOR)
        assert refused(scene.prove, challenge, authenticator.get(options)) == in_sign_in(UNVERIFIED)


class TestSecondFactor:
    def test_one_passkey_is_worth_two_factors(self, scene: Scene) -> None:
        scene.operator.update_user_pool(
            UserPoolId=scene.pool_id, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
        )
        scene.token()
        scene.configure("ON", **MULTI_FACTOR)
        authenticator = scene.register()
        challenge, options = scene.asked()
        assert options["userVerification"] == "required"
        unverified = refused(scene.prove, challenge, authenticator.get(options, flags=UP))
        assert unverified == in_sign_in(UNVERIFIED)
        answer = scene.prove(challenge, authenticator.get(options))
        assert scene.amr(answer) == ["swk", "mfa"]

    def test_a_token_of_it_does_not_stand_for_it(self, scene: Scene) -> None:
        scene.operator.update_user_pool(
            UserPoolId=scene.pool_id, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
        )
        scene.token()
        scene.configure("ON", **MULTI_FACTOR)
        authenticator = scene.register()
        token = scene.sign_in(authenticator)["AuthenticationResult"]["AccessToken"]
        levels = scene.operator.describe_user_pool(UserPoolId=scene.pool_id)["UserPool"]["AcrConfiguration"]
        answer = scene.start(ACCESS_TOKEN=token, TARGET_ACR_VALUES=levels["Level3"]["AcrValue"])
        assert answer["ChallengeName"] == "WEB_AUTHN"

    def test_a_passkey_that_raises_a_password(self, scene: Scene) -> None:
        authenticator = scene.register()
        levels = scene.operator.describe_user_pool(UserPoolId=scene.pool_id)["UserPool"]["AcrConfiguration"]
        challenge = scene.start(
            PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD, TARGET_ACR_VALUES=levels["Level3"]["AcrValue"]
        )
        assert (challenge["ChallengeName"], challenge.get("AvailableChallenges")) == ("WEB_AUTHN", None)
        options = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
        assert scene.amr(scene.prove(challenge, authenticator.get(options))) == ["pwd", "swk", "mfa"]

    def test_a_pool_of_single_factors_asks_on(self, scene: Scene, clock: Clock) -> None:
        """Passkeys are offered to somebody with MFA only where they count as two: else the password comes first."""
        scene.configure("OPTIONAL")
        _add_totp(scene, clock)
        scene.register()
        assert scene.start()["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"]

    def test_users_decide_where_mfa_is_optional(self, scene: Scene, clock: Clock) -> None:
        scene.configure("OPTIONAL", **MULTI_FACTOR)
        authenticator = scene.register()
        alone = refused(
            scene.public.set_user_mfa_preference, AccessToken=scene.token(), WebAuthnMfaSettings={"Enabled": True}
        )
        assert alone[0] == "InvalidParameterException"
        _add_totp(scene, clock)
        assert scene.start()["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"]
        scene.public.set_user_mfa_preference(AccessToken=scene.token(), WebAuthnMfaSettings={"Enabled": True})
        assert scene.amr(scene.sign_in(authenticator)) == ["swk", "mfa"]
        scene.delete(scene.stored().credential_id)
        assert {"WebAuthn", "Passkeys"}.isdisjoint(scene.mfa())
        scene.register()
        assert scene.start()["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"], (
            "what the old one stood for is over"
        )

    def test_a_user_whose_passkey_is_mfa_must_verify_even_where_the_pool_does_not_ask(
        self, scene: Scene, clock: Clock
    ) -> None:
        scene.configure("OPTIONAL", **MULTI_FACTOR)
        authenticator = scene.register()
        _add_totp(scene, clock)
        scene.public.set_user_mfa_preference(AccessToken=scene.token(), WebAuthnMfaSettings={"Enabled": True})
        scene.configure("OFF")
        challenge, options = scene.asked()
        assert options["userVerification"] == "required"
        unverified = refused(scene.prove, challenge, authenticator.get(options, flags=UP))
        assert unverified == in_sign_in(UNVERIFIED)


def _add_totp(scene: Scene, clock: Clock) -> None:
    """Sets an authenticator app up and switches it on."""
    seed = scene.public.associate_software_token(AccessToken=scene.token())["SecretCode"]
    code = pyotp.TOTP(seed).at(clock.now // 1_000)
    scene.public.verify_software_token(AccessToken=scene.token(), UserCode=code)
    scene.public.set_user_mfa_preference(AccessToken=scene.token(), SoftwareTokenMfaSettings={"Enabled": True})
