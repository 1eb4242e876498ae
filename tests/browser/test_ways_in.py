"""Ways to begin a sign-in in Chromium: a choice by name, codes, and passkeys of its virtual authenticators."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.conftest import Site
from tests.browser.steps import heading, is_home
from tests.browser.test_passkeys import PLATFORM
from tests.factories import MadeUser
from tests.pages.browsing import App

pytestmark = pytest.mark.browser
POLICY = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}}


@pytest.fixture
def app(site: Site) -> App:
    return site.app(Policies=POLICY)


@pytest.fixture
def user(site: Site, app: App) -> MadeUser:
    return site.make.user(app.pool_id, "maya", email="maya.ways@example.com", email_verified="true")


@pytest.fixture
def scripted(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A tab in which scripts run."""
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 860})
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()


def plug_in(page: Page, **options: Any) -> tuple[CDPSession, str]:
    """Gives the tab an authenticator."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**PLATFORM, **options}})
    return devtools, str(added["authenticatorId"])


def register(site: Site, page: Page, app: App, user: MadeUser) -> None:
    """Makes a passkey for the pool's host on a page of that host, with a token as an app has it."""
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"]
    client = site.make.client(app.pool_id, ExplicitAuthFlows=flows)
    token = site.make.tokens(client["ClientId"], user)["AccessToken"]
    options = site.operator.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    made = page.evaluate(
        """async (options) => {
          const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
          return (await navigator.credentials.create({ publicKey })).toJSON();
        }""",
        options,
    )
    site.operator.complete_web_authn_registration(AccessToken=token, Credential=made)


def test_a_code_without_scripts(page: Page, site: Site, app: App, user: MadeUser) -> None:
    page.goto(site.url(app))
    heading(page, "Sign in")
    expect(page.get_by_label("Password")).to_have_count(0)
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    page.get_by_label("Username").fill(user.username)
    page.get_by_role("button", name="Continue").click()
    heading(page, "Welcome back")
    page.get_by_role("button", name="Email me a code").click()
    heading(page, "Enter your code")
    page.get_by_role("button", name="Send a new code").click()
    expect(page.get_by_role("status")).to_contain_text("We have sent a new code.")
    page.get_by_label("Code").fill(site.mail("maya.ways@example.com", 2).code)
    page.get_by_role("button", name="Sign in").click()
    is_home(page, site.callbacks[0])


def test_back_to_the_choice_and_the_password_by_keyboard(page: Page, site: Site, app: App, user: MadeUser) -> None:
    page.goto(site.url(app))
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(user.username)
    page.keyboard.press("Enter")
    heading(page, "Welcome back")
    page.get_by_role("button", name="Email me a code").click()
    heading(page, "Enter your code")
    page.go_back()
    heading(page, "Welcome back")
    page.reload()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(user.password)
    page.keyboard.press("Enter")
    is_home(page, site.callbacks[0])


def test_a_passkey_by_its_button(scripted: Page, site: Site, app: App, user: MadeUser) -> None:
    plug_in(scripted)
    scripted.goto(site.url(app, "/forgotPassword"))
    register(site, scripted, app, user)
    # Behind the suggestions of the input Chromium's virtual authenticator answers at once; the button is for the others.
    scripted.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    scripted.goto(site.url(app))
    button = scripted.get_by_role("button", name="Sign in with a passkey")
    expect(button).to_be_visible()
    button.click()
    is_home(scripted, site.callbacks[0])
    scripted.goto(site.url(app, prompt="login"))
    scripted.get_by_label("Username").fill("anybody")
    scripted.get_by_role("button", name="Continue").click()
    heading(scripted, "Welcome back")
    scripted.get_by_role("button", name="Use a passkey").click()
    is_home(scripted, site.callbacks[0])


def test_a_passkey_from_the_suggestions_of_the_input(scripted: Page, site: Site, app: App, user: MadeUser) -> None:
    plug_in(scripted)
    scripted.goto(site.url(app, "/forgotPassword"))
    register(site, scripted, app, user)
    scripted.goto(site.url(app))
    is_home(scripted, site.callbacks[0])


def test_a_passkey_that_is_not_there(scripted: Page, site: Site, app: App) -> None:
    plug_in(scripted)
    scripted.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    scripted.goto(site.url(app))
    scripted.get_by_role("button", name="Sign in with a passkey").click()
    expect(scripted.locator("#passkey-status")).to_have_text("No passkey was used. Try again, or go on in another way.")
    expect(scripted.get_by_label("Username")).to_be_visible()


def test_a_passkey_added_after_sign_in(scripted: Page, site: Site, app: App, user: MadeUser) -> None:
    devtools, authenticator = plug_in(scripted)
    scripted.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    query = urlencode({"client_id": app.client_id, "redirect_uri": app.redirect_uri})
    scripted.goto(f"{site.base_url}/{app.pool_id}/passkeys/add?{query}")
    scripted.get_by_label("Username").fill(user.username)
    scripted.keyboard.press("Enter")
    scripted.get_by_label("Password", exact=True).fill(user.password)
    scripted.keyboard.press("Enter")
    heading(scripted, "Sign in faster next time")
    button = scripted.get_by_role("button", name="Add a passkey")
    expect(button).to_be_focused()
    scripted.keyboard.press("Enter")
    scripted.wait_for_url(app.redirect_uri)
    assert len(devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]) == 1
    scripted.goto(f"{site.base_url}/{app.pool_id}/passkeys/add?{query}")
    scripted.get_by_role("button", name="Add a passkey").click()
    expect(scripted.locator("#passkey-status")).to_have_text("This device has a passkey for your account already.")
    scripted.get_by_role("button", name="Not now").click()
    scripted.wait_for_url(app.redirect_uri)
    scripted.goto(site.url(app, prompt="login"))
    scripted.get_by_role("button", name="Sign in with a passkey").click()
    is_home(scripted, site.callbacks[0])
