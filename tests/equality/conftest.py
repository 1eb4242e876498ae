"""The stage of the tables: one for the session, so that rows share pools."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import UNSIGNED

from app.flows.work import Resources
from tests.conftest import ROOT_KEY, Clock
from tests.equality.stage import Stage
from tests.functions import FakeFunctions
from tests.in_process import InProcessServer


@pytest.fixture(scope="session")
def stage(server: InProcessServer, resources: Resources, clock: Clock, functions: FakeFunctions) -> Iterator[Stage]:
    """Where rows are played."""
    gating = resources.settings.model_copy(update={"tier_gating": "on"})
    gated = InProcessServer(dataclasses.replace(resources, settings=gating))
    clients: dict[str, Any] = {
        "operator": server.boto_client("cognito-idp", ROOT_KEY, parameter_validation=False),
        "nobody": server.boto_client("cognito-idp", ROOT_KEY, parameter_validation=False, signature_version=UNSIGNED),
        "gated": gated.boto_client("cognito-idp", ROOT_KEY, parameter_validation=False),
    }
    yield Stage(clients, resources, clock, functions)
    gated.close()
