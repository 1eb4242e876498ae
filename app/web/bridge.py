"""The one crossing from async to sync. Everything below `app.web` is plain synchronous code.

`call` runs work that may wait (database, hashing) on a bounded thread pool. Work known to touch no database and no slow
hash, such as a client-credentials token from a warm snapshot, is simply called on the loop by its door.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.kit.errors import TooManyRequestsException

T = TypeVar("T")
_QUEUED_PER_THREAD = 16


class Bridge:
    """A lane of threads with a bounded queue: beyond it callers hear TooManyRequestsException, never a pile-up."""

    def __init__(self, threads: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="bridge")
        self._limit = threads * (1 + _QUEUED_PER_THREAD)
        self._pending = 0

    async def call(self, function: Callable[..., T], *arguments: object) -> T:
        """Runs `function(*arguments)` in a thread and gives its result or exception."""
        if self._pending >= self._limit:
            raise TooManyRequestsException()
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)
        finally:
            self._pending -= 1

    def close(self) -> None:
        """Waits for the calls in flight."""
        self._executor.shutdown(wait=True)
