"""Readiness: what has to hold, and that asking often costs nothing."""

import asyncio
from pathlib import Path

import pytest

from app.db import migrations
from app.db.engine import Database
from app.flows import snapshots
from app.kit.sealing import new_master_key
from app.kit.settings import Settings
from app.main import close_resources, open_resources
from app.web.ops.listener import readiness_details
from app.web.ops.readiness import Readiness, schema_is_current


def _settings(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "mode": "dev",
            "base_url": "http://localhost:9229",
            "database_url": f"sqlite:///{folder / 'poolhouse.sqlite3'}",
            "master_key": new_master_key(),
            "password_hash": "test-only",
        }
    )


def _migrate(settings: Settings) -> None:
    database = Database(settings.database_url)
    migrations.upgrade(database)
    database.close()


def test_ready_and_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(tmp_path)
    _migrate(settings)
    resources = open_resources(settings)
    try:
        readiness = Readiness(resources.database, resources.snapshots)
        assert asyncio.run(readiness.check()).is_ready
        monkeypatch.setattr(snapshots, "STALE_SECONDS", -1.0)
        condition = asyncio.run(readiness.check())
        assert (condition.database, condition.schema, condition.configuration) == (True, True, False)
    finally:
        close_resources(resources)


def test_an_older_schema_is_not_ready(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    database = Database(settings.database_url)
    assert schema_is_current(database) is False
    details = readiness_details(database, "1.2.3")
    assert details["ready"] is False
    assert details["database"] is True
    assert "outbox" not in details
    database.close()


def test_a_database_that_is_away() -> None:
    database = Database("postgresql://nobody:secret@127.0.0.1:1/nothing", pool_size=1)
    assert schema_is_current(database) is None
    details = readiness_details(database, "1.2.3")
    assert (details["ready"], details["database"]) == (False, False)
    assert "secret" not in str(details)


def test_answers_are_kept_for_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(tmp_path)
    _migrate(settings)
    resources = open_resources(settings)
    asked: list[Database] = []

    def ask(database: Database) -> bool:
        asked.append(database)
        return True

    monkeypatch.setattr("app.web.ops.readiness.schema_is_current", ask)
    readiness = Readiness(resources.database, resources.snapshots)

    async def crowd() -> None:
        await asyncio.gather(*(readiness.check() for _ in range(100)))

    asyncio.run(crowd())
    close_resources(resources)
    assert len(asked) == 1
