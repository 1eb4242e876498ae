"""What holds of every page and message: nothing that axe finds, a path for the keyboard, room at any width."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from app.kit.translations import language_names
from tests.browser.conftest import Site
from tests.browser.gallery import FORMS, LONG, MESSAGES, PAGES, address

pytestmark = pytest.mark.browser
_SCRIPTS = Path(__file__).parent
_AXE = _SCRIPTS.parents[1] / "conformance" / "clients" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A mail is shown within the page of a mail program, whose parts it stands in.
_NOT_OF_MAILS = ["landmark-one-main", "region"]
_RUN_AXE = """([within, tags, without]) => axe.run(within, {
    runOnly: {type: 'tag', values: tags},
    rules: Object.fromEntries(without.map(rule => [rule, {enabled: false}])),
    resultTypes: ['violations'],
}).then(result => result.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.html} ${node.failureSummary}`)
))"""
# But for the menu of languages, which lies over the page when it is open.
_OPEN = "document.querySelectorAll('details:not(.languages)').forEach(box => { box.open = true; })"
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_DESKTOP, _PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=360, height=740)


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A tab in which scripts run and nothing moves."""
    context = chromium.new_context(locale="en-US", reduced_motion="reduce")
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()


@pytest.mark.parametrize("with_errors", [False, True], ids=["plain", "with errors"])
def test_axe_finds_nothing(page: Page, site: Site, with_errors: bool) -> None:
    """On a desk (without errors) and, with all that opens opened, on a phone; in light and dark. Scripts that the browser's
    driver adds run whatever the page's policy says."""
    page.add_init_script(_AXE.read_text())
    found = []
    for name in FORMS if with_errors else [*PAGES, *MESSAGES]:
        page.goto(site.base_url + address(name, with_errors=with_errors))
        for size in (_PHONE,) if with_errors else (_DESKTOP, _PHONE):
            page.set_viewport_size(size)
            found += [f"{name} {size['width']} {problem}" for problem in _axe_problems(page, name)]
            page.evaluate(_OPEN)
    assert not found, "\n".join(found)


def _axe_problems(page: Page, name: str, within: str = "html") -> list[str]:
    found = []
    for scheme in _SCHEMES:
        page.emulate_media(color_scheme=scheme)
        wanted = [within, _RULES, _NOT_OF_MAILS if name in MESSAGES else []]
        found += [f"{scheme}: {problem}" for problem in page.evaluate(_RUN_AXE, wanted)]
    return found


@pytest.mark.parametrize("name", ["sign_in", "account"])
def test_the_menu_of_languages(page: Page, site: Site, name: str) -> None:
    page.add_init_script(_AXE.read_text())
    page.set_viewport_size(_PHONE)
    page.goto(site.base_url + address(name))
    page.locator(".languages summary").focus()
    page.keyboard.press("Enter")
    for tag in language_names():
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_attribute("value", tag)
    assert _axe_problems(page, name, ".languages") == []


@pytest.mark.parametrize(("with_errors", "size"), [(False, _DESKTOP), (True, _PHONE)], ids=["plain", "with errors"])
def test_the_keyboard_reaches_every_control_in_order(
    page: Page, site: Site, with_errors: bool, size: ViewportSize
) -> None:
    """Tab goes round: to each control, from top to bottom, where it is seen to be; and out again. What has the focus is seen to
    have it, and the ring around it covers nothing that can be clicked."""
    page.set_viewport_size(size)
    page.add_init_script((_SCRIPTS / "keyboard_walk.js").read_text())
    found = []
    for name in FORMS if with_errors else PAGES:
        page.goto(site.base_url + address(name, with_errors=with_errors))
        for _ in range(page.evaluate("keyboardWalk.start()")):
            page.keyboard.press("Tab")
            page.evaluate("keyboardWalk.settle()")
        found += [f"{name}: {text}" for text in page.evaluate("keyboardWalk.problems()")]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("locale", "text", "with_errors"),
    [("en", LONG, True), ("de", LONG, False), ("ar", "", True)],
    ids=["long names", "German", "Arabic"],
)
def test_everything_has_room(page: Page, site: Site, locale: str, text: str, with_errors: bool) -> None:
    """On 320 px, and on 640 px, which is a desk's window at 200 %: nothing to scroll sideways, nothing cut off."""
    page.add_init_script((_SCRIPTS / "room.js").read_text())
    found = []
    for name in [*PAGES, *MESSAGES]:
        page.goto(site.base_url + address(name, locale=locale, text=text, with_errors=with_errors))
        for width in (320, 640):
            page.set_viewport_size({"width": width, "height": 430})
            found += [f"{name} {width}: {text}" for text in page.evaluate("roomProblems()")]
    assert not found, "\n".join(found)
