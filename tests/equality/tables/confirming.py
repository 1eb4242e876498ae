"""The codes that confirm a sign-up: ConfirmSignUp, ResendConfirmationCode, AdminConfirmSignUp."""

import re

from tests.equality.language import (
    Code,
    On,
    by_admin,
    by_app,
    has_attributes,
    row,
    signed_up,
    user,
    wait,
)

MAIL = On(pool={"AutoVerifiedAttributes": ["email"]})
HIDING = On(pool={"AutoVerifiedAttributes": ["email"]}, client={"PreventUserExistenceErrors": "ENABLED"})
ALIAS = On(pool={"AutoVerifiedAttributes": ["email", "phone_number"], "AliasAttributes": ["email", "phone_number"]})
SECRET = On(client={"GenerateSecret": True})
MASKED_MAIL = re.compile(r"u\*\*\*@e\*\*\*")
BY_EMAIL = {"Destination": MASKED_MAIL, "DeliveryMedium": "EMAIL", "AttributeName": "email"}
NO_USER = ("UserNotFoundException", "Username/client id combination not found.")
WRONG_CODE = ("CodeMismatchException", "Invalid verification code provided, please try again.")
OLD_CODE = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
TOO_OFTEN = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")


ROWS = (
    # ---- ConfirmSignUp
    row(
        "the code confirms and verifies",
        "cognito.md 6.4 ConfirmSignUp",
        MAIL,
        signed_up(email="$email"),
        by_app("ConfirmSignUp", ConfirmationCode=Code("$email")),
        by_admin("AdminGetUser").gives(
            UserStatus="CONFIRMED", UserAttributes=has_attributes(email="$email", email_verified="true")
        ),
    ),
    row(
        "a wrong code",
        "cognito.md 12.2 CodeMismatch",
        MAIL,
        signed_up(email="$email"),
        by_app("ConfirmSignUp", ConfirmationCode="no-code").fails(*WRONG_CODE),
    ),
    row(
        "a code after a day",
        "cognito.md 2.12 sign-up confirmation 24 h",
        MAIL,
        signed_up(email="$email"),
        wait(hours=24, seconds=1),
        by_app("ConfirmSignUp", ConfirmationCode=Code("$email")).fails(*OLD_CODE),
    ),
    row(
        "confirmed twice",
        "cognito.md 12.2 NotAuthorized",
        MAIL,
        signed_up(email="$email"),
        by_app("ConfirmSignUp", ConfirmationCode=Code("$email")),
        by_app("ConfirmSignUp", ConfirmationCode=Code("$email")).fails(
            "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"
        ),
    ),
    row(
        "nobody is confirmed",
        "cognito.md 2.13 ConfirmSignUp LEGACY",
        MAIL,
        by_app("ConfirmSignUp", ConfirmationCode="123456").fails(*NO_USER),
    ),
    row(
        "nobody is confirmed, by an app that hides users",
        "cognito.md 2.13 ConfirmSignUp ENABLED",
        HIDING,
        by_app("ConfirmSignUp", ConfirmationCode="123456").fails(*WRONG_CODE),
    ),
    row(
        "too many codes are tried",
        "cognito.md 2.12 ConfirmSignUp 15",
        MAIL,
        signed_up(email="$email"),
        *[by_app("ConfirmSignUp", ConfirmationCode="no-code").fails(*WRONG_CODE)] * 15,
        by_app("ConfirmSignUp", ConfirmationCode=Code("$email")).fails(
            "TooManyFailedAttemptsException", "Attempt limit exceeded, please try after some time."
        ),
    ),
    row(
        "an address that is another's alias",
        "cognito.md 12.2 AliasExists",
        ALIAS,
        user("$name-2", email="$email", email_verified="true"),
        signed_up(email="$email"),
        by_app("ConfirmSignUp", ConfirmationCode=Code("$email")).fails(
            "AliasExistsException", "An account with the email already exists."
        ),
    ),
    row(
        "an alias is moved by force",
        "cognito.md 6.3 ForceAliasCreation",
        ALIAS,
        user("$name-2", email="$email", email_verified="true"),
        signed_up(email="$email"),
        by_app("ConfirmSignUp", ConfirmationCode=Code("$email"), ForceAliasCreation=True),
        by_admin("AdminGetUser", Username="$email").gives(Username="$name"),
        by_admin("AdminGetUser", Username="$name-2").gives(UserAttributes=has_attributes(email_verified="false")),
    ),
    row(
        "confirmed without the secret hash",
        "cognito.md 2.7 SecretHash parameter",
        SECRET,
        by_app("ConfirmSignUp", ConfirmationCode="123456").fails(
            "NotAuthorizedException", "Client $client is configured with secret but SECRET_HASH was not received"
        ),
    ),
    row(
        "another code without the secret hash",
        "cognito.md 2.7 SecretHash parameter",
        SECRET,
        by_app("ResendConfirmationCode").fails(
            "NotAuthorizedException", "Client $client is configured with secret but SECRET_HASH was not received"
        ),
    ),
    # ---- ResendConfirmationCode
    row(
        "another code",
        "cognito.md 1.7 ResendConfirmationCode",
        MAIL,
        signed_up(email="$email"),
        wait(seconds=1),
        by_app("ResendConfirmationCode").gives_only(CodeDeliveryDetails=BY_EMAIL),
        by_app("ConfirmSignUp", ConfirmationCode=Code("$email")),
    ),
    row(
        "another code for nobody",
        "cognito.md 2.13 ResendConfirmationCode LEGACY",
        MAIL,
        by_app("ResendConfirmationCode").fails(*NO_USER),
    ),
    row(
        "another code for nobody, by an app that hides users",
        "cognito.md 2.13 ResendConfirmationCode ENABLED",
        HIDING,
        by_app("ResendConfirmationCode", Username="nobody@example.com").gives(
            CodeDeliveryDetails={"DeliveryMedium": "EMAIL", "AttributeName": "email", "Destination": str}
        ),
    ),
    row(
        "another code for a confirmed user",
        "cognito.md 12.2 InvalidParameter",
        MAIL,
        user(email="$email"),
        by_app("ResendConfirmationCode").fails("InvalidParameterException", "User is already confirmed."),
    ),
    row(
        "more than five codes an hour",
        "cognito.md 2.12 ResendConfirmationCode 5",
        MAIL,
        signed_up(email="$email"),
        *[by_app("ResendConfirmationCode")] * 5,
        by_app("ResendConfirmationCode").fails(*TOO_OFTEN),
        wait(hours=1, seconds=1),
        by_app("ResendConfirmationCode"),
    ),
    # ---- AdminConfirmSignUp
    row(
        "an administrator confirms and verifies nothing",
        "cognito.md 6.4 Admin confirmation",
        MAIL,
        signed_up(email="$email"),
        by_admin("AdminConfirmSignUp").gives_only(),
        by_admin("AdminGetUser").gives(
            UserStatus="CONFIRMED", UserAttributes=has_attributes(email="$email", email_verified="false")
        ),
    ),
    row(
        "an administrator confirms twice",
        "cognito.md 12.2 NotAuthorized",
        signed_up(),
        by_admin("AdminConfirmSignUp"),
        by_admin("AdminConfirmSignUp").fails(
            "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"
        ),
    ),
    row(
        "an administrator confirms nobody",
        "cognito.md 12.2 UserNotFound",
        by_admin("AdminConfirmSignUp").fails("UserNotFoundException", "User does not exist."),
    ),
)
