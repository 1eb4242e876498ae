"""Folders of numbers: one for each server, gone with it, and gone at the next start when it was killed."""

import os
import time
from pathlib import Path

import pytest

from app.commands.metrics_folder import metrics_folder
from tests.run.processes import served


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


def _age(path: Path) -> None:
    os.utime(path, (time.time() - 120, time.time() - 120))


def test_it_is_there_as_long_as_its_server(temporary: Path) -> None:
    with metrics_folder() as folder:
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(temporary.iterdir()) == []


def test_what_was_left_behind_goes_and_what_is_in_use_stays(temporary: Path) -> None:
    old, young, other = (temporary / f"poolhouse-metrics-{name}" for name in ("old", "young", "other"))
    for folder in (old, young):
        folder.mkdir()
        (folder / "counter_1.db").touch()
    (temporary / "elsewhere").mkdir()
    other.symlink_to(temporary / "elsewhere")
    _age(old)
    with metrics_folder() as used:
        _age(used)
        with metrics_folder():
            assert used.exists(), "another server lives"
        assert not old.exists()
        assert young.exists(), "its server may be about to lock it"
        assert (temporary / "elsewhere").exists()


@pytest.mark.slow
def test_a_server_that_is_killed_leaves_nothing_for_good(
    temporary: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    with served(tmp_path, settings) as server:
        (left,) = temporary.glob("poolhouse-metrics-*")
        server.kill()
    _age(left)
    with served(tmp_path, settings) as server:
        (new,) = temporary.glob("poolhouse-metrics-*")
        assert new != left
        assert list(new.glob("*.db"))
        assert server.stop() == 0
    assert list(temporary.glob("poolhouse-metrics-*")) == []
