"""The AWS CLI, which carries its own botocore: an operator's terminal, and a person's with no credentials at all."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients


@pytest.fixture
def idp(aws: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: str, **options: Any) -> Any:
        return aws("cognito-idp", *arguments, **options)

    return run


@pytest.fixture
def pool_id(idp: Callable[..., Any]) -> Iterator[str]:
    made = idp("create-user-pool", "--pool-name", "from the terminal")["UserPool"]["Id"]
    yield made
    idp("delete-user-pool", "--user-pool-id", made)


def test_an_operator_at_a_terminal(idp: Callable[..., Any], pool_id: str) -> None:
    pool = ("--user-pool-id", pool_id)
    scope = "ScopeName=read,ScopeDescription=Read"
    idp("create-resource-server", *pool, "--identifier", "api", "--name", "API", "--scopes", scope)
    client = idp("create-user-pool-client", *pool, "--client-name", "web", "--generate-secret")["UserPoolClient"]
    assert client["ClientSecret"]

    attributes = ("Name=email,Value=ada@example.com", "Name=email_verified,Value=true")
    user = idp(
        "admin-create-user",
        *pool,
        "--username",
        "Ada",
        "--message-action",
        "SUPPRESS",
        "--user-attributes",
        *attributes,
    )
    assert user["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    idp("create-group", *pool, "--group-name", "engineers")
    idp("admin-add-user-to-group", *pool, "--username", "Ada", "--group-name", "engineers")

    assert idp("describe-user-pool", *pool)["UserPool"]["Name"] == "from the terminal"
    query = ("--filter", 'email = "ada@example.com"', "--query", "Users[].Username")
    assert idp("list-users", *pool, *query) == ["Ada"]
    assert idp("list-groups", *pool, "--query", "Groups[].GroupName") == ["engineers"]
    refused = idp("admin-get-user", *pool, "--username", "Nobody", status=255)
    assert "(UserNotFoundException)" in refused
    assert "User does not exist." in refused


def test_the_terminal_pages_by_itself(idp: Callable[..., Any], server: DevServer) -> None:
    pool = ("--user-pool-id", server.facts.user_pool_id)
    names = idp("list-user-pool-clients", *pool, "--page-size", "1", "--query", "UserPoolClients[].ClientName")
    assert len(names) == len(set(names)) >= 3
    some = idp("list-user-pool-clients", *pool, "--page-size", "1", "--max-items", "2")
    assert len(some["UserPoolClients"]) == 2
    rest = idp("list-user-pool-clients", *pool, "--starting-token", some["NextToken"])
    assert len(some["UserPoolClients"]) + len(rest["UserPoolClients"]) == len(names)


def test_a_person_needs_no_credentials(idp: Callable[..., Any], server: DevServer) -> None:
    environment = {
        name: value
        for name, value in server.aws_environment.items()
        if not name.startswith(("AWS_ACCESS", "AWS_SECRET"))
    }
    parameters = f"USERNAME={server.facts.username},PASSWORD={server.facts.password}"
    client = ("--client-id", server.facts.client_id)
    flow = ("initiate-auth", "--auth-flow", "USER_PASSWORD_AUTH", *client, "--auth-parameters")
    tokens = idp(*flow, parameters, environment=environment)["AuthenticationResult"]
    user = idp("get-user", "--access-token", tokens["AccessToken"], environment=environment)
    assert user["Username"] == server.facts.username
    refused = idp(*flow, f"USERNAME={server.facts.username},PASSWORD=wrong", environment=environment, status=255)
    assert "(NotAuthorizedException)" in refused
    denied = idp("list-user-pools", "--max-results", "1", environment=environment, status=255)
    assert "credentials" in denied
