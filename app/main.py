"""The one place that wires: settings become resources, doors become one ASGI application. Imports everything."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, func, insert, select
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from app.core import access_keys
from app.db import revisions
from app.db.engine import Database
from app.db.keyring import Keyring
from app.db.tables.server import ConfigurationVersion
from app.flows.function_calls import CallBuffer
from app.flows.run_function import FunctionTable
from app.flows.send_messages import MessageSender
from app.flows.snapshots import Snapshots
from app.flows.usage import UsageBuffer
from app.flows.work import Resources
from app.gateways.inbox import Inbox
from app.gateways.messages import Gateway
from app.gateways.outbound import Outbound
from app.gateways.pool_gateways import PoolGateways
from app.gateways.server_gateways import make_outbound, make_server_gateways
from app.gateways.server_runners import make_checks, make_runners
from app.kit.clock import now_ms
from app.kit.hashing import PasswordHasher
from app.kit.lanes import FairThreads
from app.kit.sealing import master_key
from app.kit.settings import Settings
from app.kit.template_folders import TemplateFolders
from app.web.aws.endpoint import AWS
from app.web.aws.endpoint import routes as aws_routes
from app.web.aws.rest import is_signed
from app.web.bridge import Bridge
from app.web.dev.facts import DevFacts
from app.web.dev.preview import Previews
from app.web.dev.routes import routes as dev_routes
from app.web.edge import Door, Edge, Hosts
from app.web.hosts import HostFinder
from app.web.house import House
from app.web.oauth.errors import API
from app.web.oauth.routes import routes as oauth_routes
from app.web.ops.observe import observe
from app.web.ops.routes import routes as ops_routes
from app.web.pages import preview
from app.web.pages.error import PAGES
from app.web.pages.routes import routes as page_routes

# What programs ask for, the authorization endpoint apart.
_API_PATHS = ("/oauth2/", "/.well-known/")
# Any number: it names the lock under which one process at a time prepares a database.
_ADVISORY_LOCK = 7_065_482_732


def open_resources(settings: Settings, clock: Callable[[], int] = now_ms, *, has_root_key: bool = True) -> Resources:
    """Opens the database and keys of one process; raises SealError for a wrong master key, ValueError for none.

    With `has_root_key` the settings' root access key becomes the only one (none: root is switched off); processes that
    answer no calls leave it as it is. Nothing runs in the background but the poll for configuration changes until
    `Background` is started.
    """
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    keyring = prepare(database, settings, clock())
    if has_root_key:
        secret = settings.root_secret_access_key.get_secret_value()
        with _alone(database) as db:
            access_keys.put_root_key(db, keyring, settings.account_id, settings.root_access_key_id, secret, clock())
    snapshots = Snapshots(database, keyring)
    snapshots.start()
    outbound = make_outbound(settings)
    functions = FunctionTable(
        snapshots,
        make_runners(settings, outbound),
        make_checks(settings, outbound),
        _function_lane(settings, is_sqlite=database.is_sqlite),
        CallBuffer(database, keyring),
        clock,
        keeps_payloads=settings.mode == "dev",
    )
    gateways, pool_gateways = _gateways(settings, outbound)
    return Resources(
        settings=settings,
        database=database,
        keyring=keyring,
        hasher=_hasher(settings),
        snapshots=snapshots,
        gateways=gateways,
        pool_gateways=pool_gateways,
        outbound=outbound,
        messages_due=threading.Event(),
        usage=UsageBuffer(database),
        clock=clock,
        function_table=functions,
        functions=functions,
        templates=TemplateFolders(settings.templates, reloads=settings.mode == "dev"),
    )


def prepare(database: Database, settings: Settings, now: int) -> Keyring:
    """Makes what every database has once (the server's data key, the version row) and gives the keys.

    Raises SealError for a wrong master key, ValueError for none.
    """
    keyring = Keyring(database, master_key(settings.read_master_key()))
    with _alone(database) as db:
        keyring.open_server(db, now)
        if db.execute(select(ConfigurationVersion.version)).one_or_none() is None:
            db.execute(insert(ConfigurationVersion).values(id=1, version=1))
    return keyring


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A write segment of one process at a time: workers start together, and each makes what is missing."""
    with database.write() as db:
        if not database.is_sqlite:
            db.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        yield db


def _gateways(settings: Settings, outbound: Outbound) -> tuple[dict[str, Gateway], PoolGateways]:
    """The server's gateways, and what makes those of pools. In `dev` the inbox has a copy of whatever goes out."""
    made = make_server_gateways(settings, outbound)
    if settings.mode != "dev":
        return made, PoolGateways(outbound)
    inbox = Inbox(made)
    return {"EMAIL": inbox, "SMS": inbox}, PoolGateways(outbound, inbox)


def _function_lane(settings: Settings, *, is_sqlite: bool) -> FairThreads:
    """Threads for calls of functions: a quarter at most for one pool, half of fewer over SQLite, which is for few pools."""
    threads, share = (min(settings.function_threads, 32), 2) if is_sqlite else (settings.function_threads, 4)
    of_pool = threads // share
    return FairThreads("functions", threads, 2 * threads, waiting_per_pool=2 * of_pool, running_per_pool=of_pool)


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
    """Writes what is buffered, stops the poller, ends functions, closes gateways and database."""
    resources.snapshots.stop()
    resources.function_table.close()
    resources.usage.stop()
    for gateway in set(resources.gateways.values()):
        gateway.close()
    resources.pool_gateways.close()
    resources.outbound.close()
    resources.database.close()


class Background:
    """What a serving process does besides answering: it sends messages as they come and writes what is buffered."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._sender = MessageSender(resources)

    def start(self) -> None:
        """Begins."""
        self._resources.usage.start()
        self._resources.function_table.calls.start()
        self._sender.start()

    def stop(self) -> None:
        """Finishes the message in hand. What is noted until the very end is written by `close_resources`."""
        self._sender.stop()


def create_app(resources: Resources, dev: DevFacts | None = None) -> Edge:
    """The ASGI application over opened resources. Its lifespan runs `Background`. The dev door opens for `dev` only."""
    settings = resources.settings
    bridge = Bridge(
        settings.threads,
        in_greenlets=not resources.database.is_sqlite,
        waiting_elsewhere=resources.function_table.capacity,
    )
    house = House(resources, bridge)
    routes = [*aws_routes(), *oauth_routes(PAGES.render_error), *page_routes(), *ops_routes(resources)]
    if settings.mode == "dev":
        previews = Previews(preview.preview_names, preview.render_preview, preview.preview_version)
        routes += dev_routes(dev or DevFacts(), previews)
    return Edge(house, routes, _hosts(house), _Lifespan(house), observe, find_door)


def find_door(request: Request, path: str) -> Door:
    """The door that a request without a route was meant for: programs hear of it in their protocol, browsers by a page."""
    if (
        "x-amz-target" in request.headers
        or is_signed(request)
        or (path == "/" and request.method not in ("GET", "HEAD"))
    ):
        return AWS
    return API if path.startswith(_API_PATHS) and path != "/oauth2/authorize" else PAGES


def _hosts(house: House) -> Hosts:
    """The server's own names; any other is looked up among the pools' domains."""
    settings = house.settings
    names = settings.own_hosts()
    if settings.mode == "dev":
        names |= {"localhost", "127.0.0.1", "[::1]"}
    snapshots = house.resources.snapshots
    return Hosts(names, HostFinder(house.bridge, lambda host: snapshots.pool_of_host(host, settings.domain_suffix)))


class _Lifespan:
    """The ASGI lifespan (version 2.0) of the application."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._background = Background(house.resources)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._background.start()
            else:
                await asyncio.to_thread(self._background.stop)
                await self._house.resources.database.leave_loop()
                self._house.bridge.close()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return


def warm_up() -> None:
    """Does once, in the process that workers are forked from, what every one of them would do at its start."""
    aws_routes()
    revisions.head()
