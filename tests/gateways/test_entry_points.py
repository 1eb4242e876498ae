"""Handlers called in process, as people write them for Lambda."""

import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.gateways.entry_points import EntryPointRunner, check_entry_point
from app.gateways.functions import FunctionError, FunctionSpec, FunctionUnavailableError
from tests.timing import within

ARN = "arn:aws:lambda:us-east-1:123456789012:function:pre-sign-up"
EVENT = {"triggerSource": "PreSignUp_SignUp", "userName": "ana é", "response": {}}
PAYLOAD = json.dumps(EVENT).encode()

_HANDLERS = """
import sys
import time

class UserError(Exception):
    pass

class Handlers:
    @staticmethod
    def inner(event, context):
        return "inner"

def confirm(event, context):
    event["response"]["autoConfirmUser"] = True
    return event

def describe(event, context):
    return {
        name: getattr(context, name)
        for name in ("aws_request_id", "function_name", "invoked_function_arn", "function_version", "client_context")
    } | {"left": context.get_remaining_time_in_millis()}

def refuse(event, context):
    raise UserError(f"not {event['userName']}")

def leave(event, context):
    sys.exit(3)

def wait(event, context):
    release.wait(30)
    return None

def count(event, context):
    return event["number"]

def unsayable(event, context):
    return {event["userName"]: {1, 2}}

def not_a_number(event, context):
    return float("nan")

def endless(event, context):
    found = []
    found.append(found)
    return found

a_number = 5
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a module of handlers, which is forgotten afterwards."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("triggers_"):
            del sys.modules[name]


@pytest.fixture
def module(folder: Path) -> str:
    return _write(folder, _HANDLERS)


def _write(folder: Path, text: str) -> str:
    name = f"triggers_{uuid4().hex}"
    (folder / f"{name}.py").write_text(text)
    return name


def _spec(folder: Path, entry_point: str) -> FunctionSpec:
    return FunctionSpec(ARN, "pre-sign-up", "entry_point", "1", {"entry_point": entry_point, "folder": str(folder)})


def _run(folder: Path, entry_point: str, seconds: float = 5) -> Any:
    return json.loads(EntryPointRunner().run(_spec(folder, entry_point), PAYLOAD, "request-1", seconds).payload)


def test_a_handler_answers(folder: Path, module: str) -> None:
    assert _run(folder, f"{module}:confirm") == {**EVENT, "response": {"autoConfirmUser": True}}
    assert _run(folder, f"{module}:Handlers.inner") == "inner"


def test_what_a_handler_is_told(folder: Path, module: str) -> None:
    told = _run(folder, f"{module}:describe", 60)
    assert 50_000 < told.pop("left") <= 60_000
    assert told == {
        "aws_request_id": "request-1",
        "function_name": "pre-sign-up",
        "invoked_function_arn": ARN,
        "function_version": "$LATEST",
        "client_context": None,
    }


def test_what_a_handler_raises_is_its_error(folder: Path, module: str) -> None:
    with pytest.raises(FunctionError) as caught:
        _run(folder, f"{module}:refuse")
    assert caught.value.text == "not ana é"
    assert "UserError: not ana é" in caught.value.log


@pytest.mark.parametrize("name", ["unsayable", "not_a_number", "endless"])
def test_an_answer_that_is_no_json(folder: Path, module: str, name: str) -> None:
    with pytest.raises(FunctionError, match=r"^Unable to marshal response: "):
        _run(folder, f"{module}:{name}")


def test_a_handler_that_ends_the_process_does_not(folder: Path, module: str) -> None:
    with pytest.raises(FunctionUnavailableError, match="ended by SystemExit"):
        _run(folder, f"{module}:leave")


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("import no_such_module_of_ours", "handler", "No module named 'no_such_module_of_ours'"),
        ("def handler(:", "handler", "invalid syntax"),
        ("raise RuntimeError('not configured')", "handler", "not configured"),
        ("x = 1", "handler", "has no attribute 'handler'"),
        ("handler = 5", "handler", "is no function"),
        ("import sys; sys.exit(3)", "handler", "ended by SystemExit"),
    ],
)
def test_what_cannot_be_imported(folder: Path, text: str, name: str, reason: str) -> None:
    with pytest.raises(FunctionUnavailableError) as raised:
        _run(folder, f"{_write(folder, text)}:{name}")
    assert reason in raised.value.text + raised.value.log


def test_a_module_that_is_not_there(folder: Path) -> None:
    with pytest.raises(FunctionUnavailableError, match="triggers_nowhere:handler cannot be loaded") as raised:
        _run(folder, "triggers_nowhere:handler")
    assert "No module named" in raised.value.log


def test_a_folder_replaces_no_module_of_the_server_nor_of_another_folder(folder: Path, module: str) -> None:
    (folder / "json.py").write_text("def loads(event, context): return 'theirs'")
    with pytest.raises(FunctionUnavailableError, match="there is another module json than the one in"):
        _run(folder, "json:loads")
    _run(folder, f"{module}:confirm")
    other = folder / "other"
    other.mkdir()
    (other / f"{module}.py").write_text("def confirm(event, context): return 'theirs'")
    with pytest.raises(FunctionUnavailableError, match="there is another module"):
        _run(other, f"{module}:confirm")


def test_a_function_of_an_installed_package() -> None:
    spec = FunctionSpec(ARN, "dumps", "entry_point", "1", {"entry_point": "json:dumps"})
    with pytest.raises(FunctionError, match=r"dumps\(\) takes 1 positional argument but 2 were given"):
        EntryPointRunner().run(spec, PAYLOAD, "request-1", 5)


def test_a_handler_that_hangs_is_not_waited_for(folder: Path, module: str) -> None:
    runner = EntryPointRunner()
    release = threading.Event()
    _run(folder, f"{module}:confirm")
    sys.modules[module].release = release  # type: ignore[attr-defined]
    with within(3):
        for _ in range(32):
            with pytest.raises(FunctionUnavailableError, match="no answer in time"):
                runner.run(_spec(folder, f"{module}:wait"), PAYLOAD, "request-1", 0.01)
        with pytest.raises(FunctionUnavailableError, match="too many calls"):
            runner.run(_spec(folder, f"{module}:confirm"), PAYLOAD, "request-1", 5)
    release.set()
    released = time.monotonic()
    while True:
        try:
            assert runner.run(_spec(folder, f"{module}:confirm"), PAYLOAD, "request-1", 5).payload
            break
        except FunctionUnavailableError:
            assert time.monotonic() - released < 5


def test_calls_do_not_mix(folder: Path, module: str) -> None:
    runner = EntryPointRunner()
    found: dict[int, bytes] = {}

    def run(number: int) -> None:
        payload = json.dumps({"number": number}).encode()
        found[number] = runner.run(_spec(folder, f"{module}:count"), payload, "request-1", 5).payload

    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: str(number).encode() for number in range(20)}


@pytest.mark.parametrize("entry_point", ["shop:handler", "shop.triggers:Handlers.handler", "_a1:b"])
def test_a_checked_configuration(entry_point: str, tmp_path: Path) -> None:
    assert check_entry_point({"entry_point": entry_point}) == {"entry_point": entry_point}
    configuration = {"entry_point": entry_point, "folder": str(tmp_path)}
    assert check_entry_point(configuration) == configuration


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"entry_point": 5},
        *(
            {"entry_point": text}
            for text in ("", "shop", "shop.handler", ":handler", "shop:", "../shop:x", "a b:c", "é:x")
        ),
        {"entry_point": "shop:handler", "folder": "relative"},
        {"entry_point": "shop:handler", "folder": "/no/such/folder"},
        {"entry_point": "shop:handler", "folder": 5},
        {"entry_point": "shop:handler", "code": "x"},
    ],
)
def test_a_configuration_that_is_refused(configuration: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|knows no"):
        check_entry_point(configuration)
