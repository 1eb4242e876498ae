"""A started server for the clients, pools for them to work on, and the ways to run Node.js, the AWS CLI and Chromium."""

import json
import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.dev_server import DevServer, dev_server

HERE = Path(__file__).parent
RUN_SECONDS = 60
PASSWORD = "Correct-Horse-7"


@dataclass(frozen=True, slots=True)
class Pool:
    """A user pool made for one test module, with a public app client."""

    pool_id: str
    client_id: str


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """`poolhouse dev` with a quick password hash. When all clients are done its log must hold no error."""
    with dev_server(tmp_path_factory.mktemp("dev"), {"POOLHOUSE_PASSWORD_HASH": "test-only"}) as started:
        yield started
        assert started.complaints() == []


@pytest.fixture(scope="session")
def operator(server: DevServer) -> Any:
    """The operator's boto3 client."""
    return server.boto()


@pytest.fixture(scope="module")
def pool(operator: Any) -> Iterator[Pool]:
    """A pool where people sign up by themselves and confirm by mail, gone when its module is done."""
    created = operator.create_user_pool(
        PoolName=f"clients-{secrets.token_hex(4)}",
        AutoVerifiedAttributes=["email"],
        Schema=[{"Name": "email", "Required": True, "Mutable": True}],
        AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
    )["UserPool"]
    client = operator.create_user_pool_client(
        UserPoolId=created["Id"],
        ClientName="public",
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="ENABLED",
    )["UserPoolClient"]
    yield Pool(created["Id"], client["ClientId"])
    operator.delete_user_pool(UserPoolId=created["Id"])


@pytest.fixture
def make_user(operator: Any, pool: Pool) -> Callable[..., str]:
    """Makes a confirmed user of `pool` with PASSWORD, whose mail address is proven; returns the user name."""

    def make(prefix: str = "user", *, is_confirmed: bool = True) -> str:
        username = f"{prefix}-{secrets.token_hex(4)}"
        attributes = {"email": f"{username}@example.com", "email_verified": "true"}
        operator.admin_create_user(
            UserPoolId=pool.pool_id,
            Username=username,
            TemporaryPassword=PASSWORD,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )
        if is_confirmed:
            operator.admin_set_user_password(
                UserPoolId=pool.pool_id, Username=username, Password=PASSWORD, Permanent=True
            )
        return username

    return make


@pytest.fixture(scope="session")
def run_node(server: DevServer) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Runs a script of this folder with a JSON document as its input and reads the one that it prints."""
    assert (HERE / "node_modules").is_dir(), "the npm clients are missing: make clients"

    def run(script: str, given: dict[str, Any]) -> dict[str, Any]:
        done = subprocess.run(
            ["node", HERE / script],
            input=json.dumps({"endpoint": server.facts.endpoint, **given}),
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
            env=_node_environment(server),
        )
        assert done.returncode == 0, f"{script} failed:\n{done.stderr}\n{done.stdout}"
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return run


def _node_environment(server: DevServer) -> dict[str, str]:
    # No AWS credentials: these are the clients of people, not of operators.
    return {name: value for name, value in server.aws_environment.items() if not name.startswith("AWS_")}


@pytest.fixture(scope="session")
def aws(server: DevServer) -> Callable[..., Any]:
    """Runs `aws` with these arguments and reads the JSON that it prints, None when it prints nothing."""
    program = HERE / ".venv-awscli" / "bin" / "aws"
    assert program.exists(), "the AWS CLI is missing: make clients"

    def run(*arguments: str, environment: dict[str, str] | None = None, status: int = 0) -> Any:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
            env=environment if environment is not None else server.aws_environment,
        )
        assert done.returncode == status, f"aws {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}"
        if status:
            return done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run
