"""A message goes into the outbox, unless the pool lets no more out: to that address, on that day, into that country.

Counted in the transaction that posts, so that messages which are not posted after all do not count, and by one statement
for each cap, so that parallel requests on any number of nodes never exceed it. Who posts several in one transaction does
so in the order of their attributes' names: two such transactions could wait for each other otherwise.
"""

from sqlalchemy import Connection

from app.core import message_limits, messages
from app.core.audit import Event, record
from app.core.message_gateways import find_revision
from app.core.messages import Message, lane_of
from app.core.pools import Pool
from app.core.rate_windows import RateWindows
from app.flows.work import Work
from app.kit import metrics
from app.kit.errors import AppError, CodeDeliveryFailureException, LimitExceededException
from app.kit.secrets import keyed_hash

_SENDERS = {"EMAIL": "CustomEmailSender", "SMS": "CustomSMSSender"}


def post_message(
    db: Connection,
    work: Work,
    pool: Pool,
    message: Message,
    *,
    is_hidden: bool = False,
    hides_address_limit: bool = False,
) -> None:
    """Posts in the open write segment; the message goes out after its commit.

    Raises CodeDeliveryFailureException for a country that the pool does not send to, LimitExceededException for an address
    that has had its messages of the hour and a pool that has sent its messages of the day. With `is_hidden`, where an
    answer must not tell whether there is a user, nothing is raised: the message is dropped. The audit trail has it.
    `hides_address_limit` does so for an address that has had its messages, since only a user's are counted.
    """
    refused = _find_refusal(db, work, pool, message)
    if refused is None:
        messages.post(db, work.keyring, pool.pool_id, message, work.now, lane=_lane(pool, message))
        work.after_commit(work.resources.wake_messages)
        return
    reason, error = refused
    event = _event(work, pool, message, reason)
    work.keep(lambda kept: record(kept, event))
    metrics.count_message(message.medium, "refused")
    if not (is_hidden or (hides_address_limit and reason == message_limits.DESTINATION)):
        raise error


def pretend_to_post_message(db: Connection, work: Work, pool: Pool, message: Message) -> None:
    """The work of `post_message` for a message that nobody gets: counted beside the others, written, and taken back at once.

    The sender is woken too and finds nothing.
    """
    caps = _caps(work, pool, message, to=message.username, of=f"{pool.pool_id}/nobody")
    if all(_has_room(db, work, cap) for cap in caps):
        messages.pretend_to_post(db, work.keyring, pool.pool_id, message, work.now, lane=_lane(pool, message))
        work.after_commit(work.resources.wake_messages)


def has_own_way(pool: Pool, medium: str) -> bool:
    """Whether the pool's messages go out by a gateway or a sender of its own."""
    return find_revision(pool.settings, medium) is not None or bool(pool.lambda_config.get(_SENDERS[medium]))


def _lane(pool: Pool, message: Message) -> str:
    return lane_of(message.medium, pool.pool_id, is_own=has_own_way(pool, message.medium))


def _find_refusal(db: Connection, work: Work, pool: Pool, message: Message) -> tuple[str, AppError] | None:
    if message.medium == "SMS" and not message_limits.is_country_allowed(pool.settings, message.destination):
        return "country", CodeDeliveryFailureException()
    for cap in _caps(work, pool, message, to=message.destination, of=pool.pool_id):
        if not _has_room(db, work, cap):
            return cap.name, LimitExceededException()
    return None


def _caps(work: Work, pool: Pool, message: Message, *, to: str, of: str) -> tuple[message_limits.Cap, ...]:
    """The caps on messages to an address; the counters hold a hash of it."""
    key = work.keyring.key(pool.pool_id, "message_limits").key
    address = keyed_hash(key, message.medium, message_limits.folded_address(message.medium, to)).hex()
    return message_limits.caps(pool.settings, of, message.medium, address)


def _has_room(db: Connection, work: Work, cap: message_limits.Cap) -> bool:
    return RateWindows(db, work.now).acquire_sliding_window_entry(cap.budget, cap.messages, cap.seconds)


def _event(work: Work, pool: Pool, message: Message, reason: str) -> Event:
    return Event(
        kind="message.refused",
        at=work.now,
        request_id=work.request_id,
        outcome="failure",
        pool_id=pool.pool_id,
        sub=message.sub or None,
        client_id=message.client_id or None,
        principal=work.caller.principal_arn or None,
        source_ip=work.source_ip,
        details={"medium": message.medium, "purpose": message.purpose, "reason": reason},
    )
