"""Statements of the hot paths: written in SQLAlchemy Core, compiled once, sent at what the driver costs.

Measured on one read by key over asyncpg: `Connection.execute` costs the process 150 us, the driver's own cursor 45. So on the
event loop a `Prepared` is compiled once and goes straight to asyncpg (within a transaction to SQLAlchemy's cursor, which begins
it), with the bind and result types of its columns; errors become SQLAlchemy's all the same. Statements whose outcome is wanted at the end of the segment at the earliest are put
off (`later`, `rows_later`) and sent together, as one. Over psycopg and SQLite everything is executed at once, by SQLAlchemy.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, NoReturn

from sqlalchemy import JSON, Boolean, Connection, Dialect, Insert, Integer, Select, String
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.util.concurrency import await_only

Values = Mapping[str, Any]
Statement = Select[*tuple[Any, ...]] | UpdateBase
# Hears how many rows a statement changed, and raises if there were none; any other number must do.
Check = Callable[[int], None]
_DIVISION_BY_ZERO = "22012"
_PENDING = "pending statements"
_BEGUN = "a statement of the segment was sent"
_STATEMENTS = "prepared statements"
_PARAMETER = re.compile(r"\$(\d+)")
_JSON_TYPES = (Boolean, Integer, JSON, String)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a statement is for the driver: of each parameter its name and the value if none is given; bind processors by place."""

    sql: str
    names: tuple[str, ...]
    defaults: tuple[Any, ...]
    processors: tuple[tuple[int, Callable[[Any], Any]], ...]
    make_row: Callable[[Sequence[Any]], Any]

    def arguments(self, values: Values) -> list[Any]:
        arguments = [*map(values.get, self.names, self.defaults)]
        for place, process in self.processors:
            arguments[place] = process(arguments[place])
        return arguments


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
            pending.append(_Pending(self, values, check))

    def rows_later(self, db: Connection, values: Values) -> "Found":
        """Reads within the open write segment as `later` writes. Not after writes that it would see: drivers differ there.

        Raises TypeError for columns of a type that JSON has not.
        """
        if not self._is_json:
            raise TypeError("a column is not of a type of JSON")
        found = Found()
        pending = db.info.get(_PENDING)
        if pending is None or not _is_direct(db):
            found.rows = self.rows(db, values)
        else:
            pending.append(_Pending(self, values, found=found))
        return found

    @cached_property
    def _is_json(self) -> bool:
        """Whether no column would come back from JSON as another type."""
        return all(isinstance(column.type, _JSON_TYPES) for column in self._statement.exported_columns)

    def plan(self, dialect: Dialect) -> _Plan:
        """What the driver gets. Compiled once: all connections that are used directly share one dialect's settings."""
        if self._plan is None:
            self._plan = _compile(self._statement, self._columns, dialect)
        return self._plan


class Found:
    """What a read gives that was put off: to be looked at when the segment has ended."""

    rows: Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Pending:
    """A statement that was put off: a write, and who hears how many rows it changed, or a read."""

    statement: Prepared
    values: Values
    check: Check | None = None
    found: Found | None = None

    def send(self, db: Connection) -> None:
        """Executes it by itself."""
        if self.found:
            self.found.rows = self.statement.rows(db, self.values)
            return
        changed = self.statement.run(db, self.values)
        if self.check:
            self.check(changed)

    def take(self, db: Connection, outcome: Any) -> None:
        """What it has given as one of several: the number of rows changed, or a list of rows by column name, None if empty."""
        if self.found:
            make_row = self.statement.plan(db.dialect).make_row
            self.found.rows = [make_row(row.values()) for row in outcome or ()]
        elif self.check:
            self.check(outcome)


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
    info = db.info
    pending: list[_Pending] = info.get(_PENDING) or []
    if not pending or info[_BEGUN]:
        send_pending(db)
        return
    driver: Any = db.connection.dbapi_connection
    driver.autocommit = True
    try:
        send_pending(db, commits=True)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _DIVISION_BY_ZERO:
            raise
        for put_off in pending:
            if put_off.check:
                put_off.check(0)
        raise
    finally:
        driver.autocommit = False


def send_pending(db: Connection, *, commits: bool = False) -> None:
    """Sends what was put off, before another statement; raises what the checks raise.

    Where the statement `commits` by itself, it fails as a whole if one of its writes that has a check changes no row.
    """
    info = db.info
    info[_BEGUN] = True
    pending: list[_Pending] = info.get(_PENDING) or []
    if not pending:
        return
    info[_PENDING] = []
    if len(pending) == 1:
        pending[0].send(db)
        return
    dialect = db.dialect
    arguments: list[Any] = []
    for put_off in pending:
        arguments += put_off.statement.plan(dialect).arguments(put_off.values)
    parts = tuple(_Part(each.statement, each.found is not None, commits and each.check is not None) for each in pending)
    outcomes = list(_send(db, _together(dialect, parts), arguments)[0][0])
    for put_off, outcome in zip(pending, outcomes, strict=True):
        put_off.take(db, outcome)


class _Part(NamedTuple):
    """A statement as one of several: whether it reads, and whether it must change a row."""

    statement: Prepared
    is_read: bool
    must_change: bool

    def outcome(self, name: str) -> str:
        """The expression that tells what the part of this name has given."""
        if self.is_read:
            return f"(SELECT json_agg(row_to_json({name})) FROM {name})"  # noqa: S608 - a name of ours
        return f"(SELECT count(*) / {'least(1, count(*))' if self.must_change else 1} FROM {name})"  # noqa: S608


_COMBINED: dict[tuple[_Part, ...], str] = {}


def _together(dialect: Dialect, parts: tuple[_Part, ...]) -> str:
    """One statement that executes several in order and tells what each gave.

    Those that must change a row do, or all is taken back by an error: a division by zero. Foreign keys are checked at its end
    (PostgreSQL: "Data-Modifying Statements in WITH"), so a row may come with its parent.
    """
    sql = _COMBINED.get(parts)
    if sql is None:
        expressions, offset = [], 0
        for number, part in enumerate(parts):
            plan = part.statement.plan(dialect)
            returning = "" if part.is_read else " RETURNING 1"
            expressions.append(f"s{number} AS ({_shifted(plan.sql, offset)}{returning})")
            offset += len(plan.names)
        outcomes = ", ".join(part.outcome(f"s{number}") for number, part in enumerate(parts))
        sql = _COMBINED[parts] = "WITH " + ", ".join(expressions) + " SELECT " + outcomes
    return sql


def _shifted(sql: str, offset: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + offset}", sql)


def _is_direct(db: Connection) -> bool:
    return db.dialect.driver == "asyncpg"


def _send(db: Connection, sql: str, arguments: Sequence[Any]) -> tuple[list[Any], int]:
    """Rows and number of rows, straight from the driver."""
    send_pending(db)
    adapted: Any = db.connection.dbapi_connection
    try:
        if adapted.autocommit:
            return _fetch(db, adapted, sql, arguments)
        # SQLAlchemy's cursor begins the transaction, if it has not begun yet.
        cursor = adapted.cursor()
        cursor.execute(sql, arguments)
        return list(cursor.fetchall()), cursor.rowcount
    except BaseException as error:  # noqa: BLE001 - raised again
        _fail(db, sql, error)


def _fetch(db: Connection, adapted: Any, sql: str, arguments: Sequence[Any]) -> tuple[list[Any], int]:
    """By asyncpg's own prepared statement, of which each connection keeps one; raises what SQLAlchemy's cursor raises."""
    statements: dict[str, Any] = db.info.setdefault(_STATEMENTS, {})
    try:
        statement = statements.get(sql)
        if statement is None:
            statement = statements[sql] = await_only(adapted.driver_connection.prepare(sql))
        rows = await_only(statement.fetch(*arguments))
    except Exception as error:
        # Its plan may be of a schema that is no more.
        statements.pop(sql, None)
        adapted._handle_exception(error)
        raise
    return rows, int(statement.get_statusmsg().rpartition(" ")[2])


def _fail(db: Connection, sql: str, error: BaseException) -> NoReturn:
    """As SQLAlchemy does: a connection that is broken, or whose statement was abandoned, is not used again."""
    dialect = db.dialect
    module = dialect.loaded_dbapi
    if not isinstance(error, module.Error):
        if not isinstance(error, Exception):
            db.invalidate(error)
        raise error
    is_broken = dialect.is_disconnect(error, db.connection.dbapi_connection, None)
    # A plan of a schema that is no more: SQLAlchemy keeps it with the connection.
    is_broken = is_broken or isinstance(error, module.InvalidCachedStatementError)
    if is_broken:
        db.invalidate(error)
    raise DBAPIError.instance(
        sql, None, error, module.Error, hide_parameters=True, connection_invalidated=is_broken, dialect=dialect
    ) from error


def _compile(statement: Statement, columns: Sequence[str] | None, dialect: Dialect) -> _Plan:
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("not a statement with parameters")
    binds = [compiled.binds[name] for name in compiled.positiontup or ()]
    processors = [bind.type.dialect_impl(dialect).bind_processor(dialect) for bind in binds]
    return _Plan(
        sql=compiled.string,
        names=tuple(bind.key for bind in binds),
        defaults=tuple(bind.value for bind in binds),
        processors=tuple((place, process) for place, process in enumerate(processors) if process),
        make_row=_row_maker(statement, dialect),
    )


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
