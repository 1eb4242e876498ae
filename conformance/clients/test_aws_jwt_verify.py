"""npm aws-jwt-verify: the library with which Amazon's own documentation checks tokens, on tokens of every door."""

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]


def check_refusals(told: dict[str, Any]) -> None:
    assert told["forged"]["name"] == "JwtInvalidSignatureError"
    assert told["swapped"]["message"] == "token_use is access"
    assert told["otherIssuer"]["name"] == "JwtInvalidIssuerError"


def test_tokens_of_a_person(run_node: RunNode, server: DevServer) -> None:
    facts = server.facts
    tokens = server.boto().initiate_auth(
        ClientId=facts.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": facts.username, "PASSWORD": facts.password},
    )["AuthenticationResult"]
    told = run_node(
        "aws_jwt_verify.mjs",
        {
            "issuer": facts.issuer,
            "clientId": facts.client_id,
            "idToken": tokens["IdToken"],
            "accessToken": tokens["AccessToken"],
        },
    )
    assert told["id"]["aud"] == facts.client_id
    assert told["id"]["email_verified"] is True
    assert told["access"]["sub"] == told["id"]["sub"]
    assert told["access"]["username"] == facts.username
    assert told["otherAudience"]["name"] == "JwtInvalidAudienceError"
    check_refusals(told)


def test_token_of_a_service(run_node: RunNode, server: DevServer) -> None:
    facts = server.facts
    configuration = httpx.get(f"{facts.issuer}/.well-known/openid-configuration", trust_env=False).json()
    reply = httpx.post(
        configuration["token_endpoint"],
        data={"grant_type": "client_credentials", "scope": facts.m2m_scope},
        headers={"Authorization": f"Basic {_basic(facts.m2m_client_id, facts.m2m_client_secret)}"},
        trust_env=False,
    )
    assert reply.status_code == 200, reply.text
    given = {"issuer": facts.issuer, "clientId": facts.m2m_client_id, "idToken": None}
    told = run_node("aws_jwt_verify.mjs", {**given, "accessToken": reply.json()["access_token"]})
    assert told["access"]["scope"] == facts.m2m_scope
    assert told["access"]["sub"] == facts.m2m_client_id
    check_refusals(told)


def _basic(client_id: str, secret: str) -> str:
    return base64.b64encode(f"{client_id}:{secret}".encode()).decode()
