"""What comes before an operation: signatures and the shapes of the model."""

import re
from typing import Any

from tests.equality.language import (
    Row,
    by_app,
    by_token,
    call,
    on_pool,
    password_sign_in,
    row,
    signed_in,
    user,
)
from tests.factories import PASSWORD

WRONG = "InvalidParameterException"
ONE = "1 validation error detected: "
NO_SIGNATURE = ("MissingAuthenticationTokenException", "Missing Authentication Token")
SECRET_WORD = "a-password-to-hide"


def unsigned(operation: str, **members: Any) -> Row:
    """A row in which an operation is called without a signature."""
    return row(
        f"{operation} without a signature",
        "cognito.md 12.1 Framework layer",
        call(operation, **members).unsigned().fails(*NO_SIGNATURE),
    )


ROWS = (
    unsigned("CreateUserPool", PoolName="x"),
    unsigned("AdminDeleteUser", UserPoolId="$pool", Username="$name"),
    unsigned("ListUsers", UserPoolId="$pool"),
    unsigned("TagResource", ResourceArn="$arn", Tags={"a": "b"}),
    row(
        "a public operation without a signature",
        "cognito.md 1 T and U operations",
        user(),
        password_sign_in().unsigned().gives(AuthenticationResult=dict),
    ),
    row(
        "a token operation without a signature",
        "cognito.md 1 T and U operations",
        signed_in(),
        by_token("GetUser").unsigned().gives(Username="$name"),
    ),
    # ---- shapes
    row(
        "too short",
        "cognito.md 12.1 Constraint failures",
        call(
            "RespondToAuthChallenge",
            ClientId="$client",
            ChallengeName="SMS_MFA",
            Session="x" * 19,
            ChallengeResponses={"USERNAME": "$name"},
        ).fails(
            WRONG,
            re.compile(
                ONE + r"Value .*at 'session' failed to satisfy constraint: "
                r"Member must have length greater than or equal to 20"
            ),
        ),
    ),
    row(
        "two faults in one value",
        "cognito.md 12.1 several",
        by_app("SignUp", Username="", Password=PASSWORD).fails(
            WRONG,
            re.compile(
                r"2 validation errors detected: Value .*at 'username' failed to satisfy constraint: "
                r"Member must have length greater than or equal to 1; "
                r"Value .*at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: .*"
            ),
        ),
    ),
    row(
        "the path of a member in a list",
        "cognito.md 12.1 Field path",
        by_app("SignUp", Password=PASSWORD, UserAttributes=[{"Name": "x" * 33, "Value": "y"}]).fails(
            WRONG, re.compile(ONE + r"Value .*at 'userAttributes\.1\.member\.name' failed to satisfy constraint: .*")
        ),
    ),
    row(
        "a secret is not echoed",
        "cognito.md 12.1 secrets are never echoed",
        by_app("SignUp", Password=SECRET_WORD + " \t").fails(WRONG, re.compile(r"(?s)(?!.*a-password-to-hide).*")),
    ),
    row(
        "a missing member",
        "cognito.md 12.1 Missing",
        call("SignUp", Username="$name", Password=PASSWORD).fails(
            WRONG, ONE + "Value null at 'clientId' failed to satisfy constraint: Member must not be null"
        ),
    ),
    row(
        "two missing members",
        "cognito.md 12.1 several",
        call("ConfirmSignUp", ClientId="$client").fails(
            WRONG,
            re.compile(
                r"2 validation errors detected: Value null at '(username|confirmationCode)' .*; Value null at '(username|confirmationCode)' .*"
            ),
        ),
    ),
    row(
        "a value that is not of the enumeration",
        "cognito.md 12.1 Enum",
        on_pool("SetUserPoolMfaConfig", MfaConfiguration="MAYBE").fails(
            WRONG,
            re.compile(
                ONE
                + r"Value .*at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: \[(OFF|ON|OPTIONAL)(, (OFF|ON|OPTIONAL)){2}\]"
            ),
        ),
    ),
    row(
        "a number that is too large",
        "cognito.md 12.1 Constraint failures",
        on_pool("ListUsers", Limit=61).fails(
            WRONG,
            re.compile(
                ONE
                + r"Value .*at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60"
            ),
        ),
    ),
)
