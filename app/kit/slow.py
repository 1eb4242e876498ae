"""Slow work that must not run on the event loop: hashing, key making, triggers, gateways.

Code below the doors is synchronous and does not know whether it runs in a thread of its own or on the loop. It calls
`run_slow`; on the loop the bridge has said, for the context of the request, where such work goes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
Lane = Callable[..., Any]
_lane: ContextVar[Lane | None] = ContextVar("lane", default=None)


def run_slow(function: Callable[..., T], *arguments: object) -> T:
    """`function(*arguments)`, in a thread of the bridge when called on the event loop."""
    lane = _lane.get()
    if lane is None:
        return function(*arguments)
    result: T = lane(function, *arguments)
    return result


@contextmanager
def slow_work_on(lane: Lane) -> Iterator[None]:
    """Sends slow work of this context to `lane`, which calls a function elsewhere and gives its result."""
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)
