"""GET and POST /oauth2/userInfo (OpenID Connect Core section 5.3, RFC 6750)."""

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.core.audit import Event
from app.flows.access_tokens import bearer_of
from app.flows.token_claims import userinfo_claims
from app.kit.errors import NotAuthorizedException
from app.web.house import House, house_of
from app.web.oauth.cross_origin import preflight
from app.web.oauth.errors import CORS, NO_STORE, RefusedError
from app.web.oauth.forms import is_form, read_form

_HEADERS: Final = {**CORS, **NO_STORE, "Content-Type": "application/json;charset=UTF-8"}
# Cognito's texts.
_MALFORMED: Final = "Bad OAuth2 request at UserInfo Endpoint"
_INVALID: Final = "Access token is expired, disabled, or deleted, or the user has globally signed out."


async def userinfo(request: Request) -> Response:
    """The userInfo endpoint."""
    if request.method == "OPTIONS":
        return preflight("GET", "POST")
    access_token = await _bearer(request)
    house = house_of(request)
    claims = await house.bridge.call(_claims, house, request, access_token)
    return Response(orjson.dumps(claims), headers=_HEADERS)


async def _bearer(request: Request) -> str:
    """The token from the header or, with POST, from the body; one of the two (RFC 6750 section 2)."""
    headers: list[bytes] = [value for name, value in request.scope["headers"] if name == b"authorization"]
    form = await read_form(request) if request.method == "POST" and is_form(request) else {}
    in_body = form.get("access_token")
    if not headers and in_body is None:
        raise RefusedError("invalid_request", "No access token is given.", 401, 'Bearer realm="userInfo"')
    if in_body is not None:
        if headers:
            raise _refusal("invalid_request", _MALFORMED, 400)
        return in_body
    scheme, _, token = headers[0].decode("latin-1").partition(" ")
    if len(headers) != 1 or scheme.lower() != "bearer" or not token.strip().isascii():
        raise _refusal("invalid_request", _MALFORMED, 400)
    return token.strip()


def _claims(house: House, request: Request, access_token: str) -> dict[str, Any]:
    work = house.work(request)
    snapshot = work.snapshots.pool(request.scope["pool_id"])
    try:
        grant = bearer_of(work, snapshot, access_token)
    except NotAuthorizedException:
        raise _refusal("invalid_token", _INVALID, 401) from None
    if "openid" not in grant.scope.split():
        raise _refusal("insufficient_scope", "The scope openid is needed.", 403)
    work.resources.note_usage(
        Event(
            kind="userinfo",
            at=work.now,
            request_id=work.request_id,
            pool_id=snapshot.pool.pool_id,
            sub=grant.subject.sub,
            client_id=grant.client.client.client_id,
            source_ip=work.source_ip,
        )
    )
    return userinfo_claims(grant.client, grant.subject, grant.scope)


def _refusal(error: str, description: str, status: int) -> RefusedError:
    return RefusedError(error, description, status, f'Bearer error="{error}", error_description="{description}"')
