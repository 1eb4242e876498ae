"""What tests of user operations share: the messages that a pool has posted."""

from collections.abc import Callable
from functools import partial

import pytest

from app.core.messages import Message
from app.flows.work import Resources
from tests.outbox import posted

Outbox = Callable[[str], list[Message]]


@pytest.fixture
def outbox(resources: Resources) -> Outbox:
    """The messages of a pool that wait to be sent, oldest first."""
    return partial(posted, resources)


@pytest.fixture
def last_code(outbox: Outbox) -> Callable[[str, str], str]:
    """The newest code that a pool has sent to an address; the clock must move between two codes to the same one."""

    def code(pool_id: str, destination: str) -> str:
        return [message.code for message in outbox(pool_id) if message.destination == destination][-1]

    return code
