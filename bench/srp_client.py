"""The client's side of SRP as Cognito fixes it, with one prepared `a`, so that the generator costs little."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import gmpy2
from pycognito.aws_srp import N_HEX

_N = gmpy2.mpz(N_HEX, 16)
_G = gmpy2.mpz(2)
_A_SECRET = gmpy2.mpz(int.from_bytes(b"\x2b" * 32, "big"))


class SrpClient:
    """Answers PASSWORD_VERIFIER challenges of one pool."""

    def __init__(self, pool_id: str) -> None:
        self._pool_name = pool_id.split("_", 1)[1]
        self._a_public = gmpy2.powmod(_G, _A_SECRET, _N)
        self.public_value = format(int(self._a_public), "x")

    def answer(self, challenge: dict[str, str], password: str) -> dict[str, str]:
        """ChallengeResponses for the parameters of a PASSWORD_VERIFIER challenge."""
        identity = challenge["USER_ID_FOR_SRP"]
        salt, b_public = (gmpy2.mpz(int(challenge[name], 16)) for name in ("SALT", "SRP_B"))
        inner = hashlib.sha256(f"{self._pool_name}{identity}:{password}".encode()).digest()
        x = int.from_bytes(hashlib.sha256(_padded(salt) + inner).digest(), "big")
        u_bytes = hashlib.sha256(_padded(self._a_public) + _padded(b_public)).digest()
        u = int.from_bytes(u_bytes, "big")
        k = int.from_bytes(hashlib.sha256(_padded(_N) + _padded(_G)).digest(), "big")
        base = (b_public - k * gmpy2.powmod(_G, x, _N)) % _N
        shared = gmpy2.powmod(base, _A_SECRET + u * x, _N)
        prk = hmac.digest(_padded(gmpy2.mpz(u)), _padded(shared), "sha256")
        key = hmac.digest(prk, b"Caldera Derived Key\x01", "sha256")[:16]
        timestamp = f"{datetime.now(UTC):%a %b {datetime.now(UTC).day} %H:%M:%S UTC %Y}"
        block = base64.b64decode(challenge["SECRET_BLOCK"])
        message = f"{self._pool_name}{identity}".encode() + block + timestamp.encode()
        return {
            "USERNAME": identity,
            "PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.digest(key, message, "sha256")).decode(),
            "TIMESTAMP": timestamp,
        }


def _padded(number: gmpy2.mpz) -> bytes:
    """Big-endian bytes with a leading zero where the top bit is set, as Java's BigInteger gives them."""
    value = int(number)
    return value.to_bytes(value.bit_length() // 8 + 1, "big")
