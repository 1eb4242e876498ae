"""Log delivery."""

from typing import Any

from tests.equality.language import (
    Call,
    Only,
    on_pool,
    row,
)

WRONG = "InvalidParameterException"
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


def logs(*configurations: dict[str, Any]) -> Call:
    """SetLogDeliveryConfiguration."""
    return on_pool("SetLogDeliveryConfiguration", LogConfigurations=list(configurations))


ROWS = (
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
)
