"""Locks name exact versions with hashes and no address: whoever installs chooses the registry."""

import json
import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PYTHON = sorted((_ROOT / "requirements").glob("*.txt"))
_NPM = [path for path in _ROOT.rglob("package-lock.json") if "node_modules" not in path.parts]
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==[^\s;]+( ; .+)?")


def test_there_are_locks() -> None:
    assert {path.stem for path in _PYTHON} == {"awscli", "build", "dev", "run"}
    assert _NPM


@pytest.mark.parametrize("lock", [*_PYTHON, *_NPM], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_lock_names_an_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    comments = re.compile(r"^\s*#.*$", re.MULTILINE)
    assert "resolved" not in text
    if lock.suffix == ".txt":
        assert not re.search(
            r"://| @ |--(extra-)?index-url|--find-links|--trusted-host|^-[a-z]", comments.sub("", text), re.M
        )


@pytest.mark.parametrize("lock", _PYTHON, ids=lambda path: path.name)
def test_every_package_has_one_version_and_hashes(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.M).strip())
    for entry in entries:
        requirement, *hashes = (part.strip() for part in entry.split("\\\n"))
        assert _REQUIREMENT.fullmatch(requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", found) for found in hashes), requirement


@pytest.mark.parametrize("lock", _NPM, ids=lambda path: path.parent.name)
def test_every_npm_package_has_one_version_and_a_hash(lock: Path) -> None:
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    for name, package in packages.items():
        if name:
            assert package["version"]
            assert package["integrity"].startswith("sha512-"), name
