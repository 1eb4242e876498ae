"""The sample handlers beside this file as functions of the server's table, called by a runner, and their processes watched."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.gateways.functions import FunctionSpec
from app.gateways.lambda_runtime import LocalRunner

HANDLERS = Path(__file__).parent


def spec_of(code: str | Path, handler: str = "handler", **configuration: Any) -> FunctionSpec:
    """A new function: a file or folder of HANDLERS (or an absolute path) and the name of its handler."""
    name = f"sample-{uuid4().hex[:8]}"
    arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{name}"
    return FunctionSpec(arn, name, "local", "1", {"code": str(HANDLERS / code), "handler": handler, **configuration})


def call(runner: LocalRunner, spec: FunctionSpec, event: object, seconds: float = 10) -> Any:
    """What the handler answers to an event."""
    return json.loads(runner.run(spec, json.dumps(event).encode(), "", seconds).payload)


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def eventually(holds: Callable[[], bool], seconds: float = 5) -> bool:
    """Whether something comes to hold in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return holds()
