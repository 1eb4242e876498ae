"""`poolhouse messages`: what waits in the outbox of a pool and what was given up, and the pool's own gateways."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.commands.calling import call
from app.commands.refusal import Refusal


def list_messages(data: Path | None, pool_id: str, state: str | None, most: int) -> str:
    """One line for each of the newest messages of a pool, or of those in a state, with the reason of its last failure."""
    lines = [f"{'MESSAGE':<38}{'MEDIUM':<8}{'PURPOSE':<24}{'STATE':<11}{'TRIED':<7}{'POSTED':<21}{'NEXT':<21}REASON"]
    for number, message in enumerate(_pages(data, pool_id, state)):
        if number == most:
            break
        lines.append(
            f"{message['MessageId']:<38}{message['Medium']:<8}{message['Purpose']:<24}{message['State'].lower():<11}"
            f"{message['Attempts']:<7}{_second(message['CreationDate']):<21}"
            f"{_second(message.get('NextAttemptDate')):<21}{message.get('Reason') or '-'}"
        )
    return "\n".join(lines)


def retry(data: Path | None, pool_id: str, message_ids: Sequence[str]) -> str:
    """Makes messages that wait due at once: all of the pool, or those named."""
    named = {"MessageIds": list(message_ids)} if message_ids else {}
    retried = call(data, "RetryMessages", UserPoolId=pool_id, **named)["Retried"]
    return f"{retried} messages are due now. What was given up is blank and cannot be sent again."


def put_gateway(data: Path | None, pool_id: str, medium: str, kind: str, members: Sequence[str]) -> str:
    """Sends a pool's messages by a gateway of its own; `Name=@file` reads a member from a file."""
    configuration = dict(_member(text) for text in members)
    answer = call(
        data,
        "PutMessageGateway",
        UserPoolId=pool_id,
        Medium=medium.upper(),
        Kind=kind.upper(),
        Configuration=configuration,
    )
    return json.dumps(answer["MessageGateway"], indent=2)


def list_gateways(data: Path | None, pool_id: str) -> str:
    """The pool's own gateways, without their secrets."""
    found = call(data, "ListMessageGateways", UserPoolId=pool_id)["MessageGateways"]
    return json.dumps(found, indent=2)


def delete_gateway(data: Path | None, pool_id: str, medium: str) -> str:
    """Sends a pool's messages by the server's gateway again."""
    call(data, "DeleteMessageGateway", UserPoolId=pool_id, Medium=medium.upper())
    return f"{medium.upper()} of {pool_id} goes out by the server's gateway."


def _pages(data: Path | None, pool_id: str, state: str | None) -> Iterator[dict[str, Any]]:
    wanted = {"UserPoolId": pool_id, **({"State": state.upper()} if state else {})}
    answer = call(data, "ListMessages", **wanted)
    yield from answer["Messages"]
    while answer.get("NextToken"):
        answer = call(data, "ListMessages", **wanted, NextToken=answer["NextToken"])
        yield from answer["Messages"]


def _member(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Refusal(f"{name}: members are written Name=value, or Name=@file")
    if not value.startswith("@"):
        return name, value
    try:
        return name, Path(value[1:]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Refusal(f"{value[1:]} cannot be read") from None


def _second(seconds: float | None) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") if seconds else "-"
