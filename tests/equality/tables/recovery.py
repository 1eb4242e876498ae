"""Forgotten, changed, set and reset passwords."""

import re
from typing import Any

from tests.equality.language import (
    WRONG_PASSWORD,
    Call,
    Code,
    On,
    SecretHash,
    by_admin,
    by_app,
    by_token,
    invited,
    message,
    password_sign_in,
    respond,
    row,
    signed_in,
    signed_up,
    user,
    wait,
)
from tests.factories import PASSWORD

NEW = "New-Horse-Battery-7"
HIDING = On(pool={"AutoVerifiedAttributes": ["email"]}, client={"PreventUserExistenceErrors": "ENABLED"})
MAIL_FIRST = On(pool={"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]}})
PHONE_THEN_MAIL = On(
    pool={
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [
                {"Priority": 1, "Name": "verified_phone_number"},
                {"Priority": 2, "Name": "verified_email"},
            ]
        }
    }
)
ADMIN_ONLY = On(pool={"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]}})
HISTORY = On(pool={"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}})
SECRET = On(client={"GenerateSecret": True})
VERIFIED = {"email": "$email", "email_verified": "true"}
BY_EMAIL = {"Destination": re.compile(r"u\*\*\*@e\*\*\*"), "DeliveryMedium": "EMAIL", "AttributeName": "email"}
BY_SMS = {
    "Destination": re.compile(r"\+\*{7}\d{4}"),
    "DeliveryMedium": "SMS",
    "AttributeName": "phone_number",
}
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOBODY = ("UserNotFoundException", "User does not exist.")
NO_USER = ("UserNotFoundException", "Username/client id combination not found.")
NO_ADDRESS = (
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)
WRONG_CODE = ("CodeMismatchException", "Invalid verification code provided, please try again.")
OLD_CODE = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
TOO_OFTEN = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
NOT_NOW = ("NotAuthorizedException", "User password cannot be reset in the current state.")
REPEATED = "PasswordHistoryPolicyViolationException"


def confirm(code: Any = None, password: str = NEW) -> Call:
    """ConfirmForgotPassword with the code that was sent, unless another is given."""
    return by_app("ConfirmForgotPassword", ConfirmationCode=code or Code("$email"), Password=password)


def change(previous: str = PASSWORD, proposed: str = NEW) -> Call:
    """ChangePassword."""
    return by_token("ChangePassword", PreviousPassword=previous, ProposedPassword=proposed)


def set_password(password: str = NEW, **members: Any) -> Call:
    """AdminSetUserPassword."""
    return by_admin("AdminSetUserPassword", Password=password, **members)


ROWS = (
    # ---- ForgotPassword
    row(
        "a code by e-mail",
        "cognito.md 1.7 ForgotPassword",
        user(**VERIFIED),
        by_app("ForgotPassword").gives_only(CodeDeliveryDetails=BY_EMAIL),
        message("$email", medium="EMAIL", code=re.compile(r"\d{6}")),
    ),
    row(
        "the phone first, where nothing is said",
        "cognito.md 6.4 Account recovery legacy order",
        user(**VERIFIED, phone_number="$phone", phone_number_verified="true"),
        by_app("ForgotPassword").gives(CodeDeliveryDetails=BY_SMS),
    ),
    row(
        "the e-mail where the pool says so",
        "cognito.md 6.4 Account recovery priority",
        MAIL_FIRST,
        user(**VERIFIED, phone_number="$phone", phone_number_verified="true"),
        by_app("ForgotPassword").gives(CodeDeliveryDetails=BY_EMAIL),
    ),
    row(
        "the second way where the first is not verified",
        "cognito.md 6.4 Account recovery priority",
        PHONE_THEN_MAIL,
        user(**VERIFIED, phone_number="$phone"),
        by_app("ForgotPassword").gives(CodeDeliveryDetails=BY_EMAIL),
    ),
    row(
        "no verified address", "cognito.md 6.4 None", user(email="$email"), by_app("ForgotPassword").fails(*NO_ADDRESS)
    ),
    row(
        "only administrators reset",
        "cognito.md 6.4 admin_only",
        ADMIN_ONLY,
        user(**VERIFIED),
        by_app("ForgotPassword").fails("NotAuthorizedException", "Contact administrator to reset password."),
    ),
    row("forgotten by nobody", "cognito.md 12.2 UserNotFound", by_app("ForgotPassword").fails(*NO_USER)),
    row(
        "forgotten by nobody, at an app that hides users",
        "cognito.md 2.13 ForgotPassword ENABLED",
        HIDING,
        by_app("ForgotPassword", Username="nobody@example.com").gives_only(
            CodeDeliveryDetails={"DeliveryMedium": "EMAIL", "AttributeName": "email", "Destination": str}
        ),
    ),
    row(
        "no verified address, at an app that hides users",
        "cognito.md 2.13 ForgotPassword ENABLED",
        HIDING,
        user(email="$email"),
        by_app("ForgotPassword").gives(CodeDeliveryDetails={"DeliveryMedium": "EMAIL"}),
    ),
    row(
        "forgotten by a disabled user",
        "cognito.md 2.13 ForgotPassword LEGACY",
        user(**VERIFIED),
        by_admin("AdminDisableUser"),
        by_app("ForgotPassword").fails("NotAuthorizedException", "User is disabled."),
    ),
    row(
        "forgotten with a temporary password",
        "cognito.md 12.2 NotAuthorized",
        invited(**VERIFIED),
        by_app("ForgotPassword").fails(*NOT_NOW),
    ),
    row(
        "forgotten without the secret hash",
        "cognito.md 2.7 SecretHash parameter",
        SECRET,
        user(**VERIFIED),
        by_app("ForgotPassword").fails(
            "NotAuthorizedException", "Client $client is configured with secret but SECRET_HASH was not received"
        ),
        by_app("ForgotPassword", SecretHash=SecretHash("$name")).gives(CodeDeliveryDetails=BY_EMAIL),
    ),
    row(
        "a new password without the secret hash",
        "cognito.md 2.7 SecretHash parameter",
        SECRET,
        confirm("123456").fails(
            "NotAuthorizedException", "Client $client is configured with secret but SECRET_HASH was not received"
        ),
    ),
    row(
        "forgotten too often",
        "cognito.md 11.3 ForgotPassword 5-20",
        user(**VERIFIED),
        *[by_app("ForgotPassword")] * 10,
        by_app("ForgotPassword").fails(*TOO_OFTEN),
    ),
    # ---- ConfirmForgotPassword
    row(
        "a new password",
        "cognito.md 1.7 ConfirmForgotPassword",
        user(**VERIFIED),
        by_app("ForgotPassword"),
        confirm().gives_only(),
        password_sign_in(password=NEW).gives(AuthenticationResult={"TokenType": "Bearer"}),
        password_sign_in().fails(*WRONG),
    ),
    row(
        "a code works once",
        "cognito.md 12.2 ExpiredCode",
        user(**VERIFIED),
        by_app("ForgotPassword"),
        confirm(),
        confirm(password=NEW + "x").fails(*OLD_CODE),
    ),
    row(
        "a wrong code",
        "cognito.md 12.2 CodeMismatch",
        user(**VERIFIED),
        by_app("ForgotPassword"),
        confirm("no-code").fails(*WRONG_CODE),
    ),
    row(
        "a code after an hour",
        "cognito.md 2.12 forgot-password 1 h",
        user(**VERIFIED),
        by_app("ForgotPassword"),
        wait(hours=1, seconds=1),
        confirm().fails(*OLD_CODE),
    ),
    row(
        "a new password that the policy refuses",
        "cognito.md 12.2 InvalidPassword",
        user(**VERIFIED),
        by_app("ForgotPassword"),
        confirm(password="Sh0rt!a").fails(
            "InvalidPasswordException", "Password does not conform to policy: Password not long enough"
        ),
        confirm(),
    ),
    row(
        "confirmed by nobody",
        "cognito.md 2.13 ConfirmForgotPassword LEGACY",
        confirm("123456").fails("UserNotFoundException"),
    ),
    row(
        "confirmed by nobody, at an app that hides users",
        "cognito.md 2.13 ConfirmForgotPassword ENABLED",
        HIDING,
        confirm("123456").fails(*WRONG_CODE),
    ),
    row(
        "confirmed without having asked, at an app that hides users",
        "cognito.md 2.13 ConfirmForgotPassword ENABLED",
        HIDING,
        user(**VERIFIED),
        confirm("123456").fails(*OLD_CODE),
    ),
    row(
        "confirmed before the sign-up is",
        "botocore: ConfirmForgotPassword.Username",
        signed_up(email="$email"),
        confirm("123456").fails("UserNotConfirmedException"),
    ),
    row(
        "too many codes are tried",
        "cognito.md 2.12 ConfirmForgotPassword 5-20",
        user(**VERIFIED),
        by_app("ForgotPassword"),
        *[confirm("no-code").fails(*WRONG_CODE)] * 20,
        confirm().fails(*TOO_OFTEN),
    ),
    row(
        "a password of the past",
        "cognito.md 2.14 PasswordHistorySize",
        HISTORY,
        user(**VERIFIED),
        by_app("ForgotPassword"),
        confirm(password=PASSWORD).fails(REPEATED),
        confirm(),
    ),
    # ---- AdminResetUserPassword
    row(
        "reset by an administrator",
        "cognito.md 1.6 AdminResetUserPassword",
        user(**VERIFIED),
        by_admin("AdminResetUserPassword").gives_only(),
        by_admin("AdminGetUser").gives(UserStatus="RESET_REQUIRED"),
        password_sign_in().fails("PasswordResetRequiredException"),
        confirm(),
        by_admin("AdminGetUser").gives(UserStatus="CONFIRMED"),
        password_sign_in(password=NEW).gives(AuthenticationResult={"ExpiresIn": 3600}),
    ),
    row(
        "reset, at an app that hides users, after the right password",
        "cognito.md 12.2 Text order",
        HIDING,
        user(**VERIFIED),
        by_admin("AdminResetUserPassword"),
        password_sign_in(password=WRONG_PASSWORD).fails(*WRONG),
        password_sign_in().fails("PasswordResetRequiredException"),
    ),
    row(
        "reset without an address",
        "cognito.md 12.2 InvalidParameter",
        user(),
        by_admin("AdminResetUserPassword").fails(*NO_ADDRESS),
    ),
    row("reset of nobody", "cognito.md 12.2 UserNotFound", by_admin("AdminResetUserPassword").fails(*NOBODY)),
    row(
        "reset of a temporary password",
        "cognito.md 12.2 NotAuthorized",
        invited(**VERIFIED),
        by_admin("AdminResetUserPassword").fails(*NOT_NOW),
    ),
    # ---- ChangePassword
    row(
        "changed",
        "cognito.md 1.8 ChangePassword",
        signed_in(),
        change().gives_only(),
        password_sign_in(password=NEW).gives(AuthenticationResult={"ExpiresIn": 3600}),
        by_token("GetUser").gives(Username="$name"),
    ),
    row("changed with a wrong one", "cognito.md 1.8 ChangePassword", signed_in(), change(WRONG_PASSWORD).fails(*WRONG)),
    row(
        "changed to what the policy refuses",
        "cognito.md 12.2 InvalidPassword",
        signed_in(),
        change(proposed="Sh0rt!a").fails(
            "InvalidPasswordException", "Password does not conform to policy: Password not long enough"
        ),
    ),
    row(
        "changed to one of the past",
        "cognito.md 2.14 PasswordHistorySize",
        HISTORY,
        signed_in(),
        change(proposed=PASSWORD).fails(REPEATED),
        change(),
        change(NEW, PASSWORD).fails(REPEATED),
        change(NEW, "Third-Horse-Battery-7"),
        change("Third-Horse-Battery-7", PASSWORD),
    ),
    row(
        "changed without a proposal",
        "cognito.md 12.1 Missing",
        signed_in(),
        by_token("ChangePassword", PreviousPassword=PASSWORD).fails(
            "InvalidParameterException",
            "1 validation error detected: Value null at 'proposedPassword' failed to satisfy constraint: "
            "Member must not be null",
        ),
    ),
    row(
        "changed too often",
        "cognito.md 2.12 ChangePassword 5",
        signed_in(),
        *[change(WRONG_PASSWORD).fails(*WRONG)] * 5,
        change().fails(*TOO_OFTEN),
    ),
    # ---- AdminSetUserPassword
    row(
        "set for good",
        "cognito.md 1.6 AdminSetUserPassword Permanent true",
        invited(),
        set_password(Permanent=True).gives_only(),
        by_admin("AdminGetUser").gives(UserStatus="CONFIRMED"),
        password_sign_in(password=NEW).gives(AuthenticationResult={"ExpiresIn": 3600}),
    ),
    row(
        "set for the time being",
        "cognito.md 1.6 AdminSetUserPassword false",
        user(),
        set_password(),
        by_admin("AdminGetUser").gives(UserStatus="FORCE_CHANGE_PASSWORD"),
        password_sign_in(password=NEW).gives(ChallengeName="NEW_PASSWORD_REQUIRED"),
    ),
    row(
        "set to what the policy refuses",
        "cognito.md 12.2 InvalidPassword",
        user(),
        set_password("Sh0rt!a", Permanent=True).fails(
            "InvalidPasswordException", "Password does not conform to policy: Password not long enough"
        ),
    ),
    row(
        "set to one of the past",
        "cognito.md 2.14 PasswordHistorySize",
        HISTORY,
        user(),
        set_password(PASSWORD, Permanent=True).fails(REPEATED),
    ),
    row("set for nobody", "cognito.md 12.2 UserNotFound", set_password(Permanent=True).fails(*NOBODY)),
    row(
        "a new password of the past in the challenge",
        "cognito.md 12.3 PasswordHistoryPolicyViolationException",
        HISTORY,
        user(),
        set_password(NEW),
        password_sign_in(password=NEW).keeps("challenge"),
        respond("NEW_PASSWORD_REQUIRED", NEW_PASSWORD=PASSWORD).fails(REPEATED),
    ),
)
