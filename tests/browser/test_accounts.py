"""Several users in one Chromium, without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.steps import heading, is_home

pytestmark = pytest.mark.browser


def test_changing_the_account(page: Page, site: Site) -> None:
    boats = site.app()
    for number, name in enumerate(("ann", "bob")):
        user = site.make.user(boats.pool_id, name, email=f"{name}@example.com")
        page.goto(site.url(boats, prompt="select_account"))
        if number:
            page.get_by_role("button", name="Use another account").click()
        heading(page, "Sign in")
        page.get_by_label("Username").fill(user.username)
        page.get_by_label("Password", exact=True).fill(user.password)
        page.keyboard.press("Enter")
        is_home(page, site.callbacks[0])
    page.goto(site.url(boats, prompt="select_account"))
    heading(page, "Choose an account")
    expect(page.get_by_role("button", name="bob")).to_be_focused()
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing to scroll sideways"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    is_home(page, site.callbacks[0])
    page.goto(site.url(boats, prompt="select_account"))
    expect(page.get_by_role("button", name="ann")).to_be_focused()
