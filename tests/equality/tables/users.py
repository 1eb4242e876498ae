"""Users as administrators make, see, disable and delete them."""

import datetime
import re
from typing import Any

from tests.equality.language import (
    UUID,
    Call,
    On,
    Only,
    attributes,
    by_admin,
    by_token,
    has_attributes,
    message,
    on_pool,
    password_sign_in,
    row,
    signed_in,
    user,
)
from tests.factories import PASSWORD

ALIAS = On(pool={"AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"]})
BY_MAIL = On(pool={"UsernameAttributes": ["email"]})
PASSWORDLESS = On(
    pool={"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}},
)
REQUIRING = On(pool={"Schema": [{"Name": "nickname", "AttributeDataType": "String", "Required": True}]})
NOBODY = ("UserNotFoundException", "User does not exist.")
TAKEN = ("UsernameExistsException", "User account already exists")
USER = {
    "Username": "$name",
    "Enabled": True,
    "UserCreateDate": datetime.datetime,
    "UserLastModifiedDate": datetime.datetime,
}
VERIFIED = {"email": "$email", "email_verified": "true"}


def make(**members: Any) -> Call:
    """AdminCreateUser."""
    return by_admin("AdminCreateUser", **members)


ROWS = (
    # ---- AdminCreateUser
    row(
        "made with a temporary password",
        "cognito.md 0.3 FORCE_CHANGE_PASSWORD",
        make(TemporaryPassword=PASSWORD, MessageAction="SUPPRESS").gives_only(
            User=Only({**USER, "UserStatus": "FORCE_CHANGE_PASSWORD", "Attributes": attributes(sub=UUID)})
        ),
    ),
    row(
        "an invitation by e-mail",
        "cognito.md 6.4 AdminCreateUser",
        make(UserAttributes=attributes(**VERIFIED), DesiredDeliveryMediums=["EMAIL"]),
        message("$email", medium="EMAIL", username="$name"),
    ),
    row(
        "an invitation by SMS without a number",
        "cognito.md 1.6 AdminCreateUser CodeDeliveryFailure",
        make(UserAttributes=attributes(**VERIFIED), DesiredDeliveryMediums=["SMS"]).fails(
            "CodeDeliveryFailureException"
        ),
    ),
    row("a name that is taken", "cognito.md 12.2 UsernameExists", user(), make(MessageAction="SUPPRESS").fails(*TAKEN)),
    row(
        "an address that is taken",
        "cognito.md 12.2 UsernameExists",
        BY_MAIL,
        user("$email"),
        make(Username="$email", MessageAction="SUPPRESS").fails("UsernameExistsException"),
    ),
    row(
        "an alias that is taken",
        "botocore: AdminCreateUser.ForceAliasCreation",
        ALIAS,
        user("$name-2", **VERIFIED),
        make(UserAttributes=attributes(**VERIFIED), MessageAction="SUPPRESS").fails("UsernameExistsException"),
    ),
    row(
        "an alias that is moved",
        "botocore: AdminCreateUser.ForceAliasCreation",
        ALIAS,
        user("$name-2", **VERIFIED),
        make(UserAttributes=attributes(**VERIFIED), MessageAction="SUPPRESS", ForceAliasCreation=True),
        by_admin("AdminGetUser", Username="$email").gives(Username="$name"),
        by_admin("AdminGetUser", Username="$name-2").gives(UserAttributes=has_attributes(email_verified="false")),
    ),
    row(
        "a temporary password that the policy refuses",
        "cognito.md 12.2 InvalidPassword",
        make(TemporaryPassword="Sh0rt!a", MessageAction="SUPPRESS").fails(
            "InvalidPasswordException", "Password does not conform to policy: Password not long enough"
        ),
    ),
    row(
        "the invitation again",
        "cognito.md 6.4 RESEND",
        make(UserAttributes=attributes(**VERIFIED), MessageAction="SUPPRESS"),
        make(MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"]).gives(
            User={"Username": "$name", "UserStatus": "FORCE_CHANGE_PASSWORD"}
        ),
        message("$email", medium="EMAIL"),
    ),
    row("the invitation of nobody", "cognito.md 6.4 RESEND unknown", make(MessageAction="RESEND").fails(*NOBODY)),
    row(
        "the invitation of a confirmed user",
        "cognito.md 12.3 UnsupportedUserStateException",
        user(),
        make(MessageAction="RESEND").fails("UnsupportedUserStateException"),
    ),
    row(
        "without a password where codes sign in",
        "cognito.md 0.3 AdminCreateUser without TemporaryPassword",
        PASSWORDLESS,
        make(UserAttributes=attributes(**VERIFIED), MessageAction="SUPPRESS").gives(User={"UserStatus": "CONFIRMED"}),
    ),
    row(
        "a required attribute may wait for the first sign-in",
        "cognito.md 2.4 NEW_PASSWORD_REQUIRED requiredAttributes",
        REQUIRING,
        make(MessageAction="SUPPRESS").gives(User={"UserStatus": "FORCE_CHANGE_PASSWORD"}),
    ),
    row(
        "an unknown attribute",
        "cognito.md 12.2 InvalidParameter",
        make(UserAttributes=attributes(custom__rank="1"), MessageAction="SUPPRESS").fails(
            "InvalidParameterException",
            "Attributes did not conform to the schema: custom:rank: Attribute does not exist in the schema.\n",
        ),
    ),
    row(
        "an action that there is not",
        "botocore: AdminCreateUser.MessageAction",
        make(MessageAction="SHOUT").fails(
            "InvalidParameterException",
            re.compile(
                r"1 validation error detected: Value .*at 'messageAction' failed to satisfy constraint: "
                r"Member must satisfy enum value set: \[(RESEND, SUPPRESS|SUPPRESS, RESEND)\]"
            ),
        ),
    ),
    row(
        "a pool by e-mail names users by their subject",
        "cognito.md 6.3 UsernameAttributes",
        BY_MAIL,
        make(Username="$email", MessageAction="SUPPRESS").keeps("made", "User"),
        by_admin("AdminGetUser", Username="$email").gives(
            Username="$made.Username", UserAttributes=has_attributes(sub="$made.Username", email="$email")
        ),
    ),
    # ---- AdminGetUser
    row(
        "a user",
        "cognito.md 1.6 AdminGetUser",
        user(email="$email"),
        by_admin("AdminGetUser").gives_only(
            Username="$name",
            UserAttributes=has_attributes(sub="$sub", email="$email"),
            UserCreateDate=datetime.datetime,
            UserLastModifiedDate=datetime.datetime,
            Enabled=True,
            UserStatus="CONFIRMED",
        ),
    ),
    row(
        "a user by the subject",
        "cognito.md 1 Username",
        user(),
        by_admin("AdminGetUser", Username="$sub").gives(Username="$name"),
    ),
    row(
        "a user by an alias",
        "cognito.md 1 Username",
        ALIAS,
        user(**VERIFIED),
        by_admin("AdminGetUser", Username="$email").gives(Username="$name"),
    ),
    row("nobody", "cognito.md 12.2 UserNotFound", by_admin("AdminGetUser").fails(*NOBODY)),
    row(
        "a pool that is not there",
        "cognito.md 12.2 ResourceNotFound ?",
        by_admin("AdminGetUser", UserPoolId="us-east-1_Nowhere99").fails("ResourceNotFoundException"),
    ),
    row(
        "a pool id that is none",
        "cognito.md 12.1 Constraint failures",
        by_admin("AdminGetUser", UserPoolId="nowhere").fails(
            "InvalidParameterException",
            re.compile(
                r"1 validation error detected: Value .*at 'userPoolId' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: \[\\w-\]\+_\[0-9a-zA-Z\]\+"
            ),
        ),
    ),
    row(
        "no name",
        "cognito.md 12.1 Missing",
        on_pool("AdminGetUser").fails(
            "InvalidParameterException",
            "1 validation error detected: Value null at 'username' failed to satisfy constraint: "
            "Member must not be null",
        ),
    ),
    # ---- enabled and disabled
    row(
        "disabled and enabled",
        "cognito.md 1.6 AdminEnableUser / AdminDisableUser",
        user(),
        by_admin("AdminDisableUser").gives_only(),
        by_admin("AdminGetUser").gives(Enabled=False, UserStatus="CONFIRMED"),
        by_admin("AdminEnableUser").gives_only(),
        by_admin("AdminGetUser").gives(Enabled=True),
        password_sign_in().gives(AuthenticationResult={"TokenType": "Bearer"}),
    ),
    row("nobody is disabled", "cognito.md 12.2 UserNotFound", by_admin("AdminDisableUser").fails(*NOBODY)),
    row("nobody is enabled", "cognito.md 12.2 UserNotFound", by_admin("AdminEnableUser").fails(*NOBODY)),
    # ---- deleted
    row(
        "deleted by an administrator",
        "cognito.md 0.1 no output shape",
        user(),
        by_admin("AdminDeleteUser").gives_only(),
        by_admin("AdminGetUser").fails(*NOBODY),
        by_admin("AdminDeleteUser").fails(*NOBODY),
    ),
    row(
        "deleted by themselves",
        "cognito.md 1.8 DeleteUser",
        signed_in(),
        by_token("DeleteUser").gives_only(),
        by_admin("AdminGetUser").fails(*NOBODY),
    ),
    row(
        "the name is free again",
        "cognito.md 0.2 Username",
        user(),
        by_admin("AdminDeleteUser"),
        make(MessageAction="SUPPRESS").gives(User={"Username": "$name"}),
    ),
    # ---- without rights
    row(
        "no signature",
        "cognito.md 12.1 Framework layer",
        by_admin("AdminGetUser")
        .unsigned()
        .fails("MissingAuthenticationTokenException", "Missing Authentication Token"),
    ),
)
