"""The outbox: at least once, at most one sender at a time, ever longer pauses, and nothing left once it is settled."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY
from sqlalchemy import select, update

from app.core import messages, outbox
from app.core.messages import Message
from app.db.tables.audit import AuditEvent
from app.db.tables.outbox import OutboxMessage
from app.flows import send_messages
from app.flows.deliver_messages import (
    LEASE_MS,
    MAX_ATTEMPTS,
    deliver_messages,
    pause_ms,
)
from app.flows.send_messages import MessageSender
from app.flows.work import Resources
from app.gateways.messages import DeliveryError, OutgoingMessage
from app.kit.clock import HOUR, MINUTE, SECOND
from tests.conftest import Clock
from tests.factories import Factory


class Gateway:
    """Takes messages, or answers with the error that a test asks for."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.error: BaseException | None = None
        self.before: Callable[[], None] = lambda: None

    def send(self, message: OutgoingMessage) -> None:
        self.before()
        if self.error:
            raise self.error
        self.sent.append(message)

    def close(self) -> None:
        pass


class Outbox:
    """Posts messages of one pool and looks at their rows."""

    def __init__(self, resources: Resources, pool_id: str) -> None:
        self.resources = resources
        self.pool_id = pool_id

    def post(self, medium: Any = "EMAIL", to: str = "ana@example.com", **more: Any) -> str:
        message = Message(medium, to, "Subject", "Your code is 123456", None, "sign_up", "ana", "123456", **more)
        with self.resources.database.write() as db:
            return messages.post(db, self.resources.keyring, self.pool_id, message, self.resources.clock())

    def row(self, message_id: str) -> Any:
        with self.resources.database.read() as db:
            return db.execute(select(OutboxMessage).where(OutboxMessage.message_id == message_id)).one()


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def box(resources: Resources, make: Factory, gateway: Gateway) -> Outbox:
    """An outbox without what other tests have left, whose mail goes to `gateway`."""
    pool_id = make.pool()
    with resources.database.write() as db:
        db.execute(update(OutboxMessage).values(state="dead", sealed=b"", finished_at=0))
    return Outbox(replace(resources, gateways={"EMAIL": gateway}), pool_id)


def test_a_message_goes_out_once_and_is_blanked(box: Outbox, gateway: Gateway) -> None:
    message_id = box.post()
    assert b"123456" not in box.row(message_id).sealed
    assert deliver_messages(box.resources) == 1
    (sent,) = gateway.sent
    assert (sent.message_id, sent.destination, sent.code) == (message_id, "ana@example.com", "123456")
    assert sent.sender == "test <no-reply@localhost>"
    row = box.row(message_id)
    assert (row.state, row.sealed, row.attempts) == ("delivered", b"", 1)
    assert deliver_messages(box.resources) == 0
    assert len(gateway.sent) == 1


def test_nothing_is_sent_inside_a_transaction(box: Outbox, gateway: Gateway) -> None:
    def read() -> None:
        with box.resources.database.read() as db:
            db.execute(select(1))

    gateway.before = read
    box.post()
    deliver_messages(box.resources)
    assert len(gateway.sent) == 1


def test_a_passing_error_is_tried_again_later_and_later(box: Outbox, gateway: Gateway, clock: Clock) -> None:
    message_id = box.post()
    gateway.error = DeliveryError("451 try later")
    waited = []
    for attempt in range(1, MAX_ATTEMPTS):
        assert deliver_messages(box.resources) == 1
        row = box.row(message_id)
        assert (row.state, row.attempts, row.reason) == ("waiting", attempt, "451 try later")
        assert deliver_messages(box.resources) == 0
        waited.append(row.due_at - clock.now)
        clock.advance(ms=row.due_at - clock.now)
    assert waited[0] < 10 * SECOND
    assert max(waited) <= HOUR * 1.25
    deliver_messages(box.resources)
    row = box.row(message_id)
    assert (row.state, row.sealed, row.reason) == ("dead", b"", "451 try later")


def test_a_message_goes_out_when_the_error_has_passed(box: Outbox, gateway: Gateway, clock: Clock) -> None:
    message_id = box.post()
    gateway.error = DeliveryError("nobody there")
    deliver_messages(box.resources)
    gateway.error = None
    clock.advance(minutes=1)
    deliver_messages(box.resources)
    assert [message.message_id for message in gateway.sent] == [message_id]
    assert box.row(message_id).state == "delivered"


def test_a_final_error_is_not_tried_again(box: Outbox, gateway: Gateway) -> None:
    message_id = box.post()
    gateway.error = DeliveryError("550 no such user", is_final=True)
    deliver_messages(box.resources)
    assert (box.row(message_id).state, box.row(message_id).attempts) == ("dead", 1)


def test_without_a_gateway_a_message_is_dead_at_once(box: Outbox) -> None:
    message_id = box.post("SMS", "+15550100")
    deliver_messages(box.resources)
    row = box.row(message_id)
    assert (row.state, row.sealed, row.reason) == ("dead", b"", "no SMS gateway is configured")


def test_a_sender_that_is_killed_loses_nothing(box: Outbox, gateway: Gateway, clock: Clock) -> None:
    message_id = box.post()
    gateway.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        deliver_messages(box.resources)
    assert box.row(message_id).state == "sending"
    gateway.error = None
    assert deliver_messages(box.resources) == 0
    clock.advance(ms=LEASE_MS)
    assert deliver_messages(box.resources) == 1
    assert box.row(message_id).state == "delivered"


def test_a_sender_whose_lease_ran_out_does_not_undo_another(box: Outbox, clock: Clock) -> None:
    message_id = box.post()
    database = box.resources.database
    with database.write() as db:
        slow = outbox.take_due(db, clock.now, LEASE_MS, "EMAIL")
    clock.advance(ms=LEASE_MS)
    deliver_messages(box.resources)
    assert slow is not None
    with database.write() as db:
        outbox.postpone(db, slow, clock.now, "too late")
    assert box.row(message_id).state == "delivered"


def test_a_message_that_kills_every_sender_is_given_up(box: Outbox, gateway: Gateway, clock: Clock) -> None:
    message_id = box.post()
    gateway.error = KeyboardInterrupt()
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            deliver_messages(box.resources)
        clock.advance(ms=LEASE_MS)
    assert deliver_messages(box.resources)
    assert box.row(message_id).state == "dead"


def test_a_message_of_a_deleted_pool_is_given_up(box: Outbox, gateway: Gateway, operator: Any) -> None:
    message_id = box.post()
    operator.delete_user_pool(UserPoolId=box.pool_id)
    deliver_messages(box.resources)
    assert gateway.sent == []
    assert box.row(message_id).state == "dead"


def test_many_senders_send_each_message_once(box: Outbox, gateway: Gateway) -> None:
    posted = {box.post(to=f"user{number}@example.com") for number in range(40)}
    threads = [threading.Thread(target=deliver_messages, args=(box.resources,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(message.message_id for message in gateway.sent) == sorted(posted)


def test_the_sender_wakes_when_a_message_is_committed(
    box: Outbox, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_messages, "_POLL_SECONDS", 60)
    sent = threading.Event()
    gateway.before = sent.set
    sender = MessageSender(replace(box.resources, messages_due=threading.Event()))
    sender.start()
    box.post()
    sender._resources.wake_messages()
    assert sent.wait(20)
    sender.stop()


def test_a_pool_speaks_under_its_own_address(
    resources: Resources, gateway: Gateway, make: Factory, box: Outbox
) -> None:
    configuration = {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/x@example.org",
        "From": "Acme <hello@acme.example>",
        "ReplyToEmailAddress": "help@acme.example",
    }
    own = Outbox(box.resources, make.pool(EmailConfiguration=configuration))
    own.post()
    deliver_messages(box.resources)
    assert (gateway.sent[0].sender, gateway.sent[0].reply_to) == ("Acme <hello@acme.example>", "help@acme.example")


@pytest.mark.parametrize(("attempts", "least", "most"), [(1, 3 * SECOND, 7 * SECOND), (20, 44 * MINUTE, 76 * MINUTE)])
def test_pauses(attempts: int, least: int, most: int) -> None:
    assert all(least < pause_ms(attempts) < most for _ in range(100))


# ---- what is told of a delivery


def _events(box: Outbox) -> list[Any]:
    with box.resources.database.read() as db:
        wanted = select(AuditEvent).where(AuditEvent.pool_id == box.pool_id, AuditEvent.kind.like("message.%"))
        return list(db.execute(wanted.order_by(AuditEvent.at)).all())


def test_every_attempt_is_an_event_about_the_user(box: Outbox, gateway: Gateway, clock: Clock) -> None:
    message_id = box.post(sub="sub-1", client_id="client-1")
    gateway.error = DeliveryError("451 try later")
    deliver_messages(box.resources)
    clock.advance(minutes=1)
    gateway.error = None
    deliver_messages(box.resources)
    first, second = _events(box)
    assert (first.kind, first.outcome, first.sub, first.client_id) == (
        "message.postponed", "failure", "sub-1", "client-1"
    )  # fmt: skip
    assert first.details == {
        "message_id": message_id,
        "medium": "EMAIL",
        "attempts": 1,
        "purpose": "sign_up",
        "reason": "451 try later",
    }
    assert (second.kind, second.outcome, second.details["attempts"]) == ("message.delivered", "success", 2)
    assert "reason" not in second.details


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("550 \x1b[2J\x00 no\r\nsuch  user\x9b1m", "550 [2J no such user 1m"),
        ("x" * 296 + " 123456", "x" * 296 + " ***"),
        ("x" * 5_000, "x" * 300),
    ],
)
def test_a_servers_words_are_one_short_line_without_control_characters(
    box: Outbox, gateway: Gateway, reason: str, kept: str
) -> None:
    message_id = box.post()
    gateway.error = DeliveryError(reason, is_final=True)
    deliver_messages(box.resources)
    assert box.row(message_id).reason == kept


def test_a_reason_keeps_neither_address_nor_code(box: Outbox, gateway: Gateway) -> None:
    message_id = box.post()
    gateway.error = DeliveryError("550 <Ana@Example.com> may not be told 123456", is_final=True)
    with structlog.testing.capture_logs() as lines:
        deliver_messages(box.resources)
    assert box.row(message_id).reason == "550 <***> may not be told ***"
    (event,) = _events(box)
    assert (event.kind, event.details["reason"]) == ("message.given_up", "550 <***> may not be told ***")
    assert [line["event"] for line in lines] == ["message_given_up"]
    assert "123456" not in str(lines)
    assert "ana@" not in str(lines).lower()


def test_a_gateway_that_asks_for_time_gets_it(box: Outbox, gateway: Gateway, clock: Clock) -> None:
    message_id = box.post()
    gateway.error = DeliveryError("HTTP 429", retry_after=600)
    deliver_messages(box.resources)
    assert box.row(message_id).due_at == clock.now + 600 * SECOND


def test_attempts_and_waiting_are_counted(box: Outbox, gateway: Gateway) -> None:
    def number(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    delivered = {"medium": "EMAIL", "outcome": "delivered"}
    before = number("poolhouse_messages_total", **delivered)
    waited = number("poolhouse_message_delivery_seconds_count", medium="EMAIL")
    box.post()
    deliver_messages(box.resources)
    assert number("poolhouse_messages_total", **delivered) == before + 1
    assert number("poolhouse_message_delivery_seconds_count", medium="EMAIL") == waited + 1


@pytest.mark.parametrize(
    ("configuration", "sender"),
    [
        ({"SourceArn": "arn:aws:ses:us-east-1:1:identity/me@acme.example"}, "test <me@acme.example>"),
        ({"SourceArn": "arn:aws:ses:us-east-1:1:identity/acme.example"}, "test <no-reply@localhost>"),
        ({"SourceArn": "arn:aws:ses:us-east-1:1:identity/acme.example", "From": "x@acme.example"}, "test <x@acme.example>"),
    ],
)  # fmt: skip
def test_who_a_pools_mail_is_from(
    box: Outbox, gateway: Gateway, make: Factory, configuration: dict[str, str], sender: str
) -> None:
    configuration = {"EmailSendingAccount": "DEVELOPER", **configuration}
    own = Outbox(box.resources, make.pool(EmailConfiguration=configuration))
    own.post()
    deliver_messages(box.resources)
    assert gateway.sent[0].sender == sender
    assert gateway.sent[0].configuration["SourceArn"] == configuration["SourceArn"]
