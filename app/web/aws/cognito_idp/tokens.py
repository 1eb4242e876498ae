"""Tokens: refresh, revocation, machine-to-machine tokens, and signing a user out everywhere."""

from typing import Any

from app.core import users
from app.flows import refresh_tokens, revoke_tokens
from app.flows.access_tokens import user_of
from app.flows.issue_tokens import Tokens, issue_client_token
from app.flows.refresh_sign_in import not_enabled
from app.flows.snapshots import ClientSnapshot
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import (
    InvalidParameterException,
    NotAuthorizedException,
    ResourceNotFoundException,
    ScopeDoesNotExistException,
    UnauthorizedException,
)
from app.web.aws.registry import cognito_idp

_BAD_CLIENT = "Invalid client or secret"


@cognito_idp.operation("GetTokensFromRefreshToken")
def get_tokens_from_refresh_token(
    work: Work,
    refresh_token: str,
    client_id: str,
    client_secret: str | None = None,
    device_key: str | None = None,
    client_metadata: dict[str, str] | None = None,
) -> dict[str, Any]:
    """New tokens; with a new refresh token if the client rotates them. `device_key` is the device that has the token."""
    client = work.snapshots.client(client_id)
    if not _is_authentic(client, client_secret):
        raise NotAuthorizedException(_BAD_CLIENT)
    if not client.client.can_refresh:
        raise not_enabled()
    tokens = refresh_tokens.refresh(work, client, refresh_token, device_key, metadata=client_metadata)
    return {"AuthenticationResult": authentication_result(tokens)}


@cognito_idp.operation("RevokeToken")
def revoke_token(
    work: Work,
    token: str,
    client_id: str,
    client_secret: str | None = None,
    revoke_associated_sessions: str = "NONE",
) -> None:
    """Revokes a refresh token and all tokens that stem from the same sign-in. Unknown ones are a success.

    LINKED also ends the browser session that the token session came through, if sessions are tracked.
    """
    try:
        client = work.snapshots.client(client_id)
    except ResourceNotFoundException:
        raise UnauthorizedException(_BAD_CLIENT) from None
    if not _is_authentic(client, client_secret):
        raise UnauthorizedException(_BAD_CLIENT)
    family = revoke_tokens.find_revocable(work, client, token)
    if family is None:
        return
    if family.client_id != client_id:
        raise UnauthorizedException("The token was issued to another client.")
    is_linked = revoke_associated_sessions == "LINKED"
    parent = revoke_tokens.parent_session_of(client, family) if is_linked else None
    revoke_tokens.revoke(work, family, parent_session=parent)


@cognito_idp.operation("GetClientToken")
def get_client_token(
    work: Work,
    client_id: str,
    secret: str,
    scopes: list[str] | None = None,
    client_metadata: dict[str, str] | None = None,
) -> dict[str, Any]:
    """An access token for the client itself, which needs a secret and ALLOW_CLIENT_TOKEN_AUTH."""
    client = work.snapshots.client(client_id)
    if not client.client.has_secret(secret):
        raise NotAuthorizedException(_BAD_CLIENT)
    if "ALLOW_CLIENT_TOKEN_AUTH" not in client.client.auth_flows:
        raise InvalidParameterException("Auth flow not enabled for this client")
    try:
        tokens = issue_client_token(work, client, scopes, metadata=client_metadata)
    except ScopeDoesNotExistException as error:
        # The model gives this operation no error of its own for scopes.
        raise InvalidParameterException(error.message) from None
    return {"ClientAuthenticationResult": authentication_result(tokens)}


@cognito_idp.operation("GlobalSignOut")
def global_sign_out(work: Work, access_token: str) -> None:
    """Revokes all tokens of the signed-in user, and ends their browser sessions."""
    user = user_of(work, access_token, signs_out=True).user
    with work.write() as db:
        ended = revoke_tokens.sign_out_everywhere(db, user.pool_id, user.sub, work.now)
        record_user_event(db, work, user, "sign_out", client_id=work.caller.client_id, ended=ended)


@cognito_idp.operation("AdminUserGlobalSignOut")
def admin_user_global_sign_out(work: Work, user_pool_id: str, username: str) -> None:
    """Revokes all tokens of a user, and ends their browser sessions."""
    pool = work.snapshots.pool(user_pool_id).pool
    with work.write() as db:
        user = users.get_user(db, pool, username)
        ended = revoke_tokens.sign_out_everywhere(db, user.pool_id, user.sub, work.now)
        record_user_event(db, work, user, "sign_out", ended=ended)


def _is_authentic(client: ClientSnapshot, secret: str | None) -> bool:
    """Whether the caller may act for the client: with a live secret if it has any, without one if it has none."""
    if client.client.is_confidential:
        return secret is not None and client.client.has_secret(secret)
    return secret is None


def authentication_result(tokens: Tokens) -> dict[str, Any]:
    """AuthenticationResultType, without the members that there is nothing for."""
    result = {
        "AccessToken": tokens.access_token,
        "ExpiresIn": tokens.expires_in,
        "TokenType": "Bearer",
        "RefreshToken": tokens.refresh_token,
        "IdToken": tokens.id_token,
    }
    return {name: value for name, value in result.items() if value is not None}
