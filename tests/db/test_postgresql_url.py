"""What a database URL comes to: one reading for both drivers, and a refusal for what one of them would not keep."""

from pathlib import Path

import pytest

from app.db.postgresql_url import Parameters, UrlError, read_url

URL = "postgresql://app:p%40ss@db.example.com:5433/users"


@pytest.fixture
def roots(tmp_path: Path) -> str:
    file = tmp_path / "root.crt"
    file.write_text("-----BEGIN CERTIFICATE-----\n", encoding="ascii")
    return str(file)


def _read(url: str, **environ: str) -> Parameters:
    return read_url(url, environ)


def _refused(url: str, **environ: str) -> str:
    with pytest.raises(UrlError) as caught:
        read_url(url, environ)
    (line,) = caught.value.lines
    return line


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg"])
def test_the_parts_of_a_url(scheme: str) -> None:
    parameters = _read(URL.replace("postgresql", scheme, 1))
    assert parameters.addresses == (("db.example.com", 5433),)
    assert {name: parameters.values[name] for name in ("user", "password", "dbname", "sslmode")} == {
        "user": "app",
        "password": "p@ss",
        "dbname": "users",
        "sslmode": "prefer",
    }


def test_several_hosts_and_their_ports() -> None:
    assert _read("postgresql://a:1,b:2/d").addresses == (("a", 1), ("b", 2))
    assert _read("postgresql://a,b/d?port=7").addresses == (("a", 7), ("b", 7))
    assert _read("postgresql://[::1]/d").addresses == (("::1", 5432),)
    assert "port" in _refused("postgresql://a,b,c/d?port=7,8")
    assert "port" in _refused("postgresql://a:many/d")
    assert "port" in _refused("postgresql://a:70000/d")


def test_without_a_host_it_is_this_machine() -> None:
    parameters = _read("postgresql:///d")
    assert parameters.is_local
    assert parameters.addresses[0] == ("/run/postgresql", 5432)
    assert parameters.addresses[-1] == ("localhost", 5432)


@pytest.mark.parametrize(
    "query",
    [
        "connect_timeout=7",
        "keepalives=1&keepalives_idle=20&keepalives_interval=5&keepalives_count=3",
        "tcp_user_timeout=9000",
        "application_name=mine",
        "options=-c%20search_path%3Dusers",
        "target_session_attrs=read-write",
        "channel_binding=prefer",
        "gssencmode=disable",
        "client_encoding=UTF8",
        "passfile=/etc/pgpass",
        "sslmode=require",
        "ssl=true",
    ],
)
def test_what_both_drivers_keep(query: str) -> None:
    assert _read(f"{URL}?{query}").addresses == (("db.example.com", 5433),)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("hostaddr=10.0.0.5", "hostaddr"),
        ("service=production", "service"),
        ("channel_binding=require", "channel_binding"),
        ("gssencmode=require", "gssencmode"),
        ("require_auth=scram-sha-256", "require_auth"),
        ("target_session_attrs=read-only", "target_session_attrs"),
        ("load_balance_hosts=random", "load_balance_hosts"),
        ("client_encoding=LATIN1", "client_encoding"),
        ("sslmode=verified", "sslmode"),
        ("sslcrldir=/crl", "sslcrldir"),
        ("sslsni=0", "sslsni"),
        ("requirepeer=postgres", "requirepeer"),
        ("connect_timeout=soon", "connect_timeout"),
        ("keepalives_idle=-1", "keepalives_idle"),
        ("statement_timeout=5", "statement_timeout"),
        ("pool_size=5", "pool_size"),
    ],
)
def test_what_one_of_them_would_not_keep_is_refused(query: str, name: str) -> None:
    line = _refused(f"{URL}?{query}")
    assert line.startswith(f"POOLHOUSE_DATABASE_URL: {name} ")
    assert "p@ss" not in line
    assert "p%40ss" not in line


def test_abstract_sockets_are_refused() -> None:
    assert "abstract" in _refused("postgresql:///d?host=@poolhouse")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://app:secret@localhost/d",
        "sqlite:///d",
        "postgresql+psycopg2://app:secret@localhost/d",
        "postgresql://app:secret@[::1/d",
        "postgresql://app:sec%zzret@localhost/d",
        "postgresql://app:sec%ffret@localhost/d",
        "postgresql://app:secret@localhost/d?sslmode",
        "postgresql://app:se?cret=1@local host/d?a=b",
        "postgresql://app:secret@localhost/d\ud800",
    ],
)
def test_a_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    line = _refused(url)
    assert line.startswith("POOLHOUSE_DATABASE_URL")
    assert "secret" not in line
    assert "cret" not in line


def test_the_variables_of_libpq_complete_a_url() -> None:
    parameters = _read(
        "postgresql:///users",
        PGHOST="db.example.com",
        PGPORT="6000",
        PGUSER="app",
        PGPASSWORD="s",
        PGAPPNAME="mine",
        PGCONNECT_TIMEOUT="3",
        PGDATABASE="other",
    )
    assert parameters.addresses == (("db.example.com", 6000),)
    assert not parameters.is_local
    kept = {"user": "app", "password": "s", "application_name": "mine", "connect_timeout": "3", "dbname": "users"}
    assert kept.items() <= parameters.values.items()


@pytest.mark.parametrize("variable", ["PGHOSTADDR", "PGSERVICE", "PGREQUIREAUTH", "PGSSLCRLDIR"])
def test_a_variable_that_only_libpq_would_heed_is_refused_by_its_name(variable: str) -> None:
    assert _refused("postgresql://app@localhost/d", **{variable: "10.0.0.5"}).startswith(f"{variable} ")


def test_trusted_certificates_have_to_be_there(roots: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _read(f"{URL}?sslmode=verify-full&sslrootcert={roots}").is_verified
    assert _read(f"{URL}?sslmode=verify-ca", PGSSLROOTCERT=roots).is_verified
    assert str(tmp_path) in _refused(f"{URL}?sslmode=verify-full&sslrootcert={tmp_path}")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ".postgresql/root.crt" in _refused(f"{URL}?sslmode=verify-full")
    (tmp_path / ".postgresql").mkdir()
    Path(roots).rename(tmp_path / ".postgresql" / "root.crt")
    at_home = _read(f"{URL}?sslmode=verify-full")
    assert at_home.values["sslrootcert"] == str(tmp_path / ".postgresql" / "root.crt")


def test_the_certificates_of_the_system(roots: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", roots)
    for query in ("sslrootcert=system", "sslrootcert=system&sslmode=verify-full"):
        values = _read(f"{URL}?{query}").values
        assert (values["sslmode"], values["sslrootcert"]) == ("verify-full", roots)
    for mode in ("require", "verify-ca", "disable"):
        assert "sslmode=verify-full" in _refused(f"{URL}?sslrootcert=system&sslmode={mode}")


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require"])
def test_weaker_modes_verify_nothing(mode: str, roots: str) -> None:
    assert not _read(f"{URL}?sslmode={mode}&sslrootcert={roots}").is_verified
