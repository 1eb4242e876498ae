"""Resource servers and their scopes."""

from typing import Any

from tests.equality.language import Call, Only, on_pool, row

WRONG = "InvalidParameterException"
SCOPES = [{"ScopeName": "read", "ScopeDescription": "Read orders"}]


def on_server(operation: str, **members: Any) -> Call:
    """An operation on the resource server `$name`."""
    return on_pool(operation, Identifier="$name", **members)


ROWS = (
    row(
        "a resource server",
        "cognito.md 1.5 CreateResourceServer",
        on_server("CreateResourceServer", Name="Orders", Scopes=SCOPES).gives_only(
            ResourceServer=Only({"UserPoolId": "$pool", "Identifier": "$name", "Name": "Orders", "Scopes": SCOPES})
        ),
        on_server("DescribeResourceServer").gives(ResourceServer={"Name": "Orders", "Scopes": SCOPES}),
        on_server("UpdateResourceServer", Name="Invoices").gives(ResourceServer={"Name": "Invoices"}),
        on_server("DeleteResourceServer").gives_only(),
        on_server("DescribeResourceServer").fails("ResourceNotFoundException"),
    ),
    row(
        "a resource server twice",
        "cognito.md 1.5 CreateResourceServer",
        on_server("CreateResourceServer", Name="A"),
        on_server("CreateResourceServer", Name="B").fails(WRONG),
    ),
    row(
        "a scope with a slash",
        "cognito.md 0.2 scope name excludes /",
        on_server("CreateResourceServer", Name="A", Scopes=[{"ScopeName": "a/b", "ScopeDescription": "x"}]).fails(
            WRONG
        ),
    ),
    row(
        "101 scopes",
        "cognito.md 0.2 ≤100 scopes",
        on_server(
            "CreateResourceServer",
            Name="A",
            Scopes=[{"ScopeName": f"s{turn}", "ScopeDescription": "x"} for turn in range(101)],
        ).fails(WRONG),
    ),
    row(
        "a resource server is updated where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_server("UpdateResourceServer", Name="A").fails("ResourceNotFoundException"),
    ),
    row(
        "a resource server is deleted where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_server("DeleteResourceServer").fails("ResourceNotFoundException"),
    ),
    row(
        "resource servers listed",
        "cognito.md 1.5 ListResourceServers",
        on_pool("CreateResourceServer", Identifier="a", Name="A"),
        on_pool("CreateResourceServer", Identifier="b", Name="B"),
        on_pool("ListResourceServers", MaxResults=1).gives_only(ResourceServers=[dict], NextToken=str).keeps("first"),
        on_pool("ListResourceServers", MaxResults=1, NextToken="$first.NextToken").gives_only(ResourceServers=[dict]),
    ).alone(),
    row(
        "51 resource servers a page",
        "cognito.md 0.2 Pagination",
        on_pool("ListResourceServers", MaxResults=51).fails(WRONG),
    ),
)
