"""Two pools of one server, and eyes on what they store."""

import datetime
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from app.flows.work import Resources
from app.web.aws.registry import load_targets
from tests.conftest import ROOT_KEY, Clock
from tests.hostile.realms import Maker, Realm
from tests.hostile.watching import Watch
from tests.in_process import InProcessServer, Reply

Sender = Callable[..., Reply]
_PREFIX = "AWSCognitoIdentityProviderService"
POOLHOUSE = frozenset(load_targets().services[1].operations)


@pytest.fixture(scope="module")
def makers(operator: Any, resources: Resources, clock: Clock) -> Iterator[Maker]:
    """Makes realms while no test runs, hence signs at the application's moment by itself."""

    def current(remove_tzinfo: bool = True) -> datetime.datetime:
        moment = datetime.datetime.fromtimestamp(clock.now / 1_000, datetime.UTC)
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", current)
        yield Maker(operator, resources)


@pytest.fixture(scope="module")
def ours(makers: Maker) -> Realm:
    return makers.realm(f"ours{uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def theirs(makers: Maker) -> Realm:
    return makers.realm(f"theirs{uuid4().hex[:8]}")


@pytest.fixture
def watch(resources: Resources) -> Watch:
    return Watch(resources)


@pytest.fixture
def send(server: InProcessServer) -> Sender:
    """Sends any bytes as an AWS operation, signed by the root key unless another `key` (None: nobody's) is named."""

    def sent(
        name: str,
        body: bytes | dict[str, Any],
        *,
        key: tuple[str, str] | None = ROOT_KEY,
        region: str = "us-east-1",
        **headers: str,
    ) -> Reply:
        service, prefix = ("poolhouse", "Poolhouse") if name in POOLHOUSE else ("cognito-idp", _PREFIX)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"X-Amz-Target": f"{prefix}.{name}", "Content-Type": "application/x-amz-json-1.1", **headers}
        request = AWSRequest("POST", server.base_url + "/", headers=given, data=content)
        if key:
            SigV4Auth(Credentials(*key), service, region).add_auth(request)
        raw = [(str(header).encode(), str(value).encode()) for header, value in request.headers.items()]
        return server.request("POST", server.base_url + "/", [*raw, (b"host", b"localhost:9229")], content)

    return sent


def error_of(reply: Reply) -> str:
    """The code of a refusal in the AWS door's own form; anything else fails."""
    headers = {name.lower(): value for name, value in reply.headers}
    body = json.loads(reply.body)
    assert 400 <= reply.status < 500, (reply.status, body)
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert headers["x-amzn-errortype"] == f"{body['__type']}:"
    assert headers["x-amzn-requestid"]
    assert headers["cache-control"] == "no-store"
    assert set(body) >= {"__type", "message"}
    return str(body["__type"])
