"""What a local function sees and who can reach it: another process of this machine reads no event and answers none."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.gateways.functions import FunctionError, FunctionSpec, FunctionUnavailableError
from app.gateways.lambda_runtime import LocalRunner
from tests.gateways.handlers.calling import call, eventually, is_running, spec_of

_ROOT = Path(__file__).resolve().parents[2]
_NOBODY = 65_534
_USERS = "310000-310007"
_PYTHON = [sys.executable, "-I", "-S", "-c"]

is_root = os.geteuid() == 0


def _others_can_read_the_checkout() -> bool:
    code = f"import os; os._exit(not os.access({str(Path(__file__))!r}, os.R_OK))"
    try:
        return subprocess.run([*_PYTHON, code], user=_NOBODY, extra_groups=[], check=False).returncode == 0
    except OSError:
        return False


needs_root = pytest.mark.skipif(
    not is_root or not _others_can_read_the_checkout(),
    reason="only root can run functions as other users, which must be able to read this checkout",
)


@pytest.fixture
def runner() -> Iterator[LocalRunner]:
    runner = LocalRunner(isolation="none")
    yield runner
    runner.close()


@pytest.fixture
def strict() -> Iterator[LocalRunner]:
    """Processes as users of their own."""
    runner = LocalRunner(user=_USERS)
    yield runner
    runner.close()


@pytest.fixture
def folder_for_all() -> Iterator[Path]:
    """A folder that other users can read too, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


# ---- what it is given


def test_the_environment_is_what_lambda_gives_and_nothing_of_the_servers(
    runner: LocalRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("POOLHOUSE_MASTER_KEY", "POOLHOUSE_DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "LD_PRELOAD"):
        monkeypatch.setenv(name, "never-to-be-seen")
    spec = spec_of("odd.py", environment={"COLOUR": "grün", "TZ": "Europe/Zurich"})
    given = call(runner, spec, {"do": "environment"})
    assert set(given) == {
        *("PATH", "LANG", "TZ", "HOME", "TMPDIR", "_HANDLER", "COLOUR", "AWS_REGION", "AWS_DEFAULT_REGION"),
        *("LAMBDA_TASK_ROOT", "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        "AWS_LAMBDA_INITIALIZATION_TYPE",
    }
    assert (given["COLOUR"], given["TZ"], given["AWS_REGION"]) == ("grün", "Europe/Zurich", "eu-central-1")
    assert given["LAMBDA_TASK_ROOT"] == str(Path(spec.configuration["code"]).parent)


def test_a_process_can_gain_nothing(runner: LocalRunner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mine, Path(__file__).open("rb") as file:
        os.set_inheritable(mine.fileno(), True)
        os.set_inheritable(file.fileno(), True)
        inherited = {str(Path(f"/proc/self/fd/{one.fileno()}").readlink()) for one in (mine, file)}
        sight = call(runner, spec_of("odd.py"), {"do": "sight", "session": os.getsid(0)})
    assert sight["no_new_privs"] == "1"
    assert sight["session_is_own"]
    assert sight["home_is_writable"]
    assert sight["limits"] == [0, 1024]
    assert not inherited & set(sight["files"])
    kinds = {name.partition(":")[0] for name in sight["files"] if not name.startswith("/proc/")}
    assert kinds == {"/dev/null", "pipe", "socket"}, "standard streams, and the Runtime API"


def test_its_variables_are_on_no_command_line(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", environment={"TOKEN": "a-secret-of-the-function"})
    pid = call(runner, spec, {"do": "count"})["pid"]
    assert b"a-secret" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert b"a-secret" in Path(f"/proc/{pid}/environ").read_bytes()


# ---- who reaches it


def _port(runner: LocalRunner, spec: FunctionSpec) -> int:
    return int(call(runner, spec, {"do": "environment"})["AWS_LAMBDA_RUNTIME_API"].rpartition(":")[2])


_INTRUDER = """
import socket, sys
found = b""
for request in (
    "GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n",
    "POST /2018-06-01/runtime/invocation/known-id/response HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 8\\r\\n\\r\\n\\"forged\\"",
    "POST /2018-06-01/runtime/invocation/known-id/error HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 2\\r\\n\\r\\n{}",
    "POST /2018-06-01/runtime/init/error HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 2\\r\\n\\r\\n{}",
):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10) as s:
        try:
            s.sendall(request.encode())
            found += s.recv(65536)
        except ConnectionError:
            pass
print(found)
"""


def _intrude(port: int, user: int | None) -> str:
    """What a process that knows the port and the request id gets to read in all."""
    tried = subprocess.run(
        [*_PYTHON, _INTRUDER, str(port)], user=user, capture_output=True, text=True, check=True, timeout=60
    )
    return tried.stdout.strip()


@pytest.mark.parametrize("user", [None, pytest.param(_NOBODY, marks=needs_root)])
def test_during_a_call_others_read_nothing_and_answer_nothing(runner: LocalRunner, user: int | None) -> None:
    spec = spec_of("odd.py", concurrency=1)
    port = _port(runner, spec)
    answers: list[bytes] = []
    event = b'{"do": "sleep", "seconds": 5, "secret": "code 123456"}'
    busy = threading.Thread(target=lambda: answers.append(runner.run(spec, event, "known-id", 10).payload))
    busy.start()
    time.sleep(0.3)
    assert _intrude(port, user) == "b''"
    assert busy.is_alive(), "the intruder was done while the call went on"
    busy.join()
    assert list(json.loads(answers[0])) == ["pid"]


def test_who_came_before_the_event_gets_no_event(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", concurrency=1)
    port = _port(runner, spec)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as early:
        early.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
        assert call(runner, spec, {"do": "count"})["calls"] == 2
        call(runner, spec, {"do": "sleep", "seconds": 0.2})
        assert _rest(early) == b""


def test_who_comes_before_the_process_itself_gets_no_event(runner: LocalRunner) -> None:
    spec = spec_of("slow_start.py", concurrency=1)
    before = _listening()
    with ThreadPoolExecutor(1) as threads:
        called = threads.submit(call, runner, spec, {"secret": 1})
        assert eventually(lambda: bool(_listening() - before))
        (port,) = _listening() - before
        with socket.create_connection(("127.0.0.1", port), timeout=5) as early:
            early.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
            assert _rest(early) == b""
        assert called.result() == {"secret": 1}


def test_a_crowd_at_the_port_stops_no_call(runner: LocalRunner) -> None:
    spec = spec_of("odd.py", concurrency=1)
    port = _port(runner, spec)
    crowd = [socket.socket() for _ in range(100)]
    try:
        for member in crowd:
            member.setblocking(False)
            member.connect_ex(("127.0.0.1", port))
        for count in range(2, 10):
            assert call(runner, spec, {"do": "count"}, seconds=3)["calls"] == count
    finally:
        for member in crowd:
            member.close()


def _rest(connection: socket.socket) -> bytes:
    """All that still comes, until the other side hangs up."""
    try:
        return connection.recv(65_536)
    except ConnectionError:
        return b""


def _listening() -> set[int]:
    """The ports of loopback that this process listens at."""
    mine = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
    lines = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return {int(line[1].rpartition(":")[2], 16) for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in mine}


# ---- as a user of its own


@needs_root
def test_each_process_runs_as_an_unprivileged_user_of_its_own(strict: LocalRunner, tmp_path: Path) -> None:
    secret = tmp_path / "master.key"
    secret.write_text("secret", encoding="utf-8")
    secret.chmod(0o600)
    paths = [str(secret), f"/proc/{os.getpid()}/environ", "/etc/shadow", "/run/poolhouse-functions", "/etc/hostname"]
    spec, other = spec_of("odd.py"), spec_of("odd.py")
    sight = call(strict, spec, {"do": "sight", "paths": paths})
    assert sight["uid"] == sight["gid"] != os.getuid()
    assert 310_000 <= sight["uid"] <= 310_007
    assert sight["groups"] == []
    assert sight["capabilities"] == "0" * 16
    assert sight["no_new_privs"] == "1"
    assert sight["home_is_writable"]
    assert sight["readable"] == ["/etc/hostname"]
    pid = call(strict, spec, {"do": "count"})["pid"]
    elsewhere = call(strict, other, {"do": "sight", "paths": [f"/proc/{pid}/environ"]})
    assert elsewhere["uid"] != sight["uid"]
    assert elsewhere["readable"] == []


@needs_root
def test_node_runs_as_a_user_of_its_own(strict: LocalRunner) -> None:
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    assert call(strict, spec_of("node/esm.mjs"), {"a": 1})["event"] == {"a": 1}


@needs_root
def test_another_user_than_the_functions_reads_and_answers_nothing(strict: LocalRunner) -> None:
    spec = spec_of("odd.py", concurrency=1)
    port = _port(strict, spec)
    with ThreadPoolExecutor(1) as threads:
        called = threads.submit(strict.run, spec, b'{"do": "sleep", "seconds": 5}', "known-id", 10)
        time.sleep(0.3)
        assert _intrude(port, 310_007) == "b''"
        assert b"pid" in called.result().payload


@needs_root
def test_what_a_process_leaves_is_gone_before_its_user_serves_another_function() -> None:
    runner = LocalRunner(user="310020-310020")
    try:
        spec, other = spec_of("odd.py"), spec_of("odd.py")
        left = Path(f"/tmp/poolhouse-test-{os.getpid()}")  # noqa: S108 - what is swept
        assert call(runner, spec, {"do": "write", "path": str(left)}) == "0o600"
        children = call(runner, spec, {"do": "leave child"})["children"]
        assert left.exists()
        with pytest.raises(FunctionUnavailableError, match="every user for functions is taken"):
            call(runner, other, {"do": "count"})
        runner.forget(spec.arn)
        assert not left.exists()
        assert not any(is_running(child) for child in children)
        assert call(runner, other, {"do": "sight"})["uid"] == 310_020
        second = LocalRunner(user="310020-310020")
        with pytest.raises(FunctionUnavailableError, match="every user for functions is taken"):
            call(second, spec_of("odd.py"), {"do": "count"})
        second.close()
    finally:
        runner.close()


@needs_root
def test_limits_hold_for_users_too(strict: LocalRunner) -> None:
    spec = spec_of("odd.py", memory_mb=128)
    with pytest.raises(FunctionUnavailableError, match="used more than its 128 MB"):
        call(strict, spec, {"do": "allocate", "megabytes": 300, "pause": 0.002})
    with pytest.raises(FunctionError, match="Resource temporarily unavailable"):
        call(strict, spec_of("odd.py", memory_mb=10_000), {"do": "fork"})
    call(strict, spec, {"do": "count"})
    with pytest.raises(FunctionUnavailableError, match="did not answer in time"):
        call(strict, spec, {"do": "sleep", "seconds": 10}, seconds=0.5)


# ---- in a namespace


_WITHIN = """
import json, os, sys
from app.gateways.functions import FunctionUnavailableError
from app.gateways.lambda_runtime import LocalRunner
from app.gateways.lambda_runtime.peers import family
from tests.gateways.handlers.calling import spec_of

runner = LocalRunner(**json.loads(sys.argv[1]))
specs = {}
answers = []
for file, handler, event, seconds in json.loads(sys.argv[2]):
    spec = specs.setdefault((file, handler), spec_of(file, handler))
    try:
        answers.append(json.loads(runner.run(spec, json.dumps(event).encode(), "known-id", seconds).payload))
    except FunctionUnavailableError as error:
        answers.append(error.text)
runner.close()
answers.append(len(list(family(os.getpid()))) - 1)
print(json.dumps(answers))
"""


def _as_server(calls: list[Any], path: str | None = None, **settings: Any) -> list[Any]:
    """The answers that a server without privileges gets, and how many processes are left once it has closed its runner."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHIN, json.dumps(settings), json.dumps(calls)],
        user=_NOBODY if is_root else None,
        extra_groups=[] if is_root else None,
        cwd=_ROOT,
        env={"PATH": path or os.environ["PATH"], "POOLHOUSE_MASTER_KEY": "never", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def _bubblewrap_works() -> bool:
    if not shutil.which("bwrap") or (is_root and not _others_can_read_the_checkout()):
        return False
    command = ["bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    user = _NOBODY if is_root else None
    return subprocess.run(command, user=user, capture_output=True, check=False).returncode == 0


needs_bubblewrap = pytest.mark.skipif(not _bubblewrap_works(), reason="bubblewrap is not installed, or may not be used")


@needs_bubblewrap
def test_a_namespace_has_its_own_processes_and_files(tmp_path: Path) -> None:
    secret = Path(f"/var/tmp/poolhouse-test-{os.getpid()}")  # noqa: S108 - what is not seen
    beside = Path(sys.prefix, f"poolhouse-test-{os.getpid()}")
    for file in (secret, beside):
        file.write_text("secret", encoding="utf-8")
    paths = [
        str(secret),
        str(beside),
        "/etc/shadow",
        "/var",
        "/root",
        "/home",
        "/etc/ssl",
        str(_ROOT / "pyproject.toml"),
    ]
    try:
        secret.chmod(0o644)
        beside.chmod(0o644)
        sight, number, left = _as_server(
            [("odd.py", "handler", {"do": "sight", "paths": paths}, 10), ("odd.py", "handler", {"do": "count"}, 10)]
        )
    finally:
        secret.unlink()
        beside.unlink()
    assert sight["readable"] == ["/etc/ssl"]
    assert sight["capabilities"] == "0" * 16
    assert sight["no_new_privs"] == "1"
    assert sight["home_is_writable"]
    assert len(sight["processes"]) <= 3, "its own, and the one that reaps for it"
    assert number["calls"] == 2
    assert left == 0


@needs_bubblewrap
def test_limits_hold_in_a_namespace() -> None:
    answers = _as_server(
        [
            ("odd.py", "handler", {"do": "leave child"}, 10),
            ("odd.py", "handler", {"do": "sleep", "seconds": 20}, 0.5),
            ("odd.py", "handler", {"do": "allocate", "megabytes": 600, "pause": 0.002}, 10),
            ("odd.py", "handler", {"do": "crash"}, 10),
            ("odd.py", "handler", {"do": "count"}, 10),
        ]
    )
    assert answers[1] == "it did not answer in time"
    assert answers[2] == "it used more than its 256 MB"
    assert answers[3] == "its process ended during the call, with status 139"
    assert answers[4]["calls"] == 1
    assert answers[5] == 0


@needs_bubblewrap
def test_folders_and_node_work_in_a_namespace() -> None:
    calls: list[Any] = [("orders", "index.handler", {"request": {"email": "a@example.com"}}, 10)]
    if shutil.which("node"):
        calls.append(("node", "callbacks.handler", {"a": 1}, 10))
    answers = _as_server(calls)
    assert answers[0]["response"]["text"] == "Grüezi"
    assert answers[1:-1] in ([], [{"event": {"a": 1}, "word": "beside"}])


# ---- refusals


@pytest.mark.skipif(not is_root, reason="about a server that runs as root")
def test_a_server_that_runs_as_root_needs_users() -> None:
    runner = LocalRunner()
    with pytest.raises(FunctionUnavailableError, match="needs users for its functions"):
        call(runner, spec_of("odd.py"), {"do": "count"})
    runner.close()


@pytest.mark.skipif(is_root and not _others_can_read_the_checkout(), reason="others cannot read this checkout")
def test_without_any_isolation_nothing_runs(folder_for_all: Path) -> None:
    calls = [("odd.py", "handler", {"do": "count"}, 10)]
    missing, left = _as_server(calls, path=str(folder_for_all))
    assert missing == "bubblewrap is not installed, and functions may not run without isolation"
    other, _ = _as_server(calls, user=_USERS)
    assert other == "only a server that runs as root can run functions as other users"
    broken = folder_for_all / "bwrap"
    broken.write_text("#!/bin/sh\necho no permission >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    refused, _ = _as_server(calls, path=str(folder_for_all))
    assert refused == "bubblewrap does not work here: no permission"
    assert left == 0


@pytest.mark.parametrize(
    "user",
    ["0-10", "20-10", "root", "nobody", "nobody-of-this-name", "200000-", "2000-1999", "1000-90000", "65000-65999"],
)
def test_users_that_are_none(user: str) -> None:
    with pytest.raises(ValueError, match="user"):
        LocalRunner(user=user)
