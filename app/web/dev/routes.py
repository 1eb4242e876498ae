"""The routes of the dev door: overview, inbox, preview, and a sign-in to try."""

from dataclasses import fields

from starlette.requests import Request
from starlette.responses import Response

from app.kit.templates import render
from app.web.dev import home, inbox, preview, sign_in
from app.web.dev.contexts import DevPage
from app.web.dev.facts import DevFacts
from app.web.dev.guard import DEV, guarded, page
from app.web.dev.preview import NOTHING, Previews
from app.web.edge import Endpoint, Route
from app.web.house import house_of


def routes(facts: DevFacts, previews: Previews = NOTHING) -> list[Route]:
    """To be mounted by `poolhouse dev` and by nothing else. `previews` are what the door of the pages has to show."""

    async def overview(request: Request) -> Response:
        house = house_of(request)
        return _page(await house.bridge.call(home.home_page, house.resources, facts))

    async def try_sign_in(request: Request) -> Response:
        return await sign_in.start(request, facts)

    async def callback(request: Request) -> Response:
        answer = await sign_in.finish(request)
        return _page(answer)

    async def messages(request: Request) -> Response:
        return _page(inbox.inbox_page(request))

    async def preview_shell(request: Request) -> Response:
        return await preview.shell(request, previews)

    async def preview_page(request: Request) -> Response:
        return await preview.framed(request, previews)

    async def preview_version(request: Request) -> Response:
        return await preview.version(request, previews)

    table: list[tuple[str, tuple[str, ...], Endpoint]] = [
        ("/", ("GET",), overview),
        ("/_dev", ("GET",), overview),
        ("/_dev/try", ("GET",), try_sign_in),
        ("/_dev/callback", ("GET", "POST"), callback),
        ("/_dev/inbox", ("GET",), messages),
        ("/_dev/inbox.json", ("GET",), inbox.inbox_json),
        ("/_dev/message", ("GET",), inbox.message_html),
        (preview.PREVIEW, ("GET",), preview_shell),
        (f"{preview.PREVIEW}/page", ("GET",), preview_page),
        (f"{preview.PREVIEW}/version", ("GET",), preview_version),
    ]
    return [Route(path, methods, guarded(endpoint), DEV) for path, methods, endpoint in table]


def _page(context: DevPage) -> Response:
    members = {field.name: getattr(context, field.name) for field in fields(context)}
    return page(render(type(context).template, members, "en"))
