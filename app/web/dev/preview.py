"""The preview: each hosted page and message with sample data, which reloads when the operator's own templates change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from app.flows.work import Resources, Work
from app.kit.templates import render
from app.kit.translations import SOURCE_LOCALE, available_locales
from app.web.dev.contexts import Choice, PreviewPage
from app.web.dev.home import preview_choices
from app.web.house import base_path, house_of

PREVIEW = "/_dev/preview"
_SHELL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# As the pages' own, but for a frame of this origin and without forms; mails have their style within them.
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


class RenderPreview(Protocol):
    """Gives HTML and True, or what is wrong with the template and False; raises ResourceNotFoundException."""

    def __call__(
        self, work: Work, name: str, *, client_id: str, pool_id: str, base: str, locale: str, with_errors: bool
    ) -> tuple[str, bool]: ...


@dataclass(frozen=True, slots=True)
class Previews:
    """What the door of the pages has to show: names, what renders one, and what changes with a pool's templates."""

    names: Callable[[], Sequence[str]]
    render: RenderPreview
    version: Callable[[Resources, str], str]


NOTHING = Previews(lambda: ("",), lambda *_, **__: ("", True), lambda *_: "")


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What the query asks to see."""

    name: str
    pool_id: str
    client_id: str
    locale: str
    with_errors: bool

    def query(self, **changes: str) -> str:
        given = {
            "name": self.name,
            "look": self.look,
            "lang": self.locale,
            "errors": "true" if self.with_errors else "",
        }
        return urlencode({**given, **changes})

    @property
    def look(self) -> str:
        return f"{self.pool_id} {self.client_id}".strip()


def _chosen(request: Request, previews: Previews) -> _Chosen:
    query, names = request.query_params, previews.names()
    name, locale = query.get("name", ""), query.get("lang", "")
    pool_id, _, client_id = query.get("look", "").partition(" ")
    return _Chosen(
        name=name if name in names else names[0],
        pool_id=pool_id,
        client_id=client_id,
        locale=locale if locale in available_locales() else SOURCE_LOCALE,
        with_errors=query.get("errors") == "true",
    )


async def shell(request: Request, previews: Previews) -> Response:
    """The list of pages beside the one chosen by `?name=&look=&lang=&errors=`."""
    house, chosen = house_of(request), _chosen(request, previews)
    choices = await house.bridge.call(preview_choices, house.resources)
    if not request.query_params.get("look") and choices:
        pool_id, _, client_id = choices[0].value.partition(" ")
        chosen = _Chosen(chosen.name, pool_id, client_id, chosen.locale, chosen.with_errors)
    version = await house.bridge.call(previews.version, house.resources, chosen.pool_id)
    page = PreviewPage(
        endpoint=house.settings.base_url,
        names=[Choice(f"{PREVIEW}?{chosen.query(name=name)}", name.replace("_", " ")) for name in previews.names()],
        name=chosen.name,
        looks=choices,
        look=chosen.look,
        locales=available_locales(),
        locale=chosen.locale,
        with_errors=chosen.with_errors,
        frame_url=f"{PREVIEW}/page?{chosen.query()}",
        version_url=f"{PREVIEW}/version?{chosen.query()}",
        version=version,
        folder=str(house.settings.templates or ""),
    )
    members = {field.name: getattr(page, field.name) for field in fields(page)}
    return HTMLResponse(render(page.template, members, "en"), headers={"Content-Security-Policy": _SHELL_POLICY})


async def framed(request: Request, previews: Previews) -> Response:
    """The page or message itself; in its place what is wrong with its template."""
    house, chosen = house_of(request), _chosen(request, previews)

    def made() -> tuple[str, bool]:
        return previews.render(
            house.work(request),
            chosen.name,
            client_id=chosen.client_id,
            pool_id=chosen.pool_id,
            base=f"{base_path(request)}/{chosen.pool_id}",
            locale=chosen.locale,
            with_errors=chosen.with_errors,
        )

    text, is_whole = await house.bridge.call(made)
    headers = {"Content-Security-Policy": _PAGE_POLICY}
    return HTMLResponse(text, headers=headers) if is_whole else PlainTextResponse(text + "\n", 500, headers)


async def version(request: Request, previews: Previews) -> Response:
    """What changes with the templates; the script of the shell asks for it."""
    house, chosen = house_of(request), _chosen(request, previews)
    return PlainTextResponse(await house.bridge.call(previews.version, house.resources, chosen.pool_id))
