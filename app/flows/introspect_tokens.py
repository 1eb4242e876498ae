"""What a token means now (RFC 7662), told to an authenticated client of the pool that issued it."""

from typing import Any

from app.core.tokens import RefreshGrant
from app.flows.access_tokens import bearer_of, check_claims, client_of
from app.flows.refresh_tokens import find_grant
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.clock import SECOND
from app.kit.errors import NotAuthorizedException

_CLAIMS = ("scope", "client_id", "username", "exp", "iat", "sub", "aud", "iss", "jti", "acr", "amr", "auth_time")


def introspect(work: Work, client: ClientSnapshot, token: str) -> dict[str, Any] | None:
    """The members of RFC 7662 section 2.2 for a live token, None for any other.

    Any client of the pool may ask about its access tokens; about a refresh token only the client that holds it.
    """
    try:
        return _access_token(work, client, token) if token.count(".") == 2 else _refresh_token(work, client, token)
    except NotAuthorizedException:
        return None


def _access_token(work: Work, client: ClientSnapshot, token: str) -> dict[str, Any]:
    claims = check_claims(work, client.pool_snapshot, token)
    if "username" in claims:
        bearer_of(work, client.pool_snapshot, token)
    else:
        client_of(work, client.pool_snapshot, claims)
    return {"token_type": "Bearer", **{name: claims[name] for name in _CLAIMS if name in claims}}


def _refresh_token(work: Work, client: ClientSnapshot, token: str) -> dict[str, Any]:
    grant: RefreshGrant = find_grant(work, client, token)
    if grant.superseded_at is not None:
        raise NotAuthorizedException
    family = grant.family
    return {
        "scope": family.scope,
        "client_id": family.client_id,
        "username": grant.subject.username,
        "sub": family.sub,
        "iss": client.pool.issuer,
        "exp": family.expires_at // SECOND,
        "iat": family.created_at // SECOND,
    }
