"""Deleted pools leave nothing but a tombstone."""

from typing import Any

from sqlalchemy import func, inspect, select

from app.core.audit import Event, record
from app.db.tables.audit import AuditEvent
from app.db.tables.directory import ClientDirectory
from app.db.tables.pools import Pool
from app.db.types import Base
from app.flows.work import Resources
from app.jobs.purge_pools import TABLES, purge_pools
from tests.factories import Factory


def rows_of(resources: Resources, pool_id: str) -> dict[str, int]:
    with resources.database.read() as db:
        return {
            table.__tablename__: db.execute(
                select(func.count()).select_from(table).where(inspect(table).columns.pool_id == pool_id)
            ).scalar_one()
            for table in TABLES
        }


def full_pool(operator: Any, make: Factory, resources: Resources) -> str:
    pool_id = make.pool()
    client_id = make.client(pool_id, GenerateSecret=True)["ClientId"]
    operator.create_resource_server(UserPoolId=pool_id, Identifier="api", Name="api")
    operator.create_group(UserPoolId=pool_id, GroupName="team")
    users = [make.user(pool_id, email="zoe@example.com") for _ in range(3)]
    for user in users:
        operator.admin_add_user_to_group(UserPoolId=pool_id, GroupName="team", Username=user.username)
    with resources.database.write() as db:
        record(db, Event("sign_in.success", 0, "request", pool_id=pool_id, sub=users[0].sub, client_id=client_id))
    return pool_id


def test_every_table_of_a_pool_is_purged() -> None:
    pooled = {table.name for table in Base.metadata.sorted_tables if "pool_id" in table.columns}
    assert pooled == {table.__tablename__ for table in TABLES} | {"pools"}


def test_children_go_before_what_they_refer_to() -> None:
    order = [table.__tablename__ for table in TABLES]
    for table in TABLES:
        for key in Base.metadata.tables[table.__tablename__].foreign_key_constraints:
            assert order.index(table.__tablename__) < order.index(key.referred_table.name)


def test_a_deleted_pool_is_purged_and_others_are_not(
    operator: Any, make: Factory, resources: Resources, clock: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("app.jobs.purge_pools.BATCH", 2)
    kept, gone = full_pool(operator, make, resources), full_pool(operator, make, resources)
    before = rows_of(resources, kept)
    assert all(before[name] for name in ("users", "memberships", "groups", "passwords", "clients", "signing_keys"))
    operator.delete_user_pool(UserPoolId=gone)
    with resources.database.read() as db:
        assert db.execute(select(ClientDirectory).where(ClientDirectory.pool_id == gone)).all() == []
    clock.advance(minutes=2)
    assert purge_pools(make.work()) > 20
    assert purge_pools(make.work()) == 0
    assert rows_of(resources, kept) == before
    left = rows_of(resources, gone)
    assert {name for name, count in left.items() if count} == {"audit_events"}
    with resources.database.read() as db:
        assert {row.sub for row in db.execute(select(AuditEvent).where(AuditEvent.pool_id == gone))} == {None}
        tombstone = db.execute(select(Pool).where(Pool.pool_id == gone)).one()
    assert (tombstone.name, tombstone.configuration, tombstone.schema, tombstone.tags) == ("", {}, [], {})
    assert tombstone.purged_at is not None


def test_a_pool_is_left_alone_while_requests_may_still_write_to_it(
    operator: Any, make: Factory, resources: Resources, clock: Any
) -> None:
    pool_id = full_pool(operator, make, resources)
    clock.advance(minutes=2)
    purge_pools(make.work())
    operator.delete_user_pool(UserPoolId=pool_id)
    assert purge_pools(make.work()) == 0
    assert rows_of(resources, pool_id)["users"] == 3
