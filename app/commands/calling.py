"""Operations of our own service, called by a command: at a running `poolhouse dev` over HTTP, else on the database."""

from pathlib import Path
from typing import Any

import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from app.commands.environment import Refusal
from app.commands.folder import DataFolder
from app.commands.opening import no_answer, opened
from app.commands.operations import Operator
from app.gateways.addresses import THIS_MACHINE, parse_allowed
from app.gateways.outbound import Outbound, OutboundError
from app.kit.errors import AppError, ServiceUnavailableException
from app.web.aws.registry import load_targets, poolhouse

# A function that hangs is tried three times, for five seconds each.
_SECONDS = 60
_MOST_BYTES = 16 * 1_024 * 1_024


def call(data: Path | None, operation: str, **members: Any) -> dict[str, Any]:
    """The operation's answer as it is on the wire (times in epoch seconds); raises Refusal with the server's text."""
    running = DataFolder(data.absolute()).running() if data else None
    return _call_server(running, operation, members) if running else _call_here(data, operation, members)


def _call_here(data: Path | None, operation: str, members: dict[str, Any]) -> dict[str, Any]:
    load_targets()
    with opened(data) as resources:
        try:
            answer = Operator(resources).call(poolhouse, operation, **members)
        except ServiceUnavailableException as error:
            raise no_answer(error) from None
        except AppError as error:
            raise Refusal(f"{error.code}: {error.message}") from None
    parsed: dict[str, Any] = orjson.loads(poolhouse.operations[operation].cut(answer))
    return parsed


def _call_server(facts: dict[str, Any], operation: str, members: dict[str, Any]) -> dict[str, Any]:
    """Signed with the root key that dev.json holds for its owner."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": poolhouse.target(operation)}
    request = AWSRequest("POST", facts["endpoint"] + "/", headers=headers, data=orjson.dumps(members))
    key = Credentials(facts["access_key_id"], facts["secret_access_key"])
    SigV4Auth(key, poolhouse.name, facts["region"]).add_auth(request)
    outbound = Outbound(parse_allowed(THIS_MACHINE))
    try:
        reply = outbound.send("POST", request.url, dict(request.headers), request.data, _SECONDS, _MOST_BYTES)
        answer: dict[str, Any] = orjson.loads(reply.body or b"{}")
    except (OutboundError, orjson.JSONDecodeError):
        raise Refusal(f"the server at {facts['endpoint']} does not answer") from None
    finally:
        outbound.close()
    if reply.status != 200:
        raise Refusal(f"{answer.get('__type')}: {answer.get('message')}")
    return answer
