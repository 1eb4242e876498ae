"""POST /oauth2/revoke (RFC 7009, with Cognito's rule that only refresh tokens are revoked)."""

from collections.abc import Mapping

from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint as AuthlibRevocation
from starlette.requests import Request
from starlette.responses import Response

from app.core.tokens import Family
from app.flows.revoke_tokens import find_revocable, revoke
from app.web.house import House, house_of
from app.web.oauth.client_auth import ANY, Credentials, OAuthClient, read_credentials
from app.web.oauth.cross_origin import preflight
from app.web.oauth.errors import CORS, NO_STORE
from app.web.oauth.forms import read_form
from app.web.oauth.server import Answer, TokenRequest
from app.web.oauth.token import SERVER, response


class RevocationEndpoint(AuthlibRevocation):
    """A hint about the token's type changes nothing: the form of a token tells what it is."""

    CLIENT_AUTH_METHODS = ANY

    def authenticate_token(self, request: TokenRequest, client: OAuthClient) -> Family | None:
        """The family to revoke, None if there is none; raises OAuth2Error and the errors of `find_revocable`."""
        token = request.form.get("token")
        if not token:
            raise InvalidRequestError("token is missing.")
        family = find_revocable(request.work, client.snapshot, token)
        if family is not None and family.client_id != client.snapshot.client.client_id:
            raise InvalidGrantError("The token was issued to another client.")
        return family

    def revoke_token(self, token: Family, request: TokenRequest) -> None:
        """Ends the family."""
        revoke(request.work, token)


SERVER.register_endpoint(RevocationEndpoint)


async def revocation(request: Request) -> Response:
    """The revocation endpoint; an unknown or revoked token is a success."""
    if request.method == "OPTIONS":
        return preflight("POST")
    form = await read_form(request)
    house = house_of(request)
    answer = await house.bridge.call(_answer, house, request, read_credentials(request, form), form)
    if answer.status == 200:
        return Response(status_code=200, headers={**CORS, **NO_STORE})
    return response(answer)


def _answer(house: House, request: Request, credentials: Credentials, form: Mapping[str, str]) -> Answer:
    work = house.work(request)
    pool_id = work.snapshots.pool(request.scope["pool_id"]).pool.pool_id
    answer: Answer = SERVER.create_endpoint_response("revocation", TokenRequest(work, pool_id, credentials, form))
    return answer
