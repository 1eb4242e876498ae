"""POST /oauth2/introspect (RFC 7662): for clients with a secret, about tokens of their own pool."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7662 import IntrospectionEndpoint as AuthlibIntrospection
from starlette.requests import Request
from starlette.responses import Response

from app.flows.introspect_tokens import introspect
from app.web.house import House, house_of
from app.web.oauth.client_auth import SECRETS, Credentials, OAuthClient, read_credentials
from app.web.oauth.forms import read_form
from app.web.oauth.server import Answer, TokenRequest
from app.web.oauth.token import SERVER, response


class IntrospectionEndpoint(AuthlibIntrospection):
    """A hint about the token's type changes nothing: the form of a token tells what it is."""

    CLIENT_AUTH_METHODS = SECRETS

    def authenticate_token(self, request: TokenRequest, client: OAuthClient) -> dict[str, Any] | None:
        """What the token means, None if it is not alive or not for this client to ask about."""
        token = request.form.get("token")
        if not token:
            raise InvalidRequestError("token is missing.")
        return introspect(request.work, client.snapshot, token)

    def create_introspection_payload(self, token: dict[str, Any] | None) -> dict[str, Any]:
        """The answer's members."""
        return {"active": False} if token is None else {"active": True, **token}


SERVER.register_endpoint(IntrospectionEndpoint)


async def introspection(request: Request) -> Response:
    """The introspection endpoint."""
    form = await read_form(request)
    house = house_of(request)
    return response(await house.bridge.call(_answer, house, request, read_credentials(request, form), form))


def _answer(house: House, request: Request, credentials: Credentials, form: Mapping[str, str]) -> Answer:
    work = house.work(request)
    pool_id = work.snapshots.pool(request.scope["pool_id"]).pool.pool_id
    answer: Answer = SERVER.create_endpoint_response("introspection", TokenRequest(work, pool_id, credentials, form))
    return answer
