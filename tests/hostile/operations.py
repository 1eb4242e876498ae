"""A good input of every built operation for a realm, and what each operation hears when it comes from another realm."""

from collections.abc import Callable
from typing import Any

from tests.factories import PASSWORD
from tests.hostile.realms import OIDC_DETAILS, Maker, Realm, linked_user, local_user

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


def _provider(**more: Any) -> Callable[[Maker, Realm], Input]:
    return lambda _, realm: {"UserPoolId": realm.pool_id, "ProviderName": realm.provider, **more}


def _style(**more: Any) -> Callable[[Maker, Realm], Input]:
    return lambda _, realm: {"UserPoolId": realm.pool_id, "ManagedLoginBrandingId": realm.style, **more}


def _terms(**more: Any) -> Callable[[Maker, Realm], Input]:
    return lambda _, realm: {"UserPoolId": realm.pool_id, "TermsId": realm.terms, **more}


def _job(_: Maker, realm: Realm) -> Input:
    return {"UserPoolId": realm.pool_id, "JobId": realm.job}


def _feedback(*, with_token: bool) -> Callable[[Maker, Realm], Input]:
    def members(maker: Maker, realm: Realm) -> Input:
        event_id, token = maker.event(realm)
        given = {
            "UserPoolId": realm.pool_id,
            "Username": realm.user.username,
            "EventId": event_id,
            "FeedbackValue": "Valid",
        }
        return {**given, "FeedbackToken": token} if with_token else given

    return members


def _token(**more: Any) -> Callable[[Maker, Realm], Input]:
    return lambda maker, realm: {"AccessToken": maker.tokens(realm)["AccessToken"], **more}


def _device(**more: Any) -> Callable[[Maker, Realm], Input]:
    def members(maker: Maker, realm: Realm) -> Input:
        named = {"UserPoolId": realm.pool_id, "Username": realm.user.username}
        return {**named, "DeviceKey": maker.device(realm), **more}

    return members


def _own_device(**more: Any) -> Callable[[Maker, Realm], Input]:
    def members(maker: Maker, realm: Realm) -> Input:
        return {"AccessToken": maker.tokens(realm)["AccessToken"], "DeviceKey": maker.device(realm), **more}

    return members


def _session(maker: Maker, realm: Realm) -> Input:
    named = {"UserPoolId": realm.pool_id, "Username": realm.user.username}
    return {**named, "SessionId": maker.session(realm), "RevokeAssociatedSessions": "LINKED"}


def _own_session(maker: Maker, realm: Realm) -> Input:
    return {"AccessToken": maker.tokens(realm)["AccessToken"], "SessionId": maker.session(realm)}


def _new_device(maker: Maker, realm: Realm) -> Input:
    tokens = maker.tokens(realm)
    return {"AccessToken": tokens["AccessToken"], "DeviceKey": tokens["NewDeviceMetadata"]["DeviceKey"]}


def _refresh(maker: Maker, realm: Realm) -> Input:
    tokens = maker.tokens(realm)
    return {
        "ClientId": realm.app.client_id,
        "RefreshToken": tokens["RefreshToken"],
        "DeviceKey": tokens["NewDeviceMetadata"]["DeviceKey"],
    }


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
    "AdminDeleteSoftwareToken": _user(),
    "AdminDeleteUser": _user(),
    "AdminDeleteUserAttributes": _user(UserAttributeNames=["email"]),
    "AdminDisableProviderForUser": lambda _, realm: {
        "UserPoolId": realm.pool_id,
        "User": linked_user(realm.provider, realm.tag),
    },
    "AdminDisableUser": _user(),
    "AdminEnableUser": _user(),
    "AdminForgetDevice": _device(),
    "AdminGetDevice": _device(),
    "AdminGetUser": _user(),
    "AdminGenerateRecoveryCodes": _user(),
    "AdminGetUserAuthFactors": _user(),
    "AdminInitiateAuth": _password_auth("ADMIN_USER_PASSWORD_AUTH", with_pool=True),
    "AdminLinkProviderForUser": lambda _, realm: {
        "UserPoolId": realm.pool_id,
        "DestinationUser": local_user(realm.user),
        "SourceUser": linked_user(realm.provider, f"another-{realm.tag}"),
    },
    "AdminListDevices": _user(),
    "AdminListGroupsForUser": _user(),
    "AdminListUserAuthEvents": _user(),
    "AdminRemoveUserFromGroup": _member,
    "AdminResetUserPassword": _user(),
    "AdminRespondToAuthChallenge": _respond(with_pool=True),
    "AdminListUserSessions": _user(),
    "AdminRevokeUserSession": _session,
    "AdminSetUserMFAPreference": _user(SMSMfaSettings={"Enabled": False}),
    "AdminSetUserSettings": _user(MFAOptions=[]),
    "AdminSetUserPassword": _user(Password=NEW, Permanent=True),
    "AdminUpdateAuthEventFeedback": _feedback(with_token=False),
    "AdminUpdateDeviceStatus": _device(DeviceRememberedStatus="remembered"),
    "AdminUpdateUserAttributes": lambda _, realm: {
        "UserPoolId": realm.pool_id,
        "Username": realm.user.username,
        "UserAttributes": _attributes(realm),
    },
    "AdminUserGlobalSignOut": _user(),
    "CreateGroup": _pool(GroupName="another"),
    "CreateIdentityProvider": _pool(ProviderName="another", ProviderType="OIDC", ProviderDetails=OIDC_DETAILS),
    "CreateManagedLoginBranding": lambda _, realm: {
        "UserPoolId": realm.pool_id,
        "ClientId": realm.app.client_id,
        "UseCognitoProvidedValues": True,
    },
    "CreateResourceServer": _pool(Identifier="another", Name="Another"),
    "CreateTerms": _client(
        TermsName="privacy-policy",
        TermsSource="LINK",
        Enforcement="NONE",
        Links={"cognito:default": "https://privacy.example"},
    ),
    "CreateUserImportJob": _pool(JobName="another", CloudWatchLogsRoleArn="arn:aws:iam::123456789012:role/logs"),
    "CreateUserPoolClient": _pool(ClientName="another"),
    "CreateUserPoolDomain": lambda _, realm: {"UserPoolId": realm.pool_id, "Domain": f"another-{realm.tag}"},
    "CreateUserPoolReplica": _pool(RegionName="eu-west-1"),
    "DeleteGroup": _group(),
    "DeleteIdentityProvider": _provider(),
    "DeleteManagedLoginBranding": _style(),
    "DeleteResourceServer": _server(),
    "DeleteTerms": _terms(),
    "DeleteUserPool": _pool(),
    "DeleteUserPoolClient": _client(),
    "DeleteUserPoolClientSecret": lambda _, realm: {
        "UserPoolId": realm.pool_id,
        "ClientId": realm.web.client_id,
        "ClientSecretId": realm.secret_id,
    },
    "DeleteUserPoolDomain": _domain,
    "DeleteUserPoolReplica": _pool(RegionName="eu-west-1"),
    "DescribeIdentityProvider": _provider(),
    "DescribeManagedLoginBranding": _style(),
    "DescribeManagedLoginBrandingByClient": _client(),
    "DescribeResourceServer": _server(),
    "DescribeRiskConfiguration": _client(),
    "DescribeTerms": _terms(),
    "DescribeTermsByClient": _client(TermsName="terms-of-use"),
    "DescribeUserImportJob": _job,
    "DescribeUserPool": _pool(),
    "DescribeUserPoolClient": _client(),
    "GetCSVHeader": _pool(),
    "GetGroup": _group(),
    "GetIdentityProviderByIdentifier": lambda _, realm: {
        "UserPoolId": realm.pool_id,
        "IdpIdentifier": f"{realm.tag}.example",
    },
    "GetLogDeliveryConfiguration": _pool(),
    "GetSigningCertificate": _pool(),
    "GetUICustomization": _client(),
    "GetUserPoolClientSessionConfiguration": _client(),
    "GetUserPoolMfaConfig": _pool(),
    "GetUserPoolSessionConfiguration": _pool(),
    "ListGroups": _pool(),
    "ListIdentityProviders": _pool(),
    "ListResourceServers": _pool(),
    "ListTagsForResource": lambda _, realm: {"ResourceArn": realm.arn},
    "ListTerms": _pool(),
    "ListUserImportJobs": _pool(MaxResults=10),
    "ListUserPoolClientSecrets": _client(),
    "ListUserPoolClients": _pool(),
    "ListUserPoolReplicas": _pool(),
    "ListUsers": _pool(),
    "ListUsersInGroup": _group(),
    "SetLogDeliveryConfiguration": _pool(LogConfigurations=[]),
    "SetRiskConfiguration": _client(),
    "SetUICustomization": _client(CSS=".label-customizable{color:red}"),
    "SetUserPoolClientSessionConfiguration": _client(SSOSession={"MaxValidityMinutes": 5}),
    "SetUserPoolSessionConfiguration": _pool(UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 7}),
    "SetUserPoolMfaConfig": _pool(MfaConfiguration="OFF"),
    "StartUserImportJob": _job,
    "StopUserImportJob": _job,
    "TagResource": lambda _, realm: {"ResourceArn": realm.arn, "Tags": {"a": "b"}},
    "UntagResource": lambda _, realm: {"ResourceArn": realm.arn, "TagKeys": ["a"]},
    "UpdateGroup": _group(Description="changed"),
    "UpdateManagedLoginBranding": _style(Settings={"componentClasses": {"buttons": {"borderRadius": 2}}}),
    "UpdateIdentityProvider": _provider(ProviderDetails={**OIDC_DETAILS, "client_id": "changed"}),
    "UpdateResourceServer": _server(Name="changed"),
    "UpdateTerms": _terms(Links={"cognito:default": "https://other.example"}),
    "UpdateUserPool": _pool(AutoVerifiedAttributes=[]),
    "UpdateUserPoolClient": _client(ClientName="changed"),
    "UpdateUserPoolDomain": _domain,
    "UpdateUserPoolReplica": _pool(RegionName="eu-west-1", Status="INACTIVE"),
    "GetClientSettings": _client(),
    "DeleteMessageGateway": _pool(Medium="SMS"),
    "GetPoolSettings": _pool(),
    "ListMessageGateways": _pool(),
    "ListMessages": _pool(),
    "PutMessageGateway": _pool(
        Medium="SMS", Kind="TWILIO", Configuration={"AccountSid": "AC01", "AuthToken": "t", "From": "+14155550199"}
    ),
    "RetryMessages": _pool(),
    "ListSigningKeys": _pool(),
    "RotateSigningKeys": _pool(),
    "UpdateClientSettings": _client(Pkce="OPTIONAL"),
    "UpdatePoolSettings": _pool(Srp="DISABLED"),
}


def _new_passkey(maker: Maker, realm: Realm) -> Input:
    token, credential = maker.new_passkey(realm)
    return {"AccessToken": token, "Credential": credential}


def _own_passkey(maker: Maker, realm: Realm) -> Input:
    return {"AccessToken": maker.tokens(realm)["AccessToken"], "CredentialId": maker.passkey(realm)}


# What an access token alone decides.
BY_TOKEN: dict[str, Callable[[Maker, Realm], Input]] = {
    "AssociateSoftwareToken": _token(),
    "ChangePassword": _token(PreviousPassword=PASSWORD, ProposedPassword=NEW),
    "CompleteWebAuthnRegistration": _new_passkey,
    "ConfirmDevice": _new_device,
    "DeleteSoftwareToken": _token(SoftwareTokenId="no-such-authenticator"),
    "DeleteUser": _token(),
    "DeleteUserAttributes": _token(UserAttributeNames=["email"]),
    "DeleteWebAuthnCredential": _own_passkey,
    "ForgetDevice": _own_device(),
    "GetDevice": _own_device(),
    "GenerateRecoveryCodes": _token(),
    "GetUser": _token(),
    "GetUserAuthFactors": _token(),
    "GetUserAttributeVerificationCode": _token(AttributeName="email"),
    "GlobalSignOut": _token(),
    "ListUserSessions": _token(),
    "RevokeUserSession": _own_session,
    "ListDevices": _token(),
    "ListSoftwareTokens": _token(),
    "ListWebAuthnCredentials": _token(),
    "SetUserMFAPreference": _token(SMSMfaSettings={"Enabled": False}),
    "SetUserSettings": _token(MFAOptions=[]),
    "StartWebAuthnRegistration": _token(),
    "UpdateDeviceStatus": _own_device(DeviceRememberedStatus="remembered"),
    "UpdateUserAttributes": _token(UserAttributes=[{"Name": "name", "Value": "Eve"}]),
    "VerifySoftwareToken": _token(UserCode="123456"),
    "VerifyUserAttribute": _token(AttributeName="email", Code="123456"),
}
# What an app client asks for somebody.
BY_CLIENT: dict[str, Callable[[Maker, Realm], Input]] = {
    "ConfirmForgotPassword": _named(ConfirmationCode="123456", Password=NEW),
    "ConfirmSignUp": _named(ConfirmationCode="123456"),
    "ForgotPassword": _named(),
    "GetClientToken": lambda _, realm: {"ClientId": realm.service.client_id, "Secret": realm.service.secret},
    "GetTokensFromRefreshToken": _refresh,
    "InitiateAuth": _password_auth("USER_PASSWORD_AUTH", with_pool=False),
    "ResendConfirmationCode": _named(),
    "RespondToAuthChallenge": _respond(with_pool=False),
    "RevokeToken": lambda maker, realm: {
        "ClientId": realm.app.client_id,
        "Token": maker.tokens(realm)["RefreshToken"],
    },
    "SignUp": _named(Password=PASSWORD),
    "UpdateAuthEventFeedback": _feedback(with_token=True),
}
# What is about no pool that already is there, with the reason.
OF_NO_POOL = {
    "CreateUserPool": "makes a pool",
    "ListUserPools": "lists the pools of the caller's account",
    "DescribeUserPoolDomain": "names a domain; a foreign one is nothing, see test_cross_pool",
    "CreateAccessKey": "about the caller's account",
    "ListAccessKeys": "about the caller's account",
    "RevokeAccessKey": "about the caller's account",
    "CreateSenderKey": "about the caller's account",
    "DeleteSenderKey": "about the caller's account",
    "ExportSenderKey": "about the caller's account",
    "ListSenderKeys": "about the caller's account",
    "DeleteFunction": "about the functions of the caller's account",
    "DescribeFunction": "about the functions of the caller's account",
    "ListFunctionCalls": "about the functions of the caller's account",
    "ListFunctions": "about the functions of the caller's account",
    "PutFunction": "about the functions of the caller's account",
    "ReplayFunctionCall": "about the functions of the caller's account",
    "RetireFunctionSecret": "about the functions of the caller's account",
    "RotateFunctionSecret": "about the functions of the caller's account",
    "TestFunction": "about the functions of the caller's account",
    "GetProvisionedLimit": "about the caller's account",
    "UpdateProvisionedLimit": "about the caller's account",
}
