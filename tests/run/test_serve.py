"""`poolhouse serve` as a process on PostgreSQL: refusals, readiness, metrics, logs, graceful stop, workers that die."""

import json
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from app.kit.sealing import new_master_key
from tests.ports import free_port
from tests.postgres import Cluster
from tests.run.conftest import Mailbox
from tests.run.processes import Running, operator_of, run, served, wait_for

pytestmark = pytest.mark.slow


def test_everything_that_is_missing_is_named_at_once() -> None:
    done = run("serve")
    assert done.returncode == 2
    for name in ("POOLHOUSE_BASE_URL", "POOLHOUSE_DATABASE_URL", "POOLHOUSE_MASTER_KEY"):
        assert f"{name} " in done.stderr
    assert "Traceback" not in done.stderr


def test_everything_unsafe_is_named_at_once() -> None:
    done = run(
        "serve",
        base_url="http://id.example.com",
        database_url="postgresql://poolhouse:pg-password@db.example.com/poolhouse?sslmode=require",
        master_key="c2hvcnQ=",
        root_access_key_id="AKIASERVE",
        root_secret_access_key="short-root-secret",
        password_hash="test-only",
        smtp_url="ftp://mail",
        trusted_proxies="proxy.example.com",
    )
    assert done.returncode == 2
    for text in (
        "BASE_URL must be an https URL",
        "DATABASE_URL must verify",
        "MASTER_KEY: the master key must be 32 bytes",
        "ROOT_SECRET_ACCESS_KEY must have at least 32 characters",
        "PASSWORD_HASH=test-only",
        "SMTP_URL",
        "TRUSTED_PROXIES",
    ):
        assert text in done.stderr
    for secret in ("pg-password", "short-root-secret", "c2hvcnQ="):
        assert secret not in done.stderr


def test_a_schema_that_is_behind_is_refused(cluster: Cluster, settings: dict[str, str]) -> None:
    settings["database_url"] = cluster.create_database(f"empty_{secrets.token_hex(4)}")
    done = run("serve", **settings)
    assert done.returncode == 2
    assert "poolhouse migrate" in done.stderr


def test_another_master_key_is_refused(settings: dict[str, str], tmp_path: Path) -> None:
    with served(tmp_path, settings) as server:
        assert server.stop() == 0
    done = run("serve", **{**settings, "master_key": new_master_key()})
    assert done.returncode == 2
    assert "another master key" in done.stderr


def test_it_serves_and_tells_how_it_is(settings: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    with served(tmp_path, {**settings, "workers": "2", "metrics_port": str(port)}) as server:
        client = operator_of(server, settings)
        pool_id = client.create_user_pool(PoolName="production")["UserPool"]["Id"]
        for _ in range(20):
            client.describe_user_pool(UserPoolId=pool_id)

        health = httpx.get(f"{server.base_url}/healthz", headers={"Host": "10.1.2.3:8080"})
        assert (health.status_code, health.text) == (200, "ok\n")
        assert "server" not in health.headers
        for path in ("/metrics", "/_dev", "/_dev/inbox", "/_dev/inbox.json", "/_dev/callback"):
            assert httpx.get(server.base_url + path).status_code == 404, path
        assert httpx.get(f"{server.base_url}/healthz", headers={"Host": "evil.example.com"}).status_code == 200
        assert httpx.get(server.base_url, headers={"Host": "evil.example.com"}).status_code == 421

        metrics_url = f"http://127.0.0.1:{port}"
        details = httpx.get(f"{metrics_url}/readyz").json()
        assert details["ready"] is True
        assert details["schema"]["current"] is True
        assert details["outbox"] == {"waiting": 0, "oldest_seconds": None}

        def counted() -> float:
            text = httpx.get(f"{metrics_url}/metrics").text
            return _value(text, "poolhouse_requests_total", operation="DescribeUserPool", status="200")

        wait_for(server, lambda: counted() >= 20, seconds=5)  # the workers tell about once a second
        assert counted() == 20
        text = httpx.get(f"{metrics_url}/metrics").text
        assert _value(text, "poolhouse_request_seconds_count", operation="DescribeUserPool") == 20
        assert text.count("poolhouse_resident_memory_bytes{") == 2
        assert pool_id not in text
        assert server.stop() == 0
    _check_log(server.log, settings)


def _check_log(log: str, settings: dict[str, str]) -> None:
    """Every line is JSON; the request is told with its id; nothing secret is there."""
    lines = [json.loads(line) for line in log.splitlines()]
    made = [line for line in lines if line["event"] == "request" and line["route"] == "CreateUserPool"]
    assert [(line["door"], line["method"], line["status"], line["level"]) for line in made] == [
        ("aws", "POST", 200, "info")
    ]
    assert made[0]["request_id"]
    assert made[0]["ms"] > 0
    for name in ("master_key", "root_secret_access_key", "database_url"):
        assert settings[name] not in log
    assert "Traceback" not in log


def _value(text: str, name: str, **labels: str) -> float:
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    found = [
        line for line in text.splitlines() if line.startswith(f"{name}{{") and all(part in line for part in wanted)
    ]
    return sum(float(line.rpartition(" ")[2]) for line in found)


def test_the_root_secret_is_rotated_and_root_switched_off(settings: dict[str, str], tmp_path: Path) -> None:
    with served(tmp_path, settings) as server:
        operator_of(server, settings).list_user_pools(MaxResults=1)
        server.stop()
    old = settings["root_secret_access_key"]
    rotated = {
        **settings,
        "root_secret_access_key": secrets.token_urlsafe(32),
        "root_secret_access_key_previous": old,
    }
    with served(tmp_path, rotated) as server:
        operator_of(server, rotated).list_user_pools(MaxResults=1)
        operator_of(server, rotated, old).list_user_pools(MaxResults=1)
        server.stop()
    off = {name: value for name, value in settings.items() if not name.startswith("root_")}
    with served(tmp_path, off) as server:
        with pytest.raises(ClientError) as caught:
            operator_of(server, rotated).list_user_pools(MaxResults=1)
        assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"
    with psycopg.connect(settings["database_url"].replace("+psycopg", "")) as connection:
        used = connection.execute("SELECT count(*) FROM audit_events WHERE kind = 'access_key.root_used'").fetchone()
    assert used is not None
    assert used[0] >= 2


def test_a_stop_finishes_what_is_in_flight(settings: dict[str, str], tmp_path: Path) -> None:
    with served(tmp_path, {**settings, "argon2_memory_kib": "262144", "argon2_time_cost": "16"}) as server:
        client = operator_of(server, settings)
        pool_id = client.create_user_pool(PoolName="p")["UserPool"]["Id"]
        client.admin_create_user(UserPoolId=pool_id, Username="u", MessageAction="SUPPRESS")
        answers: list[int] = []

        def slow() -> None:
            done = client.admin_set_user_password(
                UserPoolId=pool_id, Username="u", Password="Correct-Horse-7", Permanent=True
            )
            answers.append(done["ResponseMetadata"]["HTTPStatusCode"])

        thread = threading.Thread(target=slow)
        (worker,) = _workers(server)
        computed = _cpu_seconds(worker)
        thread.start()
        wait_for(server, lambda: _cpu_seconds(worker) > computed + 0.3)  # it hashes
        assert not answers
        assert server.stop() == 0
        thread.join(30)
        assert answers == [200]
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{server.base_url}/healthz")


def test_a_worker_that_dies_is_replaced(settings: dict[str, str], tmp_path: Path) -> None:
    with served(tmp_path, settings) as server:
        before = _workers(server)
        assert len(before) == 1
        os.kill(before[0], signal.SIGKILL)
        wait_for(server, lambda: len(_workers(server)) == 2)
        wait_for(server, _healthy(server))
        operator_of(server, settings).list_user_pools(MaxResults=1)
        assert "process_died" in server.log
        assert server.stop() == 0


def test_workers_go_when_their_parent_is_killed(settings: dict[str, str], tmp_path: Path) -> None:
    with served(tmp_path, settings) as server:
        (worker,) = _workers(server)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        deadline = time.monotonic() + 20
        while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not Path(f"/proc/{worker}").exists()


def _workers(server: Running) -> list[int]:
    lines = [json.loads(line) for line in server.log.splitlines()]
    return [line["pid"] for line in lines if line["event"] == "process_started" and line["role"] == "worker"]


def _cpu_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _healthy(server: Running) -> Callable[[], bool]:
    def healthy() -> bool:
        try:
            return httpx.get(f"{server.base_url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    return healthy


def test_a_head_without_end_is_cut_off(settings: dict[str, str], tmp_path: Path) -> None:
    with served(tmp_path, settings) as server:
        port = int(server.base_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: ")
            answer = b""
            with suppress(OSError):
                for _ in range(64):
                    connection.sendall(b"a" * 16_384)
                    time.sleep(0.005)
            with suppress(OSError):
                answer = connection.recv(1_024)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
        assert httpx.get(f"{server.base_url}/healthz").status_code == 200


def test_the_commands_of_an_operator(settings: dict[str, str], tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    allow = {"Effect": "Allow", "Action": "cognito-idp:List*", "Resource": "*"}
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [allow]}), encoding="utf-8")
    made = run("keys", "create", "--user", "lister", "--policy", str(policy), **settings)
    assert made.returncode == 0, made.stderr
    key_id, secret = (line.partition("=")[2] for line in made.stdout.split())
    with served(tmp_path, settings) as server:
        limited = {**settings, "root_access_key_id": key_id, "root_secret_access_key": secret}
        operator_of(server, limited).list_user_pools(MaxResults=1)
        with pytest.raises(ClientError, match="not authorized to perform: cognito-idp:CreateUserPool"):
            operator_of(server, limited).create_user_pool(PoolName="no")
        pool_id = operator_of(server, settings).create_user_pool(PoolName="p")["UserPool"]["Id"]
        client_id = operator_of(server, settings).create_user_pool_client(UserPoolId=pool_id, ClientName="c")[
            "UserPoolClient"
        ]["ClientId"]

        shown = run("clients", "set", pool_id, client_id, "SigningAlgorithm=ES256", "Profile=oidc", **settings)
        assert shown.returncode == 0, shown.stderr
        assert json.loads(shown.stdout)["SigningAlgorithm"] == "ES256"
        assert run("pools", "set", pool_id, "Srp=DISABLED", **settings).returncode == 0
        for wrong in (("Nonsense=1",), ("Profile",), ("Profile=saml",), ("ClientId=x",), ("Pkce=S256", "Pkce=S256")):
            refused = run("clients", "set", pool_id, client_id, *wrong, **settings)
            assert (refused.returncode, "Traceback" in refused.stderr) == (2, False), refused.stderr

        assert f"{key_id:<22}ACTIVE" in run("keys", "list", **settings).stdout
        assert run("keys", "revoke", key_id, **settings).returncode == 0
        time.sleep(1.1)
        with pytest.raises(ClientError, match="security token"):
            operator_of(server, limited).list_user_pools(MaxResults=1)

    allow["Condition"] = "x"
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [allow]}), encoding="utf-8")
    refused = run("keys", "create", "--user", "lister", "--policy", str(policy), **settings)
    assert refused.returncode == 2
    assert "Condition" in refused.stderr

    looked = run("doctor", **settings)
    assert "OK    migrations" in looked.stdout
    assert "OK    master key" in looked.stdout
    assert "FAIL  mail" in looked.stdout
    assert looked.returncode == 1
    assert run("jobs", "--once", **settings).returncode == 0


def test_what_was_acknowledged_survives_kill_9(settings: dict[str, str], tmp_path: Path) -> None:
    created: list[str] = []
    posted: list[str] = []
    # Nobody takes mail here: what was to go out stays in the outbox.
    with served(tmp_path, {**settings, "workers": "2", "smtp_url": "smtp://localhost:1"}) as server:
        client = operator_of(server, settings)
        pool_id = client.create_user_pool(PoolName="p", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
        threads = [
            threading.Thread(target=_create_users, args=(server, settings, pool_id, name, created, posted))
            for name in ("a", "b", "c", "d")
        ]
        for thread in threads:
            thread.start()
        time.sleep(3)
        wait_for(server, lambda: len(created) > 20)
        server.kill()
        for thread in threads:
            thread.join(30)
    with psycopg.connect(settings["database_url"].replace("+psycopg", "")) as connection:
        kept = {row[0] for row in connection.execute("SELECT username FROM users")}
        messages = connection.execute("SELECT count(*) FROM outbox").fetchone()
    assert set(created) <= kept
    assert messages is not None
    assert messages[0] >= len(posted)


def _create_users(
    server: Running, settings: dict[str, str], pool_id: str, name: str, created: list[str], posted: list[str]
) -> None:
    client = operator_of(server, settings)
    for number in range(10_000):
        username = f"{name}{number}"
        invites = number % 3 == 0
        try:
            client.admin_create_user(
                UserPoolId=pool_id,
                Username=username,
                UserAttributes=[{"Name": "email", "Value": f"{username}@example.com"}],
                DesiredDeliveryMediums=["EMAIL"],
                **({} if invites else {"MessageAction": "SUPPRESS"}),
            )
        except (BotoCoreError, ClientError):
            return
        created.append(username)
        if invites:
            posted.append(username)


def test_no_mail_is_lost_to_kill_9(settings: dict[str, str], tmp_path: Path, mailbox: tuple[Mailbox, str]) -> None:
    handler, url = mailbox
    settings = {**settings, "workers": "2", "smtp_url": url, "mail_from": "Poolhouse <no-reply@example.com>"}
    created: list[str] = []
    posted: list[str] = []
    with served(tmp_path, settings) as server:
        pool_id = operator_of(server, settings).create_user_pool(PoolName="p")["UserPool"]["Id"]
        threads = [
            threading.Thread(target=_create_users, args=(server, settings, pool_id, name, created, posted))
            for name in ("a", "b", "c")
        ]
        for thread in threads:
            thread.start()
        time.sleep(3)
        wait_for(server, lambda: bool(posted))
        server.kill()
        for thread in threads:
            thread.join(30)
    expected = {f"{name}@example.com" for name in posted}
    with psycopg.connect(settings["database_url"].replace("+psycopg", "")) as connection:
        # The leases of the dead senders run out at once instead of after two minutes.
        connection.execute("UPDATE outbox SET due_at = 0 WHERE state = 'sending'")
    with served(tmp_path, settings) as server:
        wait_for(server, lambda: expected <= set(handler.recipients), 90)
        assert server.stop() == 0
