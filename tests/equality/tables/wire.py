"""What comes before an operation: signatures, the shapes of the model, feature plans, functions that go wrong."""

import re
from typing import Any

from tests.equality.language import (
    Call,
    On,
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
TOO_LOW = "FeatureUnavailableInTierException"
ONE = "1 validation error detected: "
NO_SIGNATURE = ("MissingAuthenticationTokenException", "Missing Authentication Token")
LITE = On(pool={"UserPoolTier": "LITE"}, client={"ExplicitAuthFlows": ["ALLOW_USER_AUTH"]})
ESSENTIALS = On(pool={"UserPoolTier": "ESSENTIALS"})
SECRET_WORD = "a-password-to-hide"


def unsigned(operation: str, **members: Any) -> Row:
    """A row in which an operation is called without a signature."""
    return row(
        f"{operation} without a signature",
        "cognito.md 12.1 Framework layer",
        call(operation, **members).unsigned().fails(*NO_SIGNATURE),
    )


def make(**members: Any) -> Call:
    """CreateUserPool at a server that keeps pools to their plan."""
    return call("CreateUserPool", PoolName="plans", **members).gated()


def throw(event: dict[str, Any]) -> Any:
    """A function that throws."""
    raise ValueError("no luck today")


def number(event: dict[str, Any]) -> Any:
    """A function that answers a number."""
    return 7


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
    # ---- feature plans
    row(
        "USER_AUTH in a plan without it",
        "cognito.md 11.4 USER_AUTH choice",
        LITE,
        user(),
        call("InitiateAuth", ClientId="$client", AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "$name"})
        .gated()
        .fails(TOO_LOW),
    ),
    row(
        "USER_AUTH in a plan without it, by an operator",
        "cognito.md 11.4 USER_AUTH choice",
        LITE,
        user(),
        on_pool("AdminInitiateAuth", ClientId="$client", AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "$name"})
        .gated()
        .fails(TOO_LOW),
    ),
    row(
        "a passkey in a plan without it",
        "cognito.md 11.4 passwordless",
        make(
            UserPoolTier="LITE", Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
        ).fails(TOO_LOW),
    ),
    row(
        "a history in a plan without it",
        "cognito.md 11.4 password history",
        make(UserPoolTier="LITE", Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3}}).fails(
            TOO_LOW
        ),
    ),
    row(
        "threat protection in a plan without it",
        "cognito.md 11.4 AdvancedSecurityMode requires PLUS",
        make(UserPoolTier="ESSENTIALS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"}).fails(TOO_LOW),
    ),
    row(
        "an update beyond the plan",
        "cognito.md 11.4 Using a feature above the tier",
        LITE,
        on_pool("UpdateUserPool", UserPoolTier="LITE", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})
        .gated()
        .fails(TOO_LOW),
    ),
    row(
        "a lower plan while its features are in use",
        "cognito.md 11.4 TierChangeNotAllowedException",
        On(pool={"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}),
        on_pool("UpdateUserPool", UserPoolTier="ESSENTIALS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})
        .gated()
        .fails("TierChangeNotAllowedException"),
    ),
    row(
        "an app with a flow beyond the plan",
        "cognito.md 1.3 ALLOW_USER_AUTH (Essentials+)",
        LITE,
        on_pool("CreateUserPoolClient", ClientName="x", ExplicitAuthFlows=["ALLOW_USER_AUTH"]).gated().fails(TOO_LOW),
    ),
    row(
        "an app changed to a flow beyond the plan",
        "cognito.md 1.3 ALLOW_USER_AUTH (Essentials+)",
        LITE,
        on_pool("UpdateUserPoolClient", ClientId="$client", ExplicitAuthFlows=["ALLOW_USER_AUTH"])
        .gated()
        .fails(TOO_LOW),
    ),
    row(
        "managed login beyond the plan",
        "cognito.md 1.4 2 not on Lite",
        LITE,
        on_pool("CreateUserPoolDomain", Domain="$name", ManagedLoginVersion=2).gated().fails(TOO_LOW),
    ),
    row(
        "managed login beyond the plan, by an update",
        "cognito.md 1.4 2 not on Lite",
        LITE,
        on_pool("CreateUserPoolDomain", Domain="$name"),
        on_pool("UpdateUserPoolDomain", Domain="$name", ManagedLoginVersion=2).gated().fails(TOO_LOW),
    ).alone(),
    row(
        "codes by e-mail beyond the plan",
        "cognito.md 1.1 E-mail MFA Essentials+",
        LITE,
        on_pool(
            "SetUserPoolMfaConfig",
            MfaConfiguration="OPTIONAL",
            EmailMfaConfiguration={"Message": "{####}", "Subject": "Hi"},
        )
        .gated()
        .fails(TOO_LOW),
    ),
    row(
        "session tracking beyond the plan",
        "cognito.md 1.9 Essentials+",
        LITE,
        on_pool("SetUserPoolSessionConfiguration", UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 5})
        .gated()
        .fails(TOO_LOW),
    ),
    row(
        "an app's sessions beyond the plan",
        "cognito.md 1.9 Essentials+",
        LITE,
        on_pool("SetUserPoolClientSessionConfiguration", ClientId="$client", SSOSession={"MaxValidityMinutes": 5})
        .gated()
        .fails(TOO_LOW),
    ),
    row(
        "events to a log beyond the plan",
        "cognito.md 8.4 (Plus)",
        ESSENTIALS,
        on_pool(
            "SetLogDeliveryConfiguration",
            LogConfigurations=[
                {
                    "LogLevel": "INFO",
                    "EventSource": "userAuthEvents",
                    "S3Configuration": {"BucketArn": "arn:aws:s3:::pool-events"},
                }
            ],
        )
        .gated()
        .fails(TOO_LOW),
    ),
    row(
        "a replica beyond the plan",
        "cognito.md 11.4 replicas",
        LITE,
        on_pool("CreateUserPoolReplica", RegionName="eu-west-1").gated().fails(TOO_LOW),
    ),
    row(
        "the plan is lifted by default",
        "cognito.md 11.4",
        LITE,
        on_pool("SetUserPoolSessionConfiguration", UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 5}).gives(
            UserSessionTracking="ENABLED"
        ),
    ).alone(),
)
