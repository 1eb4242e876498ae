"""`poolhouse functions` as people use it: beside a running `dev`, on the folder of a stopped one, and beside `serve`."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from standardwebhooks.webhooks import Webhook
from typer.testing import CliRunner

from app.__main__ import cli
from app.commands.refusal import Refusal
from tests.run.processes import dev_server, operator_of, run, served

pytestmark = pytest.mark.slow

HANDLER = """
import os

def handler(event, context):
    print("hello from the handler", os.environ["GREETING"], chr(27) + "[2J")
    if event["userName"] == "eve":
        raise Exception("Not Eve")
    event["response"]["autoConfirmUser"] = True
    return event
"""


def _functions(data: Path, *arguments: str, expected: int = 0) -> str:
    """What `poolhouse functions` says of a folder, a refusal where 2 is expected."""
    done = CliRunner().invoke(cli, ["functions", *arguments, "--data", str(data)])
    if isinstance(done.exception, Refusal):
        assert expected == 2, done.exception
        return str(done.exception)
    assert done.exit_code == expected, done.output
    return done.output


def _beside(settings: dict[str, str], *arguments: str, expected: int = 0) -> str:
    """What `poolhouse functions` says, as a process of its own with the settings of `serve`."""
    done = run("functions", *arguments, **settings)
    assert done.returncode == expected, done.stderr + done.stdout
    return done.stderr if expected == 2 else done.stdout


@pytest.fixture
def handler(tmp_path: Path) -> Path:
    file = tmp_path / "pre_sign_up.py"
    file.write_text(HANDLER, encoding="ascii")
    return file


def test_a_handler_beside_a_running_dev(tmp_path: Path, handler: Path) -> None:
    data = tmp_path / "data"
    with dev_server(tmp_path, password_hash="test-only") as (server, facts):
        added = (
            "add",
            "greet",
            "--handler",
            f"{handler}:handler",
            "--env",
            "GREETING=hi",
            "--pool",
            facts["user_pool_id"],
        )
        arn = _functions(data, *added).strip()
        assert arn == f"arn:aws:lambda:{facts['region']}:{facts['account_id']}:function:greet"
        assert _functions(data, "list").splitlines()[1].split() == [
            "greet", "LOCAL", "ENABLED", facts["user_pool_id"], f"{handler}:pre_sign_up.handler",
        ]  # fmt: skip
        shown = json.loads(_functions(data, "show", "greet"))
        assert shown["Local"]["EnvironmentNames"] == ["GREETING"]
        assert "hi" not in shown["Local"].values()

        tried = _functions(data, "test", "greet", "--source", "PreSignUp_SignUp", "--pool", facts["user_pool_id"])
        assert tried.startswith("ANSWERED in ")
        assert '"autoConfirmUser": true' in tried
        assert "hello from the handler hi \\x1b[2J" in tried
        assert "may not be called" in _functions(
            data, "test", "greet", "--source", "PreSignUp_SignUp", "--pool", _new_pool(facts), expected=2
        )

        _use(facts, arn)
        client = _client(facts)
        answer = client.sign_up(ClientId=facts["client_id"], Username="ana", Password="Correct-Horse-7")
        assert answer["UserConfirmed"] is True
        with pytest.raises(ClientError, match="PreSignUp failed with error Not Eve"):
            client.sign_up(ClientId=facts["client_id"], Username="eve", Password="Correct-Horse-7")
        logs = _until(lambda: _functions(data, "logs", "greet"), lambda text: "Not Eve" in text)
        assert logs.count("ANSWERED") == 2
        assert logs.count("FAILED") == 1
        assert logs.count("hello from the handler hi \\x1b[2J") == 3
        assert "Correct-Horse-7" not in server.log

        of_ana = logs.splitlines()[2].split()[-1]
        replayed = _functions(data, "replay", of_ana)
        assert '"userName": "ana"' in replayed
        of_eve = next(line for line in logs.splitlines() if "FAILED" in line).split()[-1]
        assert "Not Eve" in _functions(data, "replay", of_eve, expected=1)

        _functions(data, "disable", "greet")
        with pytest.raises(ClientError, match="PreSignUp invocation failed due to error the function is disabled"):
            client.sign_up(ClientId=facts["client_id"], Username="bob", Password="Correct-Horse-7")
        assert server.stop() == 0

    # On the folder of a stopped server the command opens the database itself.
    assert "DISABLED" in _functions(data, "list")
    _functions(data, "enable", "greet")
    assert _functions(data, "remove", "greet") == "greet is removed.\n"
    assert len(_functions(data, "list").splitlines()) == 1


def _client(facts: dict[str, Any]) -> Any:
    return boto3.client(
        "cognito-idp",
        endpoint_url=facts["endpoint"],
        region_name=facts["region"],
        aws_access_key_id=facts["access_key_id"],
        aws_secret_access_key=facts["secret_access_key"],
    )


def _new_pool(facts: dict[str, Any]) -> str:
    return str(_client(facts).create_user_pool(PoolName="another")["UserPool"]["Id"])


def _use(facts: dict[str, Any], arn: str) -> None:
    _client(facts).update_user_pool(UserPoolId=facts["user_pool_id"], LambdaConfig={"PreSignUp": arn})


def _until(look: Any, holds: Any, seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not holds(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


def test_refusals_are_clear(tmp_path: Path, handler: Path) -> None:
    data = tmp_path / "data"
    with dev_server(tmp_path, "--seed", "none") as (server, _):
        for arguments, text in (
            (("add", "f", "--handler", "handler.py", "--all-pools"), "PATH:function"),
            (("add", "f", "--handler", f"{tmp_path}/nothing.py:f", "--all-pools"), "does not exist"),
            (("add", "f", "--handler", f"{handler}:handler"), "needs the user pools that may call it"),
            (("add", "f", "--all-pools"), "needs to be told how it is run"),
            (("add", "f", "--webhook", "https://x.example", "--entry-point", "a:b", "--all-pools"), "give one of them"),
            (("add", "f", "--webhook", "https://x.example", "--env", "A=b", "--all-pools"), "--env goes with --handler"),
            (("add", "f", "--handler", f"{handler}:handler", "--region", "x"), "--region goes with --lambda"),
            (("add", "f", "--handler", f"{handler}:handler", "--env", "NO_SUCH_VARIABLE"), "no such variable"),
            (("add", "f", "--webhook", "https://10.0.0.1/", "--all-pools"), "url "),
            (("add", "f", "--lambda", "arn:aws:lambda:eu-west-1:123456789012:function:f", "--access-key-id", "AKIA"), "AWS_SECRET"),
            (("add", "f", "--lambda", "arn:aws:lambda:eu-west-1:123456789012:function:f", "--all-pools"), "POOLHOUSE_LAMBDA_ALLOW does not name it"),
            (("test", "nobody", "--source", "PreSignUp_SignUp"), "Function nobody does not exist"),
            (("replay", "nothing"), "Call nothing does not exist"),
            (("logs", "nobody"), ""),
        ):  # fmt: skip
            said = _functions(data, *arguments, expected=2 if text else 0)
            assert text in said
            assert "Traceback" not in said
        assert "Traceback" not in server.log
    assert "is no data folder" in _functions(tmp_path, "list", expected=2)


def test_a_stale_dev_json_is_nobody(tmp_path: Path) -> None:
    with dev_server(tmp_path, "--seed", "none") as (server, _):
        server.kill()
    assert (tmp_path / "data" / "dev.json").exists()
    assert _functions(tmp_path / "data", "list").startswith("FUNCTION")


class _Receiver:
    """A webhook that checks signatures as its users do and answers with the event."""

    def __init__(self) -> None:
        self.secret = ""
        self.verified: list[dict[str, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = Webhook(receiver.secret).verify(body, dict(self.headers))
                receiver.verified.append(event)
                event["response"]["autoConfirmUser"] = True
                answer = json.dumps(event).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"


@contextmanager
def _receiver() -> Iterator[_Receiver]:
    receiver = _Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


def test_a_webhook_beside_serve(tmp_path: Path, settings: dict[str, str]) -> None:
    with _receiver() as receiver:
        settings |= {"workers": "2", "outbound_allow": receiver.url.removesuffix("/hook")}
        with served(tmp_path, settings) as server:
            operator = operator_of(server, settings)
            pool_id = operator.create_user_pool(PoolName="p")["UserPool"]["Id"]
            client_id = operator.create_user_pool_client(UserPoolId=pool_id, ClientName="c")["UserPoolClient"][
                "ClientId"
            ]
            added = _beside(settings, "add", "hook", "--webhook", receiver.url, "--all-pools")
            arn, secret = added.splitlines()
            receiver.secret = secret.removeprefix("secret, shown only now: ")
            operator.update_user_pool(UserPoolId=pool_id, LambdaConfig={"PreSignUp": arn})
            time.sleep(3)  # after which every worker knows, on a busy machine too

            def sign_up(name: str) -> Any:
                return operator.sign_up(ClientId=client_id, Username=name, Password="Correct-Horse-7")

            assert all(sign_up(f"user-{number}")["UserConfirmed"] for number in range(6))

            rotated = _beside(settings, "rotate-secret", "hook").splitlines()[0]
            time.sleep(3)
            assert sign_up("by-the-old-secret")["UserConfirmed"]
            receiver.secret = rotated.removeprefix("secret, shown only now: ")
            assert sign_up("by-the-new-secret")["UserConfirmed"]
            _beside(settings, "retire-secret", "hook")

            _beside(settings, "remove", "hook")
            time.sleep(3)
            for number in range(6):
                with pytest.raises(ClientError, match="no function of this server runs it"):
                    sign_up(f"late-{number}")
            assert len(receiver.verified) == 8
            logs = _beside(settings, "logs", "hook")
            assert logs.count("ANSWERED") == 8
            call_id = logs.split()[-1]
            assert "without its event" in _beside(settings, "replay", call_id, expected=2)
            assert "Correct-Horse-7" not in server.log
            assert "whsec_" not in server.log


def test_code_on_the_machine_is_put_by_the_command_line_alone(
    tmp_path: Path, settings: dict[str, str], handler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = Path(__file__).resolve().parents[2] / "app" / "web" / "aws" / "models"
    monkeypatch.setenv("AWS_DATA_PATH", str(models))
    with served(tmp_path, settings) as server:
        # Of a session of its own: the default one may have looked for models already.
        ours = boto3.session.Session().client(
            "poolhouse",
            endpoint_url=server.base_url,
            region_name="us-east-1",
            aws_access_key_id=settings["root_access_key_id"],
            aws_secret_access_key=settings["root_secret_access_key"],
        )
        local = {"Code": str(handler), "Handler": "handler"}
        with pytest.raises(ours.exceptions.NotAuthorizedException, match="poolhouse functions add"):
            ours.put_function(FunctionName="f", Local=local, AllUserPools=True)
        _beside(settings, "add", "f", "--handler", f"{handler}:handler", "--all-pools")
        assert ours.describe_function(FunctionName="f")["Function"]["Kind"] == "LOCAL"
        refused = _beside(settings, "add", "g", "--entry-point", "os:getcwd", "--all-pools", expected=2)
        assert "`poolhouse dev` alone" in refused


def test_an_entry_point_runs_in_the_server_of_dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "project"
    here.mkdir()
    (here / "triggers_of_shop.py").write_text(
        "def sign_up(event, context):\n    return {**event, 'ran': context.function_name}\n", encoding="ascii"
    )
    monkeypatch.chdir(here)
    with dev_server(tmp_path, "--seed", "none"):
        _functions(tmp_path / "data", "add", "entry", "--entry-point", "triggers_of_shop:sign_up", "--all-pools")
        tried = _functions(tmp_path / "data", "test", "entry", "--source", "PostConfirmation_ConfirmSignUp")
        assert tried.startswith("ANSWERED")
        assert '"ran": "entry"' in tried
