"""Time is an argument: doors read the clock once per request and pass `now`, epoch milliseconds UTC, down."""

import time

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now_ms() -> int:
    """The current time in epoch milliseconds UTC."""
    return time.time_ns() // 1_000_000
