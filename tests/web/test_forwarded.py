"""Who sent a request: what proxies say is believed from trusted ones only, and read from the right."""

import pytest

from app.web.forwarded import find_origin, parse_networks
from app.web.headers import RawHeaders

PROXIES = parse_networks("10.0.0.0/8, 2001:db8:ffff::1")


def _headers(*pairs: tuple[str, str]) -> RawHeaders:
    return [(name.encode(), value.encode()) for name, value in (("host", "id.example.com"), *pairs)]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("10.0.0.1", ['"[2001:db8::7]"'], "2001:db8::7"),
        ("10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8:ffff::1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, "], "10.0.0.1"),
        ("10.0.0.1", ["<script>, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["1.2.3.4\r\nX: y"], "10.0.0.1"),
        ("", ["198.51.100.1"], ""),
        ("10.0.0.1", ["198.51.100.1" + ", 10.0.0.2" * 31], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1" + ", 10.0.0.2" * 7_000], "10.0.0.2"),
    ],
)
def test_the_client_behind_proxies(peer: str, forwarded: list[str], expected: str) -> None:
    headers = _headers(*(("x-forwarded-for", value) for value in forwarded))
    assert find_origin(peer, "http", headers, PROXIES).source_ip == expected


def test_without_trusted_proxies_nothing_is_believed() -> None:
    headers = _headers(
        ("x-forwarded-for", "198.51.100.1"), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "https")
    )
    origin = find_origin("127.0.0.1", "http", headers, ())
    assert (origin.source_ip, origin.host, origin.scheme) == ("127.0.0.1", "id.example.com", "http")
    origin = find_origin("203.0.113.9", "http", headers, PROXIES)
    assert (origin.source_ip, origin.host, origin.scheme) == ("203.0.113.9", "id.example.com", "http")


def test_host_and_scheme_of_a_trusted_proxy() -> None:
    headers = _headers(("x-forwarded-host", "evil.example, login.example.com"), ("x-forwarded-proto", "HTTPS"))
    origin = find_origin("10.0.0.1", "http", headers, PROXIES)
    assert (origin.host, origin.scheme) == ("login.example.com", "https")
    headers = _headers(("x-forwarded-proto", "javascript"))
    assert find_origin("10.0.0.1", "http", headers, PROXIES).scheme == "http"


@pytest.mark.parametrize(
    "host", ["", "a b", "evil.example/path", "user@id.example.com", "id.example.com:99999999", "a\tb", "[::1", "é"]
)
def test_a_host_that_is_none(host: str) -> None:
    headers = [(b"host", host.encode())]
    assert find_origin("127.0.0.1", "http", headers, ()).host == ""


def test_two_hosts_are_none() -> None:
    headers = [(b"host", b"id.example.com"), (b"host", b"evil.example")]
    assert find_origin("127.0.0.1", "http", headers, ()).host == ""
    assert find_origin("127.0.0.1", "http", [], ()).host == ""


@pytest.mark.parametrize("text", ["proxy.example.com", "10.0.0.0/99", "10.0.0.1;10.0.0.2"])
def test_networks_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear"):
        parse_networks(text)


def test_networks() -> None:
    assert parse_networks("") == ()
    assert [str(network) for network in parse_networks("10.0.0.1/8, ::1")] == ["10.0.0.0/8", "::1/128"]
