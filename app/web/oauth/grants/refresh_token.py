"""grant_type=refresh_token (RFC 6749 section 6).

To clients of profile `cognito` a `scope` means nothing, as at Cognito: libraries repeat the one that they are configured with.
To those of profile `oidc` it narrows the tokens of this one answer, and must not go beyond what was granted.
"""

from typing import Any

from authlib.oauth2.rfc6749 import grants

from app.core.tokens import RefreshGrant
from app.flows.refresh_tokens import find_grant, narrowed, redeem
from app.web.oauth.client_auth import ANY, OAuthClient
from app.web.oauth.server import TokenRequest, token_body


class _Presented:
    """A refresh token as Authlib asks about it."""

    def __init__(self, text: str, grant: RefreshGrant) -> None:
        self.text = text
        self.grant = grant

    def check_client(self, client: OAuthClient) -> bool:
        """Whether it was issued to the client."""
        return self.grant.family.client_id == client.snapshot.client.client_id

    def get_scope(self) -> str:
        """The scope it was issued with."""
        return self.grant.family.scope


class RefreshTokenGrant(grants.RefreshTokenGrant):
    """For clients with and without a secret."""

    TOKEN_ENDPOINT_AUTH_METHODS = ANY
    request: TokenRequest

    def authenticate_refresh_token(self, refresh_token: str) -> _Presented:
        """Raises NotAuthorizedException (`invalid_grant`)."""
        request = self.request
        return _Presented(refresh_token, find_grant(request.work, request.client.snapshot, refresh_token))

    def authenticate_user(self, refresh_token: _Presented) -> str:
        """The subject; `find_grant` has checked that it may still get tokens."""
        return refresh_token.grant.subject.sub

    def _validate_token_scope(self, token: _Presented) -> None:
        """Raises InvalidScopeError."""
        if self._heeds_scope():
            super()._validate_token_scope(token)

    def issue_token(self, _user: str, refresh_token: _Presented) -> dict[str, Any]:
        """Raises RefreshTokenReuseException (`invalid_grant`)."""
        request, grant = self.request, refresh_token.grant
        wanted = request.payload.scope if self._heeds_scope() else None
        if wanted:
            grant = narrowed(grant, wanted.split())
        return token_body(redeem(request.work, request.client.snapshot, grant, refresh_token.text))

    def revoke_old_credential(self, refresh_token: _Presented) -> None:
        """`redeem` has superseded it if the client rotates."""

    def _heeds_scope(self) -> bool:
        return bool(self.request.client.snapshot.client.profile == "oidc")
