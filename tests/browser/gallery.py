"""Every page and message, made from its sample and sent as the door of the pages sends it: same headers, same policy."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.flows.work import Resources
from app.kit.templates import render_message
from app.web.bridge import Bridge
from app.web.house import House
from app.web.pages.brands import Brand
from app.web.pages.responses import page_response
from app.web.pages.samples import pages
from app.web.pages.template_checks import KINDS, MESSAGE

_MESSAGE = "message_"
_PLACE = "/gallery/"
_pages = lru_cache(maxsize=16)(pages)

PAGES: Sequence[str] = sorted(pages())
# Those on which something may be wrong.
FORMS: Sequence[str] = sorted(name for name, page in pages(with_errors=True).items() if getattr(page, "errors", ()))
MESSAGES: Sequence[str] = [f"{_MESSAGE}{kind}" for kind in KINDS]
# Nobody has a name like this; somebody has one that is nearly as long.
LONG = "maximiliane.von-und-zu-wolkenstein@kundenservice.schifffahrtsgesellschaft.example"


def address(name: str, *, locale: str = "en", text: str = "", with_errors: bool = False) -> str:
    """The path of a page or message. `text` stands at each place that a stranger may fill."""
    wanted = {"locale": locale, "text": text, "errors": "yes" if with_errors else ""}
    return f"{_PLACE}{name}?{urlencode(wanted)}"


class WithGallery:
    """The application of a server, with the gallery beside it."""

    def __init__(self, app: ASGIApp, resources: Resources) -> None:
        self._app = app
        self._house = House(resources, Bridge(1, in_greenlets=False))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PLACE):
            await self._app(scope, receive, send)
            return
        scope["house"] = self._house
        await _answer(Request(scope, receive))(scope, receive, send)


def _answer(request: Request) -> Response:
    query, name = request.query_params, request.url.path.removeprefix(_PLACE)
    if name.startswith(_MESSAGE):
        return HTMLResponse(_message(name, query["locale"], query["text"]))
    context = _pages(query["text"], query["locale"], with_errors=bool(query["errors"]))[name]
    # What the brands of samples name is nowhere to be had.
    return page_response(request, replace(context, brand=Brand()), query["locale"])


def _message(name: str, locale: str, text: str) -> str:
    kind = next(kind for kind in KINDS if name == f"{_MESSAGE}{kind}")
    named = replace(MESSAGE, product=text or "Harbour Market", username=text or "maya")
    return render_message(kind, named, locale).html
