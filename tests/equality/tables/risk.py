"""Threat protection: risk configurations."""

import datetime
from typing import Any

from tests.equality.language import (
    ABSENT,
    Call,
    On,
    Only,
    on_pool,
    row,
)

WRONG = "InvalidParameterException"
NOT_FOUND = "ResourceNotFoundException"
AUDITING = On(pool={"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}})
RANGES = {"BlockedIPRangeList": ["192.0.2.0/24"], "SkippedIPRangeList": ["198.51.100.0/24"]}
COMPROMISED = {"EventFilter": ["SIGN_UP"], "Actions": {"EventAction": "BLOCK"}}
ACTION = {"HighAction": {"Notify": False, "EventAction": "MFA_IF_CONFIGURED"}}


def risk(**members: Any) -> Call:
    """SetRiskConfiguration."""
    return on_pool("SetRiskConfiguration", **members)


ROWS = (
    row(
        "no risk configuration",
        "cognito.md 1.10 DescribeRiskConfiguration",
        AUDITING,
        on_pool("DescribeRiskConfiguration").gives_only(RiskConfiguration=Only({"UserPoolId": "$pool"})),
    ).alone(),
    row(
        "a pool's risk configuration",
        "cognito.md 8.1",
        AUDITING,
        risk(
            CompromisedCredentialsRiskConfiguration=COMPROMISED,
            AccountTakeoverRiskConfiguration={"Actions": ACTION},
            RiskExceptionConfiguration=RANGES,
        ).gives_only(
            RiskConfiguration=Only(
                {
                    "UserPoolId": "$pool",
                    "CompromisedCredentialsRiskConfiguration": COMPROMISED,
                    "AccountTakeoverRiskConfiguration": {"Actions": ACTION},
                    "RiskExceptionConfiguration": RANGES,
                    "LastModifiedDate": datetime.datetime,
                }
            )
        ),
        on_pool("DescribeRiskConfiguration", ClientId="$client").gives(
            RiskConfiguration={"RiskExceptionConfiguration": RANGES}
        ),
        risk().gives(RiskConfiguration={"UserPoolId": "$pool", "RiskExceptionConfiguration": ABSENT}),
    ).alone(),
    row(
        "every event, where none is named",
        "cognito.md 8.1 Filter default all",
        AUDITING,
        risk(CompromisedCredentialsRiskConfiguration={"Actions": {"EventAction": "NO_ACTION"}}).gives(
            RiskConfiguration={
                "CompromisedCredentialsRiskConfiguration": {"EventFilter": ["SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"]}
            }
        ),
    ).alone(),
    row(
        "201 ranges",
        "cognito.md 8.1 ≤200 CIDRs",
        AUDITING,
        risk(RiskExceptionConfiguration={"BlockedIPRangeList": [f"10.0.{turn}.0/24" for turn in range(201)]}).fails(
            WRONG
        ),
    ),
    row(
        "a range that is none",
        "cognito.md 8.1 CIDR",
        AUDITING,
        risk(RiskExceptionConfiguration={"BlockedIPRangeList": ["192.0.2.1"]}).fails(WRONG),
    ),
    row(
        "an action that there is not",
        "cognito.md 12.1 Enum",
        AUDITING,
        risk(CompromisedCredentialsRiskConfiguration={"Actions": {"EventAction": "SHRUG"}}).fails(WRONG),
    ),
    row(
        "a notice without a text",
        "botocore: SetRiskConfiguration.AccountTakeoverRiskConfiguration",
        AUDITING,
        risk(
            AccountTakeoverRiskConfiguration={"Actions": {"LowAction": {"Notify": True, "EventAction": "NO_ACTION"}}}
        ).fails(WRONG),
    ),
    row(
        "the risks of nobody",
        "cognito.md 12.2 ResourceNotFound",
        AUDITING,
        risk(ClientId="nobody").fails(NOT_FOUND),
        on_pool("DescribeRiskConfiguration", ClientId="nobody").fails(NOT_FOUND),
    ),
)
