"""What `poolhouse` makes of its database as a process: the URL it is given, and a server that goes away and comes back."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.ports import free_port
from tests.postgres import Cluster, running_cluster
from tests.proxy import Proxy, proxy_to
from tests.run.processes import Running, operator_of, run, served, wait_for
from tests.tls import Authority, tls_cluster

pytestmark = pytest.mark.slow

COMMANDS = (
    ("serve",),
    ("doctor",),
    ("migrate",),
    ("jobs", "--once"),
    ("keys", "list"),
    ("pools", "set", "us-east-1_Abc123", "Srp=DISABLED"),
    ("clients", "set", "us-east-1_Abc123", "1example23456789", "Profile=oidc"),
)


def test_ordinary_parameters_of_libpq(settings: dict[str, str], tmp_path: Path) -> None:
    query = (
        "?connect_timeout=10&keepalives=1&keepalives_idle=30&keepalives_interval=10&keepalives_count=5"
        "&channel_binding=prefer&gssencmode=disable&application_name=users&target_session_attrs=read-write"
        "&options=-c%20statement_timeout%3D20000&tcp_user_timeout=20000"
    )
    settings["database_url"] += query
    with served(tmp_path, settings) as server:
        assert operator_of(server, settings).list_user_pools(MaxResults=1)["UserPools"] == []
        assert server.stop() == 0


UNREADABLE = (
    ("postgresql://app:pg-password@[::1/d", "POOLHOUSE_DATABASE_URL is not a URL"),
    ("mysql://app:pg-password@localhost/d", "POOLHOUSE_DATABASE_URL must be a PostgreSQL URL"),
    ("postgresql://app:pg-password@localhost/d?hostaddr=10.0.0.5", "POOLHOUSE_DATABASE_URL: hostaddr"),
    ("postgresql://app:pg-password@db.example.com/d", "POOLHOUSE_DATABASE_URL must verify"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_url_that_will_not_do_is_told_in_a_line(settings: dict[str, str], command: tuple[str, ...]) -> None:
    # Every command reads the URL alike: two of the texts for each are enough.
    first = COMMANDS.index(command) % len(UNREADABLE)
    for url, told in (UNREADABLE * 2)[first : first + 2]:
        done = run(*command, **{**settings, "database_url": url})
        assert done.returncode in (1, 2)
        assert told in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert "pg-password" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", COMMANDS[3:], ids=" ".join)
def test_what_serve_refuses_other_commands_refuse_too(settings: dict[str, str], command: tuple[str, ...]) -> None:
    unsafe = {"base_url": "http://id.example.com", "password_hash": "test-only", "master_key": "c2hvcnQ="}
    done = run(*command, **{**settings, **unsafe})
    assert done.returncode == 2
    assert all(f"POOLHOUSE_{name.upper()}" in done.stderr for name in unsafe)


def test_a_server_that_proves_nothing_is_refused(
    cluster: Cluster, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, file = Authority(), tmp_path / "root.crt"
    file.write_bytes(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    database = settings["database_url"].rpartition("/")[2]
    for query in ("sslrootcert=system", f"sslmode=verify-full&sslrootcert={file}"):
        url = f"postgresql://poolhouse_tests:{cluster.password}@localhost:{cluster.port}/{database}?{query}"
        for command in COMMANDS[:2]:
            done = run(*command, **{**settings, "database_url": url})
            assert done.returncode in (1, 2)
            assert "does not support SSL" in done.stdout + done.stderr


def test_a_server_that_proves_who_it_is(
    settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, file = Authority(), tmp_path / "root.crt"
    file.write_bytes(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with tls_cluster(authority) as cluster:
        url = f"postgresql://poolhouse_tests:{cluster.password}@localhost:{cluster.port}/postgres?sslrootcert=system"
        settings["database_url"] = url
        assert run("migrate", **settings).returncode == 0
        with served(tmp_path, settings) as server, cluster.connect() as superuser:
            operator_of(server, settings).list_user_pools(MaxResults=1)
            query = "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = %s"
            assert superuser.execute(query, ("poolhouse",)).fetchall() == [(True,)]
            assert server.stop() == 0


def test_the_doctor_changes_nothing(settings: dict[str, str]) -> None:
    def rows() -> list[Any]:
        with psycopg.connect(settings["database_url"].replace("+psycopg", "")) as connection:
            kept = ("data_keys", "configuration_version", "access_keys", "audit_events")
            return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in kept]  # noqa: S608

    before = rows()
    done = run("doctor", **settings)
    assert "OK    database" in done.stdout
    assert "the database has no keys yet" in done.stdout
    assert rows() == before


@pytest.fixture
def line(cluster: Cluster, settings: dict[str, str]) -> Iterator[Proxy]:
    """The way to the database, in `settings`."""
    with proxy_to(cluster.port) as proxy:
        settings["database_url"] = settings["database_url"].replace(f":{cluster.port}/", f":{proxy.port}/")
        yield proxy


def _ready(server: Running) -> bool:
    return httpx.get(f"{server.base_url}/readyz", timeout=10).status_code == 200


def test_a_database_that_falls_silent(settings: dict[str, str], line: Proxy, tmp_path: Path) -> None:
    metrics = free_port()
    with served(tmp_path, {**settings, "metrics_port": str(metrics)}) as server:
        client = operator_of(server, settings, retries={"total_max_attempts": 1}, read_timeout=60)
        pool_id = client.create_user_pool(PoolName="p")["UserPool"]["Id"]
        statuses: list[int] = []

        def ask() -> None:
            try:
                client.list_users(UserPoolId=pool_id)
            except ClientError as error:
                statuses.append(error.response["ResponseMetadata"]["HTTPStatusCode"])

        line.cut()
        silent_since = time.monotonic()
        asking = [threading.Thread(target=ask) for _ in range(4)]
        for thread in asking:
            thread.start()
        wait_for(server, lambda: not _ready(server), 8)
        details = httpx.get(f"http://127.0.0.1:{metrics}/readyz", timeout=10).json()
        assert (details["ready"], details["database"]) == (False, False)
        for thread in asking:
            thread.join(40)
        assert statuses == [503] * 4
        assert time.monotonic() - silent_since < 25

        line.mend()
        wait_for(server, lambda: _ready(server), 10)
        answered = time.monotonic()
        for _ in range(20):
            client.list_users(UserPoolId=pool_id)
        assert time.monotonic() - answered < 5
        assert server.stop() == 0
    _check_log(server)


def test_a_database_that_is_restarted(settings: dict[str, str], line: Proxy, tmp_path: Path) -> None:
    with served(tmp_path, settings) as server:
        client = operator_of(server, settings, retries={"total_max_attempts": 1})
        pool_id = client.create_user_pool(PoolName="p")["UserPool"]["Id"]
        line.hang_up()
        for _ in range(30):
            with pytest.raises(ClientError) as caught:
                client.list_users(UserPoolId=pool_id)
            response: Any = caught.value.response
            assert response["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert response["Error"]["Code"] == "ServiceUnavailableException"
        token = httpx.post(
            f"{server.base_url}/{pool_id}/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=("nobody", "secret"),
        )
        assert (token.status_code, token.json()["error"]) == (503, "temporarily_unavailable")
        page = httpx.get(f"{server.base_url}/{pool_id}/login", params={"client_id": "nobody"})
        assert page.status_code == 503
        assert "<title>" in page.text
        host = httpx.get(server.base_url, headers={"Host": "users.example.com"})
        assert host.status_code == 503
        wait_for(server, lambda: not _ready(server), 8)
        line.listen()
        wait_for(server, lambda: _ready(server), 10)
        client.list_users(UserPoolId=pool_id)
        assert server.stop() == 0
    _check_log(server)


def _check_log(server: Running) -> None:
    """An outage takes a few lines and no traceback, however many requests suffered."""
    assert "Traceback" not in server.log
    assert 1 <= server.log.count("database_unavailable") <= 6
    assert server.log.count("database_answers_again") >= 1


def test_a_database_that_is_away_at_the_start(settings: dict[str, str]) -> None:
    with running_cluster() as other:
        pass
    away = {**settings, "database_url": f"postgresql://app:pg-password@localhost:{other.port}/d"}
    for command in COMMANDS:
        done = run(*command, **away)
        assert done.returncode in (1, 2)
        assert "refused" in done.stdout + done.stderr, command
        assert "Traceback" not in done.stdout + done.stderr
        assert "pg-password" not in done.stdout + done.stderr
