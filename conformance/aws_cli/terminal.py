"""One terminal: runs `aws cognito-idp`, looks at what it answers, and remembers which operations have answered."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore
import jmespath
from botocore import xform_name

from app.web.aws.registry import cognito_idp
from conformance.dev_server import DevServer

PROGRAM = Path(__file__).parent.parent / "clients" / ".venv-awscli" / "bin" / "aws"
FIRST, SECOND, THIRD = "Correct-Horse-7", "Another-Horse-8", "Third-Horse-9"
_MODEL = Path(botocore.__file__).parent / "data" / "cognito-idp"
_UNKNOWN = ("argument operation: Invalid choice", "Unknown options:")
_CALL_SECONDS = 60

Members = dict[str, Any]


class UnexpectedError(Exception):
    """The CLI said something else than what was to be expected."""


@dataclass(slots=True)
class Terminal:
    """`models` is a folder with today's model, in the form of AWS_DATA_PATH, for what the CLI's own model lacks."""

    server: DevServer
    models: Path
    answered: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    checked: set[str] = field(default_factory=set)
    newer: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, operation: str, *, gives: Any = None, **members: Any) -> Members:
        """One call with the members as options. `gives` is a mapping of JMESPath expressions to what they find in the answer.

        Raises UnexpectedError for a refusal, and for an answer that is not as `gives` says. What has no output gives nothing.
        """
        done = self._run(operation, members)
        if done.returncode != 0:
            raise UnexpectedError(f"{operation}: {_last_line(done.stderr)}")
        answer: Members = json.loads(done.stdout) if done.stdout.strip() else {}
        wanted: Members = gives or {}
        found = {expression: jmespath.search(expression, answer) for expression in wanted}
        if found != wanted:
            raise UnexpectedError(f"{operation}: {found} where {wanted} was expected")
        if not _has_output(operation) and answer:
            raise UnexpectedError(f"{operation} answered {answer}")
        self._note(self.answered, operation)
        if gives or not _has_output(operation):
            self._note(self.checked, operation)
        return answer

    def refuses(self, operation: str, code: str, **members: Any) -> None:
        """One call that must be refused with this code."""
        done = self._run(operation, members)
        said = f"An error occurred ({code}) when calling the {operation} operation: "
        if done.returncode == 0 or said not in done.stderr:
            raise UnexpectedError(f"{operation}: {_last_line(done.stderr) or done.stdout} where {code} was expected")
        self._note(self.refused, operation)

    def _run(self, operation: str, members: Members) -> subprocess.CompletedProcess[str]:
        command = [str(PROGRAM), "cognito-idp", xform_name(operation, "-"), "--output", "json"]
        for name, value in members.items():
            command += _option(xform_name(name, "-"), value)
        done = self._call(command, {})
        if done.returncode != 0 and any(mark in done.stderr for mark in _UNKNOWN):
            self._note(self.newer, operation)
            done = self._call(command, {"AWS_DATA_PATH": str(self.models)})
        return done

    def _call(self, command: list[str], more: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env={**self.server.aws_environment, **more},
            capture_output=True,
            text=True,
            timeout=_CALL_SECONDS,
            check=False,
        )

    def _note(self, operations: set[str], operation: str) -> None:
        with self._lock:
            operations.add(operation)


@contextmanager
def todays_model(folder: Path) -> Iterator[Path]:
    """A data path whose only service is cognito-idp, in the model that the server is built from.

    What `aws configure add-model` does, without touching anybody's home folder.
    """
    (folder / "cognito-idp").symlink_to(_MODEL, target_is_directory=True)
    yield folder


def client(aws: Terminal, pool_id: str, **members: Any) -> Members:
    """A new app client."""
    made: Members = aws("CreateUserPoolClient", UserPoolId=pool_id, ClientName="app", **members)["UserPoolClient"]
    return made


def password_client(aws: Terminal, pool_id: str, *flows: str) -> str:
    """The id of a new public client for sign-in with a plain password, and for `flows`."""
    allowed = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", *flows]
    return str(client(aws, pool_id, ExplicitAuthFlows=allowed)["ClientId"])


def person(aws: Terminal, pool_id: str, username: str = "ada", **attributes: str) -> None:
    """A confirmed user with the password FIRST."""
    given = [{"Name": name, "Value": value} for name, value in attributes.items()]
    user = {"UserPoolId": pool_id, "Username": username}
    aws("AdminCreateUser", **user, UserAttributes=given, MessageAction="SUPPRESS")
    aws("AdminSetUserPassword", **user, Password=FIRST, Permanent=True)


def initiate(aws: Terminal, client_id: str, password: str, username: str = "ada", **more: Any) -> Members:
    """InitiateAuth with a plain password."""
    parameters = {"USERNAME": username, "PASSWORD": password}
    return aws("InitiateAuth", ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters, **more)


def sign_in(aws: Terminal, client_id: str, password: str = FIRST, username: str = "ada") -> Members:
    """AuthenticationResult of a sign-in that asks nothing more."""
    tokens: Members = initiate(aws, client_id, password, username)["AuthenticationResult"]
    return tokens


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}", value if isinstance(value, str) else json.dumps(value)]


def _has_output(operation: str) -> bool:
    output = cognito_idp.model["operations"][operation].get("output")
    return bool(output and cognito_idp.model["shapes"][output["shape"]].get("members"))


def _last_line(text: str) -> str:
    return next(reversed(text.strip().splitlines()), "")
