"""Groups and their members."""

from typing import Any

from app.core import groups, pools, users
from app.core.groups import Group
from app.flows.work import Work
from app.web.aws.cognito_idp.shapes_of_users import user_type
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("CreateGroup")
def create_group(
    work: Work,
    group_name: str,
    user_pool_id: str,
    description: str | None = None,
    role_arn: str | None = None,
    precedence: int | None = None,
) -> Members:
    """A group without members."""
    with work.write() as db:
        pools.lock_pool(db, user_pool_id)
        group = groups.create_group(
            db,
            user_pool_id,
            group_name,
            description=description,
            role_arn=role_arn,
            precedence=precedence,
            now=work.now,
        )
    return {"Group": _group(group)}


@cognito_idp.operation("GetGroup")
def get_group(work: Work, group_name: str, user_pool_id: str) -> Members:
    """One group."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        return {"Group": _group(groups.get_group(db, user_pool_id, group_name))}


@cognito_idp.operation("UpdateGroup")
def update_group(
    work: Work,
    group_name: str,
    user_pool_id: str,
    description: str | None = None,
    role_arn: str | None = None,
    precedence: int | None = None,
) -> Members:
    """Sets what is given and keeps the rest."""
    named = {"description": description, "role_arn": role_arn, "precedence": precedence}
    changes = {name: value for name, value in named.items() if value is not None}
    with work.write() as db:
        pools.lock_pool(db, user_pool_id)
        return {"Group": _group(groups.update_group(db, user_pool_id, group_name, changes, work.now))}


@cognito_idp.operation("DeleteGroup")
def delete_group(work: Work, group_name: str, user_pool_id: str) -> None:
    """Its members are in it no longer; a job removes their memberships."""
    with work.write() as db:
        pools.lock_pool(db, user_pool_id)
        groups.delete_group(db, user_pool_id, group_name, work.now)


@cognito_idp.operation("ListGroups")
def list_groups(work: Work, user_pool_id: str, limit: int | None = None, next_token: str | None = None) -> Members:
    """By name."""

    def load(after: str | None, count: int) -> list[Group]:
        with work.read() as db:
            pools.get_pool(db, user_pool_id)
            return groups.list_groups(db, user_pool_id, after=after, limit=count)

    scope = (user_pool_id, "ListGroups")
    found, token = list_page(work, scope, next_token, limit, load, lambda group: group.name)
    return {"Groups": [_group(group) for group in found], "NextToken": token}


@cognito_idp.operation("AdminAddUserToGroup")
def admin_add_user_to_group(work: Work, user_pool_id: str, username: str, group_name: str) -> None:
    """No error if the user is in the group already."""
    with work.write() as db:
        user = users.get_user(db, pools.get_pool(db, user_pool_id), username)
        users.lock_user(db, user_pool_id, user.sub)
        groups.add_member(db, user_pool_id, user.sub, group_name, work.now)


@cognito_idp.operation("AdminRemoveUserFromGroup")
def admin_remove_user_from_group(work: Work, user_pool_id: str, username: str, group_name: str) -> None:
    """No error if the user is not in the group."""
    with work.write() as db:
        user = users.get_user(db, pools.get_pool(db, user_pool_id), username)
        groups.remove_member(db, user_pool_id, user.sub, group_name)


@cognito_idp.operation("AdminListGroupsForUser")
def admin_list_groups_for_user(
    work: Work, username: str, user_pool_id: str, limit: int | None = None, next_token: str | None = None
) -> Members:
    """By precedence, then by name."""
    with work.read() as db:
        user = users.get_user(db, pools.get_pool(db, user_pool_id), username)
        all_groups = groups.groups_of(db, user_pool_id, user.sub)

    def load(after: str | None, count: int) -> list[Group]:
        if after is None:
            return all_groups[:count]
        return [group for group in all_groups if _rank(group) > after][:count]

    scope = (user_pool_id, "AdminListGroupsForUser", user.sub)
    found, token = list_page(work, scope, next_token, limit, load, _rank)
    return {"Groups": [_group(group) for group in found], "NextToken": token}


@cognito_idp.operation("ListUsersInGroup")
def list_users_in_group(
    work: Work, user_pool_id: str, group_name: str, limit: int | None = None, next_token: str | None = None
) -> Members:
    """Members in the order of their subs."""

    def load(after: str | None, count: int) -> list[str]:
        with work.read() as db:
            pools.get_pool(db, user_pool_id)
            return groups.list_members(db, user_pool_id, group_name, after=after, limit=count)

    scope = (user_pool_id, "ListUsersInGroup", group_name)
    subs, token = list_page(work, scope, next_token, limit, load, lambda sub: sub)
    with work.read() as db:
        found = users.load_users(db, user_pool_id, subs)
    return {"Users": [user_type(user) for user in found], "NextToken": token}


def _rank(group: Group) -> str:
    """A text that sorts as groups of a user do: lower precedence first, none last, then by name."""
    precedence = 1 << 40 if group.precedence is None else group.precedence
    return f"{precedence:020}{group.name}"


def _group(group: Group) -> Members:
    """GroupType."""
    return {
        "GroupName": group.name,
        "UserPoolId": group.pool_id,
        "Description": group.description,
        "RoleArn": group.role_arn,
        "Precedence": group.precedence,
        "CreationDate": group.created_at,
        "LastModifiedDate": group.updated_at,
    }
