"""Configuration in memory: in force everywhere within a second, not trusted when the database cannot be asked, gone with its pool.

Two processes' worth of resources over one PostgreSQL database, whichever database the other tests run on: SQLite has one
process only.
"""

import datetime
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import botocore.auth
import httpx
import pytest
from botocore.exceptions import ClientError
from sqlalchemy import text

from app.core import pools
from app.db import migrations
from app.db.engine import Database
from app.flows import snapshots
from app.flows.snapshots import Snapshots
from app.flows.work import Resources
from app.jobs.purge_pools import purge_pools
from app.kit.errors import ResourceNotFoundException
from app.kit.ids import new_client_id
from app.kit.sealing import new_master_key
from app.kit.settings import Settings
from app.main import close_resources, open_resources
from tests.conftest import ROOT_KEY, Clock
from tests.factories import PASSWORD, Factory
from tests.in_process import InProcessServer
from tests.oauth.relying_party import CODE_CLIENT, Verifier
from tests.postgres import running_cluster

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Node:
    """One process: its resources, its doors, and an operator's client."""

    resources: Resources
    server: InProcessServer
    operator: Any
    make: Factory


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[Node, Node]]:
    clock = Clock()
    with running_cluster() as cluster, ExitStack() as stack, _signing_at(clock):
        settings = _settings(cluster.create_database("nodes"))
        database = Database(settings.database_url)
        migrations.upgrade(database)
        database.close()
        first, second = (stack.enter_context(_node(settings, clock)) for _ in range(2))
        yield first, second


def _settings(url: str) -> Settings:
    return Settings(
        mode="dev",
        base_url="http://localhost:9229",
        database_url=url,
        master_key=new_master_key(),
        root_access_key_id=ROOT_KEY[0],
        root_secret_access_key=ROOT_KEY[1],
        password_hash="test-only",
        database_pool_size=4,
    )


@contextmanager
def _node(settings: Settings, clock: Clock) -> Iterator[Node]:
    resources = open_resources(settings, clock)
    server = InProcessServer(resources)
    operator = server.boto_client("cognito-idp", ROOT_KEY)
    yield Node(resources, server, operator, Factory(operator, resources))
    server.close()
    close_resources(resources)


@contextmanager
def _signing_at(clock: Clock) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:

        def current(remove_tzinfo: bool = True) -> datetime.datetime:
            moment = datetime.datetime.fromtimestamp(clock.now / 1_000, datetime.UTC)
            return moment.replace(tzinfo=None) if remove_tzinfo else moment

        patch.setattr(botocore.auth, "get_current_datetime", current)
        yield


def _soon(condition: Callable[[], bool]) -> None:
    """Within a second, and what else a busy machine may need."""
    for _ in range(75):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("not in force after a second")


def _is_gone(call: Callable[[], object]) -> bool:
    try:
        call()
    except ResourceNotFoundException:
        return True
    return False


def test_a_change_in_the_moment_of_remembering_is_not_missed(
    nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, _ = nodes
    seen = node.resources.snapshots
    pool_id = node.make.pool()
    client_id = node.make.client(pool_id)["ClientId"]
    for cache, load, peek in (
        (seen._pools, partial(seen.pool, pool_id), partial(seen.peek_pool, pool_id)),
        (seen._clients, partial(seen.client, client_id), partial(seen.peek_client, client_id)),
    ):
        seen.forget([pool_id])
        if cache is seen._clients:
            seen.pool(pool_id)
        forgetting = threading.Thread(target=seen.forget, args=([pool_id],))
        put = cache.put

        def put_late(key: str, value: Any, put: Any = put, forgetting: threading.Thread = forgetting) -> None:
            """The change comes after the look at the generation and before the snapshot is kept."""
            forgetting.start()
            forgetting.join(0.3)
            put(key, value)

        with monkeypatch.context() as patch:
            patch.setattr(cache, "put", put_late)
            while forgetting.ident is None:  # where a poll has just begun another generation, nothing is kept
                load()
        forgetting.join()
        assert peek() is None


def test_every_kind_of_change_is_in_force_on_the_other_node(nodes: tuple[Node, Node]) -> None:
    here, there = nodes
    pool_id = here.make.pool()
    client_id = here.make.client(pool_id, GenerateSecret=True)["ClientId"]
    seen = there.resources.snapshots
    assert not seen.client(client_id).client.hides_user_existence
    before = seen.pool(pool_id)
    names = {"UserPoolId": pool_id, "ClientId": client_id}

    here.operator.update_user_pool_client(**names, PreventUserExistenceErrors="ENABLED")
    _soon(lambda: seen.client(client_id).client.hides_user_existence)
    here.operator.add_user_pool_client_secret(**names)
    _soon(lambda: len(seen.client(client_id).client.secrets) == 2)
    here.operator.update_user_pool(UserPoolId=pool_id, AutoVerifiedAttributes=["email"])
    _soon(lambda: seen.pool(pool_id).pool.auto_verified_attributes == ("email",))
    assert seen.client(client_id).pool.auto_verified_attributes == ("email",), "a client brings the pool of its moment"
    scopes = [{"ScopeName": "read", "ScopeDescription": "Read"}]
    here.operator.create_resource_server(UserPoolId=pool_id, Identifier="orders", Name="Orders", Scopes=scopes)
    _soon(lambda: seen.pool(pool_id).scopes == {"orders/read"})
    here.operator.create_user_pool_domain(UserPoolId=pool_id, Domain="seen-elsewhere")
    _soon(lambda: len(seen.pool(pool_id).domains) == 1)
    here.operator.delete_user_pool_client(**names)
    _soon(lambda: _is_gone(lambda: seen.client(client_id)))
    assert before.pool.auto_verified_attributes == (), "what a request holds does not change under it"


def test_the_node_that_changes_sees_it_at_once(nodes: tuple[Node, Node]) -> None:
    here, _ = nodes
    pool_id = here.make.pool()
    here.resources.snapshots.pool(pool_id)
    here.operator.update_user_pool(UserPoolId=pool_id, AutoVerifiedAttributes=["email"])
    assert here.resources.snapshots.pool(pool_id).pool.auto_verified_attributes == ("email",)


def test_a_revoked_access_key_is_useless_on_the_other_node(
    nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = nodes
    with here.make.work().write() as db:
        db.execute(text("UPDATE access_keys SET active = false WHERE access_key_id = :key"), {"key": ROOT_KEY[0]})
    try:
        _soon(lambda: _code_of(lambda: there.operator.list_user_pools(MaxResults=1)) == "UnrecognizedClientException")
    finally:
        with here.make.work().write() as db:
            db.execute(text("UPDATE access_keys SET active = true WHERE access_key_id = :key"), {"key": ROOT_KEY[0]})
    _soon(lambda: _code_of(lambda: there.operator.list_user_pools(MaxResults=1)) == "")


def _code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_a_read_that_a_change_overtook_is_not_kept(nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch) -> None:
    here, _ = nodes
    pool_id = here.make.pool()
    cache = Snapshots(here.resources.database, here.resources.keyring)
    cache.poll()
    read = pools.get_pool

    def overtaken(db: Any, wanted: str) -> Any:
        found = read(db, wanted)
        cache.forget([wanted])
        return found

    monkeypatch.setattr(pools, "get_pool", overtaken)
    assert cache.pool(pool_id).pool.pool_id == pool_id
    assert cache.peek_pool(pool_id) is None
    monkeypatch.setattr(pools, "get_pool", read)
    cache.pool(pool_id)
    assert cache.peek_pool(pool_id) is not None


def test_a_node_that_cannot_ask_serves_nothing_from_memory(nodes: tuple[Node, Node]) -> None:
    here, there = nodes
    pool_id = here.make.pool()
    client_id = here.make.client(pool_id)["ClientId"]
    seen = there.resources.snapshots
    seen.client(client_id)
    with there.server.http_client() as http:
        assert http.get("/readyz").status_code == 200
        with here.resources.database.engine.connect() as db:
            # The poller waits for this lock, as it would for a database that does not answer.
            db.execute(text("LOCK TABLE configuration_version IN ACCESS EXCLUSIVE MODE"))
            began = time.monotonic() - seen.seconds_since_poll()
            while seen.is_fresh:
                assert time.monotonic() - began < snapshots.STALE_SECONDS + 1
                time.sleep(0.05)
            assert time.monotonic() - began > snapshots.STALE_SECONDS - 1
            assert seen.peek_pool(pool_id) is None
            assert seen.peek_client(client_id) is None
            assert http.get("/readyz").status_code == 503
            db.rollback()
        _soon(lambda: seen.is_fresh)
        seen.pool(pool_id)
        assert seen.peek_pool(pool_id) is not None
        _soon(lambda: http.get("/readyz").status_code == 200)


def test_a_deleted_pool_is_gone_at_every_door_of_every_node(nodes: tuple[Node, Node]) -> None:
    here, there = nodes
    pool_id = here.make.pool(AliasAttributes=["email"])
    user = here.make.user(pool_id, email="gone@example.com", email_verified="true")
    options = {**CODE_CLIENT, "AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"]}
    client_id = here.make.client(pool_id, **options)["ClientId"]
    tokens = here.make.tokens(client_id, user)
    public = there.server.boto_client("cognito-idp", None)
    query = httpx.QueryParams(
        {"client_id": client_id, "response_type": "code", "redirect_uri": "myapp://callback", **Verifier().parameters}
    )
    refresh = {"client_id": client_id, "grant_type": "refresh_token", "refresh_token": tokens["RefreshToken"]}
    bearer = {"Authorization": f"Bearer {tokens['AccessToken']}"}

    with there.server.http_client() as http:

        def answers() -> dict[str, int]:
            """The status of each door; 200 or a redirect while the pool lives."""
            asked = {
                "discovery": http.get(f"/{pool_id}/.well-known/openid-configuration"),
                "jwks": http.get(f"/{pool_id}/.well-known/jwks.json"),
                "rfc8414": http.get(f"/.well-known/oauth-authorization-server/{pool_id}"),
                "login": http.get(f"/{pool_id}/login?{query}"),
                "token": http.post(f"/{pool_id}/oauth2/token", data=refresh),
                "userinfo": http.get(f"/{pool_id}/oauth2/userInfo", headers=bearer),
            }
            return {name: reply.status_code for name, reply in asked.items()}

        assert answers() | {"userinfo": 0} == {
            "discovery": 200,
            "jwks": 200,
            "rfc8414": 200,
            "login": 200,
            "token": 200,
            "userinfo": 0,
        }
        public.get_user(AccessToken=tokens["AccessToken"])
        there.operator.describe_user_pool(UserPoolId=pool_id)
        here.operator.delete_user_pool(UserPoolId=pool_id)
        _soon(lambda: answers()["jwks"] == 404)
        gone = answers()
        assert gone == dict.fromkeys(gone, 404) | {"token": gone["token"], "userinfo": gone["userinfo"]}
        assert gone["token"] in {400, 401, 404}
        assert gone["userinfo"] in {401, 404}

    calls: dict[Callable[..., object], dict[str, Any]] = {
        there.operator.describe_user_pool: {"UserPoolId": pool_id},
        there.operator.list_users: {"UserPoolId": pool_id},
        there.operator.admin_get_user: {"UserPoolId": pool_id, "Username": user.username},
        there.operator.delete_user_pool: {"UserPoolId": pool_id},
        public.sign_up: {"ClientId": client_id, "Username": "new", "Password": PASSWORD},
    }
    for call, members in calls.items():
        assert _code_of(lambda call=call, members=members: call(**members)) == "ResourceNotFoundException"  # type: ignore[misc]
    assert _code_of(lambda: public.get_user(AccessToken=tokens["AccessToken"])) == "NotAuthorizedException"
    parameters = {"USERNAME": user.username, "PASSWORD": PASSWORD}
    assert (
        _code_of(
            lambda: public.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
        )
        == "ResourceNotFoundException"
    )


def test_what_a_deleted_pool_leaves(nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch) -> None:
    """Directory rows are free at once; the purge leaves a blank tombstone, and the ids stay taken."""
    here, _ = nodes
    pool_id = here.make.pool()
    client_id = here.make.client(pool_id)["ClientId"]
    here.operator.delete_user_pool(UserPoolId=pool_id)
    with here.resources.database.read() as db:
        for table in ("client_directory", "host_directory"):
            counted = text(f"SELECT count(*) FROM {table} WHERE pool_id = :p")  # noqa: S608 - a name of ours
            assert db.execute(counted, {"p": pool_id}).scalar_one() == 0
    here.resources.clock.advance(minutes=2)  # type: ignore[attr-defined]
    assert purge_pools(here.make.work()) > 0
    with here.resources.database.read() as db:
        row = db.execute(text("SELECT name, configuration, purged_at FROM pools WHERE pool_id = :p"), {"p": pool_id})
        name, configuration, purged_at = row.one()
    assert (name, configuration) == ("", {})
    assert purged_at is not None
    assert client_id != new_client_id()
    monkeypatch.setattr("app.flows.create_pool.new_pool_id", lambda _region: pool_id)
    assert _code_of(here.make.pool) == "InternalErrorException"


def test_stopping_waits_for_the_poll_under_way(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    polling, stopping, ended = threading.Event(), threading.Event(), threading.Event()
    seen = Snapshots(resources.database, resources.keyring)
    seen.start()

    def poll() -> None:
        polling.set()
        assert stopping.wait(5)
        time.sleep(0.1)
        ended.set()

    monkeypatch.setattr(seen, "poll", poll)
    assert polling.wait(5)
    threading.Timer(0.1, stopping.set).start()
    seen.stop()
    assert ended.is_set()
