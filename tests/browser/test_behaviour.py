"""What people do to pages, in Chromium without scripts: they go back, reload, open several tabs, wait too long, and refuse
cookies. Pressing twice is in test_sent_twice.py."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from app.core import sessions
from app.kit.clock import now_ms
from tests.browser.conftest import Site
from tests.browser.neighbours import same_server
from tests.browser.steps import (
    choose,
    give_code,
    heading,
    is_home,
    open_account_page,
    problems,
    require_consent,
    sign_in,
    subject,
    with_codes,
)
from tests.factories import MadeUser
from tests.pages.browsing import App, messages_to

pytestmark = pytest.mark.browser


def test_back_in_the_middle_of_second_factors_and_after(page: Page, site: Site) -> None:
    app = site.app()
    user = with_codes(site, app, "back")
    page.goto(site.url(app))
    sign_in(page, user)
    choose(page, "By text message")
    page.go_back()
    choose(page, "By email")
    page.reload()
    give_code(page, site.mail("back@behaves.example").code)
    codes = {is_home(page, site.callbacks[0])["code"][0]}
    for _ in range(2):
        page.go_back()
        codes.add(is_home(page, site.callbacks[0])["code"][0])
    assert len(codes) == 3, "each step that is done leads on to the app"
    page.go_back()
    heading(page, "Choose an account")
    page.get_by_role("button", name="Continue", exact=True).click()
    assert subject(site, app, is_home(page, site.callbacks[0])["code"][0]) == user.sub


def test_reloading_a_form_that_came_back(page: Page, site: Site) -> None:
    app = site.app()
    user = site.make.user(app.pool_id, email="reload@behaves.example", email_verified="true")
    page.goto(site.url(app))
    page.get_by_role("button", name="Sign in").click()
    problems(page, "There are 2 problems")
    page.reload()
    problems(page, "There are 2 problems")
    page.goto(page.url)  # as whoever presses Enter in the address bar
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("link", name="Forgot password?").click()
    page.get_by_label("Username").fill(user.username)
    page.get_by_role("button", name="Send code").click()
    heading(page, "Choose a new password")
    for _ in range(2):
        page.reload()
        heading(page, "Choose a new password")
    page.get_by_role("button", name="Send a new code").click()
    expect(page.get_by_role("status")).to_contain_text("We have sent a new code.")
    page.wait_for_load_state()
    page.reload()
    site.mail("reload@behaves.example", 2)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Change password").click()
    problems(page, "There are 2 problems")
    page.goto(page.url)
    heading(page, "Choose a new password")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_setting_up_an_authenticator_survives_back_and_reload(page: Page, site: Site) -> None:
    app = site.app()
    user = site.make.user(app.pool_id)
    site.operator.set_user_pool_mfa_config(
        UserPoolId=app.pool_id, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    page.goto(site.url(app))
    sign_in(page, user)
    heading(page, "Set up your authenticator app")
    page.get_by_text("Cannot scan it?").click()
    seed = page.locator("#seed").inner_text()
    page.reload()
    page.go_back()
    heading(page, "Sign in")
    page.go_forward()
    expect(page.locator("#seed")).to_have_text(seed)
    expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(seed.replace(" ", "")).now())
    page.get_by_role("button", name="Finish and sign in").click()
    is_home(page, site.callbacks[0])
    page.go_back()
    assert subject(site, app, is_home(page, site.callbacks[0])["code"][0]) == user.sub


def test_tabs_of_two_users_and_two_apps(page: Page, site: Site, complaints: list[str]) -> None:
    market = site.app()
    books = site.app(market.pool_id, 1)
    ann, bob = with_codes(site, market, "ann.tab"), site.make.user(market.pool_id, "bob.tab")
    other = page.context.new_page()
    other.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(site.url(market))
    other.goto(site.url(books))
    sign_in(page, ann)
    choose(page, "By email")
    sign_in(other, bob)
    assert subject(site, books, is_home(other, site.callbacks[1])["code"][0]) == bob.sub
    give_code(page, site.mail("ann.tab@behaves.example").code)
    assert subject(site, market, is_home(page, site.callbacks[0])["code"][0]) == ann.sub
    other.goto(site.url(books, prompt="select_account"))
    expect(other.get_by_role("button", name="ann.tab")).to_be_focused()
    other.get_by_role("button", name="bob.tab").click()
    assert subject(site, books, is_home(other, site.callbacks[1])["code"][0]) == bob.sub


@pytest.fixture(scope="module")
def later(site: Site) -> Iterator[tuple[Site, Callable[[int], None]]]:
    """The site with a clock of its own, and what moves it on by minutes."""
    passed = {"ms": 0}
    with same_server(site, clock=lambda: now_ms() + passed["ms"]) as resources:

        def wait(minutes: int) -> None:
            passed["ms"] += 60_000 * minutes

        yield replace(site, base_url=resources.settings.base_url, resources=resources), wait


def test_waiting_too_long(page: Page, later: tuple[Site, Callable[[int], None]]) -> None:
    site, wait = later
    app = site.app()
    user = with_codes(site, app, "waits")
    page.goto(site.url(app))
    wait(61)
    sign_in(page, user)
    heading(page, "This page has expired")
    page.get_by_role("link", name="Go to sign in").click()
    heading(page, "Sign in")
    sign_in(page, user)
    choose(page, "By email")
    code = messages_to(site.resources, "waits@behaves.example")[0].code
    wait(4)
    give_code(page, code)
    heading(page, "This page has expired")
    page.get_by_role("link", name="Go to sign in").click()
    sign_in(page, user)
    choose(page, "By email")
    give_code(page, messages_to(site.resources, "waits@behaves.example")[0].code)
    assert subject(site, app, is_home(page, site.callbacks[0])["code"][0]) == user.sub, (
        "of the same app, with its state"
    )
    wait(61)
    page.goto(site.url(app))
    heading(page, "Sign in")


def _end_sessions(site: Site, app: App, user: MadeUser) -> None:
    with site.resources.database.write() as db:
        assert sessions.end_sso_sessions_of(db, app.pool_id, user.sub)


def test_a_session_that_ends_before_consent(page: Page, site: Site) -> None:
    app = site.app()
    user = site.make.user(app.pool_id)
    require_consent(site, app)
    page.goto(site.url(app))
    sign_in(page, user)
    heading(page, "Harbour Market wants to access your account")
    _end_sessions(site, app, user)
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Your session has ended. Sign in again.")
    sign_in(page, user)
    heading(page, "Harbour Market wants to access your account")
    page.get_by_role("button", name="Allow", exact=True).click()
    is_home(page, site.callbacks[0])


def test_a_session_that_ends_on_the_account_page(page: Page, site: Site) -> None:
    app = site.app()
    user = site.make.user(app.pool_id)
    page.goto(open_account_page(site, app))
    sign_in(page, user)
    heading(page, "Your profile")
    for link in ("Security", "Change password"):
        _end_sessions(site, app, user)
        page.get_by_role("link", name=link).click()
        sign_in(page, user)
    heading(page, "Change your password")
    _end_sessions(site, app, user)
    page.get_by_label("Current password").fill(user.password)
    page.get_by_role("button", name="Change password").click()
    sign_in(page, user)
    heading(page, "Change your password")


def test_back_after_sign_out_shows_nothing(page: Page, site: Site) -> None:
    app = site.app()
    user = site.make.user(app.pool_id)
    page.goto(open_account_page(site, app))
    sign_in(page, user)
    page.get_by_role("link", name="Security").click()
    heading(page, "Security")
    page.get_by_role("button", name="Sign out").click()
    heading(page, "You are signed out")
    page.go_back()
    heading(page, "Sign in")
    expect(page.get_by_text(user.username)).to_have_count(0)


def test_an_account_page_of_whoever_was_signed_in_before(page: Page, site: Site) -> None:
    app = site.app()
    ann, bob = site.make.user(app.pool_id, "ann", name="Ann"), site.make.user(app.pool_id, "bob", name="Bob")
    account = open_account_page(site, app)
    page.goto(account)
    sign_in(page, ann)
    heading(page, "Your profile")
    other = page.context.new_page()
    other.goto(site.url(app, prompt="login"))
    sign_in(other, bob)
    is_home(other, site.callbacks[0])
    page.get_by_role("button", name="Save").click()
    heading(page, "This page has expired")
    page.goto(account)
    expect(page.locator("#name")).to_have_value("Bob")


def test_cookies_that_are_refused(chromium: Browser, site: Site, tmp_path: Path) -> None:
    app = site.app()
    user = site.make.user(app.pool_id)
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text('{"profile": {"default_content_setting_values": {"cookies": 2}}}')
    context = chromium.browser_type.launch_persistent_context(
        tmp_path,
        executable_path="/usr/bin/chromium",
        args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
        locale="en-US",
        java_script_enabled=False,
    )
    page = context.pages[0]
    page.goto(site.url(app))
    for _ in range(2):
        sign_in(page, user)
        heading(page, "Your browser sent no cookie")
        page.get_by_role("link", name="Go to sign in").click()
        heading(page, "Sign in")
    assert context.cookies() == []
    context.close()
