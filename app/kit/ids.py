"""Identifiers in the forms Cognito's clients expect. None of them is ever used again, and none is a secret."""

import os
import secrets
import time
from collections.abc import Iterator

_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
# RFC 9562 section 4.1: of the digit that tells the variant two bits are 10, two are free.
_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
# Where the part of a UUID begins that is random in all of them, with its hyphen.
_FREE = len("xxxxxxxx-xxxx-7xxx")
_MADE_AT_ONCE = 256


class _Stock:
    """The next UUIDs. Every request takes a few, and asking the kernel for each is half of what one costs by itself."""

    left: Iterator[str] = iter(())

    @classmethod
    def forget(cls) -> None:
        cls.left = iter(())


# Two processes must not have the same.
os.register_at_fork(after_in_child=_Stock.forget)


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
    for made in _Stock.left:
        return made
    _Stock.left = iter(_make_uuids())
    return new_uuid()


def _make_uuids() -> list[str]:
    digits = os.urandom(16 * _MADE_AT_ONCE).hex()
    drawn = (digits[start : start + 32] for start in range(0, len(digits), 32))
    return [f"{d[:8]}-{d[8:12]}-4{d[13:16]}-{_VARIANTS[d[16]]}{d[17:20]}-{d[20:]}" for d in drawn]


def new_ordered_uuid() -> str:
    """A UUID that comes after those that this process made before (RFC 9562 version 7, fractions as section 6.2 method 3)."""
    millis, nanos = divmod(time.time_ns(), 1_000_000)
    moment = f"{millis:012x}"
    return f"{moment[:8]}-{moment[8:]}-7{nanos * 4_096 // 1_000_000:03x}{new_uuid()[_FREE:]}"


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
