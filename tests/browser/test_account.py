"""The account page in Chromium: by keyboard alone, without scripts but for passkeys."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from app.core import pools
from tests.browser.conftest import Site
from tests.browser.steps import heading, tab_to, wrong_input
from tests.factories import PASSWORD, MadeUser
from tests.pages.browsing import App

pytestmark = pytest.mark.browser
NEW_PASSWORD = "Other-Horse-8"


def _pool(site: Site, **options: Any) -> App:
    options = {"DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": False}, **options}
    app = site.app(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}, **options)
    site.operator.set_user_pool_mfa_config(
        UserPoolId=app.pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        EmailMfaConfiguration={"Subject": "Your code", "Message": "Your code: {####}"},
        WebAuthnConfiguration={"RelyingPartyId": "localhost", "UserVerification": "preferred"},
    )
    settings = {"AccountPage": "ENABLED", "RecoveryCodes": "ENABLED", "SeveralSoftwareTokens": "ENABLED"}
    with site.resources.database.write() as db:
        pools.update_settings(db, app.pool_id, settings, site.resources.clock())
    return app


def _user(site: Site, app: App, email: str) -> MadeUser:
    return site.make.user(app.pool_id, email.partition("@")[0], email=email, email_verified="true", name="Maya Ng")


# The navigation comes first on each page.
_tab_to = partial(tab_to, most=40)


def _sign_in(page: Page, user: MadeUser) -> None:
    """By keyboard, the name being there or not, on one page or two."""
    heading(page, "Sign in")
    field = page.get_by_label("Username")
    if not field.input_value():
        field.focus()
        page.keyboard.type(user.username)
    if not page.get_by_label("Password", exact=True).count():
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/challenge"))
    page.get_by_label("Password", exact=True).focus()
    page.keyboard.type(user.password)
    page.keyboard.press("Enter")


def test_an_account_by_keyboard(page: Page, site: Site) -> None:
    app = _pool(site)
    user = _user(site, app, "kay@example.com")
    page.goto(f"{site.base_url}/{app.pool_id}/account")
    _sign_in(page, user)
    heading(page, "Your profile")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    _tab_to(page, "given_name")
    page.keyboard.type("Kay")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Your profile is saved.")

    _tab_to(page, "Change: Email address")
    page.keyboard.press("Enter")
    heading(page, "Email address")
    expect(page.get_by_label("Email address")).to_be_focused()
    page.keyboard.type("kay2@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Code")).to_be_focused()
    page.keyboard.type(site.mail("kay2@example.com").code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Your address is confirmed.")
    assert "Your email address was changed" in site.mail("kay@example.com").subject

    _tab_to(page, "Security")
    page.keyboard.press("Enter")
    heading(page, "Security")
    _tab_to(page, "Change password")
    page.keyboard.press("Enter")
    heading(page, "Change your password")
    expect(page.get_by_label("Current password")).to_be_focused()
    page.keyboard.type("Wrong-Horse-9")
    for text in (NEW_PASSWORD, NEW_PASSWORD):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    wrong_input(page, "current_password", "This is not your current password.")
    page.keyboard.type(PASSWORD)
    for text in (NEW_PASSWORD, NEW_PASSWORD):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Your password is changed.")

    _tab_to(page, "Add an authenticator app")
    page.keyboard.press("Enter")
    heading(page, "Set up your authenticator app")
    expect(page.get_by_role("textbox", name="Code")).to_be_focused()
    seed = (page.locator("#seed").text_content() or "").replace(" ", "")
    page.keyboard.type(pyotp.TOTP(seed).now())
    page.keyboard.press("Tab")
    page.keyboard.type("My phone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Your authenticator app is set up.")
    expect(page.get_by_label("Authenticator app", exact=True)).to_be_checked()
    page.wait_for_load_state()
    page.reload()
    heading(page, "Security")

    _tab_to(page, "Get recovery codes")
    page.keyboard.press("Enter")
    heading(page, "Recovery codes")
    _tab_to(page, "Get recovery codes")
    page.keyboard.press("Enter")
    expect(page.locator("#codes code")).to_have_count(10)
    _tab_to(page, "I have saved my codes")
    page.keyboard.press("Enter")
    expect(page.get_by_text("10 codes are left.")).to_be_visible()

    _tab_to(page, "Your data")
    page.keyboard.press("Enter")
    heading(page, "Your data")
    _tab_to(page, "download")
    with page.expect_download() as downloading:
        page.keyboard.press("Enter")
    assert downloading.value.suggested_filename == "account.json"
    data = json.loads(downloading.value.path().read_text())
    assert data["profile"]["attributes"]["email"] == "kay2@example.com"
    assert data["factors"]["authenticator_apps"] == [{"name": "My phone"}]

    _tab_to(page, "Delete your account")
    page.keyboard.press("Enter")
    expect(page.get_by_label("To go on")).to_be_focused()
    page.keyboard.type("somebody")
    page.keyboard.press("Enter")
    wrong_input(page, "confirmation", "This is not the name of your account.")
    page.keyboard.press("Control+A")
    page.keyboard.type(user.username)
    page.keyboard.press("Enter")
    heading(page, "Your account is deleted")
    page.goto(f"{site.base_url}/{app.pool_id}/account")
    heading(page, "Sign in")


@pytest.fixture
def scripted(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A tab with scripts, and a device that makes passkeys."""
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    context.close()


def test_a_passkey_is_made_and_signs_in(scripted: Page, site: Site) -> None:
    page, app = scripted, _pool(site)
    user = _user(site, app, "lou@example.com")
    page.goto(f"{site.base_url}/{app.pool_id}/account/security")
    _sign_in(page, user)
    page.get_by_role("link", name="Add a passkey").click()
    heading(page, "Add a passkey")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_have_text("Your passkey is added.")
    page.get_by_role("link", name="Manage: Platform passkey").click()
    page.get_by_label("What you call this passkey").fill("My laptop")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("My laptop")).not_to_have_count(0)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_have_text("This device has a passkey for your account already.")

    page.goto(f"{site.base_url}/{app.pool_id}/account/security")
    page.get_by_role("link", name="Manage: My laptop").click()
    page.goto(f"{site.base_url}/{app.pool_id}/account/add-passkey")

    page.get_by_role("button", name="Sign out").click()
    heading(page, "You are signed out")
    page.goto(f"{site.base_url}/{app.pool_id}/account/password")
    page.wait_for_url(re.compile(r"/account/password"))
    heading(page, "Change your password")
