"""Whether the running thread has a database segment open.

Password hashing, triggers and gateways must not run inside one: a slow peer would hold a transaction, its locks and its
connection. `db.engine` marks segments; whoever is about to do slow work calls `check_outside_segment`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Marker(threading.local):
    open = False


_marker = _Marker()


@contextmanager
def segment() -> Iterator[None]:
    """Marks the thread as being inside a database segment; segments do not nest."""
    if _marker.open:
        raise RuntimeError("a database segment is already open in this thread")
    _marker.open = True
    try:
        yield
    finally:
        _marker.open = False


def check_outside_segment(work: str) -> None:
    """Raises RuntimeError if `work` (a name for the error) would run inside a database segment."""
    if _marker.open:
        raise RuntimeError(f"{work} inside a database segment")
