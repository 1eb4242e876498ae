"""Who may use the dev door: browsers and programs on this machine, and no page of another origin.

The server listens on loopback; the Host check keeps out a page whose name was made to resolve to this machine.
"""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from app.kit.errors import AppError
from app.web.edge import Door, Endpoint

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint for loopback Hosts only; what changes something must not come from another origin; nothing is kept."""

    async def serve(request: Request) -> Response:
        response = await check(request)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response

    async def check(request: Request) -> Response:
        if any(_name(f"//{host}") not in LOOPBACK for host in (request.scope["host"], request.headers.get("host", ""))):
            return PlainTextResponse("The dev door answers on localhost only.\n", 403)
        origin = request.headers.get("origin")
        if request.method not in ("GET", "HEAD") and origin is not None and _name(origin) not in LOOPBACK:
            return PlainTextResponse("Not from another origin.\n", 403)
        return await endpoint(request)

    return serve


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def page(html: str, status: int = 200) -> Response:
    """An HTML page of this door."""
    return HTMLResponse(html, status, {"Content-Security-Policy": PAGE_POLICY})


def _render_error(_request: Request, error: AppError) -> Response:
    return PlainTextResponse(f"{error.code}: {error.message}\n", 400, _HEADERS)


DEV = Door("dev", _render_error)
