"""The menu of languages in Chromium, without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.steps import heading, is_home

pytestmark = pytest.mark.browser


def test_another_language_in_the_middle_of_a_sign_in(page: Page, site: Site) -> None:
    boats = site.app()
    user = site.make.user(boats.pool_id, email="words@example.com", email_verified="true")
    site.operator.set_user_pool_mfa_config(
        UserPoolId=boats.pool_id, MfaConfiguration="OPTIONAL", EmailMfaConfiguration={"Message": "{####}"}
    )
    site.operator.admin_set_user_mfa_preference(
        UserPoolId=boats.pool_id, Username=user.username, EmailMfaSettings={"Enabled": True}
    )
    page.goto(site.url(boats))
    page.get_by_text("Language: English").click()
    page.get_by_role("button", name="العربية").click()
    heading(page, "تسجيل الدخول")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.locator("#username").fill(user.username)
    page.locator("#password").fill(user.password)
    page.locator("#submit").click()
    page.locator("#code").fill("123")
    page.locator("#submit").click()
    expect(page.locator("#code")).to_be_focused()
    page.locator(".languages > summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Deutsch").focus()
    page.keyboard.press("Enter")
    heading(page, "Code eingeben")
    page.locator("#code").fill(site.mail("words@example.com").code)
    page.locator("#submit").click()
    is_home(page, boats.redirect_uri)
