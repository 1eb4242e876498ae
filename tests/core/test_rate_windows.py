"""The counters of request rates: as the library's own storage counts, in one statement that parallel requests cannot outrun."""

import math
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter
from sqlalchemy import select

from app.core.rate_windows import RateWindows
from app.db.tables.rate_windows import RateWindow
from app.flows.work import Resources
from app.jobs.expire_rows import expire_rows
from tests.conftest import Clock
from tests.factories import Factory

At = Callable[[int], RateWindows]
START = 1_900_000_000_000


@pytest.fixture
def at(resources: Resources) -> Iterator[At]:
    """The counters at a moment."""
    with resources.database.write() as db:
        yield lambda now: RateWindows(db, now)


@pytest.fixture
def budget() -> str:
    return f"test/{uuid4()}"


def _taken(windows: RateWindows, budget: str, limit: int, tries: int, expiry: int = 1) -> int:
    return sum(windows.acquire_sliding_window_entry(budget, limit, expiry) for _ in range(tries))


def test_a_window_slides(at: At, budget: str) -> None:
    assert _taken(at(START), budget, 10, 30) == 10
    assert _taken(at(START + 999), budget, 10, 30) == 0
    assert _taken(at(START + 1_000), budget, 10, 30) == 0, "all of the window before still counts"
    assert _taken(at(START + 1_100), budget, 10, 30) == 1
    assert _taken(at(START + 1_550), budget, 10, 30) == 5, "half of the window before, and 1 of this one"
    assert _taken(at(START + 1_999), budget, 10, 30) == 4
    assert _taken(at(START + 5_000), budget, 10, 30) == 10


def test_a_node_whose_clock_is_behind_counts_in_the_newest_window(at: At, budget: str) -> None:
    assert _taken(at(START + 1_000), budget, 10, 4) == 4
    assert _taken(at(START + 500), budget, 10, 30) == 6
    assert _taken(at(START - 60_000), budget, 10, 30) == 0
    assert _taken(at(START + 1_999), budget, 10, 30) == 0


def test_a_changed_limit_counts_what_was_before(at: At, budget: str) -> None:
    assert _taken(at(START), budget, 10, 30) == 10
    assert _taken(at(START), budget, 15, 30) == 5
    assert _taken(at(START), budget, 10, 30) == 0
    assert not at(START).acquire_sliding_window_entry(budget, 10, 1, amount=11)


def test_it_counts_as_the_library_does(at: At, budget: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same requests at the same moments, here and in the library's storage in memory."""
    chance = random.Random(7)
    memory, now = MemoryStorage(), START
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: now / 1_000)
    item = RateLimitItemPerSecond(5)
    theirs = SlidingWindowCounterRateLimiter(memory)
    for step in range(400):
        now += chance.choice((0, 3, 40, 125, 250, 600, 2_500))
        ours = SlidingWindowCounterRateLimiter(at(now))
        before, left, current, _ = at(now).get_sliding_window(item.key_for(budget), 1)
        share = before * left + current
        if math.isclose(share, round(share)) and share != round(share):
            continue  # the library's fractions are inexact where ours are whole numbers
        assert ours.test(item, budget) == (math.floor(share) < 5), step
        assert ours.hit(item, budget) == theirs.hit(item, budget), step


def test_it_is_a_storage_for_fixed_windows_too(at: At, budget: str) -> None:
    item = RateLimitItemPerSecond(3, 2)
    limiter = FixedWindowRateLimiter(at(START))
    assert [limiter.hit(item, budget) for _ in range(5)] == [True, True, True, False, False]
    assert not limiter.test(item, budget)
    assert at(START).get_expiry(item.key_for(budget)) == START / 1_000 + 2
    assert FixedWindowRateLimiter(at(START + 2_000)).test(item, budget)
    assert at(START + 2_000).get(item.key_for(budget)) == 0
    limiter.clear(item, budget)
    assert limiter.test(item, budget)
    assert at(START).get_expiry(item.key_for(budget)) == START / 1_000


def test_budgets_are_cleared(at: At, budget: str) -> None:
    windows = at(START)
    assert windows.check()
    assert _taken(windows, budget, 2, 2) == 2
    windows.clear_sliding_window(budget, 1)
    assert windows.get_sliding_window(budget, 1) == (0, 0.0, 0, 2.0)
    assert _taken(windows, budget, 2, 3) == 2
    assert windows.reset()
    assert windows.get(budget) == 0


def test_parallel_requests_never_exceed_the_limit(resources: Resources, budget: str) -> None:
    def take(number: int) -> bool:
        with resources.database.write_once() as db:
            return RateWindows(db, START + number % 3).acquire_sliding_window_entry(budget, 40, 1)

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(take, range(200))) == 40


def test_old_windows_are_removed(resources: Resources, make: Factory, clock: Clock, budget: str) -> None:
    with resources.database.write() as db:
        assert _taken(RateWindows(db, clock.now), budget, 1, 1) == 1
    rows = select(RateWindow.budget).where(RateWindow.budget == budget)
    expire_rows(make.work())
    with resources.database.read() as db:
        assert db.execute(rows).scalar_one() == budget
    clock.advance(hours=2)
    assert expire_rows(make.work()) >= 1
    with resources.database.read() as db:
        assert db.execute(rows).first() is None
