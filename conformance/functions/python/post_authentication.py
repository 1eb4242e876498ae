"""PostAuthentication: a line for the log of whoever has signed in."""

from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    client = event["callerContext"]["clientId"]
    print(f"{event['userName']} has signed in by {client} of {event['userPoolId']}, request {context.aws_request_id}")
    return event
