"""Identifiers in the forms Cognito's clients expect. None of them is ever used again, and none is a secret."""

import os
import secrets
import time

_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# RFC 9562 section 5.4: version 4 in bits 48 to 51, variant 10 in bits 64 and 65.
_UUID_MASK = ~(0xF << 76 | 0x3 << 62)
_UUID_VERSION = 0x4 << 76 | 0x2 << 62
_ORDERED_MASK = (1 << 62) - 1
_ORDERED_VERSION = 0x7 << 76 | 0x2 << 62
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
    # By hand, since every request makes a few: half the cost of uuid.uuid4.
    return _uuid(int.from_bytes(os.urandom(16), "big") & _UUID_MASK | _UUID_VERSION)


def new_ordered_uuid() -> str:
    """A UUID that comes after those that this process made before (RFC 9562 version 7, fractions as section 6.2 method 3)."""
    millis, nanos = divmod(time.time_ns(), 1_000_000)
    moment = millis << 80 | nanos * 4_096 // 1_000_000 << 64
    return _uuid(moment | _ORDERED_VERSION | int.from_bytes(os.urandom(8), "big") & _ORDERED_MASK)


def _uuid(bits: int) -> str:
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def new_device_key(region: str) -> str:
    """`<region>_<uuid>`, as Cognito names devices."""
    return f"{region}_{new_uuid()}"


def new_session_id(prefix: str) -> str:
    """`tkn` or `sso` and 25 lower-case alphanumerics, the form of Cognito's SessionId."""
    return prefix + _random(_LOWER, 25)


def new_access_key_id() -> str:
    """`AKIA` and 16 upper-case alphanumerics, as AWS access key ids look."""
    return "AKIA" + _random("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)


def new_import_job_id() -> str:
    """`import-` and 10 alphanumerics, as Cognito's user import jobs are named."""
    return "import-" + _random(_ALPHANUMERIC, 10)
