"""Devices: given a key at sign-in, confirmed, remembered, forgotten."""

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


def on_device(operation: str, **members: Any) -> Call:
    """A user's operation on their new device."""
    return by_token(operation, **{"DeviceKey": KEY, **members})


def by_operator(operation: str, **members: Any) -> Call:
    """An operator's operation on the user's device."""
    return by_admin(operation, **{"DeviceKey": KEY, **members})


def confirmed() -> list[Step]:
    """A user who has signed in on a device and confirmed it."""
    return [*signed_in(), on_device("ConfirmDevice", DeviceName="Ada's phone")]


ROWS = (
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
)
