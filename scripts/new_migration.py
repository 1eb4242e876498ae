"""Writes migrations/versions/NNNN_<name>.py: what the tables of app.db have that the newest revision has not.

    .venv/bin/python scripts/new_migration.py "what it changes"

It compares with a throw-away SQLite database that is migrated to the newest revision first.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from app.db import migrations, revisions
from app.db.engine import Database


def main(message: str) -> None:
    """Makes the next revision and puts it into the house style."""
    number = f"{int(revisions.head() or '0') + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'compare.sqlite3'}")
        if revisions.head():
            migrations.upgrade(database)
        config = migrations.configuration()
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            made = command.revision(config, message, autogenerate=True, rev_id=number)
        database.close()
    path = Path(str(getattr(made, "path", "")))
    lines = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if "# ### " not in line]
    path.write_text("".join(lines), encoding="utf-8")
    for options in (["check", "--fix-only", "--exit-zero", "--quiet"], ["format", "--quiet"]):
        subprocess.run([Path(sys.executable).parent / "ruff", *options, path], check=True)
    print(path)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or sys.exit("usage: new_migration.py <what it changes>"))
