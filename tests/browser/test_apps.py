"""What apps do around a sign-in, in Chromium: their callback sends people on, or they open a window for it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.browser.steps import heading, open_account_page, require_consent, sign_in

pytestmark = pytest.mark.browser
_OPEN = "url => { window.popup = window.open(url, 'sign-in', 'width=500,height=700'); }"


@pytest.fixture
def home(chromium: Browser, site: Site, complaints: list[str]) -> Iterator[Page]:
    """An app's page, in which scripts run."""
    context = chromium.new_context(locale="en-US")
    context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened = context.new_page()
    opened.goto(site.callbacks[0].replace("/callback", "/app"))
    yield opened
    context.close()


def test_a_callback_that_sends_people_on(page: Page, site: Site) -> None:
    """Chromium applies form-action to the whole way that follows a form, to origins that only the app knows."""
    site = replace(site, callbacks=(site.callbacks[0].replace("/callback", "/moved"), site.callbacks[1]))
    app = site.app()
    user = site.make.user(app.pool_id)
    require_consent(site, app)
    page.goto(site.url(app))
    sign_in(page, user)
    page.get_by_role("button", name="Allow", exact=True).click()
    heading(page, "Welcome back to the app")
    assert page.url.startswith("http://127.0.0.1:")
    page.goto(site.url(app, prompt="select_account"))
    page.get_by_role("button", name="Continue", exact=True).click()
    heading(page, "Welcome back to the app")


def test_a_window_of_its_own(home: Page, site: Site) -> None:
    """The app and its callback in the window know of each other all the while; the account page knows of nobody."""
    app = site.app()
    user = site.make.user(app.pool_id)
    account = open_account_page(site, app)
    with home.expect_popup() as opened:
        home.evaluate(_OPEN, site.url(app))
    popup = opened.value
    sign_in(popup, replace(user, password="Wrong-Horse-7"))
    expect(popup.get_by_role("alert")).to_be_visible()
    popup.goto(f"{popup.url.partition('?')[0]}?request=over")
    heading(popup, "This link does not work")
    popup.goto(site.url(app))
    sign_in(popup, user)
    heading(popup, "Welcome back to the app")
    assert popup.evaluate("window.opener !== null")
    assert home.evaluate("window.popup.closed") is False
    popup.goto(account)
    heading(popup, "Your profile")
    assert popup.evaluate("window.opener") is None
    home.wait_for_function("window.popup.closed")  # as far as the app can see
