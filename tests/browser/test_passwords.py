"""Passwords where scripts run: shown by a button, and the rules of a new one tick themselves off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Site
from tests.browser.steps import heading, is_home, sign_in, wrong_input
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A tab in which scripts run."""
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 860})
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()


def rules(page: Page) -> dict[str, str]:
    """The rules that are seen, as they look: "is-met", "is-unmet" or "" (not marked)."""
    found = page.locator(".rules li:visible").evaluate_all(
        "them => them.map(it => [it.lastChild.data.trim(), it.className])"
    )
    return dict(found)


def shown(field: Locator, button: Locator, kind: str) -> None:
    expect(field).to_have_attribute("type", kind)
    expect(button).to_have_attribute("aria-pressed", "true" if kind == "text" else "false")


def test_a_password_is_shown_and_hidden(page: Page, site: Site) -> None:
    app = site.app()
    user = site.make.user(app.pool_id)
    page.goto(site.url(app))
    field, button = page.get_by_label("Password", exact=True), page.get_by_role("button", name="Show password")
    field.fill("Wrong-Horse-9")
    field.press("Home")
    button.click()
    shown(field, button, "text")
    expect(field).to_be_focused()
    assert field.evaluate("it => it.selectionStart") == 0, "the caret stays where it is"
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Space")
    shown(field, button, "password")
    expect(button).to_be_focused()
    page.keyboard.press("Space")
    shown(field, button, "text")
    page.evaluate("addEventListener('submit', event => event.preventDefault(), { once: true })")
    field.press("Enter")
    shown(field, button, "password")
    sign_in(page, user)
    is_home(page, site.callbacks[0])


def test_the_rules_tick_themselves_off(page: Page, site: Site) -> None:
    """What is not met yet is marked once somebody has gone on. The classes of Cognito's classic pages act on both."""
    app = site.app(Policies={"PasswordPolicy": {"MinimumLength": 8, "RequireNumbers": True, "RequireSymbols": True}})
    site.operator.create_user_pool_domain(UserPoolId=app.pool_id, Domain=f"rules-{app.client_id[:8]}")
    css = ".passwordCheck-valid-customizable{color:#123456} .passwordCheck-notValid-customizable{color:#654321}"
    site.operator.set_ui_customization(UserPoolId=app.pool_id, CSS=css)
    page.goto(site.url(app, "/signup"))
    length, number, symbol, spaces = "At least 8 characters", "A number", "A symbol, such as !", "No spaces"
    field, status = page.get_by_label("Password", exact=True), page.locator("[data-done]")
    assert rules(page) == {length: "", number: "", symbol: "", spaces: ""}
    field.press_sequentially("horse7")
    assert rules(page) == {length: "", number: "is-met", symbol: "", spaces: "is-met"}
    expect(page.get_by_text(f"Met: {number}")).to_have_css("color", "rgb(18, 52, 86)")
    page.keyboard.press("Tab")
    assert rules(page) == {length: "is-unmet", number: "is-met", symbol: "is-unmet", spaces: "is-met"}
    expect(page.get_by_text(f"Not met: {symbol}")).to_have_css("color", "rgb(101, 67, 33)")
    expect(status).to_be_empty()
    field.fill(PASSWORD)
    assert set(rules(page).values()) == {"is-met"}
    expect(status).to_have_text("The password meets all of the rules.")
    field.fill(PASSWORD + "x" * 256)
    assert rules(page)["At most 256 characters"] == "is-unmet"
    field.fill("")
    assert rules(page) == {length: "", number: "", symbol: "", spaces: ""}
    page.get_by_label("Username").fill("maya")
    page.get_by_label("Email address").fill("rules@example.com")
    field.fill("horsehorse")
    page.get_by_role("button", name="Create account").click()
    wrong_input(page, "password", "Not met: A number")
    assert rules(page) == {length: "is-met", number: "is-unmet", symbol: "is-unmet", spaces: "is-met"}
    page.keyboard.type("h")
    assert rules(page) == {length: "is-unmet", number: "is-unmet", symbol: "is-unmet", spaces: "is-met"}
    field.fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    heading(page, "Confirm your account")
