"""A started `poolhouse dev`: a process of its own on a free port, with data of its own, stopped by its process id."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import httpx
from botocore.config import Config

from tests.ports import free_port

# Our own service's model, given to botocore as AWS_DATA_PATH gives one.
MODELS = Path(__file__).parents[1] / "app" / "web" / "aws" / "models"
START_SECONDS = 30
STOP_SECONDS = 15
MAIL_SECONDS = 10
# `dev` logs for people; an unknown exception is an error with its traceback.
_MARKS_OF_BUGS = ("[error ", "[critical ", "Traceback (", "status=500")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What `dev.json` says with `--seed demo`: these members, always."""

    endpoint: str
    region: str
    account_id: str
    access_key_id: str
    secret_access_key: str
    user_pool_id: str
    issuer: str
    domain_url: str
    client_id: str
    redirect_uri: str
    confidential_client_id: str
    confidential_client_secret: str
    m2m_client_id: str
    m2m_client_secret: str
    m2m_scope: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class DevServer:
    """A running server: its facts, its data folder and its log."""

    facts: Facts
    folder: Path
    log: Path
    pid: int

    @property
    def aws_environment(self) -> dict[str, str]:
        """All that an AWS SDK or the AWS CLI is told, and nothing of this machine's own configuration."""
        return {
            **_basics(),
            "AWS_ENDPOINT_URL": self.facts.endpoint,
            "AWS_DEFAULT_REGION": self.facts.region,
            "AWS_ACCESS_KEY_ID": self.facts.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.facts.secret_access_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }

    def boto(self, service: str = "cognito-idp", region: str = "") -> Any:
        """The operator's boto3 client of Cognito or of our own `poolhouse`, with no retries that could hide an error."""
        core = botocore.session.Session()
        core.set_config_variable("data_path", str(MODELS))
        return boto3.session.Session(
            botocore_session=core,
            aws_access_key_id=self.facts.access_key_id,
            aws_secret_access_key=self.facts.secret_access_key,
            region_name=region or self.facts.region,
        ).client(service, endpoint_url=self.facts.endpoint, config=Config(retries={"total_max_attempts": 1}))

    def messages(self, to: str) -> list[dict[str, Any]]:
        """The messages to this address or number in the dev inbox, newest first."""
        reply = httpx.get(f"{self.facts.endpoint}/_dev/inbox.json", params={"to": to}, timeout=5, trust_env=False)
        reply.raise_for_status()
        return list(reply.json())

    def wait_for_message(self, to: str, count: int = 1) -> dict[str, Any]:
        """The newest of `count` messages: delivery happens after the answer to the request that caused it."""
        deadline = time.monotonic() + MAIL_SECONDS
        while len(found := self.messages(to)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(found)} of {count} messages to {to} after {MAIL_SECONDS} s")
            time.sleep(0.05)
        return found[0]

    def complaints(self) -> list[str]:
        """Lines of the log that no client may cause, whatever it sends."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if any(mark in line for mark in _MARKS_OF_BUGS)]


@contextmanager
def dev_server(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[DevServer]:
    """Starts `poolhouse dev --seed demo` with its data in `folder`; raises RuntimeError when it does not come up."""
    data, log = folder / "data", folder / "server.log"
    command = [
        *_die_with_parent(),
        _program(),
        "dev",
        "--port",
        str(free_port()),
        "--data",
        str(data),
        "--seed",
        "demo",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=folder, env={**_basics(), **(environment or {})}
        )
    try:
        yield DevServer(_wait_for_facts(process, data / "dev.json", log), data, log, process.pid)
    finally:
        _stop(process)


def _basics() -> dict[str, str]:
    """What any program needs; no AWS_* or POOLHOUSE_* of the person who runs the tests reaches one."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {"LANG": "C.UTF-8", **kept, "NO_PROXY": "localhost,127.0.0.1", "PYTHONUNBUFFERED": "1"}


def _program() -> str:
    return str(Path(sys.executable).with_name("poolhouse"))


def _die_with_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _wait_for_facts(process: subprocess.Popen[bytes], path: Path, log: Path) -> Facts:
    """`dev.json` is written once the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while not path.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"poolhouse dev did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
        time.sleep(0.05)
    said = json.loads(path.read_text(encoding="utf-8"))
    return Facts(**{field.name: said[field.name] for field in fields(Facts)})


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise RuntimeError(f"poolhouse dev did not stop within {STOP_SECONDS} s of SIGTERM") from None
