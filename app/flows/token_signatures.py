"""Signing and verifying a pool's JSON Web Tokens (RFC 7515, RFC 7519) with its own keys.

ID and access tokens have keys of their own, so one never passes for the other. The header is `kid` and `alg`, nothing
else. What verifies is the algorithm of the key that `kid` names, never what the header asks for.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from app.core.keys import Use
from app.flows.snapshots import ClientSnapshot, PoolSnapshot

ALGORITHMS = ("RS256", "ES256")
# The most that Cognito's model lets a text have. A user in 100 groups with long names gets tokens of 18,000 characters; what
# roles, attributes and functions add to that is bounded by the heads and forms that bring a token here, of 64 KiB each.
_MAX_TOKEN_CHARACTERS = 131_072
_REGISTRY = jws.JWSRegistry(algorithms=list(ALGORITHMS))


class InvalidTokenError(ValueError):
    """Not a token of this pool: malformed, of another use, or with a signature that does not verify."""


class _Algorithm(Protocol):
    """What joserfc's registry gives for an algorithm."""

    def sign(self, msg: bytes, key: Any) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _SigningKey:
    """What joserfc's algorithms ask of a key, which looks up its own use and operations each time it is asked."""

    native: Any
    curve_key_size: int

    def get_op_key(self, _operation: str) -> Any:
        return self.native


@dataclass(frozen=True, slots=True)
class _Signer:
    # The encoded header; encoding it anew would cost a tenth of the signature.
    header: bytes
    algorithm: _Algorithm
    key: _SigningKey


@dataclass(frozen=True, slots=True)
class _Verifier:
    use: str
    algorithm: str
    key: RSAKey | ECKey


def sign(client: ClientSnapshot, use: Use, claims: dict[str, Any]) -> str:
    """The claims as a compact JWS by the pool's active key for `use` in the client's algorithm, RS256 until there is one."""
    algorithm = client.client.signing_algorithm
    signer = client.pool_snapshot.derive(f"signer {use} {algorithm}", lambda pool: _signer(pool, use, algorithm))
    signing_input = signer.header + b"." + _encode(orjson.dumps(claims))
    return (signing_input + b"." + _encode(signer.algorithm.sign(signing_input, signer.key))).decode("ascii")


def verify(snapshot: PoolSnapshot, token: str, use: Use) -> dict[str, Any]:
    """The claims of a token that this pool signed for `use`, whatever its times say; raises InvalidTokenError."""
    if len(token) > _MAX_TOKEN_CHARACTERS or token.count(".") != 2:
        raise InvalidTokenError("not a compact JWS")
    try:
        parsed = jws.extract_compact(token.encode())
        verifier = _verifiers(snapshot).get(str(parsed.headers().get("kid")))
        if verifier is None or verifier.use != use or parsed.headers().get("alg") != verifier.algorithm:
            raise InvalidTokenError("no such key")
        if not jws.validate_compact(parsed, verifier.key, algorithms=[verifier.algorithm]):
            raise InvalidTokenError("the signature does not verify")
        claims = orjson.loads(parsed.payload)
    except (JoseError, ValueError) as error:
        raise InvalidTokenError(str(error)) from None
    if not isinstance(claims, dict) or claims.get("iss") != snapshot.pool.issuer:
        raise InvalidTokenError("not from this issuer")
    return claims


def unverified_issuer(token: str) -> str:
    """The issuer that a token names, empty if it names none. Good only for choosing the keys to verify with."""
    try:
        claims = orjson.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError):
        return ""
    return str(claims.get("iss", "")) if isinstance(claims, dict) else ""


def _signer(snapshot: PoolSnapshot, use: Use, algorithm: str) -> _Signer:
    key = snapshot.active_key(use, algorithm)
    header = _encode(orjson.dumps({"kid": key.kid, "alg": key.algorithm}))
    private = snapshot.private_key(key)
    size = private.curve_key_size if isinstance(private, ECKey) else 0
    return _Signer(header, _REGISTRY.get_alg(key.algorithm), _SigningKey(private.get_op_key("sign"), size))


def _encode(data: bytes) -> bytes:
    """base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=")


def _verifiers(snapshot: PoolSnapshot) -> dict[str, _Verifier]:
    return snapshot.derive("token verifiers", _make_verifiers)


def _make_verifiers(snapshot: PoolSnapshot) -> dict[str, _Verifier]:
    return {
        key.kid: _Verifier(key.use, key.algorithm, _public_key(key.algorithm, key.public_jwk))
        for key in snapshot.signing_keys
    }


def _public_key(algorithm: str, public_jwk: dict[str, Any]) -> RSAKey | ECKey:
    return RSAKey.import_key(public_jwk) if algorithm == "RS256" else ECKey.import_key(public_jwk)
