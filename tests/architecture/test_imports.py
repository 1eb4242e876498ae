"""The import contracts of pyproject.toml: imports only go down, and a circle is impossible."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]


def _lint(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter as a newcomer would, on the `app` and the contracts of `root`."""
    program = shutil.which("lint-imports", path=sysconfig.get_path("scripts"))
    assert program is not None
    command = [sys.executable, "-P", program, "--no-cache", "--no-logo", *options]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_import_contracts_are_kept() -> None:
    result = _lint(_ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_package_says_what_it_is_and_what_it_may_import() -> None:
    silent = []
    for folder in {source.parent for source in (_ROOT / "app").rglob("*.py")}:
        init = folder / "__init__.py"
        if not init.is_file() or "import" not in init.read_text(encoding="utf-8").lower():
            silent.append(str(folder.relative_to(_ROOT)))
    assert sorted(silent) == []


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of app without their modules, and the modules that contracts name: all contracts are kept."""
    root = tmp_path_factory.mktemp("skeleton")
    shutil.copy(_ROOT / "pyproject.toml", root)
    for init in (_ROOT / "app").rglob("__init__.py"):
        copy = root / init.relative_to(_ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(init, copy)
    modules = {
        "__main__": "import app.main",
        "main": "import app.web.aws, app.web.oauth",
        "core/pools": "import app.db",
        "core/users": "import app.kit",
        "gateways/outbound": "import httpx",
        "flows/sign_in": "import app.core.users, app.gateways.outbound",
        "gateways/idps/__init__": "",
        "gateways/idps/google": "import authlib",
        "web/oauth/grants/refresh_token": "import authlib.oauth2",
        "web/oauth/server": "import authlib, starlette, app.flows.sign_in",
    }
    for module, source in modules.items():
        _write(root / f"app/{module}.py", source)
    return root


def _write(module: Path, source: str) -> None:
    module.parent.mkdir(exist_ok=True)
    module.write_text(source + "\n", encoding="utf-8")


def test_the_skeleton_keeps_every_contract(skeleton: Path) -> None:
    result = _lint(skeleton)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("contract", "module", "source"),
    [
        pytest.param("layers", "flows/planted", "import app.web.bridge", id="a flow that knows a door"),
        pytest.param("layers", "core/planted", "import app.flows.sign_in", id="a noun that tells a story"),
        pytest.param("layers", "kit/planted", "import app.db", id="a tool that knows the database"),
        pytest.param("layers", "helpers/__init__", "", id="a folder that has no place"),
        pytest.param("doors", "web/pages/planted", "import app.web.oauth", id="a door that knows another"),
        pytest.param("doors", "web/ops/planted", "import app.web.aws", id="the operators' door that knows another"),
        pytest.param("doors", "web/dev/planted", "import app.web.ops", id="a door that knows the operators'"),
        pytest.param("nouns", "core/planted", "import app.core.users", id="a noun that knows another"),
        pytest.param("cycles", "core/users", "import app.flows.sign_in", id="a circle"),
        pytest.param("http", "flows/planted", "import starlette.requests", id="a flow that knows HTTP"),
        pytest.param("authlib", "flows/planted", "import authlib.jose", id="a flow that knows Authlib"),
        pytest.param("authlib", "gateways/planted", "import authlib", id="a gateway that knows Authlib"),
        pytest.param("outbound", "gateways/planted", "import httpx", id="a second HTTP client"),
        pytest.param("outbound", "main", "import requests", id="another HTTP client"),
        pytest.param("gateways", "gateways/planted", "import app.db", id="a gateway that knows the database"),
        pytest.param("gateways", "gateways/planted", "import sqlalchemy", id="a gateway that speaks SQL"),
    ],
)
def test_a_planted_violation_is_found(skeleton: Path, tmp_path: Path, contract: str, module: str, source: str) -> None:
    root = tmp_path / "planted"
    shutil.copytree(skeleton, root)
    (root / "app/web/bridge.py").touch()
    _write(root / f"app/{module}.py", source)

    result = _lint(root, "--contract", contract)

    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 broken" in result.stdout, result.stdout + result.stderr
