"""What the tests of `poolhouse serve` share: a durable PostgreSQL, and settings on a migrated database of their own."""

import secrets
from collections.abc import Iterator

import pytest

from app.kit.sealing import new_master_key
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
