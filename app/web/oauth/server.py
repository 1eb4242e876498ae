"""Our Authlib authorization server: the protocol is Authlib's, clients, tokens and storage come from flows.

One instance serves all requests; what belongs to a request travels in `TokenRequest`. It knows no web framework: a request is
made from plain data and an answer is a status, a body and headers.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.requests import OAuth2Payload

from app.flows.issue_tokens import Tokens
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.web.oauth.client_auth import Credentials, OAuthClient, check_credentials, find_client

# Authlib writes whole tokens to its log at level DEBUG.
logging.getLogger("authlib").setLevel(logging.INFO)

# Authlib wants to see https or a loopback host. Our settings have already decided about transport for the whole server.
_URI: Final = "https://localhost/"
# What its constructor makes of every request: it asks the environment each time whether the transport is secure.
_BLANK: Final = vars(OAuth2Request("POST", _URI))


class _Payload(OAuth2Payload):
    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form

    @property
    def data(self) -> Mapping[str, str]:
        return self._form


class TokenRequest(OAuth2Request):
    """A request of a client with its form. `known` is its client if the caller has it at hand."""

    # Set and read by Authlib.
    client: Any
    auth_method: Any
    authorization_code: Any
    refresh_token: Any
    payload: Any

    def __init__(
        self,
        work: Work,
        pool_id: str,
        credentials: Credentials,
        form: Mapping[str, str],
        known: ClientSnapshot | None = None,
    ) -> None:
        vars(self).update(_BLANK)
        self.payload = _Payload(form)
        self.work = work
        self.pool_id = pool_id
        self.credentials = credentials
        self.known = known
        self._form = form

    @property
    def form(self) -> Mapping[str, str]:
        return self._form


class Answer(NamedTuple):
    """What is to be sent."""

    status: int
    body: Any
    headers: Sequence[tuple[str, str]]


class Server(AuthorizationServer):
    """The authorization server of every pool."""

    def create_oauth2_request(self, request: TokenRequest) -> TokenRequest:
        """Nothing to convert."""
        return request

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        """What the endpoint sends."""
        return Answer(status, body, headers)

    def authenticate_client(
        self, request: TokenRequest, methods: Sequence[str], endpoint: str = "token"
    ) -> OAuthClient:
        """The client that made the request; raises InvalidClientError."""
        known = request.known or find_client(request.work, request.pool_id, request.credentials)
        client = check_credentials(known, request.credentials, methods, endpoint)
        request.auth_method = request.credentials.method
        return client

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens: flows write the audit trail."""

    def save_token(self, token: Mapping[str, Any], request: TokenRequest) -> None:
        """Flows have stored it in the transaction that made it."""


def token_body(tokens: Tokens) -> dict[str, Any]:
    """The members of a token response (RFC 6749 section 5.1), without those that were not issued."""
    body: dict[str, Any] = {"access_token": tokens.access_token}
    if tokens.id_token is not None:
        body["id_token"] = tokens.id_token
    if tokens.refresh_token is not None:
        body["refresh_token"] = tokens.refresh_token
    body |= {"token_type": "Bearer", "expires_in": tokens.expires_in}
    if tokens.scope:
        body["scope"] = tokens.scope
    return body
