"""GET /signedout: where /logout leads when it has no proven place to go to."""

from starlette.requests import Request
from starlette.responses import Response

from app.flows.find_app import find_app
from app.web.forms import query_value, read_query
from app.web.house import House, house_of
from app.web.pages.branding import dressed
from app.web.pages.browser_cookies import keep_language, page_language
from app.web.pages.contexts import SignedOutPage
from app.web.pages.languages import language_menu
from app.web.pages.responses import page_response, see_other
from app.web.places import moved_url


async def show_signed_out(request: Request) -> Response:
    """The page, with a way on to the app that `client_id` names, or to the pool's only one."""
    house = house_of(request)
    page = await house.bridge.call(_page, house, request)
    if isinstance(page, str):
        return see_other(request, page)
    response = page_response(request, page, page_language(request))
    keep_language(request, response, read_query(request))
    return response


def _page(house: House, request: Request) -> SignedOutPage | str:
    """The page, or where it is on the pool's own origin."""
    work = house.work(request)
    snapshot = work.snapshots.pool(request.scope["pool_id"])
    pool, location = snapshot.pool, moved_url(request, work.settings, snapshot)
    if location is not None:
        return location
    app = find_app(work, pool.pool_id, query_value(request, "client_id"))
    page = SignedOutPage(
        pool_name=pool.name,
        client_name=app.name if app else "",
        languages=language_menu((("client_id", app.client_id),) if app else (), page_language(request)),
        app_url=app.site_url if app else None,
    )
    client = work.snapshots.client(app.client_id) if app else None
    return dressed(request, work, page, snapshot, client)
