"""When the database is away: what counts as that, and how the log hears of it."""

import threading
import time

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from app.kit.errors import ServiceUnavailableException

# What a caller hears of a database that is away or fails: to be caught together.
DATABASE_ERRORS = (SQLAlchemyError, ServiceUnavailableException)
_TOLD_EVERY_SECONDS = 10.0
# PostgreSQL's error codes (Appendix A): a statement or connection that came at the wrong moment, and is worth another try.
_STATES = frozenset(
    {
        "25006",  # read_only_sql_transaction: connected to a server that is no longer the primary
        "53300",  # too_many_connections
        "57014",  # query_canceled: by the statement timeout
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
    }
)
_log = structlog.get_logger()


def is_away(error: DBAPIError) -> bool:
    """Whether the error says that the database cannot be reached now, and nothing about the statement."""
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _STATES:
        return True
    # No connection was made, or it was lost at the commit.
    return error.statement is None and type(error) in (DBAPIError, InterfaceError, OperationalError)


def cause(error: BaseException) -> str:
    """What the driver said, in one short line."""
    told = error.__cause__ if isinstance(error, ServiceUnavailableException) and error.__cause__ else error
    return " ".join(str(getattr(told, "orig", None) or told).split())[:200]


class Outages:
    """Writes one line every ten seconds at most, however many requests suffer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told_at = float("-inf")
        self._untold = 0

    def tell(self, error: DBAPIError) -> None:
        """Logs the error, or counts it for the next line."""
        with self._lock:
            now = time.monotonic()
            if now - self._told_at < _TOLD_EVERY_SECONDS:
                self._untold += 1
                return
            self._told_at, untold, self._untold = now, self._untold, 0
        _log.error("database_unavailable", error=cause(error), since_last_line=untold)
