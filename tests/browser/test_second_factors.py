"""Second factors in Chromium, without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.steps import heading, is_home
from tests.factories import SNS

pytestmark = pytest.mark.browser


def test_a_recovery_code_when_the_inbox_is_out_of_reach(page: Page, site: Site) -> None:
    boats = site.app()
    user = site.make.user(boats.pool_id, email="lost@example.com", email_verified="true")
    site.ours.update_pool_settings(UserPoolId=boats.pool_id, RecoveryCodes="ENABLED")
    site.operator.set_user_pool_mfa_config(
        UserPoolId=boats.pool_id, MfaConfiguration="OPTIONAL", EmailMfaConfiguration={"Message": "{####}"}
    )
    site.operator.admin_set_user_mfa_preference(
        UserPoolId=boats.pool_id, Username=user.username, EmailMfaSettings={"Enabled": True}
    )
    named = {"UserPoolId": boats.pool_id, "Username": user.username}
    code = site.ours.admin_generate_recovery_codes(**named)["RecoveryCodes"][0]
    page.goto(site.url(boats))
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.get_by_role("button", name="Sign in").click()
    heading(page, "Enter your code")
    page.get_by_role("link", name="Use a recovery code").click()
    heading(page, "Use a recovery code")
    expect(page.get_by_label("Code")).to_be_focused()
    page.go_back()
    heading(page, "Enter your code")
    page.go_forward()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    is_home(page, site.callbacks[0])


def test_a_browser_that_is_not_asked_again(page: Page, site: Site) -> None:
    rules = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
    boats = site.app(DeviceConfiguration=rules)
    user = site.make.user(boats.pool_id, email="again@example.com", email_verified="true")
    site.operator.set_user_pool_mfa_config(
        UserPoolId=boats.pool_id, MfaConfiguration="OPTIONAL", EmailMfaConfiguration={"Message": "{####}"}
    )
    site.operator.admin_set_user_mfa_preference(
        UserPoolId=boats.pool_id, Username=user.username, EmailMfaSettings={"Enabled": True}
    )
    for is_remembered in (False, True):
        page.goto(site.url(boats, prompt="login"))
        page.get_by_label("Username").fill(user.username)
        page.get_by_label("Password", exact=True).fill(user.password)
        page.keyboard.press("Enter")
        if not is_remembered:
            heading(page, "Enter your code")
            page.get_by_label("Code").fill(site.mail("again@example.com").code)
            page.keyboard.press("Tab")
            expect(page.get_by_label("Do not ask again in this browser")).to_be_focused()
            page.keyboard.press("Space")
            page.get_by_role("button", name="Sign in").click()
        is_home(page, site.callbacks[0])


def test_choosing_what_to_set_up_with_the_keyboard(page: Page, site: Site) -> None:
    boats = site.app()
    user = site.make.user(boats.pool_id)
    site.operator.set_user_pool_mfa_config(
        UserPoolId=boats.pool_id,
        MfaConfiguration="ON",
        SmsMfaConfiguration={"SmsConfiguration": SNS},
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    page.goto(site.url(boats))
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.keyboard.press("Enter")
    heading(page, "Add a second step")
    expect(page.get_by_label("From an authenticator app")).to_be_focused()
    page.keyboard.press("Enter")
    heading(page, "Set up your authenticator app")
    page.go_back()
    heading(page, "Add a second step")
    page.get_by_label("From an authenticator app").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("By text message")).to_be_checked()
    page.keyboard.press("Enter")
    heading(page, "Add your phone number")
    expect(page.get_by_label("Phone number")).to_be_focused()
    page.keyboard.type("+1 206 555 0142")
    page.keyboard.press("Enter")
    heading(page, "Enter your code")
    expect(page.get_by_label("Code")).to_be_focused()
    page.reload()
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(site.mail("+12065550142").code)
    page.keyboard.press("Enter")
    is_home(page, site.callbacks[0])
