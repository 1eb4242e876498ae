"""POST /oauth2/token (RFC 6749 section 3.2).

A client-credentials token from a warm snapshot needs no database and is made on the event loop; everything else crosses the
bridge.
"""

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.flows.issue_tokens import has_client_trigger
from app.flows.limit_rates import check_grant_rate
from app.flows.snapshots import ClientSnapshot
from app.web.house import House, house_of
from app.web.oauth.client_auth import CHALLENGE, Credentials, read_credentials
from app.web.oauth.cross_origin import preflight
from app.web.oauth.errors import CORS, NO_STORE, RefusedError, error_response
from app.web.oauth.forms import read_form
from app.web.oauth.grants.authorization_code import S256, AuthorizationCodeGrant
from app.web.oauth.grants.client_credentials import ClientCredentialsGrant
from app.web.oauth.grants.refresh_token import RefreshTokenGrant
from app.web.oauth.server import Answer, Server, TokenRequest

_HEADERS: Final = [
    (name.lower().encode(), value.encode())
    for name, value in {**CORS, **NO_STORE, "Content-Type": "application/json"}.items()
]


class _TokenResponse(Response):
    """A response whose headers were encoded once."""

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """Sets the headers of every token response."""
        del headers
        self.raw_headers = [*_HEADERS, (b"content-length", b"%d" % len(self.body))]


def _server() -> Server:
    server = Server()
    server.register_grant(ClientCredentialsGrant)
    server.register_grant(RefreshTokenGrant)
    server.register_grant(AuthorizationCodeGrant, [S256()])
    return server


SERVER: Final = _server()


async def token(request: Request) -> Response:
    """The token endpoint."""
    if request.method == "OPTIONS":
        return preflight("POST")
    form = await read_form(request)
    if "grant_type" not in form:
        raise RefusedError("invalid_request", "grant_type is missing.")
    credentials = read_credentials(request, form)
    house = house_of(request)
    known = _at_hand(house, request, credentials, form)
    if known is not None:
        return response(_answer(house, request, credentials, form, known))
    return response(await house.bridge.call(_answer, house, request, credentials, form, None))


def response(answer: Answer) -> Response:
    """An answer of Authlib as a response: bodies are JSON, and 401 carries the challenge, with the realm that Authlib's lacks."""
    if answer.status == 200:
        return _TokenResponse(orjson.dumps(answer.body))
    challenge = CHALLENGE if answer.status == 401 else None
    return error_response(answer.body["error"], answer.body.get("error_description", ""), answer.status, challenge)


def _at_hand(
    house: House, request: Request, credentials: Credentials, form: Mapping[str, str]
) -> ClientSnapshot | None:
    """The client, if its token can be made without waiting for anything."""
    if form["grant_type"] != "client_credentials" or house.settings.rate_limits != "off":
        return None
    known = house.resources.snapshots.peek_client(credentials.client_id)
    if known is None or known.pool.pool_id != request.scope["pool_id"] or has_client_trigger(known):
        return None
    return known


def _answer(
    house: House,
    request: Request,
    credentials: Credentials,
    form: Mapping[str, str],
    known: ClientSnapshot | None,
) -> Answer:
    work = house.work(request)
    pool_id = request.scope["pool_id"]
    if known is None:
        pool = work.snapshots.pool(pool_id).pool
        if house.settings.rate_limits != "off":
            check_grant_rate(work, pool, form["grant_type"])
    answer: Answer = SERVER.create_token_response(TokenRequest(work, pool_id, credentials, form, known))
    return answer
