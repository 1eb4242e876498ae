"""The edge: which Hosts are answered, and what is answered whatever the Host."""

import httpx
import pytest

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


def test_methods(http: httpx.Client) -> None:
    refused = http.post("/healthz")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    assert http.head("/healthz").status_code == 200
