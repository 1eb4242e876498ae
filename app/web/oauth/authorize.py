"""GET and POST /oauth2/authorize: a code for a browser that is signed in, else the way to the sign-in page."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.flows.authorize import authorize
from app.flows.authorize_requests import AuthorizeError, Pairs, check_request
from app.web.cookies import other_secrets, session_secret
from app.web.house import House, browser_path, house_of
from app.web.oauth.errors import NO_STORE, RefusedError
from app.web.oauth.forms import parse_pairs, read_pairs
from app.web.places import moved_to


async def authorization(request: Request) -> Response:
    """The authorization endpoint.

    A POST is checked and sent on as a GET: coming from another site it lacks the session's cookie, which is SameSite=Lax.
    """
    house = house_of(request)
    location = await house.bridge.call(_location, house, request, await _pairs(request))
    return RedirectResponse(location, 303 if request.method == "POST" else 302, NO_STORE)


async def _pairs(request: Request) -> Pairs:
    try:
        if request.method == "POST":
            return await read_pairs(request)
        return parse_pairs(request.scope["query_string"])
    except RefusedError as error:
        raise AuthorizeError(error.error, error.message) from None


def _location(house: House, request: Request, pairs: Pairs) -> str:
    work = house.work(request)
    snapshot = work.snapshots.pool(request.scope["pool_id"])
    wanted = check_request(work, snapshot, pairs)
    own_origin = moved_to(request, house.settings, snapshot)
    base = browser_path(request) if own_origin is None else own_origin
    if own_origin is not None or request.method == "POST":
        return f"{base}/oauth2/authorize?{wanted.query}"
    location = authorize(work, wanted, session_secret(request), *other_secrets(request))
    return location or f"{base}/login?{wanted.query}"
