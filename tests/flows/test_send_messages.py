"""The sender of a process: several messages at once, and no way out that hangs holds up another."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import messages
from app.core.message_gateways import SETTING, with_gateway
from app.core.messages import Message
from app.core.pools import update_settings
from app.db.tables.outbox import OutboxMessage
from app.flows.send_messages import IN_POOL_LANE, IN_SERVER_LANE, MessageSender
from app.flows.work import Resources
from app.gateways.message_gateways import GatewaySpec
from app.gateways.messages import DeliveryError, Gateway, OutgoingMessage
from app.gateways.outbound import Outbound
from app.gateways.pool_gateways import PoolGateways
from tests.factories import Factory

SECONDS = 30.0


class Way:
    """A way out whose messages wait until a test lets them go, or that is down."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.sent: list[str] = []
        self.waiting = 0
        self.most_at_once = 0
        self.is_down = False
        self.attempts = 0
        self._gate = threading.Event()
        self._lock = threading.Lock()
        if is_open:
            self._gate.set()

    def send(self, message: OutgoingMessage) -> None:
        with self._lock:
            self.attempts += 1
            self.waiting += 1
            self.most_at_once = max(self.most_at_once, self.waiting)
        self._gate.wait(SECONDS)
        with self._lock:
            self.waiting -= 1
            if self.is_down:
                raise DeliveryError("nobody there", is_outage=True)
            self.sent.append(message.message_id)

    def open(self) -> None:
        self._gate.set()

    def close(self) -> None:
        self.open()


class PoolWays(PoolGateways):
    """The ways out of pools, as a test names them."""

    def __init__(self) -> None:
        super().__init__(Outbound())
        self.ways: dict[str, Way] = {}

    def get(self, pool_id: str, medium: str, revision: str, read: Callable[[], GatewaySpec]) -> Gateway:
        return self.ways[pool_id]


class Stage:
    """A sender over an outbox that holds only what a test posts."""

    def __init__(self, resources: Resources, make: Factory) -> None:
        self.email, self.sms, self.pools = Way(), Way(), PoolWays()
        self.resources = replace(
            resources,
            gateways={"EMAIL": self.email, "SMS": self.sms},
            pool_gateways=self.pools,
            messages_due=threading.Event(),
        )
        self._make = make
        self.pool_id = make.pool()
        with resources.database.write() as db:
            db.execute(
                update(OutboxMessage)
                .where(OutboxMessage.finished_at.is_(None))
                .values(state="dead", sealed=b"", finished_at=0)
            )
        self.sender = MessageSender(self.resources)

    def own_pool(self, *, is_open: bool = True) -> str:
        """A pool with a way out of its own for mail."""
        pool_id = self._make.pool()
        self.pools.ways[pool_id] = Way(is_open=is_open)
        with self.resources.database.write() as db:
            setting = with_gateway(self.resources.keyring, pool_id, {}, "EMAIL", "SMTP", {"Url": "smtps://x.example"})
            update_settings(db, pool_id, {SETTING: setting}, self.resources.clock())
        return pool_id

    def post(self, medium: Any = "EMAIL", pool_id: str = "", count: int = 1) -> None:
        message = Message(medium, "ana@example.com", "S", "T", None, "verification", "ana")
        lane = messages.lane_of(medium, pool_id, is_own=bool(pool_id))
        with self.resources.database.write() as db:
            for _ in range(count):
                where = pool_id or self.pool_id
                messages.post(db, self.resources.keyring, where, message, self.resources.clock(), lane=lane)
        self.resources.wake_messages()

    def left(self) -> int:
        with self.resources.database.read() as db:
            open_rows = select(OutboxMessage.message_id).where(OutboxMessage.finished_at.is_(None))
            return len(db.execute(open_rows).all())


def soon(condition: Callable[[], bool]) -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


@pytest.fixture
def stage(resources: Resources, make: Factory) -> Iterator[Stage]:
    made = Stage(resources, make)
    yield made
    for way in (made.email, made.sms, *made.pools.ways.values()):
        way.open()
    made.sender.stop()


def test_a_lane_has_a_few_messages_under_way(stage: Stage) -> None:
    stage.email = Way(is_open=False)
    stage.sender = MessageSender(replace(stage.resources, gateways={"EMAIL": stage.email}))
    stage.post(count=12)
    stage.sender.start()
    soon(lambda: stage.email.waiting == IN_SERVER_LANE)
    stage.email.open()
    soon(lambda: stage.left() == 0)
    assert len(stage.email.sent) == len(set(stage.email.sent)) == 12
    assert stage.email.most_at_once == IN_SERVER_LANE


def test_a_server_that_hangs_holds_up_neither_sms_nor_other_pools(stage: Stage) -> None:
    hanging, fine = stage.own_pool(is_open=False), stage.own_pool()
    stage.email._gate.clear()
    stage.post(count=20)
    stage.post(pool_id=hanging, count=20)
    stage.sender.start()
    soon(lambda: stage.email.waiting == IN_SERVER_LANE and stage.pools.ways[hanging].waiting == IN_POOL_LANE)
    stage.post("SMS", count=3)
    stage.post(pool_id=fine, count=3)
    soon(lambda: len(stage.sms.sent) == 3 and len(stage.pools.ways[fine].sent) == 3)
    assert stage.email.sent == []
    assert stage.pools.ways[hanging].sent == []


def test_a_way_out_that_is_down_is_tried_ever_more_rarely_and_with_one_message(stage: Stage) -> None:
    stage.email.is_down = True
    stage.post(count=30)
    stage.sender.start()
    soon(lambda: stage.email.attempts >= IN_SERVER_LANE)
    time.sleep(0.5)
    # The first ones were under way together; since then the lane rests for a second, then for two.
    assert stage.email.attempts <= IN_SERVER_LANE + 1
    stage.post("SMS")
    soon(lambda: len(stage.sms.sent) == 1)


def test_it_goes_on_when_the_way_out_is_back(stage: Stage) -> None:
    stage.email.is_down = True
    stage.post(count=5)
    stage.sender.start()
    soon(lambda: stage.email.attempts >= 1)
    stage.email.is_down = False
    stage.post(count=3)
    soon(lambda: len(stage.email.sent) >= 3)


def test_stopping_waits_for_what_is_under_way(stage: Stage) -> None:
    stage.email._gate.clear()
    stage.post()
    stage.sender.start()
    soon(lambda: stage.email.waiting == 1)
    threading.Timer(0.3, stage.email.open).start()
    stage.sender.stop()
    assert len(stage.email.sent) == 1
    assert stage.left() == 0


def test_two_senders_send_each_message_once(stage: Stage) -> None:
    other = MessageSender(replace(stage.resources, messages_due=threading.Event()))
    stage.post(count=40)
    stage.sender.start()
    other.start()
    soon(lambda: stage.left() == 0)
    other.stop()
    assert len(stage.email.sent) == len(set(stage.email.sent)) == 40
