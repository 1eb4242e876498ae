"""Functions of a pool that throw, that answer what is no event, or that are not there, at every operation that calls one."""

from collections.abc import Iterator
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
    respond,
    row,
    signed_in,
    signed_up,
    user,
)
from tests.equality.tables.admin_sign_in import answer as admin_answer
from tests.equality.tables.admin_sign_in import begin as admin_begin
from tests.equality.tables.custom_auth import fail, functions
from tests.equality.tables.user_auth import begin
from tests.factories import PASSWORD

NEW = "New-Horse-Battery-7"
NOWHERE = "arn:aws:lambda:us-east-1:123456789012:function:nowhere"
# DEVELOPER: only such pools may write their own e-mail.
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


# These are challenges of CUSTOM_AUTH, in a pool that has its three functions.
CUSTOM: dict[str, tuple[list[Step], Call, str]] = {
    "InitiateAuth": (user(), begin(flow="CUSTOM_AUTH"), "DefineAuthChallenge"),
    "AdminInitiateAuth": (user(), admin_begin("CUSTOM_AUTH"), "DefineAuthChallenge"),
    "RespondToAuthChallenge": (
        [*user(), begin(flow="CUSTOM_AUTH")],
        respond("CUSTOM_CHALLENGE", ANSWER="4"),
        "VerifyAuthChallengeResponse",
    ),
    "AdminRespondToAuthChallenge": (
        [*user(), admin_begin("CUSTOM_AUTH")],
        admin_answer("CUSTOM_CHALLENGE", ANSWER="4"),
        "VerifyAuthChallengeResponse",
    ),
}


def babble(event: dict[str, Any]) -> Any:
    """A function that answers no event."""
    return "hello"


def failures(trigger: str) -> tuple[tuple[Any, str, str | None], ...]:
    """A function that throws, one that answers no event and one that is not there, with what is told of each."""
    return (
        (fail, "UserLambdaValidationException", f"{trigger} failed with error not today!."),
        (babble, "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (NOWHERE, "UnexpectedLambdaException", None),
    )


def with_function(trigger: str, function: Any) -> dict[str, Any]:
    """A pool's options with a function."""
    return {**POOL, "LambdaConfig": {trigger: Function(function) if callable(function) else function}}


def rows() -> Iterator[Row]:
    """Each operation with each way in which its function fails it."""
    for operation, (before, step, trigger) in CALLS.items():
        for function, code, text in failures(trigger):
            on = On(pool=with_function(trigger, function))
            yield row(f"{operation}: {trigger}: {code}", f"cognito.md 12.2 {code}", on, before, step.fails(code, text))
    for operation, (before, step, trigger) in LATER.items():
        for function, code, text in failures(trigger):
            change, name = on_pool("UpdateUserPool", **with_function(trigger, function)), f"{operation}: {trigger}"
            made = row(
                f"{name}: {code}", f"cognito.md 12.2 {code}", On(pool=POOL), before, change, step.fails(code, text)
            )
            yield made.alone()
    for operation, (before, step, trigger) in CUSTOM.items():
        for function, code, text in failures(trigger):
            on = functions(**{trigger: function})
            yield row(f"{operation}: {trigger}: {code}", f"cognito.md 12.2 {code}", on, before, step.fails(code, text))


ROWS = tuple(rows())
