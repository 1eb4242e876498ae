"""An operator calls a function: with a sample event, an event of their own, or that of a recorded call."""

from typing import Any

import orjson

from app.core import function_calls, functions
from app.core.functions import Function
from app.flows.run_function import Answer
from app.flows.trigger_samples import SOURCES, sample_event
from app.flows.work import Work
from app.gateways.functions import FunctionUnavailableError, Invocation
from app.kit.errors import InvalidParameterException

# In samples for no pool.
_EXAMPLE_POOL = "us-east-1_EXAMPLE"


def try_with_sample(work: Work, name: str, source: str, version: str, pool_id: str) -> Answer:
    """Calls a function of the caller's account with a sample event of a trigger source, for a pool or (empty) for none.

    Raises ResourceNotFoundException, and InvalidParameterException where nothing could be called.
    """
    if source not in SOURCES:
        raise InvalidParameterException(f"{source} is no trigger source. There are {', '.join(SOURCES)}.")
    region = work.snapshots.pool(pool_id).pool.region if pool_id else work.region
    return _call(work, _function(work, name), pool_id, sample_event(source, pool_id or _EXAMPLE_POOL, region, version))


def try_with_event(work: Work, name: str, event: str, pool_id: str) -> Answer:
    """Calls it with an event, a JSON object as text; raises as `try_with_sample`."""
    try:
        parsed = orjson.loads(event)
        orjson.dumps(parsed)  # what is read may be nested too deeply to be written
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        parsed = None
    if not isinstance(parsed, dict):
        raise InvalidParameterException("An event is a JSON object.")
    return _call(work, _function(work, name), pool_id, parsed)


def replay(work: Work, call_id: str) -> Answer:
    """Calls the function of a recorded call, as it now is, with the same event for the same pool; raises likewise."""
    with work.read() as db:
        call = function_calls.get_call(db, work.keyring, work.caller.account_id, call_id)
    if call.details.get("event") is None:
        raise InvalidParameterException(
            f"Call {call_id} was recorded without its event: only `poolhouse dev` keeps events, and no large ones."
        )
    return _call(work, _function(work, call.name), call.pool_id, call.details["event"])


def _function(work: Work, name: str) -> Function:
    with work.read() as db:
        return functions.get_function(db, work.keyring, work.caller.account_id, name)


def _call(work: Work, function: Function, pool_id: str, event: dict[str, Any]) -> Answer:
    try:
        return work.resources.function_table.call(function, Invocation(pool_id, function.arn, event, work.request_id))
    except FunctionUnavailableError as error:
        raise InvalidParameterException(f"Function {function.name} was not called: {error.text}.") from None
