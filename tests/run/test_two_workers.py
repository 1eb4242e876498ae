"""What is good once, asked for at the same moment in two worker processes over PostgreSQL, succeeds once."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app.core import access_keys
from app.db.tables.tokens import RefreshToken, TokenFamily
from app.flows.work import Resources
from app.kit.settings import Settings
from app.main import close_resources, open_resources
from tests.factories import Factory
from tests.in_process import InProcessServer
from tests.oauth.relying_party import CALLBACK, CODE_CLIENT, OAuth, Verifier
from tests.run.processes import Running, served

pytestmark = pytest.mark.slow

PARALLEL = 200


@dataclass(frozen=True)
class Node:
    """A third process, the test's own, on the same database: it prepares what the workers then race for."""

    resources: Resources
    make: Factory
    http: httpx.Client

    def count(self, table: type[RefreshToken] | type[TokenFamily], pool_id: str) -> int:
        with self.resources.database.read() as db:
            return int(db.execute(select(func.count()).where(table.pool_id == pool_id)).scalar_one())


@pytest.fixture
def workers(settings: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    with served(tmp_path, {**settings, "workers": "2"}) as server:
        yield server


@pytest.fixture
def node(settings: dict[str, str], workers: Running) -> Iterator[Node]:
    here = {"mode": "dev", "base_url": "http://localhost:9229", "password_hash": "test-only"}
    resources = open_resources(Settings.model_validate({**settings, **here}))
    server = InProcessServer(resources)
    root = (settings["root_access_key_id"], settings["root_secret_access_key"])
    with server.http_client() as http:
        yield Node(resources, Factory(server.boto_client("cognito-idp", root), resources), http)
    server.close()
    close_resources(resources)


def _cpu_ticks(server: Running) -> dict[int, int]:
    """Of each worker process, the CPU time that it has used."""
    lines = [json.loads(line) for line in server.log.splitlines()]
    pids = [line["pid"] for line in lines if line["event"] == "process_started" and line["role"] == "worker"]
    fields = {pid: Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split() for pid in pids}
    return {pid: int(found[11]) + int(found[12]) for pid, found in fields.items()}


def _race(server: Running, pool_id: str, fields: dict[str, str]) -> Counter[str]:
    """How often each answer came, when both workers were asked at once on connections of their own."""

    async def ask(client: httpx.AsyncClient) -> str:
        reply = await client.post(f"{server.base_url}/{pool_id}/oauth2/token", data=fields)
        assert reply.status_code < 500, reply.text
        return "200" if reply.is_success else str(reply.json()["error"])

    async def all_at_once() -> list[str]:
        limits = httpx.Limits(max_connections=PARALLEL, max_keepalive_connections=0)
        async with httpx.AsyncClient(limits=limits, timeout=60) as client:
            return await asyncio.gather(*(ask(client) for _ in range(PARALLEL)))

    before = _cpu_ticks(server)
    found = Counter(asyncio.run(all_at_once()))
    after = _cpu_ticks(server)
    assert len(before) == 2
    assert all(after[pid] > ticks for pid, ticks in before.items()), "both took part"
    return found


def test_two_that_start_at_once_on_a_new_database(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    put = access_keys.put_root_key

    def put_slowly(*arguments: Any) -> None:
        put(*arguments)
        time.sleep(0.5)  # the other one comes before the commit

    monkeypatch.setattr(access_keys, "put_root_key", put_slowly)
    mine = Settings.model_validate({**settings, "mode": "serve"})
    with ThreadPoolExecutor(2) as threads:
        for opening in [threads.submit(open_resources, mine) for _ in range(2)]:
            close_resources(opening.result())


def test_one_authorization_code(workers: Running, node: Node) -> None:
    pool_id = node.make.pool()
    oauth = OAuth(node.http, node.make, node.resources, pool_id)
    party, pkce = oauth.client(AllowedOAuthScopes=["openid"]), Verifier()
    user = node.make.user(pool_id)
    fields = {
        "grant_type": "authorization_code",
        "code": oauth.code(party, user, pkce),
        "redirect_uri": CALLBACK,
        "client_id": party.client_id,
        "code_verifier": pkce.verifier,
    }
    before = node.count(TokenFamily, pool_id)
    assert _race(workers, pool_id, fields) == {"200": 1, "invalid_grant": PARALLEL - 1}
    assert node.count(TokenFamily, pool_id) == before + 1


def test_one_rotating_refresh_token(workers: Running, node: Node) -> None:
    pool_id = node.make.pool()
    options = {**CODE_CLIENT, "AllowedOAuthScopes": ["openid"], "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    client_id = node.make.client(pool_id, **options, RefreshTokenRotation=rotation)["ClientId"]
    first = node.make.tokens(client_id, node.make.user(pool_id))["RefreshToken"]
    before = node.count(RefreshToken, pool_id)
    fields = {"grant_type": "refresh_token", "refresh_token": first, "client_id": client_id}
    assert _race(workers, pool_id, fields) == {"200": 1, "invalid_grant": PARALLEL - 1}
    assert node.count(RefreshToken, pool_id) == before + 1
