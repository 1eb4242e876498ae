"""SECRET_HASH: how an app client with a secret proves itself in the API's sign-in, sign-up and recovery operations.

base64(HMAC-SHA-256(client secret, username + client id)), Cognito Developer Guide, "Computing secret hash values". Either
of two live secrets will do.
"""

import base64
import hmac

from app.core.clients import Client
from app.kit.errors import NotAuthorizedException
from app.kit.secrets import equal


def secret_hash(secret: str, username: str, client_id: str) -> str:
    """The SECRET_HASH of a username exactly as it stands in the request."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{username}{client_id}".encode(), "sha256")).decode()


def check_secret_hash(client: Client, username: str, received: str | None) -> None:
    """Raises NotAuthorizedException if the hash is missing, wrong, or sent to a client without a secret."""
    if not client.is_confidential:
        if received:
            raise unexpected_secret_hash(client)
        return
    if not received:
        raise missing_secret_hash(client)
    if not is_secret_hash(client, username, received):
        raise NotAuthorizedException(f"Unable to verify secret hash for client {client.client_id}")


def missing_secret_hash(client: Client) -> NotAuthorizedException:
    """The error for a request that must carry SECRET_HASH and does not."""
    return NotAuthorizedException(
        f"Client {client.client_id} is configured with secret but SECRET_HASH was not received"
    )


def unexpected_secret_hash(client: Client) -> NotAuthorizedException:
    """The error for SECRET_HASH sent to a client without a secret."""
    return NotAuthorizedException(
        f"Client {client.client_id} is not configured for secret but secret hash was received"
    )


def is_secret_hash(client: Client, username: str, received: str) -> bool:
    """Whether one of the client's live secrets gives this hash; compared in constant time."""
    return any(equal(secret_hash(secret.secret, username, client.client_id), received) for secret in client.secrets)
