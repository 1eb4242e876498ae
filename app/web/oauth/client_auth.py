"""Client authentication (RFC 6749 section 2.3): client_secret_basic, client_secret_post, none.

Credentials are read once, before it is known whether the work needs a thread, and checked when Authlib asks.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from authlib.oauth2.rfc6749.errors import InvalidClientError
from starlette.requests import Request

from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.errors import ResourceNotFoundException
from app.web.headers import header_values
from app.web.oauth.errors import RefusedError
from app.web.urlencoded import percent_decoded

BASIC: Final = "client_secret_basic"
POST: Final = "client_secret_post"
NONE: Final = "none"
SECRETS: Final = [BASIC, POST]
ANY: Final = [BASIC, POST, NONE]
CHALLENGE: Final = 'Basic realm="oauth", charset="UTF-8"'
_UNKNOWN: Final = "Client authentication failed."


class Credentials(NamedTuple):
    """What a client showed, not yet checked."""

    client_id: str
    secret: str | None
    method: str


class OAuthClient:
    """A client as Authlib asks about it."""

    __slots__ = ("snapshot",)

    def __init__(self, snapshot: ClientSnapshot) -> None:
        self.snapshot = snapshot

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use a grant. Refreshing is open to whoever can get refresh tokens."""
        client = self.snapshot.client
        if grant_type == "authorization_code":
            return "code" in client.oauth_flows
        if grant_type == "refresh_token":
            return client.can_refresh or "code" in client.oauth_flows
        return grant_type in client.oauth_flows


def read_credentials(request: Request, form: Mapping[str, str]) -> Credentials:
    """What the client shows in header or body; raises RefusedError for nothing, nonsense, or more than one method."""
    headers = header_values(request.scope["headers"], b"authorization")
    client_id, secret = form.get("client_id"), form.get("client_secret")
    if headers:
        return _basic(headers, client_id, secret)
    if not client_id:
        raise RefusedError("invalid_client", "No client credentials are given.", 401, CHALLENGE)
    return Credentials(client_id, secret, NONE if secret is None else POST)


def _basic(headers: Sequence[str], client_id: str | None, secret: str | None) -> Credentials:
    """The Basic header; its parts are form-encoded (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = headers[0].partition(" ")
    try:
        name, separator, password = base64.b64decode(encoded.strip(" \t"), validate=True).decode().partition(":")
        name, password = percent_decoded(name), percent_decoded(password)
    except ValueError:
        name, separator, password = "", "", ""
    is_text = bool(separator and name) and "\0" not in name and "\0" not in password
    if len(headers) != 1 or scheme.lower() != "basic" or not is_text:
        raise RefusedError("invalid_client", "The Authorization header is malformed.", 401, CHALLENGE)
    if secret is not None or client_id not in (None, name):
        raise RefusedError("invalid_request", "Client credentials are given more than once.")
    return Credentials(name, password, BASIC)


def find_client(work: Work, pool_id: str, credentials: Credentials) -> ClientSnapshot | None:
    """The client of the pool that credentials name."""
    try:
        snapshot = work.snapshots.client(credentials.client_id)
    except ResourceNotFoundException:
        return None
    return snapshot if snapshot.pool.pool_id == pool_id else None


def check_credentials(
    snapshot: ClientSnapshot | None, credentials: Credentials, methods: Sequence[str], endpoint: str
) -> OAuthClient:
    """The client, authenticated by one of `methods`; raises Authlib's InvalidClientError.

    A client that has a secret must show one of those that are live.
    """
    if snapshot is not None and credentials.method in methods:
        client = snapshot.client
        if credentials.secret is None:
            is_known = not client.is_confidential
        else:
            is_known = client.has_secret(credentials.secret)
        if is_known:
            return OAuthClient(snapshot)
    # RFC 6749 section 5.2 asks for 401 where the header was tried; Cognito's other endpoints always answer so.
    is_unauthorised = credentials.method == BASIC or endpoint != "token"
    raise InvalidClientError(description=_UNKNOWN, status_code=401 if is_unauthorised else 400)
