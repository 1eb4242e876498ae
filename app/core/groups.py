"""Groups of a pool and who is in them. A deleted group is a tombstone until a job has removed its memberships."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Update, delete, func, insert, select, update

from app.db.tables.groups import Group as GroupRow
from app.db.tables.groups import Membership
from app.kit.errors import GroupExistsException, LimitExceededException, ResourceNotFoundException
from app.kit.ids import new_uuid

MAX_GROUPS = 10_000
MAX_GROUPS_OF_USER = 100


@dataclass(frozen=True)
class Group:
    """A group; a lower precedence number wins, none loses to all. Times in epoch ms."""

    pool_id: str
    group_id: str
    name: str
    description: str | None
    role_arn: str | None
    precedence: int | None
    created_at: int
    updated_at: int


def groups_of(db: Connection, pool_id: str, sub: str) -> list[Group]:
    """The groups that a user is in, at most 100, by precedence and then by name."""
    rows = db.execute(
        _live(pool_id)
        .join(Membership, (Membership.pool_id == GroupRow.pool_id) & (Membership.group_id == GroupRow.group_id))
        .where(Membership.pool_id == pool_id, Membership.sub == sub)
    )
    found = [Group(**row._mapping) for row in rows]
    return sorted(found, key=lambda group: (group.precedence is None, group.precedence or 0, group.name))


def find_group(db: Connection, pool_id: str, name: str) -> Group | None:
    """The group with a name."""
    row = db.execute(_live(pool_id).where(GroupRow.name == name)).one_or_none()
    return None if row is None else Group(**row._mapping)


def get_group(db: Connection, pool_id: str, name: str) -> Group:
    """The group with a name; raises ResourceNotFoundException."""
    group = find_group(db, pool_id, name)
    if group is None:
        raise _missing()
    return group


def list_groups(db: Connection, pool_id: str, *, after: str | None, limit: int) -> list[Group]:
    """At most `limit` groups, by name, those after the name `after`."""
    rows = db.execute(_live(pool_id).where(GroupRow.name > (after or "")).order_by(GroupRow.name).limit(limit))
    return [Group(**row._mapping) for row in rows]


def create_group(
    db: Connection,
    pool_id: str,
    name: str,
    *,
    description: str | None,
    role_arn: str | None,
    precedence: int | None,
    now: int,
) -> Group:
    """A new group; the caller has locked the pool. Raises GroupExistsException, LimitExceededException."""
    if find_group(db, pool_id, name) is not None:
        raise GroupExistsException
    live = select(func.count()).where(GroupRow.pool_id == pool_id, GroupRow.deleted_at.is_(None))
    if db.execute(live).scalar_one() >= MAX_GROUPS:
        raise LimitExceededException(f"A user pool can have at most {MAX_GROUPS} groups.")
    group = Group(pool_id, new_uuid(), name, description, role_arn, precedence, now, now)
    db.execute(insert(GroupRow).values(**vars(group), deleted_at=None))
    return group


def update_group(db: Connection, pool_id: str, name: str, changes: dict[str, Any], now: int) -> Group:
    """Sets `description`, `role_arn` or `precedence`; raises ResourceNotFoundException."""
    group = get_group(db, pool_id, name)
    db.execute(_one(group).values(**changes, updated_at=now))
    return get_group(db, pool_id, name)


def delete_group(db: Connection, pool_id: str, name: str, now: int) -> None:
    """Leaves a tombstone: nobody is in the group any more and its name is free. Raises ResourceNotFoundException."""
    db.execute(_one(get_group(db, pool_id, name)).values(deleted_at=now))


def add_member(db: Connection, pool_id: str, sub: str, name: str, now: int) -> None:
    """Puts a user whose row the caller has locked into a group; no error if the user is in it already.

    Raises ResourceNotFoundException, and LimitExceededException beyond 100 groups.
    """
    # Shared lock: the group cannot be deleted, and its tombstone purged, before this membership is committed.
    row = db.execute(_live(pool_id).where(GroupRow.name == name).with_for_update(read=True)).one_or_none()
    if row is None:
        raise _missing()
    current = groups_of(db, pool_id, sub)
    if any(other.group_id == row.group_id for other in current):
        return
    if len(current) >= MAX_GROUPS_OF_USER:
        raise LimitExceededException(f"A user can be in at most {MAX_GROUPS_OF_USER} groups.")
    db.execute(insert(Membership).values(pool_id=pool_id, sub=sub, group_id=row.group_id, created_at=now))


def remove_member(db: Connection, pool_id: str, sub: str, name: str) -> None:
    """Takes a user out of a group; no error if the user is not in it. Raises ResourceNotFoundException."""
    group = get_group(db, pool_id, name)
    db.execute(
        delete(Membership).where(
            Membership.pool_id == pool_id, Membership.sub == sub, Membership.group_id == group.group_id
        )
    )


def list_members(db: Connection, pool_id: str, name: str, *, after: str | None, limit: int) -> list[str]:
    """The subs of at most `limit` members, in their order, those after the sub `after`; raises ResourceNotFoundException."""
    group = get_group(db, pool_id, name)
    rows = db.execute(
        select(Membership.sub)
        .where(
            Membership.pool_id == pool_id,
            Membership.group_id == group.group_id,
            Membership.sub > (after or ""),
        )
        .order_by(Membership.sub)
        .limit(limit)
    )
    return list(rows.scalars())


def purge_tombstone(db: Connection, limit: int) -> int:
    """Removes at most `limit` memberships of one deleted group, and the group after its last; 0 when there is none."""
    group = db.execute(
        select(GroupRow.pool_id, GroupRow.group_id)
        .where(GroupRow.deleted_at.is_not(None))
        .order_by(GroupRow.pool_id, GroupRow.group_id)
        .limit(1)
    ).one_or_none()
    if group is None:
        return 0
    members = (Membership.pool_id == group.pool_id, Membership.group_id == group.group_id)
    subs = list(db.execute(select(Membership.sub).where(*members).order_by(Membership.sub).limit(limit)).scalars())
    db.execute(delete(Membership).where(*members, Membership.sub.in_(subs)))
    if len(subs) < limit:
        db.execute(delete(GroupRow).where(GroupRow.pool_id == group.pool_id, GroupRow.group_id == group.group_id))
        return len(subs) + 1
    return len(subs)


def _missing() -> ResourceNotFoundException:
    return ResourceNotFoundException("Group not found.")


def _live(pool_id: str) -> Select[Any]:
    columns = [getattr(GroupRow, name) for name in Group.__dataclass_fields__]
    return select(*columns).where(GroupRow.pool_id == pool_id, GroupRow.deleted_at.is_(None))


def _one(group: Group) -> Update:
    return update(GroupRow).where(GroupRow.pool_id == group.pool_id, GroupRow.group_id == group.group_id)
