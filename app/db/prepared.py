"""Statements of the hot paths: written in SQLAlchemy Core, compiled once, sent at what the driver costs.

Measured on one read by key over asyncpg: `Connection.execute` costs the process 150 us, the driver's own cursor 45. So on the
event loop a `Prepared` is compiled once and goes straight to the DB-API cursor, with the bind and result types of its columns;
errors become SQLAlchemy's all the same. Writes whose outcome is wanted at the end of the segment at the earliest are put off
(`later`) and sent together, as one statement. Over psycopg and SQLite everything is executed at once, by SQLAlchemy.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import Connection, Dialect, Insert, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

Values = Mapping[str, Any]
Statement = Select[*tuple[Any, ...]] | UpdateBase
# Hears how many rows a statement changed, and raises if there were none; any other number must do.
Check = Callable[[int], None]
_DIVISION_BY_ZERO = "22012"
_PENDING = "pending statements"
_BEGUN = "a statement of the segment was sent"
_PARAMETER = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a statement is for the driver. Of each parameter: its name, the value if none is given, its bind processor."""

    sql: str
    parameters: tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]
    make_row: Callable[[Sequence[Any]], Any]

    def arguments(self, values: Values) -> list[Any]:
        return [
            value if process is None else process(value)
            for name, default, process in self.parameters
            for value in (values.get(name, default),)
        ]


class Prepared:
    """A statement whose values are all bind parameters. With `takes_columns` an insert takes the table's columns by name."""

    def __init__(self, statement: Statement, *, takes_columns: bool = False) -> None:
        self._statement = statement
        self._columns = statement.table.columns.keys() if takes_columns and isinstance(statement, Insert) else None
        self._plan: _Plan | None = None

    def rows(self, db: Connection, values: Values) -> Sequence[Any]:
        """The rows, their columns as attributes."""
        if not _is_direct(db):
            return db.execute(self._statement, dict(values)).all()
        plan = self.plan(db.dialect)
        return [plan.make_row(row) for row in _send(db, plan.sql, plan.arguments(values))[0]]

    def row(self, db: Connection, values: Values) -> Any:
        """The only row, None if there is none."""
        found = self.rows(db, values)
        if len(found) > 1:
            raise LookupError("more rows than one")
        return found[0] if found else None

    def run(self, db: Connection, values: Values) -> int:
        """Executes a write without RETURNING; gives the number of rows it changed."""
        if not _is_direct(db):
            # Of an INSERT, SQLAlchemy keeps the number only when asked to.
            return db.execute(self._statement, dict(values), execution_options={"preserve_rowcount": True}).rowcount
        plan = self.plan(db.dialect)
        return _send(db, plan.sql, plan.arguments(values))[1]

    def later(self, db: Connection, values: Values, check: Check | None = None) -> None:
        """Executes a write without RETURNING in the open write segment, at its end at the latest, before any other statement.

        Must not depend on what another one put off in this segment writes: all of them see the rows from before.
        """
        pending = db.info.get(_PENDING)
        if pending is None or not _is_direct(db):
            changed = self.run(db, values)
            if check:
                check(changed)
        else:
            pending.append((self, values, check))

    def plan(self, dialect: Dialect) -> _Plan:
        """What the driver gets. Compiled once: all connections that are used directly share one dialect's settings."""
        if self._plan is None:
            self._plan = _compile(self._statement, self._columns, dialect)
        return self._plan


_Pending = tuple[Prepared, Values, Check | None]


def begin_pending(db: Connection) -> None:
    """To be called where a write segment begins: from now on writes may be put off."""
    db.info[_PENDING], db.info[_BEGUN] = [], False


def drop_pending(db: Connection) -> None:
    """To be called when a write segment ends in any way: a connection goes back without a memory of it."""
    if not db.invalidated:
        db.info.pop(_PENDING, None)


def finish_pending(db: Connection) -> None:
    """Sends what was put off, at the end of a segment; raises what the checks raise.

    Where that is all of the segment, the one statement commits by itself: the two round trips of a transaction are saved.
    """
    pending: list[_Pending] = db.info.get(_PENDING) or []
    if not pending or db.info[_BEGUN]:
        send_pending(db)
        return
    driver: Any = db.connection.dbapi_connection
    driver.autocommit = True
    try:
        send_pending(db, commits=True)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _DIVISION_BY_ZERO:
            raise
        for _, _, check in pending:
            if check:
                check(0)
        raise
    finally:
        driver.autocommit = False


def send_pending(db: Connection, *, commits: bool = False) -> None:
    """Sends what was put off, before another statement; raises what the checks raise.

    Where the statement `commits` by itself, it fails as a whole if one of its writes that has a check changes no row.
    """
    db.info[_BEGUN] = True
    pending: list[_Pending] = db.info.get(_PENDING) or []
    if not pending:
        return
    db.info[_PENDING] = []
    if len(pending) == 1:
        counts = [pending[0][0].run(db, pending[0][1])]
    else:
        arguments: list[Any] = []
        for statement, values, _ in pending:
            arguments += statement.plan(db.dialect).arguments(values)
        sql = _together(
            db.dialect, tuple((statement, commits and check is not None) for statement, _, check in pending)
        )
        counts = list(_send(db, sql, arguments)[0][0])
    for (_, _, check), count in zip(pending, counts, strict=True):
        if check:
            check(count)


_COMBINED: dict[tuple[tuple[Prepared, bool], ...], str] = {}


def _together(dialect: Dialect, statements: tuple[tuple[Prepared, bool], ...]) -> str:
    """One statement that executes several writes in order and tells how many rows each changed.

    Those marked must change one, or all is taken back by an error: a division by zero. Foreign keys are checked at its end
    (PostgreSQL: "Data-Modifying Statements in WITH"), so a row may come with its parent.
    """
    sql = _COMBINED.get(statements)
    if sql is None:
        parts, offset = [], 0
        for number, (statement, _) in enumerate(statements):
            plan = statement.plan(dialect)
            parts.append(f"s{number} AS ({_shifted(plan.sql, offset)} RETURNING 1)")
            offset += len(plan.parameters)
        counts = ", ".join(
            f"(SELECT count(*) / {'least(1, count(*))' if must_change else 1} FROM s{number})"  # noqa: S608
            for number, (_, must_change) in enumerate(statements)
        )
        sql = _COMBINED[statements] = "WITH " + ", ".join(parts) + " SELECT " + counts
    return sql


def _shifted(sql: str, offset: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + offset}", sql)


def _is_direct(db: Connection) -> bool:
    return db.dialect.driver == "asyncpg"


def _send(db: Connection, sql: str, arguments: Sequence[Any]) -> tuple[list[Any], int]:
    """Rows and number of rows, straight from the driver."""
    send_pending(db)
    cursor = db.connection.cursor()
    try:
        cursor.execute(sql, arguments)
        return list(cursor.fetchall()), cursor.rowcount
    except BaseException as error:  # noqa: BLE001 - raised again
        _fail(db, sql, error)


def _fail(db: Connection, sql: str, error: BaseException) -> NoReturn:
    """As SQLAlchemy does: a connection that is broken, or whose statement was abandoned, is not used again."""
    dialect = db.dialect
    module = dialect.loaded_dbapi
    if not isinstance(error, module.Error):
        if not isinstance(error, Exception):
            db.invalidate(error)
        raise error
    is_broken = dialect.is_disconnect(error, db.connection.dbapi_connection, None)
    if is_broken:
        db.invalidate(error)
    raise DBAPIError.instance(
        sql, None, error, module.Error, hide_parameters=True, connection_invalidated=is_broken, dialect=dialect
    ) from error


def _compile(statement: Statement, columns: Sequence[str] | None, dialect: Dialect) -> _Plan:
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("not a statement with parameters")
    parameters = []
    for name in compiled.positiontup or ():
        bind = compiled.binds[name]
        processor = bind.type.dialect_impl(dialect).bind_processor(dialect)
        parameters.append((bind.key, bind.value, processor))
    return _Plan(compiled.string, tuple(parameters), _row_maker(statement, dialect))


def _row_maker(statement: Statement, dialect: Dialect) -> Callable[[Sequence[Any]], Any]:
    """Makes named rows; columns whose type has to be converted in Python must not be selected here."""
    columns = statement.exported_columns
    for column in columns:
        if column.type.dialect_impl(dialect).result_processor(dialect, None) is not None:
            raise TypeError(f"{column} needs conversion")
    names = " ".join(str(name) for name in columns.keys())  # noqa: SIM118 - not a mapping
    row: Any = namedtuple("PreparedRow", names)  # type: ignore[misc]
    make: Callable[[Sequence[Any]], Any] = row._make
    return make
