"""Functions of a pool that throw, that answer what is no event, or that are not there, at every operation that calls one."""

from typing import Any

from tests.equality.language import (
    Call,
    Code,
    Function,
    On,
    Row,
    Step,
    by_admin,
    by_app,
    by_token,
    call,
    on_pool,
    password_sign_in,
    row,
    signed_in,
    signed_up,
    user,
)
from tests.equality.tables.user_auth import babble, fail
from tests.factories import PASSWORD

NEW = "New-Horse-Battery-7"
NOWHERE = "arn:aws:lambda:us-east-1:123456789012:function:nowhere"
# DEVELOPER, since the guide lets only such pools write their own e-mail.
POOL: dict[str, Any] = {
    "AutoVerifiedAttributes": ["email"],
    "EmailConfiguration": {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    },
}
VERIFIED = {"email": "$email", "email_verified": "true"}
ADDRESS = [{"Name": "email", "Value": "$email"}]
CHANGED = [{"Name": "email", "Value": "new-$email"}]


def asked() -> Step:
    """A code to reset the password."""
    return by_app("ForgotPassword")


# What comes before, the operation, and the function that it calls.
CALLS: dict[str, tuple[list[Step], Call, str]] = {
    "SignUp": ([], by_app("SignUp", Password=PASSWORD, UserAttributes=ADDRESS), "PreSignUp"),
    "AdminCreateUser": ([], by_admin("AdminCreateUser", MessageAction="SUPPRESS"), "PreSignUp"),
    "ConfirmSignUp": (
        signed_up(email="$email"),
        by_app("ConfirmSignUp", ConfirmationCode=Code("$email")),
        "PostConfirmation",
    ),
    "AdminConfirmSignUp": (signed_up(), by_admin("AdminConfirmSignUp"), "PostConfirmation"),
    "ConfirmForgotPassword": (
        [*user(**VERIFIED), asked()],
        by_app("ConfirmForgotPassword", ConfirmationCode=Code("$email"), Password=NEW),
        "PostConfirmation",
    ),
    "InitiateAuth": (user(), password_sign_in(), "PreAuthentication"),
    "AdminInitiateAuth": (
        user(),
        on_pool(
            "AdminInitiateAuth",
            ClientId="$client",
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "$name", "PASSWORD": PASSWORD},
        ),
        "PreTokenGeneration",
    ),
}
# These call their function when the message is written, and what comes before must be done without it.
LATER: dict[str, tuple[list[Step], Call, str]] = {
    "ResendConfirmationCode": (signed_up(email="$email"), by_app("ResendConfirmationCode"), "CustomMessage"),
    "ForgotPassword": (user(**VERIFIED), by_app("ForgotPassword"), "CustomMessage"),
    "AdminResetUserPassword": (user(**VERIFIED), by_admin("AdminResetUserPassword"), "CustomMessage"),
    "UpdateUserAttributes": (
        signed_in(**VERIFIED),
        by_token("UpdateUserAttributes", UserAttributes=CHANGED),
        "CustomMessage",
    ),
    "AdminUpdateUserAttributes": (
        user(**VERIFIED),
        by_admin("AdminUpdateUserAttributes", UserAttributes=CHANGED),
        "CustomMessage",
    ),
    "GetUserAttributeVerificationCode": (
        signed_in(email="$email"),
        by_token("GetUserAttributeVerificationCode", AttributeName="email"),
        "CustomMessage",
    ),
    "GetTokensFromRefreshToken": (
        signed_in(),
        call("GetTokensFromRefreshToken", ClientId="$client", RefreshToken="$tokens.RefreshToken"),
        "PreTokenGeneration",
    ),
}


def with_function(trigger: str, function: Any) -> dict[str, Any]:
    """A pool's options with a function."""
    return {**POOL, "LambdaConfig": {trigger: function}}


def rows() -> list[Row]:
    """Each operation with each way in which its function fails it."""
    found = []
    for operation, (before, step, trigger) in {**CALLS, **LATER}.items():
        for function, code, text in (
            (Function(fail), "UserLambdaValidationException", f"{trigger} failed with error not today!."),
            (Function(babble), "InvalidLambdaResponseException", "Unrecognizable lambda output"),
            (NOWHERE, "UnexpectedLambdaException", None),
        ):
            name, source = f"{operation}: {trigger}: {code}", f"cognito.md 12.2 {code}"
            if operation in CALLS:
                found.append(
                    row(name, source, On(pool=with_function(trigger, function)), before, step.fails(code, text))
                )
            else:
                change = on_pool("UpdateUserPool", **with_function(trigger, function))
                found.append(row(name, source, On(pool=POOL), before, change, step.fails(code, text)).alone())
    return found


ROWS = tuple(rows())
