"""Whole journeys, after which no secret is to be found where it does not belong: logs, audit trail, anywhere in the database."""

import base64
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import structlog
from sqlalchemy import select

from app.db.types import Base
from app.flows.send_code import FORGOT_PASSWORD, SIGN_UP
from app.flows.work import Resources
from tests.conftest import ROOT_KEY
from tests.factories import Factory
from tests.hostile.conftest import Sender
from tests.hostile.realms import Maker, Realm
from tests.oauth.relying_party import OAuth, Verifier
from tests.outbox import posted
from tests.pages.browsing import App, Visitor

# The programs that this test talks to the server with, in the same process.
_CLIENTS = ("httpx", "httpcore", "botocore", "boto3", "urllib3", "pycognito")


class Journal:
    """Every secret that came up, and every line that was logged."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.lines: list[str] = []

    def note(self, **secrets: str | None) -> None:
        self.secrets |= {name: text for name, text in secrets.items() if text}

    def found_in(self, text: str) -> list[str]:
        return [name for name, secret in self.secrets.items() if any(form in text for form in _forms(secret))]


def _forms(secret: str) -> set[str]:
    data = secret.encode()
    return {secret, quote(secret, safe=""), base64.b64encode(data).decode(), data.hex(), json.dumps(secret)[1:-1]}


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """Catches what structlog and the standard library log at every level, with every member and traceback."""
    kept = Journal()

    class _Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not record.name.startswith(_CLIENTS):
                kept.lines.append(self.format(record))

    def keep(_logger: object, _method: str, event: Any) -> Any:
        kept.lines.append(repr(dict(event)))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, keep],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=False,
    )
    root, handler = logging.getLogger(), _Handler(logging.DEBUG)
    ours = [root, *(logging.getLogger(name) for name in ("authlib", "sqlalchemy.engine", "sqlalchemy.pool", "asyncio"))]
    levels = [logger.level for logger in ours]
    root.addHandler(handler)
    for logger in ours:
        logger.setLevel(logging.INFO)
    yield kept
    for logger, level in zip(ours, levels, strict=True):
        logger.setLevel(level)
    root.removeHandler(handler)
    structlog.configure(**before)


def _code(resources: Resources, pool_id: str, destination: str, purpose: str) -> str:
    """The code of the one message of its purpose that went there."""
    messages = posted(resources, pool_id)
    (code,) = {message.code for message in messages if (message.destination, message.purpose) == (destination, purpose)}
    return code


def _api_journey(journal: Journal, send: Sender, makers: Maker, realm: Realm) -> None:
    """Sign-up, confirmation, sign-in in three ways, refresh, forgotten and changed password, with mistakes in between."""
    tag = uuid4().hex
    first, second, third = (f"{word}-Horse-{tag}" for word in ("First", "Second", "Third"))
    client, email = {"ClientId": realm.app.client_id}, f"jane-{tag}@example.com"
    named = {**client, "Username": f"jane-{tag}"}
    journal.note(first=first, second=second, third=third, root=ROOT_KEY[1], wrong=f"Wrong-{tag}")

    def call(name: str, members: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(send(name, members, key=None).body or b"{}")
        return answer

    def done(name: str, members: dict[str, Any]) -> None:
        assert "__type" not in (answer := call(name, members)), answer

    def sign_in(password: str) -> dict[str, Any]:
        parameters = {"USERNAME": f"jane-{tag}", "PASSWORD": password}
        return call("InitiateAuth", {**client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters})

    done("SignUp", {**named, "Password": first, "UserAttributes": [{"Name": "email", "Value": email}]})
    journal.note(confirmation=(code := _code(makers.resources, realm.pool_id, email, SIGN_UP.kind)))
    call("ConfirmSignUp", {**named, "ConfirmationCode": "000000"})
    done("ConfirmSignUp", {**named, "ConfirmationCode": code, "ClientMetadata": {"k": f"Wrong-{tag}"}})
    sign_in(f"Wrong-{tag}")
    tokens = sign_in(first)["AuthenticationResult"]
    journal.note(access=tokens["AccessToken"], identity=tokens["IdToken"], refresh=tokens["RefreshToken"])
    call("GetTokensFromRefreshToken", {**client, "RefreshToken": tokens["RefreshToken"]})
    call("GetUser", {"AccessToken": tokens["AccessToken"] + "x"})
    change = {"AccessToken": tokens["AccessToken"], "PreviousPassword": first, "ProposedPassword": second}
    call("ChangePassword", {**change, "PreviousPassword": f"Wrong-{tag}"})
    done("ChangePassword", change)
    call("ForgotPassword", named)
    journal.note(forgotten=(code := _code(makers.resources, realm.pool_id, email, FORGOT_PASSWORD.kind)))
    call("ConfirmForgotPassword", {**named, "ConfirmationCode": code, "Password": "short"})
    done("ConfirmForgotPassword", {**named, "ConfirmationCode": code, "Password": third})
    assert sign_in(third)["AuthenticationResult"]
    journal.note(session=(session := makers.invited_session(realm)))
    answers = {"USERNAME": realm.invited, "NEW_PASSWORD": f"Invited-Horse-{tag}"}
    journal.note(chosen=answers["NEW_PASSWORD"])
    respond = {**client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "ChallengeResponses": answers}
    call("RespondToAuthChallenge", {**respond, "Session": session[:-8]})
    assert call("RespondToAuthChallenge", {**respond, "Session": session})["AuthenticationResult"]
    proof = makers.proof(realm)
    journal.note(claim=proof["PASSWORD_CLAIM_SIGNATURE"], block=proof["PASSWORD_CLAIM_SECRET_BLOCK"])
    srp = {**client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": proof}
    assert call("RespondToAuthChallenge", srp)["AuthenticationResult"]


def _operators_journey(journal: Journal, send: Sender, realm: Realm) -> None:
    tag = uuid4().hex
    user = {"UserPoolId": realm.pool_id, "Username": f"made-{tag}"}
    journal.note(temporary=f"Temporary-{tag}-A1", set=f"Set-{tag}-A1", own=f"own_secret_{tag}")
    send("AdminCreateUser", {**user, "TemporaryPassword": f"Temporary-{tag}-A1", "MessageAction": "SUPPRESS"})
    send("AdminSetUserPassword", {**user, "Password": f"Set-{tag}-A1", "Permanent": True})
    made = send("CreateUserPoolClient", {"UserPoolId": realm.pool_id, "ClientName": "x", "GenerateSecret": True})
    journal.note(generated=json.loads(made.body)["UserPoolClient"]["ClientSecret"])
    own = {"UserPoolId": realm.pool_id, "ClientId": json.loads(made.body)["UserPoolClient"]["ClientId"]}
    assert send("AddUserPoolClientSecret", {**own, "ClientSecret": f"own_secret_{tag}"}).status == 200
    policy = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    key = json.loads(send("CreateAccessKey", {"UserName": "x", "PolicyDocument": policy}).body)["AccessKey"]
    journal.note(access_key=key["SecretAccessKey"])


def _browsers_journey(journal: Journal, http: httpx.Client, makers: Maker, realm: Realm) -> None:
    """The code flow with its secrets in queries and headers, and a sign-in on the pages."""
    oauth = OAuth(http, makers.make, makers.resources, realm.pool_id)
    pkce = Verifier()
    code = oauth.code(realm.web, realm.user, pkce)
    journal.note(client_secret=realm.web.secret, code=code, verifier=pkce.verifier)
    assert oauth.redeem(realm.web, code, Verifier()).status_code == 400
    tokens = oauth.redeem(realm.web, code, pkce).json()
    journal.note(oauth_access=tokens["access_token"], oauth_refresh=tokens["refresh_token"])
    oauth.userinfo(tokens["access_token"])
    http.get(f"/{realm.pool_id}/oauth2/userInfo?access_token={tokens['access_token']}")
    oauth.refresh(realm.web, tokens["refresh_token"])
    oauth.redeem(realm.web, code, pkce)
    http.cookies.clear()
    visitor, app = Visitor(http), App(realm.pool_id, realm.app.client_id, "https://app.example/callback?tenant=7")
    visitor.open(app.url(scope="openid", redirect_uri=app.redirect_uri))
    journal.note(handle=visitor.hidden()["request"], csrf=visitor.hidden()["_csrf"])
    visitor.submit({"username": realm.user.username, "password": "Wrong-Horse-On-A-Page-9"})
    visitor.submit({"username": realm.user.username, "password": realm.user.password})
    journal.note(page_password="Wrong-Horse-On-A-Page-9", password=realm.user.password)
    journal.note(**{f"cookie {cookie.name}": cookie.value for cookie in http.cookies.jar})
    journal.note(page_code=visitor.code())


def _stored(resources: Resources) -> str:
    """Every value of every row as text, blobs as they are and in hex."""
    found = []
    with resources.database.read() as db:
        for table in Base.metadata.sorted_tables:
            for row in db.execute(select(table)):
                for value in row:
                    found.append(value.decode("latin-1") if isinstance(value, bytes) else repr(value))
                    if isinstance(value, bytes):
                        found.append(value.hex())
    return "\n".join(found)


def test_no_secret_is_logged_or_stored(
    journal: Journal,
    send: Sender,
    http: httpx.Client,
    makers: Maker,
    theirs: Realm,
    resources: Resources,
    make: Factory,
) -> None:
    _api_journey(journal, send, makers, theirs)
    _operators_journey(journal, send, theirs)
    _browsers_journey(journal, http, makers, theirs)
    resources.usage.flush()

    assert len(journal.secrets) >= 25
    assert journal.lines
    # Six digits may be part of any number; they are looked for in lines that name a code.
    short = {name for name, secret in journal.secrets.items() if len(secret) < 8}
    logged = journal.found_in("\n".join(journal.lines))
    assert set(logged) <= short
    assert not any(f"'{journal.secrets[name]}'" in line for name in short for line in journal.lines)
    stored = _stored(resources)
    assert set(journal.found_in(stored)) <= short
    assert not any(f"'{journal.secrets[name]}'" in stored for name in short)


def test_queries_are_not_logged(journal: Journal, http: httpx.Client, ours: Realm) -> None:
    marker = uuid4().hex
    for path in ("/oauth2/authorize", "/login", "/logout", "/nothing", "/oauth2/userInfo", "/confirmUser"):
        http.get(f"/{ours.pool_id}{path}?client_id={marker}&code={marker}&state={marker}&username={marker}")
        http.post(f"/{ours.pool_id}{path}?code={marker}", data={"password": marker, "code": marker, "token": marker})
    assert journal.lines
    assert marker not in "\n".join(journal.lines)
