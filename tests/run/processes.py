"""Starts `poolhouse` as people do, as processes of its own, and stops them by their ids."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 30


def command(*arguments: str) -> list[str]:
    """The command line of this checkout's `poolhouse`."""
    return [sys.executable, "-m", "app", *arguments]


def environment(**settings: str) -> dict[str, str]:
    """The environment without any POOLHOUSE_ variable of the one who runs the tests, and with `settings`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("POOLHOUSE_", "AWS_", "PG"))}
    return {
        **clean,
        "PYTHONPATH": str(ROOT),
        **{f"POOLHOUSE_{name.upper()}": value for name, value in settings.items()},
    }


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(
        command(*arguments),
        env=environment(**settings),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


@dataclass
class Running:
    """A started server."""

    process: subprocess.Popen[bytes]
    base_url: str
    log_file: Path

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> int:
        """Asks it to stop and gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """Kills it and every process it has started, as the machine going down would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)


@contextmanager
def started(folder: Path, url: str, /, *arguments: str, **settings: str) -> Iterator[Running]:
    """Starts a command in a process group of its own; whatever is left of it at the end is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    log_file = folder / f"log-{time.monotonic_ns()}"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command(*arguments), env=environment(**settings), cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    running = Running(process, url, log_file)
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)


@contextmanager
def dev_server(folder: Path, *options: str, port: int = 0, **settings: str) -> Iterator[tuple[Running, dict[str, Any]]]:
    """A started `poolhouse dev` on the data folder `folder/data`, once dev.json is there, and what that says."""
    port = port or free_port()
    data = folder / "data"
    arguments = ("dev", "--port", str(port), "--data", str(data), *options)
    with started(folder, f"http://localhost:{port}", *arguments, **settings) as running:
        # The file of an earlier run that was killed is still there for a moment.
        wait_for(running, lambda: f"localhost:{port}" in _text(data / "dev.json"))
        yield running, json.loads((data / "dev.json").read_text(encoding="utf-8"))


@contextmanager
def served(folder: Path, settings: Mapping[str, str]) -> Iterator[Running]:
    """A started `poolhouse serve`, once it is ready."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    extra = {"port": str(port), "metrics_port": str(free_port()), "allowed_hosts": "127.0.0.1", **settings}
    with started(folder, url, "serve", **extra) as running:
        wait_for(running, lambda: _answers(f"{url}/readyz"))
        yield running


def operator_of(server: Running, settings: Mapping[str, str], secret: str = "", **config: Any) -> Any:
    """A boto3 client of the root access key."""
    return boto3.client(
        "cognito-idp",
        endpoint_url=server.base_url,
        region_name="us-east-1",
        aws_access_key_id=settings["root_access_key_id"],
        aws_secret_access_key=secret or settings["root_secret_access_key"],
        config=Config(**config),
    )


def wait_for(running: Running, condition: Any, seconds: float = START_SECONDS) -> None:
    """Waits until a condition holds; fails with the log when the server ends before."""
    deadline = time.monotonic() + seconds
    while not condition():
        if running.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the server is not what it should be:\n{running.log}")
        time.sleep(0.05)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False
