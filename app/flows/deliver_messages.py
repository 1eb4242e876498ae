"""Delivers what is in the outbox: at least once, whatever process is killed when.

A message is leased in one segment, sent outside any, and settled in another. Whoever dies in between leaves a lease that
runs out. A message that cannot go out is tried again ever more rarely, and given up with its reason after `MAX_ATTEMPTS`.
What became of each attempt is an audit event and a metric; neither holds what was sent, or to whom.
"""

import random
import re

import structlog

from app.core import messages, outbox
from app.core.audit import Event, record
from app.core.messages import Message
from app.core.outbox import DueMessage
from app.core.pools import Pool
from app.flows.choose_gateway import find_gateway, outgoing
from app.flows.custom_senders import call_sender, has_sender
from app.flows.work import Resources
from app.gateways.messages import MOST_SECONDS, DeliveryError
from app.kit import metrics
from app.kit.clock import HOUR, SECOND
from app.kit.errors import ResourceNotFoundException
from app.kit.sealing import SealError

# Longer than the slowest gateway takes.
LEASE_MS = 2 * MOST_SECONDS * SECOND
MAX_ATTEMPTS = 10
_FIRST_PAUSE_MS = 5 * SECOND
_LONGEST_PAUSE_MS = HOUR
_LONGEST_REASON = 300
_EVENTS = {"delivered": "message.delivered", "retried": "message.postponed", "given_up": "message.given_up"}
_log = structlog.get_logger()


def deliver_messages(resources: Resources) -> int:
    """Delivers every message that is due now, one after the other; returns how many were attempted."""
    attempted, before = 0, -1
    while attempted > before:
        before = attempted
        with resources.database.read() as db:
            lanes = outbox.due_lanes(db, resources.clock())
        for lane in lanes:
            due = take(resources, lane)
            if due:
                deliver(resources, due)
                attempted += 1
    return attempted


def take(resources: Resources, lane: str) -> DueMessage | None:
    """Leases the longest due message of a lane; None when none is due there."""
    with resources.database.write() as db:
        return outbox.take_due(db, resources.clock(), LEASE_MS, lane)


def deliver(resources: Resources, due: DueMessage) -> DeliveryError | None:
    """Attempts a message that was taken, and settles it; gives what went wrong, if anything did."""
    message = None
    try:
        if due.attempts > MAX_ATTEMPTS:
            raise DeliveryError("the sender died at every attempt", is_final=True)
        message = _opened(resources, due)
        _send(resources, _pool(resources, due), due, message)
    except DeliveryError as error:
        _settle(resources, due, message, error)
        return error
    _settle(resources, due, message, None)
    return None


def _send(resources: Resources, pool: Pool, due: DueMessage, message: Message) -> None:
    """The one place where a message leaves: raises DeliveryError, and is tried again whatever way it went."""
    if has_sender(pool, message):
        call_sender(resources, pool, due.message_id, message)
        return
    find_gateway(resources, pool, message.medium).send(outgoing(resources, pool, due.message_id, message))


def _opened(resources: Resources, due: DueMessage) -> Message:
    try:
        return messages.open_message(resources.keyring, due.pool_id, due.message_id, due.sealed)
    except SealError:
        raise DeliveryError("the stored message does not open", is_final=True) from None


def _pool(resources: Resources, due: DueMessage) -> Pool:
    try:
        return resources.snapshots.pool(due.pool_id).pool
    except ResourceNotFoundException:
        raise DeliveryError("the user pool was deleted", is_final=True) from None


def _settle(resources: Resources, due: DueMessage, message: Message | None, error: DeliveryError | None) -> None:
    """Writes down what became of an attempt, unless the lease was lost: then another sender does."""
    now = resources.clock()
    outcome = _outcome(due, error)
    reason = _without_secrets(error.reason, message) if error else None
    with resources.database.write() as db:
        if outcome == "retried" and error:
            pause = max(pause_ms(due.attempts), int(error.retry_after * SECOND))
            is_ours = outbox.postpone(db, due, now + pause, reason or "")
        else:
            state = outbox.DEAD if error else outbox.DELIVERED
            is_ours = outbox.settle(db, due, state, now, reason)
        if is_ours:
            record(db, _event(due, message, outcome, reason, now))
    metrics.count_message(due.medium, outcome)
    if error:
        event = "message_given_up" if outcome == "given_up" else "message_retried"
        _log.warning(
            event, pool=due.pool_id, message_id=due.message_id, medium=due.medium, attempts=due.attempts, lane=due.lane
        )
    else:
        metrics.observe_delivery(due.medium, (now - due.created_at) / SECOND)


def _outcome(due: DueMessage, error: DeliveryError | None) -> str:
    if error is None:
        return "delivered"
    return "given_up" if error.is_final or due.attempts >= MAX_ATTEMPTS else "retried"


def _event(due: DueMessage, message: Message | None, outcome: str, reason: str | None, now: int) -> Event:
    details = {"message_id": due.message_id, "medium": due.medium, "attempts": due.attempts}
    if message:
        details["purpose"] = message.purpose
    if reason:
        details["reason"] = reason
    return Event(
        kind=_EVENTS[outcome],
        at=now,
        request_id=f"message-{due.message_id}",
        outcome="failure" if reason else "success",
        pool_id=due.pool_id,
        sub=(message and message.sub) or None,
        client_id=(message and message.client_id) or None,
        details=details,
    )


def _without_secrets(reason: str, message: Message | None) -> str:
    """A reason as it may be kept in clear: servers like to repeat the address, and may repeat what was sent."""
    for secret in filter(None, (message.code, message.destination) if message else ()):
        reason = re.sub(re.escape(secret), "***", reason, flags=re.IGNORECASE)
    return reason[:_LONGEST_REASON]  # not before: a part of a secret would not be found


def pause_ms(attempts: int) -> int:
    """How long to wait after so many attempts: three times as long each time up to an hour, give or take a quarter."""
    pause = min(_FIRST_PAUSE_MS * 3 ** (attempts - 1), _LONGEST_PAUSE_MS)
    return int(pause * random.uniform(0.75, 1.25))  # noqa: S311 - spreads load, guards nothing
