"""Branded pages in Chromium: light, dark, narrow; nothing moves, nothing runs, nobody else is asked."""

import base64
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Literal

import pytest
from playwright.sync_api import Browser, Page

from app.core import ui_customization
from tests.browser.conftest import Site
from tests.pages.browsing import App

pytestmark = pytest.mark.browser
Scheme = Literal["light", "dark"]
Opener = Callable[..., Page]
_MARK = '<path d="M8 4v32M8 20h20M28 4v32" stroke="{0}" stroke-width="7" fill="none"/>'
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 190 40">'
    + _MARK
    + '<text x="44" y="29" font-family="Georgia, DejaVu Serif, serif" font-size="26" font-weight="700" fill="{1}">Harbour</text></svg>'
)
ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">' + _MARK + "</svg>"
HILLS = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1440 900" preserveAspectRatio="xMidYMid slice">'
    '<rect width="1440" height="900" fill="{0}"/><circle cx="1130" cy="210" r="92" fill="{1}"/>'
    '<path d="M0 560 300 330l260 250 240-190 330 300 310-190v400H0z" fill="{2}"/>'
    '<path d="M0 700l380-170 320 150 360-120 380 140v200H0z" fill="{3}"/></svg>'
)
PLUM = {
    "categories": {
        "form": {"location": {"horizontal": "START"}},
        "global": {"typeface": "SERIF", "pageHeader": {"enabled": True}, "pageFooter": {"enabled": True}},
    },
    "componentClasses": {"buttons": {"borderRadius": 24}, "input": {"borderRadius": 4}},
    "components": {
        "form": {"borderRadius": 6},
        "primaryButton": {
            "lightMode": {"defaults": {"backgroundColor": "7a1f5cff"}},
            "darkMode": {"defaults": {"backgroundColor": "f0a6d4ff"}},
        },
        "pageText": {
            "lightMode": {"headingColor": "4b1239ff"},
            "darkMode": {"headingColor": "f9d9eeff"},
        },
    },
}


def asset(category: str, mode: str, source: str) -> dict[str, Any]:
    return {"Category": category, "ColorMode": mode, "Extension": "SVG", "Bytes": source.encode()}


def branded_app(site: Site, *more: dict[str, Any]) -> App:
    """An app with colours, bands and a logo of its own, and with `more` pictures."""
    app = site.app()
    logos = [
        asset("FORM_LOGO", "LIGHT", LOGO.format("#7a1f5c", "#2a0d20")),
        asset("FORM_LOGO", "DARK", LOGO.format("#f0a6d4", "#fff")),
    ]
    site.operator.create_managed_login_branding(
        UserPoolId=app.pool_id, ClientId=app.client_id, Settings=PLUM, Assets=[*logos, *more]
    )
    return app


@pytest.fixture
def app(site: Site) -> App:
    """An app with a style of its own."""
    return branded_app(
        site,
        asset("PAGE_BACKGROUND", "LIGHT", HILLS.format("#fbeef6", "#f6c9a8", "#e3bfd6", "#c793b4")),
        asset("PAGE_BACKGROUND", "DARK", HILLS.format("#1a0f18", "#5b3b2c", "#2f1a29", "#3b2033")),
        asset("FAVICON_SVG", "DYNAMIC", ICON.format("#7a1f5c")),
    )


@pytest.fixture
def open_page(chromium: Browser, complaints: list[str]) -> Any:
    """Opens a URL in a window of a size and colour scheme; scripts are on, to measure."""
    contexts = []

    def opened(url: str, *, width: int = 1280, scheme: Scheme = "light") -> Page:
        context = chromium.new_context(
            locale="en-US", viewport={"width": width, "height": 860}, color_scheme=scheme, bypass_csp=False
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.add_init_script(
            "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => window.shift += entry.value))"
            ".observe({type: 'layout-shift', buffered: true})"
        )
        page.goto(url)
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_branded_page(site: Site, app: App, open_page: Opener, scheme: Scheme, width: int) -> None:
    page = open_page(site.url(app), width=width, scheme=scheme)
    button = page.get_by_role("button", name="Sign in")
    colour = {"light": "rgb(122, 31, 92)", "dark": "rgb(240, 166, 212)"}[scheme]
    assert button.evaluate("it => getComputedStyle(it).backgroundColor") == colour
    assert button.evaluate("it => getComputedStyle(it).borderRadius") == "24px"
    shown = page.locator("img.logo").evaluate("it => decodeURIComponent(it.currentSrc)")
    assert (
        page.request.get(shown).body()
        == LOGO.format(*{"light": ("#7a1f5c", "#2a0d20"), "dark": ("#f0a6d4", "#fff")}[scheme]).encode()
    )
    assert page.evaluate("window.shift") == 0
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_classic_css(site: Site, open_page: Opener) -> None:
    app = site.app()
    site.operator.create_user_pool_domain(UserPoolId=app.pool_id, Domain=f"classic-{app.client_id[:8]}")
    pixel = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
    )
    css = """
        .banner-customizable { padding: 25px 0px 25px 0px; background-color: lightgray; }
        .submitButton-customizable { font-size: 14px; font-weight: bold; height: 40px; background-color: #337ab7; }
        .submitButton-customizable:hover { color: #fff; background-color: #286090; }
        .background-customizable { background-color: #fffbe6; }
        .inputField-customizable { height: 34px; color: #555; background-color: #fff; border: 1px solid #ccc; }
        .label-customizable { font-weight: 400; }
    """
    site.operator.set_ui_customization(UserPoolId=app.pool_id, CSS=css, ImageFile=pixel)
    page = open_page(site.url(app))
    button = page.get_by_role("button", name="Sign in")
    assert button.evaluate("it => getComputedStyle(it).backgroundColor") == "rgb(51, 122, 183)"
    assert page.locator(".card").evaluate("it => getComputedStyle(it).backgroundColor") == "rgb(255, 251, 230)"


class _Elsewhere(BaseHTTPRequestHandler):
    """Another origin, which notes what it is asked."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the signature of http.server
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/stolen"
    server.shutdown()
    server.server_close()


def test_what_slipped_past_the_checks_runs_nothing_and_asks_nobody(
    site: Site, chromium: Browser, elsewhere: str
) -> None:
    """Uploads are checked; this is what holds if a check were wrong."""
    app = site.app()
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="document.title=1">'
        f'<script>document.title="ran"</script><image href="{elsewhere}"/><style>@import "{elsewhere}";</style>'
        f'<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="{elsewhere}"/></foreignObject></svg>'
    ).encode()
    css = (
        f".label-customizable{{background:url({elsewhere})}}"
        f'.submitButton-customizable{{background:image-set("{elsewhere}" 1x)}}'
    )
    with site.resources.database.write() as db:
        ui_customization.put_customization(
            db, app.pool_id, "ALL", css=css, image=svg, image_extension="SVG", now=site.resources.clock()
        )
    page = chromium.new_context().new_page()
    page.goto(site.url(app))
    logo = page.locator("img.logo").evaluate("it => it.currentSrc")
    sheet = page.locator('link[href*="_brand"]').evaluate("it => it.href")
    assert elsewhere in page.request.get(sheet).text()
    page.wait_for_load_state("networkidle")
    page.goto(logo)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.localName") == "svg"
    assert page.title() == ""
    assert page.evaluate("self.origin") == "null", "a sandbox of its own"
    assert _Elsewhere.asked == []
    page.goto(elsewhere)
    assert _Elsewhere.asked[0] == "/stolen", "it would have noticed"
