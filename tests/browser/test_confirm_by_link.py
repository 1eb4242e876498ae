"""A new account confirmed by a link in the mail, in Chromium without scripts: one window waits, another one opens the link."""

import html
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.steps import heading, is_home
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


def test_two_windows(page: Page, site: Site) -> None:
    boats = site.app(
        UsernameAttributes=["email"], VerificationMessageTemplate={"DefaultEmailOption": "CONFIRM_WITH_LINK"}
    )
    page.goto(site.url(boats, "/signup"))
    page.get_by_label("Email address").fill("link@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    heading(page, "Check your inbox")
    expect(page.get_by_role("button", name="I have opened the link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Your account is not confirmed yet.")
    (url,) = re.findall(r'href="([^"]*)"', site.mail("link@example.com").html or "")
    other = page.context.new_page()
    other.goto(html.unescape(url))
    heading(other, "Confirm your account")
    other.reload()
    other.get_by_role("button", name="Confirm my account").click()
    heading(other, "Your account is confirmed")
    other.reload()
    heading(other, "Your account is confirmed")
    other.go_back()
    other.get_by_role("button", name="Confirm my account").click()
    heading(other, "This link is no longer valid")
    expect(other.get_by_role("button", name="Send a new link")).to_be_focused()
    expect(other.get_by_role("button", name="Confirm my account")).to_have_count(0)
    page.get_by_role("button", name="I have opened the link").click()
    is_home(page, site.callbacks[0])
