"""The seam at every point where Cognito calls a Lambda trigger (Developer Guide, "Customizing user pool workflows").

A pool whose LambdaConfig names no function for a trigger costs one dictionary look-up: callers ask `has_function` first. The
files of flows/triggers know what each function is told and what it may answer.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.core.pools import Pool
from app.flows.trigger_events import MEMBERS, build_event
from app.flows.work import Work
from app.gateways.functions import FunctionError, FunctionUnavailableError, Invocation
from app.kit.errors import (
    InvalidLambdaResponseException,
    UnexpectedLambdaException,
    UserLambdaValidationException,
)
from app.kit.segments import check_outside_segment

_VERSIONS: Final = {"V1_0": "1", "V2_0": "2", "V3_0": "3"}


def has_function(pool: Pool, trigger: str) -> bool:
    """Whether the pool names a function for a trigger, a member of LambdaConfig such as `PreSignUp`."""
    return bool(pool.lambda_config.get(trigger))


def call_trigger(
    work: Work,
    pool: Pool,
    trigger: str,
    source: str,
    request: Mapping[str, Any],
    response: Mapping[str, Any],
    *,
    user_name: str,
    client_id: str | None = None,
) -> dict[str, Any]:
    """Calls the function that the pool names for `trigger` with an event of `source`; the pool must name one.

    Returns the `response` of the event that came back. Raises UserLambdaValidationException with the function's own text,
    UnexpectedLambdaException if it could not be run or took too long, InvalidLambdaResponseException for what is no event.
    """
    check_outside_segment("a trigger")
    arn, version = _function(pool.lambda_config[trigger])
    event = build_event(
        source,
        request,
        response,
        version=version,
        region=pool.region,
        pool_id=pool.pool_id,
        user_name=user_name,
        client_id=client_id,
    )
    name = trigger.removesuffix("Config")
    try:
        returned = work.resources.functions.invoke(Invocation(pool.pool_id, arn, event, work.request_id))
    except FunctionError as error:
        raise UserLambdaValidationException(f"{name} failed with error {error.text}.", error.text) from None
    except FunctionUnavailableError as error:
        raise UnexpectedLambdaException(f"{name} invocation failed due to error {error.told}.") from None
    return _response(returned)


def _function(configured: Any) -> tuple[str, str]:
    """The function's ARN, and the version of the event that it expects."""
    if isinstance(configured, str):
        return configured, "1"
    return str(configured["LambdaArn"]), _VERSIONS[configured.get("LambdaVersion", "V1_0")]


def _response(returned: Any) -> dict[str, Any]:
    """A function returns the event that it got; anything else is a handler of something else."""
    if not isinstance(returned, dict) or not returned.keys() >= set(MEMBERS):
        raise InvalidLambdaResponseException
    response = returned["response"]
    if response is None:
        return {}
    if not isinstance(response, dict):
        raise InvalidLambdaResponseException
    return response
