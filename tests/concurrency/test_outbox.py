"""Many at once at the outbox: limits that are never exceeded, and each message in one hand."""

import threading
from collections import Counter
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core import outbox
from app.db.tables.outbox import OutboxMessage
from app.flows.deliver_messages import LEASE_MS, take
from app.flows.work import Resources
from app.kit.clock import DAY
from tests.concurrency.burst import Burst, outcomes
from tests.conftest import Clock
from tests.factories import PASSWORD, SNS, Factory

pytestmark = pytest.mark.slow
PARALLEL = 200
LIMIT = 37


def _posted(resources: Resources, pool_id: str) -> int:
    with resources.database.read() as db:
        count = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.pool_id == pool_id)
        return int(db.execute(count).scalar_one())


@pytest.mark.parametrize(
    ("limits", "attribute"),
    [({"SmsPerDay": LIMIT}, "phone_number"), ({"MessagesPerDestination": LIMIT}, "email")],
)
def test_a_limit_is_never_exceeded(
    resources: Resources, make: Factory, ours: Any, clock: Clock, limits: dict[str, int], attribute: str
) -> None:
    # Windows begin at whole days: none ends meanwhile.
    clock.advance(ms=DAY - clock.now % DAY)
    pool_id = make.pool(AutoVerifiedAttributes=[attribute], SmsConfiguration=SNS)
    client_id = make.client(pool_id)["ClientId"]
    ours.update_pool_settings(UserPoolId=pool_id, **limits)

    def sign_up(start: int, index: int) -> dict[str, Any]:
        number = start + index
        value = f"+1415555{number:04}" if attribute == "phone_number" else "ana@example.com"
        attributes = [{"Name": attribute, "Value": value}]
        return {"ClientId": client_id, "Username": f"u{number}", "Password": PASSWORD, "UserAttributes": attributes}

    # No more than may wait for a hash at once in one pool: none is refused for another reason.
    found: Counter[str] = Counter()
    for start in range(0, PARALLEL, 25):
        found += outcomes(Burst(resources).aws("SignUp", partial(sign_up, start), 25))
    assert found == {"200": LIMIT, "LimitExceededException": PARALLEL - LIMIT}
    assert _posted(resources, pool_id) == LIMIT


def test_a_message_is_in_one_hand(resources: Resources, make: Factory, clock: Clock) -> None:
    pool_id = make.pool(AutoVerifiedAttributes=["email"])
    client_id = make.client(pool_id)["ClientId"]
    lane = f"EMAIL/{pool_id}"

    def sign_up(number: int) -> dict[str, Any]:
        attributes = [{"Name": "email", "Value": f"u{number}@example.com"}]
        return {"ClientId": client_id, "Username": f"u{number}", "Password": PASSWORD, "UserAttributes": attributes}

    assert outcomes(Burst(resources).aws("SignUp", sign_up, 40)) == {"200": 40}
    with resources.database.write() as db:
        db.execute(update(OutboxMessage).where(OutboxMessage.pool_id == pool_id).values(lane=lane))
    taken: list[str] = []

    def take_all() -> None:
        while due := take(resources, lane):
            taken.append(due.message_id)

    threads = [threading.Thread(target=take_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 40
    # All are leased: nothing is due until the leases have run out.
    with resources.database.read() as db:
        assert lane not in outbox.due_lanes(db, clock.now)
        assert lane in outbox.due_lanes(db, clock.now + LEASE_MS)
