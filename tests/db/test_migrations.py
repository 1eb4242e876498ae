"""The revisions make exactly the tables of app.db, on both engines, and carry rows of the revision before over."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.db import migrations, revisions
from app.db.engine import Database
from app.db.types import Base
from tests.postgres import Cluster, running_cluster

ROWS = Path(__file__).parent / "rows"
REVISIONS = [
    revision.revision
    for revision in reversed(list(ScriptDirectory.from_config(migrations.configuration()).walk_revisions()))
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each engine, whichever the other tests run on."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.drop_database("migrated")
        opened = Database(cluster.create_database("migrated"), pool_size=2)
    yield opened
    opened.close()


def test_the_revisions_make_the_tables_of_the_models(database: Database) -> None:
    migrations.upgrade(database)
    with database.engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert revisions.current(db) == revisions.head() == REVISIONS[-1]


def test_the_newest_revision_is_told_without_alembic() -> None:
    assert revisions.head() == ScriptDirectory.from_config(migrations.configuration()).get_current_head()


def test_keys_compare_byte_by_byte(database: Database) -> None:
    migrations.upgrade(database)
    if database.is_sqlite:
        pytest.skip("SQLite compares text byte by byte")
    query = text(
        "SELECT table_name || '.' || column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
    )
    with database.read() as db:
        assert list(db.execute(query).scalars()) == []


def test_foreign_keys_hold_after_a_migration(database: Database) -> None:
    migrations.upgrade(database)
    orphan = text("INSERT INTO password_history (pool_id, sub, created_at, hash) VALUES ('p', 's', 0, 'h')")
    with pytest.raises(IntegrityError), database.write() as db:
        db.execute(orphan)


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    migrations.upgrade(database)
    migrations.upgrade(database)
    with database.read() as db:
        assert revisions.current(db) == revisions.head()


def test_downgrading_leaves_nothing_behind(database: Database) -> None:
    """Not for production, where columns are dropped a release later; it proves that revisions know what they made."""
    migrations.upgrade(database)
    config = migrations.configuration()
    with migrations._migrating(database) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with database.engine.connect() as db:
        assert set(inspect(db).get_table_names()) == {"alembic_version"}


# ---- rows of the revision before


def carry_over(database: Database, folder: Path | None, before: str, after: str, rows: dict[str, Any]) -> None:
    """Upgrades a database that holds `rows` (table -> list of rows) from one revision to the next.

    Every row must still be there with every value that it had, in the columns that there still are.
    """
    migrations.upgrade(database, before, folder)
    with database.write() as db:
        for table, items in rows.items():
            for item in items:
                _insert(db, table, item)
    migrations.upgrade(database, after, folder)
    with database.read() as db:
        for table, items in rows.items():
            found = [dict(row._mapping) for row in db.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608 - our tables
            for item in items:
                assert any(all(_same(row.get(name, value), value) for name, value in item.items()) for row in found), (
                    item
                )
            assert len(found) >= len(items)


def _insert(db: Connection, table: str, item: dict[str, Any]) -> None:
    names = ", ".join(item)
    values = ", ".join(f":{name}" for name in item)
    bound = {name: _bound(value) for name, value in item.items()}
    db.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), bound)  # noqa: S608 - our tables


def _bound(value: Any) -> Any:
    """Documents as JSON, `hex:` texts as bytes."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return bytes.fromhex(value[4:]) if isinstance(value, str) and value.startswith("hex:") else value


def _same(found: Any, value: Any) -> bool:
    if isinstance(value, dict | list) and isinstance(found, str):
        found = json.loads(found)
    return bool(found == (value if isinstance(value, dict | list) else _bound(value)))


@pytest.mark.parametrize(("before", "after"), list(pairwise(REVISIONS)))
def test_rows_of_the_revision_before(database: Database, before: str, after: str) -> None:
    """Each revision comes with `rows/<revision before>.json`: {table: [row, ...]} as that revision had them."""
    rows = json.loads((ROWS / f"{before}.json").read_text(encoding="utf-8"))
    carry_over(database, None, before, after, rows)


FIRST = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0001", None, None, None
def upgrade():
    op.create_table("parents", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text))
    op.create_table("children", sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("parent", sa.BigInteger, sa.ForeignKey("parents.id", ondelete="CASCADE")))
"""
SECOND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None
def upgrade():
    with op.batch_alter_table("parents", recreate="always" if op.get_bind().dialect.name == "sqlite" else "auto") as batch:
        batch.add_column(sa.Column("colour", sa.Text, nullable=False, server_default="blue"))
    BODY
"""
PEOPLE = {"parents": [{"id": 1, "name": "p"}], "children": [{"id": 1, "parent": 1}, {"id": 2, "parent": 1}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two revisions of another schema, the second of which rebuilds a table that others refer to."""
    made = tmp_path / "migrations"
    (made / "versions").mkdir(parents=True)
    (made / "env.py").write_text(
        "from alembic import context\n"
        "context.configure(connection=context.config.attributes['connection'], target_metadata=None)\n"
        "with context.begin_transaction():\n    context.run_migrations()\n",
        encoding="ascii",
    )
    (made / "versions" / "0001_first.py").write_text(FIRST, encoding="ascii")
    (made / "versions" / "0002_second.py").write_text(SECOND.replace("BODY", ""), encoding="ascii")
    return made


def test_a_rebuilt_table_keeps_what_refers_to_it(database: Database, folder: Path) -> None:
    carry_over(database, folder, "0001", "0002", PEOPLE)
    with database.read() as db:
        assert db.execute(text("SELECT colour FROM parents")).scalar_one() == "blue"


def test_a_revision_that_fails_changes_nothing(database: Database, folder: Path) -> None:
    broken = SECOND.replace("BODY", 'op.execute("INSERT INTO nowhere VALUES (1)")')
    (folder / "versions" / "0002_second.py").write_text(broken, encoding="ascii")
    migrations.upgrade(database, "0001", folder)
    with pytest.raises(Exception, match="nowhere"):
        migrations.upgrade(database, "0002", folder)
    with database.engine.connect() as db:
        assert revisions.current(db) == "0001"
        assert [column["name"] for column in inspect(db).get_columns("parents")] == ["id", "name"]


def test_a_migration_does_not_wait_long_for_a_lock(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one process")
    migrations.upgrade(database, "0001", folder)
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT_MS", 200)
    with database.engine.connect() as reader:
        reader.execute(text("SELECT * FROM parents"))
        with pytest.raises(OperationalError, match="lock timeout"):
            migrations.upgrade(database, "0002", folder)
