"""Which revision of the schema this code knows and a database is at: all that a serving process asks.

Alembic, which applies revisions (db.migrations), would cost each of them ten megabytes.
"""

from functools import cache

from sqlalchemy import Connection, inspect, text

from app.kit.resources import resource_dir


@cache
def head() -> str | None:
    """The newest revision that this code knows, None before there is any. Files are named by their revisions, in order."""
    names = (path.name for path in (resource_dir("migrations") / "versions").glob("[0-9]*.py"))
    return max((name.partition("_")[0] for name in names), default=None)


def current(db: Connection) -> str | None:
    """The revision that the database is at, None if it was never migrated."""
    if not inspect(db).has_table("alembic_version"):
        return None
    return db.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
