"""`poolhouse jobs` as a process: it delivers, tells what it counted, and stops when asked."""

import json
import signal
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.ports import free_port
from tests.run.conftest import Mailbox
from tests.run.processes import Running, operator_of, run, served, started, wait_for

pytestmark = pytest.mark.slow


def _metrics(url: str) -> str:
    return httpx.get(f"{url}/metrics", timeout=5).text


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def _post_a_message(folder: Path, settings: dict[str, str]) -> None:
    """An invitation that no worker could deliver, due again at once."""
    with served(folder, {**settings, "smtp_url": "smtp://localhost:1"}) as server:
        client = operator_of(server, settings)
        pool_id = client.create_user_pool(PoolName="p")["UserPool"]["Id"]
        client.admin_create_user(
            UserPoolId=pool_id,
            Username="ana",
            UserAttributes=[{"Name": "email", "Value": "ana@example.com"}],
            DesiredDeliveryMediums=["EMAIL"],
        )
        assert server.stop() == 0
    with psycopg.connect(settings["database_url"].replace("+psycopg", "")) as connection:
        connection.execute("UPDATE outbox SET due_at = 0")


def test_what_jobs_did_is_counted_where_it_can_be_asked(
    settings: dict[str, str], tmp_path: Path, mailbox: tuple[Mailbox, str]
) -> None:
    handler, smtp_url = mailbox
    _post_a_message(tmp_path, settings)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with started(tmp_path, url, "jobs", **{**settings, "smtp_url": smtp_url, "jobs_metrics_port": str(port)}) as jobs:
        wait_for(jobs, lambda: _is_ready(url))
        wait_for(jobs, lambda: 'poolhouse_messages_total{medium="EMAIL",outcome="delivered"} 1.0' in _metrics(url))
        assert handler.recipients == ["ana@example.com"]
        wait_for(jobs, lambda: 'poolhouse_job_runs_total{job="count_users",outcome="done"} 1.0' in _metrics(url))
        assert 'poolhouse_resident_memory_bytes{process="jobs"}' in _metrics(url)
        details = httpx.get(f"{url}/readyz").json()
        assert details["ready"] is True
        assert details["outbox"] == {"waiting": 0, "oldest_seconds": None}
        assert jobs.stop() == 0
        _check_end(jobs)


def test_names_that_are_misspelt_are_told(settings: dict[str, str], tmp_path: Path) -> None:
    settings = {**settings, "workres": "a-value", "jobs_metrics_port": "0"}
    with started(tmp_path, "", "jobs", **settings) as jobs, served(tmp_path, settings) as server:
        for running in (jobs, server):
            wait_for(running, lambda log=running: "unknown_variable" in log.log)
            told = [json.loads(line) for line in running.log.splitlines() if "unknown_variable" in line]
            assert [(line["level"], line["name"]) for line in told] == [("warning", "POOLHOUSE_WORKRES")]
            assert "a-value" not in running.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_asked(settings: dict[str, str], tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path, "", "jobs", **settings, jobs_metrics_port="0", metrics_port="1") as jobs:
        wait_for(jobs, lambda: "jobs_started" in jobs.log)
        jobs.process.send_signal(number)
        assert jobs.process.wait(20) == 0
        _check_end(jobs)


def _check_end(jobs: Running) -> None:
    assert "jobs_stopped" in jobs.log
    assert "Traceback" not in jobs.log


def test_a_port_that_is_taken_is_named(settings: dict[str, str], tmp_path: Path) -> None:
    port = str(free_port())
    with started(tmp_path, "", "jobs", **settings, jobs_metrics_port=port) as jobs:
        wait_for(jobs, lambda: "jobs_started" in jobs.log)
        done = run("jobs", **settings, jobs_metrics_port=port)
        assert done.returncode == 2
        assert "POOLHOUSE_JOBS_METRICS_PORT: cannot listen" in done.stderr
        assert run("jobs", "--once", **settings, jobs_metrics_port=port).returncode == 0
