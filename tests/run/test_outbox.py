"""kill -9 of any process at any time, while mail goes out to a slow server: every message that was accepted arrives."""

import asyncio
import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.ports import free_port
from tests.run.processes import Running, operator_of, run, served, started, wait_for

pytestmark = pytest.mark.slow
PASSWORD = "Correct-Horse-7"
KILLING_SECONDS = 8.0


class SlowMailbox:
    """Takes its time over each mail, and keeps who got which codes."""

    def __init__(self) -> None:
        self.codes: dict[str, set[str]] = {}
        self.mails = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(0.15)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        text = mail.get_body(("plain",))
        assert text is not None
        self.mails += 1
        for recipient in envelope.rcpt_tos:
            self.codes.setdefault(recipient, set()).update(re.findall(r"\b\d{6}\b", text.get_content()))
        return "250 taken"


@pytest.fixture
def slow_mailbox() -> Iterator[tuple[SlowMailbox, str]]:
    handler = SlowMailbox()
    controller = Controller(handler, hostname="localhost", port=free_port())
    controller.start()
    yield handler, f"smtp://localhost:{controller.port}"
    controller.stop()


class People:
    """Sign up one after the other, whatever becomes of the server; who was told that they have an account counts."""

    def __init__(self, server: Running, client_id: str) -> None:
        self.accepted: list[str] = []
        self._client_id = client_id
        self._server = server
        self._is_over = False
        self._threads = [threading.Thread(target=self._sign_up, args=(name,)) for name in "abc"]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._is_over = True
        for thread in self._threads:
            thread.join(60)

    def _sign_up(self, name: str) -> None:
        config = Config(
            signature_version=UNSIGNED, retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20
        )
        client = boto3.client("cognito-idp", endpoint_url=self._server.base_url, region_name="us-east-1", config=config)
        number = 0
        while not self._is_over:
            number += 1
            address = f"{name}{number}@example.com"
            try:
                client.sign_up(
                    ClientId=self._client_id,
                    Username=f"{name}{number}",
                    Password=PASSWORD,
                    UserAttributes=[{"Name": "email", "Value": address}],
                )
            except (BotoCoreError, ClientError):
                time.sleep(0.05)
            else:
                self.accepted.append(address)
        client.close()


def _workers(server: Running) -> list[int]:
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    pids = [line["pid"] for line in lines if line["event"] == "process_started" and line["role"] == "worker"]
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def _kill_in_turn(server: Running, folder: Path, settings: dict[str, str], kept: ExitStack) -> list[Running]:
    """Kills a worker, `poolhouse jobs`, a worker ... each of which comes back; gives every `jobs` there was."""
    jobs = [kept.enter_context(started(folder, "", "jobs", **settings))]
    deadline, turn = time.monotonic() + KILLING_SECONDS, 0
    while time.monotonic() < deadline:
        time.sleep(0.8)
        turn += 1
        if turn % 2:
            os.kill(_workers(server)[0], signal.SIGKILL)
        else:
            last = jobs[-1]
            wait_for(last, lambda last=last: "jobs_started" in last.log)
            last.kill()
            jobs.append(kept.enter_context(started(folder, "", "jobs", **settings)))
    return jobs


def test_every_accepted_message_arrives(
    settings: dict[str, str], tmp_path: Path, slow_mailbox: tuple[SlowMailbox, str]
) -> None:
    mailbox, url = slow_mailbox
    settings = {
        **settings,
        "workers": "2",
        "smtp_url": url,
        "mail_from": "Poolhouse <no-reply@example.com>",
        "jobs_metrics_port": "0",
    }
    with served(tmp_path, settings) as server, ExitStack() as kept:
        operator = operator_of(server, settings)
        pool_id = operator.create_user_pool(PoolName="p", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
        client = operator.create_user_pool_client(UserPoolId=pool_id, ClientName="c")["UserPoolClient"]
        people = People(server, client["ClientId"])
        jobs = _kill_in_turn(server, tmp_path, settings, kept)
        server.kill()
        people.stop()
        jobs[-1].kill()
        logs = [server.log, *(each.log for each in jobs)]
    assert len(people.accepted) > 20
    with psycopg.connect(settings["database_url"].replace("+psycopg", "")) as connection:
        leased = connection.execute("SELECT count(*) FROM outbox WHERE state = 'sending'").fetchone()
        # The leases of the dead run out at once instead of after two minutes.
        connection.execute("UPDATE outbox SET due_at = 0 WHERE finished_at IS NULL")
    assert leased is not None
    assert leased[0] > 0, "nobody was killed in the middle of a delivery"
    with started(tmp_path, "", "jobs", **settings) as last:
        wait_for(last, lambda: set(people.accepted) <= set(mailbox.codes), 90)
        assert last.stop() == 0
        logs.append(last.log)
    assert run("doctor", **settings).stdout.count("0 messages wait") == 1
    codes = set().union(*mailbox.codes.values())
    assert len(codes) > 20
    for log in logs:
        assert not codes & set(re.findall(r"\b\d{6}\b", log))
