"""The button for another code in Chromium: it counts down where scripts run, and works without."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.browser.steps import heading, is_home
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


def test_it_rests_after_a_code_was_sent(chromium: Browser, site: Site, complaints: list[str]) -> None:
    boats = site.app()
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    page.goto(site.url(boats, "/signup"))
    page.get_by_label("Username").fill("resend")
    page.get_by_label("Email address").fill("resend@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    heading(page, "Confirm your account")
    button = page.locator("#resend")
    expect(button).to_be_disabled()
    expect(button).to_have_text("Send a new code (in 30 s)")
    page.clock.run_for(12_000)
    expect(button).to_have_text("Send a new code (in 18 s)")
    page.clock.run_for(19_000)
    expect(button).to_be_enabled()
    expect(button).to_have_text("Send a new code")
    button.click()
    expect(page.get_by_role("status")).to_contain_text("We have sent a new code.")
    expect(button).to_be_disabled()
    page.get_by_label("Code").fill(site.mail("resend@example.com", 2).code)
    page.keyboard.press("Enter")
    is_home(page, site.callbacks[0])
    context.close()


def test_terms_open_beside_the_page(page: Page, site: Site) -> None:
    boats = site.app()
    for name in ("terms-of-use", "privacy-policy"):
        site.operator.create_terms(
            UserPoolId=boats.pool_id,
            ClientId=boats.client_id,
            TermsName=name,
            TermsSource="LINK",
            Enforcement="NONE",
            Links={"cognito:default": f"https://app.example/{name}"},
        )
    page.goto(site.url(boats, "/signup"))
    page.get_by_label("Username").fill("typed")
    expect(page.get_by_role("link", name="Privacy policy")).to_have_attribute("target", "_blank")
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing to scroll sideways"
