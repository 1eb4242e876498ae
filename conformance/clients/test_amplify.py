"""npm aws-amplify v6 with the React <Authenticator> in Chromium, told nothing but `userPoolEndpoint`."""

import secrets
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conformance.clients.amplify_app import AmplifySite
from conformance.clients.authenticator_app import AuthenticatorApp
from conformance.clients.conftest import PASSWORD, Pool, Pools
from conformance.dev_server import DevServer

pytestmark = [pytest.mark.clients, pytest.mark.browser]

SECOND = "Another-Horse-8"


def test_a_pool_that_requires_mfa(
    page: Page, amplify: AmplifySite, pools: Pools, server: DevServer, operator: Any
) -> None:
    pool = pools.make(
        AutoVerifiedAttributes=["email"],
        mfa={"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": True}},
    )
    username, email = f"zoë-{secrets.token_hex(4)}", f"{secrets.token_hex(4)}@example.com"
    amplify.open(page, pool.pool_id, pool.client_id, login="username")
    page.get_by_role("tab", name="Create Account").click()
    _fill(page, {"Username": username, "Email": email, "Password": PASSWORD, "Confirm Password": PASSWORD})
    page.get_by_role("button", name="Create Account").click()
    code = server.wait_for_message(email)["code"]
    _give(page, "Confirmation Code", _other(code))
    expect(page.get_by_role("alert")).to_have_text("Invalid verification code provided, please try again.")
    _give(page, "Confirmation Code", code)

    # Signed in by itself after the confirmation, and asked to set up an authenticator app.
    expect(page.get_by_role("heading", name="Setup TOTP")).to_be_visible()
    app = AuthenticatorApp(page.locator("[data-amplify-copy] > div").first.inner_text())
    code = app.code()
    _give(page, "Code", _other(code))
    expect(page.get_by_role("alert")).to_have_text("Code mismatch")
    _give(page, "Code", code)
    expect(page.locator("#hello")).to_have_text(username)
    user = operator.admin_get_user(UserPoolId=pool.pool_id, Username=username)
    assert user["UserMFASettingList"] == [user["PreferredMfaSetting"]] == ["SOFTWARE_TOKEN_MFA"]

    page.reload()
    expect(page.locator("#hello")).to_have_text(username)
    page.get_by_role("button", name="Sign out").click()
    _sign_in(page, username, PASSWORD)
    code = app.code()
    _give(page, "Code", _other(code))
    # The <Authenticator> knows Cognito's text for this and has its own.
    expect(page.get_by_role("alert")).to_contain_text("The verification code you entered is incorrect.")
    _give(page, "Code", code)
    expect(page.locator("#hello")).to_have_text(username)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_people_known_by_their_address_and_a_forgotten_password(
    page: Page, amplify: AmplifySite, pools: Pools, server: DevServer, operator: Any
) -> None:
    pool = pools.make(
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        AutoVerifiedAttributes=["email"],
    )
    email = f"Zo.{secrets.token_hex(4)}@example.com"
    amplify.open(page, pool.pool_id, pool.client_id, login="email")
    page.get_by_role("tab", name="Create Account").click()
    _fill(page, {"Email": email, "Password": PASSWORD, "Confirm Password": PASSWORD})
    page.get_by_role("button", name="Create Account").click()
    _give(page, "Confirmation Code", server.wait_for_message(email)["code"])
    # Signed in by itself; the pool has made up a user name.
    [user] = operator.list_users(UserPoolId=pool.pool_id)["Users"]
    expect(page.locator("#hello")).to_have_text(user["Username"])
    assert user["Username"] != email
    page.get_by_role("button", name="Sign out").click()

    page.get_by_role("button", name="Forgot your password?").click()
    page.get_by_label("Enter your email").fill(email)
    page.get_by_role("button", name="Send code").click()
    page.get_by_label("Code").fill(server.wait_for_message(email, 2)["code"])
    _fill(page, {"New Password": SECOND, "Confirm Password": SECOND})
    page.get_by_role("button", name="Submit").click()

    _sign_in(page, email.lower(), PASSWORD, login="Email")
    expect(page.get_by_role("alert")).to_have_text("Incorrect username or password.")
    page.get_by_label("Password", exact=True).fill(SECOND)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#hello")).to_have_text(user["Username"])
    page.get_by_role("button", name="Sign out").click()


def test_a_new_password_is_required(page: Page, amplify: AmplifySite, pools: Pools, pool: Pool) -> None:
    username = pools.make_user(pool, is_confirmed=False)
    amplify.open(page, pool.pool_id, pool.client_id, login="username")
    _sign_in(page, username, PASSWORD)
    _fill(page, {"Password": SECOND, "Confirm Password": SECOND})
    page.get_by_role("button", name="Change Password").click()
    expect(page.locator("#hello")).to_have_text(username)


def test_an_unproven_address_is_proven_after_the_sign_in(
    page: Page, amplify: AmplifySite, pools: Pools, pool: Pool, server: DevServer, operator: Any
) -> None:
    username = pools.make_user(pool, email_verified="false")
    amplify.open(page, pool.pool_id, pool.client_id, login="username")
    _sign_in(page, username, PASSWORD)
    page.get_by_text("Email").check()
    page.get_by_role("button", name="Verify").click()
    page.get_by_label("Code").fill(server.wait_for_message(f"{username}@example.com")["code"])
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#hello")).to_have_text(username)
    user = operator.admin_get_user(UserPoolId=pool.pool_id, Username=username)
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]


def test_a_choice_of_second_factors(
    page: Page, amplify: AmplifySite, pools: Pools, server: DevServer, operator: Any
) -> None:
    pool = pools.make(
        AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]},
        mfa={
            "MfaConfiguration": "ON",
            "SoftwareTokenMfaConfiguration": {"Enabled": True},
            "EmailMfaConfiguration": {"Message": "{####} is your code", "Subject": "Signing in"},
        },
    )
    username, email = pools.make_user(pool, email=""), f"{secrets.token_hex(4)}@example.com"
    amplify.open(page, pool.pool_id, pool.client_id, login="username")
    _sign_in(page, username, PASSWORD)
    page.locator("label", has_text="Email Message").click()
    page.get_by_role("button", name="Confirm").click()
    _give(page, "Email", email)
    _give(page, "Code", server.wait_for_message(email)["code"])
    expect(page.locator("#hello")).to_have_text(username)
    page.get_by_role("button", name="Sign out").click()


def _sign_in(page: Page, username: str, password: str, login: str = "Username") -> None:
    _fill(page, {login: username, "Password": password})
    page.get_by_role("button", name="Sign in", exact=True).click()


def _fill(page: Page, values: dict[str, str]) -> None:
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)


def _give(page: Page, label: str, value: str) -> None:
    page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Confirm").click()


def _other(code: str) -> str:
    return "000000" if code != "000000" else "000001"
