"""One journey of an operator and a person through each SDK: the same calls, and so the same facts.

Each program is told the endpoint by the environment and prints one JSON document. A refusal in it is what the SDK made of it:
its own class (empty where it knows none), code, message, status, and whether a request id came with it.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from conformance.dev_server import DevServer

Facts = dict[str, Any]

HERE = Path(__file__).parent
_BUILD_SECONDS, _RUN_SECONDS = 1_800, 120
_POM = "{http://maven.apache.org/POM/4.0.0}"
_MEMBERS = [f"member-{number}" for number in range(5)]


@dataclass(frozen=True, slots=True)
class Sdk:
    """An SDK: what builds its program (as the developer, with the registries that this machine has), and what runs it."""

    name: str
    title: str
    build: tuple[str, ...]
    run: tuple[str, ...]
    version: Callable[[], str]

    @property
    def folder(self) -> Path:
        return HERE / self.name


def _version_of_js() -> str:
    packages = json.loads((HERE / "js" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return str(packages["@aws-sdk/client-cognito-identity-provider"])


def _version_of_java() -> str:
    # Our own file.
    pom = ElementTree.parse(HERE / "java" / "pom.xml")  # noqa: S314
    return pom.findtext(f"{_POM}dependencyManagement//{_POM}version") or "unknown"


def _version_of_go() -> str:
    lines = (HERE / "go" / "go.mod").read_text(encoding="utf-8").splitlines()
    return next(line.split()[1] for line in lines if "/service/cognitoidentityprovider " in line)


SDKS = (
    Sdk(
        "js",
        "AWS SDK for JavaScript",
        ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
        ("node", "journey.mjs"),
        _version_of_js,
    ),
    Sdk(
        "java",
        "AWS SDK for Java",
        ("mvn", "--quiet", "--batch-mode", "package"),
        ("java", "-cp", f"target/classes{os.pathsep}target/lib/*", "poolhouse.Journey"),
        _version_of_java,
    ),
    Sdk(
        "go",
        "AWS SDK for Go",
        ("go", "build", "-mod=readonly", "-o", "build/journey", "."),
        ("./build/journey",),
        _version_of_go,
    ),
)


def play(sdk: Sdk, server: DevServer) -> tuple[int, list[str]]:
    """Builds and runs an SDK's program; gives how many facts were looked at, and what is wrong with them."""
    try:
        _execute(sdk, sdk.build, _BUILD_SECONDS, dict(os.environ))
        told = json.loads(_execute(sdk, sdk.run, _RUN_SECONDS, _environment(server)))
    except (OSError, RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
        return 0, [str(error)]
    wanted = expected(sdk.name, told, server)
    return _count(wanted), list(differences(wanted, told))


def _environment(server: DevServer) -> dict[str, str]:
    region = {"AWS_REGION": server.facts.region}  # what other SDKs than Python's read
    return {**server.aws_environment, **region, "POOLHOUSE_INBOX": f"{server.facts.endpoint}/_dev/inbox.json"}


def _execute(sdk: Sdk, command: Sequence[str], seconds: int, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=sdk.folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def expected(name: str, told: Facts, server: DevServer) -> Facts:
    """What the program must have been told. A callable stands where a value is not known beforehand."""
    pool_id, client_id = told["poolId"], told["clientId"]
    sub, username, email = told["signUp"]["sub"], told["username"], told["email"]
    unknown = f"{server.facts.region}_Nowhere99"
    issuer = f"{server.facts.endpoint}/{pool_id}"
    common = {"sub": sub, "iss": issuer, "auth_time": _is_recent, "exp": _is_soon}
    return {
        "pool": {
            "isNamed": True,
            "createdMs": lambda value: _is_recent(value / 1_000),
            "mfa": "OPTIONAL",
            "tags": {"sdk": name, "owner": "nobody"},
            "secretLength": 51,
            "users": 0,
        },
        "staff": {
            "group": ["engineers", 3],
            "pageSizes": _are_pages_of_two,
            "users": _MEMBERS,
            "members": _MEMBERS,
            "first": [["member-0", "CONFIRMED", True]],
            "existing": refusal("UsernameExistsException", "User account already exists"),
            "badFilter": refusal("InvalidParameterException"),
            "unknownPool": refusal("ResourceNotFoundException", f"User pool {unknown} does not exist."),
        },
        "wrongKey": refusal("InvalidSignatureException", kind=""),
        "signUp": {
            "isConfirmed": False,
            "delivery": ["email", "EMAIL", True],
            "weak": refusal("InvalidPasswordException"),
            "early": refusal("UserNotConfirmedException", "User is not confirmed."),
            "wrongCode": refusal("CodeMismatchException"),
        },
        "authenticator": {
            "wrongPassword": refusal("NotAuthorizedException", "Incorrect username or password."),
            "attributes": {"sub": sub, "email": email, "email_verified": "true"},
            "username": username,
            "status": "SUCCESS",
            "preferred": "SOFTWARE_TOKEN_MFA",
            "challenge": "SOFTWARE_TOKEN_MFA",
            "wrongTotp": refusal("CodeMismatchException"),
            "tokens": ["Bearer", 3600],
            "idClaims": {**common, "aud": client_id, "token_use": "id", "cognito:username": username, "email": email},
            "accessClaims": {**common, "client_id": client_id, "token_use": "access", "username": username},
        },
        "tokens": {
            "sameSub": True,
            "sameAuthTime": True,
            "newId": True,
            "hasRefreshToken": False,
            "revoked": refusal("NotAuthorizedException", "Refresh Token has been revoked"),
            "signedOut": refusal("NotAuthorizedException", "Access Token has been revoked"),
        },
        "recovery": {
            "medium": "EMAIL",
            "old": refusal("NotAuthorizedException", "Incorrect username or password."),
            "gone": refusal("UserNotFoundException", "User does not exist."),
        },
        "afterwards": refusal("ResourceNotFoundException", f"User pool {pool_id} does not exist."),
    }


def refusal(code: str, message: str | None = None, *, kind: str | None = None) -> Facts:
    """What an SDK makes of an error; `kind` is its class where that is not the code, and "" where it has none."""
    return {
        "type": code if kind is None else kind,
        "code": code,
        "message": message or bool,
        "status": 400,
        "hasRequestId": True,
    }


def differences(wanted: Any, found: Any, path: str = "") -> list[str]:
    """Where `found` is not as `wanted` says. A mapping may hold more than what is wanted of it."""
    if callable(wanted):
        return [] if wanted(found) else [f"{path}: {found!r}"]
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            difference
            for name, value in wanted.items()
            for difference in differences(value, found.get(name), f"{path}.{name}".lstrip("."))
        ]
    return [] if wanted == found else [f"{path}: {found!r} where {wanted!r} was expected"]


def _count(wanted: Any) -> int:
    return sum(map(_count, wanted.values())) if isinstance(wanted, dict) else 1


def _is_recent(seconds: float) -> bool:
    return abs(time.time() - seconds) < 600


def _is_soon(seconds: float) -> bool:
    return _is_recent(seconds - 3_600)


def _are_pages_of_two(sizes: list[int]) -> bool:
    """An empty page may end a list."""
    return sum(sizes) == len(_MEMBERS) and max(sizes) == 2
