"""What the tests of processes share: a durable PostgreSQL, settings on a migrated database of their own, and a mail server."""

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from app.kit.sealing import new_master_key
from tests.ports import free_port
from tests.postgres import Cluster, running_cluster
from tests.run.processes import run

ROOT_ID = "AKIASERVESERVESERVE1"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that keeps what it acknowledged, whatever happens to its clients."""
    with running_cluster({"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}) as started:
        yield started


@pytest.fixture(scope="session")
def migrated(cluster: Cluster) -> str:
    """The name of a migrated, empty database, to be copied."""
    url = cluster.create_database("template_of_serve")
    done = run("migrate", database_url=url)
    assert done.returncode == 0, done.stderr
    return "template_of_serve"


@pytest.fixture
def settings(cluster: Cluster, migrated: str) -> dict[str, str]:
    """Settings that `serve` accepts, on a database of its own."""
    name = f"serve_{secrets.token_hex(4)}"
    return {
        "base_url": "https://id.example.com",
        "database_url": cluster.create_database(name, migrated),
        "master_key": new_master_key(),
        "root_access_key_id": ROOT_ID,
        "root_secret_access_key": secrets.token_urlsafe(32),
        "argon2_memory_kib": "8192",
        "shutdown_seconds": "10",
    }


class Mailbox:
    """A mail server's handler that takes its time, so that a kill finds messages on their way."""

    def __init__(self) -> None:
        self.recipients: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(0.05)
        self.recipients += envelope.rcpt_tos
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """A mail server on this machine and its URL."""
    handler = Mailbox()
    controller = Controller(handler, hostname="localhost", port=free_port())
    controller.start()
    yield handler, f"smtp://localhost:{controller.port}"
    controller.stop()
