"""Slow work that must not run on the event loop: hashing, key making, triggers, gateways.

Code below the doors is synchronous and does not know whether it runs in a thread of its own or on the loop. It calls
`run_slow`; on the loop the bridge has said, for the context of the request, where such work goes.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Lane(Protocol):
    """Where slow work of a request on the event loop goes, and how it waits without holding the loop."""

    def run(self, function: Callable[..., Any], *arguments: object) -> Any:
        """`function(*arguments)` in a thread; gives its result or exception."""

    def wait(self, future: "Future[Any]", seconds: float | None = None) -> Any:
        """The result or exception of what runs elsewhere; raises TimeoutError when it takes longer than `seconds`."""

    def pause(self, seconds: float) -> None:
        """Lets the loop serve others for `seconds`."""


_lane: ContextVar[Lane | None] = ContextVar("lane", default=None)


def run_slow(function: Callable[..., T], *arguments: object) -> T:
    """`function(*arguments)`, in a thread of the bridge when called on the event loop."""
    lane = _lane.get()
    if lane is None:
        return function(*arguments)
    result: T = lane.run(function, *arguments)
    return result


def wait_for(future: "Future[T]", seconds: float | None = None) -> T:
    """The result or exception of work that has threads of its own.

    Raises TimeoutError when it takes longer than `seconds`; the work goes on.
    """
    lane = _lane.get()
    if lane is None:
        return future.result(seconds)
    result: T = lane.wait(future, seconds)
    return result


def pause(seconds: float) -> None:
    """Waits, in the way that fits where it is called. Nothing below the doors may block by other means."""
    lane = _lane.get()
    if lane is None:
        time.sleep(seconds)
    else:
        lane.pause(seconds)


@contextmanager
def slow_work_on(lane: Lane) -> Iterator[None]:
    """Sends slow work of this context to `lane`."""
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)
