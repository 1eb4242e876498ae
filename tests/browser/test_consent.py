"""Consent in Chromium, without scripts: both answers lead back to the app, as its policy must let them."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Site
from tests.browser.steps import heading, is_home

pytestmark = pytest.mark.browser


def test_both_answers(page: Page, site: Site) -> None:
    boats = site.app()
    user = site.make.user(boats.pool_id)
    site.ours.update_client_settings(UserPoolId=boats.pool_id, ClientId=boats.client_id, Consent="REQUIRED")
    page.goto(site.url(boats))
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.keyboard.press("Enter")
    heading(page, "Harbour Market wants to access your account")
    page.get_by_role("button", name="Do not allow").click()
    assert is_home(page, site.callbacks[0])["error"] == ["access_denied"]
    page.goto(site.url(boats))
    heading(page, "Harbour Market wants to access your account")
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing to scroll sideways"
    page.keyboard.press("Enter")
    heading(page, "Harbour Market wants to access your account")
    page.get_by_role("button", name="Allow", exact=True).click()
    assert is_home(page, site.callbacks[0])["code"]
    page.goto(site.url(boats))
    assert is_home(page, site.callbacks[0])["code"], "once is enough"
