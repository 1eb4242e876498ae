"""Random secrets, their hashes, and comparison in constant time."""

import hashlib
import hmac
import secrets


def random_token(nbytes: int = 32) -> str:
    """`nbytes` random bytes as base64url text without padding.

    Never begins with "-": `aws cognito-idp revoke-token --token -x...` would take it for an option.
    """
    while (text := secrets.token_urlsafe(nbytes)).startswith("-"):
        pass
    return text


def random_code(digits: int = 6) -> str:
    """A uniformly random decimal code of `digits` digits, leading zeros included."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def token_hash(token: str) -> bytes:
    """SHA-256 of a high-entropy secret. A fast hash is right here: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()


def keyed_hash(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA-256 over length-prefixed parts, for values short enough to be guessed without the key."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        data = part.encode()
        mac.update(len(data).to_bytes(4, "big") + data)
    return mac.digest()


def equal(a: str | bytes, b: str | bytes) -> bool:
    """Comparison whose time does not depend on where the values differ."""
    left = a.encode() if isinstance(a, str) else a
    right = b.encode() if isinstance(b, str) else b
    return hmac.compare_digest(left, right)
