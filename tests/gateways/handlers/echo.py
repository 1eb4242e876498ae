"""A handler in one file: gives the event back, and what its context says."""

from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    print("saw", event.get("userName"))  # noqa: T201 - as handlers do
    return {
        "event": event,
        "context": {
            "awsRequestId": context.aws_request_id,
            "functionName": context.function_name,
            "invokedFunctionArn": context.invoked_function_arn,
            "memoryLimitInMB": context.memory_limit_in_mb,
            "remaining": context.get_remaining_time_in_millis(),
        },
    }
