"""Local functions: Node handlers of every form that Lambda takes, under our client and under AWS's own where it is installed."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.gateways.functions import FunctionError, FunctionUnavailableError
from app.gateways.lambda_runtime import LocalRunner
from tests.gateways.handlers.calling import call, spec_of

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")

# A folder that `npm install aws-lambda-ric` has made. It compiles, with autoconf, automake, libtool and cmake.
_AWS_CLIENT = os.environ.get("POOLHOUSE_TEST_LAMBDA_RIC", "")


@pytest.fixture
def runner() -> Iterator[LocalRunner]:
    runner = LocalRunner(isolation="none")
    yield runner
    runner.close()


@pytest.fixture(params=["ours", "aws-lambda-ric"])
def client(request: pytest.FixtureRequest) -> dict[str, str]:
    """The configuration that picks a runtime client."""
    if request.param == "ours":
        return {}
    if not (_AWS_CLIENT and Path(_AWS_CLIENT).is_dir()):
        pytest.skip("POOLHOUSE_TEST_LAMBDA_RIC names no installed aws-lambda-ric")
    return {"node_client": _AWS_CLIENT}


def test_an_async_module_gets_the_event_and_lambdas_context(runner: LocalRunner, client: dict[str, str]) -> None:
    spec = spec_of("node/esm.mjs", memory_mb=300, **client)
    event = {"userName": "zoë", "request": {"name": "名前 🎉 \u2028"}}
    payload = json.dumps(event, ensure_ascii=False).encode()
    output = runner.run(spec, payload, "3f0c9e9e-0000-4000-8000-000000000001", 7)
    answer = json.loads(output.payload)
    assert answer["event"] == event
    remaining = answer["context"].pop("remaining")
    assert 1_000 < remaining <= 7_000
    assert answer["context"] == {
        "awsRequestId": "3f0c9e9e-0000-4000-8000-000000000001",
        "functionName": spec.name,
        "invokedFunctionArn": spec.arn,
        "memoryLimitInMB": "300",
    }
    assert "saw" in output.log
    assert "zoë" in output.log


def test_nested_handlers_and_folders(runner: LocalRunner, client: dict[str, str]) -> None:
    assert call(runner, spec_of("node", "esm.nested.inner", **client), {}) == "nested"
    assert call(runner, spec_of("node", "src/index.handler", **client), {}) == {"from": "src"}


def test_a_callback_handler_in_commonjs(runner: LocalRunner, client: dict[str, str]) -> None:
    spec = spec_of("node", "callbacks.handler", **client)
    assert call(runner, spec, {"a": 1}) == {"event": {"a": 1}, "word": "beside"}
    for event, text in (({"raise": "nein"}, "nein"), ({"text": "plain"}, "plain"), ({"throw": "thrown"}, "thrown")):
        with pytest.raises(FunctionError) as raised:
            call(runner, spec, event)
        assert raised.value.text == text
    assert call(runner, spec, {"a": 2})["event"] == {"a": 2}


def test_a_callbacks_answer_waits_for_what_is_still_to_do_unless_told_otherwise(
    runner: LocalRunner, client: dict[str, str]
) -> None:
    spec = spec_of("node", "callbacks.waiting", **client)
    assert call(runner, spec, {"waits": True}) == {"timers": 1}
    assert call(runner, spec, {"waits": False}) == {"timers": 0}


def test_the_oldest_form(runner: LocalRunner, client: dict[str, str]) -> None:
    spec = spec_of("node", "callbacks.old", **client)
    assert call(runner, spec, {}) == {"old": True}
    with pytest.raises(FunctionError) as raised:
        call(runner, spec, {"raise": "old error"})
    assert raised.value.text == "old error"


def test_a_handler_that_never_answers_gives_null_once_nothing_is_left_to_do(
    runner: LocalRunner, client: dict[str, str]
) -> None:
    assert call(runner, spec_of("node", "callbacks.silent", **client), {}) is None
    assert call(runner, spec_of("node/esm.mjs", **client), {"never": True}) is None
    assert call(runner, spec_of("node/esm.mjs", **client), {"nothing": True}) is None


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"raise": "Nicht erlaubt: „ä“", "name": "Ungültig"}, "Nicht erlaubt: „ä“"),
        ({"throwText": "just a text"}, "just a text"),
        ({"bigint": True}, "Unable to stringify response body"),
        ({"cycle": True}, "Unable to stringify response body"),
    ],
)
def test_errors_are_the_handlers_own(
    runner: LocalRunner, client: dict[str, str], event: dict[str, Any], text: str
) -> None:
    spec = spec_of("node/esm.mjs", **client)
    with pytest.raises(FunctionError) as raised:
        call(runner, spec, event)
    assert raised.value.text == text
    assert call(runner, spec, {"a": 1})["event"] == {"a": 1}


@pytest.mark.parametrize(("event", "text"), [({"strayError": True}, "stray"), ({"strayRejection": True}, "rejection")])
def test_an_error_outside_the_handler_ends_the_call_and_the_process(
    runner: LocalRunner, client: dict[str, str], event: dict[str, Any], text: str
) -> None:
    spec = spec_of("node/esm.mjs", **client)
    with pytest.raises(FunctionError, match=text):
        call(runner, spec, event)
    assert call(runner, spec, {"a": 1})["event"] == {"a": 1}


def test_what_cannot_be_loaded_says_why(runner: LocalRunner, client: dict[str, str]) -> None:
    for spec, reason in (
        (spec_of("node/unloadable.mjs", **client), "a-package-that-nobody-has"),
        (spec_of("node", "esm.absent", **client), "absent is undefined or not exported"),
    ):
        with pytest.raises(FunctionUnavailableError, match="it cannot be loaded") as raised:
            call(runner, spec, {})
        assert reason in raised.value.log


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"hang": True}, "did not answer in time"),
        ({"exit": 3}, "ended during the call, with status 3"),
        ({"crash": True}, "ended during the call, by SIGABRT"),
        ({"big": 6 * 1024 * 1024}, "answered more than 6 MB"),
        ({"megabytes": 400}, "used more than its 256 MB"),
    ],
)
def test_a_process_that_is_of_no_more_use_is_replaced(
    runner: LocalRunner, client: dict[str, str], event: dict[str, Any], text: str
) -> None:
    spec = spec_of("node/esm.mjs", concurrency=1, **client)
    call(runner, spec, {"a": 1})
    with pytest.raises(FunctionUnavailableError, match=text):
        call(runner, spec, event, seconds=2 if "hang" in event else 10)
    assert call(runner, spec, {"a": 1})["event"] == {"a": 1}


def test_a_heap_that_grows_without_end_is_stopped(runner: LocalRunner, client: dict[str, str]) -> None:
    with pytest.raises(FunctionUnavailableError, match=r"SIGABRT|SIGTRAP|used more than its 256 MB"):
        call(runner, spec_of("node/esm.mjs", **client), {"heap": True}, seconds=20)


def test_a_large_answer(runner: LocalRunner, client: dict[str, str]) -> None:
    assert len(call(runner, spec_of("node/esm.mjs", **client), {"big": 6_000_000})) == 6_000_000


def test_the_environment_is_lambdas(
    runner: LocalRunner, client: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POOLHOUSE_MASTER_KEY", "never")
    given = call(runner, spec_of("node/esm.mjs", environment={"COLOUR": "red"}, **client), {"environment": True})
    assert given["COLOUR"] == "red"
    assert "never" not in given.values()


def test_awss_client_beside_the_handler_is_taken(tmp_path: Path, runner: LocalRunner) -> None:
    package = tmp_path / "node_modules" / "aws-lambda-ric"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"bin": {"aws-lambda-ric": "start.js"}}), encoding="utf-8")
    (package / "start.js").write_text("console.log('started', process.argv[2]); process.exit(7)", encoding="utf-8")
    (tmp_path / "index.js").write_text("exports.handler = async () => 1", encoding="utf-8")
    with pytest.raises(FunctionUnavailableError, match="with status 7") as raised:
        call(runner, spec_of(tmp_path, "index.handler"), {})
    assert raised.value.log == "started index.handler\n"
