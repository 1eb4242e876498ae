"""Whether the running request has a database segment open.

Password hashing, triggers and gateways must not run inside one: a slow peer would hold a transaction, its locks and its
connection. `db.engine` marks segments; whoever is about to do slow work calls `check_outside_segment`.
"""

from contextvars import ContextVar
from types import TracebackType

_open: ContextVar[bool] = ContextVar("segment_open", default=False)


class Segment:
    """Marks the request (or thread) as being inside a database segment while it is entered; segments do not nest."""

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        if _open.get():
            raise RuntimeError("a database segment is already open")
        self._token = _open.set(True)

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        _open.reset(self._token)


def check_outside_segment(work: str) -> None:
    """Raises RuntimeError if `work` (a name for the error) would run inside a database segment."""
    if _open.get():
        raise RuntimeError(f"{work} inside a database segment")
