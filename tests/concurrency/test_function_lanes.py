"""While one pool's function hangs under load, sign-ins of other pools take no longer, theirs with a function of their own too."""

import asyncio
import gc
import itertools
import random
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.commands.operations import Operator
from app.db import migrations
from app.db.engine import Database
from app.flows.run_function import BUSY
from app.flows.work import Resources
from app.kit.sealing import new_master_key
from app.kit.settings import Settings
from app.main import close_resources, create_app, open_resources
from app.web.aws.registry import cognito_idp, poolhouse
from tests.factories import PASSWORD
from tests.postgres import running_cluster

pytestmark = pytest.mark.slow
SIGN_INS = 240
AT_ONCE = 4
ROUNDS = 3
# Many more than the share that one pool has of the lane, in threads and in line.
HANGING = 160
_HERE = "tests.concurrency.test_function_lanes"
_HEADERS = [
    (b"host", b"localhost"),
    (b"content-type", b"application/x-amz-json-1.1"),
    (b"x-amz-target", b"AWSCognitoIdentityProviderService.InitiateAuth"),
]


def answer_at_once(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The function of the pool that does not hang."""
    return event


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database of each engine: one run is enough."""
    if request.param == "sqlite":
        yield _migrated(f"sqlite:///{tmp_path / 'lanes.sqlite3'}")
    else:
        with running_cluster() as cluster:
            yield _migrated(cluster.create_database("lanes"))


def _migrated(url: str) -> str:
    database = Database(url)
    migrations.upgrade(database)
    database.close()
    return url


@pytest.fixture
def resources(empty_database: str) -> Iterator[Resources]:
    """As `dev` and `serve` have them: the real table, lane and limits."""
    settings = Settings(
        mode="dev",
        base_url="http://localhost:9229",
        database_url=empty_database,
        master_key=new_master_key(),
        password_hash="test-only",
    )
    opened = open_resources(settings)
    yield opened
    close_resources(opened)


@contextmanager
def _silent_peer() -> Iterator[str]:
    """The URL of a peer that takes connections and never says a word."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    kept.append(listener.accept()[0])

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in kept:
                connection.close()


class _Pool:
    """A pool with a client, some users, and a function that is called before each sign-in."""

    def __init__(self, operator: Operator, function_arn: str) -> None:
        triggers = {"PreAuthentication": function_arn}
        made = operator.call(cognito_idp, "CreateUserPool", PoolName="p", LambdaConfig=triggers)
        pool_id = made["UserPool"]["Id"]
        client = operator.call(
            cognito_idp,
            "CreateUserPoolClient",
            UserPoolId=pool_id,
            ClientName="c",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        self._client_id = client["UserPoolClient"]["ClientId"]
        self._numbers = itertools.count()
        for number in range(10):
            user = {"UserPoolId": pool_id, "Username": f"user-{number}"}
            operator.call(cognito_idp, "AdminCreateUser", **user, MessageAction="SUPPRESS")
            operator.call(cognito_idp, "AdminSetUserPassword", **user, Password=PASSWORD, Permanent=True)

    def sign_in(self) -> bytes:
        """The body of the next user's sign-in."""
        parameters = {"USERNAME": f"user-{next(self._numbers) % 10}", "PASSWORD": PASSWORD}
        return orjson.dumps(
            {"ClientId": self._client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
        )


def _put(operator: Operator, name: str, **how: Any) -> str:
    answer = operator.call(poolhouse, "PutFunction", FunctionName=name, AllUserPools=True, **how)
    return str(answer["Function"]["FunctionArn"])


async def _post(app: Any, body: bytes) -> tuple[int, dict[str, Any], float]:
    """Status, answer and seconds of one request."""
    sent: list[Any] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/", "raw_path": b"/", "query_string": b"", "root_path": "", "headers": _HEADERS,
        "client": ("127.0.0.1", 50_000), "server": ("localhost", 80),
    }  # fmt: skip
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    began = time.perf_counter()
    await app(scope, receive, send)
    seconds = time.perf_counter() - began
    return sent[0]["status"], orjson.loads(b"".join(message.get("body", b"") for message in sent[1:])), seconds


async def _p99(app: Any, pool: _Pool) -> float:
    """Of some rounds the least: what else a machine does slows one down, what a pool does to another slows them all."""
    return min([statistics.quantiles(await _measure(app, pool), n=100)[98] for _ in range(ROUNDS)])


async def _measure(app: Any, pool: _Pool) -> list[float]:
    """Seconds of sign-ins, a few at once, each of which must succeed."""
    found: list[float] = []

    async def one_after_the_other() -> None:
        for _ in range(SIGN_INS // AT_ONCE):
            status, answer, seconds = await _post(app, pool.sign_in())
            assert (status, "AuthenticationResult" in answer) == (200, True), answer
            found.append(seconds)

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    assert len(found) == SIGN_INS
    return found


async def _hang(app: Any, pool: _Pool, ends: Counter[str], waits: list[float]) -> None:
    """A client of the pool that hangs: it tries again about a second after each refusal. Clients do not go in step."""
    while True:
        await asyncio.sleep(random.uniform(0.2, 1.8))
        status, answer, seconds = await _post(app, pool.sign_in())
        assert status == 400, answer
        assert answer["__type"] == "UnexpectedLambdaException"
        ends[BUSY if BUSY in answer["message"] else "unavailable"] += 1
        waits.append(seconds)


async def _compare(
    resources: Resources, hanging: _Pool, quick: _Pool
) -> tuple[float, float, Counter[str], list[float]]:
    app = create_app(resources)
    ends: Counter[str] = Counter()
    waits: list[float] = []
    await _measure(app, quick)
    # As a server does at its start: else the collector may look at all that the tests have loaded, for 0.2 s.
    gc.collect()
    gc.freeze()
    before = await _p99(app, quick)
    clients = [asyncio.create_task(_hang(app, hanging, ends, waits)) for _ in range(HANGING)]
    try:
        await asyncio.sleep(4)
        beside = await _p99(app, quick)
        for client in clients:
            assert not client.done(), client.exception()
    finally:
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        gc.unfreeze()
        await resources.database.leave_loop()
    return before, beside, ends, waits


def test_other_pools_do_not_feel_it(resources: Resources) -> None:
    operator = Operator(resources)
    with _silent_peer() as url:
        hanging = _Pool(operator, _put(operator, "hangs", Webhook={"Url": url}))
        quick = _Pool(operator, _put(operator, "answers", EntryPoint={"Name": f"{_HERE}:answer_at_once"}))
        before, beside, ends, waits = asyncio.run(_compare(resources, hanging, quick))
    # Anything that one pool can use up makes others wait for seconds, or fail.
    assert beside < 2 * before + 0.25, f"{before:.3f} s before, {beside:.3f} s beside"
    # The pool that hangs was under load all the while, and most of its requests heard of it at once.
    assert ends[BUSY] > HANGING
    assert statistics.median(waits) < 1
