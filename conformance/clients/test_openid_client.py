"""npm openid-client, a certified relying party: every published endpoint, used as the discovery document says."""

import base64
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]
SCOPE = "openid email profile"
MODELS = Path(__file__).parents[2] / "app" / "web" / "aws" / "models"


@pytest.fixture
def strict_client(server: DevServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A confidential client of the demo's pool with strict OpenID Connect types and ES256, set by our own service."""
    monkeypatch.setenv("AWS_DATA_PATH", str(MODELS))
    facts = server.facts
    made: dict[str, Any] = server.boto().create_user_pool_client(
        UserPoolId=facts.user_pool_id,
        ClientName="strict",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=SCOPE.split(),
        CallbackURLs=[facts.redirect_uri],
        LogoutURLs=[f"{facts.endpoint}/"],
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]
    ours, names = server.boto("poolhouse"), {"UserPoolId": facts.user_pool_id, "ClientId": made["ClientId"]}
    ours.update_client_settings(**names, SigningAlgorithm="ES256")
    _end_publication(server)
    settings = ours.update_client_settings(**names, Profile="oidc")
    assert (settings["Profile"], settings["SigningAlgorithm"]) == ("oidc", "ES256")
    assert "SigningAlgorithmDate" not in settings
    return made


def _end_publication(server: DevServer) -> None:
    """Has new keys sign at once, as a job does ten minutes after they were published; the next change of a client tells it."""
    with closing(sqlite3.connect(server.folder / "poolhouse.sqlite3", timeout=10)) as db, db:
        db.execute("UPDATE signing_keys SET state = 'active' WHERE state = 'next'")


@pytest.mark.parametrize("authentication", ["none", "basic", "post"])
def test_authorization_code_with_pkce(run_node: RunNode, server: DevServer, authentication: str) -> None:
    facts = server.facts
    if authentication == "none":
        told = _sign_in(run_node, server, facts.client_id, None, "none")
        assert told["introspected"] is None
    else:
        client = facts.confidential_client_id
        told = _sign_in(run_node, server, client, facts.confidential_client_secret, authentication)
        assert told["introspected"]["active"] is True
        assert told["introspected"]["client_id"] == client
        assert told["introspectedAfter"] == {"active": False}


def test_a_strict_client_with_es256(run_node: RunNode, server: DevServer, strict_client: dict[str, Any]) -> None:
    client_id, secret = strict_client["ClientId"], strict_client["ClientSecret"]
    told = _sign_in(run_node, server, client_id, secret, "basic", algorithm="ES256")
    assert told["userInfo"]["email_verified"] is True
    header = told["tokens"]["access_token"].partition(".")[0]
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "ES256"


def _sign_in(
    run_node: RunNode,
    server: DevServer,
    client_id: str,
    secret: str | None,
    authentication: str,
    algorithm: str = "RS256",
) -> dict[str, Any]:
    facts = server.facts
    told = run_node(
        "openid_client_code.mjs",
        {
            "issuer": facts.issuer,
            "clientId": client_id,
            "clientSecret": secret,
            "authentication": authentication,
            "redirectUri": facts.redirect_uri,
            "logoutUri": f"{facts.endpoint}/",
            "username": facts.username,
            "password": facts.password,
            "scope": SCOPE,
            "algorithm": algorithm,
        },
    )

    assert told["metadata"]["issuer"] == facts.issuer
    assert "S256" in told["metadata"]["code_challenge_methods_supported"]
    assert told["claims"]["aud"] == client_id
    assert told["claims"]["iss"] == facts.issuer
    assert set(told["tokens"]["scope"].split() if "scope" in told["tokens"] else SCOPE.split()) == set(SCOPE.split())
    assert told["secondClaims"]["auth_time"] == told["claims"]["auth_time"], "single sign-on is no new authentication"
    assert told["userInfo"]["sub"] == told["claims"]["sub"]
    assert told["userInfo"]["email"].count("@") == 1
    assert told["refreshed"]["access_token"] != told["tokens"]["access_token"]
    if told["refreshedClaims"]:
        assert told["refreshedClaims"]["sub"] == told["claims"]["sub"]
        assert told["refreshedClaims"]["auth_time"] == told["claims"]["auth_time"]

    assert told["replay"]["error"] == "invalid_grant"
    assert told["afterReplay"]["error"] == "invalid_grant", "a replayed code revokes what it gave"
    assert told["afterRevocation"]["error"] == "invalid_grant"
    assert told["signOut"]["isHome"] is True
    assert told["signOut"]["after"]["error"] == "login_required"
    return told


def test_client_credentials(run_node: RunNode, server: DevServer) -> None:
    facts = server.facts
    told = run_node(
        "openid_client_service.mjs",
        {
            "issuer": facts.issuer,
            "clientId": facts.m2m_client_id,
            "clientSecret": facts.m2m_client_secret,
            "scope": facts.m2m_scope,
        },
    )
    for answer in (told["basic"], told["post"], told["withoutScope"]):
        assert answer["token_type"] == "bearer"
        assert answer["expires_in"] > 0
        assert "refresh_token" not in answer
        assert "id_token" not in answer
    # RFC 6749 section 5.2: 401 with the scheme that was used.
    assert told["wrongSecret"]["status"] == 401
    assert told["wrongSecret"]["cause"][0]["scheme"] == "basic"
    assert told["wrongScope"]["error"] == "invalid_scope"
