"""The password policy and its texts."""

import pytest

from app.core.password_policy import SIGN_UP_WORDING, SYMBOLS, broken_rules, check_password, find_problem
from app.kit.errors import InvalidPasswordException

_FULL = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
}


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("Aa1!aaa", "Password not long enough"),
        ("aaaa111!", "Password must have uppercase characters"),
        ("AAAA111!", "Password must have lowercase characters"),
        ("AAAaaaa!", "Password must have numeric characters"),
        ("AAAaaa11", "Password must have symbol characters"),
        ("ÄÖÜaaa1!", "Password must have uppercase characters"),
        ("Aa1! aaaa", "Password must have no whitespace characters"),
        ("Aa1!" + "a" * 253, "Password too long"),
    ],
)
def test_each_rule_has_its_text(password: str, problem: str) -> None:
    with pytest.raises(InvalidPasswordException) as refused:
        check_password(_FULL, password)
    assert refused.value.message == f"Password does not conform to policy: {problem}"


def test_every_rule_that_is_broken() -> None:
    assert broken_rules(_FULL, "a b") == ["minimum_length", "no_spaces", "uppercase", "numbers", "symbols"]
    assert broken_rules(_FULL, "Aa1!" + "a" * 253) == ["maximum_length"]
    assert broken_rules({"MinimumLength": 6}, "aaaaaa") == []


def test_sign_up_words_it_otherwise() -> None:
    with pytest.raises(
        InvalidPasswordException, match=r"^Password did not conform with policy: Password not long enough$"
    ):
        check_password(_FULL, "x", SIGN_UP_WORDING)


def test_what_conforms() -> None:
    assert find_problem(_FULL, "Correct-Horse-7") is None
    assert find_problem({"MinimumLength": 6}, "ßßßßßß") is None
    assert all(find_problem(_FULL, f"Aaaaaaa1{symbol}") is None for symbol in SYMBOLS)
