"""Signing up, looking users up, and signing in with a second factor: what grows with the users of a pool if it may."""

import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

import pyotp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from sqlalchemy import select

from app.core import mfa, software_tokens, users
from app.core.messages import open_message
from app.db.tables.outbox import OutboxMessage
from app.flows.work import Resources
from bench.load import request_bytes, run
from bench.probe import Probe
from bench.scenarios import GROUP, PASSWORD, RELYING_PARTY, Scenario, Subject, aws_request
from bench.server import ROOT_KEY
from tests.authenticator import Authenticator

_STEP_SECONDS = 30


def user_scenarios(subject: Subject, resources: Resources) -> list[Scenario]:
    """All of them, cheapest first; `resources` prepare what the API would be slow to make."""
    return [
        Scenario("AdminGetUser", 1_000, _admin_get_user(subject)),
        Scenario("ListUsers by e-mail", 1_000, _list_by_email(subject)),
        Scenario("ListUsers, page of 60", 300, _list_page(subject)),
        *_first_pages(subject),
        Scenario("AdminCreateUser in bulk", 200, _admin_create_user(subject)),
        Scenario("SignUp", 200, _sign_up(subject)),
        Scenario("ConfirmSignUp", 200, _confirm_sign_up(subject, resources)),
        Scenario("TOTP sign-in", 100, _totp(subject, resources), each=2),
        Scenario("passkey sign-in", 300, _passkey(subject), each=2),
    ]


def signed_request(operation: str, members: dict[str, Any]) -> bytes:
    """A request as an operator's SDK signs it."""
    headers = {
        "Host": "127.0.0.1",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
    }
    request = AWSRequest("POST", "http://127.0.0.1/", headers, json.dumps(members).encode())
    SigV4Auth(Credentials(*ROOT_KEY), "cognito-idp", "us-east-1").add_auth(request)
    return request_bytes("POST", "/", dict(request.headers.items()), request.data)


def _sending(make: Callable[[int], bytes], connections: int = 4) -> Callable[[Probe, int], None]:
    def measure(probe: Probe, count: int) -> None:
        probe.send([make(number) for number in range(count)], connections=connections)

    return measure


def _name(subject: Subject, number: int) -> str:
    return subject.usernames[number % len(subject.usernames)]


def _admin_get_user(subject: Subject) -> Callable[[Probe, int], None]:
    return _sending(
        lambda number: signed_request(
            "AdminGetUser", {"UserPoolId": subject.pool_id, "Username": _name(subject, number)}
        )
    )


def _list_by_email(subject: Subject) -> Callable[[Probe, int], None]:
    def make(number: int) -> bytes:
        members = {"UserPoolId": subject.pool_id, "Filter": f'email = "{_name(subject, number)}@example.com"'}
        return signed_request("ListUsers", members)

    return _sending(make)


def _list_page(subject: Subject) -> Callable[[Probe, int], None]:
    return _sending(lambda _: signed_request("ListUsers", {"UserPoolId": subject.pool_id, "Limit": 60}))


def _first_pages(subject: Subject) -> list[Scenario]:
    """The first page of every other list that a pool with many users, or a server with many pools, may make long."""
    pool, user = {"UserPoolId": subject.pool_id}, {"UserPoolId": subject.pool_id, "Username": subject.usernames[0]}
    lists: dict[str, dict[str, Any]] = {
        "ListUsersInGroup": {**pool, "GroupName": GROUP, "Limit": 60},
        "ListGroups": {**pool, "Limit": 60},
        "ListUserPoolClients": {**pool, "MaxResults": 60},
        "ListResourceServers": {**pool, "MaxResults": 50},
        "ListIdentityProviders": {**pool, "MaxResults": 60},
        "ListUserImportJobs": {**pool, "MaxResults": 60},
        "ListUserPools": {"MaxResults": 60},
        "AdminListGroupsForUser": {**user, "Limit": 60},
        "AdminListUserAuthEvents": {**user, "MaxResults": 60},
    }
    return [
        Scenario(f"{operation}, first page", 100, _sending(partial(_signed, operation, members)))
        for operation, members in lists.items()
    ]


def _signed(operation: str, members: dict[str, Any], _: int) -> bytes:
    return signed_request(operation, members)


def _admin_create_user(subject: Subject) -> Callable[[Probe, int], None]:
    def make(number: int) -> bytes:
        name = f"made-{uuid4().hex}-{number}"
        attributes = [{"Name": "email", "Value": f"{name}@example.com"}, {"Name": "email_verified", "Value": "true"}]
        members = {
            "UserPoolId": subject.pool_id,
            "Username": name,
            "MessageAction": "SUPPRESS",
            "UserAttributes": attributes,
        }
        return signed_request("AdminCreateUser", members)

    return _sending(make)


def _sign_up_request(subject: Subject, name: str) -> bytes:
    return aws_request(
        "SignUp",
        {
            "ClientId": subject.client_id,
            "Username": name,
            "Password": PASSWORD,
            "UserAttributes": [{"Name": "email", "Value": f"{name}@example.com"}],
        },
    )


def _sign_up(subject: Subject) -> Callable[[Probe, int], None]:
    return _sending(lambda number: _sign_up_request(subject, f"new-{uuid4().hex}-{number}"))


def _confirm_sign_up(subject: Subject, resources: Resources) -> Callable[[Probe, int], None]:
    def measure(probe: Probe, count: int) -> None:
        names = [f"confirmed-{uuid4().hex}-{number}" for number in range(count)]
        run(probe.server.port, [_sign_up_request(subject, name) for name in names], connections=4)
        codes = _codes(resources, subject.pool_id)
        named = ({"ClientId": subject.client_id, "Username": name, "ConfirmationCode": codes[name]} for name in names)
        probe.send([aws_request("ConfirmSignUp", members) for members in named], connections=4)

    return measure


def _codes(resources: Resources, pool_id: str) -> dict[str, str]:
    """The code of each message that waits to be sent, by the name of its user."""
    with resources.database.read() as db:
        statement = select(OutboxMessage.message_id, OutboxMessage.sealed).where(OutboxMessage.pool_id == pool_id)
        rows = db.execute(statement).all()
    opened = [open_message(resources.keyring, pool_id, row.message_id, row.sealed) for row in rows if row.sealed]
    return {message.username: message.code for message in opened}


def _totp(subject: Subject, resources: Resources) -> Callable[[Probe, int], None]:
    """Password and a code of an authenticator app. Of one user's codes none works twice, so each user signs in once."""

    def measure(probe: Probe, count: int) -> None:
        names = subject.second_factor_usernames[:count]
        seeds = _enrol(resources, subject.pool_id, names)
        replies = probe.send([_password_request(subject, name) for name in names], connections=4)
        sessions = [json.loads(reply)["Session"] for reply in replies]
        answers = zip(names, sessions, strict=True)
        probe.send([_totp_answer(subject, name, session, seeds[name]) for name, session in answers], connections=4)

    return measure


def _enrol(resources: Resources, pool_id: str, names: Sequence[str]) -> dict[str, str]:
    seeds = {name: software_tokens.new_seed() for name in names}
    now = resources.clock()
    pool = resources.snapshots.pool(pool_id).pool
    for name, seed in seeds.items():
        with resources.database.write() as db:
            user = users.lock_user(db, pool_id, users.get_user(db, pool, name).sub)
            software_tokens.add_verified(
                db, resources.keyring, pool_id, user.sub, seed, name="", step=0, keeps=False, now=now
            )
            settings = {**mfa.with_factor(user.mfa, mfa.SOFTWARE_TOKEN_MFA), "SoftwareToken": True}
            users.set_mfa(db, pool_id, user.sub, settings, now)
    return seeds


def _password_request(subject: Subject, name: str) -> bytes:
    parameters = {"USERNAME": name, "PASSWORD": PASSWORD}
    return aws_request(
        "InitiateAuth", {"ClientId": subject.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
    )


def _totp_answer(subject: Subject, name: str, session: str, seed: str) -> bytes:
    code = pyotp.TOTP(seed, interval=_STEP_SECONDS).at(int(time.time()))
    return aws_request(
        "RespondToAuthChallenge",
        {
            "ClientId": subject.client_id,
            "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": session,
            "ChallengeResponses": {"USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": code},
        },
    )


def _passkey(subject: Subject) -> Callable[[Probe, int], None]:
    """One user's passkey, whose counter rises: the challenges are asked at once, then answered one after the other."""
    authenticator = Authenticator(origin=f"https://{RELYING_PARTY}")
    name = subject.usernames[0]

    def measure(probe: Probe, count: int) -> None:
        _register(probe, subject, name, authenticator)
        replies = probe.send([_passkey_request(subject, name)] * count, connections=4)
        answers = [_passkey_answer(subject, name, authenticator, json.loads(reply)) for reply in replies]
        probe.send(answers, connections=1)

    return measure


def _register(probe: Probe, subject: Subject, name: str, authenticator: Authenticator) -> None:
    def call(operation: str, members: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(run(probe.server.port, [aws_request(operation, members)])[1][0] or b"{}")
        return answer

    tokens = json.loads(run(probe.server.port, [_password_request(subject, name)])[1][0])["AuthenticationResult"]
    token = {"AccessToken": tokens["AccessToken"]}
    options = call("StartWebAuthnRegistration", token)["CredentialCreationOptions"]
    call("CompleteWebAuthnRegistration", {**token, "Credential": authenticator.create(options)})


def _passkey_request(subject: Subject, name: str) -> bytes:
    parameters = {"USERNAME": name, "PREFERRED_CHALLENGE": "WEB_AUTHN"}
    return aws_request(
        "InitiateAuth", {"ClientId": subject.client_id, "AuthFlow": "USER_AUTH", "AuthParameters": parameters}
    )


def _passkey_answer(subject: Subject, name: str, authenticator: Authenticator, asked: dict[str, Any]) -> bytes:
    options = json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    credential = json.dumps(authenticator.get(options))
    return aws_request(
        "RespondToAuthChallenge",
        {
            "ClientId": subject.client_id,
            "ChallengeName": "WEB_AUTHN",
            "Session": asked["Session"],
            "ChallengeResponses": {"USERNAME": name, "CREDENTIAL": credential},
        },
    )
