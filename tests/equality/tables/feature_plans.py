"""Feature plans: what a pool of a lower one may not have, at a server that keeps pools to theirs."""

from typing import Any

from tests.equality.language import (
    Call,
    On,
    call,
    on_pool,
    row,
    user,
)

TOO_LOW = "FeatureUnavailableInTierException"
LITE = On(pool={"UserPoolTier": "LITE"}, client={"ExplicitAuthFlows": ["ALLOW_USER_AUTH"]})
ESSENTIALS = On(pool={"UserPoolTier": "ESSENTIALS"})


def make(**members: Any) -> Call:
    """CreateUserPool at a server that keeps pools to their plan."""
    return call("CreateUserPool", PoolName="plans", **members).gated()


ROWS = (
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
