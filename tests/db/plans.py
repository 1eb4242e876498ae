"""Watches the statements that reach the database and how it runs them."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_cursor

from app.db import prepared

_EXPLAINED = re.compile(r"\s*(SELECT|UPDATE|DELETE|WITH)\b")
_PLACE = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING (.*))?")
_COMPARED = re.compile(r"[=<>]")


@dataclass(frozen=True)
class Step:
    """One table as a plan reads it. `rows` is how many rows were read, None where the database does not tell."""

    table: str
    is_scan: bool
    how: str
    rows: int | None


@dataclass(frozen=True)
class Plan:
    """A statement and the tables that it read; `sorts` tells that it had to sort what it read."""

    statement: str
    steps: tuple[Step, ...]
    sorts: bool


@dataclass
class Watch:
    """The plans seen so far."""

    plans: list[Plan] = field(default_factory=list)

    def tables(self) -> set[str]:
        return {step.table for plan in self.plans for step in plan.steps}


@contextmanager
def watched() -> Iterator[Watch]:
    """Explains every statement just before it runs, on its own connection and with its own parameters.

    Over asyncpg at the driver's cursor and where prepared statements go past it, which SQLAlchemy's events do not see.
    """
    watch = Watch()
    execute, fetch = AsyncAdapt_asyncpg_cursor.execute, prepared._fetch

    def look(dbapi: Any, dialect: str, statement: str, parameters: Any) -> None:
        if _EXPLAINED.match(statement):
            explain = _explain_sqlite if dialect == "sqlite" else _explain_postgresql
            watch.plans.append(explain(dbapi.cursor(), statement, parameters))

    def on_cursor(cursor: AsyncAdapt_asyncpg_cursor, operation: str, parameters: Any = None) -> None:
        # What explaining sends begins with EXPLAIN or is about savepoints, so it is not looked at again.
        look(cursor._adapt_connection, "postgresql", operation, parameters)
        execute(cursor, operation, parameters)  # type: ignore[no-untyped-call]

    def on_fetch(db: Connection, adapted: Any, statement: str, arguments: Any) -> Any:
        look(adapted, "postgresql", statement, arguments)
        return fetch(db, adapted, statement, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AsyncAdapt_asyncpg_cursor, "execute", on_cursor)
        patch.setattr(prepared, "_fetch", on_fetch)
        _looking.append(look)
        try:
            yield watch
        finally:
            _looking.remove(look)


def _on_event(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
    if connection.dialect.driver != "asyncpg" and not many:
        for look in tuple(_looking):
            look(connection.connection, connection.dialect.name, statement, parameters)


# For good, and before any engine has threads: listeners must not come and go while one of them is being called.
_looking: list[Callable[[Any, str, str, Any], None]] = []
event.listen(Engine, "before_cursor_execute", _on_event)


def _explain_sqlite(cursor: Any, statement: str, parameters: Any) -> Plan:
    rows = _fetch(cursor, f"EXPLAIN QUERY PLAN {statement}", parameters)
    details = [str(row[3]) for row in rows]
    # An alias stands where the table's name would; ours are made by SQLAlchemy as <table>_1.
    found = [match for match in map(_PLACE.match, details) if match]
    steps = [
        Step(re.sub(r"_\d+$", "", match[2]), match[1] == "SCAN", match[3] or "", None)
        for match in found
        if match[2] != "CONSTANT"
    ]
    return Plan(statement, tuple(steps), any("TEMP B-TREE" in detail for detail in details))


def _explain_postgresql(cursor: Any, statement: str, parameters: Any) -> Plan:
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
    if statement.lstrip().startswith("SELECT"):
        rows = _fetch(cursor, explain, parameters)
    else:
        # ANALYZE runs the statement: what it did is taken back, so that the statement itself finds what it expects.
        undo = _begin(cursor)
        rows = _fetch(cursor, explain, parameters)
        cursor.execute(undo)
    told = rows[0][0]
    nodes = list(_nodes((json.loads(told) if isinstance(told, str) else told)[0]["Plan"]))
    steps = [_step(node) for node in nodes if "Relation Name" in node and "Scan" in node["Node Type"]]
    return Plan(statement, tuple(steps), any(node["Node Type"] == "Sort" for node in nodes))


def _begin(cursor: Any) -> str:
    """Begins what can be undone, in the open transaction or where there is none, and returns what undoes it."""
    try:
        cursor.execute("SAVEPOINT explained")
    except Exception as error:
        if getattr(error, "sqlstate", None) != "25P01" and "transaction block" not in str(error):
            raise
        cursor.execute("BEGIN")
        return "ROLLBACK"
    return "ROLLBACK TO SAVEPOINT explained"


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _step(node: dict[str, Any]) -> Step:
    removed = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
    rows = round((node["Actual Rows"] + removed) * node["Actual Loops"])
    return Step(node["Relation Name"], node["Node Type"] == "Seq Scan", str(node.get("Index Name", "")), rows)


def _fetch(cursor: Any, statement: str, parameters: Any) -> list[Any]:
    cursor.execute(statement, parameters)
    return list(cursor.fetchall())


def is_narrow(step: Step) -> bool:
    """Whether SQLite enters an index by more than the pool alone, so that it does not read everything of the pool."""
    return not step.is_scan and len(_COMPARED.findall(step.how)) > 1
