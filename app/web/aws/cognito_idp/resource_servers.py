"""Resource servers and their scopes."""

from typing import Any

from app.core import pools, resource_servers
from app.core.resource_servers import ResourceServer
from app.flows.work import Work
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]
_DEFAULT_LIMIT = 50


@cognito_idp.operation("CreateResourceServer")
def create_resource_server(
    work: Work, user_pool_id: str, identifier: str, name: str, scopes: list[Members] | None = None
) -> Members:
    """The scopes become `<identifier>/<scope name>`."""
    with work.write() as db:
        pools.lock_pool(db, user_pool_id)
        made = resource_servers.create_resource_server(db, user_pool_id, identifier, name, scopes or [], work.now)
        pools.publish_change(db, user_pool_id)
    return {"ResourceServer": _resource_server(made)}


@cognito_idp.operation("DescribeResourceServer")
def describe_resource_server(work: Work, user_pool_id: str, identifier: str) -> Members:
    """One resource server with its scopes."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        found = resource_servers.get_resource_server(db, user_pool_id, identifier)
    return {"ResourceServer": _resource_server(found)}


@cognito_idp.operation("UpdateResourceServer")
def update_resource_server(
    work: Work, user_pool_id: str, identifier: str, name: str, scopes: list[Members] | None = None
) -> Members:
    """Replaces name and scopes: without `scopes` none are left."""
    with work.write() as db:
        pools.lock_pool(db, user_pool_id)
        changed = resource_servers.update_resource_server(db, user_pool_id, identifier, name, scopes or [], work.now)
        pools.publish_change(db, user_pool_id)
    return {"ResourceServer": _resource_server(changed)}


@cognito_idp.operation("DeleteResourceServer")
def delete_resource_server(work: Work, user_pool_id: str, identifier: str) -> None:
    """Its scopes are granted no longer."""
    with work.write() as db:
        pools.lock_pool(db, user_pool_id)
        resource_servers.delete_resource_server(db, user_pool_id, identifier)
        pools.publish_change(db, user_pool_id)


@cognito_idp.operation("ListResourceServers")
def list_resource_servers(
    work: Work, user_pool_id: str, max_results: int | None = None, next_token: str | None = None
) -> Members:
    """By identifier."""

    def load(after: str | None, count: int) -> list[ResourceServer]:
        with work.read() as db:
            pools.get_pool(db, user_pool_id)
            return resource_servers.list_resource_servers(db, user_pool_id, after=after, limit=count)

    scope = (user_pool_id, "ListResourceServers")
    limit = max_results or _DEFAULT_LIMIT
    found, token = list_page(work, scope, next_token, limit, load, lambda server: server.identifier)
    return {"ResourceServers": [_resource_server(server) for server in found], "NextToken": token}


def _resource_server(server: ResourceServer) -> Members:
    """ResourceServerType."""
    return {
        "UserPoolId": server.pool_id,
        "Identifier": server.identifier,
        "Name": server.name,
        "Scopes": server.scopes,
    }
