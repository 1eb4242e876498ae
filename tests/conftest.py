"""What all tests share: a database, the application in process, a clock that a test may move, and an operator's client."""

import dataclasses
import datetime
import importlib
import itertools
import logging
import os
import pkgutil
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.auth
import httpx
import hypothesis
import pytest
import structlog
from gmpy2 import powmod
from pycognito import aws_srp

from app.core import keys
from app.db import tables
from app.db.engine import Database
from app.db.types import Base
from app.flows.snapshots import Snapshots
from app.flows.work import Resources
from app.kit.logs import _Direct
from app.kit.sealing import new_master_key
from app.kit.settings import Settings
from app.main import close_resources, open_resources
from tests.factories import Factory
from tests.functions import FakeFunctions
from tests.in_process import InProcessServer
from tests.postgres import running_cluster

# How long one example may take says more of what else the machine does.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("house")

_ROOM = 2 * 1024**3
ROOT_KEY = ("AKIAROOTROOTROOTROOT", "root-secret-of-the-test-suite-0123456789")


class Clock:
    """The application's clock in tests: stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = int(time.time()) * 1_000

    def __call__(self) -> int:
        return self.now

    def advance(self, *, ms: int = 0, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> None:
        """Moves time forward."""
        self.now += ms + 1_000 * (seconds + 60 * (minutes + 60 * (hours + 24 * days)))


def is_on_postgresql() -> bool:
    """Whether the tests that share a database share one of PostgreSQL."""
    return os.environ.get("POOLHOUSE_TEST_DATABASE", "sqlite") == "postgresql"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL runs what uses the shared database. The others have none or one of their own: they ran on SQLite."""
    if not is_on_postgresql():
        return
    kept = [item for item in items if "database_url" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """An empty database of the kind that POOLHOUSE_TEST_DATABASE names."""
    if is_on_postgresql():
        with running_cluster() as cluster:
            yield cluster.create_database("poolhouse")
    else:
        with tempfile.TemporaryDirectory(prefix="poolhouse-db-", dir=_memory()) as folder:
            yield f"sqlite:///{folder}/poolhouse.db"


def _memory() -> str | None:
    """A folder in memory where there is room (None: on the disk): every commit waits for the disk, and nobody keeps the data."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    has_room = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM
    return str(memory) if has_room else None


@pytest.fixture(scope="session")
def clock() -> Clock:
    """The one clock. Tests run at different moments of it; it never goes back."""
    return Clock()


def settings_on(database_url: str) -> Settings:
    """Settings of a server under test."""
    return Settings(
        mode="dev",
        base_url="http://localhost:9229",
        database_url=database_url,
        master_key=new_master_key(),
        root_access_key_id=ROOT_KEY[0],
        root_secret_access_key=ROOT_KEY[1],
        account_id="123456789012",
        password_hash="test-only",
    )


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    """Settings of the server under test."""
    return settings_on(database_url)


@pytest.fixture(scope="session")
def functions() -> FakeFunctions:
    """What runs the functions that pools name."""
    return FakeFunctions()


@pytest.fixture(scope="session")
def resources(settings: Settings, clock: Clock, functions: FakeFunctions) -> Iterator[Resources]:
    """Opened resources on a database with all tables and a stock of key pairs."""
    database = Database(settings.database_url)
    for module in pkgutil.iter_modules(tables.__path__):
        importlib.import_module(f"{tables.__name__}.{module.name}")
    Base.metadata.create_all(database.engine)
    database.close()
    opened = dataclasses.replace(open_resources(settings, clock), functions=functions)
    stock_keys(opened)
    yield opened
    close_resources(opened)


# Of tests, and of pairs in the stock: what was put there later is taken later, so two that are taken together differ.
_turns, _rounds = itertools.count(), itertools.count()


@cache
def _key_pairs() -> list[bytes]:
    return [keys.new_key_pair("RS256")[1] for _ in range(24)]


def stock_keys(opened: Resources, turns: int = 20) -> None:
    """Many rows over few key pairs, since making pairs would take most of the time of a test run."""
    pairs = _key_pairs()
    with opened.database.write() as db:
        for turn in itertools.islice(_rounds, turns):
            rows = [(f"{turn:04}-{number:02}-{os.urandom(24).hex()}", der) for number, der in enumerate(pairs)]
            keys.refill_stock(db, opened.keyring, rows, turn)


@pytest.fixture(autouse=True)
def _stocked(request: pytest.FixtureRequest) -> None:
    """Looks after the stock now and then: it must last for all tests, and be small, since a pool takes what is oldest in it."""
    if "resources" in request.fixturenames and next(_turns) % 20 == 0:
        opened = request.getfixturevalue("resources")
        with opened.database.read() as db:
            count = keys.count_stock(db)
        if count < 300:
            stock_keys(opened)


@pytest.fixture(scope="session")
def server(resources: Resources) -> Iterator[InProcessServer]:
    """The application in process."""
    running = InProcessServer(resources)
    yield running
    running.close()


@pytest.fixture(scope="session")
def served(resources: Resources) -> Iterator[InProcessServer]:
    """The application on the same database as `serve` runs it behind TLS: prefix domains are under pools.example.net, and a
    proxy at 10.0.0.1 is believed."""
    settings = resources.settings.model_copy(
        update={
            "mode": "serve",
            "base_url": "https://id.example.com",
            "domain_suffix": "pools.example.net",
            "trusted_proxies": "10.0.0.1",
        }
    )
    # Of its own: what doors derive from a pool holds URLs.
    snapshots = Snapshots(resources.database, resources.keyring)
    snapshots.start()
    running = InProcessServer(dataclasses.replace(resources, settings=settings, snapshots=snapshots))
    yield running
    running.close()
    snapshots.stop()


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Whatever a test, or a command that it calls, configures is undone: the process is the other tests', too."""
    root, configured, writer = logging.getLogger(), structlog.get_config(), _Direct.writer
    handlers, level = root.handlers, root.level
    yield
    structlog.configure(**configured)
    _Direct.writer = writer
    root.handlers = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def _signing_time(request: pytest.FixtureRequest, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes botocore sign at the application's moment where the application runs in process; other servers have real time."""
    if "resources" not in request.fixturenames:
        return

    def current(remove_tzinfo: bool = True) -> datetime.datetime:
        moment = datetime.datetime.fromtimestamp(clock.now / 1_000, datetime.UTC)
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    monkeypatch.setattr(botocore.auth, "get_current_datetime", current)


@pytest.fixture(scope="session", autouse=True)
def _quick_powers() -> Iterator[None]:
    """Powers of large numbers from GMP for pycognito's half of SRP: Python's own take a tenth of a second for a sign-in."""

    def power(base: int, exponent: int, modulus: int) -> int:
        return int(powmod(base, exponent, modulus))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws_srp, "pow", power, raising=False)
        yield


@pytest.fixture(scope="session")
def operator(server: InProcessServer) -> Any:
    """A botocore cognito-idp client with the root access key."""
    return server.boto_client("cognito-idp", ROOT_KEY)


@pytest.fixture(scope="session")
def gated(resources: Resources) -> Iterator[Any]:
    """An operator's client of a server that keeps pools to their feature plan (POOLHOUSE_TIER_GATING=on)."""
    settings = resources.settings.model_copy(update={"tier_gating": "on"})
    running = InProcessServer(dataclasses.replace(resources, settings=settings))
    yield running.boto_client("cognito-idp", ROOT_KEY)
    running.close()


@pytest.fixture(scope="session")
def public(server: InProcessServer) -> Any:
    """A botocore cognito-idp client whose access key means nothing, for the operations that need none."""
    return server.boto_client("cognito-idp", None)


@pytest.fixture(scope="session")
def ours(server: InProcessServer) -> Any:
    """A botocore client of our own service `poolhouse`, over the model that ships with the package."""
    return server.boto_client("poolhouse", ROOT_KEY)


@pytest.fixture
def http(server: InProcessServer) -> Iterator[httpx.Client]:
    """An HTTP client for the OAuth door and the pages, with a cookie jar of its own."""
    with server.http_client() as client:
        yield client


@pytest.fixture
def make(operator: Any, resources: Resources) -> Factory:
    """Makes pools, clients and users through the API."""
    return Factory(operator, resources)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).parent.parent
