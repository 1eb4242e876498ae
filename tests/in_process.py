"""The application called in process, with nothing between a client and its ASGI interface but an event loop in a thread."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import boto3
import botocore.session
import httpx
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from app.flows.work import Resources
from app.main import create_app
from app.web.aws import registry

MODELS = str(Path(registry.__file__).parent / "models")


@dataclass(frozen=True)
class Reply:
    """A whole HTTP response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class InProcessServer:
    """One application on one event loop."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self.base_url = resources.settings.base_url
        self._app = create_app(resources)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Closes the loop's connections and stops it."""
        asyncio.run_coroutine_threadsafe(self.resources.database.leave_loop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def request(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes, peer: str = "127.0.0.1"
    ) -> Reply:
        """Sends one request as the bytes given and waits for the whole reply."""
        future: Future[Reply] = asyncio.run_coroutine_threadsafe(
            self._request(method, url, headers, body, peer), self._loop
        )
        return future.result(60)

    async def _request(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes, peer: str
    ) -> Reply:
        parts = urlsplit(url)
        raw_path = parts.path.encode() or b"/"
        sent: list[Any] = []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": parts.scheme,
            "path": unquote_to_bytes(raw_path).decode("utf-8", "surrogateescape"),
            "raw_path": raw_path,
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in headers],
            "client": (peer, 50000),
            "server": (parts.hostname, parts.port or 80),
        }
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Any:
            return next(messages, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start = sent[0]
        return Reply(
            start["status"],
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]],
            b"".join(message.get("body", b"") for message in sent[1:]),
        )

    def boto_client(
        self, service: str, access_key: tuple[str, str] | None, region: str = "us-east-1", **config: Any
    ) -> Any:
        """A real botocore client whose connection ends at this application; `config` as botocore.config.Config takes it."""
        key_id, secret = access_key or ("AKIAUNUSEDUNUSEDUNUS", "unused")
        client = aws_session().client(
            service,
            region_name=region,
            endpoint_url=self.base_url,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )
        client._endpoint.http_session = _BotocoreSession(self)
        return client

    def http_client(self, **options: Any) -> httpx.Client:
        """An HTTP client with cookies and no redirects followed, ending at this application."""
        return httpx.Client(transport=_HttpxTransport(self), base_url=self.base_url, **options)


@cache
def aws_session() -> boto3.session.Session:
    """One for all clients, since each would read botocore's tables anew. It knows the model of our own service, too."""
    core = botocore.session.get_session()
    core.set_config_variable("data_path", MODELS)
    return boto3.session.Session(botocore_session=core)


class _BotocoreSession:
    def __init__(self, server: InProcessServer) -> None:
        self._server = server

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        body = request.body or b""
        if not isinstance(body, bytes):
            body = body.encode() if isinstance(body, str) else body.read()
        headers = [(str(name).encode(), _bytes(value)) for name, value in request.headers.items()]
        headers.append((b"host", urlsplit(request.url).netloc.encode()))
        reply = self._server.request(request.method, request.url, headers, body)
        return AWSResponse(request.url, reply.status, httpx.Headers(reply.headers), _Raw(reply.body))

    def close(self) -> None:
        pass


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


class _HttpxTransport(httpx.BaseTransport):
    def __init__(self, server: InProcessServer) -> None:
        self._server = server

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        reply = self._server.request(request.method, str(request.url), list(request.headers.raw), request.read())
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body)


def _bytes(value: str | bytes | Mapping[str, str]) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
