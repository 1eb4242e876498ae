"""A started server for the clients, pools for them to work on, and the ways to run Node.js, the AWS CLI and Chromium."""

import json
import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pycognito import Cognito

from conformance.clients.amplify_app import AmplifySite, amplify_site
from conformance.clients.handlers import Handlers
from conformance.clients.receivers import Mailbox, mailbox
from conformance.dev_server import DevServer, dev_server

HERE = Path(__file__).parent
RUN_SECONDS = 60
PASSWORD = "Correct-Horse-7"
# The one function elsewhere that the server may invoke, in any version and by any alias.
REMOTE_FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:confirm"
_BROWSER_MS = 20_000
_AUTH_FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True, slots=True)
class Pool:
    """A user pool made for a test or a test module, with a public app client."""

    pool_id: str
    client_id: str


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """`poolhouse dev` with a quick password hash. When all clients are done its log must hold no error."""
    settings = {"POOLHOUSE_PASSWORD_HASH": "test-only", "POOLHOUSE_LAMBDA_ALLOW": f"{REMOTE_FUNCTION}:*"}
    with dev_server(tmp_path_factory.mktemp("dev"), settings) as started:
        yield started
        assert started.complaints() == []


@pytest.fixture(scope="session")
def operator(server: DevServer) -> Any:
    """The operator's boto3 client."""
    return server.boto()


@pytest.fixture(params=["python", "node"], scope="session")
def handlers(request: pytest.FixtureRequest, server: DevServer) -> Handlers:
    """The handlers of conformance/functions, first those in Python, then those for Node."""
    return Handlers(server.boto("poolhouse"), request.param)


@pytest.fixture(scope="session")
def mail() -> Iterator[Mailbox]:
    """A mail server that handlers send to."""
    with mailbox() as running:
        yield running


class Pools:
    """Makes pools, each with a public app client, and their users, as an operator does; `close` deletes the pools."""

    def __init__(self, operator: Any) -> None:
        self.operator = operator
        self._made: list[str] = []

    def make(self, *, mfa: dict[str, Any] | None = None, client: dict[str, Any] | None = None, **options: Any) -> Pool:
        """A pool with these members of CreateUserPool, SetUserPoolMfaConfig (`mfa`), CreateUserPoolClient (`client`)."""
        name = f"clients-{secrets.token_hex(4)}"
        pool_id = self.operator.create_user_pool(PoolName=name, **options)["UserPool"]["Id"]
        self._made.append(pool_id)
        if mfa:
            self.operator.set_user_pool_mfa_config(UserPoolId=pool_id, **mfa)
        members = {"ExplicitAuthFlows": _AUTH_FLOWS, "PreventUserExistenceErrors": "ENABLED", **(client or {})}
        made = self.operator.create_user_pool_client(UserPoolId=pool_id, ClientName="public", **members)
        return Pool(pool_id, made["UserPoolClient"]["ClientId"])

    def make_user(self, pool: Pool, prefix: str = "user", *, is_confirmed: bool = True, **attributes: str) -> str:
        """A user with PASSWORD, temporary unless `is_confirmed`; the mail address is proven unless `attributes` say else.

        An empty `email` is none. Returns the user name.
        """
        username = f"{prefix}-{secrets.token_hex(4)}"
        attributes = {"email": f"{username}@example.com", "email_verified": "true", **attributes}
        if not attributes["email"]:
            del attributes["email"], attributes["email_verified"]
        self.operator.admin_create_user(
            UserPoolId=pool.pool_id,
            Username=username,
            TemporaryPassword=PASSWORD,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )
        if is_confirmed:
            self.operator.admin_set_user_password(
                UserPoolId=pool.pool_id, Username=username, Password=PASSWORD, Permanent=True
            )
        return username

    def close(self) -> None:
        """Deletes the pools."""
        for pool_id in self._made:
            self.operator.delete_user_pool(UserPoolId=pool_id)


@pytest.fixture(scope="module")
def pools(operator: Any) -> Iterator[Pools]:
    """Makes pools that are gone when the module is done."""
    made = Pools(operator)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pool(pools: Pools) -> Pool:
    """A pool where people sign up by themselves and confirm by mail."""
    return pools.make(
        AutoVerifiedAttributes=["email"],
        Schema=[{"Name": "email", "Required": True, "Mutable": True}],
        AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
    )


@pytest.fixture
def make_user(pools: Pools, pool: Pool) -> Callable[..., str]:
    """Makes users of `pool`, as `Pools.make_user` does."""
    return lambda *positional, **named: pools.make_user(pool, *positional, **named)


@pytest.fixture
def connect(server: DevServer, pool: Pool) -> Callable[..., Any]:
    """Makes pycognito's object for a user name, of `pool` unless told otherwise, without AWS credentials unless given some."""

    def make(username: str, **options: Any) -> Any:
        signature = {} if "access_key" in options else {"botocore_config": Config(signature_version=UNSIGNED)}
        return Cognito(
            options.pop("user_pool_id", pool.pool_id),
            options.pop("client_id", pool.client_id),
            username=username,
            boto3_client_kwargs={"endpoint_url": server.facts.endpoint},
            **signature,
            **options,
        )

    return make


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, Debian's package."""
    expect.set_options(timeout=_BROWSER_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=_CHROMIUM)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A person's profile, without any history."""
    opened = browser.new_context(locale="en-US")
    opened.set_default_timeout(_BROWSER_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that throws nothing and fetches nothing from outside."""
    opened = context.new_page()
    elsewhere: list[str] = []
    thrown: list[str] = []
    opened.on("request", lambda request: None if _is_local(request.url) else elsewhere.append(request.url))
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    yield opened
    assert (elsewhere, thrown) == ([], [])


def _is_local(url: str) -> bool:
    return urlsplit(url).scheme == "data" or urlsplit(url).hostname in ("localhost", "127.0.0.1")


@pytest.fixture(scope="session")
def amplify(server: DevServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AmplifySite]:
    """An app with npm aws-amplify, built and served."""
    with amplify_site(tmp_path_factory.mktemp("amplify"), server.facts.endpoint) as site:
        yield site


@pytest.fixture(scope="session")
def run_node(server: DevServer) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Runs a script of this folder with a JSON document as its input and reads the one that it prints."""
    assert (HERE / "node_modules").is_dir(), "the npm clients are missing: make clients"

    def run(script: str, given: dict[str, Any]) -> dict[str, Any]:
        done = subprocess.run(
            ["node", HERE / script],
            input=json.dumps({"endpoint": server.facts.endpoint, **given}),
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
            env=_node_environment(server),
        )
        assert done.returncode == 0, f"{script} failed:\n{done.stderr}\n{done.stdout}"
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return run


def _node_environment(server: DevServer) -> dict[str, str]:
    # No AWS credentials: these are the clients of people, not of operators.
    return {name: value for name, value in server.aws_environment.items() if not name.startswith("AWS_")}


@pytest.fixture(scope="session")
def aws(server: DevServer) -> Callable[..., Any]:
    """Runs `aws` with these arguments and reads the JSON that it prints, None when it prints nothing."""
    program = HERE / ".venv-awscli" / "bin" / "aws"
    assert program.exists(), "the AWS CLI is missing: make clients"

    def run(*arguments: str, environment: dict[str, str] | None = None, status: int = 0) -> Any:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
            env=environment if environment is not None else server.aws_environment,
        )
        assert done.returncode == status, f"aws {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}"
        if status:
            return done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run
