"""Random tokens: unguessable, and harmless wherever people paste them."""

import base64
import secrets

import pytest

from app.kit.secrets import random_token


def test_a_token_is_that_many_random_bytes() -> None:
    tokens = {random_token(30) for _ in range(500)}
    assert len(tokens) == 500
    assert {len(base64.urlsafe_b64decode(token)) for token in tokens} == {30}


def test_a_token_is_never_taken_for_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-begins-like-an-option", "--", "fine-"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _nbytes: next(drawn))
    assert random_token() == "fine-"
