"""Answers to forms, in Chromium with scripts: going back to one, and reloading it, shows the page and sends nothing again."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.conftest import Site
from tests.browser.steps import choose, heading, is_home, open_account_page, problems, sign_in, with_codes

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A tab in which scripts run."""
    context = chromium.new_context(locale="en-US")
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()


@pytest.fixture
def posted(page: Page) -> list[str]:
    """The forms that the tab sends."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url)

    page.on("request", note)
    return sent


def test_back_to_sign_in_and_sign_up(page: Page, site: Site, posted: list[str]) -> None:
    app = site.app()
    user = site.make.user(app.pool_id)
    page.goto(site.url(app))
    sign_in(page, replace(user, password="Wrong-Horse-7"))
    problems(page)
    page.get_by_role("link", name="Create an account").click()
    heading(page, "Create your account")
    page.go_back()
    heading(page, "Sign in")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("link", name="Create an account").click()
    page.get_by_role("button", name="Create account").click()
    problems(page)
    page.get_by_role("link", name="Sign in").click()
    heading(page, "Sign in")
    page.go_back()
    heading(page, "Create your account")
    page.reload()
    heading(page, "Create your account")
    page.go_back()
    heading(page, "Create your account")
    page.go_back()
    heading(page, "Sign in")
    assert len(posted) == 2
    sign_in(page, user)
    is_home(page, site.callbacks[0])


def test_back_to_a_step_and_a_reload(page: Page, site: Site, posted: list[str]) -> None:
    app = site.app()
    user = with_codes(site, app, "answers")
    page.goto(site.url(app))
    sign_in(page, user)
    choose(page, "By email")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#code[aria-invalid=true]")).to_be_visible()
    page.wait_for_load_state()
    page.reload()
    heading(page, "Enter your code")
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    assert len(posted) == 3
    page.get_by_label("Code").fill(site.mail("answers@behaves.example").code)
    page.get_by_role("button", name="Sign in").click()
    is_home(page, site.callbacks[0])


def test_back_to_the_page_that_refused_another_code(page: Page, site: Site, posted: list[str]) -> None:
    """Its form was sent from another page, and its address alone says nothing."""
    app = site.app()
    user = site.make.user(app.pool_id, email="refuse@behaves.example", email_verified="true")
    page.clock.install()
    page.goto(site.url(app, "/forgotPassword", login_hint=user.username))
    page.get_by_role("button", name="Send code").click()
    heading(page, "Choose a new password")
    with suppress(ClientError):
        for _ in range(30):
            site.operator.forgot_password(ClientId=app.client_id, Username=user.username)
    page.clock.run_for(31_000)
    page.get_by_role("button", name="Send a new code").click()
    problems(page)
    count = len(posted)
    page.get_by_role("link", name="Back to sign in").click()
    heading(page, "Sign in")
    page.go_back()
    heading(page, "Choose a new password")
    page.reload()
    heading(page, "Choose a new password")
    assert len(posted) == count


def _takes_along(page: Page, codes: list[str]) -> None:
    """As text in the clipboard, and as a file that says whose they are."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").split() == codes
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download").click()
    assert downloading.value.suggested_filename == "recovery-codes.txt"
    title, _, *lines = downloading.value.path().read_text().splitlines()
    assert title.startswith("Recovery codes – ")
    assert lines == codes


def test_new_recovery_codes_are_shown_once(page: Page, site: Site, posted: list[str]) -> None:
    app = site.app()
    user = site.make.user(app.pool_id, email="kay@example.com", email_verified="true")
    account = open_account_page(site, app, RecoveryCodes="ENABLED")
    page.goto(f"{account}/recovery-codes")
    sign_in(page, user)
    heading(page, "Recovery codes")
    mails = {"Subject": "Your code", "Message": "Your code: {####}"}
    site.operator.set_user_pool_mfa_config(
        UserPoolId=app.pool_id, MfaConfiguration="OPTIONAL", EmailMfaConfiguration=mails
    )
    site.operator.admin_set_user_mfa_preference(
        UserPoolId=app.pool_id, Username=user.username, EmailMfaSettings={"Enabled": True}
    )
    page.reload()
    page.locator("#submit").click()
    codes = page.locator(".codes li")
    expect(codes).to_have_count(10)
    _takes_along(page, codes.all_inner_texts())
    count = len(posted)
    page.get_by_role("link", name="Security").first.click()
    heading(page, "Security")
    page.go_back()
    heading(page, "Recovery codes")
    expect(codes).to_have_count(0)
    page.reload()
    expect(codes).to_have_count(0)
    assert len(posted) == count, "the codes just written down still work"
