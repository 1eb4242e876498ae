"""A production server under measurement: throw-away PostgreSQL, `poolhouse migrate`, `poolhouse serve`."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from app.flows.work import Resources
from app.kit.sealing import new_master_key
from app.kit.settings import Settings
from app.main import close_resources, open_resources
from tests.ports import free_port
from tests.postgres import Cluster, running_cluster

ROOT_KEY = ("AKIABENCHBENCHBENCHB", "bench-root-secret-that-is-long-enough-4711")
BASE_URL = "https://bench.test"
# Any that nobody has: a server that runs as root runs local functions as them.
_FUNCTION_USERS = "200000-200063"
_START_SECONDS = 30
# The server itself gives requests under way thirty seconds.
_STOP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Deployment:
    """A database with a schema, and the environment every process on it shares."""

    cluster: Cluster
    environment: dict[str, str]
    settings: Settings

    @contextmanager
    def resources(self) -> Iterator[Resources]:
        """Resources in this process, to prepare what the API would be slow to make."""
        opened = open_resources(self.settings)
        try:
            yield opened
        finally:
            close_resources(opened)


@dataclass(frozen=True, slots=True)
class Server:
    """A running `poolhouse serve`."""

    port: int
    pid: int

    def boto(self, service: str = "cognito-idp") -> Any:
        """The operator's client."""
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=ROOT_KEY[0],
            aws_secret_access_key=ROOT_KEY[1],
            config=Config(retries={"total_max_attempts": 1}),
        )


@contextmanager
def deployment() -> Iterator[Deployment]:
    """A fresh cluster as an operator would run one (durable), migrated."""
    with running_cluster({"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}) as cluster:
        variables = {
            "POOLHOUSE_BASE_URL": BASE_URL,
            "POOLHOUSE_DATABASE_URL": cluster.create_database("bench").replace("postgresql+psycopg", "postgresql"),
            "POOLHOUSE_MASTER_KEY": new_master_key(),
            "POOLHOUSE_ROOT_ACCESS_KEY_ID": ROOT_KEY[0],
            "POOLHOUSE_ROOT_SECRET_ACCESS_KEY": ROOT_KEY[1],
            "POOLHOUSE_ACCOUNT_ID": "123456789012",
            "POOLHOUSE_ALLOWED_HOSTS": "127.0.0.1",
            "POOLHOUSE_LOG_LEVEL": "info",
        }
        environment = {**os.environ, **variables}
        subprocess.run([program(), "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        fields = {name.removeprefix("POOLHOUSE_").lower(): value for name, value in variables.items()}
        yield Deployment(cluster, environment, Settings.model_validate(fields))


@contextmanager
def serving(deployed: Deployment, workers: int = 1) -> Iterator[Server]:
    """`poolhouse serve` on a free port, ready; stopped with SIGTERM.

    Its mail server never says a word: messages go on waiting, so that their codes can be read, and sending costs nothing.
    """
    port, mail = free_port(), socket.create_server(("127.0.0.1", 0))
    environment = {
        **deployed.environment,
        "POOLHOUSE_PORT": str(port),
        "POOLHOUSE_METRICS_PORT": str(free_port()),
        "POOLHOUSE_WORKERS": str(workers),
        "POOLHOUSE_SMTP_URL": f"smtp://127.0.0.1:{mail.getsockname()[1]}",
    }
    if os.geteuid() == 0:
        environment["POOLHOUSE_FUNCTION_USER"] = _FUNCTION_USERS
    process = subprocess.Popen(
        [program(), "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        _wait_until_ready(port, process)
        yield Server(port, process.pid)
    finally:
        mail.close()
        process.terminate()
        process.wait(_STOP_SECONDS)


def program() -> str:
    """The `poolhouse` of this environment."""
    return str(Path(sys.executable).with_name("poolhouse"))


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"poolhouse serve ended with {process.returncode}")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).is_success:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.1)
    raise RuntimeError("poolhouse serve did not become ready")
