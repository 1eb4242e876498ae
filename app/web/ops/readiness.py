"""Whether this process can serve: its database answers, the schema is the code's, and its snapshots are fresh."""

import asyncio
import time
from dataclasses import dataclass

from sqlalchemy.util.concurrency import greenlet_spawn

from app.db import revisions
from app.db.engine import Database
from app.db.outages import DATABASE_ERRORS
from app.flows.snapshots import Snapshots

_KEPT_SECONDS = 1.0
_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Condition:
    """What was found. `schema` says that the database is at the revision of the code."""

    database: bool
    schema: bool
    configuration: bool

    @property
    def is_ready(self) -> bool:
        return self.database and self.schema and self.configuration


class Readiness:
    """Answers from memory for a second, so that asking costs the database nothing."""

    def __init__(self, database: Database, snapshots: Snapshots) -> None:
        self._database = database
        self._snapshots = snapshots
        self._checked_at = float("-inf")
        self._schema: bool | None = None
        self._lock = asyncio.Lock()
        self._asking: asyncio.Future[bool | None] | None = None

    async def check(self) -> Condition:
        """The condition now. A database that does not answer within two seconds counts as away."""
        async with self._lock:
            if time.monotonic() - self._checked_at >= _KEPT_SECONDS:
                self._schema = await self._ask()
                self._checked_at = time.monotonic()
        return Condition(
            database=self._schema is not None,
            schema=bool(self._schema),
            configuration=self._snapshots.is_fresh,
        )

    async def _ask(self) -> bool | None:
        """Asks as requests do: over the event loop's own connections where they have some."""
        if self._asking is None or self._asking.done():
            crossing = asyncio.to_thread if self._database.is_sqlite else greenlet_spawn
            self._asking = asyncio.ensure_future(crossing(schema_is_current, self._database))
        # Who gets no answer leaves the question open: each new one would wait for the same.
        await asyncio.wait({self._asking}, timeout=_TIMEOUT_SECONDS)
        return self._asking.result() if self._asking.done() else None


def schema_is_current(database: Database) -> bool | None:
    """Whether the schema is at the revision of the code; None when the database does not answer."""
    try:
        with database.watch() as db:
            return revisions.current(db) == revisions.head()
    except DATABASE_ERRORS:
        return None
