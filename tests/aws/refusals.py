"""What a refused AWS operation answered."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(call: Callable[..., Any], *arguments: Any, **members: Any) -> tuple[str, str, int]:
    """Error code, message and HTTP status of an operation that must be refused."""
    with pytest.raises(ClientError) as raised:
        call(*arguments, **members)
    response = raised.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def refused(call: Callable[..., Any], *arguments: Any, **members: Any) -> tuple[str, str]:
    """Error code and message alone."""
    code, message, _ = refusal(call, *arguments, **members)
    return code, message
