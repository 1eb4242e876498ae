"""The schema's revisions, applied through Alembic without an ini file.

All revisions of one upgrade run in one transaction behind one lock, with limits on how long a statement may wait for
others: a migration that would stop a busy server fails instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from app.db.engine import Database
from app.db.postgresql import patient
from app.kit.resources import resource_dir

LOCK_TIMEOUT_MS = 5_000
STATEMENT_TIMEOUT_MS = 10 * 60_000
# Any number: it names the lock that keeps two `poolhouse migrate` apart.
_ADVISORY_LOCK = 7_065_482_731


def configuration(folder: Path | None = None) -> Config:
    """Alembic's configuration for the revisions in `folder` (default: those that ship)."""
    config = Config()
    config.set_main_option("script_location", str(folder or resource_dir("migrations")))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def upgrade(database: Database, revision: str = "head", folder: Path | None = None) -> None:
    """Applies every revision up to `revision`; changes nothing when one of them fails."""
    config = configuration(folder)
    with _migrating(database) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    if database.is_sqlite:
        with _sqlite_transaction(database) as connection:
            yield connection
        return
    with database.engine.begin() as connection, patient(connection, STATEMENT_TIMEOUT_MS // 1_000 + 10):
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        yield connection


@contextmanager
def _sqlite_transaction(database: Database) -> Iterator[Connection]:
    """Foreign keys are off meanwhile: Alembic rebuilds tables by copying, and dropping the old one would cascade."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"the migration would leave rows without their parents in {broken[0][0]}")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        else:
            connection.exec_driver_sql("COMMIT")
        finally:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
