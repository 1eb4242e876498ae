"""App clients and their secrets."""

from typing import Any

from app.core import clients, pools
from app.core.clients import Client, ClientSecret
from app.flows import configure_client
from app.flows.work import Work
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("CreateUserPoolClient", rest="given")
def create_user_pool_client(
    work: Work,
    user_pool_id: str,
    client_name: str,
    given: Members,
    generate_secret: bool = False,
    client_secret: str | None = None,
) -> Members:
    """Answers with the client, its secret in clear."""
    client = configure_client.create_client(
        work, user_pool_id, client_name, given, generates_secret=generate_secret, own_secret=client_secret
    )
    return {"UserPoolClient": _user_pool_client(client)}


@cognito_idp.operation("DescribeUserPoolClient")
def describe_user_pool_client(work: Work, user_pool_id: str, client_id: str) -> Members:
    """The whole client; of two secrets the older one is shown."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        client = clients.get_client(db, work.keyring, user_pool_id, client_id)
    return {"UserPoolClient": _user_pool_client(client)}


@cognito_idp.operation("UpdateUserPoolClient", rest="given")
def update_user_pool_client(
    work: Work, user_pool_id: str, client_id: str, given: Members, client_name: str | None = None
) -> Members:
    """Replaces the configuration: what is left out falls back to its default. Secrets are not touched."""
    client = configure_client.update_client(work, user_pool_id, client_id, client_name, given)
    return {"UserPoolClient": _user_pool_client(client)}


@cognito_idp.operation("DeleteUserPoolClient")
def delete_user_pool_client(work: Work, user_pool_id: str, client_id: str) -> None:
    """The client, its secrets and its settings are gone at once."""
    configure_client.delete_client(work, user_pool_id, client_id)


@cognito_idp.operation("ListUserPoolClients")
def list_user_pool_clients(
    work: Work,
    user_pool_id: str,
    max_results: int | None = None,
    next_token: str | None = None,
    client_type: str | None = None,
) -> Members:
    """Ids and names. No client is of the type DCR yet, since there is no dynamic client registration."""

    def load(after: str | None, count: int) -> list[tuple[str, str]]:
        with work.read() as db:
            pools.get_pool(db, user_pool_id)
            return [] if client_type == "DCR" else clients.list_clients(db, user_pool_id, after=after, limit=count)

    scope = (user_pool_id, "ListUserPoolClients", client_type or "")
    found, token = list_page(work, scope, next_token, max_results, load, lambda entry: entry[0])
    described = [{"ClientId": client_id, "UserPoolId": user_pool_id, "ClientName": name} for client_id, name in found]
    return {"UserPoolClients": described, "NextToken": token}


@cognito_idp.operation("AddUserPoolClientSecret")
def add_user_pool_client_secret(
    work: Work, user_pool_id: str, client_id: str, client_secret: str | None = None
) -> Members:
    """A second secret; both work until one is deleted. Its value is answered only if it was generated here."""
    secret = configure_client.add_secret(work, user_pool_id, client_id, client_secret)
    shown = {} if client_secret is not None else {"ClientSecretValue": secret.secret}
    return {"ClientSecretDescriptor": {**_descriptor(secret), **shown}}


@cognito_idp.operation("ListUserPoolClientSecrets")
def list_user_pool_client_secrets(
    work: Work,
    user_pool_id: str,
    client_id: str,
    next_token: str | None = None,  # noqa: ARG001 - there are at most two, so every list is one page
) -> Members:
    """Ids and dates, never values."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        client = clients.get_client(db, work.keyring, user_pool_id, client_id)
    return {"ClientSecrets": [_descriptor(secret) for secret in client.secrets]}


@cognito_idp.operation("DeleteUserPoolClientSecret")
def delete_user_pool_client_secret(work: Work, user_pool_id: str, client_id: str, client_secret_id: str) -> None:
    """The other secret goes on to work; the last one cannot be deleted."""
    configure_client.delete_secret(work, user_pool_id, client_id, client_secret_id)


def _user_pool_client(client: Client) -> Members:
    """UserPoolClientType."""
    return {
        **client.configuration,
        "UserPoolId": client.pool_id,
        "ClientId": client.client_id,
        "ClientName": client.name,
        "ClientSecret": client.secrets[0].secret if client.secrets else None,
        "ClientType": "REGULAR",
        "CreationDate": client.created_at,
        "LastModifiedDate": client.updated_at,
    }


def _descriptor(secret: ClientSecret) -> Members:
    return {"ClientSecretId": secret.secret_id, "ClientSecretCreateDate": secret.created_at}
