"""Classic hosted UI customization through a real botocore client, and the logo as a browser gets it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from app.flows.customize_ui import find_customization, logo_url
from app.flows.work import Resources, Work
from tests.aws.refusals import refusal
from tests.conftest import ROOT_KEY, Clock
from tests.factories import Factory
from tests.in_process import InProcessServer, Reply

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="2" height="1"/></svg>'
CSS = ".label-customizable {font-weight: 400;}"
CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/c0ffee"}


@pytest.fixture
def pool_id(make: Factory, operator: Any) -> str:
    """A pool with a prefix domain."""
    made = make.pool()
    operator.create_user_pool_domain(UserPoolId=made, Domain=f"d{uuid4().hex[:12]}")
    return made


def get(operator: Any, **names: str) -> dict[str, Any]:
    found: dict[str, Any] = operator.get_ui_customization(**names)["UICustomization"]
    return found


def test_all_clients_of_a_pool(operator: Any, pool_id: str, clock: Clock) -> None:
    assert get(operator, UserPoolId=pool_id) == {}
    made = operator.set_ui_customization(UserPoolId=pool_id, ClientId="ALL", CSS=CSS)["UICustomization"]
    moment = datetime.fromtimestamp(clock.now / 1_000, UTC)
    assert made == {
        "UserPoolId": pool_id,
        "ClientId": "ALL",
        "CSS": CSS,
        "CSSVersion": moment.strftime("%Y%m%d%H%M%S"),
        "CreationDate": made["CreationDate"],
        "LastModifiedDate": made["CreationDate"],
    }
    assert made["CreationDate"].timestamp() * 1_000 == clock.now
    assert get(operator, UserPoolId=pool_id) == get(operator, UserPoolId=pool_id, ClientId="ALL") == made
    clock.advance(seconds=61)
    changed = operator.set_ui_customization(UserPoolId=pool_id, CSS=CSS.replace("400", "100"))["UICustomization"]
    assert changed["CSS"] == CSS.replace("400", "100")
    assert changed["ClientId"] == "ALL"
    assert changed["CreationDate"] == made["CreationDate"]
    assert (changed["LastModifiedDate"] - made["LastModifiedDate"]).total_seconds() == 61
    assert changed["CSSVersion"] > made["CSSVersion"]


def test_a_client_falls_back_to_all(operator: Any, make: Factory, pool_id: str) -> None:
    client = {"UserPoolId": pool_id, "ClientId": make.client(pool_id)["ClientId"]}
    assert get(operator, **client) == {}
    all_clients = operator.set_ui_customization(UserPoolId=pool_id, CSS=CSS)["UICustomization"]
    assert get(operator, **client) == all_clients
    own = operator.set_ui_customization(**client, CSS=".legalText-customizable{color:red}")["UICustomization"]
    assert own["ClientId"] == client["ClientId"]
    assert get(operator, **client) == own
    assert get(operator, UserPoolId=pool_id) == all_clients


def test_css_and_logo_are_set_together_and_taken_away_together(operator: Any, make: Factory, pool_id: str) -> None:
    """As Terraform's provider has it: to delete a customization is to set nothing."""
    client = {"UserPoolId": pool_id, "ClientId": make.client(pool_id)["ClientId"]}
    operator.set_ui_customization(**client, CSS=CSS, ImageFile=PNG)
    assert "CSS" not in operator.set_ui_customization(**client, ImageFile=PNG)["UICustomization"]
    assert "CSS" not in get(operator, **client)
    for nothing in ({}, {"CSS": ""}, {"ImageFile": b""}):
        operator.set_ui_customization(**client, CSS=CSS)
        assert operator.set_ui_customization(**client, **nothing)["UICustomization"] == client
        assert get(operator, **client) == {}
    assert operator.set_ui_customization(**client)["UICustomization"] == client


def test_a_customization_goes_with_its_client(operator: Any, make: Factory, pool_id: str) -> None:
    client = {"UserPoolId": pool_id, "ClientId": make.client(pool_id)["ClientId"]}
    operator.set_ui_customization(**client, CSS=CSS)
    kept = operator.set_ui_customization(UserPoolId=pool_id, CSS=CSS)["UICustomization"]
    operator.delete_user_pool_client(**client)
    assert refusal(operator.get_ui_customization, **client)[0] == "ResourceNotFoundException"
    assert get(operator, UserPoolId=pool_id) == kept


def test_there_must_be_a_domain(operator: Any, make: Factory) -> None:
    names = {"UserPoolId": make.pool()}
    for call, members in ((operator.get_ui_customization, {}), (operator.set_ui_customization, {"CSS": CSS})):
        code, message, _ = refusal(call, **names, **members)
        assert code == "InvalidParameterException"
        assert message == "There has to be an existing domain associated with this user pool"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"CSS": "body{color:red}"}, "not one of the customizable classes"),
        ({"CSS": "@import 'a';"}, "@import is not allowed"),
        ({"CSS": ".label-customizable{background:url(a)}"}, "value of background"),
        ({"CSS": "x" * 131_073}, "less than or equal to 131072"),
        ({"ImageFile": b"GIF89a"}, "must be a PNG"),
        ({"ImageFile": b"\x00\x00\x01\x00\x01\x00"}, "must be a PNG, JPEG or SVG"),
        ({"ImageFile": b"RIFF\x00\x00\x00\x00WEBP"}, "must be a PNG, JPEG or SVG"),
        ({"ImageFile": SVG.replace(b"<rect", b'<rect onclick="a()"')}, "could run a script"),
        ({"ImageFile": PNG + b"x" * 131_072}, "less than or equal to 131072"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_browser_must_not_get(operator: Any, pool_id: str, wrong: dict[str, Any], reason: str) -> None:
    kept = operator.set_ui_customization(UserPoolId=pool_id, CSS=CSS)["UICustomization"]
    code, message, _ = refusal(operator.set_ui_customization, UserPoolId=pool_id, **wrong)
    assert code == "InvalidParameterException"
    assert reason in message
    assert get(operator, UserPoolId=pool_id) == kept


def test_other_pools_and_clients(operator: Any, make: Factory, pool_id: str) -> None:
    foreign = make.client(make.pool())["ClientId"]
    for client_id in (foreign, "nobody"):
        names = {"UserPoolId": pool_id, "ClientId": client_id}
        code, message, _ = refusal(operator.set_ui_customization, **names, CSS=CSS)
        assert (code, message) == ("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
        assert refusal(operator.get_ui_customization, **names)[0] == "ResourceNotFoundException"
    for call in (operator.set_ui_customization, operator.get_ui_customization):
        code, message, _ = refusal(call, UserPoolId="us-east-1_Nowhere00")
        assert (code, message) == ("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist.")


class _Host:
    """The host of a pool's custom domain."""

    def __init__(self, server: InProcessServer, name: str) -> None:
        self._server = server
        self.name = name

    def get(self, target: str) -> Reply:
        return self._server.request("GET", f"http://{self.name}{target}", [(b"host", self.name.encode())], b"")


@pytest.fixture
def host(served: InProcessServer, operator: Any, pool_id: str) -> _Host:
    """The pool now has a host of its own."""
    name = f"{uuid4().hex[:12]}.login.example.com"
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=name, CustomDomainConfig=CERTIFICATE)
    return _Host(served, name)


@pytest.fixture
def operator_there(served: InProcessServer) -> Any:
    """An operator's client of the server as `serve` runs it."""
    return served.boto_client("cognito-idp", ROOT_KEY)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
        (SVG, "image/svg+xml; charset=utf-8"),
    ],
)
def test_a_logo_is_served_on_the_pools_own_host(
    operator_there: Any, make: Factory, pool_id: str, host: _Host, clock: Clock, content: bytes, media_type: str
) -> None:
    client = {"UserPoolId": pool_id, "ClientId": make.client(pool_id)["ClientId"]}
    operator = operator_there
    url = operator.set_ui_customization(**client, ImageFile=content)["UICustomization"]["ImageUrl"]
    assert get(operator, **client)["ImageUrl"] == url
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", host.name, "/_custom/logo")
    reply = host.get(f"{parts.path}?{parts.query}")
    headers = {name.lower(): value for name, value in reply.headers}
    assert (reply.status, reply.body) == (200, content)
    assert headers["content-type"] == media_type
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert "set-cookie" not in headers
    clock.advance(ms=1)
    assert operator.set_ui_customization(**client, ImageFile=content)["UICustomization"]["ImageUrl"] != url
    operator.set_ui_customization(**client, CSS=CSS)
    assert "ImageUrl" not in get(operator, **client)
    assert host.get(f"{parts.path}?{parts.query}").status == 404


def test_a_logo_of_all_clients(operator_there: Any, pool_id: str, host: _Host) -> None:
    url = operator_there.set_ui_customization(UserPoolId=pool_id, ImageFile=SVG)["UICustomization"]["ImageUrl"]
    assert host.get(f"/_custom/logo?{urlsplit(url).query}").body == SVG
    assert host.get("/_custom/logo").body == SVG


def test_a_logo_is_served_nowhere_else(operator_there: Any, served: InProcessServer, pool_id: str) -> None:
    """Under the server's own name all pools share one origin."""
    made = operator_there.set_ui_customization(UserPoolId=pool_id, ImageFile=SVG)["UICustomization"]
    parts = urlsplit(made["ImageUrl"])
    assert _Host(served, parts.netloc).get(f"{parts.path}?{parts.query}").body == SVG
    own = _Host(served, "id.example.com")
    assert own.get(f"/{pool_id}/_custom/logo").status == 404
    assert own.get("/_custom/logo").status == 404


def test_a_logo_without_a_host(
    resources: Resources, operator: Any, served: InProcessServer, http: httpx.Client, pool_id: str
) -> None:
    """A prefix has none where no suffix is set: `serve` shows no logo, `dev` at the issuer path, for nobody else is there."""
    url = operator.set_ui_customization(UserPoolId=pool_id, ImageFile=SVG)["UICustomization"]["ImageUrl"]
    assert url.startswith(f"http://localhost:9229/{pool_id}/_custom/logo?")
    assert http.get(url).content == SVG
    settings = served.resources.settings.model_copy(update={"domain_suffix": ""})
    work = Work(replace(resources, settings=settings), resources.clock(), "request")
    found = find_customization(work, pool_id, "ALL")
    assert found is not None
    assert logo_url(work, found) is None


@pytest.mark.parametrize(
    "query", ["client_id=nobody", "client_id=", "client_id=%00", "client_id=%ff", "client_id=a%20b", "client_id=../x"]
)
def test_no_logo(operator: Any, pool_id: str, host: _Host, query: str) -> None:
    operator.set_ui_customization(UserPoolId=pool_id, ImageFile=SVG)
    reply = host.get(f"/_custom/logo?{query}")
    assert (reply.status, reply.body) == (404, b"Not found.\n")


def test_a_pool_shows_only_its_own_logo(operator: Any, make: Factory, pool_id: str, host: _Host) -> None:
    other = make.pool()
    operator.create_user_pool_domain(UserPoolId=other, Domain=f"d{uuid4().hex[:12]}")
    client_id = make.client(other)["ClientId"]
    for target in (client_id, "ALL"):
        operator.set_ui_customization(UserPoolId=other, ClientId=target, ImageFile=SVG)
        assert host.get(f"/_custom/logo?client_id={target}").status == 404
