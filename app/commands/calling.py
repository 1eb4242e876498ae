"""Operations of our own service, called by a command: at a running `poolhouse dev` over HTTP, else on the database."""

from pathlib import Path
from typing import Any

import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from app import commands
from app.commands.folder import DataFolder
from app.commands.refusal import Refusal
from app.gateways.addresses import THIS_MACHINE, parse_allowed
from app.gateways.outbound import Outbound, OutboundError
from app.web.aws.registry import poolhouse

# A function that hangs is tried three times, for five seconds each.
_SECONDS = 60
_MOST_BYTES = 16 * 1_024 * 1_024


def call(data: Path | None, operation: str, **members: Any) -> dict[str, Any]:
    """The operation's answer as it is on the wire (times in epoch seconds); raises Refusal with the server's text."""
    running = DataFolder(data.absolute()).running() if data else None
    if running:
        return _call_server(running, operation, members)
    return commands.operations.call_here(data, operation, members)


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
