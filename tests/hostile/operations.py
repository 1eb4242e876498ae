"""A good input of every built operation for a realm, and what each operation hears when it comes from another realm."""

from collections.abc import Callable
from typing import Any

from tests.factories import PASSWORD
from tests.hostile.realms import Maker, Realm

Input = dict[str, Any]
NEW = "New-Horse-Battery-7"


def _user(name: str = "user", **more: Any) -> Callable[[Maker, Realm], Input]:
    def members(_: Maker, realm: Realm) -> Input:
        username = realm.user.username if name == "user" else getattr(realm, name)
        return {"UserPoolId": realm.pool_id, "Username": username, **more}

    return members


def _pool(**more: Any) -> Callable[[Maker, Realm], Input]:
    return lambda _, realm: {"UserPoolId": realm.pool_id, **more}


def _group(**more: Any) -> Callable[[Maker, Realm], Input]:
    return lambda _, realm: {"UserPoolId": realm.pool_id, "GroupName": realm.group, **more}


def _member(_: Maker, realm: Realm) -> Input:
    return {"UserPoolId": realm.pool_id, "Username": realm.user.username, "GroupName": realm.group}


def _client(**more: Any) -> Callable[[Maker, Realm], Input]:
    return lambda _, realm: {"UserPoolId": realm.pool_id, "ClientId": realm.web.client_id, **more}


def _server(**more: Any) -> Callable[[Maker, Realm], Input]:
    return lambda _, realm: {"UserPoolId": realm.pool_id, "Identifier": realm.server, **more}


def _domain(_: Maker, realm: Realm) -> Input:
    return {"UserPoolId": realm.pool_id, "Domain": realm.domain}


def _token(**more: Any) -> Callable[[Maker, Realm], Input]:
    return lambda maker, realm: {"AccessToken": maker.tokens(realm)["AccessToken"], **more}


def _named(**more: Any) -> Callable[[Maker, Realm], Input]:
    return lambda _, realm: {"ClientId": realm.app.client_id, "Username": realm.unconfirmed, **more}


def _attributes(realm: Realm) -> list[dict[str, str]]:
    return [{"Name": "email", "Value": f"new-{realm.tag}@example.com"}]


def _password_auth(flow: str, *, with_pool: bool) -> Callable[[Maker, Realm], Input]:
    def members(_: Maker, realm: Realm) -> Input:
        parameters = {"USERNAME": realm.user.username, "PASSWORD": PASSWORD}
        given = {"ClientId": realm.app.client_id, "AuthFlow": flow, "AuthParameters": parameters}
        return {"UserPoolId": realm.pool_id, **given} if with_pool else given

    return members


def _respond(*, with_pool: bool) -> Callable[[Maker, Realm], Input]:
    def members(maker: Maker, realm: Realm) -> Input:
        given = {
            "ClientId": realm.app.client_id,
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": maker.invited_session(realm),
            "ChallengeResponses": {"USERNAME": realm.invited, "NEW_PASSWORD": NEW},
        }
        return {"UserPoolId": realm.pool_id, **given} if with_pool else given

    return members


# Everything that names a pool and needs a signature.
SIGNED: dict[str, Callable[[Maker, Realm], Input]] = {
    "AddCustomAttributes": _pool(CustomAttributes=[{"Name": "shoe", "AttributeDataType": "String"}]),
    "AddUserPoolClientSecret": _client(),
    "AdminAddUserToGroup": _member,
    "AdminConfirmSignUp": _user("unconfirmed"),
    "AdminCreateUser": _user("invited", MessageAction="RESEND"),
    "AdminDeleteUser": _user(),
    "AdminDeleteUserAttributes": _user(UserAttributeNames=["email"]),
    "AdminDisableUser": _user(),
    "AdminEnableUser": _user(),
    "AdminGetUser": _user(),
    "AdminInitiateAuth": _password_auth("ADMIN_USER_PASSWORD_AUTH", with_pool=True),
    "AdminListGroupsForUser": _user(),
    "AdminRemoveUserFromGroup": _member,
    "AdminResetUserPassword": _user(),
    "AdminRespondToAuthChallenge": _respond(with_pool=True),
    "AdminSetUserPassword": _user(Password=NEW, Permanent=True),
    "AdminUpdateUserAttributes": lambda _, realm: {
        "UserPoolId": realm.pool_id,
        "Username": realm.user.username,
        "UserAttributes": _attributes(realm),
    },
    "AdminUserGlobalSignOut": _user(),
    "CreateGroup": _pool(GroupName="another"),
    "CreateResourceServer": _pool(Identifier="another", Name="Another"),
    "CreateUserPoolClient": _pool(ClientName="another"),
    "CreateUserPoolDomain": lambda _, realm: {"UserPoolId": realm.pool_id, "Domain": f"another-{realm.tag}"},
    "DeleteGroup": _group(),
    "DeleteResourceServer": _server(),
    "DeleteUserPool": _pool(),
    "DeleteUserPoolClient": _client(),
    "DeleteUserPoolClientSecret": lambda _, realm: {
        "UserPoolId": realm.pool_id,
        "ClientId": realm.web.client_id,
        "ClientSecretId": realm.secret_id,
    },
    "DeleteUserPoolDomain": _domain,
    "DescribeResourceServer": _server(),
    "DescribeUserPool": _pool(),
    "DescribeUserPoolClient": _client(),
    "GetGroup": _group(),
    "GetUserPoolMfaConfig": _pool(),
    "ListGroups": _pool(),
    "ListResourceServers": _pool(),
    "ListTagsForResource": lambda _, realm: {"ResourceArn": realm.arn},
    "ListUserPoolClientSecrets": _client(),
    "ListUserPoolClients": _pool(),
    "ListUsers": _pool(),
    "ListUsersInGroup": _group(),
    "SetUserPoolMfaConfig": _pool(MfaConfiguration="OFF"),
    "TagResource": lambda _, realm: {"ResourceArn": realm.arn, "Tags": {"a": "b"}},
    "UntagResource": lambda _, realm: {"ResourceArn": realm.arn, "TagKeys": ["a"]},
    "UpdateGroup": _group(Description="changed"),
    "UpdateResourceServer": _server(Name="changed"),
    "UpdateUserPool": _pool(AutoVerifiedAttributes=[]),
    "UpdateUserPoolClient": _client(ClientName="changed"),
    "UpdateUserPoolDomain": _domain,
    "GetClientSettings": _client(),
    "GetPoolSettings": _pool(),
    "ListSigningKeys": _pool(),
    "RotateSigningKeys": _pool(),
    "UpdateClientSettings": _client(Pkce="OPTIONAL"),
    "UpdatePoolSettings": _pool(Srp="DISABLED"),
}
# What an access token alone decides.
BY_TOKEN: dict[str, Callable[[Maker, Realm], Input]] = {
    "ChangePassword": _token(PreviousPassword=PASSWORD, ProposedPassword=NEW),
    "DeleteUser": _token(),
    "DeleteUserAttributes": _token(UserAttributeNames=["email"]),
    "GetUser": _token(),
    "GetUserAttributeVerificationCode": _token(AttributeName="email"),
    "GlobalSignOut": _token(),
    "UpdateUserAttributes": _token(UserAttributes=[{"Name": "name", "Value": "Eve"}]),
    "VerifyUserAttribute": _token(AttributeName="email", Code="123456"),
}
# What an app client asks for somebody.
BY_CLIENT: dict[str, Callable[[Maker, Realm], Input]] = {
    "ConfirmForgotPassword": _named(ConfirmationCode="123456", Password=NEW),
    "ConfirmSignUp": _named(ConfirmationCode="123456"),
    "ForgotPassword": _named(),
    "GetClientToken": lambda _, realm: {"ClientId": realm.service.client_id, "Secret": realm.service.secret},
    "GetTokensFromRefreshToken": lambda maker, realm: {
        "ClientId": realm.app.client_id,
        "RefreshToken": maker.tokens(realm)["RefreshToken"],
    },
    "InitiateAuth": _password_auth("USER_PASSWORD_AUTH", with_pool=False),
    "ResendConfirmationCode": _named(),
    "RespondToAuthChallenge": _respond(with_pool=False),
    "RevokeToken": lambda maker, realm: {
        "ClientId": realm.app.client_id,
        "Token": maker.tokens(realm)["RefreshToken"],
    },
    "SignUp": _named(Password=PASSWORD),
}
# What is about no pool that already is there, with the reason.
OF_NO_POOL = {
    "CreateUserPool": "makes a pool",
    "ListUserPools": "lists the pools of the caller's account",
    "DescribeUserPoolDomain": "names a domain; a foreign one is nothing, see test_cross_pool",
    "CreateAccessKey": "about the caller's account",
    "ListAccessKeys": "about the caller's account",
    "RevokeAccessKey": "about the caller's account",
}
