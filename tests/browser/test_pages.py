"""People on the hosted pages, in Chromium, without scripts."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.browser.steps import heading, is_home, tab_to, wrong_input
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser
NEW_PASSWORD = "Other-Horse-8"


def test_from_sign_up_to_sign_out(page: Page, site: Site) -> None:
    app = site.app(UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})
    page.goto(site.url(app))
    heading(page, "Sign in")
    page.get_by_role("link", name="Create an account").click()
    heading(page, "Create your account")
    page.get_by_label("Email address").fill("maya@example.com")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Create account").click()
    wrong_input(page, "password", "Choose a password that meets all of the rules.")
    expect(page.get_by_role("listitem").filter(has_text="Not met: At least 8 characters")).to_be_visible()
    expect(page.get_by_label("Email address")).to_have_value("maya@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    heading(page, "Check your inbox")
    expect(page.get_by_label("Code")).to_be_focused()
    page.get_by_role("button", name="Send a new code").click()
    expect(page.get_by_role("status")).to_contain_text("We have sent a new code.")
    page.get_by_label("Code").fill(site.mail("maya@example.com", 2).code)
    page.get_by_role("button", name="Confirm").click()
    first = is_home(page, site.callbacks[0])["code"]

    second = site.app(app.pool_id, 1)
    page.goto(site.url(second))
    assert is_home(page, site.callbacks[1])["code"] != first, "signed in once, known to the other app"

    page.goto(site.url(app, prompt="select_account"))
    heading(page, "Choose an account")
    page.get_by_role("button", name="Continue", exact=True).click()
    is_home(page, site.callbacks[0])

    query = urlencode({"client_id": app.client_id, "logout_uri": site.callbacks[0]})
    page.goto(f"{site.base_url}/{app.pool_id}/logout?{query}")
    page.wait_for_url(site.callbacks[0])
    page.goto(site.url(second))
    heading(page, "Sign in")
    page.get_by_label("Email address").fill("MAYA@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    is_home(page, site.callbacks[1])
    query = urlencode({"client_id": second.client_id, "post_logout_redirect_uri": site.callbacks[1], "state": "bye"})
    page.goto(f"{site.base_url}/{app.pool_id}/logout?{query}")
    heading(page, "Do you want to sign out?")
    expect(page.get_by_text("maya@example.com")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{site.callbacks[1]}?state=bye")
    page.goto(f"{site.base_url}/{app.pool_id}/logout")
    heading(page, "You are signed out")


def test_a_forgotten_password(page: Page, site: Site) -> None:
    app = site.app(AliasAttributes=["email"])
    user = site.make.user(app.pool_id, "maya", email="m2@example.com", email_verified="true")
    page.goto(site.url(app))
    page.get_by_label("Username or email").fill("m2@example.com")
    page.get_by_label("Password", exact=True).fill("Wrong-Horse-9")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The sign-in details are not right.")
    page.get_by_role("link", name="Forgot password?").click()
    heading(page, "Forgot your password?")
    page.get_by_label("Username or email").fill("m2@example.com")
    page.get_by_role("button", name="Send code").click()
    heading(page, "Choose a new password")
    page.get_by_label("Code").fill(site.mail("m2@example.com").code)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD + "x")
    page.get_by_role("button", name="Change password").click()
    wrong_input(page, "confirm_password", "The two passwords are not the same.")
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed.")
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    is_home(page, site.callbacks[0])
    assert user.username == "maya"


def test_by_keyboard_alone(page: Page, site: Site) -> None:
    app = site.app()
    user = site.make.user(app.pool_id)
    page.goto(site.url(app))
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(user.username)
    page.keyboard.press("Tab")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type("Wrong-Horse-9")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    order = []
    for _ in range(4):
        page.keyboard.press("Tab")
        order.append(page.locator(":focus").text_content() or page.locator(":focus").get_attribute("id"))
    assert order == ["username", "password", "Forgot password?", "Sign in"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(user.password)
    page.keyboard.press("Enter")
    is_home(page, site.callbacks[0])


def fill_in(page: Page, **values: str) -> None:
    """Types values into the inputs that follow each other, the first of which has the focus, and presses Enter."""
    for number, (name, value) in enumerate(values.items()):
        if number:
            tab_to(page, name, most=1)
        expect(page.locator(f"#{name}")).to_be_focused()
        page.keyboard.type(value)
    page.keyboard.press("Enter")


def test_sign_up_code_and_reset_by_keyboard_alone(page: Page, site: Site) -> None:
    app = site.app()
    page.goto(site.url(app))
    tab_to(page, "Create an account")
    page.keyboard.press("Enter")
    heading(page, "Create your account")
    fill_in(page, username="maya", email="keys", password=PASSWORD)
    wrong_input(page, "email", "Enter an email address like name@example.com.")
    page.keyboard.press("Control+a")
    fill_in(page, email="keys@example.com", password=PASSWORD)
    heading(page, "Confirm your account")
    fill_in(page, code="000000")
    wrong_input(page, "code", "That code is not right or no longer works.")
    page.keyboard.press("Tab")
    tab_to(page, "resend")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("We have sent a new code.")
    fill_in(page, code=site.mail("keys@example.com", 2).code)
    is_home(page, site.callbacks[0])

    page.goto(f"{site.base_url}/{app.pool_id}/logout?client_id={app.client_id}")
    tab_to(page, "Sign out", most=1)
    page.keyboard.press("Enter")
    heading(page, "You are signed out")
    tab_to(page, "Continue to Harbour Market", most=1)
    page.goto(site.url(app))
    tab_to(page, "Forgot password?")
    page.keyboard.press("Enter")
    heading(page, "Forgot your password?")
    fill_in(page, username="maya")
    heading(page, "Choose a new password")
    code = site.mail("keys@example.com", 3).code
    fill_in(page, code=code, password=NEW_PASSWORD, confirm_password=NEW_PASSWORD + "x")
    wrong_input(page, "confirm_password", "The two passwords are not the same.")
    for name in ("password", "code"):
        page.keyboard.press("Shift+Tab")
        expect(page.locator(f"#{name}")).to_be_focused()
    page.keyboard.press("Control+a")
    fill_in(page, code=code, password=NEW_PASSWORD, confirm_password=NEW_PASSWORD)
    heading(page, "Sign in")
    expect(page.get_by_label("Username")).to_have_value("maya")
    fill_in(page, password=NEW_PASSWORD)
    is_home(page, site.callbacks[0])


def test_a_temporary_password_on_a_phone(chromium: Browser, site: Site) -> None:
    required = [
        {"Name": name, "Required": True, "Mutable": True, "AttributeDataType": "String"} for name in ("name", "email")
    ]
    app = site.app(Schema=required)
    site.operator.admin_create_user(
        UserPoolId=app.pool_id,
        Username="nora",
        TemporaryPassword="Temp-Horse-1",
        UserAttributes=[{"Name": "email", "Value": "nora@example.com"}],
    )
    sizes = {"width": 360, "height": 740}
    context = chromium.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=2, has_touch=True)
    page = context.new_page()
    page.goto(site.url(app))
    page.goto(site.url(app, "/signup"))
    page.goto(site.url(app))
    page.get_by_label("Username").fill("nora")
    page.get_by_label("Password", exact=True).fill("Temp-Horse-1")
    page.get_by_role("button", name="Sign in").tap()
    heading(page, "Set your own password")
    assert page.evaluate("document.documentElement.scrollWidth") <= sizes["width"], "nothing to scroll sideways"
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Name").fill("Nora")
    page.get_by_role("button", name="Save and sign in").tap()
    is_home(page, site.callbacks[0])
    context.close()


def test_back_reload_and_two_tabs(page: Page, site: Site) -> None:
    app = site.app()
    user = site.make.user(app.pool_id)
    page.goto(site.url(app))
    page.get_by_role("link", name="Create an account").click()
    heading(page, "Create your account")
    page.go_back()
    heading(page, "Sign in")
    page.reload()
    heading(page, "Sign in")
    other = page.context.new_page()
    other.goto(site.url(app, "/login"))
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.get_by_role("button", name="Sign in").click()
    is_home(page, site.callbacks[0])
    other.get_by_label("Username").fill(user.username)
    other.get_by_label("Password", exact=True).fill(user.password)
    other.get_by_role("button", name="Sign in").click()
    is_home(other, site.callbacks[0])
    page.go_back()
    page.get_by_role("button", name="Continue", exact=True).click()
    is_home(page, site.callbacks[0])


def test_confirming_by_the_code_of_a_username_pool(page: Page, site: Site) -> None:
    required = [
        {"Name": name, "Required": True, "Mutable": True, "AttributeDataType": "String"}
        for name in ("given_name", "family_name", "birthdate")
    ]
    app = site.app(Schema=required)
    page.goto(site.url(app, "/signup"))
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert")).to_contain_text("There are")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Username")).to_be_focused()
    page.get_by_label("Username").fill("maya")
    page.get_by_label("Email address").fill("m5@example.com")
    page.get_by_label("First name").fill("Maya")
    page.get_by_label("Last name").fill("Müller-Lüdenscheidt")
    page.get_by_label("Date of birth").fill("1999-12-31")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    heading(page, "Confirm your account")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    wrong_input(page, "code", "That code is not right or no longer works.")
    page.get_by_label("Code").fill(site.mail("m5@example.com").code)
    page.get_by_role("button", name="Confirm").click()
    is_home(page, site.callbacks[0])


def test_error_pages(page: Page, site: Site) -> None:
    app = site.app()
    page.goto(site.url(app, redirect_uri="https://evil.example/"))
    heading(page, "This link does not work")
    page.goto(site.url(app, "/signup"))
    page.get_by_label("Username").fill("maya")
    page.context.clear_cookies()
    page.get_by_role("button", name="Create account").click()
    heading(page, "Your browser sent no cookie")
    page.get_by_role("link", name="Go to sign in").click()
    heading(page, "Sign in")


def test_a_name_that_is_known_is_not_asked_for(page: Page, site: Site) -> None:
    app = site.app()
    user = site.make.user(app.pool_id, email="known@example.com", email_verified="true")
    page.goto(site.url(app, login_hint=user.username))
    expect(page.get_by_label("Username")).to_have_value(user.username)
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(user.password)
    page.keyboard.press("Enter")
    is_home(page, site.callbacks[0])


def test_the_dev_door_on_a_phone(page: Page, site: Site) -> None:
    site.app()
    page.set_viewport_size({"width": 360, "height": 740})
    for name in ("home", "inbox", "callback"):
        page.goto(f"{site.base_url}/_dev/{name}".removesuffix("/home"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing to scroll sideways"
        links = page.get_by_role("navigation").get_by_role("link").all()
        boxes = [box for link in (page.locator(".bar-name"), *links) if (box := link.bounding_box())]
        assert len(boxes) == 4
        name_box, first, second, third = boxes
        assert first["y"] == second["y"] == third["y"], "the links stand on one line"
        assert first["y"] >= name_box["y"] + name_box["height"], "below the name"
        padding = 12
        assert first["x"] + padding == name_box["x"], "from where the name begins"
