"""Devices and tracked sessions."""

import datetime
import re
from typing import Any

from tests.equality.language import (
    ABSENT,
    Call,
    On,
    Only,
    Step,
    by_admin,
    by_token,
    claims,
    has_attributes,
    on_pool,
    password_sign_in,
    row,
    signed_in,
    user,
)

TRACKING = On(
    pool={"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}}
)
ASKING = On(
    pool={"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}}
)
OFF = "InvalidUserPoolConfigurationException"
GONE = ("ResourceNotFoundException", "Device does not exist.")
WRONG = "InvalidParameterException"
NOBODY = ("UserNotFoundException", "User does not exist.")
NO_DEVICE = "us-east-1_7a1b9f5e-3f0a-4c5e-9a43-0123456789ab"
DEVICE = {
    "DeviceKey": "$tokens.NewDeviceMetadata.DeviceKey",
    "DeviceAttributes": has_attributes(device_status="valid", device_name="Ada's phone"),
    "DeviceCreateDate": datetime.datetime,
    "DeviceLastModifiedDate": datetime.datetime,
    "DeviceLastAuthenticatedDate": datetime.datetime,
}
KEY = "$tokens.NewDeviceMetadata.DeviceKey"
SESSION = re.compile(r"(tkn|sso)[a-z0-9]{25}")


def on_device(operation: str, **members: Any) -> Call:
    """A user's operation on their new device."""
    return by_token(operation, **{"DeviceKey": KEY, **members})


def by_operator(operation: str, **members: Any) -> Call:
    """An operator's operation on the user's device."""
    return by_admin(operation, **{"DeviceKey": KEY, **members})


def confirmed() -> list[Step]:
    """A user who has signed in on a device and confirmed it."""
    return [*signed_in(), on_device("ConfirmDevice", DeviceName="Ada's phone")]


def tracked(**members: Any) -> Call:
    """SetUserPoolSessionConfiguration."""
    given = {"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 20}, **members}
    return on_pool("SetUserPoolSessionConfiguration", **given)


def for_client(minutes: int, **members: Any) -> Call:
    """SetUserPoolClientSessionConfiguration."""
    given = {"ClientId": "$client", "SSOSession": {"MaxValidityMinutes": minutes}, **members}
    return on_pool("SetUserPoolClientSessionConfiguration", **given)


ROWS = (
    # ---- devices
    row(
        "a new device",
        "cognito.md 2.6 NewDeviceMetadata",
        TRACKING,
        user(),
        password_sign_in()
        .gives(
            AuthenticationResult={
                "NewDeviceMetadata": Only({"DeviceKey": re.compile(r"us-east-1_[0-9a-f-]{36}"), "DeviceGroupKey": str})
            }
        )
        .keeps("tokens", "AuthenticationResult"),
        claims("$tokens.AccessToken", {"device_key": KEY}),
        claims("$tokens.IdToken", {"device_key": ABSENT}),
    ),
    row(
        "a pool that does not track",
        "cognito.md 2.6",
        user(),
        password_sign_in().gives(AuthenticationResult={"NewDeviceMetadata": ABSENT}),
    ),
    row(
        "confirmed",
        "cognito.md 1.8 ConfirmDevice",
        TRACKING,
        signed_in(),
        on_device("ConfirmDevice", DeviceName="Ada's phone").gives_only(UserConfirmationNecessary=False),
    ),
    row(
        "confirmed, and the user is asked",
        "cognito.md 2.6 UserConfirmationNecessary",
        ASKING,
        signed_in(),
        on_device("ConfirmDevice").gives_only(UserConfirmationNecessary=True),
    ),
    row(
        "confirmed twice",
        "cognito.md 12.3 DeviceKeyExistsException",
        TRACKING,
        confirmed(),
        on_device("ConfirmDevice").fails("DeviceKeyExistsException"),
    ),
    row(
        "seen by the user",
        "cognito.md 1.6 DeviceType",
        TRACKING,
        confirmed(),
        on_device("GetDevice").gives_only(Device=Only(DEVICE)),
        by_token("ListDevices").gives_only(Devices=[Only(DEVICE)]),
    ),
    row(
        "seen by an operator",
        "cognito.md 1.6 AdminGetDevice",
        TRACKING,
        confirmed(),
        by_operator("AdminGetDevice").gives_only(Device=Only(DEVICE)),
        by_admin("AdminListDevices").gives_only(Devices=[Only(DEVICE)]),
    ),
    row(
        "forgotten by the user",
        "cognito.md 0.1 no output shape",
        TRACKING,
        confirmed(),
        on_device("ForgetDevice").gives_only(),
        on_device("GetDevice").fails(*GONE),
        by_token("ListDevices").gives_only(Devices=[]),
    ),
    row(
        "forgotten by an operator",
        "cognito.md 0.1 no output shape",
        TRACKING,
        confirmed(),
        by_operator("AdminForgetDevice").gives_only(),
        by_operator("AdminGetDevice").fails(*GONE),
    ),
    row(
        "remembered by the user",
        "cognito.md 1.6 status remembered",
        ASKING,
        confirmed(),
        on_device("UpdateDeviceStatus", DeviceRememberedStatus="remembered").gives_only(),
    ),
    row(
        "remembered by an operator",
        "cognito.md 1.6 AdminUpdateDeviceStatus",
        ASKING,
        confirmed(),
        by_operator("AdminUpdateDeviceStatus", DeviceRememberedStatus="not_remembered").gives_only(),
    ),
    row(
        "a status that there is not",
        "cognito.md 12.1 Enum",
        TRACKING,
        confirmed(),
        on_device("UpdateDeviceStatus", DeviceRememberedStatus="beloved").fails(WRONG),
    ),
    *[
        row(
            f"{operation} of a device that there is not",
            "cognito.md 2.6 Unknown/forgotten device",
            TRACKING,
            signed_in(),
            on_device(operation, DeviceKey=NO_DEVICE, **more).fails(*GONE),
        )
        for operation, more in (
            ("GetDevice", {}),
            ("ForgetDevice", {}),
            ("UpdateDeviceStatus", {"DeviceRememberedStatus": "remembered"}),
        )
    ],
    *[
        row(
            f"{operation} of a device that there is not",
            "cognito.md 2.6 Unknown/forgotten device",
            TRACKING,
            user(),
            by_operator(operation, DeviceKey=NO_DEVICE, **more).fails(*GONE),
        )
        for operation, more in (
            ("AdminGetDevice", {}),
            ("AdminForgetDevice", {}),
            ("AdminUpdateDeviceStatus", {"DeviceRememberedStatus": "remembered"}),
        )
    ],
    row(
        "a sign-in on a device that there is not",
        "cognito.md 2.6 Unknown/forgotten device",
        TRACKING,
        confirmed(),
        on_device("ForgetDevice"),
        password_sign_in(DEVICE_KEY=KEY).fails(*GONE),
    ),
    *[
        row(
            f"{operation} where nothing is tracked",
            "cognito.md 12.3 InvalidUserPoolConfigurationException",
            signed_in(),
            by_token(operation, **more).fails(OFF),
        )
        for operation, more in (
            ("ConfirmDevice", {"DeviceKey": NO_DEVICE}),
            ("GetDevice", {"DeviceKey": NO_DEVICE}),
            ("ForgetDevice", {"DeviceKey": NO_DEVICE}),
            ("ListDevices", {}),
            ("UpdateDeviceStatus", {"DeviceKey": NO_DEVICE, "DeviceRememberedStatus": "remembered"}),
        )
    ],
    *[
        row(
            f"{operation} where nothing is tracked",
            "cognito.md 12.3 InvalidUserPoolConfigurationException",
            user(),
            by_admin(operation, **more).fails(OFF),
        )
        for operation, more in (
            ("AdminGetDevice", {"DeviceKey": NO_DEVICE}),
            ("AdminForgetDevice", {"DeviceKey": NO_DEVICE}),
            ("AdminListDevices", {}),
            ("AdminUpdateDeviceStatus", {"DeviceKey": NO_DEVICE, "DeviceRememberedStatus": "remembered"}),
        )
    ],
    row(
        "a key that is none",
        "cognito.md 0.2 DeviceKey",
        TRACKING,
        signed_in(),
        on_device("GetDevice", DeviceKey="phone").fails(WRONG),
    ),
    row("the devices of nobody", "cognito.md 12.2 UserNotFound", TRACKING, by_admin("AdminListDevices").fails(*NOBODY)),
    # ---- session configuration
    row(
        "sessions are not tracked",
        "cognito.md 1.9 default DISABLED, MaxPerUser 20",
        on_pool("GetUserPoolSessionConfiguration").gives_only(
            UserPoolId="$pool", UserSessionTracking="DISABLED", TokenSession=Only({"MaxPerUser": 20})
        ),
    ),
    row(
        "sessions are tracked",
        "cognito.md 1.9 SetUserPoolSessionConfiguration",
        tracked().gives_only(UserPoolId="$pool", UserSessionTracking="ENABLED", TokenSession=Only({"MaxPerUser": 20})),
    ).alone(),
    row("no sessions a user", "cognito.md 1.9 MaxPerUser 1–100", tracked(TokenSession={"MaxPerUser": 0}).fails(WRONG)),
    row(
        "101 sessions a user", "cognito.md 1.9 MaxPerUser 1–100", tracked(TokenSession={"MaxPerUser": 101}).fails(WRONG)
    ),
    row(
        "an app's default",
        "cognito.md 1.9 default 60",
        on_pool("GetUserPoolClientSessionConfiguration", ClientId="$client").gives_only(
            UserPoolId="$pool", ClientId="$client", SSOSession=Only({"MaxValidityMinutes": 60})
        ),
    ),
    row(
        "an app's own",
        "cognito.md 1.9 SetUserPoolClientSessionConfiguration",
        tracked(),
        for_client(0).gives_only(UserPoolId="$pool", ClientId="$client", SSOSession=Only({"MaxValidityMinutes": 0})),
    ).alone(),
    row(
        "an app's own without tracking",
        "cognito.md 1.9 tracking must be enabled",
        for_client(5).fails("OperationNotEnabledException"),
    ).alone(),
    row(
        "an app's own of 129,601 minutes",
        "cognito.md 1.9 MaxValidityMinutes 0–129600",
        tracked(),
        for_client(129_601).fails(WRONG),
    ).alone(),
    row(
        "the sessions of an app that there is not",
        "cognito.md 12.2 ResourceNotFound",
        on_pool("GetUserPoolClientSessionConfiguration", ClientId="nobody").fails("ResourceNotFoundException"),
    ),
    # ---- sessions
    row(
        "a user's sessions",
        "cognito.md 1.9 SessionDescription",
        tracked(),
        signed_in(),
        by_token("ListUserSessions").gives_only(
            Sessions=[
                {
                    "SessionId": SESSION,
                    "SessionType": "TOKEN",
                    "ClientId": "$client",
                    "CreateDate": datetime.datetime,
                    "LastActiveDate": datetime.datetime,
                    "DeviceType": str,
                    "LastIPAddress": "127.0.0.1",
                    "IsCurrentSession": True,
                }
            ]
        ),
        by_admin("AdminListUserSessions").gives(Sessions=[{"IsCurrentSession": False}]),
    ).alone(),
    row(
        "a session is ended",
        "cognito.md 1.9 RevokeUserSession",
        tracked(),
        signed_in(),
        password_sign_in().keeps("other", "AuthenticationResult"),
        by_admin("AdminListUserSessions").gives(Sessions=[dict, dict]).keeps("listed"),
        by_admin("AdminRevokeUserSession", SessionId="$listed.Sessions.0.SessionId").gives_only(),
        by_admin("AdminListUserSessions").gives(Sessions=[dict]),
    ).alone(),
    row(
        "the current session is not",
        "cognito.md 1.9 own current session refused",
        tracked(),
        signed_in(),
        by_token("ListUserSessions").keeps("listed"),
        by_token("RevokeUserSession", SessionId="$listed.Sessions.0.SessionId").fails(WRONG),
    ).alone(),
    row(
        "a session that there is not",
        "cognito.md 1.9 AdminRevokeUserSession",
        tracked(),
        user(),
        by_admin("AdminRevokeUserSession", SessionId="tkn" + "a" * 25).fails("ResourceNotFoundException"),
    ).alone(),
    row(
        "a session id that is none",
        "cognito.md 0.2 SessionId",
        by_admin("AdminRevokeUserSession", SessionId="mine").fails(WRONG),
    ),
    row(
        "the sessions of nobody",
        "cognito.md 12.2 UserNotFound",
        tracked(),
        by_admin("AdminListUserSessions").fails(*NOBODY),
        by_admin("AdminRevokeUserSession", SessionId="tkn" + "a" * 25).fails(*NOBODY),
    ).alone(),
    row(
        "the oldest session goes when there are too many",
        "cognito.md 1.9 evicts least-recently-used",
        tracked(TokenSession={"MaxPerUser": 1}),
        signed_in(),
        password_sign_in().gives(AuthenticationResult={"TokenType": "Bearer"}),
        by_admin("AdminListUserSessions").gives(Sessions=[dict]),
        by_token("GetUser").fails("NotAuthorizedException", "Access Token has been revoked"),
    ).alone(),
)
