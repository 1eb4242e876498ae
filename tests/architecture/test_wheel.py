"""The wheel, as people install it: code, console script, templates, locales and migrations are in it and found."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as a release does, with the locked build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=_ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into a folder that goes before the checkout on the path."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([*command, str(wheel)], check=True, capture_output=True)
    return folder


def _run(installed: Path, folder: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"app", "poolhouse"}
    assert not [name for name in names if "__pycache__" in name]


@pytest.mark.parametrize(("name", "pattern"), [("templates", "*.html"), ("locales", "*.po"), ("migrations", "*.py")])
def test_resources_are_found_in_an_installation(installed: Path, tmp_path: Path, name: str, pattern: str) -> None:
    script = f"from app.kit.resources import resource_dir; print(resource_dir({name!r}))"
    found = Path(_run(installed, tmp_path, sys.executable, "-c", script).strip())

    assert found == installed / "app" / name
    in_checkout = sorted(file.relative_to(_ROOT / name) for file in (_ROOT / name).rglob(pattern))
    assert sorted(file.relative_to(found) for file in found.rglob(pattern)) == in_checkout != []


def test_the_console_script_runs(installed: Path, tmp_path: Path) -> None:
    output = _run(installed, tmp_path, str(installed / "bin" / "poolhouse"), "--help")

    for command in ("dev", "serve", "migrate", "jobs", "keys", "doctor"):
        assert command in output


def test_the_checkout_finds_its_own_resources() -> None:
    script = "from app.kit.resources import resource_dir; print(resource_dir('templates'))"
    done = subprocess.run([sys.executable, "-c", script], cwd=_ROOT, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == _ROOT / "templates"
