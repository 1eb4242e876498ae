"""GET /signedout: where /logout leads when it has no proven place to go to."""

from starlette.requests import Request
from starlette.responses import Response

from app.web.house import House, house_of
from app.web.pages.browser_cookies import chosen_language
from app.web.pages.contexts import SignedOutPage
from app.web.pages.languages import choose_language
from app.web.pages.responses import page_response


async def show_signed_out(request: Request) -> Response:
    """The page. It offers no way back in, since it does not know the app."""
    house = house_of(request)
    page = SignedOutPage(pool_name=await house.bridge.call(_pool_name, house, request.scope["pool_id"]))
    return page_response(request, page, choose_language(request, chosen_language(request)))


def _pool_name(house: House, pool_id: str) -> str:
    return house.resources.snapshots.pool(pool_id).pool.name
