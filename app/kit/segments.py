"""Whether the running request has a database segment open.

Password hashing, triggers and gateways must not run inside one: a slow peer would hold a transaction, its locks and its
connection. `db.engine` marks segments; whoever is about to do slow work calls `check_outside_segment`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_open: ContextVar[bool] = ContextVar("segment_open", default=False)


@contextmanager
def segment() -> Iterator[None]:
    """Marks the request (or thread) as being inside a database segment; segments do not nest."""
    if _open.get():
        raise RuntimeError("a database segment is already open")
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


def check_outside_segment(work: str) -> None:
    """Raises RuntimeError if `work` (a name for the error) would run inside a database segment."""
    if _open.get():
        raise RuntimeError(f"{work} inside a database segment")
