"""A temporary password that satisfies a pool's policy and can be read out and typed."""

import secrets
import string
from collections.abc import Mapping
from typing import Any

from app.core.password_policy import SYMBOLS

# No characters that look alike, and no symbols that HTML or a shell would mangle on the way to a person.
_LETTERS_AND_DIGITS = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
_SYMBOLS = "".join(sorted(SYMBOLS & set("!#*+-?@_~")))
_CLASSES = (
    "".join(sorted(set(string.ascii_uppercase) - set("OI"))),
    "".join(sorted(set(string.ascii_lowercase) - set("l"))),
    "23456789",
    _SYMBOLS,
)
_LENGTH = 12


def new_temporary_password(policy: Mapping[str, Any]) -> str:
    """At least 12 random characters, one of every class whatever the policy demands; about 67 bits."""
    length = max(_LENGTH, int(policy.get("MinimumLength") or 0))
    characters = [secrets.choice(letters) for letters in _CLASSES]
    characters += [secrets.choice(_LETTERS_AND_DIGITS) for _ in range(length - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)
