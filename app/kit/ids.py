"""Identifiers in the forms Cognito's clients expect. None of them is ever used again, and none is a secret."""

import secrets
import uuid

_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def new_pool_id(region: str) -> str:
    """`<region>_<9 alphanumerics>`."""
    return f"{region}_{_random(_ALPHANUMERIC, 9)}"


def new_client_id() -> str:
    """26 lower-case alphanumerics."""
    return _random(_LOWER, 26)


def new_client_secret() -> str:
    """51 lower-case alphanumerics, about 263 bits."""
    return _random(_LOWER, 51)


def new_uuid() -> str:
    """A random UUID (RFC 9562 version 4) as text; also a user's `sub`."""
    return str(uuid.uuid4())


def new_session_id(prefix: str) -> str:
    """`tkn` or `sso` and 25 lower-case alphanumerics, the form of Cognito's SessionId."""
    return prefix + _random(_LOWER, 25)


def new_access_key_id() -> str:
    """`AKIA` and 16 upper-case alphanumerics, as AWS access key ids look."""
    return "AKIA" + _random("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
