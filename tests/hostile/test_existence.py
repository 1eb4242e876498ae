"""With PreventUserExistenceErrors nobody learns from an answer, its headers or the work for it whether there is a user."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from pycognito.aws_srp import AWSSRP
from sqlalchemy import Engine, event

from app.flows.work import Resources
from app.kit.hashing import PasswordHasher
from tests.factories import PASSWORD, Factory
from tests.hostile.realms import ALL_FLOWS
from tests.in_process import InProcessServer, Reply

NEW = "New-Horse-Battery-7"


class _Effort:
    """Counts hashes and statements."""

    def __init__(self) -> None:
        self.hashes = 0
        self.statements = 0

    def see(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # The poll for configuration changes and the writers of events belong to no request.
        is_of_request = not threading.current_thread().name.endswith(("-poll", "-writer"))
        self.statements += is_of_request and "configuration_version" not in statement


class _Hasher(PasswordHasher):
    def __init__(self) -> None:
        super().__init__(memory_kib=8, time_cost=1, parallelism=1, slots=1)
        self.effort = _Effort()

    def verify(self, pool_id: str, password_hash: str | None, password: str) -> bool:
        self.effort.hashes += 1
        return super().verify(pool_id, password_hash, password)


class Scene:
    """A pool whose one client hides who exists, and a server of its own that counts its effort."""

    def __init__(self, make: Factory, operator: Any, resources: Resources) -> None:
        self.hasher = _Hasher()
        self.server = InProcessServer(replace(resources, hasher=self.hasher))
        pool_id = make.pool(AutoVerifiedAttributes=["email"])
        client = make.client(pool_id, PreventUserExistenceErrors="ENABLED", ExplicitAuthFlows=ALL_FLOWS)
        self.client_id: str = client["ClientId"]
        tag = uuid4().hex
        self.names = {
            kind: f"{kind}-{tag}" for kind in ("user", "disabled", "unconfirmed", "unreachable", "nobody", "stranger")
        }
        for kind in ("user", "disabled"):
            make.user(pool_id, self.names[kind], email=f"{kind}@example.com", email_verified="true")
        operator.admin_disable_user(UserPoolId=pool_id, Username=self.names["disabled"])
        make.user(pool_id, self.names["unreachable"], email="unreachable@example.com")
        email = [{"Name": "email", "Value": "unconfirmed@example.com"}]
        name = self.names["unconfirmed"]
        operator.sign_up(ClientId=self.client_id, Username=name, Password=PASSWORD, UserAttributes=email)
        resources.snapshots.poll()  # else the next one forgets the pool, in the middle of what is counted
        for _ in range(2):
            for name in self.names.values():  # whatever is loaded once is loaded now
                self.ask("InitiateAuth", name, **_password("Warming-Up-1", name))

    def ask(self, operation: str, name: str, **members: Any) -> Reply:
        headers = [
            (b"host", b"localhost"),
            (b"content-type", b"application/x-amz-json-1.1"),
            (b"x-amz-target", f"AWSCognitoIdentityProviderService.{operation}".encode()),
        ]
        named = {} if operation in ("InitiateAuth", "RespondToAuthChallenge") else {"Username": name}
        body = json.dumps({"ClientId": self.client_id, **named, **members}).encode()
        return self.server.request("POST", self.server.base_url + "/", headers, body)

    @contextmanager
    def counted(self) -> Iterator[_Effort]:
        effort = self.hasher.effort = _Effort()
        event.listen(Engine, "before_cursor_execute", effort.see)
        yield effort
        event.remove(Engine, "before_cursor_execute", effort.see)


def _password(password: str, name: str) -> dict[str, Any]:
    return {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": name, "PASSWORD": password}}


@pytest.fixture
def scene(make: Factory, operator: Any, resources: Resources) -> Iterator[Scene]:
    made = Scene(make, operator, resources)
    yield made
    made.server.close()


def _shape(reply: Reply, name: str) -> tuple[Any, ...]:
    """What of an answer may tell something: everything but request ids and the values of what is simulated."""
    body = json.loads(reply.body)
    headers = sorted(header for header, _ in reply.headers)
    told = {key: sorted(value) if isinstance(value, dict) else value for key, value in body.items() if key != "Session"}
    delivery = {name: body.get("CodeDeliveryDetails", {}).get(name) for name in ("DeliveryMedium", "AttributeName")}
    return reply.status, headers, json.dumps(told).replace(name, "NAME"), delivery


CALLS: dict[str, tuple[str, Any, tuple[str, ...]]] = {
    "wrong password": (
        "InitiateAuth",
        lambda name: _password("Wrong-Horse-9", name),
        ("user", "disabled", "unconfirmed"),
    ),
    "SRP": (
        "InitiateAuth",
        lambda name: {"AuthFlow": "USER_SRP_AUTH", "AuthParameters": {"USERNAME": name, "SRP_A": "a" * 700}},
        ("user", "disabled", "unconfirmed"),
    ),
    "forgot password": ("ForgotPassword", lambda _: {}, ("user", "disabled", "unconfirmed", "unreachable")),
    "resend": ("ResendConfirmationCode", lambda _: {}, ("unconfirmed",)),
    "confirm": ("ConfirmSignUp", lambda _: {"ConfirmationCode": "00000"}, ("unconfirmed",)),
    "new password, disabled": (
        "ConfirmForgotPassword",
        lambda _: {"ConfirmationCode": "00000", "Password": NEW},
        ("disabled", "unconfirmed", "unreachable"),
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_answers_are_the_same(scene: Scene, call: str) -> None:
    operation, members, kinds = CALLS[call]
    nobody = scene.names["nobody"]
    expected = _shape(scene.ask(operation, nobody, **members(nobody)), nobody)
    for kind in kinds:
        name = scene.names[kind]
        assert _shape(scene.ask(operation, name, **members(name)), name) == expected, kind
    stranger = scene.names["stranger"]
    assert _shape(scene.ask(operation, stranger, **members(stranger)), stranger) == expected


@pytest.mark.parametrize("respelled", [str, str.upper, str.lower, str.swapcase])
def test_spelling_tells_nothing(make: Factory, public: Any, respelled: Callable[[str], str]) -> None:
    """Where case does not count, an answer never shows in which spelling a name was stored."""
    pool_id = make.pool(
        UsernameConfiguration={"CaseSensitive": False}, AliasAttributes=["email"], AutoVerifiedAttributes=["email"]
    )
    client = {"ClientId": make.client(pool_id, PreventUserExistenceErrors="ENABLED")["ClientId"]}
    tag = uuid4().hex
    make.user(pool_id, f"Ada-{tag}", email=f"Jane-{tag}@Example.com", email_verified="true")
    for name in (f"Ada-{tag}", f"Bea-{tag}"):
        srp = AWSSRP(respelled(name), PASSWORD, pool_id, client["ClientId"], client=public)
        shown = public.initiate_auth(**client, AuthFlow="USER_SRP_AUTH", AuthParameters=srp.get_auth_params())
        for parameter in ("USERNAME", "USER_ID_FOR_SRP"):
            assert shown["ChallengeParameters"][parameter] == name.lower()
    for name in (f"Jane-{tag}@Example.com", f"Joan-{tag}@Example.com"):
        details = public.forgot_password(**client, Username=respelled(name))["CodeDeliveryDetails"]
        assert details == {"Destination": "j***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    srp = AWSSRP(respelled(f"Ada-{tag}"), PASSWORD, pool_id, client["ClientId"], client=public)
    assert srp.authenticate_user()["AuthenticationResult"]


def test_the_same_password_work(scene: Scene) -> None:
    found = {}
    for kind in ("user", "nobody"):
        with scene.counted() as effort:
            scene.ask("InitiateAuth", scene.names[kind], **_password("Wrong-Horse-9", scene.names[kind]))
        found[kind] = (effort.hashes, effort.statements)
    assert found["user"] == found["nobody"]
    assert found["user"][0] == 1


def test_a_new_password_after_a_code_was_asked_for(scene: Scene) -> None:
    answers, work = set(), set()
    for kind in ("user", "unreachable", "nobody"):
        name = scene.names[kind]
        scene.ask("ForgotPassword", name)
        with scene.counted() as effort:
            reply = scene.ask("ConfirmForgotPassword", name, ConfirmationCode="00000", Password=NEW)
        answers.add(str(_shape(reply, name)))
        work.add((effort.hashes, effort.statements))
    assert len(answers) == len(work) == 1


@pytest.mark.parametrize(
    ("operation", "members", "user", "nobody"),
    [
        (
            "ConfirmForgotPassword",
            {"ConfirmationCode": "00000", "Password": NEW},
            "ExpiredCodeException",
            "CodeMismatchException",
        ),
        ("ConfirmSignUp", {"ConfirmationCode": "00000"}, "NotAuthorizedException", "CodeMismatchException"),
        ("ResendConfirmationCode", {}, "InvalidParameterException", None),
    ],
)
def test_what_cognito_tells_of_a_confirmed_user_without_a_code(
    scene: Scene, operation: str, members: dict[str, str], user: str, nobody: str | None
) -> None:
    """Cognito's own answers with PreventUserExistenceErrors, which clients branch on; docs/security/threats.md says so."""
    for kind, code in (("user", user), ("nobody", nobody)):
        reply = scene.ask(operation, scene.names[kind], **members)
        assert json.loads(reply.body).get("__type") == code


def test_limits_are_the_same(scene: Scene) -> None:
    """How often one may ask does not tell either."""
    for operation, kind in (("ForgotPassword", "user"), ("ResendConfirmationCode", "unconfirmed")):
        counts = []
        for name in (scene.names[kind], scene.names["nobody"]):
            replies = [scene.ask(operation, name) for _ in range(12)]
            counts.append([reply.status for reply in replies])
        assert counts[0] == counts[1]
        assert 400 in counts[0]
