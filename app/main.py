"""The one place that wires: settings become resources, doors become one ASGI application. Imports everything."""

from collections.abc import Callable
from urllib.parse import urlsplit

from sqlalchemy import insert, select
from starlette.types import Receive, Scope, Send

from app.db.engine import Database
from app.db.keyring import Keyring
from app.db.tables.server import ConfigurationVersion
from app.flows.snapshots import Snapshots
from app.flows.work import Resources
from app.kit.clock import now_ms
from app.kit.hashing import PasswordHasher
from app.kit.sealing import master_key
from app.kit.settings import Settings
from app.web.aws.endpoint import routes as aws_routes
from app.web.bridge import Bridge
from app.web.edge import Edge, Hosts
from app.web.house import House
from app.web.oauth.routes import routes as oauth_routes
from app.web.pages.routes import routes as page_routes


def open_resources(settings: Settings, clock: Callable[[], int] = now_ms) -> Resources:
    """Opens the database and keys of one process; raises SealError for a wrong master key."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    keyring = Keyring(database, master_key(settings.master_key.get_secret_value()))
    with database.write() as db:
        keyring.open_server(db, clock())
        if db.execute(select(ConfigurationVersion.version)).one_or_none() is None:
            db.execute(insert(ConfigurationVersion).values(id=1, version=1))
    snapshots = Snapshots(database, keyring, settings.domain_suffix)
    snapshots.start()
    return Resources(
        settings=settings,
        database=database,
        keyring=keyring,
        hasher=_hasher(settings),
        snapshots=snapshots,
        wake_messages=lambda: None,
        note_usage=lambda event: None,
        clock=clock,
    )


def _hasher(settings: Settings) -> PasswordHasher:
    if settings.password_hash == "test-only":
        return PasswordHasher(memory_kib=8, time_cost=1, parallelism=1, slots=settings.cores_per_worker())
    return PasswordHasher(
        memory_kib=settings.argon2_memory_kib,
        time_cost=settings.argon2_time_cost,
        parallelism=settings.argon2_parallelism,
        slots=settings.cores_per_worker(),
    )


def close_resources(resources: Resources) -> None:
    """Stops the poller and closes the database."""
    resources.snapshots.stop()
    resources.database.close()


def create_app(resources: Resources) -> Edge:
    """The ASGI application over opened resources."""
    settings = resources.settings
    house = House(resources, Bridge(settings.threads))
    routes = [*aws_routes(), *oauth_routes(), *page_routes()]
    return Edge(house, routes, _hosts(house), _lifespan, lambda *_: None)


def _hosts(house: House) -> Hosts:
    """The server's own names; any other is looked up among the pools' domains."""
    settings = house.settings
    names = {urlsplit(settings.base_url).hostname or "", *settings.host_list()}
    if settings.mode == "dev":
        names |= {"localhost", "127.0.0.1", "[::1]"}

    async def find_pool(host: str) -> str | None:
        return await house.bridge.call(house.resources.snapshots.pool_of_host, host)

    return Hosts(frozenset(names), find_pool)


async def _lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
