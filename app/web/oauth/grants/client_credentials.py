"""grant_type=client_credentials (RFC 6749 section 4.4): a token for the client itself, without a database."""

from typing import Any

from authlib.oauth2.rfc6749 import grants

from app.flows.issue_tokens import issue_client_token
from app.web.oauth.client_auth import SECRETS
from app.web.oauth.server import TokenRequest, token_body


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    """Needs a client with a secret."""

    TOKEN_ENDPOINT_AUTH_METHODS = SECRETS
    request: TokenRequest

    def validate_requested_scope(self) -> None:
        """The issuer checks scopes against the client's."""

    def generate_token(  # type: ignore[override]  # Authlib passes keywords, most of which say nothing here
        self, scope: str | None = None, **_: Any
    ) -> dict[str, Any]:
        """Raises ScopeDoesNotExistException (`invalid_scope`)."""
        request = self.request
        return token_body(issue_client_token(request.work, request.client.snapshot, scope.split() if scope else None))
