"""No statement of sign-in, tokens, user info, codes, sessions or ListUsers grows with the users of a pool.

20,000 users are there, each with a password, e-mail alias, token family, refresh token, browser session and code. What the
doors then send to the database is explained as it comes: an index is used, and the rows read stay a handful.
"""

import re
import secrets
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pycognito.aws_srp import AWSSRP
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    Table,
    Text,
    case,
    cast,
    insert,
    literal,
    select,
    text,
)

from app.db.tables.attempts import Attempt
from app.db.tables.codes import Code
from app.db.tables.credentials import Password
from app.db.tables.groups import Membership
from app.db.tables.sessions import SpentSession, SsoSession
from app.db.tables.tokens import AuthorizationCode, RefreshToken, TokenFamily
from app.db.tables.users import Identifier, SearchableAttribute, User
from app.db.types import Base, Json, Key
from app.flows.work import Resources
from app.jobs.expire_rows import expire_rows
from app.kit.clock import DAY
from app.kit.ids import new_session_id
from tests.db.plans import Watch, is_narrow, watched
from tests.factories import PASSWORD, Factory, MadeUser
from tests.oauth.relying_party import OAuth, Party, Verifier

pytestmark = pytest.mark.slow

USERS = 20_000
# The most rows that one step of a plan may read: a page of a list, the row that tells whether there is another, and a few that
# PostgreSQL drops where it filters by what nearly all users have.
MOST_ROWS = 80
BIG = {
    table.__tablename__
    for table in (
        *(User, Identifier, SearchableAttribute, Password, Membership, TokenFamily, RefreshToken, AuthorizationCode),
        *(SsoSession, SpentSession, Code, Attempt),
    )
}


@pytest.fixture(scope="module")
def made() -> list[str]:
    """The pool, once a test has needed it."""
    return []


@pytest.fixture
def crowd(made: list[str], resources: Resources, operator: Any, make: Factory) -> str:
    """The id of a pool with many users, all in one group."""
    if not made:
        made.append(_make_crowd(resources, operator, make))
    return made[0]


def _make_crowd(resources: Resources, operator: Any, make: Factory) -> str:
    pool_id = make.pool(AliasAttributes=["email"], AutoVerifiedAttributes=["email"])
    operator.create_group(UserPoolId=pool_id, GroupName="everybody")
    with resources.database.write() as db:
        group_id = db.execute(text("SELECT group_id FROM groups WHERE pool_id = :p"), {"p": pool_id}).scalar_one()
        if not resources.database.is_sqlite:
            # Each row's foreign keys would be looked for in a table that was empty when that was planned: by reading all of it.
            db.execute(text("SET LOCAL session_replication_role = replica"))
        _fill(db, pool_id, group_id, resources.clock())
    # What other tests have left behind is not for the statistics.
    expire_rows(make.work())
    if not resources.database.is_sqlite:
        # What autovacuum does within a minute.
        with resources.database.connect() as db:
            db.execute(text("ANALYZE"))
    return pool_id


# What differs from user to user; the rest of the rows the database makes of it, which is many times faster than to send it.
_SEEDS = Table(
    "crowd_seeds",
    MetaData(),
    *(Column("n", BigInteger), Column("sub", Key), Column("secret", LargeBinary), Column("attributes", Json)),
    prefixes=["TEMPORARY"],
)


def _fill(db: Connection, pool_id: str, group_id: str, now: int) -> None:
    _SEEDS.create(db)
    db.execute(insert(_SEEDS), [_seed(number) for number in range(USERS)])
    seed = _SEEDS.c

    def put(table: type[Base], **values: Any) -> None:
        columns = table.__table__.c
        given = {"pool_id": pool_id, **({"sub": seed.sub} if "sub" in columns else {}), **values}
        made = [
            value if isinstance(value, ColumnElement) else literal(value, columns[name].type)
            for name, value in given.items()
        ]
        db.execute(insert(table).from_select(list(given), select(*made).select_from(_SEEDS)))

    def named(before: str, number: ColumnElement[int] = seed.n, after: str = "") -> ColumnElement[str]:
        return literal(before) + cast(number, Text) + literal(after)

    ends = {"created_at": now, "expires_at": now + 3_650 * DAY}
    put(
        User,
        username=named("crowd"),
        folded_username=named("crowd"),
        status=case((seed.n % 100 == 0, "UNCONFIRMED"), else_="CONFIRMED"),
        enabled=seed.n % 100 != 0,
        attributes=seed.attributes,
        mfa={},
        signed_out_at=0,
        created_at=now,
        updated_at=now,
    )
    email = named("crowd", after="@example.com")
    put(Identifier, folded=named("crowd"), kind="username", verified=True)
    put(Identifier, folded=email, kind="email", verified=True)
    for name in ("email", "name", "given_name"):
        put(SearchableAttribute, folded=email, name=name)
    put(SearchableAttribute, folded=named("family ", seed.n % 50), name="family_name")
    none = {"srp_identity": None, "srp_salt": None, "sealed_verifier": None, "expires_at": None}
    put(Password, hash="$none", created_at=now, **none)
    put(Membership, group_id=group_id, created_at=now)
    granted: dict[str, Any] = {
        "client_id": "c",
        "scope": "openid",
        "authentication": {},
        "family_id": named("f"),
        **ends,
    }
    put(TokenFamily, is_oauth=True, revoked_at=None, **granted)
    put(RefreshToken, token_hash=seed.secret, family_id=named("f"), created_at=now, superseded_at=None)
    code = {"redirect_uri": "x", "code_challenge": None, "nonce": None, "used_at": None}
    put(AuthorizationCode, code_hash=seed.secret, **code, **granted)
    session: dict[str, Any] = {"session_id": named("s"), "user_agent": "", "source_ip": "", "last_active_at": now}
    put(SsoSession, secret_hash=seed.secret, authentication={}, **session, **ends)
    put(SpentSession, session_id=named("s"), expires_at=now + 3_650 * DAY)
    put(Code, purpose="sign_up", code_hash=b"", attribute=None, value=None, **ends)
    counted = {"kind": "sign_in", "count": 1, "pending": 0, "window_started_at": now, "last_at": now}
    put(Attempt, subject=seed.sub, locked_until=0, **counted)
    _SEEDS.drop(db)


def _seed(number: int) -> dict[str, Any]:
    attributes = {"email": f"crowd{number}@example.com", "name": f"Name {number}"}
    return {"n": number, "sub": str(uuid4()), "secret": secrets.token_bytes(32), "attributes": attributes}


def check(watch: Watch, *tables: str) -> None:
    """Every big table was read through an index, a few rows of it; and the tables named were read at all."""
    assert set(tables) <= watch.tables()
    for plan in watch.plans:
        for step in plan.steps:
            if step.table in BIG:
                assert not step.is_scan, plan
                assert is_narrow(step) if step.rows is None else step.rows <= MOST_ROWS, plan


@pytest.fixture
def member(make: Factory, crowd: str) -> MadeUser:
    """One more user, who can sign in, by e-mail too."""
    tag = uuid4().hex[:8]
    return make.user(crowd, f"member-{tag}", email=f"{tag}@example.com", email_verified="true")


def test_plans_are_seen_and_judged(crowd: str, resources: Resources) -> None:
    """The proof of the proof: a statement that reads everything is found."""
    with watched() as watch, resources.database.read() as db:
        statement = text("SELECT count(*) FROM users WHERE pool_id = :p AND username = 'crowd7'")
        assert db.execute(statement, {"p": crowd}).scalar_one() == 1
    with pytest.raises(AssertionError):
        check(watch, "users")


@pytest.mark.parametrize("by", ["username", "email"])
def test_sign_in_with_password(crowd: str, make: Factory, public: Any, member: MadeUser, by: str) -> None:
    client_id = make.client(crowd)["ClientId"]
    tag = member.username.removeprefix("member-")
    name = member.username if by == "username" else f"{tag}@example.com"
    parameters = {"USERNAME": name, "PASSWORD": PASSWORD}
    with watched() as watch:
        public.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    check(watch, "users", "identifiers", "passwords", "attempts")


def test_refused_sign_in(crowd: str, make: Factory, public: Any, member: MadeUser) -> None:
    client_id = make.client(crowd, PreventUserExistenceErrors="ENABLED")["ClientId"]
    with watched() as watch:
        for name in (member.username, "nobody"):
            parameters = {"USERNAME": name, "PASSWORD": "Wrong-Horse-7"}
            with pytest.raises(public.exceptions.NotAuthorizedException):
                public.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    check(watch, "users", "identifiers", "attempts")


def test_sign_in_with_srp(crowd: str, make: Factory, public: Any, member: MadeUser) -> None:
    client_id = make.client(crowd)["ClientId"]
    srp = AWSSRP(member.username, PASSWORD, crowd, client_id, client=public)
    with watched() as watch:
        begun = public.initiate_auth(ClientId=client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=srp.get_auth_params())
        responses = srp.process_challenge(begun["ChallengeParameters"], srp.get_auth_params())
        public.respond_to_auth_challenge(
            ClientId=client_id, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=responses
        )
    check(watch, "users", "identifiers", "passwords", "attempts")


def test_tokens_of_the_api(crowd: str, make: Factory, public: Any, member: MadeUser) -> None:
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    client_id = make.client(crowd, RefreshTokenRotation=rotation, ExplicitAuthFlows=flows)["ClientId"]
    with watched() as watch:
        tokens = make.tokens(client_id, member)
        tokens = public.get_tokens_from_refresh_token(ClientId=client_id, RefreshToken=tokens["RefreshToken"])[
            "AuthenticationResult"
        ]
        public.get_user(AccessToken=tokens["AccessToken"])
        public.revoke_token(ClientId=client_id, Token=tokens["RefreshToken"])
        public.global_sign_out(AccessToken=make.tokens(client_id, member)["AccessToken"])
    check(watch, "users", "token_families", "refresh_tokens", "memberships")


@pytest.mark.parametrize("is_revocable", [True, False])
def test_tokens_of_the_oauth_door(
    crowd: str, make: Factory, resources: Resources, http: httpx.Client, member: MadeUser, is_revocable: bool
) -> None:
    door = OAuth(http, make, resources, crowd)
    party: Party = door.client(AllowedOAuthScopes=["openid", "email"], EnableTokenRevocation=is_revocable)
    pair = Verifier()
    with watched() as watch:
        door.sign_in(member)
        reply = door.authorize(party, scope="openid email", **pair.parameters)
        found = re.search(r"[?&]code=([^&]+)", reply.headers["location"])
        assert found
        form = {"client_id": party.client_id, "grant_type": "authorization_code", "code": found[1]}
        tokens = door.post("/oauth2/token", {**form, **_redirect(reply), "code_verifier": pair.verifier}).json()
        refreshed = door.post(
            "/oauth2/token",
            {"client_id": party.client_id, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
        ).json()
        bearer = {"Authorization": f"Bearer {refreshed['access_token']}"}
        assert http.get(f"/{crowd}/oauth2/userInfo", headers=bearer).status_code == 200
        revoked = {"client_id": party.client_id, "token": tokens["refresh_token"]}
        assert door.post("/oauth2/revoke", revoked).status_code == (200 if is_revocable else 400)
    check(watch, "users", "token_families", "refresh_tokens", "authorization_codes", "sso_sessions")


def _redirect(reply: httpx.Response) -> dict[str, str]:
    """The redirect URI of an answer: what stands before the answer's own parameters."""
    return {"redirect_uri": re.split(r"[?&]code=", reply.headers["location"])[0]}


def test_codes(crowd: str, make: Factory, public: Any, operator: Any, member: MadeUser) -> None:
    client_id = make.client(crowd)["ClientId"]
    name = f"new-{uuid4().hex[:8]}"
    attributes = [{"Name": "email", "Value": f"{name}@example.com"}]
    with watched() as watch:
        public.sign_up(ClientId=client_id, Username=name, Password=PASSWORD, UserAttributes=attributes)
        public.resend_confirmation_code(ClientId=client_id, Username=name)
        with pytest.raises(public.exceptions.CodeMismatchException):
            public.confirm_sign_up(ClientId=client_id, Username=name, ConfirmationCode="000000")
        public.forgot_password(ClientId=client_id, Username=member.username)
        with pytest.raises(public.exceptions.CodeMismatchException):
            public.confirm_forgot_password(
                ClientId=client_id, Username=member.username, ConfirmationCode="000000", Password="New-Horse-77"
            )
        operator.admin_delete_user(UserPoolId=crowd, Username=name)
    check(watch, "users", "identifiers", "codes")


def test_tracked_sessions(
    crowd: str, make: Factory, public: Any, operator: Any, resources: Resources, member: MadeUser
) -> None:
    """Of a user who has signed in a thousand times only the live sessions are read."""
    client_id, now = make.client(crowd)["ClientId"], resources.clock()
    operator.set_user_pool_session_configuration(
        UserPoolId=crowd, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 2}
    )
    ended = {"pool_id": crowd, "sub": member.sub, "client_id": client_id, "scope": "", "is_oauth": False}
    ended |= {"authentication": {}, "created_at": now, "expires_at": now + DAY, "revoked_at": now}
    ended |= {"last_active_at": now, "user_agent": "", "source_ip": ""}
    rows = [{**ended, "family_id": str(uuid4()), "session_id": new_session_id("tkn")} for _ in range(1_000)]
    with resources.database.write() as db:
        db.execute(insert(TokenFamily), rows)
    with watched() as watch:
        tokens = [make.tokens(client_id, member) for _ in range(4)][-1]
        sessions = public.list_user_sessions(AccessToken=tokens["AccessToken"])["Sessions"]
        other = next(session["SessionId"] for session in sessions if not session["IsCurrentSession"])
        linked = {"SessionId": other, "RevokeAssociatedSessions": "LINKED"}
        public.revoke_user_session(AccessToken=tokens["AccessToken"], **linked)
    operator.set_user_pool_session_configuration(
        UserPoolId=crowd, UserSessionTracking="DISABLED", TokenSession={"MaxPerUser": 2}
    )
    check(watch, "users", "token_families", "sso_sessions")


FILTERS = [
    None,
    'sub ^= ""',
    'username = "crowd77"',
    'username ^= "crowd7"',
    'email = "crowd77@example.com"',
    'email ^= "crowd7"',
    'name ^= "crowd7"',
    'given_name ^= "crowd"',
    'family_name = "family 7"',
    'family_name ^= "family"',
    'phone_number ^= "+1"',
    'preferred_username = "crowd7"',
    'status = "Enabled"',
    'status = "Disabled"',
    'cognito:user_status = "CONFIRMED"',
    'cognito:user_status ^= "UNCON"',
]


@pytest.mark.parametrize("condition", FILTERS)
def test_list_users(crowd: str, operator: Any, condition: str | None) -> None:
    given = {"UserPoolId": crowd, "Limit": 60, **({"Filter": condition} if condition else {})}
    with watched() as watch:
        page = operator.list_users(**given)
        if token := page.get("PaginationToken"):
            following = operator.list_users(**given, PaginationToken=token)
            assert following["Users"]
            assert page["Users"][-1] not in following["Users"]
    table = (
        "searchable_attributes"
        if condition and condition[:3] in {"ema", "nam", "giv", "fam", "pho", "pre"}
        else "users"
    )
    check(watch, table)
    assert not [plan for plan in watch.plans if plan.sorts and any(step.table in BIG for step in plan.steps)]


def test_lists_of_groups(crowd: str, operator: Any, member: MadeUser) -> None:
    with watched() as watch:
        page = operator.list_users_in_group(UserPoolId=crowd, GroupName="everybody", Limit=60)
        operator.list_users_in_group(UserPoolId=crowd, GroupName="everybody", Limit=60, NextToken=page["NextToken"])
        operator.admin_list_groups_for_user(UserPoolId=crowd, Username="crowd7")
        operator.admin_get_user(UserPoolId=crowd, Username=member.username)
    check(watch, "memberships", "users")


def test_a_clock_with_nothing_to_do(crowd: str, make: Factory) -> None:
    expire_rows(make.work())
    with watched() as watch:
        expire_rows(make.work())
    for plan in watch.plans:
        assert not [step for step in plan.steps if step.table in BIG and step.is_scan], plan
        assert all((step.rows or 0) <= MOST_ROWS for step in plan.steps if step.table in BIG), plan
