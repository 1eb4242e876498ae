"""What tests in the browser do again and again."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.sync_api import Page, expect

from app.core import pools
from tests.browser.conftest import Site
from tests.factories import SNS, MadeUser, claims_of
from tests.pages.browsing import App


def heading(page: Page, text: str) -> None:
    """Waits until the browser is at the page with a heading, and has all of it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
    # Keys that are pressed before find no form yet; a reload before would not ask for what the page's script has settled.
    page.wait_for_load_state()


def is_home(page: Page, callback: str) -> dict[str, list[str]]:
    """Waits until the browser is back in the app, and gives the parameters that it brought."""
    page.wait_for_url(re.compile(re.escape(callback) + r"\?.*"))
    heading(page, "Welcome back to the app")
    query = parse_qs(urlsplit(page.url).query)
    assert query["state"] == ["st&te=1"]
    return query


def wrong_input(page: Page, name: str, text: str) -> None:
    """The one input that is wrong has the focus, and says so itself; there is no summary besides."""
    expect(page.locator(f"#{name}")).to_be_focused()
    expect(page.locator(f"#{name}")).to_have_accessible_description(re.compile(re.escape(text)))
    page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_have_count(0)


def problems(page: Page, text: str = "") -> None:
    """Waits until the browser is at a page that tells what is wrong, in these words among others."""
    expect(page.get_by_role("alert")).to_contain_text(text)
    page.wait_for_load_state()


def tab_to(page: Page, name: str, *, most: int = 6) -> None:
    """Goes on with the tabulator to the control with a text or id; each on the way shows that it has the focus."""
    page.wait_for_load_state()
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if name in (" ".join((focused.text_content() or "").split()), focused.get_attribute("id")):
            return
    raise AssertionError(f"{name} is not reached")


def sign_in(page: Page, user: MadeUser) -> None:
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.get_by_role("button", name="Sign in").click()


def with_codes(site: Site, app: App, name: str) -> MadeUser:
    """A user who is asked by which of two ways a code is to come."""
    site.operator.set_user_pool_mfa_config(
        UserPoolId=app.pool_id,
        MfaConfiguration="OPTIONAL",
        SmsMfaConfiguration={"SmsConfiguration": SNS},
        EmailMfaConfiguration={"Message": "{####}"},
    )
    email = f"{name}@behaves.example"
    known = {"email": email, "email_verified": "true", "phone_number": "+12065550142", "phone_number_verified": "true"}
    user = site.make.user(app.pool_id, name, **known)
    site.operator.admin_set_user_mfa_preference(
        UserPoolId=app.pool_id,
        Username=name,
        SMSMfaSettings={"Enabled": True},
        EmailMfaSettings={"Enabled": True},
    )
    return user


def choose(page: Page, way: str) -> None:
    heading(page, "Confirm that it is you")
    page.get_by_label(way).check()
    page.get_by_role("button", name="Continue").click()
    heading(page, "Enter your code")


def give_code(page: Page, code: str) -> None:
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()


def subject(site: Site, app: App, code: str) -> str:
    """Whose tokens a code gives to the app that it was sent to."""
    reply = httpx.post(f"{site.base_url}/{app.pool_id}/oauth2/token", data=app.exchange(code))
    return str(claims_of(reply.json()["id_token"])["sub"])


def require_consent(site: Site, app: App) -> None:
    """Makes an app one of somebody else."""
    site.ours.update_client_settings(UserPoolId=app.pool_id, ClientId=app.client_id, Consent="REQUIRED")


def open_account_page(site: Site, app: App, **settings: str) -> str:
    """Gives a pool account pages, and their URL."""
    with site.resources.database.write() as db:
        pools.update_settings(db, app.pool_id, {"AccountPage": "ENABLED", **settings}, site.resources.clock())
    return f"{site.base_url}/{app.pool_id}/account"


def hidden_of(page: Page) -> dict[str, str]:
    """The hidden inputs of the page's form."""
    inputs = page.locator("form", has=page.locator("#submit")).locator("[type=hidden]").all()
    return {item.get_attribute("name") or "": item.get_attribute("value") or "" for item in inputs}
