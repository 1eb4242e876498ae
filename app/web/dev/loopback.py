"""Calls the application through its own ASGI interface, as a client on this machine would over HTTP."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.types import ASGIApp, Message, Scope


async def post_form(app: ASGIApp, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
    """Posts a form and gives the JSON object of the answer, an empty one for anything else."""
    parts = urlsplit(url)
    body = urlencode(form).encode()
    received: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        received.append(message.get("body", b""))

    await app(_scope(parts.scheme, parts.netloc, parts.path, headers, body), receive, send)
    try:
        answer = json.loads(b"".join(received))
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _scope(scheme: str, host: str, path: str, headers: Mapping[str, str], body: bytes) -> Scope:
    named = {
        "host": host,
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
        **headers,
    }
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": scheme,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "client": ("127.0.0.1", 0),
        "server": (host, None),
    }
