"""A real Chromium against a real server: this application under uvicorn on a free port, in a thread of the test run."""

import asyncio
import importlib
import pkgutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.db import tables
from app.db.engine import Database
from app.db.types import Base
from app.flows.work import Resources
from app.gateways.inbox import Inbox
from app.gateways.messages import OutgoingMessage
from app.kit.settings import Settings
from app.main import close_resources, create_app, open_resources
from app.web.server import Server, bind, configure
from tests.browser.gallery import WithGallery
from tests.conftest import ROOT_KEY, stock_keys
from tests.factories import Factory
from tests.functions import FakeFunctions
from tests.in_process import aws_session
from tests.pages.browsing import App

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_WAIT_SECONDS = 10


@dataclass(frozen=True)
class Site:
    """The started server, and two apps on origins of their own that it may send people to."""

    base_url: str
    resources: Resources
    operator: Any
    # A client of our own service `poolhouse`.
    ours: Any
    make: Factory
    callbacks: tuple[str, str]
    functions: FakeFunctions

    def app(self, pool_id: str | None = None, number: int = 0, **options: Any) -> App:
        """An app client for the code grant, in a new pool unless `pool_id` names one."""
        options = {"PoolName": "Harbour", "AutoVerifiedAttributes": ["email"], **options}
        pool = pool_id or self.make.pool(**options)
        client = self.make.client(
            pool,
            ClientName=("Harbour Market", "Lighthouse Books")[number],
            CallbackURLs=[self.callbacks[number]],
            LogoutURLs=[self.callbacks[number]],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid", "email", "profile"],
            SupportedIdentityProviders=["COGNITO"],
            ExplicitAuthFlows=["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        return App(pool, client["ClientId"], self.callbacks[number])

    def url(self, app: App, path: str = "/oauth2/authorize", **changes: str | None) -> str:
        """A URL of a pool with an app's authorize request."""
        return self.base_url + app.url(path, **changes)

    def mail(self, address: str, count: int = 1) -> OutgoingMessage:
        """The newest mail to an address, once there are `count`."""
        inbox = self.resources.gateways["EMAIL"]
        assert isinstance(inbox, Inbox)
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            found = inbox.list_messages(address)
            if len(found) >= count:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"no mail to {address}")


class _Home(BaseHTTPRequestHandler):
    """An app's page after sign-in; at /moved it sends people on to another origin."""

    def do_GET(self) -> None:
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.headers['Host'].rpartition(':')[2]}/home")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = b"<!doctype html><title>Home</title><h1>Welcome back to the app</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the signature of http.server
        pass


@contextmanager
def started_site(common: Settings, database: Path) -> Iterator[Site]:
    """The server and the apps, started, on a new database. Of the settings only where it answers and its database are changed."""
    listener = bind("127.0.0.1", 0)
    base_url = f"http://localhost:{listener.getsockname()[1]}"
    functions = FakeFunctions()
    resources = replace(_opened(common, base_url, database), functions=functions)
    server = Server(configure(WithGallery(create_app(resources), resources), shutdown_seconds=2))
    serving = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    serving.start()
    homes = [ThreadingHTTPServer(("127.0.0.1", 0), _Home) for _ in range(2)]
    for home in homes:
        threading.Thread(target=home.serve_forever, daemon=True).start()
    operator = _client("cognito-idp", base_url)
    callbacks = tuple(f"http://localhost:{home.server_address[1]}/callback" for home in homes)
    yield Site(
        base_url,
        resources,
        operator,
        _client("poolhouse", base_url),
        Factory(operator, resources),
        (callbacks[0], callbacks[1]),
        functions,
    )
    server.should_exit = True
    serving.join(_WAIT_SECONDS)
    for home in homes:
        home.shutdown()
        home.server_close()
    close_resources(resources)


def _client(service: str, base_url: str) -> Any:
    """A boto3 client with the root access key."""
    key_id, secret = ROOT_KEY
    return aws_session().client(
        service,
        region_name="us-east-1",
        endpoint_url=base_url,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
    )


def _opened(common: Settings, base_url: str, database: Path) -> Resources:
    settings = common.model_copy(update={"base_url": base_url, "database_url": f"sqlite:///{database}"})
    for module in pkgutil.iter_modules(tables.__path__):
        importlib.import_module(f"{tables.__name__}.{module.name}")
    made = Database(settings.database_url)
    Base.metadata.create_all(made.engine)
    made.close()
    opened = open_resources(settings)
    stock_keys(opened, turns=10)
    return opened


@pytest.fixture(scope="session")
def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The one server for all tests in the browser, and the apps. What a test makes has names of its own."""
    with started_site(settings, tmp_path_factory.mktemp("browser") / "poolhouse.db") as started:
        yield started


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests come last: a driver that is at work leaves its event loop in the thread, where others would stumble over it."""
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, the same for all."""
    expect.set_options(timeout=_WAIT_SECONDS * 1_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A window with cookies of its own. Scripts are off: every page works without."""
    opened = chromium.new_context(locale="en-US", java_script_enabled=False, viewport={"width": 1280, "height": 860})
    opened.set_default_timeout(_WAIT_SECONDS * 1_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Page:
    """A tab. Whatever the browser complains about (a policy that blocks, a file that is missing) fails the test."""
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    return opened


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser's console has said; statuses of our own 4xx pages are no complaint."""
    said: list[str] = []
    yield said
    assert [text for text in said if "the server responded with a status of 4" not in text] == []
