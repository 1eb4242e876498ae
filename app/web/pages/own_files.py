"""GET /_own: style sheets, pictures and fonts that the operator's own templates use. The address changes with the content."""

from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from app.web.forms import query_value
from app.web.house import house_of
from app.web.pages.responses import no_file

OWN_PATH = "/_own"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


async def show_own_file(request: Request) -> Response:
    """The file `?name=` of the pool's template folder, or of the one for all pools."""
    house = house_of(request)
    folders = house.resources.templates
    found = await house.bridge.call(folders.find_file, request.scope["pool_id"], query_value(request, "name"))
    if found is None:
        return no_file(request)
    content, media_type = found
    is_current = sha256(content).hexdigest()[:20] == query_value(request, "v")
    kept = "public, max-age=31536000, immutable" if is_current else "no-store"
    return Response(content, media_type=media_type, headers={**_HEADERS, "Cache-Control": kept})
