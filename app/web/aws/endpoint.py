"""The AWS endpoint, `POST /`: which operation, who calls, is the input well formed, run it, cut the answer, record it.

Everything that may wait happens in one crossing of the bridge. As on AWS a caller is authenticated before their input is
looked at, so that nothing about validity can be learnt without credentials.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.flows.limit_rates import check_operation_rate
from app.flows.note_key_use import note_key_use
from app.flows.record_change import announce_change, record_change
from app.flows.work import Work
from app.kit.errors import AppError, InvalidParameterException, UnknownOperationException
from app.web.aws import query, rest
from app.web.aws.bodies import decode
from app.web.aws.caller import AccessKeys, authorise, identify, named_pool
from app.web.aws.errors import CONTENT_TYPE, render
from app.web.aws.registry import Answer, Operation, Targets, load_targets
from app.web.aws.sigv4 import Received
from app.web.body import read_body
from app.web.edge import Door, Route
from app.web.house import House, house_of

# Managed login branding needs 2 MB; who does not even claim to be an operator gets by with far less.
_MAX_SIGNED_BODY = 2 * 1024 * 1024 + 65_536
_MAX_UNSIGNED_BODY = 512 * 1024
_MAX_DISCARDED = 16 * 1024 * 1024
_CONTENT_TYPES = frozenset({b"application/x-amz-json-1.1", b"application/x-amz-json-1.0", b"application/json"})
_EXPOSED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
}
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": (
        "amz-sdk-invocation-id,amz-sdk-request,authorization,cache-control,content-type,x-amz-content-sha256,"
        "x-amz-date,x-amz-security-token,x-amz-target,x-amz-user-agent"
    ),
    "Access-Control-Max-Age": "86400",
}


class AwsEndpoint:
    """The ASGI endpoint over a table of operations."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    async def __call__(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_PREFLIGHT)
        if query.is_query(request):
            await query.refuse(request)
        operation = self._operation(request)
        request.scope["aws_operation"] = operation
        may_be_long = operation.auth != "none" and rest.is_signed(request)
        limit = _MAX_SIGNED_BODY if may_be_long else _MAX_UNSIGNED_BODY
        body = await read_body(request, limit, _MAX_DISCARDED)
        if body is None:
            raise InvalidParameterException(f"The request body is longer than {limit} bytes.")
        house = house_of(request)
        content = await house.bridge.call(_run, house, operation, request, _received(request, body))
        return Response(content, headers=_headers(request))

    def _operation(self, request: Request) -> Operation:
        named = [value for name, value in request.scope["headers"] if name == b"x-amz-target"]
        operation = self._targets.find(named[0].decode("latin-1") if len(named) == 1 else None)
        kind = [value for name, value in request.scope["headers"] if name == b"content-type"]
        if len(kind) != 1 or kind[0].partition(b";")[0].strip().lower() not in _CONTENT_TYPES:
            raise UnknownOperationException(f"The Content-Type of this operation is {CONTENT_TYPE}.")
        return operation


def _run(house: House, operation: Operation, request: Request, received: Received) -> bytes:
    """Runs one operation on a thread of the bridge and gives the reply's body."""
    resources = house.resources
    caller, region = identify(operation, received, _access_keys(house), resources.clock())
    members = operation.check(decode(received.body))
    caller = authorise(operation, caller, region, members, resources.snapshots)
    work = house.work(request, caller, region)
    note_key_use(work)
    if house.settings.rate_limits != "off":
        check_operation_rate(work, operation.name, members)
    do = _change if operation.is_change else _do
    try:
        return operation.cut(do(work, operation, members))
    finally:
        request.scope["pool_id"] = _told_pool(work, members)


def _do(work: Work, operation: Operation, members: Mapping[str, Any]) -> Answer:
    return operation.function(work, **operation.arguments(members))


def _change(work: Work, operation: Operation, members: Mapping[str, Any]) -> Answer:
    """Does a change and records it: an operator's in one transaction with it.

    A user's is recorded afterwards, since most of theirs begin with a transaction that counts an attempt.
    """
    name, shown, is_operators = operation.name, operation.redact(members), operation.auth == "sigv4"
    if is_operators:
        announce_change(work, name, named_pool(members, work.snapshots), shown)
    answer = _do(work, operation, members)
    if work.change or not is_operators:
        record_change(work, name, _changed_pool(work, members, answer), shown)
    return answer


def _access_keys(house: House) -> AccessKeys:
    settings = house.settings
    return AccessKeys(
        find=house.resources.snapshots.access_key,
        root_access_key_id=settings.root_access_key_id,
        previous_root_secret=settings.root_secret_access_key_previous.get_secret_value(),
    )


def _changed_pool(work: Work, members: Mapping[str, Any], answer: Answer) -> str | None:
    """The pool that a change was about: named in the input, the one just made, or the signed-in user's."""
    made = (answer or {}).get("UserPool") or {}
    return made.get("Id") or named_pool(members, work.snapshots) or work.caller.pool_id or None


def _told_pool(work: Work, members: Mapping[str, Any]) -> str:
    """The pool that a request was about, for its log line; "" if only the database could tell."""
    client = work.snapshots.peek_client(members.get("ClientId", ""))
    return members.get("UserPoolId") or work.caller.pool_id or (client.pool.pool_id if client else "")


def _received(request: Request, body: bytes) -> Received:
    """The request as SigV4 sees it; the edge has settled the host that the client addressed."""
    scope = request.scope
    headers = [pair for pair in scope["headers"] if pair[0] != b"host"]
    headers.append((b"host", scope["host"].encode("latin-1")))
    return Received(
        request.method, scope.get("raw_path") or scope["path"].encode(), scope["query_string"], headers, body
    )


def _headers(request: Request) -> dict[str, str]:
    headers = {
        "Content-Type": CONTENT_TYPE,
        "x-amzn-RequestId": request.scope["request_id"],
        "Cache-Control": "no-store",
    }
    return headers | _EXPOSED if _is_cross_origin(request) else headers


def _is_cross_origin(request: Request) -> bool:
    return any(name == b"origin" for name, _ in request.scope["headers"])


def _render_error(request: Request, error: AppError) -> Response:
    operation, request_id = request.scope.get("aws_operation"), request.scope["request_id"]
    if query.is_query(request):
        response = query.render(error, request_id)
    else:
        response = render(rest.as_unbuilt(request, error), operation, request_id)
    if _is_cross_origin(request):
        response.headers.update(_EXPOSED)
    return response


AWS = Door("aws", _render_error)


def routes() -> list[Route]:
    """The routes of this door. Raises RegistryError when an operation does not fit its service model."""
    return [Route("/", ("POST", "OPTIONS"), AwsEndpoint(load_targets()), AWS)]
