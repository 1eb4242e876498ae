"""The jobs: what they take away, what they keep, and that one that fails harms no other."""

import threading
import time
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, update

from app.core import keys
from app.db.tables.attempts import Attempt
from app.db.tables.codes import Code
from app.db.tables.keys import SigningKey
from app.db.tables.outbox import OutboxMessage
from app.db.tables.sessions import SpentSession, SsoSession
from app.db.tables.tokens import AuthorizationCode, RefreshToken, TokenFamily
from app.db.types import Base
from app.flows.work import Resources, Work
from app.jobs.clock import JOBS, Job, JobClock, run_job
from app.jobs.count_users import count_users
from app.jobs.expire_rows import BATCH, expire_rows
from app.jobs.refill_keys import STOCK, refill_keys
from app.jobs.rotate_keys import rotate_keys
from app.kit.clock import DAY, HOUR, MINUTE
from tests.conftest import Clock
from tests.factories import Factory
from tests.timing import within


@pytest.fixture
def work(make: Factory) -> Work:
    return make.work()


def _count(work: Work, table: Any, pool_id: str) -> int:
    with work.read() as db:
        return db.execute(select(func.count()).select_from(table).where(table.pool_id == pool_id)).scalar_one()


def _insert(work: Work, table: Any, *rows: dict[str, Any]) -> None:
    with work.write() as db:
        db.execute(insert(table), list(rows))


def test_expired_rows_go_and_live_ones_stay(work: Work, make: Factory) -> None:
    pool_id = make.pool()
    sub = make.user(pool_id).sub
    of_user = {"pool_id": pool_id, "sub": sub, "client_id": "c", "scope": "openid", "authentication": {}}
    family = {**of_user, "is_oauth": True, "created_at": 0, "revoked_at": None}
    code = {**of_user, "redirect_uri": "x", "code_challenge": None, "nonce": None, "created_at": 0, "used_at": None}
    sso = {"authentication": {}, "user_agent": "", "source_ip": "", "created_at": 0, "last_active_at": 0}
    ends = {"old": work.now - 26 * HOUR, "live": work.now + HOUR}
    for name, expires_at in ends.items():
        _insert(work, TokenFamily, {**family, "family_id": name, "expires_at": expires_at})
        token = {"pool_id": pool_id, "token_hash": name.encode(), "family_id": name, "created_at": 0}
        _insert(work, RefreshToken, {**token, "superseded_at": None})
        row = {**code, "code_hash": name.encode(), "family_id": name, "expires_at": expires_at}
        _insert(work, AuthorizationCode, row)
        _insert(work, SpentSession, {"pool_id": pool_id, "session_id": name, "expires_at": expires_at})
        secret = {"secret_hash": name.encode(), "expires_at": expires_at}
        _insert(work, SsoSession, {"pool_id": pool_id, "sub": sub, "session_id": name, **sso, **secret})
    expire_rows(work)
    expiring = (TokenFamily, RefreshToken, AuthorizationCode, SpentSession, SsoSession)
    assert {_count(work, table, pool_id) for table in expiring} == {1}


def test_an_access_token_outlives_the_family_that_gave_it(
    make: Factory, operator: Any, public: Any, clock: Clock
) -> None:
    pool_id = make.pool()
    units = {"AccessToken": "days", "IdToken": "days", "RefreshToken": "days"}
    lives = {"AccessTokenValidity": 1, "IdTokenValidity": 1, "RefreshTokenValidity": 2}
    client_id = make.client(pool_id, TokenValidityUnits=units, **lives)["ClientId"]
    tokens = make.tokens(client_id, make.user(pool_id))
    clock.advance(hours=47)
    refreshed = public.initiate_auth(
        ClientId=client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )["AuthenticationResult"]
    clock.advance(hours=23)
    expire_rows(make.work())
    assert public.get_user(AccessToken=refreshed["AccessToken"])["Username"]


def test_what_has_not_expired_stays(make: Factory, operator: Any, public: Any, resources: Resources) -> None:
    """A pool with something in every table, before and after."""
    pool_id = make.pool(AutoVerifiedAttributes=["email"])
    client_id = make.client(pool_id, GenerateSecret=False)["ClientId"]
    make.client(pool_id, GenerateSecret=True)
    user = make.user(pool_id, email="a@example.com", email_verified="true")
    make.tokens(client_id, user)
    operator.create_group(UserPoolId=pool_id, GroupName="g")
    operator.admin_add_user_to_group(UserPoolId=pool_id, GroupName="g", Username=user.username)
    operator.create_resource_server(UserPoolId=pool_id, Identifier="r", Name="R")
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=f"expire-{uuid4().hex[:8]}")
    public.forgot_password(ClientId=client_id, Username=user.username)
    expire_rows(make.work())  # whatever other tests left
    before = _all_rows(resources, pool_id)
    expire_rows(make.work())
    assert _all_rows(resources, pool_id) == before
    assert {
        "users",
        "passwords",
        "codes",
        "token_families",
        "refresh_tokens",
        "outbox",
        "audit_events",
    } <= before.keys()


def _all_rows(resources: Resources, pool_id: str) -> dict[str, int]:
    """How many rows of the pool each table has that has any."""
    counts = {}
    with resources.database.read() as db:
        for name, table in Base.metadata.tables.items():
            if "pool_id" in table.c:
                of_pool = select(func.count()).select_from(table).where(table.c.pool_id == pool_id)
                counts[name] = db.execute(of_pool).scalar_one()
    return {name: count for name, count in counts.items() if count}


def test_an_expired_code_is_kept_for_a_day(work: Work, make: Factory) -> None:
    pool_id = make.pool()
    sub = make.user(pool_id).sub
    row = {"pool_id": pool_id, "sub": sub, "code_hash": b"", "attribute": None, "value": None, "created_at": 0}
    _insert(work, Code, {**row, "purpose": "a", "expires_at": work.now - DAY - 1})
    _insert(work, Code, {**row, "purpose": "b", "expires_at": work.now - HOUR})
    expire_rows(work)
    assert _count(work, Code, pool_id) == 1


def test_attempts_stay_while_they_lock(work: Work, make: Factory) -> None:
    pool_id = make.pool()
    row = {"pool_id": pool_id, "kind": "sign_in", "count": 5, "pending": 0, "window_started_at": 0}
    old = work.now - 2 * DAY
    _insert(work, Attempt, {**row, "subject": "old", "last_at": old, "locked_until": 0})
    _insert(work, Attempt, {**row, "subject": "locked", "last_at": old, "locked_until": work.now + MINUTE})
    _insert(work, Attempt, {**row, "subject": "new", "last_at": work.now, "locked_until": 0})
    expire_rows(work)
    assert _count(work, Attempt, pool_id) == 2


def test_settled_messages_go_after_a_month_and_waiting_ones_never(work: Work, make: Factory) -> None:
    pool_id = make.pool()
    old = work.now - 31 * DAY
    row = {"pool_id": pool_id, "medium": "EMAIL", "sealed": b"", "attempts": 1, "reason": None, "created_at": old}
    for state, due_at in (
        ("delivered", old),
        ("dead", old),
        ("delivered", work.now),
        ("waiting", work.now + 365 * DAY),
    ):
        _insert(
            work,
            OutboxMessage,
            {**row, "message_id": str(uuid4()), "state": state, "due_at": due_at, "finished_at": None},
        )
    expire_rows(work)
    assert _count(work, OutboxMessage, pool_id) == 2


def test_more_rows_than_a_batch(work: Work, make: Factory) -> None:
    pool_id = make.pool()
    rows = [{"pool_id": pool_id, "session_id": str(number), "expires_at": 0} for number in range(2 * BATCH + 7)]
    _insert(work, SpentSession, *rows)
    threads = [threading.Thread(target=expire_rows, args=(make.work(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _count(work, SpentSession, pool_id) == 0


def test_the_stock_of_keys_is_filled(work: Work, resources: Resources) -> None:
    with work.read() as db:
        missing = max(0, STOCK - keys.count_stock(db))
    assert refill_keys(work) == missing
    with work.read() as db:
        assert keys.count_stock(db) >= STOCK


def test_a_key_is_published_until_it_retires(work: Work, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    rotate_keys(work)  # whatever other tests left
    id_key, access_key = resources.snapshots.pool(pool_id).signing_keys
    with work.write() as db:
        for key, retire_at in ((id_key, work.now), (access_key, work.now + HOUR)):
            db.execute(
                update(SigningKey)
                .where(SigningKey.pool_id == pool_id, SigningKey.kid == key.kid)
                .values(state="retiring", retire_at=retire_at)
            )
    assert rotate_keys(work) == 1
    assert [key.kid for key in resources.snapshots.pool(pool_id).signing_keys] == [access_key.kid]
    assert rotate_keys(work) == 0


def test_users_are_counted(work: Work, make: Factory, operator: Any) -> None:
    pool_id = make.pool()
    for _ in range(3):
        make.user(pool_id)
    count_users(work)
    assert operator.describe_user_pool(UserPoolId=pool_id)["UserPool"]["EstimatedNumberOfUsers"] == 3
    assert count_users(work) == 0


def test_every_job_runs_on_an_empty_day(resources: Resources) -> None:
    failures: list[str] = []

    def checked(job: Job) -> Job:
        def run(work: Work) -> int:
            try:
                return job.run(work)
            except Exception:
                failures.append(job.name)
                raise

        return Job(job.name, job.period_seconds, run)

    for job in JOBS:
        run_job(resources, checked(job))
        run_job(resources, checked(job))
    assert failures == []


def test_a_job_that_fails_does_not_stop_the_clock(resources: Resources) -> None:
    ran = threading.Event()

    def fail(_work: Work) -> int:
        raise RuntimeError("broken")

    def run(_work: Work) -> int:
        ran.set()
        return 1

    clock = JobClock(resources, [Job("broken", 60, fail), Job("good", 60, run)])
    clock.start()
    assert ran.wait(5)
    clock.stop()


def test_the_clock_keeps_its_periods(resources: Resources) -> None:
    runs: list[str] = []

    def often(_work: Work) -> int:
        runs.append("often")
        if len(runs) > 10:
            clock.ask_to_stop()
        return 0

    def rarely(_work: Work) -> int:
        runs.append("rarely")
        return 0

    clock = JobClock(resources, [Job("often", 0.1, often), Job("rarely", 60, rarely)])
    started = time.monotonic()
    with within(2):
        clock.run()
    assert time.monotonic() - started > 0.8
    assert (runs.count("often"), runs.count("rarely")) == (10, 1)
