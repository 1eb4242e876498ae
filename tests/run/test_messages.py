"""`poolhouse messages`, while `poolhouse dev` runs and after it."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.run.processes import dev_server, run, wait_for

pytestmark = pytest.mark.slow
SECRET = "whsec_" + "c2VjcmV0LW9mLTMyLWJ5dGVzLWxvbmctZW5vdWdo"


def _operator(facts: dict[str, Any]) -> Any:
    return boto3.client(
        "cognito-idp",
        endpoint_url=facts["endpoint"],
        region_name=facts["region"],
        aws_access_key_id=facts["access_key_id"],
        aws_secret_access_key=facts["secret_access_key"],
    )


def test_messages_at_the_command_line(tmp_path: Path) -> None:
    data = str(tmp_path / "data")

    def messages(*arguments: str) -> str:
        done = run("messages", *arguments, "--data", data)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with dev_server(tmp_path, "--seed", "none") as (running, facts):
        operator = _operator(facts)
        pool_id = operator.create_user_pool(PoolName="p")["UserPool"]["Id"]

        def invite(name: str) -> None:
            operator.admin_create_user(
                UserPoolId=pool_id,
                Username=name,
                UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}],
                DesiredDeliveryMediums=["EMAIL"],
            )

        invite("ana")
        wait_for(running, lambda: "delivered" in messages("list", pool_id))
        assert "ana@" not in messages("list", pool_id)
        # Nobody answers there: what goes out by it waits.
        secret = tmp_path / "secret"
        secret.write_text(SECRET + "\n", encoding="ascii")
        used = messages("use", pool_id, "email", "webhook", "Url=http://127.0.0.1:1/", f"Secret=@{secret}")
        assert json.loads(used) == {
            "Medium": "EMAIL", "Kind": "WEBHOOK", "Configuration": {"Url": "http://127.0.0.1:1/"}
        }  # fmt: skip
        invite("bob")
        wait_for(running, lambda: "127.0.0.1: not connected" in messages("list", pool_id, "--state", "waiting"))
        assert "1 messages are due now" in messages("retry", pool_id)
        assert json.loads(messages("gateways", pool_id))[0]["Kind"] == "WEBHOOK"
        assert "server's gateway" in messages("use-server", pool_id, "email")
        messages("retry", pool_id)
        wait_for(running, lambda: messages("list", pool_id, "--state", "delivered").count("delivered") == 2)
        assert running.stop() == 0
    assert messages("list", pool_id, "-n", "1").count("delivered") == 1
    assert messages("list", pool_id, "--state", "dead").count("\n") == 1
    refused = run("messages", "list", "us-east-1_none", "--data", data)
    assert (refused.returncode, "ResourceNotFoundException" in refused.stderr) == (2, True)
    told = run("messages", "use", pool_id, "sms", "twilio", "AuthToken=very-secret", "--data", data)
    assert told.returncode == 2
    assert "AccountSid" in told.stderr
    assert "very-secret" not in told.stderr


def test_limits_at_the_command_line(tmp_path: Path) -> None:
    with dev_server(tmp_path, "--seed", "none") as (running, facts):
        pool_id = _operator(facts).create_user_pool(PoolName="p")["UserPool"]["Id"]
        assert running.stop() == 0
    data = str(tmp_path / "data")
    done = run("pools", "set", pool_id, "SmsPerDay=500", "SmsCountries=DE,AT", "--data", data)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["SmsPerDay"], shown["SmsCountries"], shown["MessagesPerDestination"]) == (500, "DE,AT", 30)
    for setting in ("SmsPerDay=many", "SmsPerDay=-1", "SmsCountries=XX"):
        assert run("pools", "set", pool_id, setting, "--data", data).returncode == 2
