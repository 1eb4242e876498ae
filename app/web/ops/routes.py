"""`/healthz` (the process is alive) and `/readyz` (it can serve), on whatever Host a load balancer asks by."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.flows.work import Resources
from app.kit.errors import AppError
from app.web.edge import Door, Route
from app.web.ops.readiness import Readiness

_NO_STORE = {"Cache-Control": "no-store"}


def _render_error(_request: Request, _error: AppError) -> Response:
    return PlainTextResponse("error\n", 500, headers=_NO_STORE)


OPS = Door("ops", _render_error)


def routes(resources: Resources) -> list[Route]:
    """The routes of this door on the main listener."""
    readiness = Readiness(resources.database, resources.snapshots)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n", headers=_NO_STORE)

    async def readyz(_request: Request) -> Response:
        condition = await readiness.check()
        if condition.is_ready:
            return PlainTextResponse("ok\n", headers=_NO_STORE)
        return PlainTextResponse("not ready\n", 503, headers=_NO_STORE)

    return [
        Route("/healthz", ("GET",), healthz, OPS, any_host=True),
        Route("/readyz", ("GET",), readyz, OPS, any_host=True),
    ]
