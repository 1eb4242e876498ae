"""The edge: which Hosts are answered, and what is answered whatever the Host."""

import asyncio
from typing import Any

import httpx
import pytest

from app.flows.work import Resources
from app.kit.errors import TooManyRequestsException
from app.web.bridge import Bridge
from app.web.edge import Edge, Hosts
from app.web.house import House
from tests.in_process import InProcessServer


def _get(server: InProcessServer, path: str, *hosts: bytes) -> int:
    return server.request("GET", server.base_url + path, [(b"host", host) for host in hosts], b"").status


@pytest.mark.parametrize("host", [b"localhost:9229", b"LOCALHOST", b"localhost.:9229", b"127.0.0.1", b"[::1]:9229"])
def test_own_hosts(server: InProcessServer, host: bytes) -> None:
    assert _get(server, "/nothing-here", host) == 404


@pytest.mark.parametrize(
    "host", [b"evil.example", b"localhost.evil.example", b"xlocalhost", b"a..b", b"-a.b", b"[::2]"]
)
def test_unknown_hosts(server: InProcessServer, host: bytes) -> None:
    assert _get(server, "/", host) == 421
    assert _get(server, "/us-east-1_aaaaaaaaa/.well-known/jwks.json", host) == 421


@pytest.mark.parametrize(
    "hosts", [(), (b"localhost", b"localhost"), (b"local host",), (b"\xff\xfe",), (b"localhost/x",)]
)
def test_hosts_that_are_none(server: InProcessServer, hosts: tuple[bytes, ...]) -> None:
    assert _get(server, "/", *hosts) == 400


def test_health_is_told_on_any_host(server: InProcessServer) -> None:
    assert _get(server, "/healthz", b"10.9.8.7") == 200
    assert _get(server, "/healthz") == 200


def test_a_host_that_cannot_be_looked_up_now_is_told_to_wait(resources: Resources) -> None:
    async def busy(_host: str) -> str | None:
        raise TooManyRequestsException

    async def lifespan(*_: object) -> None:
        """Nothing to begin."""

    house = House(resources, Bridge(1, in_greenlets=False))
    edge = Edge(house, [], Hosts(frozenset(), busy), lifespan, lambda *_: None)
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "query_string": b"", "client": ("::1", 1)}
    asyncio.run(edge({**scope, "headers": [(b"host", b"pool.example")]}, receive, send))
    house.bridge.close()
    assert sent[0]["status"] == 429


def test_methods(http: httpx.Client) -> None:
    refused = http.post("/healthz")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    assert http.head("/healthz").status_code == 200
