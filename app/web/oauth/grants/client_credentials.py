"""grant_type=client_credentials (RFC 6749 section 4.4): a token for the client itself, without a database."""

from typing import Any

import orjson
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidRequestError

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
        """Raises ScopeDoesNotExistException (`invalid_scope`), InvalidRequestError, and what the pre-token trigger raises."""
        request = self.request
        scopes, metadata = scope.split() if scope else None, _metadata(request.form.get("aws_client_metadata"))
        return token_body(issue_client_token(request.work, request.client.snapshot, scopes, metadata=metadata))


def _metadata(text: str | None) -> dict[str, str] | None:
    """Cognito's form parameter with a JSON object of texts for the pre-token trigger."""
    if not text:
        return None
    try:
        metadata = orjson.loads(text)
    except orjson.JSONDecodeError:
        metadata = None
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise InvalidRequestError("aws_client_metadata must be a JSON object of strings.")
    return metadata
