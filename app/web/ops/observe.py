"""What is said of every answered request: one log line and two counts."""

from starlette.types import Scope

from app.kit.logs import info_line
from app.kit.metrics import count_request

_QUIET = frozenset({"/healthz", "/readyz"})


def observe(scope: Scope, door: str, route: str, status: int, seconds: float) -> None:
    """Logs and counts a request. Neither holds the query, the body, or a path beyond the route that matched."""
    operation = getattr(scope.get("aws_operation"), "name", route)
    count_request(door, operation, status, seconds)
    if route in _QUIET and status < 400:
        return
    request_id, method, pool_id = scope["request_id"], scope["method"], scope.get("pool_id", "")

    def members() -> dict[str, object]:
        return {
            "request_id": request_id,
            "door": door,
            "method": method if len(method) <= 16 else "?",
            "route": operation,
            "status": status,
            "ms": round(seconds * 1_000, 2),
            "pool": pool_id,
        }

    info_line("request", members)
