"""Request-rate quotas: the categories of operations, what each may have a second, and what an account has set instead.

Amazon Cognito Developer Guide, "Quotas in Amazon Cognito"; user pools API, GetProvisionedLimit and UpdateProvisionedLimit.
A quota is one of an account in one Region, for all its pools together. Operations newer than the published table have none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from app.db.tables.limits import ProvisionedLimit
from app.db.upsert import upsert
from app.kit.errors import InvalidParameterException, ResourceNotFoundException, ServiceQuotaExceededException

# Cognito grants a maximum to each account by its Service Quotas; this server has one for all.
MAX_REQUESTS = 10_000
# Of each operation in one pool, in the categories that say so.
REQUESTS_OF_POOL = 5


@dataclass(frozen=True, slots=True)
class Category:
    """A quota category. `free` is in requests a second; `caps_pools` says that each operation has a cap in each pool."""

    name: str
    free: int
    operations: tuple[str, ...]
    is_adjustable: bool = False
    caps_pools: bool = False


AUTHENTICATION = "UserAuthentication"
ACCOUNT_RECOVERY = "UserAccountRecovery"
CLIENT_AUTHENTICATION = "ClientAuthentication"
# Answers to challenges have a budget of their own, so many times the category's; what exceeds it counts in the category.
CHALLENGE_FACTOR = 3
CHALLENGE_RESPONSES = frozenset({"RespondToAuthChallenge", "AdminRespondToAuthChallenge"})

_ALL = (
    Category(
        AUTHENTICATION,
        120,
        ("InitiateAuth", "AdminInitiateAuth", *sorted(CHALLENGE_RESPONSES), "GetTokensFromRefreshToken"),
        is_adjustable=True,
    ),
    Category(
        "UserCreation",
        50,
        ("SignUp", "ConfirmSignUp", "AdminCreateUser", "AdminConfirmSignUp"),
        is_adjustable=True,
    ),
    Category("UserFederation", 25, (), is_adjustable=True),
    Category(
        ACCOUNT_RECOVERY,
        30,
        (
            "ChangePassword",
            "ForgotPassword",
            "ConfirmForgotPassword",
            "AdminResetUserPassword",
            "AdminSetUserPassword",
        ),
    ),
    Category("UserRead", 120, ("AdminGetUser", "GetUser"), is_adjustable=True),
    Category(
        "UserUpdate",
        25,
        (
            "AdminAddUserToGroup",
            "AdminRemoveUserFromGroup",
            "AdminDeleteUserAttributes",
            "AdminUpdateUserAttributes",
            "AdminDeleteUser",
            "AdminDisableUser",
            "AdminEnableUser",
            "AdminLinkProviderForUser",
            "AdminDisableProviderForUser",
            "VerifyUserAttribute",
            "DeleteUser",
            "DeleteUserAttributes",
            "UpdateUserAttributes",
            "AdminUserGlobalSignOut",
            "GlobalSignOut",
        ),
    ),
    Category("UserToken", 120, ("RevokeToken",), is_adjustable=True),
    Category(
        "UserResourceRead",
        50,
        (
            "AdminGetDevice",
            "AdminListDevices",
            "AdminListGroupsForUser",
            "AdminListUserAuthEvents",
            "GetDevice",
            "ListDevices",
            "GetUserAttributeVerificationCode",
            "ResendConfirmationCode",
        ),
        is_adjustable=True,
    ),
    Category(
        "UserResourceUpdate",
        25,
        (
            "AdminForgetDevice",
            "AdminUpdateAuthEventFeedback",
            "AdminSetUserMFAPreference",
            "AdminSetUserSettings",
            "AdminUpdateDeviceStatus",
            "UpdateDeviceStatus",
            "UpdateAuthEventFeedback",
            "ConfirmDevice",
            "ForgetDevice",
            "SetUserMFAPreference",
            "SetUserSettings",
            "VerifySoftwareToken",
            "AssociateSoftwareToken",
        ),
    ),
    Category("UserList", 30, ("ListUsers", "ListUsersInGroup")),
    Category("UserPoolRead", 15, ("DescribeUserPool", "ListUserPools")),
    Category("UserPoolUpdate", 15, ("CreateUserPool", "UpdateUserPool", "DeleteUserPool")),
    Category(
        "UserPoolResourceRead",
        20,
        (
            "DescribeIdentityProvider",
            "GetIdentityProviderByIdentifier",
            "ListIdentityProviders",
            "DescribeResourceServer",
            "ListResourceServers",
            "DescribeUserImportJob",
            "ListUserImportJobs",
            "DescribeUserPoolDomain",
            "GetCSVHeader",
            "GetGroup",
            "ListGroups",
            "GetSigningCertificate",
            "GetUserPoolMfaConfig",
            "ListTagsForResource",
            "DescribeRiskConfiguration",
            "GetUICustomization",
            "DescribeManagedLoginBranding",
            "DescribeManagedLoginBrandingByClient",
        ),
        caps_pools=True,
    ),
    Category(
        "UserPoolResourceUpdate",
        15,
        (
            "AddCustomAttributes",
            "CreateGroup",
            "UpdateGroup",
            "DeleteGroup",
            "CreateIdentityProvider",
            "UpdateIdentityProvider",
            "DeleteIdentityProvider",
            "CreateResourceServer",
            "UpdateResourceServer",
            "DeleteResourceServer",
            "CreateUserPoolDomain",
            "UpdateUserPoolDomain",
            "DeleteUserPoolDomain",
            "CreateManagedLoginBranding",
            "UpdateManagedLoginBranding",
            "DeleteManagedLoginBranding",
            "CreateUserImportJob",
            "StartUserImportJob",
            "StopUserImportJob",
            "SetUserPoolMfaConfig",
            "SetRiskConfiguration",
            "SetUICustomization",
            "TagResource",
            "UntagResource",
        ),
        caps_pools=True,
    ),
    Category("UserPoolClientRead", 15, ("DescribeUserPoolClient", "ListUserPoolClients"), caps_pools=True),
    Category(
        "UserPoolClientUpdate",
        15,
        ("CreateUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient"),
        caps_pools=True,
    ),
    Category(CLIENT_AUTHENTICATION, 150, ("GetClientToken",)),
)


@dataclass(frozen=True, slots=True)
class RateMemory:
    """What a process need not ask the database for: limits that accounts have set, read a moment ago (epoch ms), and the
    budgets that are known to have no room before a moment.
    """

    provisioned: dict[tuple[str, str], tuple[int, dict[str, int]]] = field(default_factory=dict)
    refused_until: dict[str, int] = field(default_factory=dict)


CATEGORIES: Mapping[str, Category] = {category.name: category for category in _ALL}
OF_OPERATION: Mapping[str, Category] = {name: category for category in _ALL for name in category.operations}


def get_category(definition: Mapping[str, Any]) -> Category:
    """The category that a LimitDefinition names; raises InvalidParameterException, ResourceNotFoundException."""
    attributes = definition["Attributes"]
    if attributes.keys() != {"Category"}:
        raise InvalidParameterException("The Attributes of an API_CATEGORY limit are exactly Category.")
    category = CATEGORIES.get(attributes["Category"])
    if category is None:
        raise ResourceNotFoundException(f"There is no category {attributes['Category'][:64]}.")
    return category


def provisioned_limits(db: Connection, account_id: str, region: str) -> dict[str, int]:
    """Requests a second of each category for which the account has set them."""
    rows = db.execute(
        select(ProvisionedLimit.category, ProvisionedLimit.requests).where(
            ProvisionedLimit.account_id == account_id, ProvisionedLimit.region == region
        )
    )
    return {row.category: row.requests for row in rows}


def put_provisioned_limit(
    db: Connection, account_id: str, region: str, category: Category, requests: int, now: int
) -> None:
    """Sets what a category may have a second, from the free value to the maximum.

    Raises InvalidParameterException for less, or a category that cannot be adjusted, ServiceQuotaExceededException for more.
    """
    if not category.is_adjustable:
        raise InvalidParameterException(f"The limit of {category.name} cannot be adjusted.")
    if requests < category.free:
        raise InvalidParameterException(f"The limit of {category.name} cannot be less than {category.free}.")
    if requests > MAX_REQUESTS:
        raise ServiceQuotaExceededException(f"The limit of {category.name} cannot be more than {MAX_REQUESTS}.")
    values = {"requests": requests, "updated_at": now}
    db.execute(
        upsert(db.dialect.name, ProvisionedLimit)
        .values(account_id=account_id, region=region, category=category.name, **values)
        .on_conflict_do_update(index_elements=["account_id", "region", "category"], set_=values)
    )
