"""`make screenshots`: pictures of every page and message in tests/browser/screenshots, for whoever changed how they look."""

import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, started_site
from tests.browser.gallery import FORMS, LONG, MESSAGES, PAGES, address
from tests.conftest import settings_on

FOLDER = Path(__file__).parents[1] / "tests" / "browser" / "screenshots"
_DESKTOP: Mapping[str, Any] = {"viewport": {"width": 1280, "height": 860}}
_PHONE: Mapping[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
# By the folder that each fills: how the window is, and what is shown in it.
_LOOKS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "desktop": (_DESKTOP, {}),
    "dark": ({**_DESKTOP, "color_scheme": "dark"}, {}),
    "phone": (_PHONE, {}),
    "phone-dark": ({**_PHONE, "color_scheme": "dark"}, {}),
    "arabic": (_DESKTOP, {"locale": "ar"}),
    "german-phone": (_PHONE, {"locale": "de"}),
    "long-names-phone": (_PHONE, {"text": LONG}),
    "errors": (_DESKTOP, {"with_errors": True}),
    "errors-phone-dark": ({**_PHONE, "color_scheme": "dark"}, {"with_errors": True}),
}


def take(browser: Browser, base_url: str, folder: Path) -> int:
    """Fills a folder, which is emptied before; gives the number of pictures."""
    shutil.rmtree(folder, ignore_errors=True)
    for look, (window, shown) in _LOOKS.items():
        context = browser.new_context(reduced_motion="reduce", **window)
        page = context.new_page()
        for name in FORMS if "with_errors" in shown else [*PAGES, *MESSAGES]:
            page.goto(base_url + address(name, **shown))
            page.screenshot(path=folder / look / f"{name}.png", full_page=True)
        context.close()
    return len(list(folder.rglob("*.png")))


def main() -> None:
    """Starts a server and a browser, and takes them all."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with started_site(settings_on("sqlite://"), Path(data) / "poolhouse.db") as site:
            count = take(browser, site.base_url, FOLDER)
        browser.close()
    print(f"{count} pictures in {FOLDER}, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
