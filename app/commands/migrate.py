"""`poolhouse migrate`: brings the schema of the configured database to the revision of this version."""

from pathlib import Path

from app.commands.opening import open_database, settings_for
from app.commands.refusal import Refusal
from app.commands.refusals import of_database
from app.db import migrations, revisions
from app.db.outages import DATABASE_ERRORS, cause


def migrate(data: Path | None) -> str:
    """Applies what is missing and says what was done; raises Refusal. Servers may go on running meanwhile."""
    settings = settings_for(data, of_database)
    database = open_database(settings)
    try:
        with database.read() as db:
            before = revisions.current(db)
        if before == revisions.head():
            return f"The database is at revision {before} already."
        migrations.upgrade(database)
    except DATABASE_ERRORS as error:
        raise Refusal(f"nothing was changed: {cause(error)}") from None
    finally:
        database.close()
    return f"The database went from revision {before or 'none'} to {revisions.head()}."
