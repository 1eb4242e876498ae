"""The rules of a new password as pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.password_policy import MAX_LENGTH, SYMBOLS, Rule

# Shows what is typed into a password input, and ticks the rules of a new one off.
PASSWORD_SCRIPTS = ("password.js",)
_SYNTAX = frozenset("^$.*+?()[]{}|\\/-")
_PATTERNS: Mapping[Rule, str] = {
    "uppercase": "[A-Z]",
    "lowercase": "[a-z]",
    "numbers": "[0-9]",
    "symbols": f"[{''.join(chr(92) + symbol if symbol in _SYNTAX else symbol for symbol in sorted(SYMBOLS))}]",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """The rules of a new password, as the pool's PasswordPolicy has them."""

    minimum_length: int = 8
    uppercase: bool = False
    lowercase: bool = False
    numbers: bool = False
    symbols: bool = False

    @property
    def maximum_length(self) -> int:
        """Of every pool."""
        return MAX_LENGTH

    @property
    def rules(self) -> Mapping[Rule, str]:
        """The rules in the order of the page, each with the pattern of a password that meets it: a regular expression for a
        script (flags `s` and `u`), only to help. The server has the say."""
        return {
            "minimum_length": f"^.{{{self.minimum_length},}}$",
            **{name: pattern for name, pattern in _PATTERNS.items() if getattr(self, name)},
            "no_spaces": r"^\S*$",
            "maximum_length": f"^.{{0,{MAX_LENGTH}}}$",
        }

    @property
    def passwordrules(self) -> str:
        """The rules for password generators (the `passwordrules` attribute that Safari and 1Password read)."""
        named = {"lower": self.lowercase, "upper": self.uppercase, "digit": self.numbers, "special": self.symbols}
        required = [f"required: {name};" for name, wanted in named.items() if wanted]
        return " ".join([f"minlength: {self.minimum_length};", *required])
