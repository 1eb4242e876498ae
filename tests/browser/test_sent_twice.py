"""Forms that reach the server twice, since their button was pressed twice: in Chromium, without scripts."""

import re
import threading
from http.cookies import SimpleCookie
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site
from tests.browser.steps import (
    choose,
    give_code,
    heading,
    hidden_of,
    is_home,
    open_account_page,
    sign_in,
    subject,
    with_codes,
)
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser
NEW_PASSWORD = "Other-Horse-8"
# What becomes of the first answer to a form that is sent twice: its cookies are kept, or the browser never hears it.
How = Literal["kept", "lost"]
HOWS: tuple[How, ...] = ("kept", "lost")


def send_twice(page: Page, how: How) -> None:
    """From now on every form reaches the server twice, the second time as the browser sends it."""

    def send(route: Route) -> None:
        request = route.request
        if request.method == "POST":
            cookies = page.context.cookies(request.url)
            headers = {
                **{name: value for name, value in request.headers.items() if name not in ("host", "content-length")},
                "cookie": "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies),
            }
            reply = httpx.post(request.url, content=request.post_data_buffer, headers=headers)
            if how == "kept":
                _keep_cookies(page, reply)
        route.continue_()

    page.route(re.compile("/us-east-1_"), send)


def _keep_cookies(page: Page, reply: httpx.Response) -> None:
    for line in reply.headers.get_list("set-cookie"):
        for name, morsel in SimpleCookie(line).items():
            cookie = {"name": name, "value": morsel.value, "domain": "localhost", "path": "/", "httpOnly": True}
            page.context.add_cookies([cookie])  # type: ignore[list-item]


@pytest.mark.parametrize("how", HOWS)
def test_signing_up_with_every_form_sent_twice(page: Page, site: Site, how: How) -> None:
    app, email = site.app(), f"up.{how}@behaves.example"
    send_twice(page, how)
    page.goto(site.url(app, "/signup"))
    page.get_by_label("Username").fill("maya")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    heading(page, "Confirm your account")
    page.get_by_label("Code").fill(site.mail(email).code)
    page.get_by_role("button", name="Confirm").click()
    if how == "lost":
        expect(page.get_by_role("status")).to_contain_text("Your account is confirmed. You can sign in now.")
        expect(page.get_by_label("Username")).to_have_value("maya")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    is_home(page, site.callbacks[0])


@pytest.mark.parametrize("how", HOWS)
def test_a_forgotten_password_with_every_form_sent_twice(page: Page, site: Site, how: How) -> None:
    app, email = site.app(), f"forgot.{how}@behaves.example"
    user = site.make.user(app.pool_id, email=email, email_verified="true")
    send_twice(page, how)
    page.goto(site.url(app, "/forgotPassword", login_hint=user.username))
    page.get_by_role("button", name="Send code").click()
    heading(page, "Choose a new password")
    page.get_by_label("Code").fill(site.mail(email, 2).code)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed.")
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    is_home(page, site.callbacks[0])


@pytest.mark.parametrize("how", HOWS)
def test_second_factors_with_every_form_sent_twice(page: Page, site: Site, how: How) -> None:
    app = site.app()
    user, email = with_codes(site, app, f"second.{how}"), f"second.{how}@behaves.example"
    send_twice(page, how)
    page.goto(site.url(app, prompt="login"))
    sign_in(page, user)
    choose(page, "By email")
    page.get_by_role("button", name="Send a new code").click()
    expect(page.get_by_role("status")).to_contain_text("We have sent a new code.")
    give_code(page, site.mail(email, 4).code)
    if how == "lost":
        # Nobody but the browser that heard the answer is signed in: the page says so, and how to begin again.
        heading(page, "This page has expired")
        page.get_by_role("link", name="Go to sign in").click()
        heading(page, "Sign in")
        return
    assert subject(site, app, is_home(page, site.callbacks[0])["code"][0]) == user.sub
    page.goto(site.url(app, prompt="select_account"))
    page.get_by_role("button", name="Continue", exact=True).click()
    is_home(page, site.callbacks[0])


def test_buttons_pressed_twice(page: Page, site: Site) -> None:
    """Two clicks, as fast as a hand can. What the browser makes of them differs from time to time; each leads on."""
    app = site.app()
    user = site.make.user(app.pool_id)
    page.goto(site.url(app))
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.get_by_role("button", name="Sign in").dblclick()
    is_home(page, site.callbacks[0])
    page.goto(site.url(app, prompt="select_account"))
    page.get_by_role("button", name="Continue", exact=True).dblclick()
    is_home(page, site.callbacks[0])


def test_the_same_form_at_once(page: Page, site: Site) -> None:
    """Four at a time: one answer each, and none is an error of ours."""
    app = site.app()
    user, email = with_codes(site, app, "at.once"), "at.once@behaves.example"
    page.goto(site.url(app))
    answers = _at_once(page, username=user.username, password=user.password, submit="sign_in")
    assert {answer.status_code for answer in answers} == {303}
    sign_in(page, user)
    choose(page, "By email")
    code = site.mail(email).code
    answers = _at_once(page, code=code, submit="code")
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [303, 400, 400, 400], "a code signs in once"
    assert sum("session" in str(answer.headers.get_list("set-cookie")) for answer in answers) == 1


def _at_once(page: Page, **fields: str) -> list[httpx.Response]:
    action = page.locator("form", has=page.locator("#submit")).get_attribute("action")
    url, hidden = page.evaluate("path => new URL(path, location.href).href", action), hidden_of(page)
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies(url))
    answers: list[httpx.Response] = []

    def send() -> None:
        answers.append(httpx.post(url, data={**hidden, **fields}, headers={"cookie": cookies}))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("how", HOWS)
def test_account_forms_sent_twice(page: Page, site: Site, how: How) -> None:
    app, email = site.app(), f"account.{how}@behaves.example"
    user = site.make.user(app.pool_id, email=email, email_verified="true")
    account = open_account_page(site, app)
    page.goto(account)
    sign_in(page, user)
    send_twice(page, how)
    page.locator("#name").fill("Maya")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Your profile is saved.")
    page.goto(f"{account}/password")
    page.get_by_label("Current password").fill(user.password)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_have_text("Your password is changed.")
    page.goto(account)
    page.get_by_role("button", name="Sign out").click()
    heading(page, "You are signed out")
    page.goto(f"{account}/delete")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("To go on").fill(user.username)
    page.get_by_role("button", name="Delete for good").click()
    heading(page, "Your account is deleted")
    page.reload()
    heading(page, "Your account is deleted")
