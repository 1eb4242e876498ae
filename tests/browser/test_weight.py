"""What the first page costs whoever sees it for the first time: bytes, requests, and nothing that moves."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.conftest import Site
from tests.browser.test_branding import branded_app
from tests.pages.browsing import App

pytestmark = pytest.mark.browser
_MOST_BYTES = 60_000
_WATCH = """window.shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => window.shift += entry.value))
    .observe({type: 'layout-shift', buffered: true})"""


@pytest.fixture
def plain(site: Site) -> App:
    return site.app()


@pytest.fixture
def branded(site: Site) -> App:
    return branded_app(site)


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A tab that has seen nothing yet, and measures what moves."""
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 860})
    opened = context.new_page()
    opened.add_init_script(_WATCH)
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()


@pytest.mark.parametrize("look", ["plain", "branded"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_first_page(page: Page, site: Site, look: str, width: int, request: pytest.FixtureRequest) -> None:
    app: App = request.getfixturevalue(look)
    asked: list[Request] = []
    page.on("request", lambda made: asked.append(made))  # noqa: PLW0108 - the driver keeps no built-in functions
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(site.url(app), wait_until="networkidle")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert all(each.url.startswith(f"{site.base_url}/") for each in asked), "nobody else is asked"
    sizes = [each.sizes() for each in asked]
    weight = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    assert 10_000 < weight < _MOST_BYTES
    assert page.evaluate("window.shift") == 0
