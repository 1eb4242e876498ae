"""REFRESH_TOKEN_AUTH (old name REFRESH_TOKEN): refreshing by the sign-in operations of the API."""

from collections.abc import Mapping

from app.flows.challenge_steps import required
from app.flows.client_secrets import is_secret_hash, missing_secret_hash
from app.flows.issue_tokens import Tokens
from app.flows.refresh_tokens import find_grant, refresh
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.errors import InvalidParameterException, NotAuthorizedException

AUTH_FLOWS = frozenset({"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"})


def refresh_sign_in(work: Work, client: ClientSnapshot, parameters: Mapping[str, str]) -> Tokens:
    """New tokens for REFRESH_TOKEN; a client with a secret sends SECRET_HASH over the username or `sub`.

    Raises InvalidParameterException where the client may not (clients that rotate use GetTokensFromRefreshToken), and
    NotAuthorizedException.
    """
    known = client.client
    if "ALLOW_REFRESH_TOKEN_AUTH" not in known.auth_flows or known.rotates_refresh_tokens:
        raise InvalidParameterException("REFRESH_TOKEN_AUTH flow not enabled for this client")
    token = required(parameters, "REFRESH_TOKEN")
    if known.is_confidential:
        _check_secret_hash(work, client, token, parameters.get("SECRET_HASH"))
    return refresh(work, client, token)


def _check_secret_hash(work: Work, client: ClientSnapshot, token: str, received: str | None) -> None:
    """The request names no user: the token does. Aliases do not count."""
    if not received:
        raise missing_secret_hash(client.client)
    subject = find_grant(work, client, token).subject
    fits = [is_secret_hash(client.client, name, received) for name in (subject.username, subject.sub)]
    if not any(fits):
        raise NotAuthorizedException(f"SecretHash does not match for the client: {client.client.client_id}")
