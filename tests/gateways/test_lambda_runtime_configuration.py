"""The configuration of a local function: what is filled in, and what is refused with a text for the operator."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.gateways.lambda_runtime import check_local
from app.gateways.lambda_runtime.configuration import parse_local
from tests.gateways.handlers.calling import HANDLERS


def test_a_file_needs_the_functions_name_only() -> None:
    assert check_local({"code": str(HANDLERS / "echo.py"), "handler": "handler"}) == {
        "code": str(HANDLERS / "echo.py"),
        "handler": "echo.handler",
        "runtime": "python",
        "environment": {},
        "memory_mb": 256,
        "concurrency": 2,
    }


@pytest.mark.parametrize(
    ("code", "handler", "full", "runtime"),
    [
        ("echo.py", "echo.handler", "echo.handler", "python"),
        ("orders", "index.handler", "index.handler", "python"),
        (".", "orders.index.handler", "orders.index.handler", "python"),
        (".", "orders/index.handler", "orders/index.handler", "python"),
        ("node/esm.mjs", "handler", "esm.handler", "node"),
        ("node/callbacks.cjs", "callbacks.handler", "callbacks.handler", "node"),
        ("node", "src/index.handler", "src/index.handler", "node"),
        ("node", "esm.nested.inner", "esm.nested.inner", "node"),
    ],
)
def test_the_runtime_is_read_off_the_module(code: str, handler: str, full: str, runtime: str) -> None:
    checked = check_local({"code": str(HANDLERS / code), "handler": handler})
    assert (checked["handler"], checked["runtime"]) == (full, runtime)


def test_what_was_checked_checks_the_same(tmp_path: Path) -> None:
    given = {
        "code": str(HANDLERS / "node"),
        "handler": "esm.handler",
        "runtime": "node",
        "environment": {"COLOUR": "grün", "AWS_ACCESS_KEY_ID": "AKIA"},
        "memory_mb": 512,
        "concurrency": 4,
        "node": "/usr/bin/env",
        "node_client": str(_client(tmp_path)),
    }
    assert check_local(given) == given
    assert check_local(check_local(given)) == given


_GOOD = {"code": str(HANDLERS / "echo.py"), "handler": "handler"}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"code": None}, "needs code: the absolute path"),
        ({"code": "echo.py"}, "code must be an absolute path"),
        ({"code": 3}, "code must be an absolute path"),
        ({"code": str(HANDLERS / "gone.py")}, "does not exist"),
        ({"code": str(HANDLERS / "orders/texts.json")}, "no Python or Node module"),
        ({"handler": None}, "handler must be a Lambda handler name"),
        ({"handler": "two words"}, "handler must be a Lambda handler name"),
        ({"handler": "../echo.handler"}, "handler must be a Lambda handler name"),
        ({"handler": "/etc/echo.handler"}, "handler must be a Lambda handler name"),
        ({"handler": "other.handler"}, "no Python or Node module for the handler other.handler"),
        ({"handler": "--version"}, "handler must be a Lambda handler name"),
        ({"runtime": "node"}, "no node module"),
        ({"runtime": "ruby"}, "runtime must be python or node"),
        ({"environment": ["A=1"]}, "must be a map"),
        ({"environment": {"1A": "x"}}, "1A is no name"),
        ({"environment": {"AWS_LAMBDA_RUNTIME_API": "x"}}, "AWS_LAMBDA_RUNTIME_API is no name"),
        ({"environment": {"_HANDLER": "x"}}, "_HANDLER is no name"),
        ({"environment": {"A": 1}}, "the value of A must be a text"),
        ({"environment": {"A": "\0"}}, "the value of A must be a text"),
        ({"environment": {"A": "x" * 4095}}, "no more than 4096 bytes"),
        ({"memory_mb": 64}, "memory_mb must be a whole number from 128 to 10240"),
        ({"memory_mb": True}, "memory_mb must be"),
        ({"concurrency": 0}, "concurrency must be a whole number from 1 to 100"),
        ({"python": "python3"}, "python must be an absolute path"),
        ({"node_client": str(HANDLERS)}, "is no installed aws-lambda-ric"),
        ({"timeout": 3, "memory": 1}, "knows no memory, timeout"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        check_local({**_GOOD, **given})


def test_no_text_of_a_refusal_has_a_value_of_the_environment() -> None:
    with pytest.raises(ValueError) as raised:
        check_local({**_GOOD, "environment": {"TOKEN": "the-secret\0"}})
    assert "the-secret" not in str(raised.value)


def test_a_folder_with_both_needs_a_runtime(tmp_path: Path) -> None:
    for name in ("index.py", "index.mjs"):
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match="say which by runtime"):
        check_local({"code": str(tmp_path), "handler": "index.handler"})
    assert check_local({"code": str(tmp_path), "handler": "index.handler", "runtime": "node"})["runtime"] == "node"


def test_awss_client_is_found_beside_the_handler_or_where_configured(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "function", tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "index.mjs").touch()
    spec = {"code": str(folder), "handler": "index.handler"}
    assert parse_local(spec).client().name == "bootstrap.mjs"
    configured = _client(elsewhere)
    assert parse_local({**spec, "node_client": str(configured)}).client() == configured / "bin" / "index.mjs"
    beside = _client(folder)
    local = parse_local(spec)
    assert local.client() == beside / "bin" / "index.mjs"
    assert beside.parent in local.reads(), "with what it depends on"


def _client(folder: Path) -> Path:
    package = folder / "node_modules" / "aws-lambda-ric"
    (package / "bin").mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"bin": {"aws-lambda-ric": "bin/index.mjs"}}), encoding="utf-8")
    (package / "bin" / "index.mjs").touch()
    return package
