"""A pool's password policy (PasswordPolicyType): pure checks with Cognito's texts.

Letters and digits are those of Basic Latin, as in Cognito Developer Guide, "Adding user pool password requirements".
"""

import string
from collections.abc import Mapping
from typing import Any

from app.kit.errors import InvalidPasswordException

MAX_LENGTH = 256
SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")
_CLASSES = (
    ("RequireUppercase", frozenset(string.ascii_uppercase), "uppercase"),
    ("RequireLowercase", frozenset(string.ascii_lowercase), "lowercase"),
    ("RequireNumbers", frozenset(string.digits), "numeric"),
    ("RequireSymbols", SYMBOLS, "symbol"),
)
# SignUp words it one way, every other operation the other way.
SIGN_UP_WORDING = "Password did not conform with policy: "
WORDING = "Password does not conform to policy: "


def check_password(policy: Mapping[str, Any], password: str, wording: str = WORDING) -> None:
    """Raises InvalidPasswordException with the first rule of the policy that the password breaks."""
    problem = find_problem(policy, password)
    if problem:
        raise InvalidPasswordException(wording + problem)


def find_problem(policy: Mapping[str, Any], password: str) -> str | None:
    """The first rule that the password breaks, in Cognito's words."""
    if len(password) < int(policy.get("MinimumLength") or 6):
        return "Password not long enough"
    if len(password) > MAX_LENGTH:
        return "Password too long"
    if any(character.isspace() or character == "\0" for character in password):
        return "Password must have no whitespace characters"
    for rule, characters, name in _CLASSES:
        if policy.get(rule) and not characters.intersection(password):
            return f"Password must have {name} characters"
    return None
