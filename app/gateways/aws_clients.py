"""boto3 clients of AWS itself, and of what speaks as it does: Lambda, SES, SNS.

They do not see what the environment says about endpoints and proxies: AWS_ENDPOINT_URL of a Poolhouse host names this
very server, as https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html has it for its users.
"""

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from app.gateways.outbound import Outbound

# A loader keeps what it has read of service models, 10 MB, so all sessions share one; it is not safe among threads.
_making = threading.Lock()
_loaders: list[Any] = []
# What Lambda answers at most, and some room.
_MOST_ANSWER_BYTES = 6 * 1_024 * 1_024 + 65_536
_seconds: ContextVar[float] = ContextVar("aws_seconds", default=10)


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
    (environment, profile, instance or task role), so that is for an operator to ask for. Making the first one costs
    about 0.1 s and 10 MB: keep it. Raises botocore.exceptions.BotoCoreError.
    """
    # Imported here: a server that calls no AWS service does without its memory.
    boto3 = importlib.import_module("boto3")
    config = importlib.import_module("botocore.config").Config(
        connect_timeout=seconds,
        read_timeout=seconds,
        retries={"total_max_attempts": 1, "mode": "standard"},
        proxies={},
        max_pool_connections=50,
    )
    session = _session(credentials)
    with _making:
        if not _loaders:
            _loaders.append(session.get_component("data_loader"))
        session.register_component("data_loader", _loaders[0])
        return boto3.Session(botocore_session=session).client(
            service, region_name=region, endpoint_url=endpoint_url, config=config
        )


def _session(credentials: AwsCredentials | None) -> Any:
    # Who has credentials needs no profile, least of all one that AWS_PROFILE names and nobody has written.
    variables = {} if credentials is None else {"profile": (None, None, None, None)}
    session = importlib.import_module("botocore.session").Session(variables)
    # For the clients, too, by which a session gets credentials of a role.
    session.set_config_variable("ignore_configured_endpoint_urls", True)
    if credentials is None:
        session.get_credentials()  # asks the machine, so not under the lock
    else:
        session.set_credentials(
            credentials.access_key_id, credentials.secret_access_key, credentials.session_token or None
        )
    return session


def send_through(client: Any, outbound: Outbound) -> None:
    """Makes a client's requests, signed as they are, go through the guard of `outbound` and keep its one time limit.

    They then raise OutboundError where botocore would have raised its own errors of connections.
    """
    client.meta.events.register("before-send", lambda request, **_: _send(outbound, request))


@contextmanager
def limited_to(seconds: float) -> Iterator[None]:
    """Limits what clients send through an Outbound meanwhile, each request from its beginning to its end; else 10 s."""
    token = _seconds.set(seconds)
    try:
        yield
    finally:
        _seconds.reset(token)


def _send(outbound: Outbound, request: Any) -> Any:
    headers = {name: _text(value) for name, value in request.headers.items()}
    body = request.body or b""
    reply = outbound.send(
        request.method,
        request.url,
        headers,
        body.encode() if isinstance(body, str) else body,
        _seconds.get(),
        _MOST_ANSWER_BYTES,
    )
    response = importlib.import_module("botocore.awsrequest").AWSResponse
    return response(request.url, reply.status, reply.headers, _Raw(reply.body))


def _text(value: str | bytes) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else value


class _Raw(BytesIO):
    """A body as botocore reads it: all at once, or as a stream."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()
