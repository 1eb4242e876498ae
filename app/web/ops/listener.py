"""The metrics listener: `/metrics` (Prometheus), detailed readiness, and for TLS proxies which hosts are ours; in a process of
its own, on loopback by default."""

import asyncio
import time
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from app.core import domains, keys, outbox
from app.db import revisions
from app.db.engine import Database
from app.db.outages import DATABASE_ERRORS
from app.flows.snapshots import STALE_SECONDS
from app.kit import metrics
from app.kit.clock import now_ms
from app.kit.settings import Settings
from app.web.hosts import is_host_name
from app.web.ops.readiness import schema_is_current

_TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
# A worker notes the age of its snapshots once a second.
_STALE_SECONDS = STALE_SECONDS + 2.0


class MetricsListener:
    """The ASGI application of the metrics listener."""

    def __init__(self, database: Database, settings: Settings, version: str) -> None:
        self._database = database
        self._settings = settings
        self._version = version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await (await self._respond(scope))(scope, receive, send)

    async def _respond(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Method not allowed.\n", 405, headers={"Allow": "GET"})
        if scope["path"] == "/metrics":
            return Response(await asyncio.to_thread(metrics.exposition), media_type=_TEXT_FORMAT)
        if scope["path"] == "/readyz":
            details = await asyncio.to_thread(readiness_details, self._database, self._version)
            return Response(orjson.dumps(details), 200 if details["ready"] else 503, media_type="application/json")
        if scope["path"] == "/served-host":
            host = QueryParams(scope["query_string"]).get("domain", "").lower()
            return await asyncio.to_thread(_served_host, self._database, self._settings, host)
        if scope["path"] == "/healthz":
            return PlainTextResponse("ok\n")
        return PlainTextResponse("Not found.\n", 404)


def _served_host(database: Database, settings: Settings, host: str) -> Response:
    """200 for a host name that a request may be answered on, as Caddy's `ask` wants before it gets a certificate for it."""
    try:
        is_served = host in settings.own_hosts() or (is_host_name(host) and _has_pool(database, settings, host))
    except DATABASE_ERRORS:
        return PlainTextResponse("not ready\n", 503)
    return PlainTextResponse("ok\n") if is_served else PlainTextResponse("Unknown host.\n", 404)


def _has_pool(database: Database, settings: Settings, host: str) -> bool:
    with database.watch() as db:
        return domains.find_host_pool(db, host, settings.domain_suffix) is not None


def readiness_details(database: Database, version: str) -> dict[str, Any]:
    """What readiness is made of, over all workers, and what an operator wants to know beside it."""
    schema = schema_is_current(database)
    polled_at = metrics.oldest_poll()
    age = None if polled_at is None else round(time.time() - polled_at, 1)
    is_fresh = age is not None and age < _STALE_SECONDS
    details: dict[str, Any] = {
        "ready": bool(schema) and is_fresh,
        "version": version,
        "database": schema is not None,
        "schema": {"current": bool(schema), "expected": revisions.head()},
        "configuration": {"fresh": is_fresh, "oldest_poll_seconds": age},
    }
    return details | (_backlog(database) if schema else {})


def _backlog(database: Database) -> dict[str, Any]:
    try:
        with database.watch() as db:
            waiting, since = outbox.waiting(db)
            stock = keys.count_stock(db)
    except DATABASE_ERRORS:
        return {}
    oldest = None if since is None else round((now_ms() - since) / 1_000, 1)
    return {"outbox": {"waiting": waiting, "oldest_seconds": oldest}, "key_stock": stock}
