"""GET /_custom/logo: the logo of a pool's classic hosted UI, where what pools upload may be shown.

An operator's picture is shown where no other pool can be seen. It was checked when it was set; the policy makes sure that it
does nothing all the same when somebody opens it as a page.
"""

import re

from starlette.requests import Request
from starlette.responses import Response

from app.core.ui_customization import ALL
from app.flows.customize_ui import find_logo
from app.kit.errors import InvalidParameterException
from app.web.forms import read_query
from app.web.house import house_of
from app.web.pages.brands import may_be_shown
from app.web.pages.responses import no_file

_TARGET = re.compile(r"[\w+]{1,128}", re.ASCII)
_MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "SVG": "image/svg+xml; charset=utf-8"}
_HEADERS = {
    # The address changes with the logo.
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    # Other pages of the operator may show it: a console, a mail.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


async def show_logo(request: Request) -> Response:
    """The picture of the client that the query names, or of all clients."""
    house = house_of(request)
    try:
        target = dict(read_query(request)).get("client_id", ALL)
    except InvalidParameterException:
        return no_file(request)
    if not may_be_shown(request) or not _TARGET.fullmatch(target):
        return no_file(request)
    found = await house.bridge.call(find_logo, house.work(request), request.scope["pool_id"], target)
    if found is None:
        return no_file(request)
    content, extension = found
    return Response(content, media_type=_MEDIA_TYPES[extension], headers=_HEADERS)
