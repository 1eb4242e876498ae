"""Whether anything was stored: row counts of every table, and every row of some pools."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, func, select

from app.db.types import Base
from app.flows.work import Resources

# Failed attempts are counted and told to the audit trail: that much a refusal may leave behind.
COUNTED = frozenset({"attempts", "audit_events"})
# When its key was last used is noted once a minute, whatever the call came to.
_UNWATCHED_COLUMNS = frozenset({"last_used_at"})


class Watch:
    """Compares what is stored before and after."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    @contextmanager
    def nothing_stored(self, *pool_ids: str, but: frozenset[str] = frozenset()) -> Iterator[None]:
        """Fails if the block added or took away any row, or changed one of the pools; tables of `but` may grow."""
        before = self.state(*pool_ids, but=but)
        yield
        after = self.state(*pool_ids, but=but)
        changed = [name for name in before if before[name] != after[name]]
        assert not changed, f"stored something in {changed}"

    def state(self, *pool_ids: str, but: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The number of rows of each table, and the rows of these pools."""
        found: dict[str, Any] = {}
        with self._resources.database.read() as db:
            tables = [table for table in Base.metadata.sorted_tables if table.name not in but]
            counts = [select(func.count()).select_from(table).scalar_subquery().label(table.name) for table in tables]
            found |= db.execute(select(*counts)).one()._mapping
            for pool_id in pool_ids:
                for table in tables:
                    found[f"{table.name} of {pool_id}"] = _rows(db, table.name, pool_id)
        return found


def _rows(db: Connection, name: str, pool_id: str) -> list[str]:
    table = Base.metadata.tables[name]
    if "pool_id" not in table.c:
        return []
    columns = [column for column in table.c if column.name not in _UNWATCHED_COLUMNS]
    rows = db.execute(select(*columns).where(table.c.pool_id == pool_id)).all()
    return sorted(repr(row) for row in rows)
