"""REFRESH_TOKEN_AUTH (old name REFRESH_TOKEN): refreshing by the sign-in operations of the API."""

from collections.abc import Mapping

from app.core.users import folded
from app.flows.challenge_steps import required
from app.flows.client_secrets import is_secret_hash, missing_secret_hash, unexpected_secret_hash
from app.flows.issue_tokens import Tokens
from app.flows.refresh_tokens import find_grant, refresh
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.errors import InvalidParameterException, NotAuthorizedException

AUTH_FLOWS = frozenset({"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"})


def refresh_sign_in(work: Work, client: ClientSnapshot, parameters: Mapping[str, str]) -> Tokens:
    """New tokens for REFRESH_TOKEN; a client with a secret sends SECRET_HASH over username or `sub`.

    DEVICE_KEY names the device that the tokens were given to.

    Raises InvalidParameterException where the client may not (clients that rotate use GetTokensFromRefreshToken), and
    NotAuthorizedException.
    """
    known = client.client
    if known.rotates_refresh_tokens or not known.can_refresh:
        raise not_enabled()
    token = required(parameters, "REFRESH_TOKEN")
    _check_secret_hash(work, client, token, parameters.get("SECRET_HASH"))
    return refresh(work, client, token, parameters.get("DEVICE_KEY"))


def not_enabled() -> InvalidParameterException:
    """The error for a client that may not refresh this way."""
    return InvalidParameterException("REFRESH_TOKEN_AUTH flow not enabled for this client")


def _check_secret_hash(work: Work, client: ClientSnapshot, token: str, received: str | None) -> None:
    """The request names no user: the token does. USER_ID_FOR_SRP, the folded username, will do; aliases do not count."""
    if not client.client.is_confidential:
        if received:
            raise unexpected_secret_hash(client.client)
        return
    if not received:
        raise missing_secret_hash(client.client)
    subject = find_grant(work, client, token).subject
    names = (subject.username, folded(client.pool, subject.username), subject.sub)
    fits = [is_secret_hash(client.client, name, received) for name in names]
    if not any(fits):
        raise NotAuthorizedException(f"SecretHash does not match for the client: {client.client.client_id}")
