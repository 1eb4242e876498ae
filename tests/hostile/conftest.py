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
from tests.conftest import ROOT_KEY, Clock
from tests.hostile.realms import Maker, Realm
from tests.hostile.watching import Watch
from tests.in_process import InProcessServer, Reply

Sender = Callable[..., Reply]


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
    """Sends any bytes as an AWS operation, signed by the root key unless `signed` is false."""

    def sent(name: str, body: bytes | dict[str, Any], *, signed: bool = True, service: str = "cognito-idp") -> Reply:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        prefix = "AWSCognitoIdentityProviderService" if service == "cognito-idp" else "Poolhouse"
        headers = {"X-Amz-Target": f"{prefix}.{name}", "Content-Type": "application/x-amz-json-1.1"}
        request = AWSRequest("POST", server.base_url + "/", headers=headers, data=content)
        if signed:
            SigV4Auth(Credentials(*ROOT_KEY), service, "us-east-1").add_auth(request)
        raw = [(str(key).encode(), str(value).encode()) for key, value in request.headers.items()]
        raw.append((b"host", b"localhost:9229"))
        return server.request("POST", server.base_url + "/", raw, content)

    return sent
