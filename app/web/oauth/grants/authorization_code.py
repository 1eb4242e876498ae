"""grant_type=authorization_code (RFC 6749 section 4.1.3) with PKCE (RFC 7636): Authlib checks, the flow consumes and issues."""

from typing import Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidGrantError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7636.challenge import compare_s256_code_challenge

from app.core.authorization_codes import AuthorizationCode
from app.flows.exchange_code import exchange_code, find_code
from app.web.oauth.client_auth import ANY, OAuthClient
from app.web.oauth.server import TokenRequest, token_body


class _Presented:
    """A code as Authlib asks about it."""

    code_challenge_method = "S256"

    def __init__(self, text: str, code: AuthorizationCode) -> None:
        self.text = text
        self.code = code
        self.code_challenge = code.code_challenge

    def get_redirect_uri(self) -> str:
        """The redirect URI of the authorization request, empty if it had none."""
        return self.code.redirect_uri

    def get_scope(self) -> str:
        """The scope that was granted."""
        return self.code.scope


class S256(CodeChallenge):
    """PKCE without `plain`. Whether a client must use it was decided at the authorization endpoint."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"

    def __init__(self) -> None:
        super().__init__(required=False)
        self.CODE_CHALLENGE_METHODS = {"S256": compare_s256_code_challenge}


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    """For clients with and without a secret."""

    TOKEN_ENDPOINT_AUTH_METHODS = ANY
    request: TokenRequest

    def query_authorization_code(self, code: str, client: OAuthClient) -> _Presented:
        """Raises NotAuthorizedException (`invalid_grant`) and, for another redirect URI than the default's, InvalidGrantError.

        Authlib compares only with one that the authorization request named.
        """
        found = find_code(self.request.work, client.snapshot, code)
        default = client.snapshot.client.configuration.get("DefaultRedirectURI")
        if not found.redirect_uri and self.request.form.get("redirect_uri", default) != default:
            raise InvalidGrantError("Invalid 'redirect_uri' in request.")
        return _Presented(code, found)

    def authenticate_user(self, authorization_code: _Presented) -> str:
        """The subject; `exchange_code` checks that it may still get tokens."""
        return authorization_code.code.sub

    def generate_token(self, **_: Any) -> dict[str, Any]:  # type: ignore[override]  # Authlib passes keywords
        """Raises NotAuthorizedException (`invalid_grant`)."""
        request = self.request
        presented: _Presented = request.authorization_code
        return token_body(exchange_code(request.work, request.client.snapshot, presented.code, presented.text))

    def delete_authorization_code(self, authorization_code: _Presented) -> None:
        """`exchange_code` has used it up; it is kept to tell reuse."""
