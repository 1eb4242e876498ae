"""Hashing is bounded and fair: a flood in one pool delays that pool, and beyond the bound callers hear it at once."""

import threading
from collections.abc import Iterator

import pytest

from app.kit.errors import TooManyRequestsException
from app.kit.hashing import FairThreads, PasswordHasher


class Busy:
    """One thread that is busy until `release`, and the order in which it then did what waited."""

    def __init__(self, waiting: int, waiting_per_pool: int) -> None:
        self.threads = FairThreads(1, waiting=waiting, waiting_per_pool=waiting_per_pool)
        self.order: list[str] = []
        self._free = threading.Event()
        started = threading.Event()

        def hold() -> None:
            started.set()
            self._free.wait(10)

        self._futures = [self.threads.submit("first", hold)]
        assert started.wait(5)

    def join(self, pool_id: str) -> None:
        self._futures.append(self.threads.submit(pool_id, self.order.append, pool_id))

    def release(self) -> None:
        self._free.set()
        for future in self._futures:
            future.result(5)


@pytest.fixture
def busy() -> Iterator[Busy]:
    made = Busy(waiting=4, waiting_per_pool=3)
    yield made
    made.release()


def test_pools_take_turns(busy: Busy) -> None:
    for pool_id in ("flood", "flood", "flood", "quiet"):
        busy.join(pool_id)
    busy.release()
    assert busy.order == ["flood", "quiet", "flood", "flood"]


def test_a_queue_has_an_end_for_each_pool_and_for_all(busy: Busy) -> None:
    for _ in range(3):
        busy.join("flood")
    with pytest.raises(TooManyRequestsException):
        busy.join("flood")
    busy.join("quiet")
    with pytest.raises(TooManyRequestsException):
        busy.join("another")
    busy.release()
    assert sorted(busy.order) == ["flood", "flood", "flood", "quiet"]
    busy.join("again")


def test_an_error_is_the_callers(busy: Busy) -> None:
    failing = busy.threads.submit("pool", int, "no number")
    busy.join("next")
    busy.release()
    with pytest.raises(ValueError, match="no number"):
        failing.result(5)
    assert busy.order == ["next"]


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
