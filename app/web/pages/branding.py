"""GET /_brand/style.css and /_brand/picture: what dresses the pages of a client, and the pages in it.

The address of either holds a hash of its content, so it may be kept for ever. Pictures were checked when they were uploaded;
the policy makes sure that they do nothing all the same when somebody opens one as a page.
"""

from dataclasses import replace
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from app.core.branding import digest_of
from app.flows.brand_pages import PLAIN, Look, find_look, peek_look, read_picture, read_style_sheet
from app.flows.snapshots import ClientSnapshot, PoolSnapshot
from app.flows.work import Work
from app.kit.errors import ResourceNotFoundException
from app.web.forms import query_value
from app.web.house import house_of
from app.web.pages.brands import MEDIA_TYPES, brand_base, make_brand, may_be_shown
from app.web.pages.contexts import PageContext
from app.web.pages.responses import no_file

C = TypeVar("C", bound=PageContext)
_KEPT = "public, max-age=31536000, immutable"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def dressed(request: Request, work: Work, context: C, pool: PoolSnapshot, client: ClientSnapshot | None) -> C:
    """A page with the look of its client, or of its pool where no client is known. Not within a segment."""
    return _in(request, context, find_look(work, pool, client), client) if may_be_shown(request) else context


def dressed_from_memory(request: Request, context: C, client_id: str = "") -> C:
    """As `dressed` without touching the database: with what is in memory of the pool, or of a client of it."""
    snapshots = house_of(request).resources.snapshots
    pool = snapshots.peek_pool(request.scope.get("pool_id", ""))
    if pool is None or not may_be_shown(request):
        return context
    client = snapshots.peek_client(client_id) if client_id else None
    if client is not None and client.pool.pool_id != pool.pool.pool_id:
        client = None
    return _in(request, context, peek_look(pool, client), client)


def _in(request: Request, context: C, look: Look, client: ClientSnapshot | None) -> C:
    if look is PLAIN:
        return context
    client_id = client.client.client_id if client else ""
    medium = getattr(context, "medium", "")
    return replace(context, brand=make_brand(look, brand_base(request), client_id, context.template, medium))


async def show_style_sheet(request: Request) -> Response:
    """The style sheet of a client's pages, or of those that know of no client."""
    house = house_of(request)
    found = await house.bridge.call(_style_sheet, house.work(request), request) if may_be_shown(request) else None
    if found is None:
        return no_file(request)
    # Another node may not have heard of the newest change yet: what it has will do, but not for long.
    kept = _KEPT if digest_of(found.encode()) == query_value(request, "v") else "no-store"
    return Response(found, media_type="text/css", headers={**_HEADERS, "Cache-Control": kept})


async def show_picture(request: Request) -> Response:
    """A picture by the hash of its content."""
    house = house_of(request)
    found = await house.bridge.call(_picture, house.work(request), request) if may_be_shown(request) else None
    if found is None:
        return no_file(request)
    content, extension = found
    return Response(content, media_type=MEDIA_TYPES[extension], headers={**_HEADERS, "Cache-Control": _KEPT})


def _style_sheet(work: Work, request: Request) -> str | None:
    look, client_id = _look(work, request)
    return read_style_sheet(work, look, request.scope["pool_id"], client_id) if look.version else None


def _picture(work: Work, request: Request) -> tuple[bytes, str] | None:
    look, _ = _look(work, request)
    return read_picture(work, look, request.scope["pool_id"], query_value(request, "v"))


def _look(work: Work, request: Request) -> tuple[Look, str]:
    """The look of the client that the query names; raises ResourceNotFoundException if the pool has none of that id."""
    pool = work.snapshots.pool(request.scope["pool_id"])
    client_id = query_value(request, "client_id")
    if not client_id:
        return find_look(work, pool, None), ""
    client = work.snapshots.client(client_id)
    if client.pool.pool_id != pool.pool.pool_id:
        raise ResourceNotFoundException("User pool client does not exist.")
    return find_look(work, pool, client), client_id
