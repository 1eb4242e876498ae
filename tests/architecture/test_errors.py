"""Every error, at every door: each is told in the door's own form, and none breaks the telling."""

import asyncio
import inspect
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.flows.authorize_requests import AuthorizeError
from app.flows.work import Resources
from app.kit import errors
from app.kit.errors import AppError
from app.main import find_door
from app.web.aws.endpoint import routes as aws_routes
from app.web.bridge import Bridge
from app.web.dev.facts import DevFacts
from app.web.dev.routes import routes as dev_routes
from app.web.edge import Door, Edge, Hosts, Route, UnroutedError
from app.web.house import House
from app.web.oauth.errors import RefusedError
from app.web.oauth.routes import routes as oauth_routes
from app.web.ops.routes import routes as ops_routes
from app.web.pages.error import PAGES
from app.web.pages.routes import routes as page_routes
from app.web.pages.texts import BY_ERROR, UNEXPECTED, page_error

HOSTILE = 'A "text"\r\nSet-Cookie: a=b\r\n\r\n<script>é\x00'
# What is our own fault or not there yet, and may be told with a status from 500 on.
OURS = {
    "CodeDeliveryFailureException",
    "InternalErrorException",
    "InvalidLambdaResponseException",
    "InvalidUserPoolConfigurationException",
    "NotImplementedException",
    "ServiceUnavailableException",
    "UnexpectedLambdaException",
}
ERRORS: list[type[AppError]] = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, AppError)
]


def _cases() -> Iterator[AppError]:
    for kind in ERRORS:
        yield kind()
        yield kind(HOSTILE)
    for status in (400, 404, 405, 421):
        yield UnroutedError(HOSTILE, status, "GET")
    yield RefusedError("invalid_client", HOSTILE, 401, 'Basic realm="x"')
    yield AuthorizeError("invalid_request", HOSTILE, client_id="<c>")
    yield AuthorizeError("invalid_scope", HOSTILE, redirect_uri="https://app.example/cb?a=b", state=HOSTILE, issuer="i")


CASES = list(_cases())


@pytest.fixture(scope="module")
def doors(resources: Resources) -> dict[str, Door]:
    """Every door that a route leaves by, under a name for the test."""
    routes = [
        *aws_routes(),
        *oauth_routes(PAGES.render_error),
        *page_routes(),
        *dev_routes(DevFacts()),
        *ops_routes(resources),
    ]
    found = {id(route.door): route.door for route in routes}.values()
    return {f"{door.name}.{door.render_error.__name__.strip('_')}": door for door in found}


@pytest.fixture
def replies(resources: Resources, doors: dict[str, Door], error: AppError) -> Iterator[dict[str, Response]]:
    """What each door sends for an error."""

    async def fail(_request: Request) -> Response:
        raise error

    async def nobody(_host: str) -> None:
        return None

    async def lifespan(*_: Any) -> None: ...

    house = House(resources, Bridge(1, in_greenlets=False))
    routes = [Route(f"/{name}", ("GET",), fail, door) for name, door in doors.items()]
    edge = Edge(house, routes, Hosts(frozenset({"localhost"}), nobody), lifespan, lambda *_: None, find_door)
    yield {name: asyncio.run(_get(edge, f"/{name}")) for name in doors}
    house.bridge.close()


async def _get(edge: Edge, path: str) -> Response:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "pool_id": "us-east-1_None",
        "pool_path": "/us-east-1_None",
    }
    await edge(scope, receive, send)
    reply = Response(b"".join(part.get("body", b"") for part in sent[1:]), sent[0]["status"])
    reply.raw_headers = sent[0]["headers"]
    return reply


class _Titles(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)


def _has_title(page: bytes) -> bool:
    parser = _Titles()
    parser.feed(page.decode())
    return "title" in parser.found and "script" not in parser.found


def test_the_doors_are_these(doors: dict[str, Door]) -> None:
    assert {name.partition(".")[0] for name in doors} == {"aws", "oauth", "pages", "dev", "ops"}


@pytest.mark.parametrize("error", CASES, ids=[f"{number}-{case.code}" for number, case in enumerate(CASES)])
def test_an_error_is_told_at_every_door(error: AppError, replies: dict[str, Response]) -> None:
    for name, reply in replies.items():
        body = bytes(reply.body)
        if isinstance(error, UnroutedError) and name.partition(".")[0] in ("aws", "oauth", "pages"):
            assert (reply.status_code, reply.headers["allow"]) == (error.status, "GET"), name
        if not name.startswith("ops."):
            assert reply.status_code < 500 or error.code in OURS, name
        headers = reply.raw_headers
        assert not [pair for pair in headers if b"\n" in pair[1] or b"\r" in pair[1] or pair[0] == b"set-cookie"], name
        assert b"traceback" not in body.lower()
        kind = reply.headers.get("content-type", "")
        if name.startswith("aws."):
            assert kind == "application/x-amz-json-1.1"
            code = "UnknownOperationException" if isinstance(error, UnroutedError) else error.code
            assert f'"__type":"{code}"'.encode() in body
        elif name == "oauth.render":
            assert kind.startswith("application/json")
            assert body.startswith(b'{"error":"')
            assert b"<" not in body or b"error_description" in body
        elif name.startswith("pages.") or (name.startswith("oauth.") and not isinstance(error, AuthorizeError)):
            assert kind.startswith("text/html")
            assert _has_title(body)
            assert HOSTILE.encode() not in body
        else:
            assert kind.startswith(("text/plain", "text/html")) or reply.status_code in {302, 303}


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_a_page_has_a_text_for_every_error(kind: type[AppError]) -> None:
    told = page_error(kind(HOSTILE), "en")
    assert told.text
    assert HOSTILE not in told.text
    assert kind in BY_ERROR or told.text == UNEXPECTED


def test_the_error_codes_are_the_class_names() -> None:
    assert all(kind().code == kind.__name__ for kind in ERRORS)
    named = {kind.__name__ for kind in ERRORS}
    assert named >= OURS
    assert [name for name in named if not name.endswith("Exception")] == ["AppError"]


def test_every_error_is_named_somewhere() -> None:
    """Beside where it is declared and where the pages have a text for it: one that nothing raises is left over."""
    told = {Path(errors.__file__), Path(inspect.getfile(page_error))}
    app = Path(errors.__file__).parents[1]
    named = {
        word
        for path in app.rglob("*.py")
        if path not in told
        for word in re.findall(r"\b\w+Exception\b", path.read_text(encoding="utf-8"))
    }
    assert sorted({kind.__name__ for kind in ERRORS} - named - {"AppError"}) == []
