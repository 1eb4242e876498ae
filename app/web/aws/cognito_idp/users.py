"""Users as operators make, see, change and delete them."""

from functools import partial
from typing import Any

from app.core import attributes, user_search, users
from app.core.pools import Pool
from app.core.user_search import SearchLimits
from app.core.users import User
from app.flows import create_user
from app.flows.create_user import Invitation
from app.flows.delete_user import admin_delete_user as delete
from app.flows.delete_user import admin_set_enabled
from app.flows.update_attributes import admin_delete_attributes, admin_update_attributes
from app.flows.work import Work
from app.kit.errors import InvalidParameterException
from app.kit.paging import page_position, page_token
from app.web.aws.cognito_idp.shapes_of_users import mfa_settings, user_type
from app.web.aws.registry import cognito_idp

Metadata = dict[str, str] | None
_LIMITS = SearchLimits(users.SEARCHABLE, users.SEARCHED_CHARACTERS)
_MAX_PAGE = 60


@cognito_idp.operation("AdminCreateUser")
def admin_create_user(
    work: Work,
    user_pool_id: str,
    username: str,
    user_attributes: list[dict[str, str]] | None = None,
    validation_data: list[dict[str, str]] | None = None,
    temporary_password: str | None = None,
    force_alias_creation: bool = False,
    message_action: str | None = None,
    desired_delivery_mediums: list[str] | None = None,
    client_metadata: Metadata = None,
) -> dict[str, Any]:
    """A user with an invitation (none with SUPPRESS), or with RESEND a new invitation for one who has not come yet."""
    pool = work.snapshots.pool(user_pool_id).pool
    invitation = Invitation(message_action != "SUPPRESS", tuple(desired_delivery_mediums or ()))
    if message_action == "RESEND":
        user = create_user.resend_invitation(
            work, pool, username, password=temporary_password, invitation=invitation, metadata=client_metadata
        )
    else:
        user = create_user.admin_create_user(
            work,
            pool,
            username,
            attributes.from_list(user_attributes),
            password=temporary_password,
            invitation=invitation,
            steals_aliases=force_alias_creation,
            validation_data=attributes.from_list(validation_data),
            metadata=client_metadata,
        )
    return {"User": user_type(user)}


@cognito_idp.operation("AdminGetUser")
def admin_get_user(work: Work, user_pool_id: str, username: str) -> dict[str, Any]:
    """The user with every attribute."""
    pool = work.snapshots.pool(user_pool_id).pool
    with work.read() as db:
        user = users.get_user(db, pool, username)
    shown = user_type(user)
    return {**shown, **mfa_settings(user), "UserAttributes": shown["Attributes"]}


@cognito_idp.operation("AdminUpdateUserAttributes")
def admin_update_user_attributes(
    work: Work,
    user_pool_id: str,
    username: str,
    user_attributes: list[dict[str, str]],
    client_metadata: Metadata = None,
) -> None:
    """Changes, blank values delete; may say that an address is verified."""
    pool = work.snapshots.pool(user_pool_id).pool
    admin_update_attributes(work, pool, username, attributes.from_list(user_attributes), metadata=client_metadata)


@cognito_idp.operation("AdminDeleteUserAttributes")
def admin_delete_user_attributes(work: Work, user_pool_id: str, username: str, user_attribute_names: list[str]) -> None:
    """Deletes attributes; one without a value is passed over."""
    admin_delete_attributes(work, work.snapshots.pool(user_pool_id).pool, username, user_attribute_names)


@cognito_idp.operation("AdminDeleteUser")
def admin_delete_user(work: Work, user_pool_id: str, username: str) -> None:
    """Deletes a user, enabled or not."""
    delete(work, work.snapshots.pool(user_pool_id).pool, username)


@cognito_idp.operation("AdminEnableUser")
def admin_enable_user(work: Work, user_pool_id: str, username: str) -> None:
    """Lets a user sign in again."""
    admin_set_enabled(work, work.snapshots.pool(user_pool_id).pool, username, enabled=True)


@cognito_idp.operation("AdminDisableUser")
def admin_disable_user(work: Work, user_pool_id: str, username: str) -> None:
    """Keeps a user from signing in and revokes the tokens."""
    admin_set_enabled(work, work.snapshots.pool(user_pool_id).pool, username, enabled=False)


@cognito_idp.operation("ListUsers")
def list_users(
    work: Work,
    user_pool_id: str,
    attributes_to_get: list[str] | None = None,
    limit: int | None = None,
    pagination_token: str | None = None,
    filter: str | None = None,  # noqa: A002 - the argument is named as the member of the input
) -> dict[str, Any]:
    """One page of users, of all or of those a filter finds, sorted by the attribute filtered by."""
    pool = work.snapshots.pool(user_pool_id).pool
    condition = user_search.parse_filter(filter, _LIMITS)
    key = work.keyring.key(pool.pool_id, "pages")
    scope = f"{pool.pool_id}|list_users|{condition}"
    with work.read() as db:
        page = user_search.find_page(
            db,
            pool.pool_id,
            condition,
            fold=partial(users.folded, pool),
            statuses=users.STATUSES,
            limits=_LIMITS,
            limit=limit or _MAX_PAGE,
            after=page_position(key, scope, pagination_token, work.now),
        )
        found = users.load_users(db, pool.pool_id, page.subs)
    _check_attributes_to_get(pool, found, attributes_to_get or [])
    answer: dict[str, Any] = {"Users": [user_type(user, attributes_to_get) for user in found]}
    if page.next_position is not None:
        answer["PaginationToken"] = page_token(key, scope, page.next_position, work.now)
    return answer


def _check_attributes_to_get(pool: Pool, found: list[User], names: list[str]) -> None:
    for name in names:
        if name not in pool.schema_by_name or any(name not in user.all_attributes for user in found):
            raise InvalidParameterException(f"AttributesToGet: {name} is not set for all users.")
