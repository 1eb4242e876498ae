"""npm openid-client, a certified relying party: every published endpoint, used as the discovery document says."""

from collections.abc import Callable
from typing import Any

import pytest

from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]
SCOPE = "openid email profile"


@pytest.mark.parametrize("authentication", ["none", "basic", "post"])
def test_authorization_code_with_pkce(run_node: RunNode, server: DevServer, authentication: str) -> None:
    facts = server.facts
    is_public = authentication == "none"
    client_id = facts.client_id if is_public else facts.confidential_client_id
    told = run_node(
        "openid_client_code.mjs",
        {
            "issuer": facts.issuer,
            "clientId": client_id,
            "clientSecret": None if is_public else facts.confidential_client_secret,
            "authentication": authentication,
            "redirectUri": facts.redirect_uri,
            "username": facts.username,
            "password": facts.password,
            "scope": SCOPE,
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
    if not is_public:
        assert told["introspected"]["active"] is True
        assert told["introspected"]["client_id"] == client_id
        assert told["introspectedAfter"] == {"active": False}
    assert told["signOut"]["isHome"] is True
    assert told["signOut"]["after"]["error"] == "login_required"


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
    assert told["wrongSecret"]["error"] == "invalid_client"
    assert told["wrongScope"]["error"] == "invalid_scope"
