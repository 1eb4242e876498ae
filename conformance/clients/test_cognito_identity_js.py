"""npm amazon-cognito-identity-js, the browser SDK that most Cognito apps carry, in Node.js."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from conformance.clients.conftest import PASSWORD, Pool
from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]


def test_a_person_from_sign_up_to_the_end(run_node: RunNode, pool: Pool, server: DevServer) -> None:
    username = f"zoë-{secrets.token_hex(4)}"
    email = f"{secrets.token_hex(4)}@example.com"
    told = run_node(
        "cognito_identity.mjs",
        {
            "userPoolId": pool.pool_id,
            "clientId": pool.client_id,
            "username": username,
            "email": email,
            "passwords": {"first": PASSWORD, "second": "Second-Horse-8", "third": "Third-Horse-9"},
        },
    )

    sign_up = told["signUp"]
    assert sign_up["isConfirmedAtOnce"] is False
    assert sign_up["delivery"] == {
        "AttributeName": "email",
        "DeliveryMedium": "EMAIL",
        "Destination": f"{email[0]}***@e***",
    }
    assert sign_up["early"]["code"] == "UserNotConfirmedException"
    assert sign_up["wrong"]["code"] == "CodeMismatchException"
    assert sign_up["confirmed"] == "SUCCESS"

    session = told["session"]
    assert session["wrong"]["code"] == "NotAuthorizedException"
    assert session["wrong"]["message"] == "Incorrect username or password."
    assert session["isValid"] is True
    assert session["idClaims"]["sub"] == sign_up["sub"]
    assert session["idClaims"]["cognito:username"] == username
    assert session["idClaims"]["iss"] == f"{server.facts.endpoint}/{pool.pool_id}"
    assert session["accessClaims"]["client_id"] == pool.client_id
    assert session["attributes"] == {"sub": sign_up["sub"], "email": email, "email_verified": "true"}
    assert session["isRefreshedTokenNew"] is True
    assert session["refreshedIdClaims"]["auth_time"] == session["idClaims"]["auth_time"]
    assert session["refreshedIdClaims"]["origin_jti"] == session["idClaims"]["origin_jti"]
    assert session["changed"] == "SUCCESS"

    recovery = told["recovery"]
    assert recovery["delivery"]["DeliveryMedium"] == "EMAIL"
    assert recovery["reset"] == "SUCCESS"
    assert recovery["old"]["code"] == "NotAuthorizedException"

    everywhere = told["signOutEverywhere"]
    assert everywhere["signedOut"] == "SUCCESS"
    assert everywhere["read"]["code"] == "NotAuthorizedException"
    assert everywhere["read"]["message"] == "Access Token has been revoked"
    assert everywhere["refresh"]["code"] == "NotAuthorizedException"
    assert everywhere["refresh"]["message"] == "Refresh Token has been revoked"
    assert told["signOutHere"]["refresh"]["message"] == "Refresh Token has been revoked"

    assert told["deleteSelf"]["deleted"] == "SUCCESS"
    assert told["deleteSelf"]["gone"]["code"] == "NotAuthorizedException"


def test_a_new_password_is_required(run_node: RunNode, pool: Pool, make_user: Callable[..., str]) -> None:
    username = make_user(is_confirmed=False)
    given = {"userPoolId": pool.pool_id, "clientId": pool.client_id, "username": username, "password": PASSWORD}
    told = run_node("cognito_identity_new_password.mjs", {**given, "newPassword": "Another-Horse-8"})
    assert told["asked"]["userAttributes"]["email"] == f"{username}@example.com"
    assert told["claims"]["cognito:username"] == username
