"""The one crossing from async to sync. Everything below `app.web` is plain synchronous code.

Over PostgreSQL `call` runs it on the event loop in a greenlet: while a statement is under way the loop serves others, and
slow work (`kit.slow`) goes to threads. Over SQLite, which answers in the calling thread, the whole call runs in a thread.
Work known to touch neither, such as a client-credentials token from a warm snapshot, is simply called by its door.
`docs/decisions/0002-greenlets-over-asyncpg.md` has the measurements.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy.util.concurrency import await_only, greenlet_spawn

from app.kit.errors import TooManyRequestsException
from app.kit.slow import slow_work_on

T = TypeVar("T")
_QUEUED_PER_THREAD = 16


class Bridge:
    """Takes calls up to a bound; beyond it callers hear TooManyRequestsException, never a pile-up.

    `waiting_elsewhere` is how many calls may be waiting for a lane that has a bound of its own (functions): neither the
    threads nor the bound of the others are less for them.
    """

    def __init__(self, threads: int, *, in_greenlets: bool, waiting_elsewhere: int = 0) -> None:
        beside = 0 if in_greenlets else waiting_elsewhere
        self._executor = ThreadPoolExecutor(threads + beside, thread_name_prefix="bridge")
        self._limit = threads * (1 + _QUEUED_PER_THREAD) + waiting_elsewhere
        self._in_greenlets = in_greenlets
        self._pending = 0

    async def call(self, function: Callable[..., T], *arguments: object) -> T:
        """`function(*arguments)`, its result or its exception."""
        if self._pending >= self._limit:
            raise TooManyRequestsException()
        self._pending += 1
        try:
            if not self._in_greenlets:
                return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)
            with slow_work_on(self):
                return await greenlet_spawn(function, *arguments)
        finally:
            self._pending -= 1

    def run(self, function: Callable[..., Any], *arguments: object) -> Any:
        """`function(*arguments)` in a thread, called in a greenlet of the loop (`kit.slow.Lane`)."""
        return await_only(asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments))

    def wait(self, future: "Future[Any]", seconds: float | None = None) -> Any:
        """The result or exception of a future, called in a greenlet of the loop (`kit.slow.Lane`)."""
        if seconds is None:
            return await_only(asyncio.wrap_future(future))
        return await_only(_wait(future, seconds))

    def pause(self, seconds: float) -> None:
        """Lets the loop serve others, called in a greenlet of the loop (`kit.slow.Lane`)."""
        await_only(asyncio.sleep(seconds))

    def close(self) -> None:
        """Waits for the threads in use."""
        self._executor.shutdown(wait=True)


async def _wait(future: "Future[T]", seconds: float) -> T:
    """The result; raises TimeoutError and lets the work go on."""
    wrapped = asyncio.wrap_future(future)
    # Nobody may be left to hear of an exception that comes too late, and that is no fault.
    wrapped.add_done_callback(lambda late: late.cancelled() or late.exception())
    await asyncio.wait([wrapped], timeout=seconds)
    if not wrapped.done():
        raise TimeoutError
    return wrapped.result()
