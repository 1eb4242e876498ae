"""One warm process of a local function: started with nothing of the server's, called once at a time, ended with all it started."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any, cast
from uuid import uuid4

from app.gateways.functions import FunctionError, FunctionSpec, FunctionUnavailableError, Output
from app.gateways.lambda_runtime.configuration import INTERPRETER, LocalFunction
from app.gateways.lambda_runtime.isolation import Cell
from app.gateways.lambda_runtime.launch import CANNOT_START
from app.gateways.lambda_runtime.peers import uses_more_than
from app.gateways.lambda_runtime.runtime_api import EndedError, OverMemoryError, RuntimeApi
from app.gateways.lambda_runtime.wire import MalformedError, Request, TooLargeError

# Lambda's limit for the init phase: a process may take this long to start, over several calls that each wait less.
INIT_SECONDS = 10.0
_API = "/2018-06-01/runtime"
_MEGABYTE = 1024 * 1024
# RLIMIT_DATA stands above the limit on memory in use, which is looked at twenty times a second: a process that takes memory
# faster than that is stopped here. What V8 and thread stacks reserve without using it needs the room.
_DATA_ROOM_BYTES = 512 * _MEGABYTE
_LIMITS = {"RLIMIT_CORE": 0, "RLIMIT_NOFILE": 1024, "RLIMIT_FSIZE": 512 * _MEGABYTE}
_TASKS = 512
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_TEXT_LENGTH = 2048


class GoneError(Exception):
    """A process that had been idle was found dead; it has not seen the event, so another may take it."""


class StillStartingError(Exception):
    """The call's time is over, but not the process's time to start: the next call may find it ready."""


class HandlerProcess:
    """A process of the function `spec`. Starts at once, on a thread that must live as long as the process: `wait_for_end`.

    Raises OSError and ValueError when it cannot be started; `cell` is closed then, and else by `end`.
    """

    def __init__(self, spec: FunctionSpec, function: LocalFunction, cell: Cell) -> None:
        self._spec, self._function, self._cell = spec, function, cell
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._is_waited_for = False
        self._is_ready = False
        self._calls = 0
        self.is_usable = True
        self.started_at = self.used_at = time.monotonic()
        with ExitStack() as undo:
            undo.callback(cell.close)
            self._api = RuntimeApi()
            undo.callback(self._api.close)
            self._process = self._start(json.dumps(self._order()).encode())
            undo.callback(self._kill_and_wait)
            self._api.attach(self._process.pid, cell.uid, function.memory_mb * _MEGABYTE)
            undo.pop_all()

    # ---- starting

    def _start(self, order: bytes) -> subprocess.Popen[bytes]:
        cell = self._cell
        command = [*cell.prefix, str(INTERPRETER), "-I", "-S", str(Path(__file__).with_name("launch.py"))]
        process = subprocess.Popen(  # noqa: S603 - a fixed program; what it runs is the operator's configuration
            command,
            stdin=subprocess.PIPE,
            stdout=self._api.output,
            stderr=self._api.output,
            cwd="/",
            env={"LANG": "C.UTF-8"},
            start_new_session=True,
            umask=0o077,
        )
        # If it ended at once, the first call finds out how.
        with suppress(BrokenPipeError), cast(IO[bytes], process.stdin) as stdin:
            stdin.write(order)
        return process

    def _order(self) -> dict[str, Any]:
        limits = {**_LIMITS, "RLIMIT_DATA": self._function.memory_mb * _MEGABYTE + _DATA_ROOM_BYTES}
        if self._cell.gid is not None or self._cell.is_namespace:
            limits["RLIMIT_NPROC"] = _TASKS  # counted by user and namespace, of which the server has others
        return {
            "command": self._function.command(),
            "environment": self._environment(),
            "folder": str(self._function.root),
            "limits": limits,
            "user": None if self._cell.gid is None else [self._cell.uid, self._cell.gid],
            "parent": 0 if self._cell.is_namespace else os.getpid(),
        }

    def _environment(self) -> dict[str, str]:
        """Lambda's variables, and the function's own; nothing that the server was started with."""
        spec, function = self._spec, self._function
        region = spec.arn.split(":")[3] if spec.arn.count(":") >= 6 else "us-east-1"
        return {
            "PATH": f"{Path(function.command()[0]).parent}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            **function.environment,
            "HOME": self._cell.home,
            "TMPDIR": self._cell.home,
            "_HANDLER": function.handler,
            "LAMBDA_TASK_ROOT": str(function.root),
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": spec.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": uuid4().hex,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        }

    # ---- one call

    def call(self, payload: bytes, request_id: str, until: float) -> Output:
        """Calls the handler; raises FunctionError, FunctionUnavailableError, GoneError and StillStartingError.

        `is_usable` says afterwards whether the process can take another call.
        """
        request_id = request_id if _REQUEST_ID.fullmatch(request_id) else str(uuid4())
        self.is_usable = False
        try:
            answer = self._exchange(payload, request_id, until)
            return Output(answer, self._api.take_log())
        except (FunctionError, FunctionUnavailableError) as error:
            error.log = self._api.take_log()
            raise
        finally:
            self.used_at = time.monotonic()

    def _exchange(self, payload: bytes, request_id: str, until: float) -> bytes:
        """Hands the event over and gives the answer; what goes wrong on the way is put into words."""
        try:
            self._wait_until_ready(until)
            self._hand_over(payload, request_id, until)
            return self._take_answer(request_id, until)
        except TooLargeError:
            raise FunctionUnavailableError("it answered more than 6 MB") from None
        except OverMemoryError:
            raise FunctionUnavailableError(f"it used more than its {self._function.memory_mb} MB") from None
        except MalformedError:
            raise FunctionUnavailableError("its runtime client sent no HTTP") from None
        except TimeoutError:
            raise FunctionUnavailableError("it did not answer in time") from None
        except EndedError:
            raise FunctionUnavailableError(f"its process ended during the call, {self._fate()}") from None

    def _wait_until_ready(self, until: float) -> None:
        if self._calls:
            self._api.take_log()  # what it printed after its answer belongs to no call
        try:
            while True:
                request = self._api.next_request(until)
                if (request.method, request.path) == ("GET", f"{_API}/invocation/next"):
                    if _exit_of(self._process.pid):  # it asked, and died while nobody had an event for it
                        raise EndedError
                    self._is_ready = True
                    return
                if (request.method, request.path) == ("POST", f"{_API}/init/error"):
                    self._api.answer(202, {}, b"", until)
                    raise FunctionUnavailableError("it cannot be loaded; what it printed says why")
                self._api.answer(403, {}, b"", until)
        except TimeoutError:
            if not self._is_ready and time.monotonic() - self.started_at < INIT_SECONDS:
                self.is_usable = True
                raise StillStartingError from None
            raise FunctionUnavailableError("it was not ready for the event in time") from None
        except EndedError:
            if self._calls:
                raise GoneError from None
            raise FunctionUnavailableError(f"its process ended before it was ready, {self._fate()}") from None

    def _hand_over(self, payload: bytes, request_id: str, until: float) -> None:
        self._calls += 1
        left_ms = (until - time.monotonic()) * 1000
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000 + left_ms)),
            "Lambda-Runtime-Invoked-Function-Arn": self._spec.arn,
        }
        self._api.answer(200, headers, payload, until)

    def _take_answer(self, request_id: str, until: float) -> bytes:
        call = f"{_API}/invocation/{request_id}"
        while True:
            request = self._api.next_request(until)
            if (request.method, request.path) not in (("POST", f"{call}/response"), ("POST", f"{call}/error")):
                self._api.answer(403, {}, b"", until)
                continue
            # A client that does not wait for this has answered nevertheless, but may be gone.
            with suppress(EndedError, TimeoutError):
                self._api.answer(202, {}, b"", until)
                self.is_usable = True
            if request.path.endswith("/error"):
                raise FunctionError(_error_message(request))
            return request.body

    # ---- its end

    def is_alive(self) -> bool:
        """Whether the process runs."""
        with self._lock:
            return not self._is_waited_for and _exit_of(self._process.pid) is None

    def is_over_memory(self) -> bool:
        """Whether the process and what it started have more in memory than they may."""
        return uses_more_than(self._function.memory_mb * _MEGABYTE, self._process.pid)

    def kill(self) -> None:
        """Ends the process and what it started; whoever waits for its answer is told. Safe among threads."""
        with self._lock:
            if not self._is_waited_for:
                self._cell.kill(self._process.pid)

    def end(self) -> None:
        """Ends the process and frees all that it had; to be called once, by whoever used it last."""
        try:
            self._kill_and_wait()
            self._api.close()
            self._cell.close()
        finally:
            self._ended.set()

    def wait_for_end(self) -> None:
        """Waits until somebody has ended it."""
        self._ended.wait()

    def _kill_and_wait(self) -> None:
        self.kill()
        with self._lock:
            self._process.wait()
            self._is_waited_for = True

    def _fate(self) -> str:
        """How the process ended, in words."""
        found = _exit_of(self._process.pid)
        if found is None:
            return "or closed its connection"
        if found.si_code != os.CLD_EXITED:
            return f"by {signal.Signals(found.si_status).name}"
        if found.si_status == CANNOT_START:
            return "since its folder or its interpreter cannot be used"
        return f"with status {found.si_status}"


def _exit_of(pid: int) -> os.waitid_result | None:
    """How a child has ended, which stays for whoever waits for it; None while it runs."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)


def _error_message(request: Request) -> str:
    """The errorMessage of an error as the runtime clients post it."""
    try:
        described = json.loads(request.body)
    except ValueError:
        described = None
    message = described.get("errorMessage") if isinstance(described, Mapping) else None
    return message[:_TEXT_LENGTH] if isinstance(message, str) else ""
