"""What of a WebAuthn ceremony is decided without a user: which origins fit, and hostile bytes that nothing may choke on."""

import os
import random

import pytest
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

from app.flows.ceremonies import (
    Account,
    CeremonyError,
    KnownCredential,
    RelyingParty,
    creation_options,
    is_origin_of,
    parse_assertion,
    request_options,
    verify_assertion,
    verify_registration,
)
from tests.authenticator import AT, ED, UP, Authenticator, Json
from tests.timing import within

PARTY = RelyingParty("localhost", requires_verification=False)
CHALLENGE = bytes(range(32))
ACCOUNT = Account(b"handle", "maya", "Maya")


@pytest.mark.parametrize(
    ("origin", "rp_id", "fits"),
    [
        ("https://example.com", "example.com", True),
        ("https://example.com:8443", "example.com", True),
        ("https://app.example.com", "example.com", True),
        ("https://example.com", "app.example.com", False),
        ("https://notexample.com", "example.com", False),
        ("https://example.com.evil.net", "example.com", False),
        ("http://example.com", "example.com", False),
        ("https://example.com.", "example.com", False),
        ("https://EXAMPLE.com", "example.com", False),
        ("https://example.com/", "example.com", False),
        ("https://example.com#", "example.com", False),
        ("https://evil.net\nhttps://example.com", "example.com", False),
        ("https://user@example.com", "example.com", False),
        ("ftp://example.com", "example.com", False),
        ("null", "example.com", False),
        ("http://localhost", "localhost", True),
        ("http://localhost:3000", "localhost", True),
        ("https://localhost:3000", "localhost", True),
        ("http://app.localhost", "localhost", True),
        ("http://app.localhost", "app.localhost", True),
        ("http://evil.localhost", "app.localhost", False),
        ("http://localhost.evil.net", "localhost", False),
        ("http://127.0.0.1", "localhost", False),
    ],
)
def test_origins(origin: str, rp_id: str, fits: bool) -> None:
    assert is_origin_of(origin, rp_id) is fits


def _registration(**changes: object) -> tuple[Authenticator, Json]:
    authenticator = Authenticator()
    return authenticator, authenticator.create(creation_options(PARTY, ACCOUNT, CHALLENGE, ()), **changes)


def _refused(response: object) -> CeremonyError:
    with pytest.raises(CeremonyError) as refused:
        verify_registration(PARTY, CHALLENGE, response)
    return refused.value


def test_damaged_bytes_are_refused_and_nothing_else_happens() -> None:
    """A registration with some bytes changed is one of another key or none; whatever the library raises is told alike."""
    chance = random.Random(7)
    authenticator, good = _registration()
    known = verify_registration(PARTY, CHALLENGE, good)
    options = request_options(PARTY, CHALLENGE, [KnownCredential(known.credential_id, ())], 60_000)
    assertion = authenticator.get(options)
    for _ in range(400):
        for response, name in (
            (good, "attestationObject"),
            (good, "clientDataJSON"),
            (assertion, "authenticatorData"),
            (assertion, "signature"),
            (assertion, "clientDataJSON"),
            (assertion, "userHandle"),
        ):
            data = bytearray(base64url_to_bytes(response["response"][name]))
            for _ in range(chance.randint(1, 3)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            end = chance.choice([len(data), chance.randrange(len(data))])
            damaged = {**response, "response": {**response["response"], name: bytes_to_base64url(bytes(data[:end]))}}
            try:
                if response is good:
                    verify_registration(PARTY, CHALLENGE, damaged)
                else:
                    verify_assertion(
                        PARTY,
                        CHALLENGE,
                        parse_assertion(damaged),
                        public_key=known.public_key,
                        backup_eligible=False,
                        handle=b"handle",
                    )
                    assert bytes(data[:end]) == base64url_to_bytes(response["response"][name])
            except CeremonyError:
                pass


def test_a_pattern_hidden_in_extensions_costs_nothing() -> None:
    pattern = encode_cbor("(?i)" + "[\x00-\U0010ffff]" * 800)
    _, response = _registration(flags=UP | AT | ED, extensions=b"\xd8\x23" + pattern)
    with within(0.5):
        assert _refused(response).error.code == "InvalidParameterException"
    authenticator, good = _registration()
    known = verify_registration(PARTY, CHALLENGE, good)
    options = request_options(PARTY, CHALLENGE, [KnownCredential(known.credential_id, ())], 60_000)
    hidden = authenticator.get(options, flags=UP | ED, extensions=b"\xd8\x23" + pattern)
    with within(0.5), pytest.raises(CeremonyError):
        verify_assertion(
            PARTY,
            CHALLENGE,
            parse_assertion(hidden),
            public_key=known.public_key,
            backup_eligible=False,
            handle=b"handle",
        )


def test_long_ids_and_options() -> None:
    credential_id = os.urandom(1_023)
    _, response = _registration(credential_id=credential_id)
    known = verify_registration(PARTY, CHALLENGE, response)
    assert base64url_to_bytes(known.credential_id) == credential_id
    _, longer = _registration(credential_id=os.urandom(1_024))
    assert _refused(longer).error.code == "InvalidParameterException"
    options = creation_options(PARTY, ACCOUNT, CHALLENGE, [KnownCredential(known.credential_id, ("usb", "nfc"))])
    assert options["excludeCredentials"] == [
        {"id": known.credential_id, "type": "public-key", "transports": ["usb", "nfc"]}
    ]
