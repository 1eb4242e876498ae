"""Functions that are called in the server's own process, for development: a Lambda handler named as `module:function`.

Nothing can stop such a handler or keep it from the server's memory and secrets, so `serve` has none. A module stays as it
was imported until the server starts again.
"""

import importlib
import json
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from app.gateways.functions import FunctionError, FunctionSpec, FunctionUnavailableError, Output

# Under way at a time, those among them that nobody waits for any more.
_MOST_CALLS = 32
_LOG_LENGTH = 4_096
_MOST_MESSAGE = 2_048
_MEMBERS = frozenset({"entry_point", "folder"})
_ENTRY_POINT = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


def check_entry_point(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of an entry point, checked; raises ValueError with a text for the operator.

    - `entry_point`: "module:function", as in "shop.triggers:handler".
    - `folder`: absolute path of the folder that the module is in, unless it is installed.
    """
    unknown = set(configuration) - _MEMBERS
    if unknown:
        raise ValueError(f"an entry point knows no {', '.join(sorted(unknown))}")
    entry_point, folder = configuration.get("entry_point"), configuration.get("folder")
    if not isinstance(entry_point, str) or not _ENTRY_POINT.fullmatch(entry_point):
        raise ValueError("entry_point must be module:function")
    if folder is None:
        return {"entry_point": entry_point}
    if not isinstance(folder, str) or not Path(folder).is_absolute() or not Path(folder).is_dir():
        raise ValueError("folder must be the absolute path of a folder")
    return {"entry_point": entry_point, "folder": folder}


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler is told about its call, named as in Lambda.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    aws_request_id: str
    function_name: str
    invoked_function_arn: str
    deadline: float
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"
    log_group_name: str = ""
    log_stream_name: str = ""
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """How long the caller still waits."""
        return max(0, int((self.deadline - time.monotonic()) * 1_000))


class EntryPointRunner:
    """Runs functions of the kind "entry_point", each call in a thread of its own."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(_MOST_CALLS)

    def run(self, spec: FunctionSpec, payload: bytes, request_id: str, seconds: float) -> Output:
        """Calls the handler and gives what it returned; raises FunctionError, FunctionUnavailableError.

        After `seconds` it is no longer waited for, but goes on.
        """
        try:
            configuration = check_entry_point(spec.configuration)
        except ValueError as error:
            raise FunctionUnavailableError(str(error)) from None
        if not self._free.acquire(blocking=False):
            raise FunctionUnavailableError("too many calls of entry points have not ended")
        context = Context(request_id, spec.name, spec.arn, time.monotonic() + seconds)
        future: Future[Output] = Future()
        thread = threading.Thread(
            target=self._run, args=(future, configuration, payload, context), name="entry-point", daemon=True
        )
        thread.start()
        try:
            return future.result(seconds)
        except TimeoutError:
            raise FunctionUnavailableError("no answer in time") from None

    def forget(self, arn: str) -> None:
        """Nothing is kept: what Python has imported stays."""

    def close(self) -> None:
        """Nothing is kept."""

    def _run(
        self, future: "Future[Output]", configuration: Mapping[str, Any], payload: bytes, context: Context
    ) -> None:
        try:
            future.set_result(_call(_find(configuration), payload, context))
        except (FunctionError, FunctionUnavailableError) as error:
            future.set_exception(error)
        except BaseException as error:  # noqa: BLE001 - a handler may call sys.exit()
            future.set_exception(FunctionUnavailableError(f"ended by {type(error).__name__}", _traceback()))
        finally:
            self._free.release()


def _find(configuration: Mapping[str, Any]) -> Callable[..., Any]:
    """The handler; raises FunctionUnavailableError."""
    name, _, path = configuration["entry_point"].partition(":")
    folder = configuration.get("folder")
    if folder and folder not in sys.path:
        sys.path.append(folder)  # at the end: what is there replaces nothing of the server's
    try:
        module = importlib.import_module(name)
        handler = attrgetter(path)(module)
    except Exception as error:
        # Its words may be anything; they are in the log of the call.
        raise FunctionUnavailableError(f"{configuration['entry_point']} cannot be loaded", _traceback()) from error
    if folder and not Path(getattr(module, "__file__", None) or "/").resolve().is_relative_to(Path(folder).resolve()):
        raise FunctionUnavailableError(f"there is another module {name} than the one in {folder}")
    if not callable(handler):
        raise FunctionUnavailableError(f"{configuration['entry_point']} is no function")
    found: Callable[..., Any] = handler
    return found


def _call(handler: Callable[..., Any], payload: bytes, context: Context) -> Output:
    try:
        answer = handler(json.loads(payload), context)
    except Exception as error:
        raise FunctionError(str(error)[:_MOST_MESSAGE], _traceback()) from error
    try:
        return Output(json.dumps(answer, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError) as error:
        # In the words of AWS's runtime.
        raise FunctionError(f"Unable to marshal response: {error}") from error


def _traceback() -> str:
    return traceback.format_exc()[-_LOG_LENGTH:]
