"""Passkeys of users: registration, the list, and the relying party, through a real botocore client and a software authenticator."""

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

from app.core.passkeys import add_passkey, list_passkeys
from app.db.tables.passkeys import Passkey as PasskeyRow
from app.flows.work import Resources
from app.jobs.expire_rows import expire_rows
from tests.authenticator import AT, BS, ED, ES256, RS256, UP, UV, Authenticator, Json
from tests.aws.cognito_idp.passkeys import (
    BAD_ALGORITHM,
    BAD_KEY,
    FULL,
    INVALID,
    MULTI_FACTOR,
    NO_CHALLENGE,
    NONE_LEFT,
    NOT_ENABLED,
    NOT_THEIRS,
    TWICE,
    UNVERIFIED,
    WRONG_ORIGIN,
    WRONG_PARTY,
    Scene,
)
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import Factory


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, resources: Resources) -> Scene:
    return Scene(make, operator, public, resources)


class TestRegistration:
    def test_options(self, scene: Scene) -> None:
        options = scene.begin()
        assert options == {
            "rp": {"id": "localhost", "name": "localhost"},
            "user": {
                "id": bytes_to_base64url(scene.user.sub.encode()),
                "name": "maya",
                "displayName": "Maya",
            },
            "challenge": options["challenge"],
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
            "timeout": 60_000,
            "excludeCredentials": [],
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "preferred",
            },
            "attestation": "none",
        }
        assert len(options["challenge"]) == 43
        assert scene.begin()["challenge"] != options["challenge"]

    def test_whoever_signs_in_with_an_address_sees_it_on_the_passkey(
        self, make: Factory, operator: Any, public: Any, resources: Resources
    ) -> None:
        scene = Scene(make, operator, public, resources, AliasAttributes=["email"])
        pool_id = make.pool(
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
            UsernameAttributes=["email"],
        )
        scene.client_id = make.client(pool_id)["ClientId"]
        user = make.user(pool_id, "maya@example.com")
        shown = scene.begin(user)["user"]
        assert (shown["name"], shown["displayName"]) == ("maya@example.com", "maya@example.com")

    @pytest.mark.parametrize("algorithm", [ES256, RS256])
    def test_a_passkey_is_listed_and_counts(self, scene: Scene, clock: Clock, algorithm: int) -> None:
        assert scene.passkeys() == []
        authenticator = scene.register(
            Authenticator(algorithm=algorithm, transports=("internal", "hybrid", "nonsense"))
        )
        (passkey,) = scene.passkeys()
        (credential_id,) = authenticator.credentials
        assert passkey.pop("CreatedAt").timestamp() == clock.now / 1_000
        assert passkey == {
            "CredentialId": bytes_to_base64url(credential_id),
            "FriendlyCredentialName": "Platform passkey",
            "RelyingPartyId": "localhost",
            "AuthenticatorAttachment": "platform",
            "AuthenticatorTransports": ["hybrid", "internal"],
        }
        factors = scene.public.get_user_auth_factors(AccessToken=scene.token())
        assert factors["ConfiguredUserAuthFactors"] == ["PASSWORD", "WEB_AUTHN"]
        assert scene.mfa() == {"Passkeys": 1}
        (event,) = scene.events("passkey.registered")
        assert (event.sub, event.client_id) == (scene.user.sub, scene.client_id)
        assert event.details == {
            "credential_id": bytes_to_base64url(credential_id),
            "aaguid": "00000000-0000-0000-0000-000000000000",
        }

    @pytest.mark.parametrize(
        ("attachment", "name"),
        [("cross-platform", "Roaming passkey"), (None, "Passkey"), ("platform", "Platform passkey")],
    )
    def test_names(self, scene: Scene, attachment: str | None, name: str) -> None:
        scene.register(Authenticator(attachment=attachment, transports=()))
        (passkey,) = scene.passkeys()
        assert passkey["FriendlyCredentialName"] == name
        assert passkey.get("AuthenticatorAttachment") == attachment
        assert passkey["AuthenticatorTransports"] == []

    def test_what_is_registered_is_excluded_and_not_registered_twice(self, scene: Scene, make: Factory) -> None:
        authenticator = scene.register()
        (credential_id,) = authenticator.credentials
        options = scene.begin()
        assert options["excludeCredentials"] == [
            {"type": "public-key", "id": bytes_to_base64url(credential_id), "transports": ["internal"]}
        ]
        again = authenticator.create(options, credential_id=credential_id)
        assert refused(scene.complete, again) == TWICE
        other = make.user(scene.pool_id)
        stolen = Authenticator().create(scene.begin(other), credential_id=credential_id)
        assert refused(scene.complete, stolen, other) == TWICE
        assert (len(scene.passkeys()), scene.passkeys(other)) == (1, [])

    def test_a_challenge_is_good_once_and_for_five_minutes(self, scene: Scene, clock: Clock) -> None:
        assert refused(scene.complete, Authenticator().create({**scene.begin(), "challenge": "AAAA"})) == NO_CHALLENGE
        first = Authenticator().create(scene.begin())
        second = Authenticator().create(scene.begin())
        assert refused(scene.complete, first) == NO_CHALLENGE, "a later challenge has taken its place"
        scene.complete(second)
        third = Authenticator()
        assert refused(scene.complete, third.create(scene.begin(), challenge=_challenge_of(second))) == NO_CHALLENGE
        assert refused(scene.complete, second) == NO_CHALLENGE
        options = scene.begin()
        clock.advance(minutes=4, seconds=59)
        scene.complete(third.create(options))
        assert refused(scene.complete, third.create(options)) == NO_CHALLENGE
        options = scene.begin()
        clock.advance(minutes=5)
        assert refused(scene.complete, third.create(options)) == NO_CHALLENGE
        assert len(scene.passkeys()) == 2

    def test_an_open_registration_goes_when_it_has_expired(self, scene: Scene, clock: Clock) -> None:
        scene.begin()
        clock.advance(minutes=4)
        expire_rows(scene.make.work())
        assert scene.open_registrations() == 1
        clock.advance(minutes=2)
        expire_rows(scene.make.work())
        assert scene.open_registrations() == 0

    def test_the_challenge_is_the_users_and_the_clients_own(self, scene: Scene, make: Factory) -> None:
        other = make.user(scene.pool_id)
        credential = Authenticator().create(scene.begin())
        assert refused(scene.complete, credential, other) == NO_CHALLENGE
        scene.begin(other)
        assert refused(scene.complete, credential, other) == NO_CHALLENGE
        client_id = make.client(scene.pool_id)["ClientId"]
        token = make.tokens(client_id, scene.user)["AccessToken"]
        assert refused(scene.complete, credential, token=token) == (
            "WebAuthnClientMismatchException",
            "The registration of the passkey was begun by another app client.",
        )
        scene.complete(credential)

    def test_a_refused_response_changes_nothing(self, scene: Scene) -> None:
        options, authenticator = scene.begin(), Authenticator()
        assert refused(scene.complete, authenticator.create(options, origin="https://evil.example")) == WRONG_ORIGIN
        scene.complete(authenticator.create(options))

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"origin": "https://evil.example"}, WRONG_ORIGIN),
            ({"origin": "http://localhost.evil.example"}, WRONG_ORIGIN),
            ({"origin": "http://localhost/"}, WRONG_ORIGIN),
            ({"client_data": {"crossOrigin": True}}, WRONG_ORIGIN),
            ({"client_data": {"topOrigin": "http://localhost:3000"}}, WRONG_ORIGIN),
            ({"client_data": {"origin": None}}, WRONG_ORIGIN),
            ({"rp_id": "evil.example"}, WRONG_PARTY),
            ({"client_data": {"type": "webauthn.get"}}, INVALID),
            ({"flags": UV | AT}, INVALID),
            ({"flags": UP | UV}, INVALID),
            ({"flags": UP | UV | AT | BS}, INVALID),
            ({"public_key": encode_cbor({1: 1, 3: -8, -1: 6, -2: bytes(32)})}, BAD_ALGORITHM),
            ({"public_key": encode_cbor({1: 2, 3: -35, -1: 2, -2: bytes(48), -3: bytes(48)})}, BAD_ALGORITHM),
            ({"public_key": encode_cbor({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})}, INVALID),
            ({"public_key": encode_cbor({1: 2, 3: -7, -1: 1})}, INVALID),
            ({"public_key": encode_cbor([1, 2])}, INVALID),
            ({"public_key": encode_cbor(4)}, INVALID),
            ({"key": ec.generate_private_key(ec.SECP384R1())}, BAD_KEY),
            ({"attestation": {"authData": "text"}}, INVALID),
            ({"attestation": {"authData": b"\x00" * 36}}, INVALID),
        ],
    )
    def test_responses_that_are_refused(self, scene: Scene, changes: Json, error: tuple[str, str]) -> None:
        assert refused(scene.complete, Authenticator().create(scene.begin(), **changes)) == error
        assert scene.passkeys() == []

    @pytest.mark.parametrize("size", [1_024, 8_192])
    def test_rsa_keys_of_other_sizes_are_refused(self, scene: Scene, size: int) -> None:
        authenticator = Authenticator(algorithm=RS256)
        n, e = (1 << (size - 1)) | 0x10001, 65_537
        key = {1: 3, 3: RS256, -1: n.to_bytes(size // 8, "big"), -2: e.to_bytes(3, "big")}
        credential = authenticator.create(scene.begin(), public_key=encode_cbor(key))
        assert refused(scene.complete, credential) == BAD_KEY

    def test_an_attestation_is_not_asked_for_and_not_judged(self, scene: Scene) -> None:
        statement = {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"nonsense", "x5c": [b"no certificate"]}}
        scene.complete(Authenticator().create(scene.begin(), attestation=statement))
        scene.complete(Authenticator().create(scene.begin(), attestation={"fmt": "of the future", "attStmt": {"a": 1}}))
        assert len(scene.passkeys()) == 2

    def test_extensions_that_nobody_asked_for_are_no_harm(self, scene: Scene) -> None:
        flags = UP | UV | AT | ED
        scene.complete(Authenticator().create(scene.begin(), flags=flags, extensions=encode_cbor({"credProtect": 2})))

    def test_what_is_no_credential_at_all(self, scene: Scene) -> None:
        good = Authenticator().create(scene.begin())
        other = bytes_to_base64url(b"another id")
        wrongs: tuple[Any, ...] = (
            {},
            [],
            "text",
            7,
            {**good, "response": "text"},
            {**good, "more": "x" * 65_536},
            {**good, "rawId": other},
            {**good, "id": other, "rawId": other},
            {**good, "type": "password"},
            {**good, "authenticatorAttachment": "elsewhere"},
            {**good, "response": {**good["response"], "clientDataJSON": "e30"}},
            {**good, "response": {**good["response"], "clientDataJSON": "***"}},
            {**good, "response": {**good["response"], "clientDataJSON": bytes_to_base64url(b"[" * 6_000)}},
            {**good, "response": {**good["response"], "clientDataJSON": "A" * 8_193}},
            {**good, "response": {**good["response"], "attestationObject": "A" * 32_769}},
            {**good, "response": {**good["response"], "attestationObject": ""}},
        )
        for wrong in wrongs:
            assert refused(scene.complete, wrong) == INVALID, wrong
        scene.complete(good)

    def test_twenty_and_no_more(self, scene: Scene) -> None:
        authenticator = Authenticator()
        for _ in range(19):
            scene.register(authenticator)
        options = scene.begin()
        with scene.resources.database.write() as db:
            one = list_passkeys(db, scene.pool_id, scene.user.sub)[0]
            add_passkey(db, scene.pool_id, scene.user.sub, replace(one, credential_id="another"))
        assert refused(scene.complete, authenticator.create(options)) == FULL
        assert refused(scene.begin) == FULL
        assert len(scene.passkeys()) == 20
        scene.delete("another")
        scene.complete(authenticator.create(options))
        assert refused(scene.begin) == FULL

    def test_only_where_the_pool_has_passkeys(self, scene: Scene) -> None:
        options = scene.begin()
        scene.operator.update_user_pool(
            UserPoolId=scene.pool_id, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}
        )
        assert refused(scene.begin) == NOT_ENABLED
        assert refused(scene.complete, Authenticator().create(options)) == NOT_ENABLED
        assert scene.passkeys() == []

    def test_user_verification(self, scene: Scene) -> None:
        weak = Authenticator(flags=UP)
        scene.register(weak)
        for settings in ({"UserVerification": "required"}, MULTI_FACTOR):
            scene.configure(**settings)
            options = scene.begin()
            assert options["authenticatorSelection"]["userVerification"] == "required"
            assert refused(scene.complete, weak.create(options)) == UNVERIFIED
            scene.complete(Authenticator().create(options))

    def test_without_a_token_that_may(self, scene: Scene) -> None:
        for call, more in (
            (scene.public.start_web_authn_registration, {}),
            (scene.public.complete_web_authn_registration, {"Credential": {}}),
            (scene.public.list_web_authn_credentials, {}),
            (scene.public.delete_web_authn_credential, {"CredentialId": "x"}),
        ):
            assert refused(call, AccessToken="a.b.c", **more) == ("NotAuthorizedException", "Invalid Access Token")


class TestList:
    def test_pages(self, scene: Scene, clock: Clock) -> None:
        authenticator = Authenticator()
        for number in range(5):
            scene.register(authenticator)
            clock.advance(ms=number % 2)
        pages: list[list[str]] = []
        token: Json = {}
        while not pages or token:
            page = scene.public.list_web_authn_credentials(AccessToken=scene.token(), MaxResults=2, **token)
            pages.append([one["CredentialId"] for one in page["Credentials"]])
            token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
        found = [credential_id for page in pages for credential_id in page]
        assert [len(page) for page in pages] == [2, 2, 1]
        assert sorted(found) == sorted(bytes_to_base64url(one) for one in authenticator.credentials)
        assert found == [one["CredentialId"] for one in scene.passkeys(MaxResults=0)]

    def test_a_page_is_of_its_own_list(self, scene: Scene, make: Factory) -> None:
        scene.register()
        scene.register()
        token = scene.public.list_web_authn_credentials(AccessToken=scene.token(), MaxResults=1)["NextToken"]
        other = make.user(scene.pool_id)
        scene.register(user=other)
        assert refused(scene.passkeys, other, NextToken=token)[0] == "InvalidParameterException"

    def test_deleting(self, scene: Scene, make: Factory) -> None:
        scene.register()
        credential_id = scene.stored().credential_id
        other = make.user(scene.pool_id)
        gone = ("ResourceNotFoundException", "The passkey does not exist.")
        for wrong, user in ((credential_id, other), ("unknown", scene.user), ("", scene.user)):
            assert refused(scene.delete, wrong, user) == gone
        scene.delete(credential_id)
        assert refused(scene.delete, credential_id) == gone
        assert (scene.passkeys(), scene.mfa()) == ([], {})
        (event,) = scene.events("passkey.deleted")
        assert (event.sub, event.details) == (scene.user.sub, {"credential_id": credential_id})
        assert scene.start()["ChallengeName"] == "SELECT_CHALLENGE"

    def test_they_go_with_their_user(self, scene: Scene) -> None:
        scene.register()
        scene.begin()
        scene.operator.admin_delete_user(UserPoolId=scene.pool_id, Username=scene.user.username)
        assert scene.open_registrations() == 0
        with scene.resources.database.read() as db:
            assert db.execute(select(PasskeyRow).where(PasskeyRow.pool_id == scene.pool_id)).all() == []

    def test_the_list_stays_where_passkeys_are_switched_off(self, scene: Scene) -> None:
        scene.register()
        scene.operator.update_user_pool(
            UserPoolId=scene.pool_id, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}
        )
        (passkey,) = scene.passkeys()
        scene.delete(passkey["CredentialId"])


class TestRelyingParty:
    def test_a_configured_one(self, scene: Scene) -> None:
        scene.configure(RelyingPartyId="example.com")
        assert scene.begin()["rp"] == {"id": "example.com", "name": "example.com"}
        for origin in ("https://example.com", "https://app.example.com", "https://a.b.example.com:8443"):
            scene.register(Authenticator(origin=origin))
        for origin in (
            "http://example.com",
            "https://evilexample.com",
            "https://example.com.evil.net",
            "https://example.com@evil.net",
            "https://example.com/path",
            "https://com",
            "android:apk-key-hash:abc",
            "",
        ):
            assert refused(scene.register, Authenticator(origin=origin)) == WRONG_ORIGIN
        for other in ("localhost", "app.example.com", "example.net"):
            credential = Authenticator(origin="https://example.com").create(scene.begin(), rp_id=other)
            assert refused(scene.complete, credential) == WRONG_PARTY

    def test_a_passkey_stays_with_the_name_that_it_was_made_for(self, scene: Scene) -> None:
        authenticator = scene.register()
        scene.configure(RelyingPartyId="example.com")
        assert refused(scene.start) == NONE_LEFT
        elsewhere = scene.register(Authenticator(origin="https://example.com"))
        challenge, options = scene.asked()
        assert [one["id"] for one in options["allowCredentials"]] == [
            bytes_to_base64url(one) for one in elsewhere.credentials
        ]
        (credential,) = authenticator.credentials.values()
        answer = authenticator.get(options, credential=credential, origin="https://example.com", rp_id="example.com")
        assert refused(scene.prove, challenge, answer) == NOT_THEIRS
        assert {one["RelyingPartyId"] for one in scene.passkeys()} == {"localhost", "example.com"}

    def test_a_custom_domain_is_not_where_browsers_see_a_pool_in_dev(self, scene: Scene) -> None:
        scene.operator.create_user_pool_domain(
            UserPoolId=scene.pool_id,
            Domain=f"auth-{scene.pool_id[-9:].lower()}.example.com",
            CustomDomainConfig={"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1"},
        )
        assert scene.begin()["rp"]["id"] == "localhost"

    @pytest.mark.parametrize(
        "rp_id",
        [
            "127.0.0.1",
            "[::1]",
            "::1",
            "com",
            "example.com.",
            ".example.com",
            "a_b.example",
            "https://example.com",
            "exämple.com",
            "1.2",
        ],
    )
    def test_what_cannot_be_one(self, scene: Scene, rp_id: str) -> None:
        assert refused(scene.configure, RelyingPartyId=rp_id) == (
            "InvalidParameterException",
            "RelyingPartyId must be a domain name, and no public suffix.",
        )

    def test_upper_case_is_the_same_name(self, scene: Scene) -> None:
        scene.configure(RelyingPartyId="Example.COM")
        assert scene.begin()["rp"]["id"] == "example.com"


def _challenge_of(credential: Json) -> str:
    return str(json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))["challenge"])
