"""Style sheets and pictures of the pages. A name holds a hash of the content, so it may be kept for ever."""

from starlette.requests import Request
from starlette.responses import Response

from app.kit.templates import Asset, served_assets
from app.web.edge import Door, Endpoint, Route

STATIC_URL = "/_static"
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def static_routes(door: Door) -> list[Route]:
    """One route for each file, whatever the host: the page that tells of an unknown one needs them too."""
    return [
        Route(f"{STATIC_URL}/{name}", ("GET",), _endpoint(asset), door, any_host=True)
        for name, asset in served_assets().items()
    ]


def _endpoint(asset: Asset) -> Endpoint:
    async def serve(_: Request) -> Response:
        return Response(asset.content, media_type=asset.content_type, headers=_HEADERS)

    return serve
