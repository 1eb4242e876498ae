"""What one browser has given at sign-up, as text for its pages."""

import pytest

from app.core.credentials import NewPassword
from app.flows.given_sign_up import GivenSignUp

SUB = "0f6b3a52-3f0a-4c5e-9a43-000000000000"


@pytest.mark.parametrize(
    "password", [NewPassword("$argon2id$x"), NewPassword("$argon2id$x", "maya", "ab12", b"\x00\xff")]
)
def test_it_comes_back_as_it_was(password: NewPassword) -> None:
    given = GivenSignUp(SUB, password, {"email": "maya@example.com", "name": 'Máya "M"'})
    assert GivenSignUp.read(given.to_text()) == given


def test_long_attributes_are_left_out() -> None:
    given = GivenSignUp(SUB, NewPassword("$argon2id$x"), {"name": "x" * 2_048, "profile": "y" * 2_048})
    assert GivenSignUp.read(given.to_text()) == GivenSignUp(SUB, given.password, None)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "7", '["a","b","c","d","e",{}]', "not json"])
def test_what_it_never_was_is_nothing(text: str) -> None:
    assert GivenSignUp.read(text) is None
