"""Passwords are compared byte by byte, and hashes of other parameters are noticed."""

from app.kit.hashing import PasswordHasher


def test_a_password_is_compared_byte_by_byte() -> None:
    hasher = PasswordHasher(memory_kib=8, time_cost=1, parallelism=1, slots=1)
    stored = hasher.hash("pool", "pässword ")
    assert hasher.verify("pool", stored, "pässword ")
    assert not hasher.verify("pool", stored, "pässword")
    assert not hasher.verify("pool", stored, "pa\u0308ssword "), "not normalised"
    assert not hasher.verify("pool", None, "no such user"), "the decoy opens for nobody"
    assert not hasher.verify("pool", "no hash", "pässword ")


def test_other_parameters_are_noticed() -> None:
    weak = PasswordHasher(memory_kib=8, time_cost=1, parallelism=1, slots=1)
    strong = PasswordHasher(memory_kib=16, time_cost=1, parallelism=1, slots=1)
    assert strong.needs_rehash(weak.hash("pool", "x"))
    assert not strong.needs_rehash(strong.hash("pool", "x"))
    assert strong.hash("pool", "x").startswith("$argon2id$v=19$m=16,t=1,p=1$")
