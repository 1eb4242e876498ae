"""Counters of request rates in our own database: a storage for the strategies of the `limits` library, shared by all nodes.

A budget is one row with the number of requests in the newest window and in the one before. The sliding window counter of the
library takes of the earlier window what still overlaps the last `expiry` seconds; testing and counting are one statement, so
that parallel requests on any number of nodes never exceed a limit. Windows begin at whole multiples of their length; a node
whose clock is behind counts in the newest window that it finds.
"""

from functools import cache
from typing import Any

from limits.storage import SlidingWindowCounterSupport, Storage
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    bindparam,
    case,
    delete,
    literal,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from app.db.prepared import Prepared
from app.db.tables.rate_windows import RateWindow
from app.db.upsert import upsert
from app.kit.clock import SECOND


class RateWindows(Storage, SlidingWindowCounterSupport):
    """The counters as seen at one moment (epoch ms) over one connection; keys are budgets, `expiry` is in seconds.

    Made for each request. `acquire_sliding_window_entry` is a single statement that commits by itself where the connection
    does; the others are for tests and operators.
    """

    STORAGE_SCHEME = None

    def __init__(self, db: Connection, now: int) -> None:
        super().__init__()
        self._db = db
        self._now = now

    @property
    def base_exceptions(self) -> type[Exception]:
        """What goes wrong below."""
        return SQLAlchemyError

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Counts `amount` requests unless that would exceed the limit."""
        values = {**self._values(key, expiry, amount), "p_limit": limit * expiry * SECOND}
        return amount <= limit and _acquire(self._db.dialect.name).row(self._db, values) is not None

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Requests in the window before and the seconds for which it still counts, requests in this one and its seconds."""
        length = expiry * SECOND
        start = self._now - self._now % length
        row = self._find(key)
        before, current = 0, 0
        if row is not None and row.started_at >= start:
            before, current = row.requests_before, row.requests
        elif row is not None and row.started_at == start - length:
            before = row.requests
        left = (start + length - self._now) / SECOND
        return before, left if before else 0.0, current, left + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forgets the budget's requests."""
        del expiry
        self.clear(key)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Counts requests whatever the limit, and gives their number in this window."""
        row = _count(self._db.dialect.name).row(self._db, self._values(key, expiry, amount))
        return int(row.requests)

    def get(self, key: str) -> int:
        """The requests in the budget's window, 0 once that has ended."""
        row = self._find(key)
        return row.requests if row is not None and self._now < row.ends_at else 0

    def get_expiry(self, key: str) -> float:
        """When the budget's window ends (epoch seconds), now if there is none."""
        row = self._find(key)
        return (self._now if row is None else row.ends_at) / SECOND

    def check(self) -> bool:
        """Whether the database answers."""
        return bool(self._db.execute(select(literal(1))).scalar_one())

    def reset(self) -> int | None:
        """Forgets every budget."""
        return self._db.execute(delete(RateWindow)).rowcount

    def clear(self, key: str) -> None:
        """Forgets the budget's requests."""
        self._db.execute(delete(RateWindow).where(RateWindow.budget == key))

    def _find(self, key: str) -> Row[Any] | None:
        return self._db.execute(select(RateWindow).where(RateWindow.budget == key)).one_or_none()

    def _values(self, key: str, expiry: int, amount: int) -> dict[str, str | int]:
        length = expiry * SECOND
        past = self._now % length
        return {
            "p_budget": key,
            "p_start": self._now - past,
            "p_end": self._now - past + length,
            "p_before": self._now - past - length,
            "p_left": length - past,
            "p_length": length,
            "p_amount": amount,
        }


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger())


_IS_CURRENT = RateWindow.started_at >= _number("p_start")
_CURRENT: ColumnElement[int] = case((_IS_CURRENT, RateWindow.requests), else_=0)
_BEFORE: ColumnElement[int] = case(
    (_IS_CURRENT, RateWindow.requests_before),
    (RateWindow.started_at == _number("p_before"), RateWindow.requests),
    else_=0,
)
# Times the length of a window, so that all is whole numbers; like the library's, the estimate is rounded down.
_IS_WITHIN: ColumnElement[bool] = _BEFORE * _number("p_left") + (_CURRENT + _number("p_amount") - 1) * _number(
    "p_length"
) < _number("p_limit")


def _counting(dialect: str, where: ColumnElement[bool] | None) -> Prepared:
    amount = _number("p_amount")
    return Prepared(
        upsert(dialect, RateWindow)
        .values(
            budget=bindparam("p_budget"),
            started_at=_number("p_start"),
            ends_at=_number("p_end"),
            requests=amount,
            requests_before=literal(0),
        )
        .on_conflict_do_update(
            index_elements=["budget"],
            set_={
                "started_at": case((_IS_CURRENT, RateWindow.started_at), else_=_number("p_start")),
                "ends_at": case((_IS_CURRENT, RateWindow.ends_at), else_=_number("p_end")),
                "requests": _CURRENT + amount,
                "requests_before": _BEFORE,
            },
            where=where,
        )
        .returning(RateWindow.requests)
    )


@cache
def _acquire(dialect: str) -> Prepared:
    return _counting(dialect, _IS_WITHIN)


@cache
def _count(dialect: str) -> Prepared:
    return _counting(dialect, None)
