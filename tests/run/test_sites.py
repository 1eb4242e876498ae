"""The suffix of prefix domains must be another site than the server's own names."""

import pytest
from publicsuffixlist import PublicSuffixList

from app.commands.refusals import of_server
from app.commands.sites import domain_suffix_problems, registrable_domain
from app.kit.settings import Settings


def problems(suffix: str, base_url: str, allowed_hosts: str = "") -> list[str]:
    return domain_suffix_problems(Settings(base_url=base_url, domain_suffix=suffix, allowed_hosts=allowed_hosts))


@pytest.mark.parametrize(
    ("base_url", "suffix"),
    [
        ("https://id.example.com", ""),
        ("https://id.example.com", "example.net"),
        ("https://id.example.com", "pools.example.net"),
        ("https://id.example.com", ".Pools.Example.net."),
        ("https://id.one.co.uk", "pools.two.co.uk"),
        # Private sections of the list: each customer of such a place has cookies of their own.
        ("https://one.github.io", "two.github.io"),
        ("https://id.corp.internal", "pools.internal"),
        ("https://localhost:9443", "pools.localhost"),
        ("https://poolhouse", "poolhouse"),
        ("https://poolhouse", "example.com"),
        ("https://10.0.0.5", "pools.example.com"),
        ("https://[2001:db8::5]", "pools.example.com"),
    ],
)
def test_suffixes_that_are_accepted(base_url: str, suffix: str) -> None:
    assert problems(suffix, base_url) == []


@pytest.mark.parametrize(
    ("base_url", "suffix", "site"),
    [
        ("https://id.example.com", "id.example.com", "example.com"),
        ("https://id.example.com", "pools.example.com", "example.com"),
        ("https://ID.Example.com", "example.com", "example.com"),
        ("https://example.com", "pools.example.com", "example.com"),
        ("https://id.example.com:8443", "a.b.c.example.com", "example.com"),
        ("https://id.example.co.uk", "pools.example.co.uk", "example.co.uk"),
        ("https://one.github.io", "pools.one.github.io", "one.github.io"),
        ("https://id.corp.internal", "pools.corp.internal", "corp.internal"),
        ("https://id.localhost", "id.localhost", "id.localhost"),
        ("https://id.xn--bcher-kva.example", "pools.xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_suffixes_of_the_same_site_are_refused(base_url: str, suffix: str, site: str) -> None:
    (line,) = problems(suffix, base_url)
    assert line.startswith("POOLHOUSE_DOMAIN_SUFFIX must be on another registrable domain than ")
    assert line.endswith(f"browsers share cookies within {site}")


def test_further_names_of_the_server_count_as_well() -> None:
    (line,) = problems("pools.example.net", "https://id.example.com", "poolhouse, Login.Example.net")
    assert "than login.example.net:" in line


@pytest.mark.parametrize(
    "suffix",
    [
        "10.0.0.1",
        "https://pools.example.net",
        "pools.example.net:8443",
        "*.example.net",
        "a..b",
        "a_b.example",
        "bücher.example",
        "-a.example",
        "a b",
        "x" * 64 + ".example",
    ],
)
def test_what_is_no_name(suffix: str) -> None:
    assert problems(suffix, "https://id.example.com") == [
        "POOLHOUSE_DOMAIN_SUFFIX must be a host name, such as pools.example.net"
    ]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("a.b.example.com", "example.com"),
        ("example.com", "example.com"),
        ("com", None),
        ("localhost", None),
        ("github.io", None),
        ("10.0.0.5", None),
        ("::1", None),
        ("[::1]", None),
    ],
)
def test_registrable_domains(host: str, expected: str | None) -> None:
    assert registrable_domain(host, PublicSuffixList()) == expected


def test_serve_refuses() -> None:
    found = of_server(Settings(base_url="https://id.example.com", domain_suffix="pools.example.com"), {})
    assert any(line.startswith("POOLHOUSE_DOMAIN_SUFFIX must be on another") for line in found)
