"""Defaults that are promises."""

import os

import pytest
from argon2 import extract_parameters

from app.kit.hashing import PasswordHasher
from app.kit.settings import Settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("POOLHOUSE_")]:
        monkeypatch.delenv(name)


def test_passwords_are_hashed_as_owasp_has_it() -> None:
    settings = Settings()
    assert settings.password_hash == "argon2id"
    chosen = (settings.argon2_memory_kib, settings.argon2_time_cost, settings.argon2_parallelism)
    assert chosen == (19_456, 2, 1)
    hasher = PasswordHasher(memory_kib=chosen[0], time_cost=chosen[1], parallelism=chosen[2], slots=1)
    made = extract_parameters(hasher.hash("pool", "Correct-Horse-7"))
    assert (made.type.name, made.memory_cost, made.time_cost, made.parallelism) == ("ID", *chosen)
