"""A pool's password policy (PasswordPolicyType): pure checks with Cognito's texts.

Letters and digits are those of Basic Latin, as in Cognito Developer Guide, "Adding user pool password requirements".
"""

import string
from collections.abc import Mapping
from typing import Any, Final, Literal

from app.kit.errors import InvalidPasswordException

Rule = Literal["minimum_length", "maximum_length", "no_spaces", "uppercase", "lowercase", "numbers", "symbols"]
MAX_LENGTH = 256
SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")
_CLASSES: Final[tuple[tuple[str, frozenset[str], Rule], ...]] = (
    ("RequireUppercase", frozenset(string.ascii_uppercase), "uppercase"),
    ("RequireLowercase", frozenset(string.ascii_lowercase), "lowercase"),
    ("RequireNumbers", frozenset(string.digits), "numbers"),
    ("RequireSymbols", SYMBOLS, "symbols"),
)
_TEXTS: Final[Mapping[Rule, str]] = {
    "minimum_length": "Password not long enough",
    "maximum_length": "Password too long",
    "no_spaces": "Password must have no whitespace characters",
    "uppercase": "Password must have uppercase characters",
    "lowercase": "Password must have lowercase characters",
    "numbers": "Password must have numeric characters",
    "symbols": "Password must have symbol characters",
}
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
    return next((_TEXTS[rule] for rule in broken_rules(policy, password)), None)


def broken_rules(policy: Mapping[str, Any], password: str) -> list[Rule]:
    """Every rule that the password breaks, in the order in which Cognito checks them."""
    broken: dict[Rule, bool] = {
        "minimum_length": len(password) < int(policy.get("MinimumLength") or 6),
        "maximum_length": len(password) > MAX_LENGTH,
        "no_spaces": any(character.isspace() or character == "\0" for character in password),
    }
    for setting, characters, rule in _CLASSES:
        broken[rule] = bool(policy.get(setting)) and not characters.intersection(password)
    return [rule for rule, is_broken in broken.items() if is_broken]
