"""What design and tables agreed on: a pool's rows can be moved, backed up and erased alone, and text compares byte by byte."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Index, Table, UniqueConstraint

from app.db import tables
from app.db.types import Base
from app.jobs.purge_pools import TABLES as PURGED

_APP = Path(__file__).resolve().parents[2] / "app"
# Unique over the whole server, each with the reason.
_GLOBAL = {
    "client_directory": "client id -> pool",
    "host_directory": "host -> pool",
    "access_keys": "access key -> principal",
    "functions": "function of an account -> how it is run",
    "sender_keys": "key of an account -> what opens the codes in its senders' events",
    "provisioned_limits": "account and Region -> what a category of operations may have",
    "rate_windows": "budget of an account or pool -> its counter",
    "configuration_version": "one row that every node polls",
    "key_stock": "key pairs that belong to no pool yet",
}
# What stays of a deleted pool: its id, so that it is never given again.
_TOMBSTONE = {"pools"}
_SQL_TEXT = re.compile(r"\b(LIKE|ILIKE|SIMILAR TO|LOWER|UPPER)\b", re.IGNORECASE)
_SQL_METHODS = {
    "like",
    "ilike",
    "notlike",
    "notilike",
    "not_like",
    "not_ilike",
    "icontains",
    "istartswith",
    "iendswith",
}


def _tables() -> Iterator[Table]:
    for module in pkgutil.iter_modules(tables.__path__):
        importlib.import_module(f"{tables.__name__}.{module.name}")
    yield from Base.metadata.tables.values()


def test_the_pool_comes_first_in_every_key() -> None:
    first = {table.name: next(iter(table.primary_key.columns)).name for table in _tables()}
    assert {name for name, column in first.items() if column != "pool_id"} == _GLOBAL.keys()


def test_the_pool_comes_first_in_every_unique_index() -> None:
    wrong = [
        f"{table.name}.{unique.name}"
        for table in _tables()
        if table.name not in _GLOBAL
        for unique in (*table.indexes, *table.constraints)
        if (isinstance(unique, UniqueConstraint) or (isinstance(unique, Index) and unique.unique))
        and next(iter(unique.columns)).name != "pool_id"
    ]
    assert wrong == []


def test_every_reference_stays_within_its_pool() -> None:
    wrong = [
        f"{table.name} -> {key.referred_table.name}"
        for table in _tables()
        for key in table.foreign_key_constraints
        if key.column_keys[0] != "pool_id" or key.elements[0].column.name != "pool_id"
    ]
    assert wrong == []


def test_a_purge_knows_every_table_of_a_pool() -> None:
    of_pool = {table.name for table in _tables() if "pool_id" in table.columns}
    assert of_pool - _TOMBSTONE == {table.__tablename__ for table in PURGED}


def test_times_are_whole_milliseconds() -> None:
    moments = [
        (f"{table.name}.{column.name}", str(column.type))
        for table in _tables()
        for column in table.columns
        if column.name.endswith("_at") or column.name in {"at", "locked_until"}
    ]
    assert moments
    assert {kind for _, kind in moments} == {"BIGINT"}


def test_text_is_folded_in_python_and_searched_by_range() -> None:
    """No LIKE and no lower() of SQL: they depend on the database's locale and use no index."""
    found = []
    for source in _APP.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            is_method = isinstance(called, ast.Attribute) and called.attr in _SQL_METHODS
            is_function = isinstance(called, ast.Attribute) and ast.unparse(called) in {"func.lower", "func.upper"}
            is_text = isinstance(called, ast.Name) and called.id == "text" and _SQL_TEXT.search(ast.unparse(node))
            if is_method or is_function or is_text:
                found.append(f"{source.relative_to(_APP)}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize("name", sorted(_GLOBAL))
def test_the_exceptions_exist(name: str) -> None:
    assert name in {table.name for table in _tables()}
