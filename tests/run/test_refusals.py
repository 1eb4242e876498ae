"""What production refuses to run with, setting by setting; and what it accepts."""

from pathlib import Path
from typing import Any

import pytest

from app.commands import refusals
from app.kit.sealing import new_master_key
from app.kit.settings import Settings

GOOD_SECRET = "k7Jq-x2Vb_9sTzLr4WmNcY8uPfHgD3aE6"


def _settings(**changes: Any) -> Settings:
    members: dict[str, Any] = {
        "mode": "serve",
        "base_url": "https://id.example.com",
        "database_url": "postgresql://poolhouse@localhost/poolhouse",
        "master_key": new_master_key(),
        "root_access_key_id": "AKIAROOT",
        "root_secret_access_key": GOOD_SECRET,
        **changes,
    }
    return Settings.model_validate(members)


def _found(environ: dict[str, str] | None = None, **changes: Any) -> list[str]:
    return refusals.of_server(_settings(**changes), environ or {})


def test_good_settings() -> None:
    assert _found() == []
    assert _found(root_access_key_id="", root_secret_access_key="") == []
    assert _found(base_url="https://id.example.com:8443/") == []


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example.com",
        "id.example.com",
        "https://",
        "https://id.example.com/auth",
        "https://u:p@id.example.com",
    ],
)
def test_base_urls_that_are_refused(url: str) -> None:
    (line,) = _found(base_url=url)
    assert line.startswith("POOLHOUSE_BASE_URL")


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        ("postgresql://p@127.0.0.1/p", {}),
        ("postgresql://p@[::1]:5433/p", {}),
        ("postgresql:///p?host=/var/run/postgresql", {}),
        ("postgresql:///p", {}),
        ("postgres://p@localhost/p", {}),
        ("postgresql+psycopg://p@localhost/p", {}),
        ("postgresql:///p?host=/run/postgresql,localhost", {}),
        ("postgresql:///p", {"PGHOST": "127.0.0.1", "PGPORT": "6432"}),
    ],
)
def test_databases_that_are_accepted(url: str, environ: dict[str, str]) -> None:
    assert _found(environ, database_url=url) == []


def test_databases_that_are_accepted_off_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roots = tmp_path / "ca.pem"
    roots.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(roots))
    there = "postgresql://p@db.example.com/p"
    for query in (
        f"sslmode=verify-full&sslrootcert={roots}",
        f"sslmode=verify-ca&sslrootcert={roots}",
        "sslmode=verify-full&sslrootcert=system",
        "sslrootcert=system",
    ):
        assert _found(database_url=f"{there}?{query}") == []
    assert _found({"PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(roots)}, database_url=there) == []
    # Without its file either driver would look elsewhere, or not at all.
    for query in ("sslmode=verify-full&sslrootcert=/no/ca.pem", "sslrootcert=system&sslmode=require"):
        (line,) = _found(database_url=f"{there}?{query}")
        assert line.startswith("POOLHOUSE_DATABASE_URL")


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        ("postgresql://p@db.example.com/p", {}),
        ("postgresql://p@10.0.0.5/p?sslmode=prefer", {}),
        ("postgresql://p@db.example.com/p?sslmode=require", {}),
        ("postgresql://p@db.example.com/p?sslmode=disable", {"PGSSLMODE": "verify-full"}),
        ("postgresql:///p?host=db.example.com", {}),
        ("postgresql://p@localhost/p?host=db.example.com", {}),
        ("postgresql://p@localhost/p?host=/run,db.example.com", {}),
        ("postgresql://p@localhost/p?hostaddr=10.0.0.5", {}),
        ("postgresql:///p", {"PGHOST": "db.example.com"}),
        ("postgresql://p@localhost/p", {"PGHOSTADDR": "10.0.0.5"}),
        ("postgresql://p@localhost/p", {"PGSERVICE": "production"}),
        ("postgresql://p@localhost/p?service=production", {}),
        ("postgresql://localhost,db.example.com/p", {}),
        ("postgresql://p@localhost.example.com/p", {}),
        ("sqlite:///poolhouse.sqlite3", {}),
        ("mysql://p@localhost/p", {}),
        ("nonsense", {}),
    ],
)
def test_databases_that_are_refused(url: str, environ: dict[str, str]) -> None:
    (line,) = _found(environ, database_url=url)
    assert line.startswith(("POOLHOUSE_DATABASE_URL", *environ))


@pytest.mark.parametrize(
    "secret",
    [
        "short",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "this-one-is-long-enough-but-an-EXAMPLE-of-the-manual",
        "a" * 64,
        "abababababababababababababababababab",
    ],
)
def test_root_secrets_that_are_refused(secret: str) -> None:
    (line,) = _found(root_secret_access_key=secret)
    assert line.startswith("POOLHOUSE_ROOT_SECRET_ACCESS_KEY ")
    (line,) = _found(root_secret_access_key_previous=secret)
    assert line.startswith("POOLHOUSE_ROOT_SECRET_ACCESS_KEY_PREVIOUS ")
    assert secret not in line


def test_a_root_key_is_whole_or_absent() -> None:
    assert "belong together" in _found(root_access_key_id="")[0]
    assert "belong together" in _found(root_secret_access_key="")[0]


def test_a_master_key_from_a_file(tmp_path: Any) -> None:
    file = tmp_path / "key"
    assert _found(master_key="", master_key_file=file) == ["POOLHOUSE_MASTER_KEY_FILE cannot be read"]
    file.write_text(new_master_key() + "\n", encoding="ascii")
    assert _found(master_key="", master_key_file=file) == []
    file.write_text("c2hvcnQ=", encoding="ascii")
    assert "32 bytes" in _found(master_key="", master_key_file=file)[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("password_hash", "test-only"), ("smtp_url", "http://mail"), ("trusted_proxies", "10.0.0.0/8,proxy")],
)
def test_the_rest(name: str, value: str) -> None:
    changes: dict[str, Any] = {name: value}
    (line,) = _found(**changes)
    assert line.startswith(f"POOLHOUSE_{name.upper()}")


@pytest.mark.parametrize(
    ("check", "heeds"),
    [
        (refusals.of_database, {"DATABASE_URL"}),
        (refusals.of_operator, {"DATABASE_URL", "BASE_URL", "MASTER_KEY", "PASSWORD_HASH"}),
        (refusals.of_jobs, {"DATABASE_URL", "BASE_URL", "MASTER_KEY", "PASSWORD_HASH"}),
        (refusals.of_server, {"DATABASE_URL", "BASE_URL", "MASTER_KEY", "PASSWORD_HASH", "ROOT_SECRET_ACCESS_KEY"}),
    ],
)
def test_each_command_heeds_what_concerns_it(check: Any, heeds: set[str]) -> None:
    unsafe = {
        "DATABASE_URL": "postgresql://p@db.example.com/p",
        "BASE_URL": "http://id.example.com",
        "MASTER_KEY": "",
        "PASSWORD_HASH": "test-only",
        "ROOT_SECRET_ACCESS_KEY": "short",
    }
    for name, value in unsafe.items():
        found = check(_settings(**{name.lower(): value}), {})
        assert [line.split()[0].partition("=")[0] for line in found] == [f"POOLHOUSE_{name}"] * (name in heeds), name


def test_what_may_be_left_out() -> None:
    assert refusals.of_operator(_settings(base_url=""), {}) == []
    assert refusals.of_database(_settings(base_url="", master_key=""), {}) == []
    assert refusals.of_jobs(_settings(root_access_key_id="", root_secret_access_key=""), {}) == []
    (line,) = refusals.of_jobs(_settings(base_url=""), {})
    assert line.startswith("POOLHOUSE_BASE_URL is missing")
