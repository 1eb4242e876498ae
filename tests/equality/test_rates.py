"""Every operation of Cognito's quota categories is refused when its category is used up."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from app.core.limits import CATEGORIES, RateMemory
from app.flows.work import Resources
from tests.conftest import ROOT_KEY, Clock
from tests.equality.language import row, signed_in
from tests.equality.stage import Stage
from tests.equality.tables.every_operation import sample
from tests.in_process import InProcessServer

RATE = "TooManyRequestsException"
# What the samples of these name besides.
MORE: dict[str, dict[str, Any]] = {
    "AdminRespondToAuthChallenge": {"Session": "x" * 20},
    "AssociateSoftwareToken": {"AccessToken": "$tokens.AccessToken"},
    "ForgetDevice": {"AccessToken": "$tokens.AccessToken"},
    "GetDevice": {"AccessToken": "$tokens.AccessToken"},
    "RespondToAuthChallenge": {"Session": "x" * 20},
    "VerifySoftwareToken": {"AccessToken": "$tokens.AccessToken"},
}


@pytest.fixture
def limited(resources: Resources, clock: Clock) -> Iterator[Any]:
    """A client of a server with quotas, at a moment when no request of another test counts any more."""
    clock.advance(seconds=3)
    quotas = resources.settings.model_copy(update={"rate_limits": "cognito"})
    running = InProcessServer(replace(resources, settings=quotas, rates=RateMemory()))
    yield running.boto_client("cognito-idp", ROOT_KEY, parameter_validation=False)
    running.close()
    clock.advance(seconds=3)


@pytest.mark.parametrize("name", [name for name, category in CATEGORIES.items() if category.operations])
def test_every_operation_of_a_category(
    name: str,
    stage: Stage,
    limited: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.flows.limit_rates.CHALLENGE_FACTOR", 1)
    stage.play(row("somebody", "cognito.md 11.1", signed_in()).alone())
    for operation in CATEGORIES[name].operations:
        members = stage.resolved(sample(operation, **MORE.get(operation, {})).members)
        assert _use_up(limited, operation, members), operation


def _use_up(client: Any, operation: str, members: dict[str, Any]) -> bool:
    """Whether the operation is refused for its rate, sooner or later."""
    for _ in range(500):
        try:
            getattr(client, xform_name(operation))(**members)
        except ClientError as refused:
            if refused.response["Error"]["Code"] == RATE:
                return bool(refused.response["Error"]["Message"] == "Rate exceeded")
    return False
