"""GET and POST /logout: Cognito's sign-out and OpenID Connect RP-Initiated Logout 1.0, told apart by their parameters.

Where the browser goes afterwards must be registered with a client that the request names or proves; anything else ends on the
pool's own page. Cognito's sign-out is a link that asks nobody. OpenID Connect's asks, unless an ID token of the user who is
signed in comes with it. Tokens stay.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.flows.authorize_requests import AuthorizeError, with_query
from app.flows.sign_out import (
    Hint,
    SignOutQuestion,
    needs_question,
    open_hint,
    read_hint,
    seal_hint,
    seal_question,
    sign_out,
)
from app.flows.snapshots import ClientSnapshot, PoolSnapshot
from app.flows.token_signatures import InvalidTokenError
from app.flows.work import Work
from app.kit.errors import ResourceNotFoundException
from app.web.cookies import other_secrets, session_secret, sign_browser_out
from app.web.forms import MAX_QUERY
from app.web.house import House, browser_path, house_of
from app.web.oauth.errors import NO_STORE, RefusedError
from app.web.oauth.forms import parse_pairs, read_pairs
from app.web.places import moved_to

_HINT: Final = "id_token_hint"
# In a URL that we send a browser on to: what its ID token has proven. Tokens are long, and have no business in URLs.
_PROVEN_HINT: Final = "proven_hint"
_LANGUAGES: Final = ("lang", "ui_locales")


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
        sign_browser_out(response, house.settings, request.scope["pool_id"])
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
    pool_id = snapshot.pool.pool_id
    hint = _hint(work, snapshot, parameters)
    own_origin = moved_to(request, house.settings, snapshot)
    if own_origin is not None or request.method == "POST":
        base = browser_path(request) if own_origin is None else own_origin
        kept = [pair for pair in parameters.items() if pair[0] not in (_HINT, _PROVEN_HINT)]
        proven = [(_PROVEN_HINT, seal_hint(work, pool_id, hint))] if hint else []
        return _Way(with_query(f"{base}/logout", [*kept, *proven]), False)
    client = _client(work, snapshot, parameters.get("client_id"), hint)
    destination = _destination(client, request, parameters)
    secrets = (session_secret(request), *other_secrets(request))
    if _is_openid(parameters) and needs_question(work, pool_id, secrets, hint):
        return _Way(_question(work, client, request, parameters, destination), False)
    sign_out(work, pool_id, secrets)
    return _Way(destination, True)


def _is_openid(parameters: Mapping[str, str]) -> bool:
    """Whether a request is OpenID Connect's. Cognito's always says where to go."""
    if not parameters.keys().isdisjoint((_HINT, _PROVEN_HINT, "post_logout_redirect_uri")):
        return True
    return parameters.keys().isdisjoint(("logout_uri", "redirect_uri"))


def _question(
    work: Work, client: ClientSnapshot | None, request: Request, parameters: Mapping[str, str], destination: str
) -> str:
    """The page that asks; raises AuthorizeError for a destination that is too long to be carried there."""
    question = SignOutQuestion(destination, client.client.client_id if client else "")
    sealed = seal_question(work, request.scope["pool_id"], question)
    languages = [(name, parameters[name]) for name in _LANGUAGES if name in parameters]
    page = with_query(f"{browser_path(request)}/signout", [("request", sealed), *languages])
    if len(page) > MAX_QUERY:
        raise AuthorizeError("invalid_request", "The request is too long.")
    return page


def _destination(client: ClientSnapshot | None, request: Request, parameters: Mapping[str, str]) -> str:
    """Where to go once signed out; raises AuthorizeError if a place was asked for that is not proven."""
    base = browser_path(request)
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


def _hint(work: Work, snapshot: PoolSnapshot, parameters: Mapping[str, str]) -> Hint | None:
    """What the request's ID token tells, or what one has proven that was sent by POST; raises AuthorizeError."""
    try:
        if _HINT in parameters:
            return read_hint(snapshot, parameters[_HINT])
        if _PROVEN_HINT in parameters:
            return open_hint(work, snapshot.pool.pool_id, parameters[_PROVEN_HINT])
    except InvalidTokenError:
        raise AuthorizeError("invalid_request", "The id_token_hint is not an ID token of this pool.") from None
    return None


def _client(work: Work, snapshot: PoolSnapshot, client_id: str | None, hint: Hint | None) -> ClientSnapshot | None:
    """The client that the request names, or that its ID token was issued to; raises AuthorizeError if these differ."""
    if hint is not None:
        if client_id not in (None, hint.client_id):
            raise AuthorizeError("invalid_request", "client_id and id_token_hint do not belong together.")
        client_id = hint.client_id
    if client_id is None:
        return None
    try:
        client = work.snapshots.client(client_id)
    except ResourceNotFoundException:
        return None
    return client if client.pool.pool_id == snapshot.pool.pool_id else None
