"""boto3 clients of AWS itself, and of what speaks as it does: Lambda, SES, SNS.

They do not see what the environment says about endpoints and proxies: AWS_ENDPOINT_URL of a Poolhouse host names this
very server, as https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html has it for its users.
"""

import importlib
import threading
from dataclasses import dataclass, field
from typing import Any

# boto3 loads its service models into sessions, which are not safe among threads while a client is made.
_making = threading.Lock()


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """An access key. The secret members are left out of its repr."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


def make_client(
    service: str,
    region: str,
    *,
    endpoint_url: str | None = None,
    credentials: AwsCredentials | None = None,
    seconds: float = 10,
) -> Any:
    """A client of `service` ("lambda", "sesv2", "sns") that tries once; who calls it decides about another try.

    `seconds` limits the connecting and each wait for bytes. Without `credentials` it signs with the machine's own
    (environment, profile, instance or task role), so that is for an operator to ask for. Making one costs about 0.1 s
    and 10 MB at first: keep it. Raises botocore.exceptions.BotoCoreError.
    """
    # Imported here: a server that calls no AWS service does without its memory.
    boto3 = importlib.import_module("boto3")
    config = importlib.import_module("botocore.config").Config(
        connect_timeout=seconds,
        read_timeout=seconds,
        retries={"total_max_attempts": 1, "mode": "standard"},
        ignore_configured_endpoint_urls=True,
        proxies={},
        max_pool_connections=50,
    )
    with _making:
        return boto3.Session(**_session_members(credentials)).client(
            service, region_name=region, endpoint_url=endpoint_url, config=config
        )


def _session_members(credentials: AwsCredentials | None) -> dict[str, str | None]:
    if credentials is None:
        return {}
    return {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token or None,
    }
