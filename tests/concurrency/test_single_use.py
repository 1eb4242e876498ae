"""A thousand requests at once at the application itself: what is good once succeeds once, guesses are counted, nobody fails.

The flows alone race in tests/flows and tests/core; here the doors, the bridge and the connection pool are in the race too.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP
from sqlalchemy import func, select

from app.db.tables.outbox import OutboxMessage
from app.db.tables.tokens import RefreshToken, TokenFamily
from app.db.tables.users import User
from app.flows.work import Resources
from app.kit.hashing import PasswordHasher
from app.main import open_resources
from tests.concurrency.burst import Burst, outcomes
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser
from tests.oauth.relying_party import CALLBACK, CODE_CLIENT, OAuth, Verifier
from tests.outbox import posted

pytestmark = pytest.mark.slow
# What the server may say to a request beyond its bound, before it has looked at it.
BUSY = {"TooManyRequestsException", "temporarily_unavailable"}
FOLDING = {"UsernameConfiguration": {"CaseSensitive": False}}
WRONG = "Wrong-Horse-9"


class CountingHasher(PasswordHasher):
    """Counts the passwords that are compared."""

    def __init__(self) -> None:
        super().__init__(memory_kib=8, time_cost=1, parallelism=1, slots=2)
        self.compared = 0

    def verify(self, pool_id: str, password_hash: str | None, password: str) -> bool:
        self.compared += 1
        return super().verify(pool_id, password_hash, password)


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
def burst(resources: Resources, hasher: CountingHasher) -> Burst:
    """Enough threads that the bridge takes all of a burst."""
    settings = resources.settings.model_copy(update={"threads": 64})
    return Burst(replace(resources, settings=settings, hasher=hasher))


@pytest.fixture
def pool_id(make: Factory) -> str:
    return make.pool(**FOLDING, AutoVerifiedAttributes=["email"])


@pytest.fixture
def client_id(make: Factory, pool_id: str) -> str:
    return str(make.client(pool_id)["ClientId"])


@pytest.fixture
def user(make: Factory, pool_id: str) -> MadeUser:
    return make.user(pool_id, email="ada@example.com", email_verified="true")


@pytest.fixture
def last_code(resources: Resources, pool_id: str) -> Callable[[], str]:
    """The code of the newest message of the pool."""
    return lambda: posted(resources, pool_id)[-1].code


def _count(resources: Resources, table: Any, pool_id: str) -> int:
    with resources.database.read() as db:
        return int(db.execute(select(func.count()).where(table.pool_id == pool_id)).scalar_one())


def test_guesses_of_a_password(burst: Burst, hasher: CountingHasher, make: Factory) -> None:
    """By username, by alias and by subject: the same user, so the same five."""
    aliased = make.pool(**FOLDING, AliasAttributes=["email", "preferred_username"])
    user = make.user(aliased, email="ada@example.com", email_verified="true", preferred_username="countess")
    names = [user.username, "ada@example.com", "countess", user.sub, user.username.upper()]
    client_id = make.client(aliased)["ClientId"]
    replies = burst.aws(
        "InitiateAuth",
        lambda number: {
            "ClientId": client_id,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": names[number % len(names)], "PASSWORD": f"{WRONG}{number}"},
        },
    )
    assert set(outcomes(replies)) <= {"NotAuthorizedException", *BUSY}
    assert hasher.compared == 5


def test_guesses_at_nobody(burst: Burst, hasher: CountingHasher, make: Factory, pool_id: str) -> None:
    client_id = make.client(pool_id, PreventUserExistenceErrors="ENABLED")["ClientId"]
    replies = burst.aws(
        "InitiateAuth",
        lambda number: {
            "ClientId": client_id,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "nobody", "PASSWORD": f"{WRONG}{number}"},
        },
    )
    assert set(outcomes(replies)) <= {"NotAuthorizedException", *BUSY}
    assert hasher.compared == 5


def test_guesses_at_change_password(
    burst: Burst, hasher: CountingHasher, make: Factory, client_id: str, user: MadeUser
) -> None:
    token = make.tokens(client_id, user)["AccessToken"]
    replies = burst.aws(
        "ChangePassword",
        lambda number: {
            "AccessToken": token,
            "PreviousPassword": f"{WRONG}{number}",
            "ProposedPassword": PASSWORD + "x",
        },
    )
    assert set(outcomes(replies)) <= {"NotAuthorizedException", "LimitExceededException", *BUSY}
    assert hasher.compared <= 5


def test_one_authorization_code(
    burst: Burst, make: Factory, resources: Resources, http: Any, pool_id: str, user: MadeUser
) -> None:
    oauth = OAuth(http, make, resources, pool_id)
    party, pkce = oauth.client(AllowedOAuthScopes=["openid"]), Verifier()
    code = oauth.code(party, user, pkce)
    before = _count(resources, TokenFamily, pool_id)
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": party.client_id,
        "code_verifier": pkce.verifier,
    }
    replies = burst.form(f"/{pool_id}/oauth2/token", lambda _: fields)
    found = outcomes(replies)
    assert found["200"] == 1
    assert set(found) <= {"200", "invalid_grant", *BUSY}
    assert _count(resources, TokenFamily, pool_id) == before + 1
    token = next(json.loads(reply.body) for reply in replies if reply.status == 200)
    assert oauth.refresh(party, token["refresh_token"]).status_code == 400
    assert oauth.userinfo(token["access_token"]).status_code == 401


@pytest.mark.parametrize("grace", [0, 10])
def test_one_rotating_refresh_token(
    burst: Burst, make: Factory, resources: Resources, pool_id: str, user: MadeUser, clock: Clock, grace: int
) -> None:
    """Within its grace everybody gets one; after it nobody does, and the family ends."""
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
    options = {**CODE_CLIENT, "AllowedOAuthScopes": ["openid"], "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}
    client_id = make.client(pool_id, **options, RefreshTokenRotation=rotation)["ClientId"]
    first = make.tokens(client_id, user)["RefreshToken"]
    before = _count(resources, RefreshToken, pool_id)
    fields = {"grant_type": "refresh_token", "refresh_token": first, "client_id": client_id}
    found = outcomes(burst.form(f"/{pool_id}/oauth2/token", lambda _: fields))
    assert set(found) <= {"200", "invalid_grant", *BUSY}
    assert _count(resources, RefreshToken, pool_id) == before + found["200"]
    if grace == 0:
        assert found["200"] == 1
        return
    assert found["invalid_grant"] == 0
    clock.advance(seconds=grace + 1)
    late = outcomes(burst.form(f"/{pool_id}/oauth2/token", lambda _: fields, 100))
    assert set(late) <= {"invalid_grant", *BUSY}
    assert _count(resources, RefreshToken, pool_id) == before + found["200"]


def test_one_confirmation_code(
    burst: Burst, public: Any, client_id: str, last_code: Callable[[], str], resources: Resources
) -> None:
    email = [{"Name": "email", "Value": "jane@example.com"}]
    public.sign_up(ClientId=client_id, Username="jane", Password=PASSWORD, UserAttributes=email)
    members = {"ClientId": client_id, "Username": "jane", "ConfirmationCode": last_code()}
    found = outcomes(burst.aws("ConfirmSignUp", lambda _: members))
    assert found["200"] == 1
    assert set(found) <= {"200", "NotAuthorizedException", "TooManyFailedAttemptsException", *BUSY}


def test_one_forgot_password_code(
    burst: Burst,
    public: Any,
    client_id: str,
    user: MadeUser,
    last_code: Callable[[], str],
) -> None:
    """Each with a password of its own: the one that succeeded is the only one that signs in."""
    public.forgot_password(ClientId=client_id, Username=user.username)
    code, names = last_code(), [user.username, user.sub]
    replies = burst.aws(
        "ConfirmForgotPassword",
        lambda number: {
            "ClientId": client_id,
            "Username": names[number % 2],
            "ConfirmationCode": code,
            "Password": f"Own-Horse-{number}",
        },
    )
    found = outcomes(replies)
    assert found["200"] == 1
    assert set(found) <= {"200", "ExpiredCodeException", "LimitExceededException", *BUSY}
    winner = next(number for number, reply in enumerate(replies) if reply.status == 200)
    signed_in = public.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user.username, "PASSWORD": f"Own-Horse-{winner}"},
    )
    assert signed_in["AuthenticationResult"]


def test_guesses_of_a_forgot_password_code(
    burst: Burst, public: Any, client_id: str, user: MadeUser, last_code: Callable[[], str], hasher: CountingHasher
) -> None:
    public.forgot_password(ClientId=client_id, Username=user.username)
    right = int(last_code())
    names = [user.username, user.sub]
    replies = burst.aws(
        "ConfirmForgotPassword",
        lambda number: {
            "ClientId": client_id,
            "Username": names[number % 2],
            "ConfirmationCode": f"{(right + 1 + number) % 1_000_000:06}",
            "Password": PASSWORD,
        },
    )
    found = outcomes(replies)
    assert set(found) <= {"CodeMismatchException", "LimitExceededException", *BUSY}
    assert found["CodeMismatchException"] <= 20


def test_one_secret_block(
    burst: Burst, public: Any, resources: Resources, pool_id: str, client_id: str, user: MadeUser
) -> None:
    srp = AWSSRP(user.username, PASSWORD, pool_id, client_id, client=object())
    begun = public.initiate_auth(ClientId=client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=srp.get_auth_params())
    answers = srp.process_challenge(begun["ChallengeParameters"], srp.get_auth_params())
    before = _count(resources, TokenFamily, pool_id)
    members = {"ClientId": client_id, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": answers}
    found = outcomes(burst.aws("RespondToAuthChallenge", lambda _: members, 300))
    assert found["200"] == 1
    assert set(found) <= {"200", "NotAuthorizedException", *BUSY}
    assert _count(resources, TokenFamily, pool_id) == before + 1


def test_one_challenge_session(
    burst: Burst, public: Any, operator: Any, resources: Resources, pool_id: str, client_id: str
) -> None:
    operator.admin_create_user(
        UserPoolId=pool_id, Username="invited", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    parameters = {"USERNAME": "invited", "PASSWORD": PASSWORD}
    begun = public.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    before = _count(resources, TokenFamily, pool_id)
    replies = burst.aws(
        "RespondToAuthChallenge",
        lambda number: {
            "ClientId": client_id,
            "ChallengeName": begun["ChallengeName"],
            "Session": begun["Session"],
            "ChallengeResponses": {"USERNAME": "invited", "NEW_PASSWORD": f"Own-Horse-{number}"},
        },
        200,
    )
    found = outcomes(replies)
    assert found["200"] == 1
    assert set(found) <= {"200", "NotAuthorizedException", *BUSY}
    assert _count(resources, TokenFamily, pool_id) == before + 1


def test_one_name(burst: Burst, resources: Resources, pool_id: str, client_id: str) -> None:
    """In whatever case and normal form it comes."""
    names = ["Zo\u00eb", "zoe\u0308", "ZOE\u0308", "zO\u00cb"]
    replies = burst.aws(
        "SignUp",
        lambda number: {"ClientId": client_id, "Username": names[number % len(names)], "Password": PASSWORD},
        200,
    )
    found = outcomes(replies)
    assert found["200"] == 1
    assert set(found) <= {"200", "UsernameExistsException", *BUSY}
    assert _count(resources, User, pool_id) == 1


def test_a_resend_is_limited(burst: Burst, public: Any, client_id: str, resources: Resources, pool_id: str) -> None:
    """Nobody's inbox is flooded, whichever of the names of an account is used."""
    email = [{"Name": "email", "Value": "jane@example.com"}]
    sub = public.sign_up(ClientId=client_id, Username="jane", Password=PASSWORD, UserAttributes=email)["UserSub"]
    names = ["jane", "JANE", sub]
    members = {"ClientId": client_id}
    replies = burst.aws("ResendConfirmationCode", lambda n: {**members, "Username": names[n % 3]}, 200)
    assert outcomes(replies)["200"] == 5
    assert _count(resources, OutboxMessage, pool_id) == 6


@contextmanager
def _fresh(resources: Resources, clock: Clock) -> Iterator[Resources]:
    """Resources of a process that has just started and knows nothing yet."""
    if resources.database.is_sqlite:
        pytest.skip("SQLite has one process")
    opened = open_resources(resources.settings.model_copy(update={"threads": 64}), clock, has_root_key=False)
    try:
        yield opened
    finally:
        opened.snapshots.stop()
        opened.database.close()


def test_a_burst_at_a_process_that_has_just_started(
    resources: Resources, clock: Clock, make: Factory, client_id: str, user: MadeUser
) -> None:
    """No request holds a connection while it waits for another one (PostgreSQL: more requests than connections)."""
    with _fresh(resources, clock) as fresh:
        parameters = {"USERNAME": user.username, "PASSWORD": user.password}
        replies = Burst(fresh).aws(
            "InitiateAuth",
            lambda _: {"ClientId": client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters},
            100,
        )
        assert set(outcomes(replies)) <= {"200", *BUSY}
