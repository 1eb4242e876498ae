"""A person in Chromium, from the first sign-up to the sign-out, against `poolhouse dev` as anyone starts it."""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from conformance.clients.conftest import PASSWORD
from conformance.clients.tokens import claims_of
from conformance.dev_server import DevServer

pytestmark = [pytest.mark.clients, pytest.mark.browser]

SCOPE = "openid email profile"


class App:
    """A relying party of the test: builds authorize URLs and redeems what the browser brings home."""

    def __init__(self, server: DevServer, client_id: str, redirect_uri: str = "") -> None:
        self.client_id = client_id
        self.redirect_uri = redirect_uri or server.facts.redirect_uri
        self.metadata = httpx.get(f"{server.facts.issuer}/.well-known/openid-configuration", trust_env=False).json()
        self._verifier = secrets.token_urlsafe(48)
        self._state = secrets.token_urlsafe(12)

    def authorize_url(self, **more: str) -> str:
        digest = hashlib.sha256(self._verifier.encode()).digest()
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPE,
            "state": self._state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **more,
        }
        return f"{self.metadata['authorization_endpoint']}?{urlencode(parameters)}"

    def redeem(self, home: str) -> dict[str, Any]:
        brought = {name: values[0] for name, values in parse_qs(urlsplit(home).query).items()}
        assert brought["state"] == self._state
        reply = httpx.post(
            self.metadata["token_endpoint"],
            data={
                "grant_type": "authorization_code",
                "client_id": self.client_id,
                "code": brought["code"],
                "redirect_uri": self.redirect_uri,
                "code_verifier": self._verifier,
            },
            trust_env=False,
        )
        assert reply.status_code == 200, reply.text
        tokens: dict[str, Any] = reply.json()
        return tokens


@pytest.fixture
def second_client_id(server: DevServer) -> Iterator[str]:
    """A second app of the demo's pool."""
    facts, operator = server.facts, server.boto()
    made: str = operator.create_user_pool_client(
        UserPoolId=facts.user_pool_id,
        ClientName="second app",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=SCOPE.split(),
        CallbackURLs=[facts.redirect_uri],
        LogoutURLs=[f"{facts.endpoint}/"],
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]["ClientId"]
    yield made
    operator.delete_user_pool_client(UserPoolId=facts.user_pool_id, ClientId=made)


def test_the_whole_journey(page: Page, server: DevServer, second_client_id: str) -> None:
    first = App(server, server.facts.client_id)
    username = f"zoë-{secrets.token_hex(4)}"
    email = f"{username}@example.com".replace("ë", "e")

    page.goto(first.authorize_url())
    _sign_up(page, server, username, email)
    # Who has just given a password and a code is not asked for either again.
    page.wait_for_url(_starting(server.facts.redirect_uri))
    claims = claims_of(first.redeem(page.url)["id_token"])
    assert claims["cognito:username"] == username
    assert claims["email"] == email
    assert claims["email_verified"] is True

    second = App(server, second_client_id)
    page.goto(second.authorize_url())
    page.wait_for_url(_starting(server.facts.redirect_uri))
    other = claims_of(second.redeem(page.url)["id_token"])
    assert other["sub"] == claims["sub"]
    assert other["aud"] == second_client_id
    assert other["auth_time"] == claims["auth_time"], "single sign-on is no new authentication"

    _sign_out(page, server, first)
    page.goto(first.authorize_url())
    home = _sign_in(page, server, username, PASSWORD)
    assert claims_of(first.redeem(home)["id_token"])["sub"] == claims["sub"]

    _sign_out(page, server, second)
    page.goto(second.authorize_url())
    _forget_password(page, server, username, email)
    # The demo's pool takes the proven address for the user name.
    home = _sign_in(page, server, email, "Another-Horse-8")
    assert claims_of(second.redeem(home)["id_token"])["sub"] == claims["sub"]


def test_the_dev_door_shows_the_tokens(page: Page, server: DevServer) -> None:
    page.goto(f"{server.facts.endpoint}/_dev/try")
    _sign_in(page, server, server.facts.username, server.facts.password)
    page.click("#exchange")
    token = page.locator("#id_token").inner_text()
    assert claims_of(token)["aud"] == server.facts.client_id
    before = page.locator("#access_token").inner_text()
    page.click("#refresh")
    expect(page.locator("#access_token")).not_to_have_text(before)


def test_a_wrong_password_stays_on_the_page(page: Page, server: DevServer) -> None:
    page.goto(App(server, server.facts.client_id).authorize_url())
    page.fill("#username", "nobody-at-all")
    page.fill("#password", "Wrong-Password-1")
    page.click("#submit")
    expect(page.get_by_role("alert")).to_be_visible()
    assert urlsplit(page.url).path.endswith("/login")


def _sign_up(page: Page, server: DevServer, username: str, email: str) -> None:
    page.get_by_role("link", name="Create an account").click()
    page.fill("#username", username)
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("#submit")
    page.fill("#code", server.wait_for_message(email)["code"])
    page.click("#submit")


def _sign_in(page: Page, server: DevServer, username: str, password: str) -> str:
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("#submit")
    page.wait_for_url(_starting(server.facts.redirect_uri))
    return page.url


def _sign_out(page: Page, server: DevServer, app: App) -> None:
    home = f"{server.facts.endpoint}/"
    query = urlencode({"client_id": app.client_id, "logout_uri": home})
    page.goto(f"{server.facts.domain_url}/logout?{query}")
    assert page.url == home


def _forget_password(page: Page, server: DevServer, username: str, email: str) -> None:
    page.get_by_role("link", name=re.compile("forgot", re.IGNORECASE)).click()
    page.fill("#username", username)
    page.click("#submit")
    page.fill("#code", server.wait_for_message(email, 2)["code"])
    page.fill("#password", "Another-Horse-8")
    page.fill("#confirm_password", "Another-Horse-8")
    page.click("#submit")


def _starting(url: str) -> re.Pattern[str]:
    return re.compile("^" + re.escape(url))
