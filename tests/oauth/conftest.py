"""A pool with one client of each kind and a user."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.flows.configure_client import set_client_settings
from app.flows.work import Resources
from tests.factories import Factory, MadeUser
from tests.in_process import InProcessServer
from tests.oauth.relying_party import OAuth, Party


@pytest.fixture
def oauth(http: httpx.Client, make: Factory, resources: Resources, operator: Any) -> OAuth:
    """A pool with the resource server `orders` and every attribute that claims tell."""
    pool_id = make.pool(Schema=[{"Name": "level", "AttributeDataType": "Number"}])
    operator.create_resource_server(
        UserPoolId=pool_id,
        Identifier="orders",
        Name="Orders",
        Scopes=[
            {"ScopeName": "read", "ScopeDescription": "Read orders"},
            {"ScopeName": "write", "ScopeDescription": "Write orders"},
        ],
    )
    return OAuth(http, make, resources, pool_id)


@pytest.fixture
def user(oauth: OAuth, make: Factory) -> MadeUser:
    """A confirmed user with an address for each claim type."""
    return make.user(
        oauth.pool_id,
        email="ada@example.com",
        email_verified="true",
        phone_number="+12065550100",
        phone_number_verified="false",
        name="Ada",
        address="1 Analytical Way",
        updated_at="1700000000",
        **{"custom:level": "7"},
    )


@pytest.fixture
def app(oauth: OAuth) -> Party:
    """A public code client."""
    return oauth.client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])


@pytest.fixture
def web(oauth: OAuth) -> Party:
    """A confidential code client."""
    return oauth.client(GenerateSecret=True)


@pytest.fixture
def service(oauth: OAuth) -> Party:
    """A client for client_credentials."""
    return oauth.service()


@pytest.fixture
def set_client(make: Factory) -> Callable[..., None]:
    """Changes our own settings of a client, as `poolhouse clients set` does."""

    def change(party: Party, **changes: Any) -> None:
        set_client_settings(make.work(), party.pool_id, party.client_id, changes)

    return change


@pytest.fixture
def other_browser(server: InProcessServer) -> Iterator[httpx.Client]:
    """A browser without cookies."""
    with server.http_client() as client:
        yield client
