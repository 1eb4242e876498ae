"""What a local function may not do: run on, grow, stay behind, or print without end. And what becomes of its process."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.gateways.functions import FunctionUnavailableError
from app.gateways.lambda_runtime import LocalRunner
from tests.gateways.handlers.calling import call, eventually, is_running, spec_of
from tests.timing import within


@pytest.fixture
def runner() -> Iterator[LocalRunner]:
    runner = LocalRunner(isolation="none")
    yield runner
    runner.close()


# ---- time


def test_a_call_over_its_time_is_ended_with_its_process(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", concurrency=1)
    pid = call(runner, spec, {"do": "count"})["pid"]
    with within(1.5), pytest.raises(FunctionUnavailableError, match="did not answer in time"):
        call(runner, spec, {"do": "sleep", "seconds": 30}, seconds=0.5)
    assert not is_running(pid)
    after = call(runner, spec, {"do": "count"})
    assert after["calls"] == 1
    assert after["pid"] != pid


def test_what_a_handler_started_ends_with_it(runner: LocalRunner) -> None:
    spec = spec_of("odd.py")
    children = call(runner, spec, {"do": "leave child"})["children"]
    assert [is_running(child) for child in children] == [True, True]
    with pytest.raises(FunctionUnavailableError):
        call(runner, spec, {"do": "sleep", "seconds": 30}, seconds=0.5)
    assert eventually(lambda: not any(is_running(child) for child in children))


def test_a_function_that_starts_slower_than_a_call_waits_is_ready_for_a_later_call(runner: LocalRunner) -> None:
    spec = spec_of("slow_start.py", concurrency=1)
    with pytest.raises(FunctionUnavailableError, match=r"not ready within 0\.5 seconds"):
        call(runner, spec, {}, seconds=0.5)
    assert call(runner, spec, {"a": 1}, seconds=5) == {"a": 1}


# ---- memory


def test_a_process_over_its_memory_is_ended(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", memory_mb=128)
    with pytest.raises(FunctionUnavailableError, match="used more than its 128 MB"):
        call(runner, spec, {"do": "allocate", "megabytes": 300, "pause": 0.01})
    assert call(runner, spec, {"do": "allocate", "megabytes": 30}) == 30


def test_memory_of_children_counts(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", memory_mb=256)
    with pytest.raises(FunctionUnavailableError, match="used more than its 256 MB"):
        call(runner, spec, {"do": "allocate in children", "children": 4, "megabytes": 70})


def test_memory_taken_faster_than_anyone_looks_meets_a_hard_limit(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", memory_mb=128)
    with pytest.raises(FunctionUnavailableError, match="used more than its 128 MB"):
        call(runner, spec, {"do": "allocate at once", "megabytes": 500})
    assert call(runner, spec, {"do": "reserve", "megabytes": 700}) == "MemoryError"


def test_an_idle_process_that_grows_is_ended(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", memory_mb=128)
    pid = call(runner, spec, {"do": "grow later"})["pid"]
    assert eventually(lambda: not is_running(pid))


# ---- ends


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"do": "crash"}, "its process ended during the call, by SIGSEGV"),
        ({"do": "exit", "status": 3}, "its process ended during the call, with status 3"),
    ],
)
def test_a_crash_in_the_middle_says_how_and_the_next_call_works(
    runner: LocalRunner, event: dict[str, Any], text: str
) -> None:
    spec = spec_of("odd.py")
    with pytest.raises(FunctionUnavailableError) as raised:
        call(runner, spec, event)
    assert raised.value.text == text
    assert call(runner, spec, {"do": "count"})["calls"] == 1


def _has_ended(pid: int) -> bool:
    return not is_running(pid)


def test_a_process_that_died_while_idle_costs_no_call(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", concurrency=1)
    for _ in range(3):
        pid = call(runner, spec, {"do": "exit later"})
        assert eventually(partial(_has_ended, pid))
        assert call(runner, spec, {"do": "count"})["calls"] == 1


def test_idle_processes_end_after_a_while() -> None:
    runner = LocalRunner(isolation="none", idle_seconds=0.5)
    try:
        spec = spec_of("odd.py")
        pid = call(runner, spec, {"do": "count"})["pid"]
        assert eventually(lambda: not is_running(pid))
        assert call(runner, spec, {"do": "count"})["calls"] == 1
    finally:
        runner.close()


def test_close_leaves_no_process_and_no_folder_behind() -> None:
    runner = LocalRunner(isolation="none")
    spec, other = spec_of("odd.py"), spec_of("odd.py")
    pids = [call(runner, spec, {"do": "count"})["pid"], *call(runner, other, {"do": "leave child"})["children"]]
    home = Path(call(runner, spec, {"do": "environment"})["HOME"])
    raised: list[str] = []

    def wait_for_an_answer() -> None:
        with pytest.raises(FunctionUnavailableError) as error:
            call(runner, spec, {"do": "sleep", "seconds": 30}, seconds=30)
        raised.append(error.value.text)

    busy = threading.Thread(target=wait_for_an_answer)
    busy.start()
    assert eventually(lambda: bool(runner._functions[spec.arn]._lent))
    time.sleep(0.2)
    runner.close()
    busy.join(timeout=5)
    assert raised == ["its process ended during the call, by SIGKILL"]
    assert eventually(lambda: not any(is_running(pid) for pid in pids))
    assert not home.exists()
    with pytest.raises(FunctionUnavailableError, match="stopping"):
        call(runner, spec, {"do": "count"})


_SERVER = """
import json, sys, threading, time
from app.gateways.lambda_runtime import LocalRunner
from tests.gateways.handlers.calling import spec_of

runner = LocalRunner(isolation="none")
spec = spec_of("odd.py", concurrency=2)
call = lambda event: json.loads(runner.run(spec, json.dumps(event).encode(), "", 60).payload)
# Started by a thread that is gone by the time it matters.
first = threading.Thread(target=lambda: print(call({"do": "count"})["pid"], flush=True))
first.start()
first.join()
time.sleep(0.3)
print(call({"do": "count"})["calls"], flush=True)
call({"do": "sleep", "seconds": 60})
"""


def test_processes_die_with_a_server_that_is_killed(tmp_path: Path) -> None:
    root, environment = Path(__file__).resolve().parents[2], {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        pid = int(server.stdout.readline())
        assert server.stdout.readline() == "2\n", "a process outlives the thread that called it"
        time.sleep(0.3)
        assert is_running(pid)
        server.send_signal(signal.SIGKILL)
        server.wait()
        assert eventually(lambda: not is_running(pid))


# ---- logs


def test_what_it_printed_comes_back_with_the_answer(runner: LocalRunner) -> None:
    spec = spec_of("odd.py")
    event = {"do": "print", "out": "to out\n", "err": "to err ü\n", "logged": "to the log"}
    output = runner.run(spec, json.dumps(event).encode(), "5d1c", 10)
    lines = output.log.splitlines()
    assert lines[:2] == ["to out", "to err ü"]
    assert lines[2].startswith("[WARNING]")
    assert lines[2].endswith("5d1c\tto the log")
    assert runner.run(spec, b'{"do": "count"}', "", 10).log == "", "the log is one call's"


def test_only_the_last_4_kb_are_kept(runner: LocalRunner) -> None:
    event = {"do": "print", "out": "a" * 300_000 + "the end\n"}
    log = runner.run(spec_of("odd.py"), json.dumps(event).encode(), "", 10).log
    assert len(log) == 4096
    assert log.endswith("a" * 100 + "the end\n")


def test_a_flood_of_output_neither_blocks_nor_grows(runner: LocalRunner) -> None:
    spec = spec_of("odd.py")
    call(runner, spec, {"do": "count"})
    with within(2), pytest.raises(FunctionUnavailableError, match="did not answer in time") as raised:
        call(runner, spec, {"do": "flood"}, seconds=1)
    assert raised.value.log == "x" * 4096


def test_no_descriptor_stays_open(runner: LocalRunner) -> None:
    spec = spec_of("odd.py")

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    call(runner, spec, {"do": "count"})
    before = open_files()
    for _ in range(5):
        with pytest.raises(FunctionUnavailableError):
            call(runner, spec, {"do": "crash"})
        call(runner, spec, {"do": "count"})
    # Fewer are there when another test's are closed only now.
    assert eventually(lambda: open_files() <= before)
