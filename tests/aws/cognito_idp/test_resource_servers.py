"""Resource servers through a real botocore client."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.factories import Factory

SCOPES = [
    {"ScopeName": "read", "ScopeDescription": "Read orders"},
    {"ScopeName": "write", "ScopeDescription": "Write orders"},
]


def test_a_resource_server_from_beginning_to_end(operator: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    names = {"UserPoolId": pool_id, "Identifier": "orders"}
    made = operator.create_resource_server(**names, Name="Orders", Scopes=SCOPES)["ResourceServer"]
    assert made == {**names, "Name": "Orders", "Scopes": SCOPES}
    assert operator.describe_resource_server(**names)["ResourceServer"] == made
    assert resources.snapshots.pool(pool_id).scopes == {"orders/read", "orders/write"}
    updated = operator.update_resource_server(**names, Name="New", Scopes=SCOPES[:1])["ResourceServer"]
    assert updated == {**names, "Name": "New", "Scopes": SCOPES[:1]}
    assert resources.snapshots.pool(pool_id).scopes == {"orders/read"}
    assert operator.update_resource_server(**names, Name="New")["ResourceServer"]["Scopes"] == []
    operator.delete_resource_server(**names)
    assert resources.snapshots.pool(pool_id).scopes == frozenset()
    for call in (operator.describe_resource_server, operator.delete_resource_server):
        assert refusal(call, **names)[0] == "ResourceNotFoundException"
    assert refusal(operator.update_resource_server, **names, Name="x")[0] == "ResourceNotFoundException"


def test_identifiers_and_scopes_are_unique(operator: Any, make: Factory) -> None:
    names = {"UserPoolId": make.pool(), "Identifier": "orders", "Name": "Orders"}
    twice = [SCOPES[0], SCOPES[0]]
    assert refusal(operator.create_resource_server, **names, Scopes=twice)[0] == "InvalidParameterException"
    operator.create_resource_server(**names)
    code, message, _ = refusal(operator.create_resource_server, **names)
    assert (code, "orders already exists" in message) == ("InvalidParameterException", True)
    assert refusal(operator.update_resource_server, **names, Scopes=twice)[0] == "InvalidParameterException"


def test_there_is_a_limit(operator: Any, make: Factory, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.core.resource_servers.MAX_RESOURCE_SERVERS", 3)
    pool_id = make.pool()

    def create(number: int) -> str:
        try:
            operator.create_resource_server(UserPoolId=pool_id, Identifier=f"api-{number}", Name="api")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "created"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(create, range(8)))
    assert outcomes.count("created") == 3
    assert outcomes.count("LimitExceededException") == 5


def test_resource_servers_are_listed_in_pages(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    made = [f"api-{number}" for number in range(5)]
    for identifier in made:
        operator.create_resource_server(UserPoolId=pool_id, Identifier=identifier, Name="api")
    first = operator.list_resource_servers(UserPoolId=pool_id, MaxResults=2)
    assert [server["Identifier"] for server in first["ResourceServers"]] == made[:2]
    pages = operator.get_paginator("list_resource_servers").paginate(
        UserPoolId=pool_id, PaginationConfig={"PageSize": 2}
    )
    assert [server["Identifier"] for page in pages for server in page["ResourceServers"]] == made
    other = {"UserPoolId": make.pool(), "NextToken": first["NextToken"]}
    assert refusal(operator.list_resource_servers, **other)[0] == "InvalidParameterException"
