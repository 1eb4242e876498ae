"""Passkeys in Chromium, with its virtual authenticators: an app's page registers one and signs in with it by the API alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.conftest import Site
from tests.factories import MadeUser, claims_of

pytestmark = pytest.mark.browser
# What an app does, in the page. `call` is how every SDK speaks to the API.
_SCRIPT = """
async function call(api, operation, members) {
  const reply = await fetch(api, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AWSCognitoIdentityProviderService." + operation,
    },
    body: JSON.stringify(members),
  });
  const answer = reply.status === 200 && (await reply.text());
  if (answer === false) throw new Error((await reply.json()).__type);
  return answer ? JSON.parse(answer) : {};
}
async function register({ api, token }) {
  const { CredentialCreationOptions } = await call(api, "StartWebAuthnRegistration", { AccessToken: token });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(CredentialCreationOptions);
  const credential = await navigator.credentials.create({ publicKey });
  await call(api, "CompleteWebAuthnRegistration", { AccessToken: token, Credential: credential.toJSON() });
  return CredentialCreationOptions;
}
async function signIn({ api, client, user }) {
  const begun = await call(api, "InitiateAuth", {
    ClientId: client,
    AuthFlow: "USER_AUTH",
    AuthParameters: { USERNAME: user, PREFERRED_CHALLENGE: "WEB_AUTHN" },
  });
  const options = JSON.parse(begun.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS);
  const credential = await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
  });
  const answer = await call(api, "RespondToAuthChallenge", {
    ClientId: client,
    ChallengeName: begun.ChallengeName,
    Session: begun.Session,
    ChallengeResponses: { USERNAME: user, CREDENTIAL: JSON.stringify(credential.toJSON()) },
  });
  return answer.AuthenticationResult;
}
async function told(action) {
  try {
    return { value: await action };
  } catch (error) {
    return { error: error.name === "Error" ? error.message : error.name };
  }
}
"""
PLATFORM = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SECURITY_KEY = {**PLATFORM, "transport": "usb"}


@dataclass
class App:
    """A page of an app on an origin of its own, and a user of its pool."""

    site: Site
    page: Page
    devtools: CDPSession
    pool_id: str
    client_id: str
    user: MadeUser

    def plug_in(self, authenticator: dict[str, Any]) -> str:
        """Adds a virtual authenticator and gives its id."""
        return str(
            self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})["authenticatorId"]
        )

    def credentials(self, authenticator_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.devtools.send(
            "WebAuthn.getCredentials", {"authenticatorId": authenticator_id}
        )["credentials"]
        return found

    def replace(self, authenticator_id: str, authenticator: dict[str, Any], credential: dict[str, Any]) -> None:
        """Takes an authenticator away and adds another one that has a credential."""
        self.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": authenticator_id})
        kept = ("credentialId", "isResidentCredential", "rpId", "privateKey", "userHandle", "signCount")
        given = {
            "authenticatorId": self.plug_in(authenticator),
            "credential": {name: credential[name] for name in kept},
        }
        self.devtools.send("WebAuthn.addCredential", given)

    def configure(self, mfa: str = "OFF", **passkeys: str) -> None:
        more = {} if mfa == "OFF" else {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
        self.site.operator.set_user_pool_mfa_config(
            UserPoolId=self.pool_id, MfaConfiguration=mfa, WebAuthnConfiguration=passkeys, **more
        )

    def token(self) -> str:
        return str(self.site.make.tokens(self.client_id, self.user)["AccessToken"])

    def register(self, token: str) -> dict[str, Any]:
        """{value: the options} or {error: what the browser or the API refused it with}."""
        return self._run("register", {"api": self.site.base_url, "token": token})

    def sign_in(self) -> dict[str, Any]:
        """{value: AuthenticationResult} or {error}."""
        members = {"api": self.site.base_url, "client": self.client_id, "user": self.user.username}
        return self._run("signIn", members)

    def _run(self, name: str, members: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(
            f"async (members) => {{{_SCRIPT} return told({name}(members))}}", members
        )
        return found


@pytest.fixture
def app(site: Site, chromium: Browser) -> Iterator[App]:
    pool_id = site.make.pool(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}})
    flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client_id = site.make.client(pool_id, ExplicitAuthFlows=flows)["ClientId"]
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.callbacks[0])
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    yield App(site, page, devtools, pool_id, client_id, site.make.user(pool_id, "maya"))
    context.close()


def amr(answer: dict[str, Any]) -> list[str]:
    assert "error" not in answer, answer
    found: list[str] = claims_of(answer["value"]["AccessToken"])["amr"]
    return found


def test_a_passkey_of_this_device(app: App) -> None:
    token, authenticator = app.token(), app.plug_in(PLATFORM)
    options = app.register(token)["value"]
    assert options["rp"]["id"] == "localhost"
    (kept,) = app.credentials(authenticator)
    assert (kept["isResidentCredential"], kept["rpId"], kept["signCount"]) == (True, "localhost", 1)
    (passkey,) = app.site.operator.list_web_authn_credentials(AccessToken=token)["Credentials"]
    assert passkey["FriendlyCredentialName"] == "Platform passkey"
    assert (passkey["AuthenticatorAttachment"], passkey["AuthenticatorTransports"]) == ("platform", ["internal"])
    for count in (2, 3):
        answer = app.sign_in()
        assert amr(answer) == ["swk"]
        assert claims_of(answer["value"]["IdToken"])["sub"] == app.user.sub
        assert app.credentials(authenticator)[0]["signCount"] == count
    assert app.register(token) == {"error": "InvalidStateError"}, "the browser knows it by excludeCredentials"


def test_a_security_key(app: App) -> None:
    token, authenticator = app.token(), app.plug_in(SECURITY_KEY)
    assert "value" in app.register(token)
    (passkey,) = app.site.operator.list_web_authn_credentials(AccessToken=token)["Credentials"]
    assert passkey["FriendlyCredentialName"] == "Roaming passkey"
    assert (passkey["AuthenticatorAttachment"], passkey["AuthenticatorTransports"]) == ("cross-platform", ["usb"])
    assert amr(app.sign_in()) == ["hwk"]
    (credential,) = app.credentials(authenticator)
    app.replace(authenticator, {**SECURITY_KEY, "hasUserVerification": False, "isUserVerified": False}, credential)
    assert amr(app.sign_in()) == ["hwk"], "verification is only preferred"
    app.configure(UserVerification="required")
    assert app.sign_in() == {"error": "NotAllowedError"}


def test_user_verification_that_fails(app: App) -> None:
    app.configure(UserVerification="required")
    token, authenticator = app.token(), app.plug_in(PLATFORM)
    assert "value" in app.register(token)
    assert amr(app.sign_in()) == ["swk"]
    app.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    assert app.sign_in() == {"error": "NotAllowedError"}


def test_one_passkey_is_worth_two_factors(app: App) -> None:
    token = app.token()
    app.configure("ON", FactorConfiguration="MULTI_FACTOR_WITH_USER_VERIFICATION")
    app.plug_in(PLATFORM)
    assert app.register(token)["value"]["authenticatorSelection"]["userVerification"] == "required"
    assert amr(app.sign_in()) == ["swk", "mfa"]


def test_a_copied_key(app: App) -> None:
    token, authenticator = app.token(), app.plug_in(PLATFORM)
    assert "value" in app.register(token)
    (copy,) = app.credentials(authenticator)
    assert amr(app.sign_in()) == ["swk"]
    app.replace(authenticator, PLATFORM, copy)
    assert app.sign_in() == {"error": "NotAuthorizedException"}, "its counter is behind"
    assert amr(app.sign_in()) == ["swk"]


def test_another_relying_party(app: App) -> None:
    token = app.token()
    app.plug_in(PLATFORM)
    app.configure(RelyingPartyId="example.com")
    assert app.register(token) == {"error": "SecurityError"}, "not on a page of localhost"
