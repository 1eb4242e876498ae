"""A lane is bounded and fair: a flood in one pool delays that pool, and beyond the bound callers hear it at once."""

import threading
from collections.abc import Iterator

import pytest

from app.kit.errors import TooManyRequestsException
from app.kit.lanes import FairThreads


class Busy:
    """One thread that is busy until `release`, and the order in which it then did what waited."""

    def __init__(self, waiting: int, waiting_per_pool: int) -> None:
        self.threads = FairThreads("busy", 1, waiting=waiting, waiting_per_pool=waiting_per_pool)
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


def test_no_thread_is_started_for_what_it_could_not_do() -> None:
    threads = FairThreads("few", 8, waiting=16, waiting_per_pool=16, running_per_pool=2)
    free = threading.Event()
    held = [threads.submit("hanging", free.wait, 10) for _ in range(6)]
    assert threads.submit("quiet", lambda: "done").result(5) == "done"
    assert sum(thread.name.startswith("few-") for thread in threading.enumerate()) == 3
    free.set()
    assert [future.result(5) for future in held] == [True] * 6


def test_a_pool_keeps_only_so_many_threads_busy() -> None:
    threads = FairThreads("capped", 3, waiting=8, waiting_per_pool=8, running_per_pool=2)
    free, running = threading.Event(), threading.Semaphore(0)

    def hold() -> None:
        running.release()
        free.wait(10)

    held = [threads.submit("hanging", hold) for _ in range(4)]
    for _ in range(2):
        assert running.acquire(timeout=5)
    threads.submit("quiet", int).result(5)
    assert not running.acquire(blocking=False), "the third job of the hanging pool waits though a thread is free"
    free.set()
    for future in held:
        future.result(5)
    assert threads.submit("hanging", lambda: "again").result(5) == "again"


def test_the_waiting_of_a_capped_pool_is_bounded_though_threads_are_free() -> None:
    threads = FairThreads("capped", 4, waiting=8, waiting_per_pool=2, running_per_pool=1)
    free = threading.Event()
    futures = [threads.submit("hanging", free.wait, 10) for _ in range(3)]
    with pytest.raises(TooManyRequestsException):
        threads.submit("hanging", free.wait, 10)
    assert threads.submit("quiet", lambda: "done").result(5) == "done"
    free.set()
    assert [future.result(5) for future in futures] == [True] * 3


def test_who_gave_up_waiting_is_passed_over() -> None:
    threads = FairThreads("capped", 1, waiting=4, waiting_per_pool=4)
    free, started = threading.Event(), threading.Event()

    def hold() -> bool:
        started.set()
        return free.wait(10)

    held = threads.submit("pool", hold)
    assert started.wait(5)
    waiting = threads.submit("pool", pytest.fail, "it was cancelled")
    assert waiting.cancel()
    last = threads.submit("pool", lambda: "last")
    free.set()
    assert (held.result(5), last.result(5)) == (True, "last")
