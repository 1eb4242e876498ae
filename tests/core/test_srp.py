"""SRP against the vector of the reference and against pycognito's client code."""

import base64
import hashlib
import os

import pytest
from pycognito import aws_srp

from app.core import srp

_GROUP, _USER, _PASSWORD, _SALT = "AbCdEfGhI", "testuser", "Passw0rd!", "a1b2c3d4e5f60718293a4b5c6d7e8f90"
_TIMESTAMP = "Tue Jan 6 04:05:09 UTC 2026"
_N = int(aws_srp.N_HEX, 16)


class _Client:
    """The client's half, computed by pycognito."""

    def __init__(self, username: str, password: str, secret: int) -> None:
        self.srp = aws_srp.AWSSRP(
            username=username,
            password=password,
            pool_id=f"us-east-1_{_GROUP}",
            client_id="client",
            client=object(),
        )
        self.srp.small_a_value = secret
        self.srp.large_a_value = self.srp.calculate_a()
        self.username, self.password = username, password

    @property
    def public(self) -> str:
        return f"{self.srp.large_a_value:x}"

    def key(self, server_public: str, salt: str) -> bytes:
        key: bytes = self.srp.get_password_authentication_key(
            self.username, self.password, int(server_public, 16), salt
        )
        return key


def test_vector() -> None:
    secret_a = int.from_bytes(b"\x2b" * 32, "big")
    client = _Client(_USER, _PASSWORD, secret_a)
    verifier = srp.verifier(_GROUP, _USER, _PASSWORD, _SALT)
    public = srp.parse_public(client.public)
    exchange = srp.challenge(public, verifier, b"\x1f" * 32)
    key = srp.session_key(public, verifier, exchange.secret, exchange.scramble)

    assert hashlib.sha256(client.public.encode()).hexdigest() == (
        "e627ab07b4065bab270c142f9dea9a4bce786ff1a2dab66f382bb83038651df5"
    )
    assert hashlib.sha256(exchange.public.encode()).hexdigest() == (
        "b8287ce6f6ce8c0bf88e43088df80863187fdcbc85620358991ab0a0bcacd838"
    )
    assert exchange.scramble.hex() == "63c40d2301e14007a19fd15aacf7f737b15ae35ec029a42f2bce2d6470682932"
    assert key.hex() == "6be3734b1688cda774242b25594676f3"
    signature = srp.claim_signature(key, _GROUP, _USER, b"secretblock", _TIMESTAMP)
    assert signature == "ow2FQ7M+1Rvl1siw/Io5CedXHzvoEWmW0/ps71SaobQ="
    assert srp.is_claim_right(key, _GROUP, _USER, b"secretblock", _TIMESTAMP, signature)
    assert not srp.is_claim_right(key, _GROUP, _USER, b"secretblock", _TIMESTAMP + " ", signature)


@pytest.mark.parametrize("username", ["alice", "Grüße-λ", "a1b2c3d4-e5f6-4718-893a-4b5c6d7e8f90"])
def test_pycognito_gets_the_same_key(username: str) -> None:
    for _ in range(40):
        password = base64.b64encode(os.urandom(9)).decode() + "ß✓"
        client = _Client(username, password, int.from_bytes(os.urandom(128), "big"))
        salt = srp.new_salt()
        verifier = srp.verifier(_GROUP, username, password, salt)
        public = srp.parse_public(client.public)
        exchange = srp.challenge(public, verifier)
        key = srp.session_key(public, verifier, exchange.secret, exchange.scramble)
        assert key == client.key(exchange.public, salt)


def test_pad_is_what_java_writes() -> None:
    assert srp.pad(0x7F) == b"\x7f"
    assert srp.pad(0x80) == b"\x00\x80"
    assert srp.pad(0x0FFF) == b"\x0f\xff"
    assert srp.pad(0xFFFF) == b"\x00\xff\xff"
    assert srp.pad(0) == b"\x00"


@pytest.mark.parametrize("number", [0, _N])
def test_multiples_of_the_modulus_are_refused(number: int) -> None:
    with pytest.raises(srp.SrpError):
        srp.parse_public(f"{number:x}")


@pytest.mark.parametrize("text", ["", "xyz", "0x12", "-1", "1" * 769, "ab cd", "१२"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(srp.SrpError):
        srp.parse_public(text)


def test_timestamps() -> None:
    assert srp.is_timestamp("Tue Jan 6 04:05:09 UTC 2026")
    assert srp.is_timestamp("Wed Dec 16 14:05:09 UTC 2026")
    for text in ("Tue Jan 6 4:05:09 UTC 2026", "2026-01-06T04:05:09Z", "", "Tue Jan 6 04:05:09 UTC 2026\n"):
        assert not srp.is_timestamp(text)


@pytest.mark.parametrize("number", [0, 1, _N - 1, _N, _N + 1, 2**3100])
def test_a_verifier_that_proves_nothing(number: int) -> None:
    with pytest.raises(srp.SrpError):
        srp.parse_verifier(srp.pad(number))


def test_a_padded_verifier_is_384_bytes() -> None:
    for number in (2, 2**200, _N - 2):
        assert srp.parse_verifier(srp.pad(number)) == number.to_bytes(384, "big")
