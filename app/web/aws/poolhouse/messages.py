"""The outbox of a user pool as its operators see it, and the gateways that are the pool's own."""

from typing import Any

from app.core import outbox, pools
from app.core.outbox import MessageStatus
from app.flows import configure_gateways
from app.flows.work import Work
from app.gateways.message_gateways import GatewaySpec
from app.web.aws.listing import list_page
from app.web.aws.registry import poolhouse

Members = dict[str, Any]


@poolhouse.operation("ListMessages")
def list_messages(
    work: Work,
    user_pool_id: str,
    state: str | None = None,
    max_results: int | None = None,
    next_token: str | None = None,
) -> Members:
    """Newest first: all but what the messages say and to whom."""
    work.snapshots.pool(user_pool_id)
    wanted = state.lower() if state else None

    def load(after: str | None, count: int) -> list[MessageStatus]:
        with work.read() as db:
            return outbox.list_messages(db, user_pool_id, wanted, _place(after), count)

    scope = (user_pool_id, "ListMessages", wanted or "")
    found, token = list_page(
        work, scope, next_token, max_results, load, lambda message: f"{message.created_at}/{message.message_id}"
    )
    return {"Messages": [_message(message) for message in found], "NextToken": token}


@poolhouse.operation("RetryMessages")
def retry_messages(work: Work, user_pool_id: str, message_ids: list[str] | None = None) -> Members:
    """Makes messages that wait due at once. What was given up is blank: there is nothing left to send."""
    with work.write() as db:
        pools.get_pool(db, user_pool_id)
        retried = outbox.retry(db, user_pool_id, message_ids, work.now)
        work.after_commit(work.resources.wake_messages)
    return {"Retried": retried}


@poolhouse.operation("PutMessageGateway")
def put_message_gateway(
    work: Work, user_pool_id: str, medium: str, kind: str, configuration: dict[str, str]
) -> Members:
    """Sends the pool's messages by a gateway of its own."""
    spec = configure_gateways.put_gateway(work, user_pool_id, medium, kind, configuration)
    return {"MessageGateway": _gateway(medium, spec)}


@poolhouse.operation("ListMessageGateways")
def list_message_gateways(work: Work, user_pool_id: str) -> Members:
    """The pool's own gateways, without their secrets."""
    found = configure_gateways.list_gateways(work, user_pool_id)
    return {"MessageGateways": [_gateway(medium, spec) for medium, spec in found.items()]}


@poolhouse.operation("DeleteMessageGateway")
def delete_message_gateway(work: Work, user_pool_id: str, medium: str) -> None:
    """Sends the pool's messages by the server's gateway again."""
    configure_gateways.delete_gateway(work, user_pool_id, medium)


def _gateway(medium: str, spec: GatewaySpec) -> Members:
    return {"Medium": medium, "Kind": spec.kind, "Configuration": dict(spec.members)}


def _place(position: str | None) -> tuple[int, str] | None:
    if position is None:
        return None
    created_at, _, message_id = position.partition("/")
    return int(created_at), message_id


def _message(message: MessageStatus) -> Members:
    """MessageType. Only what waits has a next attempt."""
    return {
        "MessageId": message.message_id,
        "Medium": message.medium,
        "Purpose": message.purpose,
        "State": message.state.upper(),
        "Attempts": message.attempts,
        "Reason": message.reason,
        "CreationDate": message.created_at,
        "NextAttemptDate": message.due_at if message.is_waiting else None,
        "EndDate": message.finished_at,
    }
