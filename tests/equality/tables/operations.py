"""What runs beside sign-in: threat protection, its events, log delivery, limits, CSV import, replicas."""

import datetime
import re
from typing import Any

from tests.equality.language import (
    ABSENT,
    UUID,
    WRONG_PASSWORD,
    Call,
    On,
    Only,
    by_admin,
    call,
    claims,
    on_pool,
    password_sign_in,
    row,
    user,
    wait,
)

WRONG = "InvalidParameterException"
NOT_FOUND = "ResourceNotFoundException"
NOBODY = ("UserNotFoundException", "User does not exist.")
OFF = "UserPoolAddOnNotEnabledException"
AUDITING = On(pool={"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}})
RANGES = {"BlockedIPRangeList": ["192.0.2.0/24"], "SkippedIPRangeList": ["198.51.100.0/24"]}
COMPROMISED = {"EventFilter": ["SIGN_UP"], "Actions": {"EventAction": "BLOCK"}}
ACTION = {"HighAction": {"Notify": False, "EventAction": "MFA_IF_CONFIGURED"}}
ROLE = "arn:aws:iam::123456789012:role/import-logs"
JOB = {
    "JobName": "spring",
    "JobId": re.compile(r"import-[0-9a-zA-Z-]+"),
    "UserPoolId": "$pool",
    "CreationDate": datetime.datetime,
    "Status": "Created",
    "CloudWatchLogsRoleArn": ROLE,
    "ImportedUsers": 0,
    "SkippedUsers": 0,
    "FailedUsers": 0,
}
NO_JOB = "import-nothing"
LOGS = {
    "LogLevel": "ERROR",
    "EventSource": "userNotification",
    "CloudWatchLogsConfiguration": {"LogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/x"},
}
EVENTS = {
    "LogLevel": "INFO",
    "EventSource": "userAuthEvents",
    "S3Configuration": {"BucketArn": "arn:aws:s3:::pool-events"},
}
PRIMARY = {
    "RegionName": "us-east-1",
    "Status": "ACTIVE",
    "Role": "PRIMARY",
    "UserPoolArn": "$arn",
}


def risk(**members: Any) -> Call:
    """SetRiskConfiguration."""
    return on_pool("SetRiskConfiguration", **members)


def definition(category: str) -> dict[str, Any]:
    """A LimitDefinition."""
    return {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}


def limit(category: str) -> Call:
    """GetProvisionedLimit."""
    return call("GetProvisionedLimit", LimitDefinition=definition(category))


def provision(category: str, value: int) -> Call:
    """UpdateProvisionedLimit."""
    return call("UpdateProvisionedLimit", LimitDefinition=definition(category), RequestedLimitValue=value)


def job(**members: Any) -> Call:
    """CreateUserImportJob; `$job` is it."""
    given = {"JobName": "spring", "CloudWatchLogsRoleArn": ROLE, **members}
    return on_pool("CreateUserImportJob", **given).keeps("job", "UserImportJob")


def on_job(operation: str, job_id: str = "$job.JobId") -> Call:
    """An operation on the row's job."""
    return on_pool(operation, JobId=job_id)


def logs(*configurations: dict[str, Any]) -> Call:
    """SetLogDeliveryConfiguration."""
    return on_pool("SetLogDeliveryConfiguration", LogConfigurations=list(configurations))


ROWS = (
    # ---- risk
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
    # ---- events
    row(
        "a sign-in is an event",
        "cognito.md 8.2",
        AUDITING,
        user(),
        password_sign_in(password=WRONG_PASSWORD).fails("NotAuthorizedException"),
        wait(seconds=1),
        password_sign_in().keeps("tokens", "AuthenticationResult"),
        by_admin("AdminListUserAuthEvents")
        .gives_only(
            AuthEvents=[
                {
                    "EventId": UUID,
                    "EventType": "SignIn",
                    "CreationDate": datetime.datetime,
                    "EventResponse": "Pass",
                    "EventRisk": {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False},
                    "ChallengeResponses": [{"ChallengeName": "Password", "ChallengeResponse": "Success"}],
                    "EventContextData": {"IpAddress": "127.0.0.1"},
                },
                {
                    "EventResponse": "Fail",
                    "ChallengeResponses": [{"ChallengeName": "Password", "ChallengeResponse": "Failure"}],
                },
            ]
        )
        .keeps("event", "AuthEvents.0"),
        claims("$tokens.AccessToken", {"event_id": "$event.EventId"}),
        by_admin("AdminUpdateAuthEventFeedback", EventId="$event.EventId", FeedbackValue="Valid").gives_only(),
        by_admin("AdminListUserAuthEvents", MaxResults=1).gives(
            AuthEvents=[{"EventFeedback": {"FeedbackValue": "Valid", "Provider": "Admin"}}], NextToken=str
        ),
    ),
    row(
        "events without threat protection",
        "cognito.md 12.3 UserPoolAddOnNotEnabledException",
        user(),
        by_admin("AdminListUserAuthEvents").fails(OFF),
    ),
    row(
        "feedback without threat protection",
        "cognito.md 12.3 UserPoolAddOnNotEnabledException",
        user(),
        by_admin("AdminUpdateAuthEventFeedback", EventId="x", FeedbackValue="Valid").fails(OFF),
    ),
    row(
        "the events of nobody",
        "cognito.md 12.2 UserNotFound",
        AUDITING,
        by_admin("AdminListUserAuthEvents").fails(*NOBODY),
    ),
    row(
        "feedback of nobody",
        "cognito.md 12.2 UserNotFound",
        AUDITING,
        by_admin("AdminUpdateAuthEventFeedback", EventId="x", FeedbackValue="Valid").fails(*NOBODY),
    ),
    row(
        "feedback to nothing",
        "cognito.md 12.2 ResourceNotFound",
        AUDITING,
        user(),
        by_admin(
            "AdminUpdateAuthEventFeedback", EventId="4f6fd2a1-0000-4000-8000-000000000000", FeedbackValue="Valid"
        ).fails(NOT_FOUND),
    ),
    row(
        "feedback that there is not",
        "cognito.md 12.1 Enum",
        AUDITING,
        user(),
        by_admin("AdminUpdateAuthEventFeedback", EventId="x", FeedbackValue="Maybe").fails(WRONG),
    ),
    row(
        "feedback with a token that nobody sent",
        "cognito.md 1.10 UpdateAuthEventFeedback",
        AUDITING,
        user(),
        by_admin("UpdateAuthEventFeedback", EventId="x", FeedbackToken="a.b.c", FeedbackValue="Valid").fails(
            "NotAuthorizedException"
        ),
    ),
    row(
        "feedback with a token where nothing is protected",
        "cognito.md 12.3 UserPoolAddOnNotEnabledException",
        user(),
        by_admin("UpdateAuthEventFeedback", EventId="x", FeedbackToken="a.b.c", FeedbackValue="Valid").fails(OFF),
    ),
    row(
        "feedback with a token in a pool that is not there",
        "cognito.md 12.2 ResourceNotFound ?",
        by_admin(
            "UpdateAuthEventFeedback",
            UserPoolId="us-east-1_Nowhere99",
            EventId="x",
            FeedbackToken="a.b.c",
            FeedbackValue="Valid",
        ).fails(NOT_FOUND),
    ),
    # ---- logs
    row(
        "no log delivery",
        "cognito.md 8.4",
        on_pool("GetLogDeliveryConfiguration").gives_only(
            LogDeliveryConfiguration=Only({"UserPoolId": "$pool", "LogConfigurations": []})
        ),
    ).alone(),
    row(
        "log delivery",
        "cognito.md 8.4",
        logs(LOGS, EVENTS).gives_only(
            LogDeliveryConfiguration=Only({"UserPoolId": "$pool", "LogConfigurations": [LOGS, EVENTS]})
        ),
    ).alone(),
    row("one source twice", "cognito.md 8.4 No second destination per source", logs(LOGS, LOGS).fails(WRONG)),
    row(
        "notifications to a bucket",
        "cognito.md 8.4",
        logs({**EVENTS, "EventSource": "userNotification", "LogLevel": "ERROR"}).fails(WRONG),
    ),
    row("three configurations", "cognito.md 8.4 ≤2 configurations", logs(LOGS, EVENTS, LOGS).fails(WRONG)),
    # ---- limits
    row(
        "a limit",
        "cognito.md 1.10 GetProvisionedLimit",
        limit("UserPoolRead").gives_only(
            Limit=Only(
                {"LimitDefinition": Only(definition("UserPoolRead")), "ProvisionedLimitValue": 15, "FreeLimitValue": 15}
            )
        ),
    ),
    *[
        row(f"the limit of {category}", "cognito.md 11.1", limit(category).gives(Limit={"FreeLimitValue": free}))
        for category, free in (
            ("UserAuthentication", 120),
            ("UserCreation", 50),
            ("UserFederation", 25),
            ("UserAccountRecovery", 30),
            ("UserRead", 120),
            ("UserUpdate", 25),
            ("UserToken", 120),
            ("UserResourceRead", 50),
            ("UserResourceUpdate", 25),
            ("UserList", 30),
            ("UserPoolUpdate", 15),
            ("UserPoolResourceRead", 20),
            ("UserPoolResourceUpdate", 15),
            ("UserPoolClientRead", 15),
            ("UserPoolClientUpdate", 15),
            ("ClientAuthentication", 150),
        )
    ],
    row(
        "a limit below its default",
        "cognito.md 1.10 UpdateProvisionedLimit",
        provision("UserAuthentication", 119).fails(WRONG),
    ),
    row(
        "a limit above the account's",
        "cognito.md 1.10 ServiceQuotaExceeded",
        provision("UserAuthentication", 1_000_000).fails("ServiceQuotaExceededException"),
    ),
    row("a limit that is fixed", "cognito.md 11.1 Adj.", provision("UserPoolRead", 20).fails(WRONG)),
    row(
        "a category that there is not",
        "cognito.md 12.2 ResourceNotFound",
        limit("UserDreams").fails(NOT_FOUND),
        provision("UserDreams", 500).fails(NOT_FOUND),
    ),
    # ---- import
    row(
        "the header",
        "cognito.md 6.5 Header",
        on_pool("GetCSVHeader").gives_only(
            UserPoolId="$pool",
            CSVHeader=[
                "name",
                "given_name",
                "family_name",
                "middle_name",
                "nickname",
                "preferred_username",
                "profile",
                "picture",
                "website",
                "email",
                "email_verified",
                "gender",
                "birthdate",
                "zoneinfo",
                "locale",
                "phone_number",
                "phone_number_verified",
                "address",
                "updated_at",
                "cognito:mfa_enabled",
                "cognito:username",
            ],
        ),
    ),
    row(
        "a job",
        "cognito.md 1.5 CreateUserImportJob",
        job().gives_only(UserImportJob=JOB),
        on_job("DescribeUserImportJob").gives_only(UserImportJob=JOB),
    ),
    row(
        "a job without its file",
        "cognito.md 1.5 StartUserImportJob PreconditionNotMet",
        job(),
        on_job("StartUserImportJob").fails("PreconditionNotMetException"),
    ),
    row(
        "a job that does not run is not stopped",
        "cognito.md 1.5 StopUserImportJob PreconditionNotMet",
        job(),
        on_job("StopUserImportJob").fails("PreconditionNotMetException"),
    ),
    row(
        "a job that is not started expires",
        "cognito.md 6.5 Expired",
        job(),
        wait(days=2),
        on_job("DescribeUserImportJob").gives(UserImportJob={"Status": "Expired"}),
    ),
    row(
        "jobs, the newest first",
        "cognito.md 1.5 ListUserImportJobs",
        job(JobName="first"),
        wait(seconds=1),
        job(JobName="second"),
        on_pool("ListUserImportJobs", MaxResults=1).gives_only(
            UserImportJobs=[{"JobName": "second"}], PaginationToken=str
        ),
    ).alone(),
    row("jobs without a number", "cognito.md 1.5 MaxResults required", on_pool("ListUserImportJobs").fails(WRONG)),
    *[
        row(
            f"{operation} where there is none",
            "cognito.md 12.2 ResourceNotFound",
            on_job(operation, NO_JOB).fails(NOT_FOUND),
        )
        for operation in ("DescribeUserImportJob", "StartUserImportJob", "StopUserImportJob")
    ],
    # ---- replicas
    row(
        "the primary",
        "cognito.md 1.2 ListUserPoolReplicas",
        on_pool("ListUserPoolReplicas").gives_only(UserPoolReplicas=[Only(PRIMARY)]),
    ),
    row(
        "a replica without a key",
        "cognito.md 1.2 Requires a multi-region CMK",
        on_pool("CreateUserPoolReplica", RegionName="eu-west-1").fails(WRONG),
    ),
    row(
        "the primary is no replica",
        "cognito.md 1.2 UpdateUserPoolReplica",
        on_pool("UpdateUserPoolReplica", RegionName="us-east-1", Status="INACTIVE").fails(WRONG),
        on_pool("DeleteUserPoolReplica", RegionName="us-east-1").fails(WRONG),
    ),
    row(
        "a replica that there is not",
        "cognito.md 12.2 ResourceNotFound",
        on_pool("UpdateUserPoolReplica", RegionName="eu-west-1", Status="INACTIVE").fails(NOT_FOUND),
        on_pool("DeleteUserPoolReplica", RegionName="eu-west-1").fails(NOT_FOUND),
    ),
)
