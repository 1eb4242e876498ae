"""`poolhouse dev` as a process: what it writes, what it keeps, what it refuses."""

import json
import os
import signal
import socket
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

import app.web.aws
from tests.run.processes import dev_server, environment, run, started, wait_for

pytestmark = pytest.mark.slow

MODELS = str(Path(app.web.aws.__file__).parent / "models")
ALWAYS = {"endpoint", "region", "account_id", "access_key_id", "secret_access_key"}
DEMO = {
    "user_pool_id", "issuer", "domain_url", "client_id", "redirect_uri", "confidential_client_id",
    "confidential_client_secret", "m2m_client_id", "m2m_client_secret", "m2m_scope", "username", "password",
}  # fmt: skip


def _client(facts: dict[str, Any], service: str = "cognito-idp") -> Any:
    # Of a session of its own: the default one may have looked for models already.
    return boto3.session.Session().client(
        service,
        endpoint_url=facts["endpoint"],
        region_name=facts["region"],
        aws_access_key_id=facts["access_key_id"],
        aws_secret_access_key=facts["secret_access_key"],
    )


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_first_start_and_a_second(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with dev_server(tmp_path) as (server, first):
        assert set(first) == ALWAYS | DEMO
        assert _mode(data) == 0o700
        assert (data / ".gitignore").read_text(encoding="ascii") == "*\n"
        secret_files = ("dev.json", "master.key", "root-key.json")
        assert {name: _mode(data / name) for name in secret_files} == dict.fromkeys(secret_files, 0o600)

        users = _client(first).list_users(UserPoolId=first["user_pool_id"])["Users"]
        assert [(user["Username"], user["UserStatus"]) for user in users] == [(first["username"], "CONFIRMED")]
        for line in (
            first["endpoint"],
            first["access_key_id"],
            first["m2m_client_secret"],
            "/_dev/try",
            "import boto3",
        ):
            assert line in server.log
        assert server.stop() == 0
        assert not (data / "dev.json").exists()

    with dev_server(tmp_path) as (_, second):
        moved = {"endpoint", "issuer", "domain_url", "redirect_uri"}
        assert {name: first[name] for name in first if name not in moved} == {
            name: second[name] for name in second if name not in moved
        }
        assert second["issuer"] == f"{second['endpoint']}/{second['user_pool_id']}"
        assert httpx.get(f"{second['issuer']}/.well-known/openid-configuration").json()["issuer"] == second["issuer"]
        described = _client(second).describe_user_pool_client(
            UserPoolId=second["user_pool_id"], ClientId=second["client_id"]
        )
        assert described["UserPoolClient"]["CallbackURLs"] == [second["redirect_uri"]]
        assert len(_client(second).list_user_pools(MaxResults=60)["UserPools"]) == 1


def test_the_demo_signs_in_and_gets_a_machine_token(tmp_path: Path) -> None:
    with dev_server(tmp_path) as (_, facts):
        answer = _client(facts).initiate_auth(
            ClientId=facts["client_id"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": facts["username"], "PASSWORD": facts["password"]},
        )
        assert answer["AuthenticationResult"]["TokenType"] == "Bearer"
        token = httpx.post(
            f"{facts['domain_url']}/oauth2/token",
            data={"grant_type": "client_credentials", "scope": facts["m2m_scope"]},
            auth=(facts["m2m_client_id"], facts["m2m_client_secret"]),
        )
        assert token.json()["token_type"] == "Bearer", token.text


def test_settings_of_the_environment_and_no_seed(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "root_access_key_id": "AKIAMINEMINEMINEMINE",
        "root_secret_access_key": "mine",
        "account_id": "210987654321",
        "region": "eu-central-1",
        "password_hash": "test-only",
    }
    with dev_server(tmp_path, "--seed", "none", **settings) as (server, facts):
        assert facts == {
            "endpoint": server.base_url,
            "region": "eu-central-1",
            "account_id": "210987654321",
            "access_key_id": "AKIAMINEMINEMINEMINE",
            "secret_access_key": "mine",
        }
        made = _client(facts).create_user_pool(PoolName="p")["UserPool"]
        assert made["Id"].startswith("eu-central-1_")
        assert made["Arn"].split(":")[3:5] == ["eu-central-1", "210987654321"]
        assert "PASSWORDS ARE NOT PROTECTED" in server.log
        assert not (tmp_path / "data" / "root-key.json").exists()
        server.stop()
    at_data = ("--data", str(tmp_path / "data"))
    (tmp_path / "policy.json").write_text(
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    )
    create = ("keys", "create", *at_data, "--user", "reader", "--policy", str(tmp_path / "policy.json"))
    assert run(*create).returncode == 0
    assert "arn:aws:iam::210987654321:user/reader" in run("keys", "list", *at_data).stdout
    refused = run(*create, account_id="123456789012")
    assert (refused.returncode, "the root key is of account 210987654321" in refused.stderr) == (2, True), (
        refused.stderr
    )


def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with dev_server(tmp_path, "--seed", "none"):
        done = run("dev", "--port", "0", "--data", str(tmp_path / "data"))
        assert done.returncode == 2
        assert "another `poolhouse dev` is running" in done.stderr
        # The one that runs is still announced.
        assert (tmp_path / "data" / "dev.json").exists()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with dev_server(tmp_path, "--seed", "none") as (server, _):
        port = server.base_url.rpartition(":")[2]
        done = run("dev", "--port", port, "--data", str(tmp_path / "other"))
        assert done.returncode == 2
        assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


def test_it_survives_being_killed(tmp_path: Path) -> None:
    with dev_server(tmp_path) as (server, facts):
        _client(facts).admin_create_user(UserPoolId=facts["user_pool_id"], Username="kept", MessageAction="SUPPRESS")
        server.kill()
        assert (tmp_path / "data" / "dev.json").exists()
    with dev_server(tmp_path) as (_, again):
        assert again["user_pool_id"] == facts["user_pool_id"]
        assert _client(again).admin_get_user(UserPoolId=again["user_pool_id"], Username="kept")["Username"] == "kept"


def test_control_c_stops_it(tmp_path: Path) -> None:
    with dev_server(tmp_path, "--seed", "none") as (server, _):
        os.kill(server.process.pid, signal.SIGINT)
        assert server.process.wait(20) == 0
        assert "Traceback" not in server.log


def test_it_stops_soon_and_quietly_while_a_function_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", MODELS)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        dev_server(tmp_path, "--seed", "none") as (server, facts),
        ThreadPoolExecutor(1) as caller,
    ):
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        made = _client(facts, "poolhouse").put_function(FunctionName="f", Webhook={"Url": url}, AllUserPools=True)
        client = _client(facts)
        triggers = {"PreSignUp": made["Function"]["FunctionArn"]}
        pool_id = client.create_user_pool(PoolName="p", LambdaConfig=triggers)["UserPool"]["Id"]
        made_client = client.create_user_pool_client(UserPoolId=pool_id, ClientName="c")["UserPoolClient"]
        called = caller.submit(
            client.sign_up, ClientId=made_client["ClientId"], Username="ana", Password="Correct-Horse-7"
        )
        with silent.accept()[0]:
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 5
        with pytest.raises(client.exceptions.UnexpectedLambdaException, match="error the server is stopping"):
            called.result()
        assert "Traceback" not in server.log
        assert "rror" not in server.log


def test_a_bad_setting_is_named_without_its_value(tmp_path: Path) -> None:
    done = run("dev", "--port", "0", "--data", str(tmp_path / "data"), account_id="my-secret-account")
    assert done.returncode == 2
    assert "POOLHOUSE_ACCOUNT_ID" in done.stderr
    assert "my-secret-account" not in done.stderr


def test_mail_lands_in_the_inbox(tmp_path: Path) -> None:
    with dev_server(tmp_path) as (server, facts):
        client = _client(facts)
        client.sign_up(
            ClientId=facts["client_id"],
            Username="ana",
            Password="Correct-Horse-7",
            UserAttributes=[{"Name": "email", "Value": "ana@example.com"}],
        )
        inbox = f"{facts['endpoint']}/_dev/inbox.json"
        wait_for(server, lambda: httpx.get(inbox, params={"to": "ana@example.com"}).json(), 10)
        (message,) = httpx.get(inbox, params={"to": "ana@example.com"}).json()
        assert message["medium"] == "EMAIL"
        client.confirm_sign_up(ClientId=facts["client_id"], Username="ana", ConfirmationCode=message["code"])
        assert httpx.get(inbox, params={"to": "nobody@example.com"}).json() == []


@pytest.mark.parametrize("content", ["{", "null"])
def test_a_torn_file_of_an_earlier_run_is_no_obstacle(tmp_path: Path, content: str) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    (tmp_path / "data" / ".gitignore").write_text("*\n", encoding="ascii")
    (tmp_path / "data" / "dev.json").write_text(content, encoding="ascii")
    arguments = ("dev", "--port", "0", "--data", str(tmp_path / "data"), "--seed", "none")
    with started(tmp_path, "", *arguments) as server:
        wait_for(server, lambda: (tmp_path / "data" / "dev.json").exists() and "ready on" in server.log)
        assert set(json.loads((tmp_path / "data" / "dev.json").read_text(encoding="ascii"))) == ALWAYS
        assert _mode(tmp_path / "data") == 0o700


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir(mode=0o755)
    (project / "README.md").write_text("mine", encoding="ascii")
    done = run("dev", "--port", "0", "--data", str(project))
    assert done.returncode == 2
    assert f"{project} holds something else" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in project.iterdir()] == ["README.md"]
    assert _mode(project) == 0o755


@pytest.mark.parametrize("command", [("doctor",), ("keys", "list"), ("migrate",)], ids=" ".join)
def test_commands_leave_a_folder_as_it_is(tmp_path: Path, command: tuple[str, ...]) -> None:
    project = tmp_path / "project"
    project.mkdir(mode=0o755)
    done = run(*command, "--data", str(project))
    assert "is no data folder" in done.stdout + done.stderr
    assert list(project.iterdir()) == []
    assert _mode(project) == 0o755


def test_the_doctor_makes_no_keys(tmp_path: Path) -> None:
    with dev_server(tmp_path, "--seed", "none") as (server, _):
        server.stop()
    data = tmp_path / "data"
    healthy = run("doctor", "--data", str(data))
    assert (healthy.returncode, "FAIL" in healthy.stdout) == (0, False), healthy.stdout
    (data / "master.key").unlink()
    before = sorted(path.name for path in data.iterdir())
    done = run("doctor", "--data", str(data))
    assert done.returncode == 1
    assert "FAIL  master key" in done.stdout
    assert sorted(path.name for path in data.iterdir()) == before


def test_an_empty_folder_becomes_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    with dev_server(tmp_path, "--seed", "none"):
        assert _mode(tmp_path / "data") == 0o700


def test_the_environment_of_the_tests_does_not_leak() -> None:
    assert not [name for name in environment() if name.startswith("POOLHOUSE_")]
