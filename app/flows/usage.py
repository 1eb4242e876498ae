"""Usage events (machine tokens, userInfo, refreshes): buffered, and written once a second in one statement.

They tell how much, not what changed, so up to a second of them may be lost when a process is killed; everything else in
the audit trail shares the transaction of what it tells about.
"""

from collections.abc import Sequence

from app.core import audit
from app.core.audit import Event
from app.db.engine import Database
from app.flows.write_behind import WriteBehind

CAPACITY = 20_000


class UsageBuffer(WriteBehind[Event]):
    """Takes usage events and writes them to the audit trail."""

    def __init__(self, database: Database, capacity: int = CAPACITY) -> None:
        super().__init__("usage_events", capacity)
        self._database = database

    def write(self, items: Sequence[Event]) -> None:
        """Writes events by the cheapest way that the database has."""
        with self._database.write() as db:
            audit.record_many(db, items)
