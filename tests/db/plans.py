"""Watches the statements that reach the database and how it runs them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

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
    """Explains every statement just before it runs, on its own connection and with its own parameters."""
    watch = Watch()

    def look(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, executemany: bool) -> None:
        if _EXPLAINED.match(statement) and not executemany:
            explain = _explain_sqlite if connection.dialect.name == "sqlite" else _explain_postgresql
            watch.plans.append(explain(connection, statement, parameters))

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield watch
    finally:
        event.remove(Engine, "before_cursor_execute", look)


def _explain_sqlite(connection: Any, statement: str, parameters: Any) -> Plan:
    rows = _fetch(connection, f"EXPLAIN QUERY PLAN {statement}", parameters)
    details = [str(row[3]) for row in rows]
    # An alias stands where the table's name would; ours are made by SQLAlchemy as <table>_1.
    found = [match for match in map(_PLACE.match, details) if match]
    steps = [
        Step(re.sub(r"_\d+$", "", match[2]), match[1] == "SCAN", match[3] or "", None)
        for match in found
        if match[2] != "CONSTANT"
    ]
    return Plan(statement, tuple(steps), any("TEMP B-TREE" in detail for detail in details))


def _explain_postgresql(connection: Any, statement: str, parameters: Any) -> Plan:
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
    if statement.lstrip().startswith("SELECT"):
        rows = _fetch(connection, explain, parameters)
    else:
        # ANALYZE runs the statement: what it did is taken back, so that the statement itself finds what it expects.
        _fetch(connection, "SAVEPOINT explained", ())
        rows = _fetch(connection, explain, parameters)
        _fetch(connection, "ROLLBACK TO SAVEPOINT explained", ())
    told = rows[0][0]
    nodes = list(_nodes((json.loads(told) if isinstance(told, str) else told)[0]["Plan"]))
    steps = [_step(node) for node in nodes if "Relation Name" in node and "Scan" in node["Node Type"]]
    return Plan(statement, tuple(steps), any(node["Node Type"] == "Sort" for node in nodes))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _step(node: dict[str, Any]) -> Step:
    removed = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
    rows = round((node["Actual Rows"] + removed) * node["Actual Loops"])
    return Step(node["Relation Name"], node["Node Type"] == "Seq Scan", str(node.get("Index Name", "")), rows)


def _fetch(connection: Any, statement: str, parameters: Any) -> list[Any]:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []
    finally:
        cursor.close()


def is_narrow(step: Step) -> bool:
    """Whether SQLite enters an index by more than the pool alone, so that it does not read everything of the pool."""
    return not step.is_scan and len(_COMPARED.findall(step.how)) > 1
