"""Whether anything was stored: row counts of every table, and every row of some pools."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Table, TextClause, text

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
        counts, rows = _statements(but, is_sqlite=self._resources.database.is_sqlite)
        with self._resources.database.read() as db:
            found: dict[str, Any] = {row.name: row.rows for row in db.execute(counts)}
            of_pools: dict[str, list[str]] = {f"{name} of {pool_id}": [] for name in found for pool_id in pool_ids}
            for pool_id in pool_ids:
                for name, content in db.execute(rows, {"pool_id": pool_id}):
                    of_pools[f"{name} of {pool_id}"].append(content)
        return found | {name: sorted(contents) for name, contents in of_pools.items()}


@cache
def _statements(but: frozenset[str], *, is_sqlite: bool) -> tuple[TextClause, TextClause]:
    """Two statements over all tables, since a hundred small ones take most of the time of a test that sends one request."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in but]
    counts = [f"SELECT '{table.name}' AS name, count(*) AS rows FROM {table.name}" for table in tables]  # noqa: S608 - ours
    rows = [
        f"SELECT '{table.name}' AS name, {_content(table, is_sqlite=is_sqlite)} AS content "  # noqa: S608 - ours
        f"FROM {table.name} WHERE pool_id = :pool_id"
        for table in tables
        if "pool_id" in table.c
    ]
    return text(" UNION ALL ".join(counts)), text(" UNION ALL ".join(rows))


def _content(table: Table, *, is_sqlite: bool) -> str:
    """A row as one text, each value so that no two rows have the same."""
    names = [f'"{column.name}"' for column in table.c if column.name not in _UNWATCHED_COLUMNS]
    return " || ',' || ".join(f"quote({name})" for name in names) if is_sqlite else f"ROW({', '.join(names)})::text"
