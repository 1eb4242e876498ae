"""Ending a wait for a peer at a moment, whatever it waits for."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def cut_at(deadline: float, cut: Callable[[], None]) -> Iterator[None]:
    """Calls `cut` in a thread of its own if the block still runs at the deadline (seconds of `time.monotonic`).

    A client's own limits will not do: they start anew with every byte that arrives.
    """
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
