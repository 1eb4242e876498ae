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
    """Takes calls up to a bound; beyond it callers hear TooManyRequestsException, never a pile-up."""

    def __init__(self, threads: int, *, in_greenlets: bool) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="bridge")
        self._limit = threads * (1 + _QUEUED_PER_THREAD)
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

    def wait(self, future: "Future[Any]") -> Any:
        """The result or exception of a future, called in a greenlet of the loop (`kit.slow.Lane`)."""
        return await_only(asyncio.wrap_future(future))

    def pause(self, seconds: float) -> None:
        """Lets the loop serve others, called in a greenlet of the loop (`kit.slow.Lane`)."""
        await_only(asyncio.sleep(seconds))

    def close(self) -> None:
        """Waits for the threads in use."""
        self._executor.shutdown(wait=True)
