"""The edge: which Hosts are answered, and what is answered whatever the Host."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from app.flows.work import Resources
from app.kit.errors import TooManyRequestsException
from app.main import find_door
from app.web.bridge import Bridge
from app.web.edge import Edge, Hosts
from app.web.house import House
from tests.in_process import InProcessServer, Reply
from tests.pages.document import Document


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
    edge = Edge(house, [], Hosts(frozenset(), busy), lifespan, lambda *_: None, find_door)
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


STRAYS = [
    # The request, and the door that tells.
    ("POST", "/", b"evil.example", 421, "aws"),
    ("OPTIONS", "/", b"evil.example", 421, "aws"),
    ("POST", "/", b"local host", 400, "aws"),
    ("PUT", "/", b"localhost", 405, "aws"),
    ("POST", "/us-east-1_aaaaaaaaa/oauth2/token", b"evil.example", 421, "oauth"),
    ("POST", "/oauth2/token", b"evil.example", 421, "oauth"),
    ("GET", "/us-east-1_aaaaaaaaa/oauth2/token", b"localhost", 405, "oauth"),
    ("GET", "/us-east-1_aaaaaaaaa/oauth2/nothing", b"localhost", 404, "oauth"),
    ("GET", "/us-east-1_aaaaaaaaa/.well-known/nothing", b"localhost", 404, "oauth"),
    ("GET", "/.well-known/openid-configuration", b"localhost", 404, "oauth"),
    ("GET", "/.well-known/openid-configuration/us-east-1_aaaaaaaaa", b"evil.example", 421, "oauth"),
    ("GET", "/", b"evil.example", 421, "pages"),
    ("GET", "/", b"local host", 400, "pages"),
    ("GET", "/us-east-1_aaaaaaaaa/login", b"evil.example", 421, "pages"),
    ("GET", "/us-east-1_aaaaaaaaa/oauth2/authorize", b"evil.example", 421, "pages"),
    ("PUT", "/us-east-1_aaaaaaaaa/oauth2/authorize", b"localhost", 405, "pages"),
    ("GET", "/us-east-1_aaaaaaaaa/oauth2/authorize", b"localhost", 404, "pages"),
    ("GET", "/us-east-1_aaaaaaaaa/logout", b"localhost", 404, "pages"),
    ("GET", "/us-east-1_aaaaaaaaa/resendcode", b"localhost", 404, "pages"),
    ("PUT", "/us-east-1_aaaaaaaaa/resendcode", b"localhost", 405, "pages"),
    ("GET", "/us-east-1_aaaaaaaaa/nothing", b"localhost", 404, "pages"),
    ("GET", "/nothing", b"localhost", 404, "pages"),
]


@pytest.mark.parametrize(("method", "path", "host", "status", "door"), STRAYS)
def test_what_nobody_answers_is_told_in_the_form_of_its_door(
    server: InProcessServer, method: str, path: str, host: bytes, status: int, door: str
) -> None:
    reply = server.request(method, server.base_url + path, [(b"host", host)], b"")
    headers = dict(reply.headers)
    assert reply.status == status
    assert ("allow" in headers) == (status == 405)
    assert headers["cache-control"] == "no-store"
    if door == "aws":
        assert headers["content-type"] == "application/x-amz-json-1.1"
        assert headers["x-amzn-errortype"] == "UnknownOperationException:"
        assert json.loads(reply.body)["__type"] == "UnknownOperationException"
    elif door == "oauth":
        assert headers["content-type"] == "application/json"
        assert json.loads(reply.body)["error"] == "invalid_request"
    else:
        _is_a_page(server, reply, host)


def _is_a_page(server: InProcessServer, reply: Reply, host: bytes) -> None:
    """A page of ours, whose style sheet can be had where the page was shown."""
    headers = dict(reply.headers)
    assert headers["content-type"].startswith("text/html")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    page = Document(reply.body.decode())
    assert page.one("h1").text
    style_sheet = page.one("link", rel="stylesheet").get("href")
    assert server.request("GET", server.base_url + style_sheet, [(b"host", host)], b"").status == 200


def test_an_operation_for_a_wrong_path_is_told_to_the_sdk(server: InProcessServer) -> None:
    target = (b"x-amz-target", b"AWSCognitoIdentityProviderService.ListUserPools")
    reply = server.request("POST", server.base_url + "/v1", [(b"host", b"localhost"), target], b"{}")
    assert (reply.status, json.loads(reply.body)["__type"]) == (404, "UnknownOperationException")
