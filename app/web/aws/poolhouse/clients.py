"""What Cognito's API cannot say about an app client."""

from collections.abc import Iterable
from typing import Any

from app.core import clients, keys, pools
from app.core.clients import Client
from app.core.keys import SigningKey
from app.flows.configure_client import set_client_settings
from app.flows.work import Work
from app.web.aws.registry import poolhouse

Members = dict[str, Any]


@poolhouse.operation("GetClientSettings")
def get_client_settings(work: Work, user_pool_id: str, client_id: str) -> Members:
    """All settings, defaults merged. SigningAlgorithmDate is left out once the client's tokens are signed as it says."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        client = clients.get_client(db, work.keyring, user_pool_id, client_id)
        return _answer(client, keys.list_signing_keys(db, user_pool_id))


@poolhouse.operation("UpdateClientSettings", rest="changes")
def update_client_settings(work: Work, user_pool_id: str, client_id: str, changes: Members) -> Members:
    """Changes what is given and keeps the rest.

    The first ES256 client gives its pool EC keys. They sign once everybody can know them, at SigningAlgorithmDate; until then
    its tokens are RS256's.
    """
    set_client_settings(work, user_pool_id, client_id, changes)
    return get_client_settings(work, user_pool_id, client_id)


def _answer(client: Client, published: Iterable[SigningKey]) -> Members:
    return {
        "UserPoolId": client.pool_id,
        "ClientId": client.client_id,
        "Profile": client.profile,
        "SigningAlgorithm": client.signing_algorithm,
        "SigningAlgorithmDate": keys.signing_date(published, client.signing_algorithm),
        "Pkce": "REQUIRED" if client.requires_pkce else "OPTIONAL",
        "Consent": "REQUIRED" if client.requires_consent else "NONE",
    }
