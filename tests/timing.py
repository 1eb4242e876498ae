"""A bound on time that a machine which is busy with something else does not break."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_TICK = 0.01
"""Seconds; by so much a block's time is known."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails if the block takes so many seconds of time that this process had.

    Where the machine stood still or others had its processors, nothing here could run: that time is not counted. What counts is how long a
    thread that only sleeps has slept meanwhile or, if it is more, what the block's own thread has computed.
    """
    slept = 0
    ended = threading.Event()

    def sleep() -> None:
        nonlocal slept
        while not ended.wait(_TICK):
            slept += 1

    sleeper = threading.Thread(target=sleep)
    computed = time.thread_time()
    sleeper.start()
    try:
        yield
    finally:
        computed = time.thread_time() - computed
        ended.set()
        sleeper.join()
    assert max(slept * _TICK, computed) < seconds
