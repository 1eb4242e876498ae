"""A thousand requests at once at the ASGI application, on one event loop as a worker has it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlencode

import orjson

from app.flows.work import Resources
from app.main import create_app
from tests.in_process import Reply

PARALLEL = 1_000


class Burst:
    """Sends many requests that are all under way before the first is answered."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def aws(self, operation: str, inputs: Callable[[int], Mapping[str, Any]], count: int = PARALLEL) -> list[Reply]:
        """Unsigned AWS operations; `inputs` gives the members of each."""
        headers = [
            (b"host", b"localhost"),
            (b"content-type", b"application/x-amz-json-1.1"),
            (b"x-amz-target", f"AWSCognitoIdentityProviderService.{operation}".encode()),
        ]
        return asyncio.run(self._all([("/", headers, orjson.dumps(inputs(number))) for number in range(count)]))

    def form(self, path: str, fields: Callable[[int], Mapping[str, str]], count: int = PARALLEL) -> list[Reply]:
        """Form posts."""
        headers = [(b"host", b"localhost"), (b"content-type", b"application/x-www-form-urlencoded")]
        return asyncio.run(self._all([(path, headers, urlencode(fields(number)).encode()) for number in range(count)]))

    async def _all(self, requests: list[tuple[str, list[tuple[bytes, bytes]], bytes]]) -> list[Reply]:
        app = create_app(self._resources)
        try:
            return await asyncio.gather(*(self._one(app, *request) for request in requests))
        finally:
            await self._resources.database.leave_loop()

    async def _one(self, app: Any, path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> Reply:
        sent: list[Any] = []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 50_000),
            "server": ("localhost", 80),
        }
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Any:
            return next(messages, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            sent.append(message)

        await app(scope, receive, send)
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Reply(sent[0]["status"], [(str(k, "latin-1"), str(v, "latin-1")) for k, v in sent[0]["headers"]], body)


def outcomes(replies: list[Reply]) -> Counter[str]:
    """How often each answer came: "200", or the code of the refusal. A fault of ours fails."""
    found: Counter[str] = Counter()
    for reply in replies:
        assert reply.status < 500, reply.body
        told = orjson.loads(reply.body or b"{}")
        found[str(told.get("__type") or told.get("error") or reply.status)] += 1
    return found
