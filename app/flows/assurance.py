"""How sure a sign-in is: the level of what was proven (`acr`), and the methods (`amr`, RFC 8176).

Developer Guide, "Step-up authentication": 1 a password, 2 a code by SMS or mail, 3 a passkey, or a password with such a
code, 4 a password with an authenticator app. A level's name is the pool's AcrConfiguration.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.core.pool_configuration import effective_acrs
from app.core.pools import Pool

_CODES = frozenset({"sms", "email_otp"})
_PASSKEYS = frozenset({"swk", "hwk"})
# What is no method of its own.
_SUMMARIES = frozenset({"mfa"})


def level_of(amr: Iterable[str]) -> int:
    """The level that methods reach together, 1 to 4."""
    methods = set(amr)
    if {"pwd", "otp"} <= methods:
        return 4
    if methods & _PASSKEYS or ("pwd" in methods and methods & _CODES):
        return 3
    return 2 if methods & _CODES else 1


def acr_of(pool: Pool, amr: Iterable[str]) -> str:
    """The name that the pool gives the level of some methods."""
    return acr_values(pool.configuration)[level_of(amr)]


def acr_values(configuration: Mapping[str, Any]) -> dict[int, str]:
    """The names of a pool's levels."""
    acrs = effective_acrs(configuration)
    return {level: acrs[f"Level{level}"]["AcrValue"] for level in range(1, 5)}


def with_summary(amr: Sequence[str]) -> tuple[str, ...]:
    """The methods, and `mfa` behind them if they are of more than one factor, or one of them was worth two."""
    methods = tuple(method for method in amr if method not in _SUMMARIES)
    return (*methods, "mfa") if len(methods) > 1 or "mfa" in amr else methods
