"""SRP-6a as Cognito's clients compute it, byte for byte.

Group of RFC 5054 with 3072 bits and g = 2; numbers are hashed as Java's BigInteger.toByteArray writes them. Secrets are
exponents here: where one is used again for the same session, the exponentiation takes constant time.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import cache

import gmpy2

from app.kit.secrets import equal

_N_HEX = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"
)
NUMBER_BYTES = 384
SALT_BYTES = 16
# RFC 5054 section 2.5.3 asks for at least 256 random bits.
_SECRET_BYTES = 32
_N = gmpy2.mpz(_N_HEX, 16)
_G = gmpy2.mpz(2)
_INFO = b"Caldera Derived Key\x01"
_HEX = re.compile(r"[0-9a-fA-F]{1,%d}" % (2 * NUMBER_BYTES))  # noqa: UP031 - braces belong to the pattern
_TIMESTAMP = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC [0-9]{4}"
)


class SrpError(ValueError):
    """A value that no honest client sends; going on would give the key away."""


@dataclass(frozen=True, slots=True)
class ServerChallenge:
    """The server's half of an exchange: `public` (B, hex) is sent; `secret` (b, 32 bytes) and `scramble` (u) are kept."""

    public: str
    secret: bytes
    scramble: bytes


def pad(number: int) -> bytes:
    """Big-endian, minimal, with a zero byte before a set top bit: what Java's BigInteger.toByteArray gives."""
    return int(number).to_bytes(int(number).bit_length() // 8 + 1, "big")


def new_salt() -> str:
    """A random salt as hex."""
    return salt_of(secrets.token_bytes(SALT_BYTES))


def salt_of(random: bytes) -> str:
    """A salt as hex of 16 bytes. Its first byte is never zero: some clients hash the hex as given, others the number."""
    return f"{1 + random[0] % 255:02x}{random[1:].hex()}"


def verifier(group: str, identity: str, password: str, salt: str) -> bytes:
    """The verifier v = g^x mod N, 384 bytes. `group` is the part of the pool id after `_` (or a device group key), `salt` hex."""
    return _bytes(gmpy2.powmod_sec(_G, _x(group, identity, password, salt), _N))


def _x(group: str, identity: str, password: str, salt: str) -> int:
    inner = hashlib.sha256(f"{group}{identity}:{password}".encode()).digest()
    return int.from_bytes(hashlib.sha256(pad(int(salt, 16)) + inner).digest(), "big")


_K = gmpy2.mpz(int.from_bytes(hashlib.sha256(pad(int(_N)) + pad(int(_G))).digest(), "big"))


def parse_public(text: str) -> bytes:
    """The client's A, from hex to 384 bytes; raises SrpError for anything but a number with A mod N != 0."""
    if not _HEX.fullmatch(text):
        raise SrpError("SRP_A is not a hexadecimal number of at most 3072 bits")
    number = int(text, 16)
    if number % _N == 0:
        raise SrpError("SRP_A is a multiple of N")
    return number.to_bytes(NUMBER_BYTES, "big")


def parse_verifier(data: bytes) -> bytes:
    """A verifier that a client has made, from big-endian bytes to 384; raises SrpError for one that proves nothing."""
    number = int.from_bytes(data, "big")
    if not 1 < number < _N - 1:
        raise SrpError("the verifier is not a number between 1 and N - 1")
    return number.to_bytes(NUMBER_BYTES, "big")


def challenge(client_public: bytes, password_verifier: bytes, secret: bytes | None = None) -> ServerChallenge:
    """B = k*v + g^b mod N with a fresh b; raises SrpError if u = 0. `secret` is for test vectors only."""
    secret = secret or secrets.token_bytes(_SECRET_BYTES)
    public = int((_K * _number(password_verifier) + _power_of_g(int.from_bytes(secret, "big"))) % _N)
    scramble = hashlib.sha256(pad(int.from_bytes(client_public, "big")) + pad(public)).digest()
    if not any(scramble):
        raise SrpError("u is zero")
    return ServerChallenge(f"{public:x}", secret, scramble)


_WINDOW_BITS = 6
_WINDOWS = -(-8 * _SECRET_BYTES // _WINDOW_BITS)


@cache
def _powers_of_g() -> tuple[gmpy2.mpz, tuple[tuple[gmpy2.mpz, ...], ...]]:
    """For window i of an exponent the powers g^((digit + 1) * 64^i), and what undoes the ones added. 1.2 MB, made in 10 ms."""
    rows, base = [], _G
    for _ in range(_WINDOWS):
        row = [base]
        while len(row) < 2**_WINDOW_BITS:
            row.append(row[-1] * base % _N)
        rows.append(tuple(row))
        base = row[-1]
    added = sum(1 << (_WINDOW_BITS * window) for window in range(_WINDOWS))
    return gmpy2.powmod(_G, -added, _N), tuple(rows)


def _power_of_g(exponent: int) -> gmpy2.mpz:
    """g^exponent mod N for a secret of 32 bytes: as many multiplications of full numbers whatever the exponent is.

    g is always the same, so its powers are kept: a quarter of the time of `powmod`, a seventh of `powmod_sec`.
    """
    power, rows = _powers_of_g()
    for row in rows:
        power = power * row[exponent % len(row)] % _N
        exponent >>= _WINDOW_BITS
    return power


def session_key(client_public: bytes, password_verifier: bytes, secret: bytes, scramble: bytes) -> bytes:
    """The 16-byte key that a client with the right password also has: HKDF of S = (A * v^u)^b mod N."""
    u = _number(scramble)
    base = _number(client_public) * gmpy2.powmod(_number(password_verifier), u, _N) % _N
    shared = int(gmpy2.powmod_sec(base, _number(secret), _N))
    extracted = hmac.digest(pad(int(u)), pad(shared), "sha256")
    return hmac.digest(extracted, _INFO, "sha256")[:16]


def claim_signature(key: bytes, group: str, identity: str, secret_block: bytes, timestamp: str) -> str:
    """What a client proves its key with, base64. `timestamp` is the client's own text, word for word."""
    message = group.encode() + identity.encode() + secret_block + timestamp.encode()
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()


def is_claim_right(key: bytes, group: str, identity: str, secret_block: bytes, timestamp: str, signature: str) -> bool:
    """Whether the signature is the one that `key` gives, compared in constant time."""
    return equal(claim_signature(key, group, identity, secret_block, timestamp), signature)


def is_timestamp(text: str) -> bool:
    """Whether the text has the form `Tue Jan 6 04:05:09 UTC 2026`."""
    return _TIMESTAMP.fullmatch(text) is not None


def _number(data: bytes) -> gmpy2.mpz:
    return gmpy2.mpz(int.from_bytes(data, "big"))


def _bytes(number: int) -> bytes:
    return int(number).to_bytes(NUMBER_BYTES, "big")
