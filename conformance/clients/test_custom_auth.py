"""Custom authentication by npm amazon-cognito-identity-js, with functions as people write them: a code by mail (Python), a
link in a mail (Node), a question after the password (both)."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from conformance.clients.conftest import PASSWORD, Pool, Pools
from conformance.clients.handlers import Handlers
from conformance.clients.receivers import Mailbox
from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]
TRIGGERS = {"DefineAuthChallenge": "define", "CreateAuthChallenge": "create", "VerifyAuthChallengeResponse": "verify"}


def test_a_code_by_mail(server: DevServer, pools: Pools, mail: Mailbox, run_node: RunNode) -> None:
    pool = _custom_pool(pools, Handlers(server.boto("poolhouse"), "python"), "email_code", mail.environment)
    username = pools.make_user(pool)
    told = run_node(
        "cognito_identity_email_code.mjs",
        {**_given(pool, username), "email": f"{username}@example.com", "nobody": "nobody", "mailbox": mail.url},
    )
    assert _public(told["asked"]) == {"by": "email", "triesLeft": "3"}
    assert _public(told["wrong"]["asked"]) == {"by": "email", "triesLeft": "2"}
    assert told["signedIn"]["claims"]["cognito:username"] == username
    # One code for all answers of a sign-in.
    assert told["mails"] == 1
    assert told["refused"]["code"] == told["afterwards"]["code"] == "NotAuthorizedException"

    # Nobody looks like somebody, and no mail is sent.
    assert _public(told["nobody"]["asked"]) == _public(told["asked"])
    assert told["nobody"]["refused"] == told["refused"]
    assert len(mail.mails_to(f"{username}@example.com")) == 2


def test_a_link_by_mail(server: DevServer, pools: Pools, mail: Mailbox, run_node: RunNode) -> None:
    environment = {"LINK_SECRET": secrets.token_urlsafe(32), "APP_URL": "https://app.example.org/sign-in"}
    handlers = Handlers(server.boto("poolhouse"), "node")
    pool = _custom_pool(pools, handlers, "magic_link", {**environment, **mail.environment})
    username, another = pools.make_user(pool), pools.make_user(pool)
    told = run_node(
        "cognito_identity_magic_link.mjs",
        {
            **_given(pool, username),
            "email": f"{username}@example.com",
            "another": another,
            "nobody": "nobody",
            "mailbox": mail.url,
        },
    )
    assert _public(told["asked"]) == {"ask": "STEP"}
    assert _public(told["sent"]["asked"]) == {"ask": "TOKEN"}
    assert told["link"] == "https://app.example.org/sign-in"
    assert told["here"]["claims"]["cognito:username"] == username
    assert told["there"]["claims"]["cognito:username"] == username
    for refused in ("longer", "ofAnother", "ofNobody"):
        assert told[refused]["code"] == "NotAuthorizedException", refused
    assert told["mails"] == 1
    assert mail.mails_to(f"{another}@example.com") == []


def test_a_question_after_the_password(handlers: Handlers, pools: Pools, run_node: RunNode) -> None:
    pool = _custom_pool(pools, handlers, "question", {})
    username = pools.make_user(pool, address="Zürich")
    told = run_node(
        "cognito_identity_question.mjs",
        {**_given(pool, username), "password": PASSWORD, "answer": "zürich"},
    )
    assert _public(told["asked"]) == {"question": "Where did you grow up?"}
    assert told["signedIn"]["claims"]["cognito:username"] == username
    assert told["wrongPassword"]["code"] == told["wrongAnswer"]["code"] == "NotAuthorizedException"


def _custom_pool(pools: Pools, handlers: Handlers, name: str, environment: dict[str, str]) -> Pool:
    functions = {trigger: handlers.add(f"{name}.{part}", environment) for trigger, part in TRIGGERS.items()}
    flows = {"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
    return pools.make(client=flows, LambdaConfig=functions)


def _given(pool: Pool, username: str) -> dict[str, Any]:
    return {"userPoolId": pool.pool_id, "clientId": pool.client_id, "username": username}


def _public(asked: dict[str, str]) -> dict[str, str]:
    """What the functions asked, without what Cognito adds."""
    return {name: value for name, value in asked.items() if name not in ("USERNAME", "USER_ID_FOR_SRP")}
