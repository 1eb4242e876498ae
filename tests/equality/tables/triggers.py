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


SIGN_IN = on_pool(
    "AdminInitiateAuth",
    ClientId="$client",
    AuthFlow="ADMIN_USER_PASSWORD_AUTH",
    AuthParameters={"USERNAME": "$name", "PASSWORD": PASSWORD},
)
# The operation, the function that it calls, and what comes before.
Case = tuple[Call, str, list[Step]]
CALLS: tuple[Case, ...] = (
    (by_app("SignUp", Password=PASSWORD, UserAttributes=ADDRESS), "PreSignUp", []),
    (by_app("SignUp", Password=PASSWORD, UserAttributes=ADDRESS), "CustomMessage", []),
    (by_admin("AdminCreateUser", MessageAction="SUPPRESS"), "PreSignUp", []),
    (by_admin("AdminCreateUser", UserAttributes=ADDRESS), "CustomMessage", []),
    (by_app("ConfirmSignUp", ConfirmationCode=Code("$email")), "PostConfirmation", signed_up(email="$email")),
    (by_admin("AdminConfirmSignUp"), "PostConfirmation", signed_up()),
    (
        by_app("ConfirmForgotPassword", ConfirmationCode=Code("$email"), Password=NEW),
        "PostConfirmation",
        [*user(**VERIFIED), asked()],
    ),
    (by_app("ForgotPassword"), "UserMigration", []),
    (password_sign_in(), "UserMigration", []),
    (password_sign_in(), "PreAuthentication", user()),
    (password_sign_in(), "PostAuthentication", user()),
    (password_sign_in(), "PreTokenGeneration", user()),
    (SIGN_IN, "UserMigration", []),
    (SIGN_IN, "PreAuthentication", user()),
    (SIGN_IN, "PostAuthentication", user()),
    (SIGN_IN, "PreTokenGeneration", user()),
)
# These call their function when the message is written, and what comes before must be done without it.
LATER: tuple[Case, ...] = (
    (by_app("ResendConfirmationCode"), "CustomMessage", signed_up(email="$email")),
    (by_app("ForgotPassword"), "CustomMessage", user(**VERIFIED)),
    (by_admin("AdminResetUserPassword"), "CustomMessage", user(**VERIFIED)),
    (by_token("UpdateUserAttributes", UserAttributes=CHANGED), "CustomMessage", signed_in(**VERIFIED)),
    (by_admin("AdminUpdateUserAttributes", UserAttributes=CHANGED), "CustomMessage", user(**VERIFIED)),
    (by_token("GetUserAttributeVerificationCode", AttributeName="email"), "CustomMessage", signed_in(email="$email")),
    (
        call("GetTokensFromRefreshToken", ClientId="$client", RefreshToken="$tokens.RefreshToken"),
        "PreTokenGeneration",
        signed_in(),
    ),
)


RIDDLE = respond("CUSTOM_CHALLENGE", ANSWER="4")
ADMIN_RIDDLE = admin_answer("CUSTOM_CHALLENGE", ANSWER="4")
ASKED: list[Step] = [*user(), begin(flow="CUSTOM_AUTH")]
ADMIN_ASKED: list[Step] = [*user(), admin_begin("CUSTOM_AUTH")]
# These are challenges of CUSTOM_AUTH, in a pool that has its three functions.
CUSTOM: tuple[Case, ...] = (
    (begin(flow="CUSTOM_AUTH"), "DefineAuthChallenge", user()),
    (begin(flow="CUSTOM_AUTH"), "CreateAuthChallenge", user()),
    (admin_begin("CUSTOM_AUTH"), "DefineAuthChallenge", user()),
    (admin_begin("CUSTOM_AUTH"), "CreateAuthChallenge", user()),
    (RIDDLE, "VerifyAuthChallengeResponse", ASKED),
    (RIDDLE, "PostAuthentication", ASKED),
    (RIDDLE, "PreTokenGeneration", ASKED),
    (ADMIN_RIDDLE, "VerifyAuthChallengeResponse", ADMIN_ASKED),
    (ADMIN_RIDDLE, "PostAuthentication", ADMIN_ASKED),
    (ADMIN_RIDDLE, "PreTokenGeneration", ADMIN_ASKED),
)


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
    """Each operation with each of its functions and each way in which that fails it."""
    for step, trigger, before in CALLS:
        for function, code, text in failures(trigger):
            on = On(pool=with_function(trigger, function))
            yield row(_name(step, trigger, code), f"cognito.md 12.2 {code}", on, before, step.fails(code, text))
    for step, trigger, before in LATER:
        for function, code, text in failures(trigger):
            change = on_pool("UpdateUserPool", **with_function(trigger, function))
            source, failed = f"cognito.md 12.2 {code}", step.fails(code, text)
            yield row(_name(step, trigger, code), source, On(pool=POOL), before, change, failed).alone()
    for step, trigger, before in CUSTOM:
        for function, code, text in failures(trigger):
            on = functions(**{trigger: function})
            yield row(_name(step, trigger, code), f"cognito.md 12.2 {code}", on, before, step.fails(code, text))


def _name(step: Call, trigger: str, code: str) -> str:
    return f"{step.operation}: {trigger}: {code}"


ROWS = tuple(rows())
