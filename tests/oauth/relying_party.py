"""What a relying party does at the OAuth door."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from app.core.tokens import Authentication
from app.core.users import find_user_by_sub
from app.flows.browser_sessions import begin_session
from app.flows.work import Resources
from app.kit.ids import new_uuid
from app.web.cookies import cookie_name
from tests.factories import Factory, MadeUser

CALLBACK = "https://app.example/callback?tenant=7"
SIGNED_OUT = "https://app.example/bye"
SCOPES = ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin", "orders/read"]
CODE_CLIENT = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": SCOPES,
    "CallbackURLs": [CALLBACK, "myapp://callback"],
    "LogoutURLs": [SIGNED_OUT],
    "SupportedIdentityProviders": ["COGNITO"],
}


@dataclass(frozen=True)
class Party:
    """An app client as its own program sees it."""

    pool_id: str
    client_id: str
    secret: str | None

    @property
    def basic(self) -> dict[str, str]:
        """The Authorization header of client_secret_basic, nothing for a public client."""
        if self.secret is None:
            return {}
        text = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {text}"}


@dataclass
class Verifier:
    """A PKCE pair."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def parameters(self) -> dict[str, str]:
        return {"code_challenge": self.challenge, "code_challenge_method": "S256"}


class OAuth:
    """The OAuth door of one pool."""

    def __init__(self, http: httpx.Client, make: Factory, resources: Resources, pool_id: str) -> None:
        self.http = http
        self.make = make
        self.resources = resources
        self.pool_id = pool_id

    @property
    def issuer(self) -> str:
        return f"{self.resources.settings.base_url}/{self.pool_id}"

    def client(self, **options: Any) -> Party:
        """A new client; a code client unless told otherwise."""
        made = self.make.client(self.pool_id, **{**CODE_CLIENT, **options})
        return Party(self.pool_id, made["ClientId"], made.get("ClientSecret"))

    def service(self, **options: Any) -> Party:
        """A new client for client_credentials with the scopes of `orders`."""
        return self.client(
            **{
                "GenerateSecret": True,
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": ["orders/read", "orders/write"],
                "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
                **options,
            }
        )

    def post(self, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> httpx.Response:
        return self.http.post(f"/{self.pool_id}{path}", data=form, headers=headers)

    def sign_in(self, user: MadeUser) -> str:
        """Gives the browser a single sign-on session as the pages would; returns its id."""
        work = self.make.work()
        with work.read() as db:
            found = find_user_by_sub(db, self.pool_id, user.sub)
        assert found is not None
        authentication = Authentication(work.now, ("pwd",), None, new_uuid())
        session_id, secret = begin_session(work, found, authentication)
        name = cookie_name(self.resources.settings, "session", self.pool_id)
        self.http.cookies.set(name, secret, domain="localhost.local")
        return session_id

    def authorize(self, party: Party, **parameters: str | None) -> httpx.Response:
        """An authorization request by GET; a parameter that is None is left out."""
        query = self.authorize_query(party, **parameters)
        return self.http.get(f"/{self.pool_id}/oauth2/authorize?{query}")

    def authorize_by_post(self, party: Party, **parameters: str | None) -> httpx.Response:
        """The same by POST."""
        query = self.authorize_query(party, **parameters)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.http.post(f"/{self.pool_id}/oauth2/authorize", content=query, headers=headers)

    def authorize_query(self, party: Party, **parameters: str | None) -> str:
        """The encoded parameters of a good request, changed by `parameters`."""
        given = {
            "response_type": "code",
            "client_id": party.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": "st/?&=ate",
            **parameters,
        }
        return urlencode({name: value for name, value in given.items() if value is not None})

    def code(self, party: Party, user: MadeUser, pkce: Verifier | None = None, **parameters: str | None) -> str:
        """A code for a signed-in user."""
        self.sign_in(user)
        response = self.authorize(party, **(pkce.parameters if pkce else {}), **parameters)
        return answer_of(response)["code"]

    def redeem(self, party: Party, code: str, pkce: Verifier | None = None, **form: str) -> httpx.Response:
        """Exchanges a code."""
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **form}
        if pkce:
            given["code_verifier"] = pkce.verifier
        if party.secret is None:
            given.setdefault("client_id", party.client_id)
        return self.post("/oauth2/token", given, party.basic)

    def tokens(self, party: Party, user: MadeUser, **parameters: str | None) -> dict[str, Any]:
        """The whole code flow with PKCE."""
        pkce = Verifier()
        response = self.redeem(party, self.code(party, user, pkce, **parameters), pkce)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def refresh(self, party: Party, refresh_token: str, **form: str) -> httpx.Response:
        given = {"grant_type": "refresh_token", "refresh_token": refresh_token, **form}
        if party.secret is None:
            given.setdefault("client_id", party.client_id)
        return self.post("/oauth2/token", given, party.basic)

    def userinfo(self, access_token: str) -> httpx.Response:
        return self.http.get(f"/{self.pool_id}/oauth2/userInfo", headers={"Authorization": f"Bearer {access_token}"})

    def key_set(self) -> KeySet:
        return KeySet.import_key_set(self.http.get(f"/{self.pool_id}/.well-known/jwks.json").json())

    def decode(self, token: str) -> jwt.Token:
        """A token verified with the published keys."""
        return jwt.decode(token, self.key_set(), algorithms=["RS256", "ES256"])


def answer_of(response: httpx.Response) -> dict[str, str]:
    """The parameters that a redirect takes to the callback."""
    assert response.status_code == 302, response.text
    location = response.headers["location"]
    assert location.startswith(CALLBACK + "&"), location
    return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True, strict_parsing=True))
