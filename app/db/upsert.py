"""INSERT ... ON CONFLICT, which PostgreSQL and SQLite spell alike and SQLAlchemy keeps in two dialects."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

Upsert = postgresql.Insert | sqlite.Insert


def upsert(dialect: str, table: type[Any]) -> Upsert:
    """An insert for the dialect (`connection.dialect.name`) that takes `on_conflict_do_update` and `..._do_nothing`."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
