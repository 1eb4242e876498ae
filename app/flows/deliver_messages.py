"""Delivers what is in the outbox: at least once, whatever process is killed when.

A message is leased in one segment, sent outside any, and settled in another. Whoever dies in between leaves a lease that
runs out. A message that cannot go out is tried again ever more rarely, and given up with its reason after `MAX_ATTEMPTS`.
"""

import random
import threading
from email.utils import formataddr, parseaddr

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core import messages, outbox
from app.core.outbox import DueMessage
from app.core.pools import Pool
from app.flows.work import Resources
from app.gateways.messages import DeliveryError, OutgoingMessage
from app.kit import metrics
from app.kit.clock import HOUR, MINUTE, SECOND
from app.kit.errors import ResourceNotFoundException, ServiceUnavailableException
from app.kit.sealing import SealError

# Longer than the slowest conversation with a mail server can take.
LEASE_MS = 2 * MINUTE
MAX_ATTEMPTS = 10
_FIRST_PAUSE_MS = 5 * SECOND
_LONGEST_PAUSE_MS = HOUR
_POLL_SECONDS = 2.0
_log = structlog.get_logger()


def deliver_messages(resources: Resources) -> int:
    """Delivers every message that is due now; returns how many were attempted."""
    attempted = 0
    while deliver_next(resources):
        attempted += 1
    return attempted


def deliver_next(resources: Resources) -> bool:
    """Attempts the longest due message; false when none is due."""
    with resources.database.read() as db:
        if not outbox.has_due(db, resources.clock()):
            return False
    with resources.database.write() as db:
        due = outbox.take_due(db, resources.clock(), LEASE_MS)
    if due is None:
        return False
    try:
        _send(resources, due)
    except DeliveryError as error:
        _failed(resources, due, error)
    else:
        with resources.database.write() as db:
            outbox.settle(db, due, "delivered", resources.clock())
        metrics.count_message(due.medium, "delivered")
    return True


def _send(resources: Resources, due: DueMessage) -> None:
    gateway = resources.gateways.get(due.medium)
    if gateway is None:
        raise DeliveryError(f"no {due.medium} gateway is configured", is_final=True)
    if due.attempts > MAX_ATTEMPTS:
        raise DeliveryError("the sender died at every attempt", is_final=True)
    try:
        message = messages.open_message(resources.keyring, due.pool_id, due.message_id, due.sealed)
        pool = resources.snapshots.pool(due.pool_id).pool
    except SealError:
        raise DeliveryError("the stored message does not open", is_final=True) from None
    except ResourceNotFoundException:
        raise DeliveryError("the user pool was deleted", is_final=True) from None
    gateway.send(
        OutgoingMessage(
            message_id=due.message_id,
            medium=due.medium,
            destination=message.destination,
            subject=message.subject,
            text=message.text,
            html=message.html,
            sent_at=resources.clock(),
            sender=_sender(pool, resources.settings.mail_from),
            reply_to=_email_configuration(pool).get("ReplyToEmailAddress") or "",
            pool_id=due.pool_id,
            username=message.username,
            purpose=message.purpose,
            code=message.code,
        )
    )


def _sender(pool: Pool, default: str) -> str:
    """The pool's own sender where its EmailConfiguration names one; the pool's name beside an address without a name."""
    sender = _email_configuration(pool).get("From") or default
    name, address = parseaddr(sender)
    return sender if name or not address else formataddr((pool.name, address))


def _email_configuration(pool: Pool) -> dict[str, str]:
    return pool.configuration.get("EmailConfiguration") or {}


def _failed(resources: Resources, due: DueMessage, error: DeliveryError) -> None:
    is_dead = error.is_final or due.attempts >= MAX_ATTEMPTS
    now = resources.clock()
    with resources.database.write() as db:
        if is_dead:
            outbox.settle(db, due, "dead", now, error.reason)
        else:
            outbox.postpone(db, due, now + pause_ms(due.attempts), error.reason)
    metrics.count_message(due.medium, "given_up" if is_dead else "retried")
    _log.warning(
        "message_given_up" if is_dead else "message_retried",
        pool=due.pool_id,
        message_id=due.message_id,
        medium=due.medium,
        attempts=due.attempts,
    )


def pause_ms(attempts: int) -> int:
    """How long to wait after so many attempts: three times as long each time up to an hour, give or take a quarter."""
    pause = min(_FIRST_PAUSE_MS * 3 ** (attempts - 1), _LONGEST_PAUSE_MS)
    return int(pause * random.uniform(0.75, 1.25))  # noqa: S311 - spreads load, guards nothing


class MessageSender:
    """The thread of a process that delivers as soon as a message is committed, and looks for what is due besides."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="message-sender", daemon=True)

    def start(self) -> None:
        """Begins to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Finishes the message in hand; what else is due waits for another process or the next start."""
        self._stopping = True
        self._resources.messages_due.set()
        self._thread.join(20)

    def _run(self) -> None:
        due = self._resources.messages_due
        while not self._stopping:
            due.wait(_POLL_SECONDS)
            due.clear()
            try:
                while not self._stopping and deliver_next(self._resources):
                    pass
            except ServiceUnavailableException:
                continue  # the log has heard of it from `db.outages`
            except SQLAlchemyError as error:
                _log.warning("message_delivery_paused", error=type(error).__name__)
            except Exception:  # noqa: BLE001 - logged
                # A message that breaks the sender must not take the others with it: its lease moves it to the back.
                _log.exception("message_delivery_failed")
