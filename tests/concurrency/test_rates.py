"""Hundreds of requests at once at two nodes: together they admit exactly what a quota allows."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.core.limits import RateMemory
from app.flows.work import Resources
from tests.concurrency.burst import Burst, outcomes
from tests.conftest import Clock
from tests.factories import Factory

pytestmark = pytest.mark.slow
PARALLEL = 300


@pytest.fixture
def nodes(resources: Resources, clock: Clock) -> list[Burst]:
    """Two processes in one, each with a memory of its own, that take all of a burst."""
    clock.advance(seconds=3)
    settings = resources.settings.model_copy(update={"rate_limits": "cognito", "threads": 64})
    return [Burst(replace(resources, settings=settings, rates=RateMemory())) for _ in range(2)]


def test_a_quota_over_two_nodes(nodes: list[Burst], make: Factory, clock: Clock) -> None:
    pool_id = make.pool()
    token = make.tokens(make.client(pool_id)["ClientId"], make.user(pool_id))["AccessToken"]
    for _ in range(2):
        with ThreadPoolExecutor(2) as threads:
            replies = list(
                threads.map(lambda node: node.aws("GetUser", lambda _: {"AccessToken": token}, PARALLEL), nodes)
            )
        found = outcomes(replies[0]) + outcomes(replies[1])
        assert found == {"200": 120, "TooManyRequestsException": 2 * PARALLEL - 120}
        clock.advance(seconds=2)
