"""Local functions: Python handlers under AWS's own runtime client, started and called as a server does."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from app.gateways.functions import FunctionError, FunctionUnavailableError
from app.gateways.lambda_runtime import LocalRunner
from tests.gateways.handlers.calling import call, eventually, spec_of
from tests.timing import within


@pytest.fixture
def runner() -> Iterator[LocalRunner]:
    runner = LocalRunner(isolation="none")
    yield runner
    runner.close()


def test_a_handler_gets_the_event_and_lambdas_context(runner: LocalRunner) -> None:
    spec = spec_of("echo.py")
    event = {"userName": "zoë", "request": {"userAttributes": {"name": "名前 🎉 \u2028"}}}
    output = runner.run(spec, json.dumps(event, ensure_ascii=False).encode(), "3f0c9e9e-0000-4000-8000-000000000001", 7)
    answer = json.loads(output.payload)
    assert answer["event"] == event
    remaining = answer["context"].pop("remaining")
    assert 1_000 < remaining <= 7_000
    assert answer["context"] == {
        "awsRequestId": "3f0c9e9e-0000-4000-8000-000000000001",
        "functionName": spec.name,
        "invokedFunctionArn": spec.arn,
        "memoryLimitInMB": "256",
    }
    assert output.log == "saw zoë\n"


def test_a_request_id_that_is_none_is_replaced(runner: LocalRunner) -> None:
    output = runner.run(spec_of("echo.py"), b"{}", "a\r\nLambda-Runtime-Deadline-Ms: 1", 10)
    assert len(json.loads(output.payload)["context"]["awsRequestId"]) == 36


def test_a_folder_has_modules_and_files_beside_its_handler(runner: LocalRunner) -> None:
    answer = call(runner, spec_of("orders", "index.handler"), {"request": {"email": "a@example.com"}})
    assert answer["response"] == {"autoConfirmUser": True, "text": "Grüezi"}


def test_processes_stay_warm(runner: LocalRunner) -> None:
    spec = spec_of("odd.py")
    answers = [call(runner, spec, {"do": "count"}) for _ in range(5)]
    assert [answer["calls"] for answer in answers] == [1, 2, 3, 4, 5]
    assert len({answer["pid"] for answer in answers}) == 1


def test_parallel_calls_get_their_own_answers_from_as_many_processes_as_allowed(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", concurrency=3)
    sleep = {"do": "sleep", "seconds": 0.2}
    with ThreadPoolExecutor(12) as threads:
        pids = list(threads.map(lambda _: call(runner, spec, sleep)["pid"], range(12)))
        with within(12 * 0.2):
            list(threads.map(lambda _: call(runner, spec, sleep), range(12)))
        echoes = spec_of("echo.py", concurrency=3)
        answers = list(threads.map(lambda n: call(runner, echoes, {"n": n})["event"]["n"], range(300)))
    assert len(set(pids)) == 3
    assert answers == list(range(300))


def test_a_call_that_finds_no_free_process_gives_up_in_time(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", concurrency=1)
    call(runner, spec, {"do": "count"})
    busy = threading.Thread(target=call, args=(runner, spec, {"do": "sleep", "seconds": 4}))
    busy.start()
    assert eventually(lambda: bool(runner._functions[spec.arn]._lent))
    with within(1), pytest.raises(FunctionUnavailableError, match="all of its 1 processes are busy"):
        call(runner, spec, {"do": "count"}, seconds=0.3)
    busy.join()


def test_the_handlers_error_is_its_message_as_it_is(runner: LocalRunner) -> None:
    spec = spec_of("odd.py")
    with pytest.raises(FunctionError) as raised:
        call(runner, spec, {"do": "raise", "text": "Nicht erlaubt: „ä“\nzweite Zeile"})
    assert raised.value.text == "Nicht erlaubt: „ä“\nzweite Zeile"
    assert "ValueError" in raised.value.log
    assert "\r" not in raised.value.log
    assert call(runner, spec, {"do": "count"})["calls"] == 2, "the process went on"


def test_an_error_with_a_very_long_message_is_cut(runner: LocalRunner) -> None:
    with pytest.raises(FunctionError) as raised:
        call(runner, spec_of("odd.py"), {"do": "raise", "text": "x" * 500_000})
    assert len(raised.value.text) == 2048


def test_what_cannot_be_loaded_says_why(runner: LocalRunner) -> None:
    for spec, reason in (
        (spec_of("unloadable.py"), "No module named 'a_package_that_nobody_has'"),
        (spec_of("echo.py", "absent"), "Handler 'absent' missing on module 'echo'"),
    ):
        with pytest.raises(FunctionUnavailableError, match="it cannot be loaded") as raised:
            call(runner, spec, {})
        assert reason in raised.value.log


def test_a_configuration_that_is_wrong_says_why(runner: LocalRunner) -> None:
    with pytest.raises(FunctionUnavailableError, match="does not exist"):
        call(runner, spec_of("gone.py"), {})
    with pytest.raises(FunctionUnavailableError, match="its interpreter cannot be used"):
        call(runner, spec_of("echo.py", python=str(spec_of("echo.py").configuration["code"])), {})


def test_a_python_without_the_runtime_client_says_so_in_its_log(runner: LocalRunner) -> None:
    with pytest.raises(FunctionUnavailableError, match="ended before it was ready, with status 1") as raised:
        call(runner, spec_of("echo.py", python="/usr/bin/python3"), {})
    assert "No module named awslambdaric" in raised.value.log


def test_payloads_up_to_6_mb_go_both_ways(runner: LocalRunner) -> None:
    spec = spec_of("echo.py")
    text = "ü" * (2_900_000)
    payload = json.dumps({"text": text}, ensure_ascii=False).encode()
    assert len(payload) > 5_800_000
    # awslambdaric writes UTF-8 as \u escapes, so only the way there is this large.
    answer = runner.run(
        spec_of("odd.py"), json.dumps({"do": "big", "bytes": 6_000_000, "x": text[:9]}).encode(), "", 20
    )
    assert len(answer.payload) == 6_000_002
    with pytest.raises(FunctionUnavailableError, match="answered more than 6 MB"):
        runner.run(spec, payload, "", 20)
    assert call(runner, spec, {"n": 1})["event"] == {"n": 1}, "another process has taken over"
    with pytest.raises(FunctionUnavailableError, match="larger than 6 MB"):
        runner.run(spec, b'"' + b"x" * 6 * 1024 * 1024 + b'"', "", 20)


def test_in_development_a_changed_file_runs_anew(tmp_path: Path) -> None:
    handler = tmp_path / "greet.py"
    runner = LocalRunner(isolation="none", reloads=True)
    try:
        handler.write_text("def handler(event, context):\n    return 'hello'\n", encoding="utf-8")
        spec = spec_of(handler)
        assert [call(runner, spec, {}), call(runner, spec, {})] == ["hello", "hello"]
        handler.write_text("def handler(event, context):\n    return 'good morning'\n", encoding="utf-8")
        assert call(runner, spec, {}) == "good morning"
    finally:
        runner.close()


def test_a_changed_function_runs_anew(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", environment={"COLOUR": "red"})
    first = call(runner, spec, {"do": "environment"})
    changed = replace(spec, revision="2", configuration={**spec.configuration, "environment": {"COLOUR": "blue"}})
    assert first["COLOUR"] == "red"
    assert call(runner, changed, {"do": "environment"})["COLOUR"] == "blue"
    runner.forget(spec.arn)
    assert call(runner, changed, {"do": "count"})["calls"] == 1
