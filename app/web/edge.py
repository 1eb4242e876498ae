"""The edge: the first and last code of every request, and the one place where an exception becomes a response.

It settles the request id, the address a request came from, and the Host; finds the route by host, then first path segment,
then a dictionary; and renders AppErrors in the form of the door they left by. An unknown exception is logged with the
request id and becomes a fixed text. What no route takes is told by the door that its path was meant for.
"""

import re
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from app.kit.errors import AppError, InternalErrorException
from app.kit.ids import new_uuid
from app.web.forwarded import find_origin, parse_networks
from app.web.house import House

Endpoint = Callable[[Request], Awaitable[Response]]
ErrorRenderer = Callable[[Request, AppError], Response]
# Hears of each answered request: its scope, door, route, status and the seconds it took.
Observer = Callable[[Scope, str, str, int, float], None]
_POOL_ID = re.compile(r"[\w-]{1,45}_[0-9a-zA-Z]{1,20}", re.ASCII)
_log = structlog.get_logger()


class UnroutedError(AppError):
    """No route takes the request. `status` is the HTTP status at every door: 400 (no good Host), 404 (no such path), 405
    (not by this method; `allowed` is the Allow header) or 421 (no such host)."""

    def __init__(self, text: str, status: int, allowed: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Door:
    """A face of the product: its name for logs and metrics, and how it says that something went wrong."""

    name: str
    render_error: ErrorRenderer


@dataclass(frozen=True, slots=True)
class Route:
    """An exact path of a door and the methods it takes.

    `of_pool` routes answer under `/<pool id><path>` and at `<path>` on a pool's own host; `any_host` ones whatever the
    Host (load balancers ask by address); the others at `<path>` of the server. A path is matched without regard to case only where Cognito's clients rely on it.
    """

    path: str
    methods: tuple[str, ...]
    endpoint: Endpoint
    door: Door
    of_pool: bool = False
    any_host: bool = False


# Which door a request was meant for that no route takes, from its path (without a pool's id).
DoorFinder = Callable[[Request, str], Door]


@dataclass(frozen=True, slots=True)
class Hosts:
    """Which Host names are the server's own, and which lead to a pool."""

    own: frozenset[str]
    find_pool: Callable[[str], Awaitable[str | None]]


class Edge:
    """The ASGI application."""

    def __init__(
        self,
        house: House,
        routes: Iterable[Route],
        hosts: Hosts,
        lifespan: Callable[[Scope, Receive, Send], Awaitable[None]],
        observe: Observer,
        find_door: DoorFinder,
    ) -> None:
        self._house = house
        self._hosts = hosts
        self._lifespan = lifespan
        self._observe = observe
        self._find_door = find_door
        self._proxies = parse_networks(house.settings.trusted_proxies)
        self._server_routes: dict[str, list[Route]] = {}
        self._pool_routes: dict[str, list[Route]] = {}
        self._anywhere: dict[str, list[Route]] = {}
        for route in routes:
            table = self._pool_routes if route.of_pool else self._anywhere if route.any_host else self._server_routes
            table.setdefault(route.path, []).append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        scope["app"], scope["house"] = self, self._house
        scope["request_id"] = request_id = new_uuid()
        request = Request(scope, receive)
        self._settle_origin(request)
        route, response = None, None
        try:
            route = await self._find(request)
            response = await route.endpoint(request)
        except AppError as error:
            response = self._rendered(route, request, error)
        except ClientDisconnect:
            response = PlainTextResponse("The request ended early.\n", 400)
        except Exception:  # noqa: BLE001 - logged
            _log.exception("request_failed", request_id=request_id, path=scope["path"])
            response = self._rendered(route, request, InternalErrorException())
        response.raw_headers.append((b"x-amz-cognito-request-id", request_id.encode()))
        try:
            await response(scope, receive, send)
        finally:
            name, door = (route.path, route.door.name) if route else ("unmatched", "edge")
            self._observe(scope, door, name, response.status_code, time.perf_counter() - started)

    def _settle_origin(self, request: Request) -> None:
        scope = request.scope
        peer = scope["client"][0] if scope.get("client") else ""
        origin = find_origin(peer, scope["scheme"], scope["headers"], self._proxies)
        scope["source_ip"], scope["host"], scope["scheme"] = origin.source_ip, origin.host, origin.scheme

    def _rendered(self, route: Route | None, request: Request, error: AppError) -> Response:
        door = route.door if route else self._find_door(request, _split_pool(request.scope["path"])[1])
        response = door.render_error(request, error)
        if isinstance(error, UnroutedError) and error.allowed:
            response.headers["Allow"] = error.allowed
        return response

    async def _find(self, request: Request) -> Route:
        """The route of a request; raises UnroutedError."""
        scope = request.scope
        path = scope["path"]
        if path in self._anywhere:
            return _choose(self._anywhere[path], request.method)
        host = _host_name(scope["host"])
        if not host:
            raise UnroutedError("Bad Host header.", 400)
        if host not in self._hosts.own:
            pool_id = await self._hosts.find_pool(host)
            if pool_id is None:
                raise UnroutedError("Unknown host.", 421)
            scope["pool_id"], scope["pool_path"], scope["pool_host"] = pool_id, "", host
            return _choose(self._pool_routes.get(path), request.method)
        if path in self._server_routes:
            return _choose(self._server_routes[path], request.method)
        pool_id, rest = _split_pool(path)
        if not pool_id:
            return _choose(None, request.method)
        scope["pool_id"], scope["pool_path"], scope["pool_host"] = pool_id, "/" + pool_id, ""
        return _choose(self._pool_routes.get(rest), request.method)


def _split_pool(path: str) -> tuple[str, str]:
    """A path of a pool as the pool's id and the path within the pool; "" and the path if it is none."""
    first, slash, rest = path[1:].partition("/")
    if first == ".well-known":
        # RFC 8414 section 3.1 and RFC 9728 section 3.1 put the well-known part before the issuer's own path.
        name, slash, first = rest.partition("/")
        rest = f".well-known/{name}"
    return (first, "/" + rest) if slash and _POOL_ID.fullmatch(first) else ("", path)


def _host_name(host: str) -> str:
    """The name in a Host header without its port, lower-case; brackets of IPv6 stay."""
    name = host.lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].rstrip(".")


def _choose(routes: list[Route] | None, method: str) -> Route:
    if not routes:
        raise UnroutedError("Not found.", 404)
    for route in routes:
        if method in route.methods or (method == "HEAD" and "GET" in route.methods):
            return route
    allowed = sorted({method for route in routes for method in route.methods})
    raise UnroutedError("Method not allowed.", 405, ", ".join(allowed))
