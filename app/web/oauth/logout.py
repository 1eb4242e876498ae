"""GET and POST /logout: Cognito's sign-out and OpenID Connect RP-Initiated Logout 1.0, told apart by their parameters.

Where the browser goes afterwards must be registered with a client that the request names or proves; anything else ends on the
pool's own page. Tokens stay.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.flows.authorize_requests import AuthorizeError, with_query
from app.flows.browser_sessions import end_session
from app.flows.snapshots import ClientSnapshot, PoolSnapshot
from app.flows.token_signatures import InvalidTokenError, verify
from app.flows.work import Work
from app.kit.errors import ResourceNotFoundException
from app.web.cookies import clear_session_cookie, other_secrets, session_secret
from app.web.house import House, browser_path, house_of
from app.web.oauth.errors import NO_STORE, RefusedError
from app.web.oauth.forms import parse_pairs, read_pairs
from app.web.places import moved_to


class _Way(NamedTuple):
    location: str
    is_signed_out: bool


async def logout(request: Request) -> Response:
    """The sign-out endpoint. A POST is sent on as a GET, since from another site it lacks the session's cookie."""
    house = house_of(request)
    parameters = await _parameters(request)
    way = await house.bridge.call(_way, house, request, parameters)
    response = RedirectResponse(way.location, 303 if request.method == "POST" else 302, NO_STORE)
    if way.is_signed_out:
        clear_session_cookie(response, house.settings, request.scope["pool_id"])
    return response


async def _parameters(request: Request) -> dict[str, str]:
    try:
        is_form = request.method == "POST"
        pairs = await read_pairs(request) if is_form else parse_pairs(request.scope["query_string"])
    except RefusedError as error:
        raise AuthorizeError(error.error, error.message) from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise AuthorizeError("invalid_request", "A parameter is given more than once.")
    return parameters


def _way(house: House, request: Request, parameters: Mapping[str, str]) -> _Way:
    work = house.work(request)
    snapshot = work.snapshots.pool(request.scope["pool_id"])
    own_origin = moved_to(request, house.settings, snapshot)
    if own_origin is not None or request.method == "POST":
        base = browser_path(request) if own_origin is None else own_origin
        return _Way(with_query(f"{base}/logout", list(parameters.items())), False)
    destination = _destination(work, snapshot, request, parameters)
    for secret in (session_secret(request), *other_secrets(request)):
        end_session(work, snapshot.pool.pool_id, secret)
    return _Way(destination, True)


def _destination(work: Work, snapshot: PoolSnapshot, request: Request, parameters: Mapping[str, str]) -> str:
    """Where to go once signed out; raises AuthorizeError if a place was asked for that is not proven."""
    base = browser_path(request)
    client = _client(work, snapshot, parameters)
    if "logout_uri" in parameters:
        return _registered(client, client.client.logout_urls if client else (), parameters["logout_uri"])
    if "post_logout_redirect_uri" in parameters:
        uri = _registered(client, client.client.logout_urls if client else (), parameters["post_logout_redirect_uri"])
        return with_query(uri, [("state", parameters["state"])]) if "state" in parameters else uri
    if "redirect_uri" in parameters:
        _registered(client, client.client.callback_urls if client else (), parameters["redirect_uri"])
        return f"{base}/login?{urlencode(list(parameters.items()), quote_via=quote)}"
    page = f"{base}/signedout"
    return with_query(page, [("client_id", client.client.client_id)]) if client else page


def _registered(client: ClientSnapshot | None, registered: tuple[str, ...], uri: str) -> str:
    if uri not in registered:
        client_id = client.client.client_id if client else ""
        raise AuthorizeError("redirect_mismatch", "The address is not registered.", client_id=client_id)
    return uri


def _client(work: Work, snapshot: PoolSnapshot, parameters: Mapping[str, str]) -> ClientSnapshot | None:
    """The client that the request names, or that an ID token of this pool (expired or not) was issued to."""
    client_id = parameters.get("client_id")
    hint = parameters.get("id_token_hint")
    if hint is not None:
        audience = _audience(snapshot, hint)
        if client_id not in (None, audience):
            raise AuthorizeError("invalid_request", "client_id and id_token_hint do not belong together.")
        client_id = audience
    if client_id is None:
        return None
    try:
        client = work.snapshots.client(client_id)
    except ResourceNotFoundException:
        return None
    return client if client.pool.pool_id == snapshot.pool.pool_id else None


def _audience(snapshot: PoolSnapshot, id_token: str) -> str:
    try:
        return str(verify(snapshot, id_token, "id")["aud"])
    except InvalidTokenError:
        raise AuthorizeError("invalid_request", "The id_token_hint is not an ID token of this pool.") from None
